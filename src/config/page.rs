//! The text of a settings file, and where in it something stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, What, shown};
use super::file::Raw;

/// A settings file that is being read.
pub(super) struct Page<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Page<'a> {
    pub(super) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text }
    }

    /// The file's tables, or the first thing that is no setting.
    pub(super) fn read(&self) -> Result<Raw, ConfigError> {
        toml::from_str(self.text).map_err(|wrong| self.misshapen(&wrong))
    }

    /// A setting that stands at `span` and is wrong.
    pub(super) fn wrong(&self, key: &str, span: Range<usize>, what: What) -> ConfigError {
        ConfigError::new(self.file, Some(self.line(span.start)), Some(key.to_owned()), what)
    }

    /// The line of a byte, counted from 1.
    fn line(&self, byte: usize) -> usize {
        let before = self.text.get(..byte).unwrap_or(self.text);
        1 + before.matches('\n').count()
    }

    /// Puts the reader's own complaint into words.
    fn misshapen(&self, wrong: &toml::de::Error) -> ConfigError {
        let message = wrong.message().lines().next().unwrap_or_default();
        let path = wrong.span().and_then(|span| self.path_of(&span));
        let names = quoted(message);
        let missing = message.starts_with("missing field");
        // A file with a key that stands there twice has no tree to find a path in.
        let word = || wrong.span().and_then(|span| self.text.get(span)).map(shown);
        let (key, what) = if message.starts_with("unknown field") {
            (path, unknown(&names))
        } else if missing {
            let name = names.first().copied().unwrap_or_default();
            let what = What::new("この設定がありません", "this setting is missing");
            let table = path.map(|table| format!("{table}.")).unwrap_or_default();
            (Some(format!("{table}{}", shown(name))), what)
        } else if message.starts_with("duplicate key") {
            (word(), What::new("同じ設定が2回あります", "this setting stands there twice"))
        } else if message.starts_with("invalid type") {
            // What was found may be the password of a database: only what should be there
            // is repeated.
            (path, wrong_type(message))
        } else {
            let message = shown(message);
            let ja = format!("TOMLとして読めません（{message}）");
            (path, What::new(ja, format!("this is not TOML ({message})")))
        };
        // What is missing at the top of the file is missing on every line of it.
        let nowhere = missing && key.as_ref().is_some_and(|key| !key.contains('.'));
        let span = wrong.span().filter(|_| !nowhere);
        let line = span.map(|span| self.line(span.start));
        ConfigError::new(self.file, line, key, what)
    }

    /// The key with its tables that stands at `span`, or whose value does.
    fn path_of(&self, span: &Range<usize>) -> Option<String> {
        let table = DeTable::parse(self.text).ok()?;
        path_in(table.get_ref(), span)
    }
}

fn path_in(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = shown(key.get_ref());
        if key.span() == *span || value.span() == *span {
            return Some(name);
        }
        let inner = inside(value)?;
        path_in(inner, span).map(|below| format!("{name}.{below}"))
    })
}

fn inside<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The names between back quotes.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// `names`: the unknown one, then those that are known.
fn unknown(names: &[&str]) -> What {
    let name = shown(names.first().copied().unwrap_or_default());
    let known = names.get(1..).unwrap_or_default();
    What::new(
        format!("「{name}」という設定はありません（ここで使えるのは {}）", known.join("、")),
        format!("there is no setting “{name}” (here there are {})", known.join(", ")),
    )
}

fn wrong_type(message: &str) -> What {
    let (ja, en) = if message.ends_with("a table of settings") {
        (
            "値ではなく、設定の表でなければなりません",
            "this must be a table of settings and not a value",
        )
    } else if message.ends_with("a text or a list of texts") {
        ("\"all\" または一覧でなければなりません", "this must be \"all\" or a list")
    } else {
        ("[ ] で囲んだ一覧でなければなりません", "this must be a list in [ ]")
    };
    What::new(ja, en)
}
