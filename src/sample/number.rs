//! Inquiry numbers: 13 digits, the last a check digit; never two alike, and neighbours far apart.

use std::fmt;

use super::draw::mix;

/// Six digits without a leading zero, since spreadsheets eat those.
const HEADS: u64 = 900_000;
const TAILS: u64 = 1_000_000;
const ROUNDS: u64 = 4;

/// How many different numbers there are.
pub(super) const CAPACITY: u64 = HEADS * TAILS;

/// The inquiry number of the coupon with this index.
///
/// It does not depend on the seed, so that the hand-made coupons keep theirs in every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Number(u64);

impl Number {
    /// Different for different indices below [`CAPACITY`]: each step adds to one half what only
    /// the other half decides, and so can be taken back.
    pub(super) fn of(index: u64) -> Self {
        let mut head = index / TAILS % HEADS;
        let mut tail = index % TAILS;
        for round in 0..ROUNDS {
            head = (head + mix(tail * ROUNDS + round) % HEADS) % HEADS;
            tail = (tail + mix(!(head * ROUNDS + round)) % TAILS) % TAILS;
        }
        let body = (head + 100_000) * TAILS + tail;
        Self(body * 10 + check_digit(body))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Weights 3 and 1 by turns from the right, as under a bar code.
fn check_digit(mut body: u64) -> u64 {
    let mut sum = 0;
    let mut weight = 3;
    while body > 0 {
        sum += body % 10 * weight;
        weight = 4 - weight;
        body /= 10;
    }
    (10 - sum % 10) % 10
}
