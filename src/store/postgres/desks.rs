//! What the desks need, on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;

use super::link::{Lane, LinkState, WRITE, reading};
use super::{PgStore, board, seats};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::desks::{Board, Desks, Lease, QueueRow, Seat};

impl PgStore {
    /// Whether the primary is there.
    fn up(&self) -> Result<(), StoreError> {
        self.writers.queue.open()?;
        match *self.link().state().borrow() {
            LinkState::Up => Ok(()),
            LinkState::Down { .. } => {
                Err(StoreError::Unreachable("the connection was lost".to_owned()))
            }
            LinkState::ReadOnly => Err(StoreError::Server {
                code: crate::domain::refusal::Code::DatabaseReadOnly,
                what: self.link().shown(),
            }),
        }
    }
}

/// `change!(link, |conn| future)`: a small write beside the ledger; see [`reading`] for why it is
/// a macro.
macro_rules! change {
    ($link:expr, |$conn:ident| $work:expr) => {{
        let mut held = $link.take(Lane::Desk).await?;
        let within = held.within(WRITE);
        let done = {
            let $conn: &mut sqlx::PgConnection = &mut held;
            within.run($work).await?
        };
        held.give_back();
        Ok(done)
    }};
}

#[async_trait]
impl Desks for PgStore {
    async fn head_seq(&self) -> Result<i64, StoreError> {
        self.up()?;
        Ok(self.news.now())
    }

    async fn changed_from(&self, seen: i64, at_most: Duration) -> Result<i64, StoreError> {
        let mut moves = self.news.moves();
        let mut state = self.link().state();
        let moved = async {
            tokio::select! {
                _ = moves.wait_for(|now| *now != seen) => {}
                _ = state.wait_for(|state| *state != LinkState::Up) => {}
            }
        };
        let _ = tokio::time::timeout(at_most, moved).await;
        self.head_seq().await
    }

    async fn clock_ahead(&self) -> Result<Option<i64>, StoreError> {
        let ahead = reading!(self.link(), Lane::Desk, conn => seats::clock_ahead(&mut conn))?;
        Ok(Some(ahead))
    }

    async fn keep_draft(
        &self,
        staff: &StaffId,
        body: Option<&str>,
        at: Instant,
    ) -> Result<(), StoreError> {
        change!(self.link(), |conn| seats::keep_draft(conn, staff, body, at))
    }

    async fn draft(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT body FROM draft WHERE staff_id = $1";
        reading!(self.link(), Lane::Desk, conn => seats::of_person(&mut conn, sql, staff))
    }

    async fn take_seat(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
        take_over: bool,
    ) -> Result<Seat, StoreError> {
        change!(self.link(), |conn| seats::take_seat(conn, staff, desk_id, now, take_over))
    }

    async fn still_seated(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        change!(self.link(), |conn| seats::still_seated(conn, staff, desk_id, now))
    }

    async fn seat_of(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT desk_id FROM desk_seat WHERE staff_id = $1";
        reading!(self.link(), Lane::Desk, conn => seats::of_person(&mut conn, sql, staff))
    }

    async fn leave_seat(&self, staff: &StaffId, desk_id: &str) -> Result<(), StoreError> {
        change!(self.link(), |conn| seats::leave_seat(conn, staff, desk_id))
    }

    async fn take_lease(
        &self,
        case_id: &CaseId,
        staff: &StaffId,
        now: Instant,
        until: Instant,
    ) -> Result<Option<Lease>, StoreError> {
        change!(self.link(), |conn| seats::take_lease(conn, case_id.as_str(), staff, now, until))
    }

    async fn leave_lease(&self, case_id: &CaseId, staff: &StaffId) -> Result<(), StoreError> {
        change!(self.link(), |conn| seats::leave_lease(conn, case_id.as_str(), staff))
    }

    async fn queue(
        &self,
        own: Option<&StaffId>,
        now: Instant,
    ) -> Result<Vec<QueueRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => board::queue(&mut conn, own, now))
    }

    async fn board(&self, from: Instant, until: Instant) -> Result<Board, StoreError> {
        reading!(self.link(), Lane::Desk, conn => board::board(&mut conn, from, until))
    }

    async fn settled_at(
        &self,
        number: &InquiryNumber,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<MerchantId>, StoreError> {
        reading!(self.link(), Lane::Look, conn => board::settled_at(&mut conn, number, from, until))
    }
}
