//! The grammar of typed days: fold, take the endings off, take the era off, split, look up.

use chrono::{Datelike, NaiveDate, Weekday};

use super::kanji::plain;
use super::{DayError, Era, FIRST_YEAR, LAST_YEAR, calendar_day};
use crate::domain::text::{fold, for_terminal_bounded};

/// The longest form with everything, 令和五年十二月二十四日(日曜日)まで, is half of this.
const MAX_CHARS: usize = 40;

/// A date as written, before the calendar is asked.
enum Written<'a> {
    /// Year (empty if left out), month, day.
    Parts(&'a str, &'a str, &'a str),
    /// Three digits, which may be two days.
    Three(&'a str),
}

/// Reads `s`; without a year it is in `default_year`, or refused if there is none.
pub(super) fn day(s: &str, default_year: Option<i32>) -> Result<NaiveDate, DayError> {
    let unreadable = || DayError::unreadable(s);
    let folded = fold(s);
    if folded.chars().count() > MAX_CHARS {
        return Err(unreadable());
    }
    let (body, said) = take_weekday(take_until(&folded));
    let plain = plain(body).ok_or_else(unreadable)?;
    let (era, rest) = take_era(&plain);
    let rest = first_year(era, rest);
    let (year, month, day) = match split(era, &rest).ok_or_else(unreadable)? {
        Written::Parts(year, month, day) => {
            (year, number(month).ok_or_else(unreadable)?, number(day).ok_or_else(unreadable)?)
        }
        Written::Three(digits) => {
            let (month, day) = three(s, digits).ok_or_else(unreadable)??;
            ("", month, day)
        }
    };
    let found = match (era, year) {
        (None, "") => {
            let year = default_year.ok_or_else(|| DayError::YearMissing {
                value: for_terminal_bounded(s, MAX_CHARS),
            })?;
            calendar_day(year, month, day)?
        }
        (None, year) => {
            let year = western_year(year).ok_or_else(unreadable)?;
            calendar_day(year, month, day)?
        }
        (Some(era), year) => {
            let year = era_year(year).ok_or_else(unreadable)?;
            day_of_era(era, year, month, day)?
        }
    };
    match said {
        Some(said) if said != found.weekday() => Err(DayError::WeekdayDiffers { day: found, said }),
        _ => Ok(found),
    }
}

/// The parts of `YYYY/M/D` as spreadsheets write it, if it is exactly that.
pub(super) fn slashed(s: &str) -> Option<(i32, u32, u32)> {
    let (year, rest) = s.split_once('/')?;
    let (month, day) = rest.split_once('/')?;
    Some((western_year(year)?, number(month)?, number(day)?))
}

fn take_until(s: &str) -> &str {
    s.strip_suffix("まで").or_else(|| s.strip_suffix('迄')).unwrap_or(s).trim_end()
}

/// Takes `(金)`, `(金曜)`, `金曜日`, `(Fri)` … off the end. A bare 日 or 月 is never a weekday.
fn take_weekday(s: &str) -> (&str, Option<Weekday>) {
    let (before, name) = if let Some(inside) = s.strip_suffix(')') {
        let Some((before, name)) = inside.rsplit_once('(') else {
            return (s, None);
        };
        let name = name.trim();
        (before, name.strip_suffix("曜日").or_else(|| name.strip_suffix('曜')).unwrap_or(name))
    } else if let Some(inside) = s.strip_suffix("曜日").or_else(|| s.strip_suffix('曜')) {
        let Some((at, _)) = inside.char_indices().next_back() else {
            return (s, None);
        };
        inside.split_at(at)
    } else if let Some((before, name)) = s.rsplit_once(' ')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        (before, name)
    } else {
        return (s, None);
    };
    match weekday(name) {
        Some(weekday) => (before.trim_end(), Some(weekday)),
        None => (s, None),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "月" => Weekday::Mon,
        "火" => Weekday::Tue,
        "水" => Weekday::Wed,
        "木" => Weekday::Thu,
        "金" => Weekday::Fri,
        "土" => Weekday::Sat,
        "日" => Weekday::Sun,
        _ => return name.parse().ok(),
    })
}

