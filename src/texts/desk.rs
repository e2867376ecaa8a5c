//! The words of the terminal desk.

use std::sync::LazyLock;

use serde::Deserialize;

use super::lang::Lang;
use super::table::{Table, read_or_empty};

/// The words.
pub(super) const WORDS: &str = include_str!("../../assets/texts/desk.toml");
/// The actions.
pub(super) const KEYS: &str = include_str!("../../assets/texts/keys.toml");

static TEXTS: LazyLock<Table<String>> = LazyLock::new(|| read_or_empty(WORDS));
static ACTIONS: LazyLock<Table<ActionText>> = LazyLock::new(|| read_or_empty(KEYS));

/// What an action is called, and what it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionText {
    /// A word for the footer.
    pub label: String,
    /// A line for the help.
    pub help: String,
}

/// The words under `key`; nothing where there are none.
#[must_use]
pub fn word(key: &str, lang: Lang) -> &'static str {
    TEXTS.get(key).map_or("", |both| both.get(lang).as_str())
}

/// The words under `key` with `{name}` filled in.
#[must_use]
pub fn worded(key: &str, lang: Lang, values: &[(&str, &str)]) -> String {
    let mut words = String::new();
    let mut rest = word(key, lang);
    // Values are put in as they are and never read for names themselves.
    while let Some((before, after)) = rest.split_once('{') {
        words.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(given, _)| *given == name);
        words.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    words.push_str(rest);
    words
}

/// What the action `id` is called, and what it does.
#[must_use]
pub fn action(id: &str, lang: Lang) -> ActionText {
    ACTIONS.get(id).map(|both| both.get(lang).clone()).unwrap_or_default()
}

/// One of two texts.
#[must_use]
pub fn pick(lang: Lang, ja: &str, en: &str) -> String {
    lang.pick(ja, en).to_owned()
}
