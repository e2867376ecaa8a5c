//! An invented campaign to try the program on: shops, coupons, what the coupon system deducted,
//! what the shops sold, and for which hours those records are complete.
//!
//! Nothing here is real: shops, streets and inns are put together from made-up words, telephone
//! numbers lie in ranges that are never assigned, mail goes to `example.jp` and `example.com`.
//!
//! ```text
//! mod       the plan and its limits
//! examples  what is known beforehand about the hand-made coupons, and the records that come late
//! scenes    the hand-made coupons, for every line of the rule (scenes_settled: the records are
//!           there; scenes_open: something is missing), each of them a scene
//! story     one coupon and all that happened to it
//! ordinary  what happens to those that are not hand-made
//! shop      one shop by its number          cover   which hours of a shop's records are complete
//! number    inquiry numbers                 moment  days and times as the files write them
//! draw      chance that never changes       words   the parts names are made of
//! write     the five files
//! ```
//!
//! Every coupon is a function of the seed and its own index. So the files are written one after
//! the other without keeping anything, agree with each other all the same, and ten million
//! coupons take no more memory than ten.

mod cover;
mod draw;
mod examples;
mod moment;
mod number;
mod ordinary;
mod scene;
mod scenes;
mod scenes_open;
mod scenes_settled;
mod shop;
mod story;
mod words;
mod write;

#[cfg(test)]
mod evaluator;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_examples;
#[cfg(test)]
mod tests_mix;

use std::io;

pub use examples::{Example, examples, late_outcome, late_records};
pub use write::{write_coupons, write_coverage, write_merchants, write_sales, write_settlements};

/// First instant of the sample's outage (inclusive).
pub const OUTAGE_FROM: &str = "2023-02-24T17:00:00+09:00";

/// End of the sample's outage (exclusive).
pub const OUTAGE_UNTIL: &str = "2023-02-25T00:00:00+09:00";

/// The expiry that puts an unspent coupon of the sample into class A.
pub const CLASS_A_EXPIRY: &str = "2023-02-24";

/// How large a sample is made, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Where all chance starts. The hand-made coupons are the same under every seed.
    pub seed: u64,
    /// Shops in Nara, the hand-made ones included (never fewer than those are written).
    /// Two namesakes in other prefectures come on top.
    pub shops: u32,
    /// Coupons, the hand-made ones included (never fewer than those are written). Settlements
    /// and sales follow from them.
    pub coupons: u64,
}

impl Plan {
    /// Rows of the coupon file; refused where inquiry numbers would run out.
    fn coupon_rows(&self) -> io::Result<u64> {
        let rows = self.coupons.max(scenes::COUNT);
        if rows > number::CAPACITY {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("a sample has at most {} coupons", number::CAPACITY),
            ));
        }
        Ok(rows)
    }

    /// Rows of the merchant file.
    fn shop_rows(&self) -> u32 {
        self.shops.max(shop::HAND_MADE_IN_NARA).saturating_add(shop::NAMESAKES)
    }
}

/// The sample campaign that comes with the program: 300 shops in Nara and two namesakes
/// elsewhere, 2,000 coupons.
#[must_use]
pub fn demo() -> Plan {
    Plan { seed: 20_230_224, shops: 300, coupons: 2_000 }
}
