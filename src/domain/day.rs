//! Days as callers say and operators type them, and as record files hold them.
//!
//! A coupon has its expiry printed as a western or an era date; the caller reads it out and the
//! operator types it with or without an input method on. The full date with its weekday is
//! echoed before anything depends on it ([`echo`], [`echo_en`]).

use chrono::{Datelike, NaiveDate, Weekday};

use super::text::for_terminal_bounded;

mod era;
mod kanji;
mod read;

pub use era::Era;

/// The first year that is taken; an earlier one is a slip of the fingers or a broken file.
pub const FIRST_YEAR: i32 = 1900;
/// The last year that is taken: four digits.
pub const LAST_YEAR: i32 = 9999;

/// Why a text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// It has none of the forms that are read. A year of two digits without an era is one of
    /// these: 23 may be 2023 or 平成23年.
    #[error("“{value}” is not a date: write 2/24, 2023/2/24 or R5.2.24")]
    Unreadable {
        /// What was written, safe to print.
        value: String,
    },
    /// Three digits that are two days: `111` is 1/11 and 11/1.
    #[error(
        "“{value}” may be {}/{} or {}/{}: write it with a slash",
        first.0, first.1, second.0, second.1
    )]
    Ambiguous {
        /// What was written, safe to print.
        value: String,
        /// Month and day, read with one digit for the month.
        first: (u32, u32),
        /// Month and day, read with two digits for the month.
        second: (u32, u32),
    },
    /// A day without a year where only a full date will do.
    #[error("“{value}” has no year")]
    YearMissing {
        /// What was written, safe to print.
        value: String,
    },
    /// The calendar has no such day: 2/29 in 2023, 4/31, 13/1.
    #[error("there is no {year:04}-{month:02}-{day:02}")]
    NoSuchDay {
        /// The western year, written or taken from the campaign.
        year: i32,
        /// The month as written.
        month: u32,
        /// The day of the month as written.
        day: u32,
    },
    /// The day exists, but not in that era: H31.5.1 is R1.5.1.
    #[error("{era} {year} does not have {}: that day is in {}", echo_en(*.day), era::year_en(*.day))]
    EraBoundary {
        /// The era as written.
        era: Era,
        /// The year of the era as written.
        year: i32,
        /// The day it would be.
        day: NaiveDate,
    },
    /// A weekday was written that the day does not have: one of the two was misheard.
    #[error("{} is not a {}", echo_en(*.day), weekday_en(*.said))]
    WeekdayDiffers {
        /// The day, with the campaign's year if none was written.
        day: NaiveDate,
        /// The weekday that was written.
        said: Weekday,
    },
}

impl DayError {
    fn unreadable(value: &str) -> Self {
        Self::Unreadable { value: for_terminal_bounded(value, 40) }
    }

    /// The refusal as an operator reads it in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::Unreadable { value } => format!(
                "「{value}」は日付として読めません（2/24、2023/2/24、R5.2.24 のように入力）"
            ),
            Self::Ambiguous { value, first, second } => format!(
                "「{value}」は{}月{}日とも{}月{}日とも読めます（/ で区切って入力）",
                first.0, first.1, second.0, second.1
            ),
            Self::YearMissing { value } => format!("「{value}」には年がありません"),
            Self::NoSuchDay { year, month, day } => {
                format!("{year}年{month}月{day}日という日はありません")
            }
            Self::EraBoundary { era, year, day } => format!(
                "{}に{}月{}日はありません。{}は{}です",
                era.year_ja(*year),
                day.month(),
                day.day(),
                echo(*day),
                era::year_ja(*day)
            ),
            Self::WeekdayDiffers { day, said } => format!(
                "曜日が合いません。{}で、{}曜日ではありません",
                echo(*day),
                weekday_ja(*said)
            ),
        }
    }
}

/// Reads a day as it is typed during a call.
///
/// Taken, in any width of digits and marks: `2/24` `2-24` `2.24` `0224` `2月24日`; `2023/2/24`
/// `2023-02-24` `2023.2.24` `20230224` `2023年2月24日`; `R5.2.24` `r5/2/24` `R050224`
/// `令和5年2月24日` `令5.2.24` `平成31年4月30日` `令和元年5月1日`, 昭和 likewise; kanji numbers;
/// `・`, `ー` and `。`, which an input method makes of `/`, `-` and `.`; spaces. At the end a
/// weekday such as `(金)` or `金曜日`, which must be right, and `まで`.
///
/// Without a year the day is in `default_year`, the campaign's. Three digits (`224`) are taken
/// only if they are one month and day: `111` is refused.
///
/// # Errors
///
/// Every [`DayError`] but [`DayError::YearMissing`].
pub fn parse_day(s: &str, default_year: i32) -> Result<NaiveDate, DayError> {
    read::day(s, Some(default_year))
}

/// Reads a day of a record file (specification, section 3): the forms of [`parse_day`] that have a
/// year. `YYYY-MM-DD` and `YYYY/M/D` are read without folding or copying, since files have
/// millions of them.
///
/// # Errors
///
/// Any [`DayError`]; [`DayError::YearMissing`] where only the year is left out.
pub fn parse_record_day(s: &str) -> Result<NaiveDate, DayError> {
    if let Ok(bytes) = <&[u8; 10]>::try_from(s.as_bytes())
        && let Some((year, month, day)) = ascii_ymd(bytes)
    {
        return calendar_day(year, month, day);
    }
    if let Some((year, month, day)) = read::slashed(s) {
        return calendar_day(year, month, day);
    }
    read::day(s, None)
}

/// `2023年2月24日（金）`
#[must_use]
pub fn echo(day: NaiveDate) -> String {
    format!("{}年{}月{}日（{}）", day.year(), day.month(), day.day(), weekday_ja(day.weekday()))
}

/// `Fri 24 Feb 2023`
#[must_use]
pub fn echo_en(day: NaiveDate) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("{} {} {} {}", day.weekday(), day.day(), MONTHS[day.month0() as usize], day.year())
}

/// The parts of `YYYY-MM-DD`, if it is that, with a year that is taken.
pub(super) fn ascii_ymd(bytes: &[u8; 10]) -> Option<(i32, u32, u32)> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
        return None;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(|digit| u32::from(digit - b'0'));
    let year = (y1 * 1000 + y2 * 100 + y3 * 10 + y4).cast_signed();
    (FIRST_YEAR..=LAST_YEAR).contains(&year).then_some((year, m1 * 10 + m2, d1 * 10 + d2))
}

/// The day of the calendar, or [`DayError::NoSuchDay`].
pub(super) fn calendar_day(year: i32, month: u32, day: u32) -> Result<NaiveDate, DayError> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DayError::NoSuchDay { year, month, day })
}

fn weekday_ja(weekday: Weekday) -> char {
    match weekday {
        Weekday::Mon => '月',
        Weekday::Tue => '火',
        Weekday::Wed => '水',
        Weekday::Thu => '木',
        Weekday::Fri => '金',
        Weekday::Sat => '土',
        Weekday::Sun => '日',
    }
}

fn weekday_en(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests;
