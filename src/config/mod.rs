//! The settings: what another campaign, another incident or another office would change
//! (specification, sections 1 and 5). They are read once, whole and strictly: what is
//! unknown, missing or out of range is refused with its line, so that a slip of the pen
//! never becomes a rule.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::domain::campaign::{Campaign, Guards};
use crate::domain::number::NumberPattern;
use crate::texts::Lang;

mod build;
mod campaign;
mod desk;
mod error;
mod file;
mod page;
mod serve;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_refused;
mod value;

pub use desk::{DeskSettings, KeyChange, THEMES};
pub use error::ConfigError;
pub use serve::{ServeSettings, SignInBy};

use page::Page;

/// The settings that are used where no file is named, and the model for one.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// What [`EXAMPLE`] is called in messages.
pub const EXAMPLE_NAME: &str = "config.example.toml";

/// The longest settings file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Everything that is a setting and not a rule.
#[derive(Clone)]
pub struct Settings {
    /// The incident and its days.
    pub campaign: Campaign,
    /// How money and look-ups are guarded.
    pub guards: Guards,
    /// The form of an inquiry number.
    pub number_pattern: NumberPattern,
    /// Where the database is, if the file says so; `--database` comes first. May hold a
    /// password: never print it.
    pub database: Option<String>,
    /// The language, if the file says so; `--lang` comes first, `LANG` last.
    pub language: Option<Lang>,
    /// The folder of the dictionary that an import reads names with, if there is one.
    pub dictionary: Option<PathBuf>,
    /// How the terminal desk looks and which keys do what.
    pub desk: DeskSettings,
    /// Whom `serve` lets in.
    pub serve: ServeSettings,
}

/// Without the database, whose URL may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("campaign", &self.campaign)
            .field("guards", &self.guards)
            .field("number_pattern", &self.number_pattern)
            .field("database", &self.database.as_ref().map(|_| "…"))
            .field("language", &self.language)
            .field("dictionary", &self.dictionary)
            .field("desk", &self.desk)
            .field("serve", &self.serve)
            .finish()
    }
}

impl Settings {
    /// The built-in settings, those of `config.example.toml`.
    ///
    /// # Errors
    /// None in a build whose tests pass: one of them reads these settings.
    pub fn builtin() -> Result<Self, ConfigError> {
        Self::parse(EXAMPLE, EXAMPLE_NAME)
    }

    /// The settings of the file at `path`: UTF-8, with or without a byte order mark, at
    /// most 1 MiB.
    ///
    /// # Errors
    /// [`ConfigError`], without a line where the file itself cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let unreadable = |cause: std::io::Error| ConfigError::unreadable(&name, &cause);
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(ConfigError::folder(&name));
        }
        let mut bytes = Vec::new();
        // One byte more than is allowed tells too long from just long enough, and a device
        // that never ends is not read for ever.
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ConfigError::too_long(&name));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, &name),
            Err(wrong) => {
                let before = &bytes[..wrong.valid_up_to()];
                let line = before.split(|byte| *byte == b'\n').count();
                Err(ConfigError::not_utf8(&name, line))
            }
        }
    }

    /// The settings that `text` holds. `file_name` stands in the messages.
    ///
    /// # Errors
    /// [`ConfigError`] names the first thing that is wrong.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, ConfigError> {
        let page = Page::new(file_name, text.strip_prefix('\u{FEFF}').unwrap_or(text));
        build::settings(&page, &page.read()?)
    }
}
