use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn none(_: &str) -> Option<String> {
    None
}

fn parse(url: &str) -> Hosts {
    Hosts::parse_with(url, &none).unwrap()
}

/// `PgSslMode` cannot be compared.
fn modes(hosts: &Hosts) -> Vec<String> {
    hosts.each().iter().map(|options| format!("{:?}", options.get_ssl_mode())).collect()
}

#[test]
fn each_host_is_connected_to_by_itself() {
    let hosts = parse("postgres://tanaka:pw@db1:5432,[::1]:5434,127.0.0.1/hotline?port=6000");
    let each: Vec<_> = hosts.each().iter().map(|o| (o.get_host(), o.get_port())).collect();
    assert_eq!(each, [("db1", 5432), ("::1", 5434), ("127.0.0.1", 6000)]);
    for options in hosts.each().iter().chain(hosts.bulk()) {
        assert_eq!(options.get_username(), "tanaka");
        assert_eq!(options.get_database(), Some("hotline"));
        assert_eq!(options.get_application_name(), Some("madoguchi"));
        let set = options.get_options().unwrap();
        assert!(set.contains("-c search_path=madoguchi,pg_temp"), "{set}");
        assert!(set.contains("-c statement_timeout=0"), "{set}");
    }
    assert_eq!(hosts.shown(), "db1:5432,[::1]:5434,127.0.0.1:6000/hotline");
    assert_eq!(format!("{hosts:?}"), format!("Hosts({})", hosts.shown()));
}

#[test]
fn only_this_machine_is_trusted_unasked() {
    let hosts = parse("postgres://u@db1,LocalHost,127.8.9.1,[::1],192.168.0.7/d");
    assert_eq!(modes(&hosts), ["VerifyFull", "Prefer", "Prefer", "Prefer", "VerifyFull"]);
    assert_eq!(modes(&parse("postgres:///d?user=u&host=/run/pg")), ["Prefer"]);
    // A name that merely begins like an address of this machine.
    assert_eq!(modes(&parse("postgres://u@127.0.0.1.example.jp/d")), ["VerifyFull"]);
    assert_eq!(
        modes(&parse("postgres://u@db1,127.0.0.1/d?sslmode=require")),
        ["Require", "Require"]
    );
    let env = |name: &str| (name == "PGSSLMODE").then(|| "disable".to_owned());
    assert_eq!(modes(&Hosts::parse_with("postgres://u@db1/d", &env).unwrap()), ["Disable"]);
    // A misspelt mode is never taken for a weaker one.
    let env = |name: &str| (name == "PGSSLMODE").then(|| "verify_full".to_owned());
    assert!(Hosts::parse_with("postgres://u@db1/d", &env).is_err());
    assert!(Hosts::parse_with("postgres://u@db1/d?sslmode=allow", &none).is_err());
}

#[test]
fn the_environment_says_what_the_url_does_not() {
    let env = |name: &str| match name {
        "PGHOST" => Some("db1,db2".to_owned()),
        "PGPORT" => Some("6543".to_owned()),
        "PGDATABASE" => Some("hotline".to_owned()),
        _ => None,
    };
    let hosts = Hosts::parse_with("postgres://u@", &env).unwrap();
    assert_eq!(hosts.shown(), "db1:6543,db2:6543/hotline");
    let hosts = Hosts::parse_with("postgres://u@db3/other", &env).unwrap();
    assert_eq!(hosts.shown(), "db3:6543/other");
    let Err(StoreError::Url(what)) = Hosts::parse_with("postgres://u@db3", &none) else {
        panic!("a database must be named")
    };
    assert!(what.contains("names no database"), "{what}");
}

#[test]
fn a_socket_is_found_by_its_directory() {
    let hosts = parse("postgres:///d?host=/run/pg&port=6000&user=u");
    assert_eq!(hosts.each()[0].get_socket().unwrap(), Path::new("/run/pg"));
    assert_eq!(hosts.shown(), "/run/pg:6000/d");
}

#[test]
fn certificates_that_cannot_be_read_are_named() {
    for (key, other) in [("sslrootcert", ""), ("sslcert", "&sslkey=/nowhere/k.pem")] {
        let url = format!("postgres://u:sEcret@db/d?{key}=/nowhere/x.pem{other}");
        let Err(StoreError::Url(what)) = Hosts::parse_with(&url, &none) else { panic!("{key}") };
        assert!(what.contains(key) && what.contains("/nowhere/x.pem"), "{what}");
        assert!(!what.contains("sEcret"), "{what}");
    }
    let alone = "postgres://u@db/d?sslkey=/nowhere/k.pem";
    assert!(Hosts::parse_with(alone, &none).is_err());
    assert!(Hosts::parse_with("postgres://u@db/d?sslrootcert=system", &none).is_ok());
}

#[test]
fn a_password_file_that_others_may_read_is_told_of() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, "*:*:*:*:secret\n").unwrap();
    let place = home.path().to_str().unwrap().to_owned();
    let env = move |name: &str| (name == "HOME").then(|| place.clone());
    let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    set(0o644).unwrap();
    let hosts = Hosts::parse_with("postgres://u@db/d", &env).unwrap();
    assert_eq!(hosts.open_passfile(), Some(file.as_path()));
    set(0o600).unwrap();
    let hosts = Hosts::parse_with("postgres://u@db/d", &env).unwrap();
    assert_eq!(hosts.open_passfile(), None);
}

#[test]
fn passwords_show_nowhere() {
    let hosts = parse("postgres://u:sEcret@db1,db2/d");
    assert!(!format!("{hosts:?}{}{}", hosts.shown(), hosts.name(0)).contains("sEcret"));
}
