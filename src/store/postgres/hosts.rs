//! Which servers a database URL names, and how to connect to each.
//!
//! `postgres://USER@HOST1:5432,HOST2:5433/DATABASE?sslmode=verify-full&sslrootcert=/etc/ca.pem`;
//! IPv6 in brackets, a unix socket as `?host=/run/postgresql`. What the URL leaves out comes
//! from the environment (`PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE`,
//! `PGSSLROOTCERT`, `PGSSLCERT`, `PGSSLKEY`), the password then from `PGPASSFILE` or `.pgpass`,
//! looked up for each host; for a socket the file's host is `localhost`. A password file that
//! others may read is not used.
//!
//! **TLS.** Where neither URL nor environment says anything, the way to this machine itself
//! (loopback, unix socket) is `prefer`, and to every other host `verify-full`: what callers
//! said never crosses a network unverified unless somebody decided so. The certificate is held
//! against the system's authorities and the file of `sslrootcert` (or `~/.postgresql/root.crt`).

use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::url::{self, Place, Url, bad, encoded};
use crate::domain::text::for_terminal;
use crate::store::StoreError;

/// Distinct statements of the program, and room to spare: each is planned once per connection.
const STATEMENTS: usize = 256;

/// Every connection's settings.
const ALWAYS: [(&str, &str); 9] = [
    // A temporary table must not stand in for one of the store's.
    ("search_path", "madoguchi,pg_temp"),
    // A commit that waits for the standby and is cancelled reports success: nothing of the
    // server's configuration may cut a statement short.
    ("statement_timeout", "0"),
    // An idle desk keeps its connections.
    ("idle_session_timeout", "0"),
    ("jit", "off"),
    ("client_min_messages", "warning"),
    // The server notices within half a minute that a desk is gone, and lets go of its locks.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// A desk's connections: short statements by index, planned once.
const SHORT: [(&str, &str); 6] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // Below the time a write may take: the server then says itself that nothing was written.
    ("lock_timeout", "8s"),
    ("idle_in_transaction_session_timeout", "30s"),
];

/// Imports and the audit walk: whole tables, sorted and joined.
const BULK: [(&str, &str); 3] = [
    ("work_mem", "64MB"),
    // An import waits for the writes under way, or for another import's merge.
    ("lock_timeout", "10min"),
    ("idle_in_transaction_session_timeout", "10min"),
];

/// The servers of one database.
#[derive(Clone)]
pub struct Hosts {
    each: Vec<PgConnectOptions>,
    bulk: Vec<PgConnectOptions>,
    names: Vec<String>,
    database: String,
    open_passfile: Option<PathBuf>,
}

/// Without user and password.
impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hosts({})", self.shown())
    }
}

impl Hosts {
    /// Reads a `postgres://` or `postgresql://` URL, and the environment for what it leaves out.
    ///
    /// # Errors
    /// [`StoreError::Url`] where it cannot be connected with, in words that never hold a
    /// password.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        Self::parse_with(url, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn parse_with(url: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, StoreError> {
        let mut url = url::parse(url)?;
        if url.places.is_empty() {
            url.places = match env("PGHOST") {
                Some(hosts) => url::places(&hosts, None)?,
                None => vec![Place { host: default_place(), port: None }],
            };
        }
        let database = url.database.clone().or_else(|| env("PGDATABASE"));
        let database = database.ok_or_else(|| bad("the database URL names no database"))?;
        let default_port = default_port(env)?;
        url.ssl_mode = url.ssl_mode.or_else(|| env("PGSSLMODE"));
        url.ssl_root_cert = url.ssl_root_cert.or_else(|| env("PGSSLROOTCERT"));
        let mode = url.ssl_mode.as_deref().map(ssl_mode).transpose()?;
        check_files(&mut url, mode, env("HOME").as_deref())?;
        let mut hosts = Self {
            each: Vec::new(),
            bulk: Vec::new(),
            names: Vec::new(),
            open_passfile: open_passfile(env),
            database,
        };
        for place in &url.places {
            let port = place.port.unwrap_or(default_port);
            let options = hosts.options(&url, place, port, mode)?;
            hosts.each.push(options.clone().options(SHORT));
            hosts.bulk.push(options.options(BULK));
            hosts.names.push(name(place, port));
        }
        Ok(hosts)
    }

    /// How to connect to each for short statements, in the URL's order.
    pub fn each(&self) -> &[PgConnectOptions] {
        &self.each
    }

    /// The same for imports and walks over whole tables.
    pub fn bulk(&self) -> &[PgConnectOptions] {
        &self.bulk
    }

    /// One server as a message shows it.
    pub fn name(&self, host: usize) -> &str {
        self.names.get(host).map_or("?", String::as_str)
    }

    /// Servers and database for a message, safe to print and without credentials.
    pub fn shown(&self) -> String {
        for_terminal(&format!("{}/{}", self.names.join(","), self.database))
    }

    /// A password file that is not used because others may read it.
    pub fn open_passfile(&self) -> Option<&Path> {
        self.open_passfile.as_deref()
    }

    /// sqlx looks into `.pgpass` only while it reads a URL of its own, so it is given one for
    /// each host. Everything stands in the query, where nothing has a second meaning.
    fn options(
        &self,
        url: &Url,
        place: &Place,
        port: u16,
        mode: Option<PgSslMode>,
    ) -> Result<PgConnectOptions, StoreError> {
        let mut text = format!(
            "postgres://localhost/?host={}&port={port}&dbname={}",
            encoded(&place.host),
            encoded(&self.database)
        );
        for (key, value) in [
            ("user", &url.user),
            ("password", &url.password),
            ("sslrootcert", &url.ssl_root_cert),
            ("sslcert", &url.ssl_cert),
            ("sslkey", &url.ssl_key),
        ] {
            if let Some(value) = value {
                let _ = write!(text, "&{key}={}", encoded(value));
            }
        }
        let options = PgConnectOptions::from_str(&text)
            .map_err(|_| bad("the database URL or the PG… environment cannot be understood"))?;
        Ok(options
            .ssl_mode(mode.unwrap_or_else(|| default_mode(place)))
            .application_name(url.application_name.as_deref().unwrap_or("madoguchi"))
            .statement_cache_capacity(STATEMENTS)
            .options(ALWAYS)
            .disable_statement_logging())
    }
}

