//! A server that cannot be worked with: each reason has its own sentence in both languages and
//! the exit status 3, nothing panics, and no password is in what is said.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod served;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};

use common::database::{ADMIN, DESK, server};
use common::server::machine::machine;
use common::server::{Options, SUPERUSER, Server};
use common::{Office, answer, program};
use madoguchi::domain::refusal::Code;
use served::{
    Campaign, IN_NARA, all_opened, fresh_id, office, operator, restored, sums_hold, verified,
};
use tokio::task::block_in_place;

/// A password that is in no message.
const SECRET: &str = "himitsu-4711";

/// Asks for the cases, as an operator would at the command line, in both languages and as JSON,
/// and expects to be told that the database cannot be worked with.
fn is_told(url: &str, code: &str, ja: &str, en: &str) {
    let asked = |lang: &str, json: bool| {
        let mut command = program(url, "op");
        command.env("LANG", lang).args(["case", "list"]);
        let mut command = if json { command } else { without_json(&command) };
        let output = command.output().expect("the program runs");
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let said = said.concat();
        assert_eq!(output.status.code(), Some(3), "{url}: {said}");
        for bad in [SECRET, "secret-of", "panicked"] {
            assert!(!said.contains(bad), "{bad} is in what is said: {said}");
        }
        said
    };
    let japanese = asked("ja_JP.UTF-8", false);
    // What it means stands before what the server said in English.
    if !["DATABASE_VERSION", "DATABASE_MISSING"].contains(&code) {
        assert!(japanese.contains("詳細"), "{japanese}");
    }
    assert!(japanese.contains(ja), "{ja} is not in: {japanese}");
    let english = asked("C.UTF-8", false);
    assert!(english.contains(en), "{en} is not in: {english}");
    assert!(asked("C.UTF-8", true).contains(&format!("\"{code}\"")), "not {code}: {english}");
}

/// The same command for a person.
fn without_json(command: &Command) -> Command {
    let mut plain = Command::new(command.get_program());
    plain.args(command.get_args().filter(|word| *word != "--json"));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => plain.env(name, value),
            None => plain.env_remove(name),
        };
    }
    plain.stdin(std::process::Stdio::null());
    plain
}

fn with_password(url: &str) -> String {
    url.replacen(&format!("{DESK}@"), &format!("{DESK}:{SECRET}@"), 1)
}

#[test]
fn a_server_that_is_gone() {
    postgres_only!("a file has no server");
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    is_told(
        &format!("postgres://{DESK}:{SECRET}@127.0.0.1:{port}/campaign"),
        "DATABASE_UNREACHABLE",
        "データベースに接続できません",
        "The database cannot be reached",
    );
    is_told(
        &format!("postgres://{DESK}:{SECRET}@db.invalid/campaign?sslmode=prefer"),
        "DATABASE_HOST",
        "サーバーの名前が見つかりません",
        "The name of the database server is not known",
    );
}

#[test]
fn a_database_or_a_schema_that_is_not_there() {
    postgres_only!("a file has no server");
    let office = Office::open();
    let ja = "データベースがありません";
    is_told(
        &with_password(&office.database().url_of_nothing()),
        "DATABASE_MISSING",
        ja,
        "There is no database",
    );
    let empty = server().fresh_database();
    let url = with_password(&server().url(DESK, &empty));
    is_told(&url, "DATABASE_MISSING", ja, "There is no database");
    server().drop_database(&empty);
}

#[test]
fn a_wrong_password() {
    postgres_only!("a file has no passwords");
    let server = Server::start(Options { scram: true, ..Options::default() });
    let campaign = Campaign::begin(&server);
    let right = server.url(DESK, &campaign.name);
    answer(&program(&right, "op").args(["case", "list"]).output().expect("it runs")).done();
    let wrong = right.replacen(&server.password(DESK), SECRET, 1);
    assert_ne!(wrong, right);
    let (ja, en) = ("ログインできません", "did not let the program sign in");
    is_told(&wrong, "DATABASE_LOGIN", ja, en);
    // Nobody's name is a login either, and no password at all is a wrong one.
    is_told(&right.replacen(DESK, "nobody1", 1), "DATABASE_LOGIN", ja, en);
    let none = right.replacen(&format!(":{}", server.password(DESK)), "", 1);
    is_told(&none, "DATABASE_LOGIN", ja, en);
}

