//! What happens to an ordinary coupon: mostly nothing, or one sale paid with it.

use super::{
    Plan, cover,
    draw::{Draw, Subject},
    moment::{Day, Moment},
    number::Number,
    shop::{FIRST_ORDINARY, KYOTO, NARA, OSAKA},
    story::{Holder, Sale, Settlement, Story},
};

/// What befell an ordinary coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Untouched,
    EarlierClean,
    EarlierAll,
    OutageClean,
    EarlierAndOutage,
    PressedAgain,
    CashToo,
    Unnamed,
    Silent,
}

impl Fate {
    /// Most coupons had no trouble; three in a hundred each were pressed again or paid in cash.
    fn draw(draw: &mut Draw) -> Self {
        match draw.below(100) {
            0..=53 => Self::Untouched,
            54..=71 => Self::EarlierClean,
            72..=74 => Self::EarlierAll,
            75..=86 => Self::OutageClean,
            87..=90 => Self::EarlierAndOutage,
            91..=93 => Self::PressedAgain,
            94..=96 => Self::CashToo,
            97..=98 => Self::Unnamed,
            _ => Self::Silent,
        }
    }

    const fn in_outage(self) -> bool {
        !matches!(self, Self::Untouched | Self::EarlierClean | Self::EarlierAll)
    }
}

/// The story of a coupon that is not hand-made.
pub(super) fn ordinary(plan: &Plan, index: u64) -> Story {
    let mut draw = Draw::new(plan.seed, Subject::Coupon, index);
    let prefecture = prefecture(&mut draw);
    let mut fate = Fate::draw(&mut draw);
    // The sample's ordinary shops are all in Nara, where only Nara's coupons are taken.
    if prefecture != NARA || plan.shop_rows() <= FIRST_ORDINARY {
        fate = Fate::Untouched;
    }
    let expires = expiry(&mut draw, fate);
    let face_value = [1_000, 2_000, 2_000, 3_000, 3_000, 5_000][draw.below(6) as usize];
    let mut story = Story {
        number: Number::of(index),
        prefecture,
        face_value,
        balance: face_value,
        expires,
        holder: holder(&mut draw),
        settlements: Vec::new(),
        sales: Vec::new(),
    };
    story.live(plan, fate, &mut draw);
    story.balance -= story.settlements.iter().map(|settlement| settlement.amount).sum::<i64>();
    story
}

fn prefecture(draw: &mut Draw) -> &'static str {
    match draw.below(100) {
        0..=95 => NARA,
        96 => "三重県",
        97 => "和歌山県",
        98 => KYOTO,
        _ => OSAKA,
    }
}

/// Class A is the commonest; a coupon used in the outage cannot have ended before it.
fn expiry(draw: &mut Draw, fate: Fate) -> Day {
    let earliest = if fate.in_outage() { 0 } else { -7 };
    if draw.percent(45) {
        return Day(0);
    }
    Day(draw.between(earliest, 7))
}

fn holder(draw: &mut Draw) -> Holder {
    match draw.below(100) {
        0..=54 => Holder::App,
        55..=94 => Holder::Paper,
        _ => Holder::Withdrawn,
    }
}

impl Story {
    fn live(&mut self, plan: &Plan, fate: Fate, draw: &mut Draw) {
        let most = self.face_value;
        match fate {
            Fate::Untouched => {}
            Fate::EarlierClean => {
                let amount = yen(draw, most);
                self.pay(plan, draw, amount, false);
            }
            Fate::EarlierAll => self.pay(plan, draw, most, false),
            Fate::OutageClean => {
                let amount = yen(draw, most);
                self.pay(plan, draw, amount, true);
            }
            Fate::EarlierAndOutage => {
                let amount = yen(draw, most / 2);
                self.pay(plan, draw, amount, false);
                let amount = yen(draw, most / 2);
                self.pay(plan, draw, amount, true);
            }
            Fate::PressedAgain => {
                let times = if draw.percent(20) { 3 } else { 2 };
                let amount = yen(draw, most / i64::from(times));
                self.press(plan, draw, amount, times, true);
            }
            Fate::CashToo => self.cash_too(plan, draw),
            Fate::Unnamed => {
                let times = if draw.percent(50) { 2 } else { 1 };
                let amount = yen(draw, most / i64::from(times));
                self.press(plan, draw, amount, times, false);
            }
            Fate::Silent => {
                let amount = yen(draw, most);
                self.settle(any_shop(plan, draw), amount, in_outage(draw));
            }
        }
    }

