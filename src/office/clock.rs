//! The office's clock. Rules never read one: they are given the time. Only a training
//! database may have a clock of its own, which runs on from where it was set.

use crate::domain::time::Instant;
use crate::store::Info;

/// Tells the time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    training: bool,
    /// How far ahead of the real clock this one is, microseconds.
    ahead_micros: i64,
}

impl Clock {
    /// The clock of a database.
    #[must_use]
    pub fn of(info: &Info) -> Self {
        let ahead_micros = match (info.training, info.clock_at, info.clock_set_at) {
            (true, Some(at), Some(set_at)) => at.micros().saturating_sub(set_at.micros()),
            _ => 0,
        };
        Self { training: info.training, ahead_micros }
    }

    /// The real clock.
    #[must_use]
    pub const fn real() -> Self {
        Self { training: false, ahead_micros: 0 }
    }

    /// Whether it is a training database's.
    #[must_use]
    pub const fn training(&self) -> bool {
        self.training
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        let real = Instant::from(chrono::Utc::now()).micros();
        Instant::from_micros(real.saturating_add(self.ahead_micros))
    }
}