#[test]
fn a_schema_of_another_version() {
    postgres_only!("the file's version has a test of its own");
    let office = Office::open();
    let url = with_password(&office.database().url("op"));
    let (ja, en) = ("版がこのプログラムと合いません", "of another version");
    let name = office.database().name();
    for sql in [
        "INSERT INTO _sqlx_migrations SELECT 99, 'later', now(), true, ''::BYTEA, 0",
        "DELETE FROM _sqlx_migrations WHERE version > 2",
        "DELETE FROM _sqlx_migrations",
    ] {
        server().psql(name, sql);
        is_told(&url, "DATABASE_VERSION", ja, en);
    }
}

#[test]
fn a_database_that_is_read_only() {
    postgres_only!("a file has no such setting");
    let office = Office::open();
    let name = office.database().name();
    let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    server().psql("postgres", &sql);
    is_told(
        &with_password(&office.database().url("op")),
        "DATABASE_READ_ONLY",
        "読み取り専用",
        "read-only now",
    );
}

#[test]
fn a_role_that_may_do_nothing_here() {
    postgres_only!("a file has no roles");
    let office = Office::open();
    server().role("stranger", "");
    is_told(
        &office.database().url_as("stranger"),
        "DATABASE_FORBIDDEN",
        "権限がありません",
        "may not do that",
    );
}

/// Sits on a connection.
fn sitting(server: &Server, role: &str) -> Child {
    let mut child = server.psql_of(role, "postgres").spawn().expect("psql runs");
    // Where there was no connection for it, it has gone again.
    let _ = child.stdin.as_mut().map(|input| writeln!(input, "SELECT 1;"));
    child
}

#[test]
fn a_server_without_connections_to_spare() {
    postgres_only!("a file has no connections");
    let server = Server::start(Options { max_connections: 13, ..Options::default() });
    let campaign = Campaign::begin(&server);
    // Three are the superuser's.
    let mut all = Vec::new();
    while server.asked(DESK, "postgres", "SELECT 1").is_ok() {
        assert!(all.len() < 100, "there is always another connection");
        all.push(sitting(&server, DESK));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    is_told(
        &with_password(&server.url(DESK, &campaign.name)),
        "DATABASE_CROWDED",
        "接続がいっぱいです",
        "no connection to spare",
    );
    for child in &mut all {
        drop(child.stdin.take());
        child.wait().expect("it ends");
    }
    let url = server.url(DESK, &campaign.name);
    answer(&program(&url, "op").args(["case", "list"]).output().expect("it runs")).done();
}

// ---- too old ----------------------------------------------------------------------------

/// One message of PostgreSQL's protocol.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("short").to_be_bytes();
    [&[kind][..], &length, body].concat()
}

/// What a client says before there are messages.
fn greeting(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length).saturating_sub(4) as usize];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// Lets whoever comes in as a server of PostgreSQL 14 does.
fn let_in(mut stream: TcpStream) -> std::io::Result<()> {
    const TLS: [u8; 4] = 80_877_103_u32.to_be_bytes();
    if greeting(&mut stream)? == TLS {
        stream.write_all(b"N")?;
        greeting(&mut stream)?;
    }
    let welcome = [
        message(b'R', &[0; 4]),
        message(b'S', b"server_version\x0014.11 (Debian 14.11-1)\0"),
        message(b'S', b"client_encoding\0UTF8\0"),
        message(b'K', &[0, 0, 0, 1, 0, 0, 0, 2]),
        message(b'Z', b"I"),
    ];
    stream.write_all(&welcome.concat())?;
    // Whatever else is said is listened to until the client has gone.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).map(|_| ())
}

#[test]
fn a_server_that_is_too_old() {
    postgres_only!("a file has no server");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || let_in(stream));
        }
    });
    let url = format!("postgres://{DESK}:{SECRET}@127.0.0.1:{port}/campaign");
    is_told(&url, "DATABASE_VERSION", "PostgreSQL 14; 15", "PostgreSQL 14; 15 or later");
}

// ---- in the middle ----------------------------------------------------------------------

