//! Who stops a server when nobody else does: a process that waits for the end of its
//! standard input, which the test process holds the other end of. However that ends, killed
//! or by a panic, the input ends with it.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use super::machine::Machine;

/// Waits for the end, stops the server of the folder and deletes the folder. The signals that
/// a terminal sends to everything in front of it do not reach it.
const WATCH: &str = "\
read -r _
\"$1/pg_ctl\" stop --silent --mode=immediate --timeout=20 --pgdata \"$2/data\"
rm -rf \"$2\"
";

/// The process.
pub struct Guard {
    child: Child,
    input: Option<ChildStdin>,
}

impl Guard {
    /// Watches over the server in a folder, which need not be there yet.
    pub fn over(machine: &Machine, folder: &Path) -> Self {
        let mut command = machine.shell();
        command.args(["-c", WATCH, "guard"]).arg(machine.programs()).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.process_group(0).spawn().expect("a shell");
        let input = child.stdin.take();
        Self { child, input }
    }

    /// Has it do now what it is there for.
    pub fn stop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}
