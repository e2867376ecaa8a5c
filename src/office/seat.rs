//! Who sits where, and who looks at which case: so that one person works at one desk, and
//! two people do not decide the same case at once. Both are told, neither is enforced on a
//! command: what a command must not do, its transaction refuses.

use super::{Actor, Office, Result};
use crate::domain::ids::CaseId;
use crate::store::changes::Event;
use crate::store::desks::{Lease, Seat};
use crate::store::snapshot::Need;

/// How long a case is taken to be looked at, minutes, unless it is said again.
pub const LEASE_MINUTES: i64 = 2;

impl Office {
    /// Sits the actor down at a desk; `take_over` takes the seat from another desk, which
    /// learns of it by a line in the audit trail.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn seat(&self, actor: &Actor, desk_id: &str, take_over: bool) -> Result<Seat> {
        let now = self.now();
        let seat = self.store.take_seat(&actor.staff_id, desk_id, now, take_over).await?;
        if take_over && seat == Seat::Yours {
            self.store.jot(Event::new(now, &actor.staff_id, "seat.take_over"));
        }
        Ok(seat)
    }

    /// Whether the actor still sits at this desk; to be asked more often than every two
    /// minutes, or the seat is free for another desk.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn still_seated(&self, actor: &Actor, desk_id: &str) -> Result<bool> {
        Ok(self.store.still_seated(&actor.staff_id, desk_id, self.now()).await?)
    }

    /// Whether another desk has the actor's seat now; asks only, and keeps no seat.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn seat_lost(&self, actor: &Actor, desk_id: &str) -> Result<bool> {
        let seat = self.store.seat_of(&actor.staff_id).await?;
        Ok(seat.is_some_and(|seat| seat != desk_id))
    }

    /// The actor leaves the desk.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn stand_up(&self, actor: &Actor, desk_id: &str) -> Result<()> {
        Ok(self.store.leave_seat(&actor.staff_id, desk_id).await?)
    }

    /// Says that the actor looks at a case, for [`LEASE_MINUTES`] from now. None: nobody
    /// else does; else who.
    ///
    /// # Errors
    /// `CASE_UNKNOWN`, `NOT_YOUR_CASE`, `NOT_ALLOWED`, or what the store answers.
    pub async fn lease(&self, actor: &Actor, case_id: &CaseId) -> Result<Option<Lease>> {
        let need = Need { case_id: Some(case_id.as_str().to_owned()), ..Need::default() };
        let seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        Self::visible(actor, case_id, seen.case.as_ref())?;
        let now = self.now();
        let until = now.plus_minutes(LEASE_MINUTES);
        Ok(self.store.take_lease(case_id, &actor.staff_id, now, until).await?)
    }

    /// The actor looks at the case no longer.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn unlease(&self, actor: &Actor, case_id: &CaseId) -> Result<()> {
        Ok(self.store.leave_lease(case_id, &actor.staff_id).await?)
    }
}
