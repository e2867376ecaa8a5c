//! Personal data: types whose `Debug` hides them, so that they reach no log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A telephone number, a mail address, an account or a person's name. It prints
/// only masked; [`Private::expose`] is the one way to the text itself.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the store and for sending; never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For a screen: all but the last four characters hidden, and those too where
    /// the whole is so short that four would give it away.
    #[must_use]
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        if count == 0 {
            return String::new();
        }
        let shown = if count >= 8 { 4 } else { 0 };
        let tail: String = self.0.chars().skip(count - shown).collect();
        format!("****{tail}")
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Private(empty)" } else { "Private(***)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_reaches_neither_debug_nor_screen() {
        let phone = Private::new("09000001234");
        assert_eq!(format!("{phone:?}"), "Private(***)");
        assert_eq!(phone.masked(), "****1234");
        assert_eq!(Private::new("山田").masked(), "****");
        assert_eq!(Private::default().masked(), "");
    }
}
