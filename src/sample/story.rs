//! One coupon and all that happened to it.

use super::{
    Plan,
    moment::{Day, Moment},
    number::Number,
    ordinary::ordinary,
    scenes,
};

/// Where the coupon lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    App,
    Paper,
    Withdrawn,
}

impl Holder {
    /// As the coupon file writes it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Paper => "paper",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One deduction, in yen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settlement {
    pub(super) shop: u32,
    pub(super) amount: i64,
    pub(super) at: Moment,
}

/// One sale as the shop has it, in yen; `named` if the shop noted the coupon's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sale {
    pub(super) shop: u32,
    pub(super) at: Moment,
    pub(super) total: i64,
    pub(super) cash: i64,
    pub(super) named: bool,
}

/// A coupon with its records, each in order of time.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) number: Number,
    pub(super) prefecture: &'static str,
    pub(super) face_value: i64,
    pub(super) balance: i64,
    pub(super) expires: Day,
    pub(super) holder: Holder,
    pub(super) settlements: Vec<Settlement>,
    pub(super) sales: Vec<Sale>,
}

/// The story of the coupon with this index, whichever others have been told.
pub(super) fn story(plan: &Plan, index: u64) -> Story {
    match scenes::get(index) {
        Some(scene) => scene.story(index),
        None => ordinary(plan, index),
    }
}
