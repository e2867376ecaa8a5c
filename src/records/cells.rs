//! One cell: what it may hold, and what is wrong with it.
//!
//! Ten million rows pass here, so the usual cell (plain ASCII, or a full name of a prefecture)
//! is decided without a copy.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::NaiveDate;

use super::bad_row::{BadRow, BadRowReason};
use crate::domain::day::parse_record_day;
use crate::domain::ids::MAX_ID_LENGTH;
use crate::domain::number::{InquiryNumber, NumberPattern};
use crate::domain::prefecture::Prefecture;
use crate::domain::text::{check_clean, fold, without_zero_width};
use crate::domain::time::{Instant, parse_record_time};
use crate::domain::yen::Yen;

/// What is wrong with a row, all of it.
pub(super) struct Problems {
    line: u64,
    found: Vec<BadRow>,
}

impl Problems {
    /// None yet.
    pub(super) const fn new(line: u64) -> Self {
        Self { line, found: Vec::new() }
    }

    /// Adds one.
    pub(super) fn add(&mut self, column: &str, value: &str, reason: BadRowReason) {
        self.found.push(BadRow::new(self.line, column, value, reason));
    }

    /// All of them.
    pub(super) fn into_rows(self) -> Vec<BadRow> {
        self.found
    }

    /// Whether there is one.
    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// A cell and the English name of its column.
#[derive(Clone, Copy)]
pub(super) struct Cell<'r> {
    pub column: &'static str,
    pub text: &'r str,
}

/// `None` where the cell is bad; the reason is among the [`Problems`] then, and the other cells
/// of the row are looked at all the same.
impl<'r> Cell<'r> {
    pub(super) fn add<T>(self, read: Result<T, BadRowReason>, bad: &mut Problems) -> Option<T> {
        read.map_err(|reason| bad.add(self.column, self.text, reason)).ok()
    }

    /// Text that may be empty, trimmed, without what has no width.
    pub(super) fn text(self, most: usize, bad: &mut Problems) -> Option<Cow<'r, str>> {
        self.add(text(self.text, most), bad)
    }

    /// Text that may not be empty, trimmed, without what has no width.
    pub(super) fn needed_text(self, most: usize, bad: &mut Problems) -> Option<Cow<'r, str>> {
        self.add(text(self.text, most).and_then(not_empty), bad)
    }

    /// An id.
    pub(super) fn id<T: FromStr>(self, bad: &mut Problems) -> Option<T> {
        let checked = text(self.text, MAX_ID_LENGTH).and_then(not_empty);
        let id = checked.and_then(|id| id.parse().map_err(|_| BadRowReason::Id));
        self.add(id, bad)
    }

    /// An inquiry number.
    pub(super) fn number(
        self,
        pattern: &NumberPattern,
        bad: &mut Problems,
    ) -> Option<InquiryNumber> {
        let read = pattern
            .parse(self.text)
            .map_err(|error| or_empty(self.text, BadRowReason::Number(error)));
        self.add(read, bad)
    }

    /// An amount of at least `least` and at most `Yen::MAX_RECORD` (specification, section 3).
    pub(super) fn yen(self, least: i64, bad: &mut Problems) -> Option<Yen> {
        self.add(yen(self.text, least), bad)
    }

    /// A prefecture in any spelling.
    pub(super) fn prefecture(self, bad: &mut Problems) -> Option<Prefecture> {
        let read = self.text.parse().map_err(|_| or_empty(self.text, BadRowReason::Prefecture));
        self.add(read, bad)
    }

    /// A day.
    pub(super) fn day(self, bad: &mut Problems) -> Option<NaiveDate> {
        let read = parse_record_day(self.text)
            .map_err(|error| or_empty(self.text, BadRowReason::Day(error)));
        self.add(read, bad)
    }

    /// A time.
    pub(super) fn time(self, bad: &mut Problems) -> Option<Instant> {
        let read = parse_record_time(self.text)
            .map_err(|error| or_empty(self.text, BadRowReason::Time(error)));
        self.add(read, bad)
    }

    /// One of a few words, in any case and width.
    pub(super) fn word<T: FromStr>(self, words: &'static str, bad: &mut Problems) -> Option<T> {
        let read = self.text.parse().or_else(|_| fold(self.text).to_lowercase().parse());
        self.add(read.map_err(|_| or_empty(self.text, BadRowReason::Word(words))), bad)
    }
}

/// "Nothing" is a plainer reason than "not a prefecture".
fn or_empty(text: &str, reason: BadRowReason) -> BadRowReason {
    if is_blank(text) { BadRowReason::Empty } else { reason }
}

/// Whether nothing stands in a cell; full-width spaces are nothing too.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn not_empty(text: Cow<'_, str>) -> Result<Cow<'_, str>, BadRowReason> {
    if text.is_empty() { Err(BadRowReason::Empty) } else { Ok(text) }
}

