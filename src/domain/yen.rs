//! Money: whole yen, never a float, never an unchecked sum.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of whole yen. May be negative (a ledger entry, a shortfall); the
/// places that need a range check it themselves.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Yen(i64);

/// A sum of amounts left the range of an `i64`. Amounts are bounded when records
/// are read (10,000,000 each), so only a damaged database can lead here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount of yen is out of range")]
pub struct YenOverflow;

impl Yen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest settlement or sale a record may state (specification, section 3).
    pub const MAX_RECORD: Self = Self(10_000_000);

    /// `yen` whole yen.
    #[must_use]
    pub const fn new(yen: i64) -> Self {
        Self(yen)
    }

    /// The number of yen.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Sum, or an error where it would overflow.
    ///
    /// # Errors
    /// [`YenOverflow`] when the sum does not fit an `i64`.
    pub fn plus(self, other: Self) -> Result<Self, YenOverflow> {
        self.0.checked_add(other.0).map(Self).ok_or(YenOverflow)
    }

    /// Difference, or an error where it would overflow.
    ///
    /// # Errors
    /// [`YenOverflow`] when the difference does not fit an `i64`.
    pub fn minus(self, other: Self) -> Result<Self, YenOverflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(YenOverflow)
    }

    /// The sum of many amounts.
    ///
    /// # Errors
    /// [`YenOverflow`] when the sum does not fit an `i64`.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, YenOverflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Yen {
    /// Digits grouped by thousands: `1,500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.0 < 0 {
            grouped.push('-');
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yen_are_grouped_for_reading() {
        let shown: Vec<String> =
            [0, 7, 1_500, 10_000_000, -1_050].map(|yen| Yen::new(yen).to_string()).into();
        assert_eq!(shown, ["0", "7", "1,500", "10,000,000", "-1,050"]);
    }

    #[test]
    fn a_sum_that_overflows_is_an_error_and_not_another_amount() {
        assert_eq!(Yen::new(i64::MAX).plus(Yen::new(1)), Err(YenOverflow));
        assert_eq!(Yen::new(i64::MIN).minus(Yen::new(1)), Err(YenOverflow));
        assert_eq!(Yen::sum([Yen::new(1), Yen::new(2)]), Ok(Yen::new(3)));
    }
}
