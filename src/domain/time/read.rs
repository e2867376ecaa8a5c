//! The times of record files (specification, section 3), read without format strings: there are
//! millions of them.

use super::{Instant, JST_OFFSET_MICROS, MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND};
use crate::domain::day::{FIRST_YEAR, LAST_YEAR, ascii_ymd, calendar_day};
use crate::domain::text::{fold, for_terminal_bounded};

/// Why a text is not a time, or two times not an interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It has none of the forms that are read.
    #[error("“{value}” is not a time: write 2023-02-24 18:00 or 2023-02-24T18:00:00+09:00")]
    Unreadable {
        /// What was written, safe to print.
        value: String,
    },
    /// The form is right, but the calendar has no such day.
    #[error("“{value}” is on a day that does not exist")]
    NoSuchDay {
        /// What was written, safe to print.
        value: String,
    },
    /// The form is right, but no clock shows it: 24:00, second 60, an offset of a day.
    #[error("“{value}” is a time that no clock shows (00:00:00 to 23:59:59)")]
    NoSuchTime {
        /// What was written, safe to print.
        value: String,
    },
    /// More digits of a second than are kept, and not zeros.
    #[error("“{value}” is finer than a microsecond")]
    TooFine {
        /// What was written, safe to print.
        value: String,
    },
    /// It does not have the form `FROM/UNTIL`.
    #[error("“{value}” is not an interval: write 2023-02-24 18:00/2023-02-24 20:00")]
    NotAWindow {
        /// What was written, safe to print.
        value: String,
    },
    /// The interval ends before or when it begins.
    #[error("the interval from {from} until {until} is empty")]
    EmptyWindow {
        /// The beginning as given.
        from: Instant,
        /// The end as given.
        until: Instant,
    },
}

impl TimeError {
    /// The refusal as an operator reads it in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::Unreadable { value } => {
                format!("「{value}」は日時として読めません（2023-02-24 18:00 のように入力）")
            }
            Self::NoSuchDay { value } => format!("「{value}」は存在しない日です"),
            Self::NoSuchTime { value } => {
                format!("「{value}」は存在しない時刻です（00:00:00～23:59:59）")
            }
            Self::TooFine { value } => format!("「{value}」はマイクロ秒より細かい時刻です"),
            Self::NotAWindow { value } => format!(
                "「{value}」は期間として読めません（2023-02-24 18:00/2023-02-24 20:00 のように入力）"
            ),
            Self::EmptyWindow { from, until } => {
                format!("期間の終わり（{until}）が始まり（{from}）より後ではありません")
            }
        }
    }
}

/// What is wrong, before the text is copied into the error.
#[derive(Clone, Copy)]
enum Wrong {
    Form,
    Day,
    Clock,
    Fine,
}

impl Wrong {
    fn with(self, s: &str) -> TimeError {
        let value = for_terminal_bounded(s, 40);
        match self {
            Self::Form => TimeError::Unreadable { value },
            Self::Day => TimeError::NoSuchDay { value },
            Self::Clock => TimeError::NoSuchTime { value },
            Self::Fine => TimeError::TooFine { value },
        }
    }
}

/// Reads a time of a record file (specification, section 3).
///
/// - RFC 3339: `2023-02-24T18:02:10+09:00`, `2023-02-24T09:02:10.5Z`; the seconds may be left out
/// - `2023-02-24 18:02[:10]` and `2023-02-24T18:02[:10]`, in Japanese time
/// - `2023/2/24 9:02[:10]`, in Japanese time; month, day and hour of one or two digits
///
/// Full-width digits and marks are folded, and space around it is dropped. Minutes and seconds
/// always have two digits, `18:0` is refused. A fraction stands after seconds only.
///
/// # Errors
///
/// [`TimeError::Unreadable`], [`TimeError::NoSuchDay`], [`TimeError::NoSuchTime`] (24:00 and leap
/// seconds too) or [`TimeError::TooFine`] (more than six digits of a second that are not zero).
pub fn parse_record_time(s: &str) -> Result<Instant, TimeError> {
    if let Some(read) = usual(s.as_bytes()) {
        return read.map_err(|wrong| wrong.with(s));
    }
    any(&fold(s)).map_err(|wrong| wrong.with(s))
}

