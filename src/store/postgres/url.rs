//! Taking a `postgres://` URL apart. sqlx reads one host only and takes what it does not know
//! with a shrug; here several hosts are read and a misspelt setting is refused. No message
//! repeats any part of the URL that could be a password.

use std::net::Ipv6Addr;

use crate::store::StoreError;

/// The most hosts one URL may name.
const MAX_HOSTS: usize = 16;

/// What a URL says. What it leaves out is `None` or empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Url {
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
    pub places: Vec<Place>,
    pub ssl_mode: Option<String>,
    pub ssl_root_cert: Option<String>,
    pub ssl_cert: Option<String>,
    pub ssl_key: Option<String>,
    pub application_name: Option<String>,
}

/// Where one server listens: a name, an address without brackets, or a socket's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub host: String,
    pub port: Option<u16>,
}

impl Place {
    /// Whether it is the directory of a unix socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

/// What a person reads who wrote it.
pub fn bad(what: impl Into<String>) -> StoreError {
    StoreError::Url(what.into())
}

/// Takes `url` apart.
pub fn parse(url: &str) -> Result<Url, StoreError> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or_else(|| bad("not a database URL of the form postgres://USER@HOST/DATABASE"))?;
    if rest.contains(|c: char| c.is_control() || c == ' ') {
        return Err(bad("the database URL holds a space or a control character; write it as %XX"));
    }
    let (before, query) = rest.split_once('?').map_or((rest, ""), |(a, b)| (a, b));
    let (authority, database) = before.split_once('/').map_or((before, ""), |(a, b)| (a, b));
    if (database.contains('@') || query.contains('@')) && !authority.contains('@') {
        return Err(bad(
            "the user or password in the database URL holds / or ?; write them %2F and %3F",
        ));
    }
    if rest.contains('#') {
        return Err(bad("the database URL holds #; write it %23"));
    }
    let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(a, b)| (a, b));
    let mut read = Url::default();
    let (user, password) = user.split_once(':').map_or((user, None), |(a, b)| (a, Some(b)));
    read.user = given(decoded(user, "user")?);
    read.password = password.map(|text| decoded(text, "password")).transpose()?.and_then(given);
    read.database = given(decoded(database, "database name")?);
    if !hosts.is_empty() {
        read.places = hosts.split(',').map(place).collect::<Result<_, _>>()?;
    }
    settings(&mut read, query)?;
    if read.places.len() > MAX_HOSTS {
        return Err(bad(format!("the database URL names more than {MAX_HOSTS} hosts")));
    }
    Ok(read)
}

