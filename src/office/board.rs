//! What a supervisor's screen shows: the queue of live cases and how the day stands.

use super::{Actor, Office, Result};
use crate::domain::staff::{Permission, may};
use crate::domain::time::Instant;
use crate::store::desks::{Board, QueueRow};

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
}