    /// A settlement and the sale it was for, in the outage or on a day before it. The sale may be
    /// larger, the rest paid in cash.
    fn pay(&mut self, plan: &Plan, draw: &mut Draw, amount: i64, outage: bool) {
        let shop = any_shop(plan, draw);
        let at = if outage { in_outage(draw) } else { before_outage(draw, self.expires) };
        let cash = if draw.percent(40) { yen(draw, 3_000) } else { 0 };
        self.settle(shop, amount, at);
        self.sell(plan, draw, Sale { shop, at, total: amount + cash, cash, named: true });
    }

    /// One sale, the button pressed `times` times within a minute.
    fn press(&mut self, plan: &Plan, draw: &mut Draw, amount: i64, times: u8, named: bool) {
        let shop = any_shop(plan, draw);
        let mut at = in_outage(draw);
        for _ in 0..times {
            self.settle(shop, amount, at);
            at = at.plus_s(draw.between(4, 30));
        }
        self.sell(plan, draw, Sale { shop, at, total: amount, cash: 0, named });
    }

    /// The coupon seemed refused, so all was paid in cash; but it had been deducted.
    fn cash_too(&mut self, plan: &Plan, draw: &mut Draw) {
        let shop = any_shop(plan, draw);
        let at = in_outage(draw);
        let amount = yen(draw, self.face_value);
        let total = if draw.percent(50) { amount } else { amount + yen(draw, 2_000) };
        self.settle(shop, amount, at);
        self.sell(plan, draw, Sale { shop, at, total, cash: total, named: true });
    }

    fn settle(&mut self, shop: u32, amount: i64, at: Moment) {
        self.settlements.push(Settlement { shop, amount, at });
    }

    /// Rung up shortly after the coupon; in the file only if that part of the shop's records is.
    fn sell(&mut self, plan: &Plan, draw: &mut Draw, sale: Sale) {
        let at = sale.at.plus_s(draw.between(2, 90));
        if cover::of_shop(plan, sale.shop).sales.holds(at) {
            self.sales.push(Sale { at, ..sale });
        }
    }
}

/// Some shops are much busier than others: the lesser of two draws.
fn any_shop(plan: &Plan, draw: &mut Draw) -> u32 {
    let ordinary = plan.shop_rows() - FIRST_ORDINARY;
    FIRST_ORDINARY + draw.below(ordinary).min(draw.below(ordinary))
}

/// A price in tens from 100 up to `most`, often all of it. `most` is at least 100.
fn yen(draw: &mut Draw, most: i64) -> i64 {
    let tens = u32::try_from(most / 10).unwrap_or(10);
    let drawn = if draw.percent(30) { tens } else { 10 + draw.below(tens.saturating_sub(9)) };
    i64::from(drawn) * 10
}

/// The first of a sale's settlements: 17:30 to 21:28, which leaves time to press again.
fn in_outage(draw: &mut Draw) -> Moment {
    Moment::at(17, 30, 0).plus_s(draw.between(0, 238 * 60))
}

/// In the day or two before the coupon ended, but before the outage began.
fn before_outage(draw: &mut Draw, expires: Day) -> Moment {
    let day = Day(expires.0.min(-1) - i32::from(draw.percent(50)));
    Moment::on(day, 10, 0, 0).plus_s(draw.between(0, 9 * 60 * 60))
}
