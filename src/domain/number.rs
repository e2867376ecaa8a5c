//! Inquiry numbers (お問い合わせ番号): what the caller reads out, folded.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::text;

/// The longest number that is looked at after folding, whatever the pattern says.
pub const MAX_LENGTH: usize = 32;

/// A folded inquiry number: NFKC, upper case, without spaces and hyphens
/// (specification, section 4, F1). It need not exist.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InquiryNumber(String);

/// Why a text is no inquiry number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing is left after folding.
    #[error("the inquiry number is empty")]
    Empty,
    /// It holds something else than letters and digits, or is too long.
    #[error("“{0}” is not an inquiry number: letters and digits only, at most 32")]
    Unreadable(String),
    /// It does not have the form the settings ask for.
    #[error("“{0}” does not have the form of an inquiry number (setting number_pattern)")]
    Form(String),
}

impl InquiryNumber {
    /// Folds what was typed or read. Only letters and digits may remain.
    ///
    /// # Errors
    /// [`NumberError::Empty`] or [`NumberError::Unreadable`].
    pub fn fold(said: &str) -> Result<Self, NumberError> {
        // Ten million rows pass here: the usual number is plain already.
        if said.len() <= MAX_LENGTH
            && !said.is_empty()
            && said.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        {
            return Ok(Self(said.to_owned()));
        }
        let mut folded = String::with_capacity(MAX_LENGTH);
        for character in text::fold(said).chars() {
            if character.is_whitespace() || is_hyphen(character) {
                continue;
            }
            if !character.is_ascii_alphanumeric() || folded.len() == MAX_LENGTH {
                return Err(NumberError::Unreadable(text::for_terminal_bounded(said, 40)));
            }
            folded.push(character.to_ascii_uppercase());
        }
        if folded.is_empty() {
            return Err(NumberError::Empty);
        }
        Ok(Self(folded))
    }

    /// The folded digits and letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of four, as it is read back to the caller.
    #[must_use]
    pub fn grouped(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        let groups: Vec<String> =
            characters.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }
}

impl fmt::Display for InquiryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for InquiryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InquiryNumber({})", self.0)
    }
}

/// Every mark that is typed or printed as a hyphen between groups.
const fn is_hyphen(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{2500}' | '\u{FE63}'
    )
}

/// The form of a number on this system: a setting, since no announcement states it.
#[derive(Clone, Debug)]
pub struct NumberPattern(Regex);

impl NumberPattern {
    /// A pattern that the whole folded number must match.
    ///
    /// # Errors
    /// The regular expression's own error.
    pub fn new(pattern: &str) -> Result<Self, regex::Error> {
        Regex::new(&format!("^(?:{pattern})$")).map(Self)
    }

    /// Folds `said` and holds it against the pattern.
    ///
    /// # Errors
    /// Any [`NumberError`].
    pub fn parse(&self, said: &str) -> Result<InquiryNumber, NumberError> {
        let number = InquiryNumber::fold(said)?;
        if self.0.is_match(&number.0) { Ok(number) } else { Err(NumberError::Form(number.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_read_out_folds_to_one_number() {
        for said in [
            "1234567890123",
            "1234-5678-9012-3",
            "１２３４－５６７８－９０１２－３",
            " 1234 5678　9012 3 ",
            "1234ー5678ー9012ー3",
        ] {
            assert_eq!(InquiryNumber::fold(said).map(|n| n.0), Ok("1234567890123".to_owned()));
        }
        assert_eq!(InquiryNumber::fold("ａb-1").map(|n| n.0), Ok("AB1".to_owned()));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!(InquiryNumber::fold(" - "), Err(NumberError::Empty));
        assert!(matches!(InquiryNumber::fold("12三"), Err(NumberError::Unreadable(_))));
        assert!(matches!(InquiryNumber::fold(&"1".repeat(33)), Err(NumberError::Unreadable(_))));
        let pattern = NumberPattern::new("[0-9]{13}").expect("a fixed pattern");
        assert!(matches!(pattern.parse("12"), Err(NumberError::Form(_))));
        assert!(matches!(pattern.parse("12345678901234"), Err(NumberError::Form(_))));
        assert!(pattern.parse("1234-5678-9012-3").is_ok());
    }

    #[test]
    fn a_number_is_read_back_in_groups_of_four() {
        let number = InquiryNumber::fold("1234567890123").expect("a plain number");
        assert_eq!(number.grouped(), "1234-5678-9012-3");
    }
}
