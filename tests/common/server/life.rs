//! How a server starts, dies and is promoted.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::time::Instant;

use super::{BLINK, PATIENCE, Server, until};

/// How many ports are tried.
const PORTS: u32 = 20;

impl Server {
    /// Starts on a port that is free.
    pub(super) fn on_a_free_port(mut self) -> Self {
        for _ in 0..PORTS {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port");
            self.port = free.local_addr().expect("its address").port();
            // Between this and its own bind somebody else may take it: then another.
            drop(free);
            if let Some(child) = self.comes_up() {
                *self.running() = Some(child);
                return self;
            }
            assert!(self.log().contains("could not bind"), "{}", self.log());
        }
        panic!("no port is free:\n{}", self.log());
    }

    /// Starts it; nothing where it ended at once.
    fn comes_up(&self) -> Option<Child> {
        let log = File::options().create(true).append(true).open(self.folder().join("log"));
        let log = log.expect("a log");
        let mut command = self.machine.program("postgres");
        for setting in self.settings() {
            command.args(["-c", &setting]);
        }
        command.arg("-D").arg(self.folder().join("data"));
        command.stdout(log.try_clone().expect("the log")).stderr(log);
        // What a terminal sends to the tests is none of its business: the guard stops it.
        let mut child = command.process_group(0).spawn().expect("the server runs");
        let id = child.id().to_string();
        let end = Instant::now() + PATIENCE;
        loop {
            if child.try_wait().expect("its state").is_some() {
                return None;
            }
            // Its process, and, in the eighth line, whether it takes connections.
            let lines = std::fs::read_to_string(self.folder().join("data/postmaster.pid"));
            let lines = lines.unwrap_or_default();
            let mut lines = lines.lines();
            let ours = lines.next() == Some(&id);
            let ready = lines.nth(6).is_some_and(|word| matches!(word.trim(), "ready" | "standby"));
            if ours && ready {
                return Some(child);
            }
            assert!(Instant::now() < end, "the server does not come up:\n{}", self.log());
            std::thread::sleep(BLINK);
        }
    }

    /// The process of the server.
    pub fn pid(&self) -> u32 {
        self.running().as_ref().expect("it runs").id()
    }

    /// Kills it as a machine that dies does: the server and all its processes, at once, with
    /// SIGKILL.
    pub fn kill(&self) {
        let mut child = self.running().take().expect("it runs");
        // It must not answer the end of one of its processes by starting another.
        signal("STOP", &[child.id()]);
        let mut dying = children_of(child.id());
        dying.push(child.id());
        signal("KILL", &dying);
        child.wait().expect("it ends");
        until("its processes are gone", || children_of(child.id()).is_empty());
        dying.pop();
        until("its processes are gone", || dying.iter().all(|id| !is_there(*id)));
    }

    /// Kills only the server itself with SIGKILL; its processes see that it is gone and end.
    pub fn kill_postmaster(&self) {
        let mut child = self.running().take().expect("it runs");
        child.kill().expect("killed");
        child.wait().expect("it ends");
    }

    /// Holds the whole server, as a machine does that hangs; [`Server::go_on`] lets it go on.
    pub fn hold(&self) {
        let id = self.pid();
        signal("STOP", &[id]);
        signal("STOP", &children_of(id));
    }

    /// … and lets it go on.
    pub fn go_on(&self) {
        let id = self.pid();
        signal("CONT", &children_of(id));
        signal("CONT", &[id]);
    }

    /// Stops it as an administrator does: what is under way is broken off.
    pub fn stop(&self) {
        let mut child = self.running().take().expect("it runs");
        signal("INT", &[child.id()]);
        child.wait().expect("it ends");
    }

    /// Starts it again after it was killed or stopped, on the same port.
    pub fn start_again(&self) {
        assert!(self.running().is_none(), "it runs");
        let end = Instant::now() + PATIENCE;
        // The last processes of the server before may still hold what it needs.
        let child = loop {
            if let Some(child) = self.comes_up() {
                break child;
            }
            assert!(Instant::now() < end, "the server does not come up again:\n{}", self.log());
            std::thread::sleep(BLINK * 10);
        };
        *self.running() = Some(child);
    }

    /// Makes a standby the primary, and waits until it is.
    pub fn promote(&self) {
        assert_eq!(self.psql("postgres", "SELECT pg_promote(true, 60)"), "t", "{}", self.log());
    }
}

/// Sends a signal to processes that are ours; some may have ended by themselves.
fn signal(name: &str, ids: &[u32]) {
    if ids.is_empty() {
        return;
    }
    let ids = ids.iter().map(u32::to_string);
    let sent = Command::new("kill").args(["-s", name]).args(ids).output();
    sent.expect("kill runs");
}

/// The processes that a process has started.
fn children_of(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").expect("the processes").flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| stat(*id).is_some_and(|(_, of)| of == parent)).collect()
}

/// Whether a process is there and has not ended.
fn is_there(id: u32) -> bool {
    stat(id).is_some_and(|(state, _)| state != "Z")
}

/// A process's state and its parent.
fn stat(id: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in brackets may hold anything.
    let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
    Some((rest.next()?.to_owned(), rest.next()?.parse().ok()?))
}
