//! `serve` as a process of its own, and clients of it in this one.
//!
//! Nothing here measures time. A test waits for what must appear, as long as a slow machine
//! may need.

#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::Office;
use crate::common::server::machine;

pub mod desk;
pub mod line;

/// How long anything may take to happen. Nothing is expected to take so long; a test that
/// fails takes this once.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// A server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Of its host key.
    pub fingerprint: String,
    /// Where it is watched from outside.
    pub watched: SocketAddr,
    folder: tempfile::TempDir,
}

impl Server {
    /// A server of an office's desks.
    pub fn of(office: &Office) -> Self {
        Self::under(office, &[])
    }

    /// … under other settings, made of the example by replacing texts.
    pub fn under(office: &Office, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = command(office, &folder, settings).spawn().expect("the program runs");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let log = std::fs::read_to_string(folder.path().join("log"));
            panic!("{error}: {line:?}\n{}", log.unwrap_or_default())
        });
        let text = |key: &str| told[key].as_str().expect("a text").to_owned();
        Self {
            child,
            address: text("listen").parse().expect("an address"),
            fingerprint: text("host_key"),
            watched: text("metrics").parse().expect("an address"),
            folder,
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// A page of the port that it is watched at: the line of its status, and all of it.
    pub fn page(&self, path: &str) -> (String, String) {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(self.watched).expect("connected");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").expect("asked");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("a page");
        (page.lines().next().unwrap_or_default().to_owned(), page)
    }

    /// How much memory it has, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .and_then(|kib| kib.parse().ok())
            .expect("a size");
        kib * 1024
    }

    /// Sends it a signal, and nobody else.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success(), "{name} could not be sent");
    }

    /// Waits until it has ended.
    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    /// No story leaves a server behind, however it ends.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// `serve` on a free port, its settings and its host key in `folder`.
fn command(office: &Office, folder: &tempfile::TempDir, settings: &[(&str, &str)]) -> Command {
    let place = |name: &str| folder.path().join(name);
    let mut text = include_str!("../../config.example.toml").to_owned();
    let key = format!("host_key = \"{}\"", place("host_key").display());
    let usual = [
        ("dictionary = \"/usr/share", "# dictionary = \"/usr/share"),
        ("# metrics = \"127.0.0.1:9464\"", "metrics = \"127.0.0.1:0\""),
        ("# host_key = \"madoguchi_host_key\"", &key),
    ];
    for (from, to) in usual.iter().chain(settings) {
        assert!(text.contains(from), "the example has no {from}");
        text = text.replace(from, to);
    }
    std::fs::write(place("config.toml"), text).expect("written");
    let log = std::fs::File::create(place("log")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    machine::no_settings(&mut command);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--make-host-key", "--json", "--config"])
        .arg(place("config.toml"))
        .args(["--database", &office.database().url("op")])
        .current_dir(folder.path())
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    for name in ["LC_ALL", "NO_COLOR", "MADOGUCHI_STAFF", "MADOGUCHI_PASSWORD", "MADOGUCHI_LOG"] {
        command.env_remove(name);
    }
    command
}
