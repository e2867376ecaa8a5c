//! What a supervisor's screen shows: the queue of live cases and how the day stands.

use std::time::Duration;

use super::{Actor, Office, Result};
use crate::domain::staff::{Permission, may};
use crate::domain::time::Instant;
use crate::store::desks::{Board, QueueRow};

/// Beyond this the desk says that its clock is off.
pub const CLOCK_MAY_BE_OFF_SECONDS: i64 = 5;

impl Office {
    /// Every live case, oldest first, with who looks at it now; an operator's are those
    /// they opened or hold.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn queue(&self, actor: &Actor) -> Result<Vec<QueueRow>> {
        let all = may(actor.role, Permission::ReadEverything);
        if !all {
            actor.must(Permission::TakeCalls)?;
        }
        let now = self.now();
        let own = (!all).then_some(&actor.staff_id);
        let mut rows = self.store.queue(own, now).await?;
        for row in &mut rows {
            row.lease.take_if(|lease| lease.until <= now);
        }
        Ok(rows)
    }

    /// How today stands.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn board(&self, actor: &Actor) -> Result<Board> {
        actor.must(Permission::ReadEverything)?;
        let today = self.now().jst_day();
        let (from, until) = (Instant::start_of_day_jst(today), Instant::end_of_day_jst(today));
        Ok(self.store.board(from, until).await?)
    }

    /// A number that is another one after everything that has a line in the audit trail,
    /// here or elsewhere: while it stays, no screen needs to be read anew.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn changed(&self) -> Result<i64> {
        Ok(self.store.head_seq().await?)
    }

    /// Waits until that number is another one than `seen`, for `at_most`, and tells it.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn changed_from(&self, seen: i64, at_most: Duration) -> Result<i64> {
        Ok(self.store.changed_from(seen, at_most).await?)
    }

    /// By how many seconds this machine's clock is off, ahead or (negative) behind, where the
    /// database has a clock to hold it against and it is off by more than
    /// [`CLOCK_MAY_BE_OFF_SECONDS`].
    ///
    /// # Errors
    /// What the store answers.
    pub async fn clock_off(&self) -> Result<Option<i64>> {
        let ahead = self.store.clock_ahead().await?;
        let seconds = ahead.map(|micros| micros / 1_000_000);
        Ok(seconds.filter(|seconds| seconds.abs() > CLOCK_MAY_BE_OFF_SECONDS))
    }
}
