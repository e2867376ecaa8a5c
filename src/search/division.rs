//! Dividing the kana of a reading among the kanji they are for.

use super::lessons::Lesson;
use super::packed::{self, Counts};

/// Kanji in a row that are still divided.
pub const RUN_MAX: usize = 6;
/// Kana of such a run.
pub const KANA_MAX: usize = 16;
/// Kana that one kanji is read by at most.
pub const ONE_MAX: usize = 4;
/// How likely a kanji nobody has seen is read by one, two, three or four kana.
const BY_LENGTH: [f32; ONE_MAX] = [0.25, 0.55, 0.15, 0.05];
/// Times one lesson counts: what a kanji is in many words tells more than one frequent word does.
pub const TIMES_MAX: u32 = 2;

/// How one kanji is read, while learning.
#[derive(Debug, Default)]
pub struct Singles {
    readings: Counts<(u32, u64), u32>,
    total: Counts<u32, u32>,
}

impl Singles {
    /// Counts one reading of one kanji.
    pub fn add(&mut self, kanji: char, reading: u64, times: u32) {
        *self.readings.entry((kanji as u32, reading)).or_default() += times;
        *self.total.entry(kanji as u32).or_default() += times;
    }

    fn likelihood(&self, kanji: char, kana: &[char]) -> f32 {
        let Some(reading) = packed::reading(kana) else {
            return f32::NEG_INFINITY;
        };
        let seen = self.readings.get(&(kanji as u32, reading)).copied().unwrap_or(0);
        let total = self.total.get(&(kanji as u32)).copied().unwrap_or(0);
        let prior = BY_LENGTH[kana.len() - 1];
        ((amount(seen) + prior * 0.1) / (amount(total) + 1.0)).ln()
    }
}

impl Singles {
    /// Counts anew, each lesson divided by what is known so far.
    #[must_use]
    pub fn taught_by(&self, lessons: &[(Lesson, u32)]) -> Self {
        let mut next = Self::default();
        for ((kanji, kana), times) in lessons {
            let Some(cuts) = self.divide(kanji, kana) else {
                continue;
            };
            for (at, &one) in kanji.iter().enumerate() {
                if let Some(reading) = packed::reading(&kana[cuts[at]..cuts[at + 1]]) {
                    next.add(one, reading, (*times).min(TIMES_MAX));
                }
            }
        }
        next
    }

    /// Where to cut `kana` so that each kanji gets its likeliest part: one more cut than kanji.
    #[must_use]
    pub fn divide(&self, kanji: &[char], kana: &[char]) -> Option<[usize; RUN_MAX + 1]> {
        let (rows, columns) = (kanji.len(), kana.len());
        if rows > RUN_MAX || columns > KANA_MAX || columns < rows || columns > rows * ONE_MAX {
            return None;
        }
        let mut best = [[(f32::NEG_INFINITY, 0); KANA_MAX + 1]; RUN_MAX + 1];
        best[0][0].0 = 0.0;
        for row in 0..rows {
            for from in row..columns {
                let so_far = best[row][from].0;
                if so_far == f32::NEG_INFINITY {
                    continue;
                }
                for to in from + 1..=columns.min(from + ONE_MAX) {
                    let reached = so_far + self.likelihood(kanji[row], &kana[from..to]);
                    if reached > best[row + 1][to].0 {
                        best[row + 1][to] = (reached, from);
                    }
                }
            }
        }
        if best[rows][columns].0 == f32::NEG_INFINITY {
            return None;
        }
        let mut cuts = [columns; RUN_MAX + 1];
        for row in (0..rows).rev() {
            cuts[row] = best[row + 1][cuts[row + 1]].1;
        }
        Some(cuts)
    }
}

/// A count as a number to calculate with; beyond 65,535 it makes no difference.
#[must_use]
pub fn amount(count: u32) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
