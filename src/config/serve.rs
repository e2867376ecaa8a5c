//! Whom `serve` lets in, how, and how many at once: all of it may be left out.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::error::ConfigError;
use super::file::Serve;
use super::page::Page;
use super::value::{Entry, list};

/// The most desks that one process is asked to serve.
const MAX_DESKS: u32 = 10_000;
/// The most connections that may wait to be signed in.
const MAX_WAITING: u32 = 10_000;
/// The longest time to sign in, seconds.
const MAX_SIGN_IN_SECONDS: i64 = 600;
/// The longest time without a key, minutes: a day.
const MAX_IDLE_MINUTES: i64 = 1_440;
/// The longest place of a file, in characters.
const MAX_PATH_CHARS: usize = 2_000;

/// By what somebody may prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInBy {
    /// A key that is kept with the staff.
    Key,
    /// Their password.
    Password,
}

/// Whom `serve` lets in, how, and how many at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeSettings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The file of the host key; what is relative is beside the database file, or in the
    /// working directory where the database is on a server.
    pub host_key: PathBuf,
    /// By what people may sign in: one of them at least.
    pub sign_in: Vec<SignInBy>,
    /// How many desks at once.
    pub max_desks: usize,
    /// How many connections from one address.
    pub max_desks_per_address: usize,
    /// How many connections whose person has not signed in yet.
    pub max_waiting: usize,
    /// How long signing in may take.
    pub sign_in_time: Duration,
    /// After how long without a key a desk is closed.
    pub idle_time: Duration,
    /// Where metrics and health are told, on this machine only; none where that is off.
    pub metrics: Option<SocketAddr>,
}

impl Default for ServeSettings {
    fn default() -> Self {
        let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        Self {
            listen: local(2222),
            host_key: PathBuf::from("madoguchi_host_key"),
            sign_in: vec![SignInBy::Key, SignInBy::Password],
            max_desks: 300,
            max_desks_per_address: 300,
            max_waiting: 400,
            sign_in_time: Duration::from_secs(30),
            idle_time: Duration::from_hours(1),
            metrics: Some(local(9464)),
        }
    }
}

impl ServeSettings {
    /// Whether people may sign in by it.
    #[must_use]
    pub fn takes(&self, by: SignInBy) -> bool {
        self.sign_in.contains(&by)
    }
}

pub(super) fn serve(page: &Page<'_>, raw: &Serve) -> Result<ServeSettings, ConfigError> {
    let mut serve = ServeSettings::default();
    if let Some(leaf) = &raw.listen {
        serve.listen = address(&Entry::new(page, "serve.listen", leaf))?;
    }
    if let Some(leaf) = &raw.host_key {
        let entry = Entry::new(page, "serve.host_key", leaf);
        serve.host_key = PathBuf::from(entry.line_of_text(MAX_PATH_CHARS)?);
    }
    if let Some(leaves) = &raw.sign_in {
        serve.sign_in = list(page, "serve.sign_in", leaves, 1..=2, sign_in_by)?;
    }
    let count = |key, leaf: &Option<_>, usual: usize, most| match leaf {
        Some(leaf) => Entry::new(page, key, leaf).count(1..=most).map(|count| count as usize),
        None => Ok(usual),
    };
    serve.max_desks = count("serve.max_desks", &raw.max_desks, serve.max_desks, MAX_DESKS)?;
    serve.max_desks_per_address = count(
        "serve.max_desks_per_address",
        &raw.max_desks_per_address,
        serve.max_desks_per_address,
        MAX_DESKS,
    )?;
    serve.max_waiting =
        count("serve.max_waiting", &raw.max_waiting, serve.max_waiting, MAX_WAITING)?;
    if let Some(leaf) = &raw.sign_in_seconds {
        let entry = Entry::new(page, "serve.sign_in_seconds", leaf);
        serve.sign_in_time = seconds(entry.integer(1..=MAX_SIGN_IN_SECONDS)?);
    }
    if let Some(leaf) = &raw.idle_minutes {
        let entry = Entry::new(page, "serve.idle_minutes", leaf);
        serve.idle_time = seconds(60 * entry.integer(1..=MAX_IDLE_MINUTES)?);
    }
    if let Some(leaf) = &raw.metrics {
        serve.metrics = metrics(&Entry::new(page, "serve.metrics", leaf))?;
    }
    Ok(serve)
}

/// The range has been held against: it is not negative.
fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.unsigned_abs())
}

fn address(entry: &Entry<'_>) -> Result<SocketAddr, ConfigError> {
    entry.text()?.parse().map_err(|_| {
        entry.wrong(
            "\"127.0.0.1:2222\" や \"[::]:2222\" のような、アドレスとポートでなければなりません",
            "this must be an address with a port, such as \"127.0.0.1:2222\" or \"[::]:2222\"",
        )
    })
}

fn sign_in_by(entry: &Entry<'_>) -> Result<SignInBy, ConfigError> {
    match entry.text()? {
        "key" => Ok(SignInBy::Key),
        "password" => Ok(SignInBy::Password),
        _ => Err(entry.wrong(
            "\"key\" または \"password\" でなければなりません",
            "this must be \"key\" or \"password\"",
        )),
    }
}

/// Who reads the metrics sees how busy the hotline is: not for every machine.
fn metrics(entry: &Entry<'_>) -> Result<Option<SocketAddr>, ConfigError> {
    if entry.text()? == "off" {
        return Ok(None);
    }
    let address = address(entry)?;
    if address.ip().is_loopback() {
        return Ok(Some(address));
    }
    Err(entry.wrong(
        "この機器の中だけのアドレス（\"127.0.0.1:9464\" など）または \"off\" でなければなりません",
        "this must be an address of this machine alone, such as \"127.0.0.1:9464\", or \"off\"",
    ))
}
