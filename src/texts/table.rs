//! Reading the built-in texts. A test proves that they are whole; should a build ship
//! broken ones all the same, the program falls back to the bare codes and goes on.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lang::Lang;

/// One text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Both<T> {
    pub ja: T,
    pub en: T,
}

impl<T> Both<T> {
    /// The one in `lang`.
    pub(super) fn get(&self, lang: Lang) -> &T {
        lang.pick(&self.ja, &self.en)
    }
}

/// The texts of one file by their codes.
pub(super) type Table<T> = BTreeMap<String, Both<T>>;

/// Reads a built-in file.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<Table<T>, toml::de::Error> {
    toml::from_str(text)
}

/// As [`read`], and nothing at all where the file is broken.
pub(super) fn read_or_empty<T: DeserializeOwned>(text: &str) -> Table<T> {
    read(text).unwrap_or_default()
}
