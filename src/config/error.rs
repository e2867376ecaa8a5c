//! Why settings were refused, in both languages.

use std::fmt;

use crate::domain::refusal::{Code, Refusal};
use crate::domain::text::for_terminal_bounded;
use crate::texts::Lang;

/// The longest text from a settings file that a message repeats, in characters.
const SHOWN_CHARS: usize = 60;

/// What is wrong, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct What {
    pub ja: String,
    pub en: String,
}

impl What {
    pub(super) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }
}

/// A text from the file, safe to print.
pub(super) fn shown(text: &str) -> String {
    for_terminal_bounded(text, SHOWN_CHARS)
}

/// Why settings were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<usize>,
    /// The setting with its tables: `campaign.outage.from`.
    pub key: Option<String>,
    what: What,
}

impl ConfigError {
    pub(super) fn new(file: &str, line: Option<usize>, key: Option<String>, what: What) -> Self {
        Self { file: for_terminal_bounded(file, 200), line, key, what }
    }

    pub(super) fn unreadable(file: &str, cause: &std::io::Error) -> Self {
        let (ja, en) = match cause.kind() {
            std::io::ErrorKind::NotFound => ("ファイルがありません", "there is no such file"),
            std::io::ErrorKind::PermissionDenied => {
                ("ファイルを読む権限がありません", "you may not read this file")
            }
            _ => {
                let cause = shown(&cause.to_string());
                let ja = format!("ファイルを読み込めません（{cause}）");
                let what = What::new(ja, format!("the file cannot be read ({cause})"));
                return Self::new(file, None, None, what);
            }
        };
        Self::new(file, None, None, What::new(ja, en))
    }

    pub(super) fn folder(file: &str) -> Self {
        let what = What::new("ファイルではなくフォルダーです", "this is a folder and not a file");
        Self::new(file, None, None, what)
    }

    pub(super) fn too_long(file: &str) -> Self {
        let what = What::new(
            "1 MiBを超えており、設定ファイルではないようです",
            "it is longer than 1 MiB and cannot be a settings file",
        );
        Self::new(file, None, None, what)
    }

    pub(super) fn not_utf8(file: &str, line: usize) -> Self {
        let what = What::new(
            "UTF-8ではありません。UTF-8で保存し直してください",
            "this is not UTF-8; save the file as UTF-8",
        );
        Self::new(file, Some(line), None, what)
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn what(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.what.ja,
            Lang::En => &self.what.en,
        }
    }

    /// The place and what is wrong, on one line.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let (line, key) = (self.line, self.key.as_ref());
        let file = &self.file;
        match lang {
            Lang::Ja => {
                let line = line.map(|line| format!(" {line}行目")).unwrap_or_default();
                let key = key.map(|key| format!("（{key}）")).unwrap_or_default();
                format!("{file}{line}{key}：{}", self.what.ja)
            }
            Lang::En => {
                let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
                let key = key.map(|key| format!(", {key}")).unwrap_or_default();
                format!("{file}{line}{key}: {}", self.what.en)
            }
        }
    }

    /// The same in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        self.message(Lang::Ja)
    }

    /// The refusal that tells a person of it.
    #[must_use]
    pub fn to_refusal(&self) -> Refusal {
        let mut refusal = Refusal::new(Code::ConfigBad)
            .with("file", &self.file)
            .with("what", &self.what.en)
            .with("what_ja", &self.what.ja);
        if let Some(line) = self.line {
            refusal = refusal.with("line", line);
        }
        match &self.key {
            Some(key) => refusal.with("key", key),
            None => refusal,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for ConfigError {}
