//! The two languages.

use std::fmt;
use std::str::FromStr;

/// A language of the screens and sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 日本語.
    Ja,
    /// English.
    En,
}

/// A text that names neither language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language is ja or en")]
pub struct LangError;

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// `ja` or `en`, as settings and the command line write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// What `LANG` asks for: `ja_JP.UTF-8` is Japanese, any other language English. Where
    /// nothing is said the hotline's own language is used.
    #[must_use]
    pub fn from_env_value(value: &str) -> Self {
        let value = value.trim();
        let japanese = value.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("ja"));
        if value.is_empty() || japanese { Self::Ja } else { Self::En }
    }

    /// The one of two that is in this language.
    pub(super) fn pick<T>(self, ja: T, en: T) -> T {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

impl FromStr for Lang {
    type Err = LangError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|lang| lang.as_str() == text).ok_or(LangError)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