/// Where PostgreSQL's own programs look: the socket of this machine, else loopback.
fn default_place() -> String {
    let directory = "/var/run/postgresql";
    if Path::new(directory).is_dir() { directory.to_owned() } else { "localhost".to_owned() }
}

fn default_port(env: &dyn Fn(&str) -> Option<String>) -> Result<u16, StoreError> {
    let Some(port) = env("PGPORT") else { return Ok(5432) };
    port.parse().map_err(|_| bad("PGPORT is not one port"))
}

fn default_mode(place: &Place) -> PgSslMode {
    let loopback = place.host.parse().map_or_else(
        |_| place.host.eq_ignore_ascii_case("localhost"),
        |address: IpAddr| address.is_loopback(),
    );
    if place.is_socket() || loopback { PgSslMode::Prefer } else { PgSslMode::VerifyFull }
}

/// sqlx takes a mode that it cannot read from the environment for `prefer`, and `allow` for
/// `disable`: neither is what somebody meant who wrote it.
fn ssl_mode(text: &str) -> Result<PgSslMode, StoreError> {
    match text {
        "disable" => Ok(PgSslMode::Disable),
        "prefer" => Ok(PgSslMode::Prefer),
        "require" => Ok(PgSslMode::Require),
        "verify-ca" => Ok(PgSslMode::VerifyCa),
        "verify-full" => Ok(PgSslMode::VerifyFull),
        _ => Err(bad("sslmode must be disable, prefer, require, verify-ca or verify-full")),
    }
}

/// The certificates that are named can be read; the usual place of the authority's is tried
/// where none is named.
fn check_files(
    url: &mut Url,
    mode: Option<PgSslMode>,
    home: Option<&str>,
) -> Result<(), StoreError> {
    // The system's authorities are always asked.
    url.ssl_root_cert = url.ssl_root_cert.take().filter(|file| file != "system");
    if url.ssl_root_cert.is_none() && !matches!(mode, Some(PgSslMode::Disable)) {
        let usual = home.map(|home| Path::new(home).join(".postgresql/root.crt"));
        url.ssl_root_cert = usual
            .filter(|file| std::fs::File::open(file).is_ok())
            .and_then(|file| file.to_str().map(str::to_owned));
    }
    if url.ssl_cert.is_some() != url.ssl_key.is_some() {
        return Err(bad("sslcert and sslkey must be given together"));
    }
    let files =
        [("sslrootcert", &url.ssl_root_cert), ("sslcert", &url.ssl_cert), ("sslkey", &url.ssl_key)];
    for (key, file) in files {
        let Some(file) = file else { continue };
        if let Err(error) = std::fs::File::open(file) {
            let file = for_terminal(file);
            return Err(bad(format!("the file of {key} cannot be read: {file}: {error}")));
        }
    }
    Ok(())
}

/// sqlx passes over a password file that others may read; whoever then fails to sign in shall
/// be told.
fn open_passfile(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let usual = || env("HOME").map(|home| Path::new(&home).join(".pgpass"));
    let file = env("PGPASSFILE").map(PathBuf::from).or_else(usual)?;
    let mode = std::fs::metadata(&file).ok()?.permissions().mode();
    (mode & 0o077 != 0).then_some(file)
}

fn name(place: &Place, port: u16) -> String {
    let host = for_terminal(&place.host);
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests;
