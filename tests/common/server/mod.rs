//! A PostgreSQL server of the tests' own: on a free port, in a folder of its own, stopped and
//! deleted when it is let go of, and also when the test process ends in any other way.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

mod guard;
mod life;
pub mod machine;
pub mod pair;

use guard::Guard;
use machine::{Machine, machine};

/// Who may do anything on a server.
pub const SUPERUSER: &str = "postgres";
/// How long anything on a server is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long one waits between two looks.
const BLINK: Duration = Duration::from_millis(10);

/// What kind of server it is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether it writes through to the disk. Killing the server loses nothing either way:
    /// what it has written is the system's then.
    pub fsync: bool,
    /// Whether it asks for passwords (see [`Server::password`]); else it trusts.
    pub scram: bool,
    /// How many connections it takes, of which it keeps three for the superuser.
    pub max_connections: u32,
    /// Other settings.
    pub settings: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { fsync: false, scram: false, max_connections: 100, settings: Vec::new() }
    }
}

/// A server.
pub struct Server {
    machine: &'static Machine,
    options: Options,
    port: u16,
    /// The process, unless it was killed.
    running: Mutex<Option<Child>>,
    /// What the next thing made here is called by.
    next: AtomicU64,
    /// Stops the server before the folder is let go of.
    guard: Guard,
    folder: tempfile::TempDir,
}

impl Server {
    /// A new server, with nothing in it.
    pub fn start(options: Options) -> Self {
        let server = Self::of(options, |machine, folder| {
            let mut initdb = machine.program("initdb");
            initdb
                .args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C.UTF-8"])
                .args(["--auth-local=trust", "--username", SUPERUSER, "--pgdata"])
                .arg(folder.join("data"));
            initdb
        });
        server.psql("postgres", &format!("ALTER ROLE postgres PASSWORD '{}'", password(SUPERUSER)));
        server
    }

    /// A server whose data a program makes.
    fn of(options: Options, maker: impl Fn(&Machine, &Path) -> Command) -> Self {
        let machine = machine();
        let folder = tempfile::Builder::new().prefix("madoguchi-pg-").tempdir().expect("a folder");
        machine.give(folder.path());
        let guard = Guard::over(machine, folder.path());
        let mut maker = maker(machine, folder.path());
        let made = maker.output().expect("it runs");
        assert!(made.status.success(), "{maker:?}\n{}", said(&made));
        let server = Self {
            machine,
            port: 0,
            running: Mutex::default(),
            next: AtomicU64::default(),
            guard,
            folder,
            options,
        };
        let auth = if server.options.scram { "scram-sha-256" } else { "trust" };
        let hba = format!(
            "local all all trust\nhost all all 127.0.0.1/32 {auth}\n\
             local replication all trust\nhost replication all 127.0.0.1/32 {auth}\n"
        );
        server.put("data/pg_hba.conf", &hba);
        server.on_a_free_port()
    }

