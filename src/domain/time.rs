//! Instants and intervals. Days and deadlines are Asia/Tokyo, nine hours ahead of UTC all year
//! and without summer time since 1952, so no time zone data is needed (specification, section 2).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::day::{FIRST_YEAR, LAST_YEAR};

mod read;
mod window;

pub use read::{TimeError, parse_record_time};
pub use window::{Window, covers};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;
const JST_OFFSET_MICROS: i64 = 9 * MICROS_PER_HOUR;

/// A moment, to the microsecond (what both databases keep), from [`Instant::MIN`] to
/// [`Instant::MAX`]: every instant can be written as RFC 3339 and is read back the same.
/// Arithmetic stops at these ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The start of 1900-01-01 JST.
    pub const MIN: Self = Self(-2_208_988_800 * MICROS_PER_SECOND - JST_OFFSET_MICROS);
    /// The last microsecond of 9999-12-31 JST.
    pub const MAX: Self = Self(253_402_300_800 * MICROS_PER_SECOND - JST_OFFSET_MICROS - 1);

    /// The instant so many microseconds after 1970-01-01T00:00:00Z; outside the range the
    /// nearer end.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// A time of day in Japan. `None` for 24:00, second 60 and other times no clock shows, and
    /// for days outside the range.
    #[must_use]
    pub fn from_jst(day: NaiveDate, hour: u32, minute: u32, second: u32) -> Option<Self> {
        let in_range = (FIRST_YEAR..=LAST_YEAR).contains(&day.year());
        (in_range && hour < 24 && minute < 60 && second < 60).then(|| {
            let seconds = i64::from((hour * 60 + minute) * 60 + second);
            Self(jst_midnight_micros(day) + seconds * MICROS_PER_SECOND)
        })
    }

    /// 00:00 JST of that day.
    #[must_use]
    pub fn start_of_day_jst(day: NaiveDate) -> Self {
        Self::from_micros(jst_midnight_micros(day))
    }

    /// The first moment after that day in Japan: "to 3/31 23:59" means before
    /// `end_of_day_jst(3/31)`, which is 4/1 00:00 (specification, section 2). Compare with `<`.
    #[must_use]
    pub fn end_of_day_jst(day: NaiveDate) -> Self {
        Self::from_micros(jst_midnight_micros(day) + MICROS_PER_DAY)
    }

    /// The day it is in Japan at this moment.
    #[must_use]
    pub fn jst_day(self) -> NaiveDate {
        let days = (self.0 + JST_OFFSET_MICROS).div_euclid(MICROS_PER_DAY);
        // Cannot be outside: MIN and MAX are days that a NaiveDate holds.
        i32::try_from(days).ok().and_then(NaiveDate::from_epoch_days).unwrap_or(NaiveDate::MAX)
    }

    /// What a clock in Japan shows at this moment: hour, minute, second.
    #[must_use]
    pub fn jst_hour_minute_second(self) -> (u32, u32, u32) {
        let micros = (self.0 + JST_OFFSET_MICROS).rem_euclid(MICROS_PER_DAY);
        // At most 86,399.
        let seconds = u32::try_from(micros / MICROS_PER_SECOND).unwrap_or(0);
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// So many seconds later, or earlier if negative; stops at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// So many minutes later, or earlier if negative; stops at the ends of the range.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_micros(minutes.saturating_mul(MICROS_PER_MINUTE))
    }

    /// So many days of 24 hours later (every day in Japan has that many), or earlier if
    /// negative; stops at the ends of the range.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_micros(days.saturating_mul(MICROS_PER_DAY))
    }

    const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Later by a duration, fractions of a microsecond dropped; `None` outside the range.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let micros = i64::try_from(duration.as_micros()).ok()?;
        self.0.checked_add(micros).and_then(Self::in_range)
    }

    /// Later by a signed duration, fractions of a microsecond dropped; `None` outside the range.
    #[must_use]
    pub fn checked_add_signed(self, delta: TimeDelta) -> Option<Self> {
        let micros = delta.num_microseconds()?;
        self.0.checked_add(micros).and_then(Self::in_range)
    }

    /// From `earlier` to here; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        TimeDelta::microseconds(self.0 - earlier.0)
    }

    fn in_range(micros: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&micros).then_some(Self(micros))
    }
}

/// Microseconds since the epoch at 00:00 JST. No overflow: the years of a `NaiveDate` are some
/// 262,000 at most, those of an `i64` of microseconds 292,000.
fn jst_midnight_micros(day: NaiveDate) -> i64 {
    i64::from(day.to_epoch_days()) * MICROS_PER_DAY - JST_OFFSET_MICROS
}

/// Fractions of a microsecond are dropped; outside the range the nearer end.
impl From<DateTime<Utc>> for Instant {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

/// RFC 3339 in Japanese time: `2023-02-24T18:02:10+09:00`, with six digits of a fraction only
/// if it is not zero. The form of `--json`, of exports and of the audit trail.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.jst_day();
        let (hour, minute, second) = self.jst_hour_minute_second();
        write!(
            f,
            "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}",
            day.year(),
            day.month(),
            day.day()
        )?;
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("+09:00")
    }
}

/// As a person reads it: the microseconds say nothing in a failed test.
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({self})")
    }
}

/// As [`parse_record_time`].
impl FromStr for Instant {
    type Err = TimeError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        parse_record_time(s)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        written.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
