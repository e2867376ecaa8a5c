//! What the desks need, on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::seats::{DeskWrite, Reply};
use super::writer::Message;
use super::{SqliteStore, board, unreachable};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::desks::{Board, Desks, Lease, QueueRow, Seat};

impl SqliteStore {
    /// Has the writer do it.
    async fn write_desk<T>(
        &self,
        make: impl FnOnce(Reply<T>) -> DeskWrite,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = |_| StoreError::Unreachable("the store is closed".to_owned());
        self.sender()?.send(Message::Desk(make(reply))).await.map_err(gone)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown("the writer has gone".to_owned()))?
    }
}

#[async_trait]
impl Desks for SqliteStore {
    async fn head_seq(&self) -> Result<i64, StoreError> {
        self.changed.head_seq().await
    }

    async fn changed_from(&self, _seen: i64, at_most: Duration) -> Result<i64, StoreError> {
        tokio::time::sleep(at_most).await;
        self.head_seq().await
    }

    async fn clock_ahead(&self) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }

    async fn keep_draft(
        &self,
        staff: &StaffId,
        body: Option<&str>,
        at: Instant,
    ) -> Result<(), StoreError> {
        let (staff, body) = (staff.clone(), body.map(str::to_owned));
        self.write_desk(|reply| DeskWrite::Draft { staff, body, at, reply }).await
    }

    async fn draft(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = sqlx::query_scalar("SELECT body FROM draft WHERE staff_id = $1")
            .bind(staff.as_str().to_owned())
            .fetch_optional(&mut reader.conn)
            .await
            .map_err(unreachable)?;
        reader.give_back();
        Ok(found)
    }

    async fn take_seat(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
        take_over: bool,
    ) -> Result<Seat, StoreError> {
        let (staff, desk_id) = (staff.clone(), desk_id.to_owned());
        self.write_desk(|reply| DeskWrite::TakeSeat { staff, desk_id, now, take_over, reply }).await
    }

    async fn still_seated(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let (staff, desk_id) = (staff.clone(), desk_id.to_owned());
        self.write_desk(|reply| DeskWrite::StillSeated { staff, desk_id, now, reply }).await
    }

    async fn seat_of(&self, staff: &StaffId) -> Result<Option<String>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = sqlx::query_scalar("SELECT desk_id FROM desk_seat WHERE staff_id = $1")
            .bind(staff.as_str().to_owned())
            .fetch_optional(&mut reader.conn)
            .await
            .map_err(unreachable)?;
        reader.give_back();
        Ok(found)
    }

    async fn leave_seat(&self, staff: &StaffId, desk_id: &str) -> Result<(), StoreError> {
        let (staff, desk_id) = (staff.clone(), desk_id.to_owned());
        self.write_desk(|reply| DeskWrite::LeaveSeat { staff, desk_id, reply }).await
    }

    async fn take_lease(
        &self,
        case_id: &CaseId,
        staff: &StaffId,
        now: Instant,
        until: Instant,
    ) -> Result<Option<Lease>, StoreError> {
        let case_id = case_id.as_str().to_owned();
        let mine = Lease { staff_id: staff.clone(), until };
        self.write_desk(|reply| DeskWrite::TakeLease { case_id, mine, now, reply }).await
    }

    async fn leave_lease(&self, case_id: &CaseId, staff: &StaffId) -> Result<(), StoreError> {
        let (case_id, staff) = (case_id.as_str().to_owned(), staff.clone());
        self.write_desk(|reply| DeskWrite::LeaveLease { case_id, staff, reply }).await
    }

    async fn queue(
        &self,
        own: Option<&StaffId>,
        _now: Instant,
    ) -> Result<Vec<QueueRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = board::queue(&mut reader.conn, own).await?;
        reader.give_back();
        Ok(found)
    }

    async fn board(&self, from: Instant, until: Instant) -> Result<Board, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = board::board(&mut reader.conn, from, until).await?;
        reader.give_back();
        Ok(found)
    }

    async fn settled_at(
        &self,
        number: &InquiryNumber,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<MerchantId>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = board::settled_at(&mut reader.conn, number, from, until).await?;
        reader.give_back();
        Ok(found)
    }
}
