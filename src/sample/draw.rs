//! Chance that stays the same: the same seed, subject and index give the same draws on every
//! machine and with every version of every library.

use rand_core::Rng;
use rand_pcg::Pcg32;

/// What is being drawn for, so that a shop and a coupon of one index do not share their luck.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Shop = 1,
    Cover = 2,
    Coupon = 3,
    Holder = 4,
}

/// The draws for one shop or coupon.
#[derive(Debug)]
pub(super) struct Draw(Pcg32);

impl Draw {
    /// Starts at the same place whatever was drawn before for others.
    pub(super) fn new(seed: u64, subject: Subject, index: u64) -> Self {
        let state = mix(seed ^ mix(index.wrapping_mul(8) + subject as u64));
        Self(Pcg32::new(state, index))
    }

    /// 0 ≤ result < `bound` (0 where `bound` is 0).
    ///
    /// The range is cut here and not by a library, since libraries change how they do it. The
    /// high half of a product is uneven by at most `bound` in 2³², which no sample can show.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or_default()
    }

    /// `least` ≤ result ≤ `most`.
    pub(super) fn between(&mut self, least: i32, most: i32) -> i32 {
        least.saturating_add_unsigned(self.below(most.abs_diff(least) + 1))
    }

    /// True `percent` times in a hundred.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `from`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let length = u32::try_from(from.len()).unwrap_or(u32::MAX);
        &from[self.below(length) as usize]
    }
}

/// Spreads neighbouring numbers over the whole range (the finisher of `SplitMix64`): seeds and
/// indices are small and alike, and generators started alike begin alike.
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
