//! What is read to the caller when a case has come to something.

use std::sync::LazyLock;

use super::lang::Lang;
use super::spoken::Spoken;
use super::table::{Table, read_or_empty};
use super::template::fill;

/// The file.
pub(super) const FILE: &str = include_str!("../../assets/texts/outcomes.toml");

/// What a call has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The records agree and the amount is about to be put back.
    Matched,
    /// It has been put back.
    Restored,
    /// Class A: extended without a call.
    Extended,
    /// Class A: about to be extended without a call.
    Due,
    /// Nothing is put back.
    Declined,
    /// Records are missing.
    Waiting,
    /// A supervisor decides.
    Supervisor,
    /// The caller took it back.
    Withdrawn,
    /// The command was sent and its answer has not come.
    Unknown,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Matched,
        Self::Restored,
        Self::Extended,
        Self::Due,
        Self::Declined,
        Self::Waiting,
        Self::Supervisor,
        Self::Withdrawn,
        Self::Unknown,
    ];

    /// Its name in the file of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Restored => "restored",
            Self::Extended => "extended",
            Self::Due => "due",
            Self::Declined => "declined",
            Self::Waiting => "waiting",
            Self::Supervisor => "supervisor",
            Self::Withdrawn => "withdrawn",
            Self::Unknown => "unknown",
        }
    }
}

static TEXTS: LazyLock<Table<String>> = LazyLock::new(|| read_or_empty(FILE));

/// The sentence the operator reads to the caller, with what is known filled in.
#[must_use]
pub fn outcome_say(outcome: Outcome, spoken: &Spoken, lang: Lang) -> String {
    TEXTS
        .get(outcome.as_str())
        .map(|both| fill(both.get(lang), &|name| spoken.value(name, lang)))
        .unwrap_or_default()
}
