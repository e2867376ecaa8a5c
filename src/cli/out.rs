//! What the command line prints. Text from outside is made safe on the way.

use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::{Value, json};

use super::Failure;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::text;
use crate::texts::{self, Lang};

/// Where results and messages go. Results to standard output, all else to standard error.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    json: bool,
    lang: Lang,
}

impl Out {
    /// For one command.
    pub const fn new(json: bool, lang: Lang) -> Self {
        Self { json, lang }
    }

    /// The language of messages.
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether results are JSON.
    pub const fn json(&self) -> bool {
        self.json
    }

    /// Of two texts, the one in the language.
    pub const fn pick<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// The result: as JSON, or as the lines that people read.
    pub fn result(&self, json: &impl Serialize, lines: impl FnOnce() -> Vec<String>) {
        if self.json {
            self.raw(&serde_json::to_string(json).unwrap_or_default());
        } else {
            for line in lines() {
                self.raw(&text::for_terminal(&line));
            }
        }
    }

    /// One line on standard output as it is. A reader that has gone is no error.
    pub fn raw(&self, line: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{line}");
    }

    /// A line for people, on standard error; none where a program reads.
    pub fn note(&self, ja: &str, en: &str) {
        if !self.json {
            self.say(self.pick(ja, en));
        }
    }

    /// A line on standard error.
    pub fn say(&self, line: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "{}", text::for_terminal(line));
    }

    /// A refusal: what was wrong, and what to do next.
    pub fn refusal(&self, refusal: &Refusal) {
        self.refusal_with(refusal, &json!({}));
    }

    /// A refusal, and in JSON the particulars beside it.
    pub fn refusal_with(&self, refusal: &Refusal, particulars: &Value) {
        let sentence = texts::refusal(refusal, self.lang);
        let code = refusal.code.as_str();
        if self.json {
            let mut json = particulars.clone();
            json["error"] =
                json!({"code": code, "message": sentence.message, "next": sentence.next});
            self.raw(&json.to_string());
        }
        self.say(&format!("{code}: {}", sentence.message));
        self.say(&format!("→ {}", sentence.next));
    }

    /// Why a command ended without doing it.
    pub fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Office(error) => self.refusal(&error.to_refusal()),
            Failure::Usage(refusal) | Failure::Unknown(refusal) => self.refusal(refusal),
            Failure::Said(_) => {}
        }
    }

    /// Whether a person watches standard error.
    pub fn watched(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }
}

/// The refusal of an argument that cannot be read.
pub fn bad_input(key: &str, en: impl std::fmt::Display, ja: impl std::fmt::Display) -> Failure {
    let refusal = Refusal::new(Code::BadInput).with("key", key);
    Failure::Office(refusal.with("what", en).with("what_ja", ja).into())
}
