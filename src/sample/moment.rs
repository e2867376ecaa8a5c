//! Days and times of the sample. All lie in the weeks around the outage, so no calendar is needed.

use std::fmt;

const DAY_S: i32 = 24 * 60 * 60;

/// The day of the outage, counted as a day of February.
const OUTAGE_DAY: i32 = 24;

/// The last day of February 2023.
const FEBRUARY_DAYS: i32 = 28;

/// A day, as days after 2023-02-24 (negative before). Shown as `2023-02-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) i32);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = OUTAGE_DAY + self.0;
        debug_assert!((1..=FEBRUARY_DAYS + 31).contains(&day), "outside February and March");
        if day <= FEBRUARY_DAYS {
            write!(f, "2023-02-{day:02}")
        } else {
            write!(f, "2023-03-{:02}", day - FEBRUARY_DAYS)
        }
    }
}

/// A second, counted from 2023-02-24 00:00 JST. Shown as RFC 3339 in JST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i32);

impl Moment {
    /// On the day of the outage; a `hour` of 24 or more is on the day after.
    pub(super) const fn at(hour: i32, minute: i32, second: i32) -> Self {
        Self((hour * 60 + minute) * 60 + second)
    }

    pub(super) const fn on(day: Day, hour: i32, minute: i32, second: i32) -> Self {
        Self(day.0 * DAY_S + Self::at(hour, minute, second).0)
    }

    pub(super) const fn plus_s(self, seconds: i32) -> Self {
        Self(self.0 + seconds)
    }

    /// Hour, minute and second of the day as one number, which serves as a receipt's.
    pub(super) const fn clock(self) -> i32 {
        let second = self.0.rem_euclid(DAY_S);
        second / 3600 * 10_000 + second / 60 % 60 * 100 + second % 60
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.rem_euclid(DAY_S);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}+09:00",
            Day(self.0.div_euclid(DAY_S)),
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}