/// The places in a host list as the environment has it, with their ports.
pub fn places(hosts: &str, ports: Option<&str>) -> Result<Vec<Place>, StoreError> {
    let mut places = Vec::new();
    for host in hosts.split(',') {
        if host.is_empty() {
            return Err(bad("one of the database hosts is empty"));
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        places.push(Place { host: host.to_owned(), port: None });
    }
    with_ports(&mut places, ports)?;
    Ok(places)
}

/// Gives each place its port: one for all, or as many as there are places.
fn with_ports(places: &mut [Place], ports: Option<&str>) -> Result<(), StoreError> {
    let Some(ports) = ports else { return Ok(()) };
    let ports: Vec<u16> = ports.split(',').map(port).collect::<Result<_, _>>()?;
    if ports.len() > 1 && ports.len() != places.len() {
        return Err(bad("there must be one port for all database hosts, or one for each"));
    }
    for (place, port) in places.iter_mut().zip(ports.iter().cycle()) {
        place.port.get_or_insert(*port);
    }
    Ok(())
}

/// `host`, `host:port`, `[::1]:port` or `%2Fdirectory`.
fn place(text: &str) -> Result<Place, StoreError> {
    let (host, after) = match text.strip_prefix('[') {
        Some(text) => {
            let (address, after) =
                text.split_once(']').ok_or_else(|| bad("a [ in the database URL is not closed"))?;
            let plain = address.split('%').next().unwrap_or_default();
            if plain.parse::<Ipv6Addr>().is_err() {
                return Err(bad("what stands in [ ] in the database URL is not an IPv6 address"));
            }
            (address, after)
        }
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port = match after.strip_prefix(':') {
        Some(text) => Some(port(text)?),
        None if after.is_empty() => None,
        None => return Err(bad("after ] in the database URL only :PORT may stand")),
    };
    let host = decoded(host, "host")?;
    if host.is_empty() {
        return Err(bad("one of the database hosts is empty"));
    }
    Ok(Place { host, port })
}

fn port(text: &str) -> Result<u16, StoreError> {
    // Not repeated: where @ was forgotten, it is the password.
    let wrong = || bad("a port of the database is not a number from 1 to 65535");
    text.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)
}

/// The settings after `?`.
fn settings(read: &mut Url, query: &str) -> Result<(), StoreError> {
    let mut ports = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| bad("a setting after ? in the database URL has no value"))?;
        let value = decoded(value, "settings")?;
        match key {
            // As with libpq: what stands here counts before what stands in front.
            "host" => read.places = places(&value, None)?,
            "port" => ports = Some(value),
            "dbname" => read.database = given(value),
            "user" => read.user = given(value),
            "password" => read.password = given(value),
            "sslmode" => read.ssl_mode = Some(value),
            "sslrootcert" => read.ssl_root_cert = given(value),
            "sslcert" => read.ssl_cert = given(value),
            "sslkey" => read.ssl_key = given(value),
            "application_name" => read.application_name = given(value),
            // The program always looks for the one that can be written to.
            "target_session_attrs" if matches!(&*value, "read-write" | "primary") => {}
            "target_session_attrs" => {
                return Err(bad("target_session_attrs can only be read-write or primary"));
            }
            "options" => return Err(bad("the database URL may not set options")),
            _ => {
                let key = crate::domain::text::for_terminal_bounded(key, 40);
                return Err(bad(format!("the database URL has a setting nobody knows: {key}")));
            }
        }
    }
    with_ports(&mut read.places, ports.as_deref())
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// `%XX` becomes the byte.
fn decoded(text: &str, where_: &str) -> Result<String, StoreError> {
    let wrong = || bad(format!("the {where_} in the database URL has a % without two hex digits"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.and_then(|two| std::str::from_utf8(two).ok()).ok_or_else(wrong)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    let clean = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    clean.ok_or_else(|| bad(format!("the {where_} in the database URL is not text (UTF-8)")))
}

/// `text` so that sqlx's own parser reads it back as it is.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: Option<u16>) -> Place {
        Place { host: host.to_owned(), port }
    }

    #[test]
    fn several_hosts_each_with_a_port_of_its_own() {
        let url =
            parse("postgres://tanaka@db1:5432,db2:5433,[::1]:5434,db4/hotline?sslmode=disable")
                .unwrap();
        let places =
            [at("db1", Some(5432)), at("db2", Some(5433)), at("::1", Some(5434)), at("db4", None)];
        assert_eq!(url.places, places);
        assert_eq!(url.user.as_deref(), Some("tanaka"));
        assert_eq!(url.database.as_deref(), Some("hotline"));
        assert_eq!(url.ssl_mode.as_deref(), Some("disable"));
        let url = parse("postgresql:///hotline?host=db1,db2&port=6000").unwrap();
        assert_eq!(url.places, [at("db1", Some(6000)), at("db2", Some(6000))]);
        let url = parse("postgresql:///hotline?host=db1,db2&port=6000,6001").unwrap();
        assert_eq!(url.places, [at("db1", Some(6000)), at("db2", Some(6001))]);
    }

    #[test]
    fn sockets_by_directory() {
        for url in ["postgres:///hotline?host=/run/pg", "postgres://%2Frun%2Fpg/hotline"] {
            let url = parse(url).unwrap();
            assert_eq!(url.places, [at("/run/pg", None)]);
            assert!(url.places[0].is_socket());
        }
        assert!(parse("postgres:///hotline").unwrap().places.is_empty());
    }

    #[test]
    fn odd_characters_come_through() {
        let url = parse("postgres://o%27hara:p%40ss%2Fw%3A%C3%A9+@db/%E7%AA%93%E5%8F%A3").unwrap();
        assert_eq!(url.user.as_deref(), Some("o'hara"));
        assert_eq!(url.password.as_deref(), Some("p@ss/w:é+"));
        assert_eq!(url.database.as_deref(), Some("窓口"));
        assert_eq!(decoded(&encoded("p@ss/w:é+ &="), "").unwrap(), "p@ss/w:é+ &=");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for url in [
            "mysql://u:sEcret@h/d",
            "postgres://u:sEcret/x@h/d",
            "postgres://u:sEcret",
            "postgres://u:sEcret?@h/d",
            "postgres://u:sEcret#@h/d",
            "postgres://u:sEcret %@h/d",
            "postgres://u:sEcret%zz@h/d",
            "postgres://u:sEcret%ff@h/d",
            "postgres://u:sEcret@h:x/d",
            "postgres://u:sEcret@h:0/d",
            "postgres://u:sEcret@h:70000/d",
            "postgres://u:sEcret@h,,i/d",
            "postgres://u:sEcret@[::1/d",
            "postgres://u:sEcret@[zz]/d",
            "postgres://u:sEcret@[::1]x/d",
            "postgres://u@h/d?passwd=sEcret",
            "postgres://u:sEcret@h/d?sslmode",
            "postgres://u:sEcret@h/d?options=-c%20statement_timeout%3D1",
            "postgres://u:sEcret@h/d?target_session_attrs=any",
            "postgres://u:sEcret@h,i/d?port=1,2,3",
        ] {
            let Err(StoreError::Url(what)) = parse(url) else { panic!("{url}") };
            assert!(!what.contains("sEcret"), "{url}: {what}");
        }
    }
}
