//! What a hand-made coupon is made of, and short words to write one down with.

use super::{
    moment::{Day, Moment},
    number::Number,
    shop::NARA,
    story::{Holder, Sale, Settlement, Story},
};

/// What the rule must say of a scene.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) row: u8,
    pub(super) state: &'static str,
    pub(super) reason: &'static str,
    pub(super) over: Option<i64>,
}

impl Outcome {
    pub(super) const fn matched(over: i64) -> Self {
        Self { row: 13, state: "matched", reason: "M00_MATCHED", over: Some(over) }
    }

    /// Lines 1, 4 and 6.
    pub(super) const fn waiting(row: u8, reason: &'static str) -> Self {
        Self { row, state: "waiting", reason, over: None }
    }

    /// Lines 3, 5 and 9; only the last computes what is over, here always 0.
    pub(super) const fn declined(row: u8, reason: &'static str) -> Self {
        let over = if row == 9 { Some(0) } else { None };
        Self { row, state: "declined", reason, over }
    }

    /// Lines 2, 7, 8, 10, 11 and 12.
    pub(super) const fn review(row: u8, reason: &'static str, over: Option<i64>) -> Self {
        Self { row, state: "review", reason, over }
    }
}

/// A coupon with its records, the shop its holder names, and what must come of it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) claimed: u32,
    pub(super) prefecture: &'static str,
    pub(super) face_value: i64,
    pub(super) expires: Day,
    pub(super) holder: Holder,
    /// What the coupon system has put back by itself before the records were taken.
    pub(super) put_back: i64,
    pub(super) settlements: &'static [Settlement],
    pub(super) sales: &'static [Sale],
    pub(super) outcomes: &'static [Outcome],
}

impl Scene {
    pub(super) fn story(&self, index: u64) -> Story {
        let settled: i64 = self.settlements.iter().map(|settlement| settlement.amount).sum();
        Story {
            number: Number::of(index),
            prefecture: self.prefecture,
            face_value: self.face_value,
            balance: self.face_value - settled + self.put_back,
            expires: self.expires,
            holder: self.holder,
            settlements: self.settlements.to_vec(),
            sales: self.sales.to_vec(),
        }
    }
}

/// A scene before anything happens in it; `expires` in days after the outage.
pub(super) const fn scene(claimed: u32, face_value: i64, expires: i32, holder: Holder) -> Scene {
    Scene {
        claimed,
        prefecture: NARA,
        face_value,
        expires: Day(expires),
        holder,
        put_back: 0,
        settlements: &[],
        sales: &[],
        outcomes: &[],
    }
}

/// A settlement on the day of the outage; `clock` is hours, minutes, seconds.
pub(super) const fn paid(shop: u32, clock: (i32, i32, i32), amount: i64) -> Settlement {
    let at = Moment::at(clock.0, clock.1, clock.2);
    Settlement { shop, amount, at }
}

/// A settlement at noon some days before the outage.
pub(super) const fn paid_earlier(shop: u32, days: i32, amount: i64) -> Settlement {
    let at = Moment::on(Day(-days), 12, 8, 40);
    Settlement { shop, amount, at }
}

/// A sale that names the coupon.
pub(super) const fn sold(shop: u32, clock: (i32, i32, i32), total: i64, cash: i64) -> Sale {
    let at = Moment::at(clock.0, clock.1, clock.2);
    Sale { shop, at, total, cash, named: true }
}

/// A sale without a coupon's number.
pub(super) const fn sold_unnamed(shop: u32, clock: (i32, i32, i32), total: i64) -> Sale {
    Sale { named: false, ..sold(shop, clock, total, 0) }
}
