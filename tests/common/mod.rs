//! The front door for stories: the real program on a database of its own.

#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use database::{Database, Kept};

pub mod books;
pub mod database;
pub mod dictionary;
pub mod keys;
pub mod records;
pub mod server;
pub mod staff;

/// When every story begins.
pub const BEGINS: &str = "2023-03-13 10:00";
/// The password of everybody in a story.
pub const PASSWORD: &str = "correct horse";

/// What the program answered.
pub struct Answer {
    /// Exit status.
    pub status: i32,
    /// Standard output as JSON; null where it is none.
    pub json: Value,
    /// Standard error.
    pub stderr: String,
}

impl Answer {
    /// The answer of a command that was carried out.
    pub fn done(self) -> Value {
        assert_eq!(self.status, 0, "{}\n{}", self.json, self.stderr);
        self.json
    }

    /// The code of a command that was refused (exit status 1).
    pub fn refused(self) -> String {
        assert_eq!(self.status, 1, "{}\n{}", self.json, self.stderr);
        self.json["error"]["code"].as_str().expect("an error code").to_owned()
    }
}

/// A campaign on a database of its own, with an admin `ad`, an auditor `au`, two
/// operators `op` and `op2` and two supervisors `sv` and `sv2`.
pub struct Office {
    folder: tempfile::TempDir,
    config: PathBuf,
    database: Database,
}

impl Office {
    /// A training database whose clock starts at [`BEGINS`].
    pub fn open() -> Self {
        Self::open_at(BEGINS, None)
    }

    /// A training database whose clock starts at `time`, under settings made of the
    /// example by replacing texts.
    pub fn open_at(time: &str, settings: Option<&[(&str, &str)]>) -> Self {
        let office = Self::in_folder(settings, Database::new);
        staff::made(&office.database, time);
        office
    }

    /// A folder with its settings and its database, whatever stands in that.
    fn in_folder(
        settings: Option<&[(&str, &str)]>,
        database: impl FnOnce(&Path) -> Database,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut text = include_str!("../../config.example.toml").to_owned();
        for (from, to) in settings.unwrap_or_default() {
            assert!(text.contains(from), "the example has no {from}");
            text = text.replace(from, to);
        }
        // Whether this machine has a dictionary must not decide what a story comes to.
        let text = text.replace("dictionary = \"/usr/share", "# dictionary = \"/usr/share");
        let config = folder.path().join("config.toml");
        std::fs::write(&config, text).expect("written");
        let database = database(folder.path());
        Self { folder, config, database }
    }

    /// The story so far, for other stories to begin with.
    pub fn keep(self) -> Beginning {
        Beginning { database: self.database.keep() }
    }

    /// The same office over another database, in a folder of its own.
    pub fn over(database: Database) -> Self {
        Self::in_folder(None, |_| database)
    }

    /// The folder of the story.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The store on it, in this process, with the rights of a desk.
    pub async fn store(&self) -> std::sync::Arc<dyn madoguchi::store::Store> {
        self.database.store("op").await
    }

    /// The command with its options and environment, not started yet.
    pub fn command<I, S>(&self, staff: &str, words: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let words: Vec<_> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let makes = words.first().is_some_and(|word| word == "init");
        let database = &self.database;
        let url = if makes { database.url_for_init() } else { database.url(staff) };
        let mut command = program(&url, staff);
        command.args(words).arg("--config").arg(&self.config).env("LANG", "ja_JP.UTF-8");
        command
    }

    /// Runs one command as somebody.
    pub fn run<I, S>(&self, staff: &str, words: I) -> Answer
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        answer(&self.command(staff, words).output().expect("the program runs"))
    }

    /// Runs one command with something on standard input.
    pub fn run_with<I, S>(&self, staff: &str, words: I, stdin: &str) -> Answer
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        use std::io::Write as _;
        let mut child =
            self.command(staff, words).stdin(Stdio::piped()).spawn().expect("the program runs");
        let mut input = child.stdin.take().expect("standard input");
        input.write_all(stdin.as_bytes()).expect("written");
        drop(input);
        answer(&child.wait_with_output().expect("it ends"))
    }

    /// Writes a record file into the folder of the story.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Imports a record file of this text as the admin.
    pub fn import(&self, kind: &str, text: &str, options: &[&str]) -> Answer {
        let path = self.file(&format!("{kind}.csv"), text);
        let mut words = vec!["import".to_owned(), kind.to_owned(), path.display().to_string()];
        words.extend(options.iter().map(|&option| option.to_owned()));
        self.run("ad", words)
    }
}

