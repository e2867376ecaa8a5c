//! A small campaign on SQLite with as many operators as there are desks, made through the
//! command line.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Everybody's.
pub const PASSWORD: &str = "correct horse battery";

pub struct Campaign {
    folder: tempfile::TempDir,
}

/// The staff id of the `n`-th desk.
pub fn operator(n: usize) -> String {
    format!("op-{n:05}")
}

impl Campaign {
    pub fn new(desks: usize) -> Self {
        let campaign = Self { folder: tempfile::tempdir().expect("a folder") };
        let settings = format!(
            "{}\n[serve]\nmax_desks = {most}\nmax_desks_per_address = {most}\n\
             metrics = \"off\"\n",
            include_str!("../../config.example.toml").replace("\n[serve]\n", "\n"),
            most = desks + 8
        );
        std::fs::write(campaign.folder.path().join("madoguchi.toml"), settings).expect("written");
        campaign.run(&["init", "--training"], "");
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        for kind in ["merchants", "coupons", "settlements", "sales", "coverage"] {
            let file = demo.join(kind).with_extension("csv");
            campaign.run(&["import", kind, file.to_str().expect("a path")], "");
        }
        // Every password is hashed as slowly as it should be: on both processors.
        let halves: [Vec<_>; 2] = [0, 1].map(|half| (half..desks).step_by(2).collect());
        std::thread::scope(|scope| {
            for half in &halves {
                scope.spawn(|| half.iter().for_each(|n| campaign.add(*n)));
            }
        });
        campaign
    }

    fn add(&self, n: usize) {
        let id = operator(n);
        let words = ["staff", "add", &id, "--role", "operator", "--name", &id, "--password-stdin"];
        self.run(&words, PASSWORD);
    }

    /// The program in the campaign's folder.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        let database = format!("sqlite://{}", self.path("campaign.db").display());
        command
            .args(["--config".as_ref(), self.path("madoguchi.toml").as_os_str()])
            .args(["--lang", "ja", "--database", &database])
            .env("MADOGUCHI_STAFF", "admin")
            .env("MADOGUCHI_PASSWORD", PASSWORD)
            .env("MADOGUCHI_LOG", "warn");
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, words: &[&str], input: &str) {
        let mut command = self.program();
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("started");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("written");
        drop(stdin);
        assert!(child.wait().expect("it ended").success(), "{words:?}");
    }
}
