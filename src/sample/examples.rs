//! What is known beforehand about the hand-made coupons.

use super::{
    moment::Moment,
    number::Number,
    scene::{Outcome, Scene},
    scenes::{self, LATE, LATE_INDEX},
    shop,
    story::Sale,
    write::write_late,
};

/// A case whose result is known: four facts that agree, and what the rule must say of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Line 1 to 13 of the rule's table (SPEC section 4).
    pub row: u8,
    /// The coupon.
    pub inquiry_number: String,
    /// Its expiry as printed, `YYYY-MM-DD`.
    pub expires_on: String,
    /// Its prefecture of travel.
    pub prefecture: &'static str,
    /// The shop the caller names.
    pub merchant_id: String,
    /// The state the case is opened in.
    pub expected_state: &'static str,
    /// The only reason it has.
    pub expected_reason: &'static str,
    /// What was paid too much, in yen; `None` where the line decides before it is computed.
    pub over: Option<i64>,
}

/// The known cases of every sample, at least two for every line of the table.
///
/// Some coupons occur twice: the first case is `matched`, and the second holds once the first has
/// been restored in full. That is the only way to lines 5 and (with something restored) 9.
#[must_use]
pub fn examples() -> Vec<Example> {
    let mut all = Vec::new();
    for (scene, index) in scenes::all().zip(0..) {
        all.extend(scene.outcomes.iter().map(|outcome| example(scene, index, outcome)));
    }
    all
}

fn example(scene: &Scene, index: u64, outcome: &Outcome) -> Example {
    Example {
        row: outcome.row,
        inquiry_number: Number::of(index).to_string(),
        expires_on: scene.expires.to_string(),
        prefecture: scene.prefecture,
        merchant_id: shop::id(scene.claimed),
        expected_state: outcome.state,
        expected_reason: outcome.reason,
        over: outcome.over,
    }
}

/// Records that come later, as the text of a settlement file (empty: there are none), a sales
/// file and a coverage file. They clear the waiting example of [`late_outcome`] and no other.
#[must_use]
pub fn late_records() -> (String, String, String) {
    let (mut sales, mut coverage) = (Vec::new(), Vec::new());
    // Writing to memory cannot fail, and what was written came from `str`.
    let _ = write_late(&mut sales, &mut coverage);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (String::new(), text(sales), text(coverage))
}

/// What becomes of the one waiting example once [`late_records`] are in; among [`examples`] it is
/// the one with the same number, in line 6.
#[must_use]
pub fn late_outcome() -> Example {
    example(&LATE, LATE_INDEX, &Outcome::matched(1_200))
}

/// The sale that comes late, and the index of the coupon it names.
pub(super) fn late_sale() -> (u64, Sale) {
    let sale =
        Sale { shop: LATE.claimed, at: Moment::at(18, 41, 30), total: 1_200, cash: 0, named: true };
    (LATE_INDEX, sale)
}