/// No file of the server grows beyond this, whatever it may hold: 16 MiB, as long as a segment
/// of its log is, and a bit that is no whole page, so that the last write comes out short and
/// the server says that the disk is full.
const FULL: u64 = (16 << 20) + 4096;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_full_refuses_and_goes_on_when_there_is_room() {
    postgres_only!("a full disk under a file has a test of its own");
    let server = block_in_place(|| Server::start(Options::default()));
    let campaign = Campaign::with_coupons(&server, 2).await;
    let name = &campaign.name;
    let limited = |limit: &str| {
        // As the user of the server, whose process it is.
        let set = format!("prlimit --pid {} {limit}", server.pid());
        machine().shell().args(["-c", &set]).status().is_ok_and(|status| status.success())
    };
    let unlimited = office(&server.url(DESK, name)).await;
    let cases = all_opened(&unlimited, 2).await;
    unlimited.close().await.expect("closed");
    if !limited(&format!("--fsize={FULL}:")) {
        eprintln!("skipped: prlimit is not here, or may not");
        return;
    }
    // Every restoration marks its chain here: there is no room for another mark.
    let mark = |length: u32| {
        format!(
            "INSERT INTO audit_unsealed SELECT repeat('x', {length}) FROM generate_series(1, 9000)"
        )
    };
    let fill_up = || {
        for length in [2000, 100, 1] {
            let full = loop {
                if let Err(full) = server.asked(SUPERUSER, name, &mark(length)) {
                    break full;
                }
            };
            assert!(full.contains("53100"), "{full}");
        }
    };
    block_in_place(fill_up);
    let office = office(&server.url(DESK, name)).await;
    let id = fresh_id();
    let error = restored(&office, &operator(), &cases[0], &id).await.expect_err("full");
    assert_eq!(error.to_refusal().code, Code::DatabaseFull, "{error}");
    let case = office.reread_case(&operator(), &cases[0]).await.expect("it can be read");
    assert_eq!(case.state, "matched", "nothing was changed");
    let url = server.url(DESK, name);
    let output = program(&url, "op").args(["case", "restore", &cases[1].to_string()]).output();
    let told = answer(&output.expect("it runs"));
    assert_eq!((told.status, &told.json["error"]["code"]), (3, &"DATABASE_FULL".into()));

    assert!(limited("--fsize=unlimited:"), "room again");
    block_in_place(|| {
        // The connections of before keep their limit.
        server.psql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        );
        server.psql(name, "DELETE FROM audit_unsealed WHERE chain LIKE 'x%'");
    });
    restored(&office, &operator(), &cases[0], &id).await.expect("the same desk goes on");
    office.close().await.expect("closed");
    sums_hold(&server, name);
    verified(&server.url(ADMIN, name));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_desk_outlives_a_server_that_becomes_read_only_and_is_stopped() {
    postgres_only!("a file has no server");
    let server = block_in_place(|| Server::start(Options::default()));
    let campaign = Campaign::with_coupons(&server, 1).await;
    let office = office(&server.url(DESK, &campaign.name)).await;
    let cases = all_opened(&office, 1).await;
    let switched = |to: &str| {
        let set =
            format!("ALTER DATABASE {} SET default_transaction_read_only = {to}", campaign.name);
        block_in_place(|| {
            server.psql("postgres", &set);
            server.psql(
                "postgres",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            );
        });
    };
    let refused = async |case: usize, id: &str| {
        let error = restored(&office, &operator(), &cases[case], id).await.expect_err("refused");
        error.to_refusal().code
    };
    let insists = async |case: usize, id: &str| {
        for _ in 0..100 {
            if restored(&office, &operator(), &cases[case], id).await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{case}: it does not go on");
    };
    let ids = IN_NARA.map(|_| fresh_id());
    insists(0, &ids[0]).await;
    switched("on");
    let code = refused(1, &ids[1]).await;
    let due = [Code::DatabaseReadOnly, Code::DatabaseUnreachable, Code::OutcomeUnknown];
    assert!(due.contains(&code), "{code:?}");
    switched("off");
    insists(1, &ids[1]).await;
    block_in_place(|| server.stop());
    let code = refused(2, &ids[2]).await;
    assert!(due.contains(&code), "{code:?}");
    block_in_place(|| server.start_again());
    for (case, id) in ids.iter().enumerate() {
        insists(case, id).await;
    }
    office.close().await.expect("closed");
    sums_hold(&server, &campaign.name);
    verified(&server.url(DESK, &campaign.name));
}
