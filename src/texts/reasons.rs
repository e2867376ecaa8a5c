//! The sentences of the reasons a verification gives.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::reason::Reason;

use super::lang::Lang;
use super::spoken::Spoken;
use super::table::{Table, read_or_empty};
use super::template::fill;

/// The file.
pub(super) const FILE: &str = include_str!("../../assets/texts/reasons.toml");

/// What is said of one reason in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonText {
    /// A short tag for lists.
    pub label: String,
    /// One sentence or two for the operator. Not to be read out.
    pub meaning: String,
    /// What the operator reads to the caller, with its gaps; [`reason_say`] fills them.
    pub say: String,
}

/// Where nothing can be said.
static NOTHING: ReasonText =
    ReasonText { label: String::new(), meaning: String::new(), say: String::new() };

static TEXTS: LazyLock<Table<ReasonText>> = LazyLock::new(|| read_or_empty(FILE));

/// The texts of `reason`.
#[must_use]
pub fn reason(reason: Reason, lang: Lang) -> &'static ReasonText {
    TEXTS.get(reason.code()).map_or(&NOTHING, |both| both.get(lang))
}

/// The sentence of `reason` for the caller, with what is known filled in.
#[must_use]
pub fn reason_say(reason: Reason, spoken: &Spoken, lang: Lang) -> String {
    fill(&self::reason(reason, lang).say, &|name| spoken.value(name, lang))
}
