//! The sentences, in both languages: what is refused and what to do next, what a
//! verification came to, and what is read to the caller. They stand in `assets/texts`,
//! so that whoever minds the wording need not read code; a language is an argument
//! and never a setting of the process, since one process may serve many desks.

mod desk;
mod labels;
mod lang;
mod outcomes;
mod reasons;
mod refusals;
mod server;
mod spoken;
mod table;
mod template;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_spoken;

pub use desk::{ActionText, action, pick, word, worded};
pub use labels::{role, state};
pub use lang::{Lang, LangError};
pub use outcomes::{Outcome, outcome_say};
pub use reasons::{ReasonText, reason, reason_say};
pub use refusals::{Sentence, refusal, refusal_table_markdown};
pub use spoken::{Spoken, spoken_day, spoken_yen};
