//! The figures that a sentence for the caller may name.

use chrono::{Datelike, NaiveDate};

use crate::domain::ids::CaseId;
use crate::domain::yen::Yen;

use super::lang::Lang;

/// What is known while the sentence is spoken. What is not known is left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// What was paid too much.
    pub over: Option<Yen>,
    /// What a restoration would put back.
    pub restorable: Option<Yen>,
    /// What was put back.
    pub restored: Option<Yen>,
    /// The last day the coupon is valid, or will be.
    pub expires: Option<NaiveDate>,
    /// The last day the coupon was valid, where that day is over: what is on it is then
    /// received as points (announcement of 2023-03-03, section 2).
    pub ended: Option<NaiveDate>,
    /// What is on the coupon. Only for a caller whose facts agree with the records.
    pub balance: Option<Yen>,
    /// The last day to apply for points on the special site.
    pub apply_by: Option<NaiveDate>,
    /// The number the caller may note down.
    pub case: Option<CaseId>,
}

impl Spoken {
    /// What `{name}` becomes.
    pub(super) fn value(&self, name: &str, lang: Lang) -> Option<String> {
        match name {
            "over" => amount(self.over),
            "restorable" => amount(self.restorable),
            "restored" => amount(self.restored),
            "balance" => self.balance.map(|yen| yen.to_string()),
            "ended" => self.ended.map(|day| spoken_day(day, lang)),
            "expires" => self.expires.map(|day| spoken_day(day, lang)),
            "apply_by" => self.apply_by.map(|day| spoken_day(day, lang)),
            "case" => self.case.as_ref().map(ToString::to_string),
            _ => None,
        }
    }
}

/// Nobody is told that 0 yen are put back: such a figure is as good as not known.
fn amount(yen: Option<Yen>) -> Option<String> {
    yen.filter(|yen| *yen > Yen::ZERO).map(|yen| yen.to_string())
}

/// An amount as it is said: `1,500円` or `1,500 yen`.
#[must_use]
pub fn spoken_yen(amount: i64, lang: Lang) -> String {
    let amount = Yen::new(amount);
    lang.pick(format!("{amount}円"), format!("{amount} yen"))
}

/// `3月31日` or `31 March`: a caller is told the day without its year.
#[must_use]
pub fn spoken_day(day: NaiveDate, lang: Lang) -> String {
    lang.pick(
        format!("{}月{}日", day.month(), day.day()),
        format!("{} {}", day.day(), month_en(day)),
    )
}

/// The English name of the day's month.
pub(super) fn month_en(day: NaiveDate) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    MONTHS[day.month0() as usize]
}
