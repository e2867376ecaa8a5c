//! Text at the edges: what may come in, and how it goes out again.
//!
//! The specification (section 3) refuses control and bidi characters in record files; the same
//! rule holds for what is typed. A character nobody can see makes two shop names look alike that
//! are not, and a bidi control shows an operator something other than what is stored.

use std::borrow::Cow;

use unicode_normalization::char::is_public_assigned;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// What stands on a screen for a character that cannot be shown.
const REPLACEMENT: char = '\u{FFFD}';

/// NFKC and trimmed: full-width digits and letters become ASCII, half-width kana full-width,
/// `　` a space.
///
/// Plain ASCII, and Japanese that is folded already, is borrowed and not copied. Trimming also
/// takes line breaks off the ends, so text that must be one clean line goes through
/// [`check_clean`] first.
#[must_use]
pub fn fold(s: &str) -> Cow<'_, str> {
    let folded_already = s.is_ascii()
        || s.chars().all(folds_to_itself)
        || is_nfkc_quick(s.chars()) == IsNormalized::Yes;
    if folded_already {
        return Cow::Borrowed(s.trim());
    }
    let mut folded: String = s.nfkc().collect();
    let end = folded.trim_end().len();
    folded.truncate(end);
    let start = folded.len() - folded.trim_start().len();
    folded.drain(..start);
    Cow::Owned(folded)
}

/// A character that is not taken in text, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {position} (U+{:04X}) is not allowed in text", u32::from(*.character))]
pub struct BadText {
    /// Which character of the text it is, counted in characters from 1, as a person counts.
    pub position: usize,
    /// The character itself. Not safe to print; the messages show its code.
    pub character: char,
}

impl BadText {
    /// The refusal as an operator reads it in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        format!(
            "{}文字目に使えない文字（U+{:04X}）があります",
            self.position,
            u32::from(self.character)
        )
    }
}

/// Whether every character of `s` is one that can be seen and means the same everywhere
/// (specification, section 3, "control or bidi characters in text").
///
/// # Errors
///
/// [`BadText`] names the first that is a control character (line breaks and tabs too), a bidi
/// control, invisible, a line or paragraph separator, private-use (the 外字 of CP932 come out
/// as these) or not a character at all. Variation selectors are taken: 葛󠄀城 is written with one.
pub fn check_clean(s: &str) -> Result<(), BadText> {
    // No early exit in the first loop: that is what lets the compiler test many bytes at once.
    let plain = s.bytes().fold(true, |ok, b| ok & matches!(b, b' '..=b'~'));
    if plain {
        return Ok(());
    }
    match s.chars().enumerate().find(|&(_, c)| is_refused(c)) {
        None => Ok(()),
        Some((index, character)) => Err(BadText { position: index + 1, character }),
    }
}

/// `s` without what web pages and word processors leave between letters: zero-width spaces and
/// joiners, soft hyphens, byte order marks. They are neither control nor bidi characters, and
/// nobody has typed them: two names that differ by them alone are one.
#[must_use]
pub fn without_zero_width(s: &str) -> Cow<'_, str> {
    if s.is_ascii() || s.chars().all(is_everyday) || !s.contains(is_zero_width) {
        return Cow::Borrowed(s);
    }
    Cow::Owned(s.chars().filter(|&c| !is_zero_width(c)).collect())
}

const fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// `s` made safe to print on a terminal, on one line.
///
/// NFKC first, because half-width kana with ﾞ and ﾟ are drawn and measured differently; tabs
/// and line breaks become spaces; what [`check_clean`] refuses becomes `�`. Variation selectors
/// are left out: terminals do not show them and disagree about their width.
#[must_use]
pub fn for_terminal(s: &str) -> String {
    printable(s).collect()
}

/// As [`for_terminal`], and at most `max_chars` characters: what is longer ends with `…`, which
/// is counted. Columns are not counted here, a kanji takes two.
#[must_use]
pub fn for_terminal_bounded(s: &str, max_chars: usize) -> String {
    let mut rest = printable(s);
    let mut shown: String = rest.by_ref().take(max_chars).collect();
    if rest.next().is_some() && shown.pop().is_some() {
        shown.push('…');
    }
    shown
}

/// `s` as a cell of text that a spreadsheet will not run as a formula.
///
/// A text whose first visible character is `=`, `+`, `-` or `@` in any width, or that begins
/// with a tab or a line break, gets an apostrophe before it. Tabs and line breaks become
/// spaces, other characters that [`check_clean`] refuses become `�`. Otherwise the text is kept
/// as it is: no NFKC. Commas and quotes are left to the CSV writer, and amounts of money are
/// numbers and do not belong here.
#[must_use]
pub fn for_csv(s: &str) -> String {
    let mut cell = String::with_capacity(s.len() + 1);
    if starts_like_a_formula(s) {
        cell.push('\'');
    }
    cell.extend(s.chars().map(visible));
    cell
}

/// Spreadsheets drop a byte order mark and some drop spaces before they look for `=`, so the
/// first *visible* character counts, and all its compatibility forms (`＝`, `﹣`, `⁺`).
fn starts_like_a_formula(s: &str) -> bool {
    if s.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let first = s.chars().find(|&c| !c.is_whitespace() && !is_refused(c));
    first.is_some_and(|c| {
        c == '\u{2212}' || matches!(std::iter::once(c).nfkc().next(), Some('=' | '+' | '-' | '@'))
    })
}

fn printable(s: &str) -> impl Iterator<Item = char> {
    // Looked at after normalising, since NFKC itself can make a refused character (U+FFA0).
    s.nfkc().filter(|&c| !is_variation_selector(c)).map(visible)
}

fn visible(c: char) -> char {
    match c {
        '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_refused(c) => REPLACEMENT,
        c => c,
    }
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// One rule for what comes in and what goes out.
fn is_refused(c: char) -> bool {
    // Private-use, noncharacters and what Unicode has not assigned are not public.
    !is_everyday(c) && (c.is_control() || is_invisible(c) || !is_public_assigned(c))
}

/// ASCII, kanji and full-width kana, none of which NFKC changes or joins to what stands before
/// it: most Japanese text, ten times faster than by the tables.
fn folds_to_itself(c: char) -> bool {
    matches!(c,
        ' '..='~' | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30A0}'..='\u{30FE}'
        | '\u{4E00}'..='\u{9FFF}')
}

/// What Japanese text is made of, decided without the tables.
fn is_everyday(c: char) -> bool {
    matches!(c,
        ' '..='~' | '\u{3000}'..='\u{303F}' | '\u{3041}'..='\u{3096}' | '\u{30A0}'..='\u{30FF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF9F}')
}

/// Drawn as nothing, or steering how the rest is drawn.
fn is_invisible(c: char) -> bool {
    // Soft hyphen, grapheme joiner, fillers, shorthand and musical controls.
    let ignorable = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}');
    // Zero-width, bidi marks, embeddings, overrides and isolates, separators, annotations.
    let steering = matches!(c,
        '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}');
    // Tag characters: a second text hidden in the first.
    ignorable || steering || matches!(c, '\u{E0000}'..='\u{E00FF}')
}

#[cfg(test)]
mod tests;
