//! The eras, and the days on which they change.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A Japanese era. 大正 is known by name only: no date is read in it, but a day of early
/// "昭和元年" belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 大正, to 1926-12-24.
    Taisho,
    /// 昭和, 1926-12-25 to 1989-01-07.
    Showa,
    /// 平成, 1989-01-08 to 2019-04-30.
    Heisei,
    /// 令和, from 2019-05-01.
    Reiwa,
}

impl Era {
    /// The name in Japanese.
    #[must_use]
    pub fn name_ja(self) -> &'static str {
        match self {
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The western year before the first of the era.
    pub(super) fn offset(self) -> i32 {
        match self {
            Self::Taisho => 1911,
            Self::Showa => 1925,
            Self::Heisei => 1988,
            Self::Reiwa => 2018,
        }
    }

    /// The era of a day. The boundaries are days, not years: 2019-04-30 is 平成, the day after 令和.
    pub(super) fn of(day: NaiveDate) -> Self {
        match (day.year(), day.month(), day.day()) {
            (2019, 5.., _) | (2020.., _, _) => Self::Reiwa,
            (1989, 1, 8..) | (1989, 2.., _) | (1990.., _, _) => Self::Heisei,
            (1926, 12, 25..) | (1927.., _, _) => Self::Showa,
            _ => Self::Taisho,
        }
    }

    /// `令和5年`, `令和元年`.
    pub(super) fn year_ja(self, year: i32) -> String {
        match year {
            1 => format!("{}元年", self.name_ja()),
            _ => format!("{}{year}年", self.name_ja()),
        }
    }
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Taisho => "Taisho",
            Self::Showa => "Showa",
            Self::Heisei => "Heisei",
            Self::Reiwa => "Reiwa",
        })
    }
}

/// The era and year of a day: `令和元年`.
pub(super) fn year_ja(day: NaiveDate) -> String {
    let era = Era::of(day);
    era.year_ja(day.year() - era.offset())
}

/// The era and year of a day: `Reiwa 1`.
pub(super) fn year_en(day: NaiveDate) -> String {
    let era = Era::of(day);
    format!("{era} {}", day.year() - era.offset())
}
