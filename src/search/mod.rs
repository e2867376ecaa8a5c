//! Finding the shop that a caller named.
//!
//! An operator hears a name once and types it any way. [`Index`] answers each keystroke with the
//! shops it may be. From the text up:
//!
//! - [`fold`], [`variants`], [`company`]: what two spellings of one name have in common;
//! - [`romaji`], [`spelling`], [`loanwords`], [`sound`]: what it sounds like, a byte for each mora;
//! - [`hearing`], [`alignment`], [`letters`]: how far what was heard is from what was said;
//! - [`learning`], [`lessons`], [`division`], [`packed`], [`signwords`]: readings for records that
//!   have none;
//! - [`reading`], [`grams`], [`arena`], [`index`]: the shops, filed;
//! - [`query`], [`candidates`], [`rank`], [`underline`]: a search, step by step.
//!
//! And [`near`]: numbers that one digit misheard makes of another.
//!
//! No I/O, no clock, nothing process-wide but constant tables.

pub mod alignment;
pub mod arena;
pub mod candidates;
pub mod company;
pub mod division;
pub mod fold;
pub mod grams;
pub mod hearing;
pub mod index;
pub mod learning;
pub mod lessons;
pub mod letters;
pub mod loanwords;
pub mod near;
pub mod packed;
pub mod query;
pub mod rank;
pub mod reading;
pub mod romaji;
pub mod signwords;
pub mod sound;
pub mod spelling;
pub mod underline;
pub mod variants;

pub use index::Index;
pub use rank::Scratch;

/// A shop as the records give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The record's id; the last word between equals.
    pub id: String,
    /// The name as written on the sign.
    pub name: String,
    /// Its reading in kana, given by the record or generated; several separated by `|` where a
    /// generator was unsure, words separated by spaces where they are known; may be empty.
    pub kana: String,
    /// JIS number of the prefecture, 1 to 47.
    pub prefecture: u8,
}

/// What an operator typed, and what is known besides.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The text, in any script, finished or not.
    pub text: &'a str,
    /// The prefecture the caller named: raises its shops, hides none.
    pub prefecture: Option<u8>,
    /// Positions of shops to raise, at most 512.
    pub boost: &'a [u32],
    /// Most hits wanted, at most 100.
    pub limit: usize,
}

/// A shop found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its position among the shops the index was built of.
    pub shop: u32,
    /// 1 for exactly what was asked, towards 0 for less and less of it.
    pub score: f32,
    /// Positions of the characters of the name to underline, ascending.
    pub matched: Vec<u32>,
}