/// The two forms that exports have, `YYYY-MM-DD HH:MM:SS` and `YYYY-MM-DDTHH:MM:SS+09:00`;
/// `None` if it is neither.
fn usual(bytes: &[u8]) -> Option<Result<Instant, Wrong>> {
    let (date, rest) = bytes.split_first_chunk::<10>()?;
    let &[b' ' | b'T', h1, h2, b':', m1, m2, b':', s1, s2, ref zone @ ..] = rest else {
        return None;
    };
    if !zone.is_empty() && zone != b"+09:00" {
        return None;
    }
    let ymd = ascii_ymd(date)?;
    let digits = [h1, h2, m1, m2, s1, s2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [h1, h2, m1, m2, s1, s2] = digits.map(|digit| u32::from(digit - b'0'));
    let clock = (h1 * 10 + h2, m1 * 10 + m2, s1 * 10 + s2);
    Some(instant(ymd, clock, 0, JST_OFFSET_MICROS))
}

/// Any form, already folded.
fn any(s: &str) -> Result<Instant, Wrong> {
    let mut rest = Rest(s.as_bytes());
    let year = rest.digits(4, 4)?;
    let slashed = match rest.next() {
        Some(b'/') => true,
        Some(b'-') => false,
        _ => return Err(Wrong::Form),
    };
    let (least, mark) = if slashed { (1, b'/') } else { (2, b'-') };
    let month = rest.digits(least, 2)?;
    rest.expect(mark)?;
    let day = rest.digits(least, 2)?;
    match rest.next() {
        Some(b' ') => {}
        Some(b'T' | b't') if !slashed => {}
        _ => return Err(Wrong::Form),
    }
    let hour = rest.digits(least, 2)?;
    rest.expect(b':')?;
    let minute = rest.digits(2, 2)?;
    let (mut second, mut micros) = (0, 0);
    if rest.take(b':') {
        second = rest.digits(2, 2)?;
        if rest.take(b'.') {
            micros = rest.fraction()?;
        }
    }
    let offset = match rest.0 {
        [] => JST_OFFSET_MICROS,
        _ if slashed => return Err(Wrong::Form),
        _ => rest.offset()?,
    };
    let year = year.cast_signed();
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
        return Err(Wrong::Form);
    }
    instant((year, month, day), (hour, minute, second), micros, offset)
}

fn instant(
    (year, month, day): (i32, u32, u32),
    (hour, minute, second): (u32, u32, u32),
    micros: i64,
    offset_micros: i64,
) -> Result<Instant, Wrong> {
    let day = calendar_day(year, month, day).map_err(|_| Wrong::Day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Wrong::Clock);
    }
    let seconds = i64::from((hour * 60 + minute) * 60 + second);
    let local = i64::from(day.to_epoch_days()) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND;
    // Only an offset on the first or last day of the range can lead outside it.
    Instant::in_range(local + micros - offset_micros).ok_or(Wrong::Form)
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.0.first() == Some(&wanted);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Wrong> {
        if self.take(wanted) { Ok(()) } else { Err(Wrong::Form) }
    }

    /// A number of `least` to `most` digits, of which there are few enough not to overflow.
    fn digits(&mut self, least: usize, most: usize) -> Result<u32, Wrong> {
        let (mut number, mut count) = (0, 0);
        while count < most
            && let Some(&digit @ b'0'..=b'9') = self.0.first()
        {
            number = number * 10 + u32::from(digit - b'0');
            count += 1;
            self.0 = &self.0[1..];
        }
        if count < least { Err(Wrong::Form) } else { Ok(number) }
    }

    /// Digits of a second after the point, as microseconds.
    fn fraction(&mut self) -> Result<i64, Wrong> {
        let (mut micros, mut unit) = (0, 100_000);
        let mut empty = true;
        while let Some(&digit @ b'0'..=b'9') = self.0.first() {
            // After six digits the unit is 0 and only zeros lose nothing.
            if unit == 0 && digit != b'0' {
                return Err(Wrong::Fine);
            }
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
            empty = false;
            self.0 = &self.0[1..];
        }
        if empty { Err(Wrong::Form) } else { Ok(micros) }
    }

    /// `Z` or `+HH:MM`, to the end.
    fn offset(&mut self) -> Result<i64, Wrong> {
        let sign = match self.next() {
            Some(b'Z' | b'z') if self.0.is_empty() => return Ok(0),
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Wrong::Form),
        };
        let hours = self.digits(2, 2)?;
        self.expect(b':')?;
        let minutes = self.digits(2, 2)?;
        if !self.0.is_empty() {
            return Err(Wrong::Form);
        }
        if hours > 23 || minutes > 59 {
            return Err(Wrong::Clock);
        }
        Ok(sign * i64::from(hours * 60 + minutes) * MICROS_PER_MINUTE)
    }
}
