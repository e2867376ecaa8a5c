//! What this machine has for a server of the tests' own: the programs, and a user to run
//! them as, since PostgreSQL does not run as root.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The oldest version that will do.
const OLDEST: u32 = 15;

/// The programs, and whom they run as.
pub struct Machine {
    programs: PathBuf,
    /// User and group, where we are root.
    user: Option<(u32, u32)>,
}

/// This machine.
///
/// # Panics
/// Where there is no PostgreSQL that will do.
pub fn machine() -> &'static Machine {
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    MACHINE.get_or_init(|| Machine {
        programs: programs().unwrap_or_else(|| {
            panic!(
                "there is no PostgreSQL {OLDEST} or later here: install Debian's `postgresql` \
                 (tests/run does)"
            )
        }),
        user: another_user(),
    })
}

impl Machine {
    /// One of PostgreSQL's programs, to run as the user of the servers, with nothing on
    /// standard input and nothing of a person's own settings.
    pub fn program(&self, name: &str) -> Command {
        let mut command = self.client(name);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        // Whoever it runs as may not enter the folder we are in.
        command.current_dir("/");
        command
    }

    /// … to run as we are.
    pub fn client(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        no_settings(&mut command);
        command
    }

    /// Where the programs are.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The shell, as the user of the servers.
    pub fn shell(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir("/");
        command
    }

    /// Gives a file or folder to the user of the servers.
    pub fn give(&self, path: &Path) {
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group)).expect("given away");
        }
    }
}

/// Takes what a person has set for PostgreSQL's programs out of a command's environment.
pub fn no_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}

/// The newest of Debian's, else what is on the path.
fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(version, programs)| *version >= OLDEST && are_in(programs))
        .max();
    newest.map(|(_, programs)| programs).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|programs| are_in(programs) && new_enough(programs))
    })
}

fn are_in(programs: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "psql"].iter().all(|name| programs.join(name).is_file())
}

fn new_enough(programs: &Path) -> bool {
    let said = Command::new(programs.join("postgres")).arg("--version").output();
    said.is_ok_and(|said| {
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = said
            .split_whitespace()
            .find_map(|word| word.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok());
        version.is_some_and(|version| version >= OLDEST)
    })
}

/// Whom the servers run as, where we are root.
fn another_user() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|ours| ours.uid() == 0);
    if !root {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("the users of this machine");
    ["postgres", "nobody"].iter().find_map(|wanted| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let mut ids = fields.skip(1);
            let (user, group) = (ids.next()?.parse().ok()?, ids.next()?.parse().ok()?);
            (name == *wanted).then_some((user, group))
        })
    })
}