    /// Its settings, as options of the program: they are no part of what a standby copies.
    fn settings(&self) -> Vec<String> {
        let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
        let own = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.folder().display().to_string()),
            ("max_connections", self.options.max_connections.to_string()),
            ("fsync", switch(self.options.fsync)),
            ("full_page_writes", switch(self.options.fsync)),
            ("shared_buffers", "64MB".to_owned()),
            ("max_wal_size", "4GB".to_owned()),
            // Nothing of its own accord in the middle of a test.
            ("autovacuum", switch(false)),
            ("jit", switch(false)),
            // In its folder: of one that is killed nothing stays behind.
            ("dynamic_shared_memory_type", "mmap".to_owned()),
            ("timezone", "UTC".to_owned()),
        ];
        let all = own.into_iter().chain(self.options.settings.iter().cloned());
        all.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Its port on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, which its own user may read and write.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has said of itself.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Writes a file into its folder that only its own user may read: a key, for example.
    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("closed");
        self.machine.give(&path);
        path
    }

    /// The URL of a database for a role, with the password where one is asked for.
    pub fn url(&self, role: &str, database: &str) -> String {
        let mut url = format!("postgres://{role}");
        if self.options.scram {
            let _ = write!(url, ":{}", password(role));
        }
        let _ = write!(url, "@127.0.0.1:{}/{database}", self.port);
        url
    }

    /// The password of a role.
    pub fn password(&self, role: &str) -> String {
        password(role)
    }

    /// Makes a role that may log in, with its password; `options` as in CREATE ROLE.
    pub fn role(&self, role: &str, options: &str) {
        let sql = format!("CREATE ROLE {role} LOGIN PASSWORD '{}' {options}", password(role));
        self.psql("postgres", &sql);
    }

    /// A name that nothing here has yet.
    pub fn name(&self, what: &str) -> String {
        format!("{what}_{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// How a database is made. Copying files instead of logging pages needs a checkpoint, which
    /// costs nothing where nothing is written through to the disk.
    fn strategy(&self) -> &'static str {
        if self.options.fsync { "" } else { "STRATEGY file_copy" }
    }

    /// An empty database; its name.
    pub fn fresh_database(&self) -> String {
        self.fresh_database_of(SUPERUSER)
    }

    /// An empty database that a role owns; its name.
    pub fn fresh_database_of(&self, owner: &str) -> String {
        let name = self.name("fresh");
        let strategy = self.strategy();
        self.psql("postgres", &format!("CREATE DATABASE {name} OWNER {owner} {strategy}"));
        name
    }

    /// A copy of a database that nobody is connected to, with its owner and what may be done
    /// with it; its name.
    pub fn database_from(&self, template: &str) -> String {
        let (name, strategy) = (self.name("copy"), self.strategy());
        // The owner is known to the server only: it makes the statement, and psql says it.
        self.psql(
            "postgres",
            &format!(
                "SELECT format('CREATE DATABASE {name} TEMPLATE {template} OWNER %I {strategy}',
                    pg_get_userbyid(datdba)) FROM pg_database WHERE datname = '{template}' \\gexec
                 UPDATE pg_database SET datacl = t.datacl FROM pg_database AS t
                    WHERE pg_database.datname = '{name}' AND t.datname = '{template}';"
            ),
        );
        name
    }

    /// Drops a database, whoever is connected to it; nothing comes of it where the server is
    /// gone.
    pub fn drop_database(&self, name: &str) {
        let _ = self.asked(SUPERUSER, "postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Has the superuser say something to a database; the answer's columns are separated by
    /// `|`, its rows by line ends.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let answer = self.asked(SUPERUSER, database, sql);
        answer.unwrap_or_else(|error| panic!("{sql}\n{error}\n{}", self.log()))
    }

    /// … has somebody say it; what the server refused it with, with its SQLSTATE, where it did.
    pub fn asked(&self, role: &str, database: &str, sql: &str) -> Result<String, String> {
        let mut child = self.psql_of(role, database).spawn().expect("psql runs");
        let mut input = child.stdin.take().expect("standard input");
        // Where it ends before it has read everything, its own words say why.
        let _ = input.write_all(sql.as_bytes());
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let mut answer = String::from_utf8_lossy(&output.stdout).into_owned();
        if answer.ends_with('\n') {
            answer.pop();
        }
        if output.status.success() { Ok(answer) } else { Err(said(&output)) }
    }

    /// psql, reading statements from standard input and stopping at the first error.
    pub fn psql_of(&self, role: &str, database: &str) -> Command {
        let mut psql = self.machine.client("psql");
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"])
            .args(["-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "--file=-"])
            .args(["--username", role, "--dbname", database])
            .args(["--port", &self.port.to_string(), "--host"])
            .env("PGOPTIONS", "-c search_path=madoguchi,public -c client_min_messages=warning")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // By the socket everybody is trusted: for the superuser, who must always get in.
        if role == SUPERUSER {
            psql.arg(self.folder());
        } else {
            psql.arg("127.0.0.1").env("PGPASSWORD", password(role));
        }
        psql
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.guard.stop();
        if let Some(mut child) = self.running().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The password that a role is given.
fn password(role: &str) -> String {
    format!("secret-of-{role}")
}

/// What a program has said.
fn said(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}: {}{}", output.status, texts[0], texts[1])
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(BLINK);
    }
}