/// Checked before it is trimmed: a line break at the end is a control character too.
fn text(text: &str, most: usize) -> Result<Cow<'_, str>, BadRowReason> {
    let text = without_zero_width(text);
    check_clean(&text).map_err(|bad| BadRowReason::Character(u32::from(bad.character)))?;
    let trimmed = text.trim();
    if trimmed.len() > most && trimmed.chars().nth(most).is_some() {
        return Err(BadRowReason::Length(most));
    }
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    })
}

/// Whole yen: `1500`, `1,500`, `¥1,500`, `１，５００円`.
fn yen(text: &str, least: i64) -> Result<Yen, BadRowReason> {
    let most = Yen::MAX_RECORD.get();
    let amount = match plain_digits(text) {
        Some(amount) => amount,
        None => written_yen(text)?,
    };
    if (least..=most).contains(&amount) {
        Ok(Yen::new(amount))
    } else {
        Err(BadRowReason::YenRange(least, most))
    }
}

/// One to nine ASCII digits and nothing else.
fn plain_digits(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0, |amount, byte| {
        byte.is_ascii_digit().then(|| amount * 10 + i64::from(byte - b'0'))
    })
}

/// An amount as people write it. What is out of an `i64` is out of every range: it comes back
/// as the largest.
fn written_yen(text: &str) -> Result<i64, BadRowReason> {
    // Longer than any way of writing an amount: a wrong column.
    if text.len() > 200 {
        return Err(BadRowReason::Yen);
    }
    let narrow: String = text.chars().map(narrow).collect();
    let mut rest = narrow.trim();
    if rest.is_empty() {
        return Err(BadRowReason::Empty);
    }
    rest = rest.strip_suffix('円').unwrap_or(rest).trim_end();
    let before = rest;
    rest = rest.trim_start_matches('-').trim_start();
    rest = rest.strip_prefix('¥').unwrap_or(rest).trim_start();
    rest = rest.trim_start_matches('-');
    let negative = match before.matches('-').count() {
        0 => false,
        1 => true,
        _ => return Err(BadRowReason::Yen),
    };
    let digits = ungrouped(rest).ok_or(BadRowReason::Yen)?;
    let amount = digits.parse().unwrap_or(i64::MAX);
    Ok(if negative { -amount } else { amount })
}

/// Full-width ASCII and yen signs. Not NFKC: that would make 102 of 10².
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).map_or(c, narrow),
        '\u{3000}' => ' ',
        // In CP932 the byte of the backslash is printed as a yen sign.
        '\u{FFE5}' | '\\' => '¥',
        '\u{2212}' => '-',
        c => c,
    }
}

/// The digits without commas, which may stand only where thousands do.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&first.len()) {
            return None;
        }
        digits.push_str(group);
    }
    let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (written, amount) in [
            ("1500", 1500),
            ("1,500", 1500),
            (" ¥1,500 ", 1500),
            ("￥１，５００", 1500),
            ("１５００　円", 1500),
            ("\\1,500", 1500),
            ("0", 0),
            ("10,000,000円", 10_000_000),
            ("0100", 100),
        ] {
            assert_eq!(yen(written, 0), Ok(Yen::new(amount)), "{written}");
        }
    }

    #[test]
    fn what_is_not_a_whole_amount_of_yen_is_refused_and_never_guessed() {
        for written in [
            "1500.5",
            "1500.00",
            "15,00",
            "1,50",
            "1,5000",
            ",500",
            "1500,",
            "10²",
            "①",
            "千五百",
            "+5",
            "1 500",
            "1e3",
            "¥",
            "円",
            "--5",
            "0x10",
            "5円円",
            "¥¥5",
            "-",
        ] {
            assert_eq!(yen(written, 0), Err(BadRowReason::Yen), "{written}");
        }
        assert_eq!(yen("　", 0), Err(BadRowReason::Empty));
    }

    #[test]
    fn an_amount_out_of_range_is_told_the_range() {
        let range = |least| Err(BadRowReason::YenRange(least, 10_000_000));
        assert_eq!(yen("0", 1), range(1));
        assert_eq!(yen("10000001", 1), range(1));
        assert_eq!(yen("-5", 0), range(0));
        assert_eq!(yen("－￥５", 0), range(0));
        assert_eq!(yen(&"9".repeat(60), 0), range(0));
        assert_eq!(yen("10000000", 1), Ok(Yen::MAX_RECORD));
    }

    #[test]
    fn text_is_trimmed_bounded_and_clean() {
        assert_eq!(text(" 　鹿の茶屋　", 4), Ok("鹿の茶屋".into()));
        assert_eq!(text("\u{feff}鹿の\u{200b}茶屋", 4), Ok("鹿の茶屋".into()));
        assert_eq!(text("\u{200b}", 4).and_then(not_empty), Err(BadRowReason::Empty));
        assert_eq!(text("鹿の茶屋です", 5), Err(BadRowReason::Length(5)));
        assert_eq!(text("a\n", 5), Err(BadRowReason::Character(10)));
        assert_eq!(text("a\u{202e}b", 5), Err(BadRowReason::Character(0x202e)));
        assert_eq!(text("\u{e000}", 5), Err(BadRowReason::Character(0xe000)));
    }
}
