//! One setting: its name, its place and its value, read as what it must be.

use std::ops::{Range, RangeInclusive};

use chrono::NaiveDate;
use toml::Value;

use crate::domain::day::parse_record_day;
use crate::domain::text::{check_clean, fold};
use crate::domain::time::{Instant, parse_record_time};

use super::error::{ConfigError, What, shown};
use super::file::{Leaf, Leaves};
use super::page::Page;

/// One value of the file on its way to becoming a setting.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    page: &'a Page<'a>,
    key: &'a str,
    leaf: &'a Leaf,
}

impl<'a> Entry<'a> {
    pub(super) const fn new(page: &'a Page<'a>, key: &'a str, leaf: &'a Leaf) -> Self {
        Self { page, key, leaf }
    }

    /// The complaint that this setting is wrong.
    pub(super) fn wrong(&self, ja: impl Into<String>, en: impl Into<String>) -> ConfigError {
        self.page.wrong(self.key, self.span(), What::new(ja, en))
    }

    fn span(&self) -> Range<usize> {
        self.leaf.span()
    }

    /// A text as it stands.
    pub(super) fn text(&self) -> Result<&'a str, ConfigError> {
        self.leaf.get_ref().as_str().ok_or_else(|| {
            self.wrong("\"…\" で囲んだ文字列でなければなりません", "this must be a text in \"…\"")
        })
    }

    /// A text of 1 to `max_chars` characters, all of which can be seen.
    pub(super) fn line_of_text(&self, max_chars: usize) -> Result<String, ConfigError> {
        let text = self.text()?.trim();
        if let Err(bad) = check_clean(text) {
            return Err(self.wrong(bad.message_ja(), bad.to_string()));
        }
        if text.is_empty() || text.chars().count() > max_chars {
            return Err(self.wrong(
                format!("1文字以上{max_chars}文字以下でなければなりません"),
                format!("this must have 1 to {max_chars} characters"),
            ));
        }
        Ok(text.to_owned())
    }

    /// A whole number within `range`.
    pub(super) fn integer(&self, range: RangeInclusive<i64>) -> Result<i64, ConfigError> {
        let number = self.leaf.get_ref().as_integer();
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            self.wrong(
                format!("{least}から{most}までの整数でなければなりません"),
                format!("this must be a whole number from {least} to {most}"),
            )
        })
    }

    /// As [`Entry::integer`], for what is counted.
    pub(super) fn count(&self, range: RangeInclusive<u32>) -> Result<u32, ConfigError> {
        let number = self.integer(i64::from(*range.start())..=i64::from(*range.end()))?;
        // The range has been held against; the end of it cannot be passed.
        Ok(u32::try_from(number).unwrap_or(*range.end()))
    }

    /// A day, as a text or as TOML's own date.
    pub(super) fn day(&self) -> Result<NaiveDate, ConfigError> {
        let written = self.written().ok_or_else(|| {
            self.wrong(
                "\"2023-03-31\" のような日付でなければなりません",
                "this must be a day such as \"2023-03-31\"",
            )
        })?;
        parse_record_day(&written).map_err(|bad| self.wrong(bad.message_ja(), bad.to_string()))
    }

    /// A time, as a text or as TOML's own; in Japanese time where it has no offset.
    pub(super) fn time(&self) -> Result<Instant, ConfigError> {
        let written = self.written().ok_or_else(|| {
            self.wrong(
                "\"2023-02-24 17:00\" のような日時でなければなりません",
                "this must be a time such as \"2023-02-24 17:00\"",
            )
        })?;
        parse_record_time(&written).map_err(|bad| self.wrong(bad.message_ja(), bad.to_string()))
    }

    /// A time of day in minutes after midnight, 00:00 to 24:00.
    pub(super) fn minute_of_day(&self) -> Result<u32, ConfigError> {
        let written = self.written().unwrap_or_default();
        minute_of_day(&fold(&written)).ok_or_else(|| {
            self.wrong(
                "\"10:00\" のような時刻でなければなりません",
                "this must be a time of day such as \"10:00\"",
            )
        })
    }

    /// What was written for a day or a time.
    fn written(&self) -> Option<String> {
        match self.leaf.get_ref() {
            Value::String(text) => Some(text.clone()),
            Value::Datetime(time) => Some(time.to_string()),
            _ => None,
        }
    }
}

/// `10:00`, and `10:00:00` as TOML writes its own times of day.
fn minute_of_day(written: &str) -> Option<u32> {
    let written = written.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(written);
    let (hour, minute) = written.split_once(':')?;
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(hour) || !plain(minute) || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= 24 * 60).then_some(of_day)
}

/// Reads every value of a list with `read`. The list has a number of values within
/// `lengths`, and none of them twice.
pub(super) fn list<T: PartialEq>(
    page: &Page<'_>,
    key: &str,
    leaves: &Leaves,
    lengths: RangeInclusive<usize>,
    read: impl Fn(&Entry<'_>) -> Result<T, ConfigError>,
) -> Result<Vec<T>, ConfigError> {
    let length = leaves.get_ref().len();
    if !lengths.contains(&length) {
        let (least, most) = (lengths.start(), lengths.end());
        let ja = format!("{least}件以上{most}件以下でなければなりません（{length}件あります）");
        let en = format!("this must have {least} to {most} values, and has {length}");
        return Err(page.wrong(key, leaves.span(), What::new(ja, en)));
    }
    each(page, key, leaves.get_ref(), read)
}

/// As [`list`], of any length.
pub(super) fn each<T: PartialEq>(
    page: &Page<'_>,
    key: &str,
    leaves: &[Leaf],
    read: impl Fn(&Entry<'_>) -> Result<T, ConfigError>,
) -> Result<Vec<T>, ConfigError> {
    let mut values = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let entry = Entry::new(page, key, leaf);
        let value = read(&entry)?;
        if values.contains(&value) {
            let again = shown(&entry.written().unwrap_or_default());
            let ja = format!("「{again}」が2回あります");
            return Err(entry.wrong(ja, format!("“{again}” stands there twice")));
        }
        values.push(value);
    }
    Ok(values)
}
