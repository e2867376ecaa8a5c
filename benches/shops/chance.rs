//! Chance that is the same on every machine.

use rand_core::Rng as _;
use rand_pcg::Pcg32;

pub struct Chance(Pcg32);

impl Chance {
    /// A class of queries has luck of its own, so that a new class changes no other.
    pub fn new(seed: u64, class: &str) -> Self {
        let stream = class.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut chance = Pcg32::new(seed ^ stream, stream);
        // Generators started alike begin alike.
        for _ in 0..8 {
            chance.next_u32();
        }
        Self(chance)
    }

    /// Below `bound`, which is small; 0 where it is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let product = u64::from(self.0.next_u32()) * bound.min(u64::from(u32::MAX));
        usize::try_from(product >> 32).unwrap_or(0)
    }

    /// One of `from`, if there is any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Heads or tails.
    pub fn toss(&mut self) -> bool {
        self.below(2) == 0
    }
}