/// What several stories begin with: a database as another story left it, its clock running.
pub struct Beginning {
    /// The database.
    pub database: Kept,
}

impl Beginning {
    /// An office of one's own that begins so.
    pub fn open(&self) -> Office {
        self.open_with(None)
    }

    /// … under other settings, as [`Office::open_at`] makes them.
    pub fn open_with(&self, settings: Option<&[(&str, &str)]>) -> Office {
        Office::in_folder(settings, |folder| self.database.copy(folder))
    }
}

/// The program on a database as somebody, its words to come; it answers in JSON.
pub fn program(url: &str, staff: &str) -> Command {
    let mut command = program_in_words(url, staff);
    command.arg("--json");
    command
}

/// … and it answers in words.
pub fn program_in_words(url: &str, staff: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    server::machine::no_settings(&mut command);
    command
        // Where a database is on a server, its host key is made here.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .args(["--database", url])
        .env("MADOGUCHI_STAFF", staff)
        .env("MADOGUCHI_PASSWORD", PASSWORD)
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a finished program answered.
pub fn answer(output: &Output) -> Answer {
    Answer {
        status: output.status.code().unwrap_or(-1),
        json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Office {
    /// Imports records: the rows of [`records`], each kind where there are any.
    pub fn records(
        &self,
        coupons: &[String],
        settlements: &[String],
        sales: &[String],
        coverage: &[String],
    ) {
        let all = [
            ("coupons", coupons),
            ("settlements", settlements),
            ("sales", sales),
            ("coverage", coverage),
        ];
        for (kind, rows) in all {
            if !rows.is_empty() {
                self.import(kind, &records::file(kind, rows), &[]).done();
            }
        }
    }

    /// Tries to open a case from the four facts, the shop by its ID.
    pub fn opens(
        &self,
        staff: &str,
        number: &str,
        expiry: &str,
        prefecture: &str,
        shop: &str,
    ) -> Answer {
        let facts = ["--expiry", expiry, "--prefecture", prefecture, "--merchant", shop];
        self.run(staff, ["case", "open", "--number", number].iter().chain(&facts))
    }

    /// Opens a case on a coupon of [`records::coupon`] at a shop, all four facts right, and
    /// tells its number.
    pub fn case(&self, staff: &str, number: &str, shop: &str) -> String {
        let case = self.opens(staff, number, "2/24", "奈良県", shop).done();
        case["case"].as_str().expect("a number").to_owned()
    }

    /// Does something to a case: `act("op", "restore", &case, &[])`.
    pub fn act(&self, staff: &str, action: &str, case: &str, options: &[&str]) -> Answer {
        self.run(staff, ["case", action, case].iter().chain(options))
    }

    /// A case as the auditor sees it.
    pub fn shown(&self, case: &str) -> Value {
        self.act("au", "show", case, &[]).done()
    }

    /// A coupon as the auditor sees it.
    pub fn coupon(&self, number: &str) -> Value {
        self.run("au", ["coupon", number]).done()
    }

    /// Chain, ledger and balances are as they were written.
    pub fn audited(&self) {
        let report = self.run("au", ["audit", "verify"]).done();
        assert_eq!(report["ok"], true, "{report}");
    }
}

/// An office with the shops of [`records::SHOPS`] and what is complete of them.
pub fn with_shops() -> Office {
    with_shops_under(None)
}

/// … under other settings.
pub fn with_shops_under(settings: Option<&[(&str, &str)]>) -> Office {
    static BEGINNING: std::sync::OnceLock<Beginning> = std::sync::OnceLock::new();
    let beginning = BEGINNING.get_or_init(|| {
        let office = Office::open();
        office.import("merchants", records::SHOPS, &[]).done();
        office.records(&[], &[], &[], &records::covered());
        office.keep()
    });
    beginning.open_with(settings)
}

/// The names in a JSON object, in order of the alphabet.
pub fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
