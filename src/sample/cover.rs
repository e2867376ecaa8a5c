//! For which hours a shop's records are declared complete.

use super::{
    Plan,
    draw::{Draw, Subject},
    moment::{Day, Moment},
    shop,
};

const FIRST: Moment = Moment::on(Day(-10), 0, 0, 0);
const LAST: Moment = Moment::on(Day(2), 0, 0, 0);
const EIGHT: Moment = Moment::at(20, 0, 0);
const SEVEN: Moment = Moment::at(19, 0, 0);
const HALF_PAST_SEVEN: Moment = Moment::at(19, 30, 0);

/// The forms in which records come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// In one piece.
    Whole,
    /// In two pieces that meet within the outage.
    Halves,
    /// In two pieces that leave half an hour of the outage open.
    Gap,
    /// Broken off within the outage.
    Early,
    /// Not come yet.
    Missing,
}

impl Cover {
    /// The intervals declared complete, each `[from, until)`.
    pub(super) const fn intervals(self) -> &'static [(Moment, Moment)] {
        match self {
            Self::Whole => &[(FIRST, LAST)],
            Self::Halves => &[(FIRST, EIGHT), (EIGHT, LAST)],
            Self::Gap => &[(FIRST, SEVEN), (HALF_PAST_SEVEN, LAST)],
            Self::Early => &[(FIRST, SEVEN)],
            Self::Missing => &[],
        }
    }

    /// Whether a record of this moment has come in.
    pub(super) fn holds(self, moment: Moment) -> bool {
        self.intervals().iter().any(|&(from, until)| from <= moment && moment < until)
    }
}

/// How a shop's settlements and sales are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covers {
    pub(super) settlements: Cover,
    pub(super) sales: Cover,
}

/// Shops send their sales themselves, and so later and less completely than the coupon system
/// sends its settlements.
pub(super) fn of_shop(plan: &Plan, index: u32) -> Covers {
    if let Some(hand_made) = shop::hand_made(index) {
        return hand_made.covers;
    }
    let mut draw = Draw::new(plan.seed, Subject::Cover, index.into());
    let settlements = match draw.below(100) {
        0..=86 => Cover::Whole,
        87..=94 => Cover::Halves,
        95 => Cover::Gap,
        96..=97 => Cover::Early,
        _ => Cover::Missing,
    };
    let sales = match draw.below(100) {
        0..=73 => Cover::Whole,
        74..=86 => Cover::Halves,
        87..=88 => Cover::Gap,
        89..=91 => Cover::Early,
        _ => Cover::Missing,
    };
    Covers { settlements, sales }
}
