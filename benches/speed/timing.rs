//! Times and what is told of them.

use std::time::{Duration, Instant};

/// Many times of one thing.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    #[allow(dead_code, reason = "one of the benchmarks counts by time")]
    pub fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that `part` of them stay under, in milliseconds.
    pub fn at(&mut self, part: f64) -> f64 {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let place = (last as f64 * part).round() as usize;
        self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    pub fn line(&mut self) -> String {
        format!(
            "p50 {:.3} ms  p99 {:.3} ms  max {:.3} ms",
            self.at(0.5),
            self.at(0.99),
            self.at(1.0)
        )
    }
}

/// How long something took, in seconds.
pub fn seconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64()
}

/// So many in so many seconds.
pub fn rate(count: u64, seconds: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let count = count as f64;
    count / seconds
}