fn take_era(s: &str) -> (Option<Era>, &str) {
    const NAMES: [(&str, Era); 12] = [
        ("令和", Era::Reiwa),
        ("令", Era::Reiwa),
        ("R", Era::Reiwa),
        ("r", Era::Reiwa),
        ("平成", Era::Heisei),
        ("平", Era::Heisei),
        ("H", Era::Heisei),
        ("h", Era::Heisei),
        ("昭和", Era::Showa),
        ("昭", Era::Showa),
        ("S", Era::Showa),
        ("s", Era::Showa),
    ];
    NAMES
        .iter()
        .find_map(|&(name, era)| s.strip_prefix(name).map(|rest| (Some(era), rest)))
        .unwrap_or((None, s))
}

/// 元 for 1, where an era comes before and no digit after.
fn first_year(era: Option<Era>, rest: &str) -> String {
    match (era, rest.strip_prefix('元')) {
        (Some(_), Some(after)) if !after.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("1{after}")
        }
        _ => rest.to_owned(),
    }
}

fn split(era: Option<Era>, rest: &str) -> Option<Written<'_>> {
    if let Some((before, day)) = rest.split_once('月') {
        let day = day.strip_suffix('日').unwrap_or(day);
        let (year, month) = match before.split_once('年') {
            Some(("", _)) => return None,
            Some(both) => both,
            None => ("", before),
        };
        return Some(Written::Parts(year, month, day));
    }
    if let Some(mark) = rest.chars().find(|c| matches!(c, '/' | '-' | '.')) {
        let mut parts = rest.split(mark);
        let three = (parts.next()?, parts.next()?, parts.next(), parts.next());
        return match three {
            ("", ..) => None,
            (month, day, None, None) => Some(Written::Parts("", month, day)),
            (year, month, Some(day), None) => Some(Written::Parts(year, month, day)),
            _ => None,
        };
    }
    if !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match (era, rest.len()) {
        (Some(_), 6) => Some(Written::Parts(&rest[..2], &rest[2..4], &rest[4..])),
        (None, 8) => Some(Written::Parts(&rest[..4], &rest[4..6], &rest[6..])),
        (None, 4) => Some(Written::Parts("", &rest[..2], &rest[2..])),
        (None, 3) => Some(Written::Three(rest)),
        _ => None,
    }
}

/// `224` is 2/24, since there is no 22/4. The calendar of the year has no say: 229 is the
/// 2/29 that 2023 does not have.
fn three(s: &str, digits: &str) -> Option<Result<(u32, u32), DayError>> {
    let read = |at: usize| -> Option<(u32, u32)> {
        let (month, day) = (number(&digits[..at])?, number(&digits[at..])?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((month, day))
    };
    match (read(1), read(2)) {
        (Some(first), Some(second)) => Some(Err(DayError::Ambiguous {
            value: for_terminal_bounded(s, MAX_CHARS),
            first,
            second,
        })),
        (Some(one), None) | (None, Some(one)) => Some(Ok(one)),
        (None, None) => None,
    }
}

/// One or two digits.
fn number(digits: &str) -> Option<u32> {
    let wanted = matches!(digits.len(), 1..=2) && digits.bytes().all(|b| b.is_ascii_digit());
    wanted.then(|| digits.parse().ok()).flatten()
}

fn western_year(digits: &str) -> Option<i32> {
    let wanted = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let year = wanted.then(|| digits.parse().ok()).flatten()?;
    (FIRST_YEAR..=LAST_YEAR).contains(&year).then_some(year)
}

fn era_year(digits: &str) -> Option<i32> {
    number(digits).filter(|&year| year > 0).map(u32::cast_signed)
}

fn day_of_era(era: Era, year: i32, month: u32, day: u32) -> Result<NaiveDate, DayError> {
    let found = calendar_day(era.offset() + year, month, day)?;
    if Era::of(found) == era {
        Ok(found)
    } else {
        Err(DayError::EraBoundary { era, year, day: found })
    }
}
