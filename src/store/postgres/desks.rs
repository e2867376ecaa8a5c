//! What the desks need, on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;

use super::errors::unreachable;
use super::link::{Lane, LinkState, WRITE};
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

    async fn write_desk<T>(
        &self,
        write: impl AsyncFnOnce(&mut sqlx::PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.link().take(Lane::Desk).await?;
        let done = conn.within(WRITE).run(write(&mut conn)).await?;
        conn.give_back();
        Ok(done)
    }
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
        let read = async |conn: &mut sqlx::PgConnection| {
            let asked = Instant::from(chrono::Utc::now()).micros();
            let server: i64 = sqlx::query_scalar(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT",
            )
            .fetch_one(conn)
            .await
            .map_err(unreachable)?;
            let answered = Instant::from(chrono::Utc::now()).micros();
            // The server read its clock some time in between.
            Ok(i64::midpoint(asked, answered) - server)
        };
        Ok(Some(self.link().read(Lane::Desk, read).await?))
    }

    async fn keep_draft(
        &self,
        staff: &StaffId,
        body: Option<&str>,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.write_desk(async |conn| seats::keep_draft(conn, staff, body, at).await).await
    }

    async fn draft(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT body FROM draft WHERE staff_id = $1";
        let read = async |conn: &mut _| seats::of_person(conn, sql, staff).await;
        self.link().read(Lane::Desk, read).await
    }

    async fn take_seat(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
        take_over: bool,
    ) -> Result<Seat, StoreError> {
        let take = async |conn: &mut sqlx::PgConnection| {
            seats::take_seat(conn, staff, desk_id, now, take_over).await
        };
        self.write_desk(take).await
    }

    async fn still_seated(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let beat = async |conn: &mut sqlx::PgConnection| {
            seats::still_seated(conn, staff, desk_id, now).await
        };
        self.write_desk(beat).await
    }

    async fn seat_of(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT desk_id FROM desk_seat WHERE staff_id = $1";
        let read = async |conn: &mut _| seats::of_person(conn, sql, staff).await;
        self.link().read(Lane::Desk, read).await
    }

    async fn leave_seat(&self, staff: &StaffId, desk_id: &str) -> Result<(), StoreError> {
        self.write_desk(async |conn| seats::leave_seat(conn, staff, desk_id).await).await
    }

    async fn take_lease(
        &self,
        case_id: &CaseId,
        staff: &StaffId,
        now: Instant,
        until: Instant,
    ) -> Result<Option<Lease>, StoreError> {
        let take = async |conn: &mut sqlx::PgConnection| {
            seats::take_lease(conn, case_id.as_str(), staff, now, until).await
        };
        self.write_desk(take).await
    }

    async fn leave_lease(&self, case_id: &CaseId, staff: &StaffId) -> Result<(), StoreError> {
        let leave = async |conn: &mut sqlx::PgConnection| {
            seats::leave_lease(conn, case_id.as_str(), staff).await
        };
        self.write_desk(leave).await
    }

    async fn queue(
        &self,
        own: Option<&StaffId>,
        now: Instant,
    ) -> Result<Vec<QueueRow>, StoreError> {
        self.link().read(Lane::Desk, async |conn| board::queue(conn, own, now).await).await
    }

    async fn board(&self, from: Instant, until: Instant) -> Result<Board, StoreError> {
        self.link().read(Lane::Desk, async |conn| board::board(conn, from, until).await).await
    }

    async fn settled_at(
        &self,
        number: &InquiryNumber,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<MerchantId>, StoreError> {
        let read = async |conn: &mut _| board::settled_at(conn, number, from, until).await;
        self.link().read(Lane::Look, read).await
    }
}
