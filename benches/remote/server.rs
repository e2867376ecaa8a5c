//! A server in another process, and what the system tells of it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::campaign::Campaign;

pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// The program, serving desks.
    pub fn serve(campaign: &Campaign) -> Self {
        let mut command = campaign.program();
        command.args(["--json", "serve", "--make-host-key", "--listen", "127.0.0.1:0"]);
        Self::start(command, |line| {
            let begun: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let address = begun.pointer("/listen").and_then(|address| address.as_str());
            port(address.expect("where it listens"))
        })
    }

    /// The bare server, whose frames are so long.
    pub fn raw(frame_bytes: usize) -> Self {
        let mut command = again("raw");
        command.arg(frame_bytes.to_string());
        Self::start(command, port)
    }

    fn start(mut command: Command, port: impl Fn(&str) -> u16) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        Self { port: port(line.trim()), child }
    }

    fn read(&self, file: &str) -> String {
        let folder = Path::new("/proc").join(self.child.id().to_string());
        std::fs::read_to_string(folder.join(file)).expect("a running process")
    }

    /// The memory that it holds.
    pub fn resident_kib(&self) -> u64 {
        field(&self.read("status"), "VmRSS:")
    }

    /// How often each of its threads has begun to run because something had happened.
    pub fn wake_ups(&self) -> HashMap<OsString, u64> {
        let tasks = Path::new("/proc").join(self.child.id().to_string()).join("task");
        let tasks = std::fs::read_dir(tasks).expect("a running process").filter_map(Result::ok);
        tasks
            .filter_map(|task| {
                // A thread may end meanwhile.
                let status = std::fs::read_to_string(task.path().join("status")).ok()?;
                Some((task.file_name(), field(&status, "voluntary_ctxt_switches:")))
            })
            .collect()
    }

    /// For how long it has run.
    pub fn processor_seconds(&self) -> f64 {
        let stat = self.read("stat");
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name.split_whitespace().skip(11).take(2);
        // Linux counts in hundredths of a second, whatever the machine.
        ticks.map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let _ = self.child.wait();
    }
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).expect("a number")
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// This program again, as something else.
pub fn again(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env("MADOGUCHI_BENCH_ROLE", role);
    command
}
