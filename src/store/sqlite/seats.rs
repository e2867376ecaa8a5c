//! Drafts, seats and leases, written by the writer between two batches: all that have come
//! in meanwhile in one transaction, each answered after its commit.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Sqlite, Transaction};
use tokio::sync::oneshot;

use super::{constraint, unreachable};
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::board::lease;
use crate::store::desks::{Lease, SEAT_KEPT_MINUTES, Seat};

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What is asked for.
pub enum DeskWrite {
    /// Replaces a draft, or deletes it.
    Draft { staff: StaffId, body: Option<String>, at: Instant, reply: Reply<()> },
    /// Sits somebody down.
    TakeSeat { staff: StaffId, desk_id: String, now: Instant, take_over: bool, reply: Reply<Seat> },
    /// Hears of a desk.
    StillSeated { staff: StaffId, desk_id: String, now: Instant, reply: Reply<bool> },
    /// Leaves a seat.
    LeaveSeat { staff: StaffId, desk_id: String, reply: Reply<()> },
    /// Takes a case to look at.
    TakeLease { case_id: String, mine: Lease, now: Instant, reply: Reply<Option<Lease>> },
    /// Lets go of a case.
    LeaveLease { case_id: String, staff: StaffId, reply: Reply<()> },
}

/// Answers, once it is known how the commit went.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Carries all of `writes` out and answers them. Whether anything was committed.
pub async fn write(conn: &mut SqliteConnection, writes: Vec<DeskWrite>) -> bool {
    let mut tx = match conn.begin_with("BEGIN IMMEDIATE").await {
        Ok(tx) => tx,
        Err(error) => {
            let error = unreachable(error);
            for write in writes {
                write.fail(error.clone());
            }
            return false;
        }
    };
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        // A statement that fails takes only itself back.
        answers.push(write.carry_out(&mut tx).await);
    }
    let committed =
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()));
    for answer in answers {
        answer(committed.as_ref().copied().map_err(Clone::clone));
    }
    committed.is_ok()
}

fn answer<T: Send + 'static>(reply: Reply<T>, done: Result<T, StoreError>) -> Answer {
    Box::new(move |committed| {
        let _ = reply.send(committed.and(done));
    })
}

impl DeskWrite {
    async fn carry_out(self, tx: &mut Transaction<'_, Sqlite>) -> Answer {
        match self {
            Self::Draft { staff, body, at, reply } => {
                answer(reply, draft(tx, &staff, body, at).await)
            }
            Self::TakeSeat { staff, desk_id, now, take_over, reply } => {
                answer(reply, take_seat(tx, &staff, desk_id, now, take_over).await)
            }
            Self::StillSeated { staff, desk_id, now, reply } => {
                answer(reply, still_seated(tx, &staff, desk_id, now).await)
            }
            Self::LeaveSeat { staff, desk_id, reply } => {
                let sql = "DELETE FROM desk_seat WHERE staff_id = $1 AND desk_id = $2";
                answer(reply, delete(tx, sql, staff.as_str(), &desk_id).await)
            }
            Self::TakeLease { case_id, mine, now, reply } => {
                answer(reply, take_lease(tx, case_id, mine, now).await)
            }
            Self::LeaveLease { case_id, staff, reply } => {
                let sql = "DELETE FROM lease WHERE case_id = $1 AND staff_id = $2";
                answer(reply, delete(tx, sql, &case_id, staff.as_str()).await)
            }
        }
    }

    fn fail(self, error: StoreError) {
        match self {
            Self::Draft { reply, .. }
            | Self::LeaveSeat { reply, .. }
            | Self::LeaveLease { reply, .. } => answer(reply, Ok(()))(Err(error)),
            Self::TakeSeat { reply, .. } => answer(reply, Ok(Seat::Yours))(Err(error)),
            Self::StillSeated { reply, .. } => answer(reply, Ok(false))(Err(error)),
            Self::TakeLease { reply, .. } => answer(reply, Ok(None))(Err(error)),
        }
    }
}

async fn draft(
    conn: &mut SqliteConnection,
    staff: &StaffId,
    body: Option<String>,
    at: Instant,
) -> Result<(), StoreError> {
    let query = match body {
        Some(body) => sqlx::query(
            "INSERT INTO draft (staff_id, body, at) VALUES ($1, $2, $3)
             ON CONFLICT (staff_id) DO UPDATE SET body = excluded.body, at = excluded.at",
        )
        .bind(staff.as_str().to_owned())
        .bind(body)
        .bind(at.micros()),
        None => {
            sqlx::query("DELETE FROM draft WHERE staff_id = $1").bind(staff.as_str().to_owned())
        }
    };
    query.execute(conn).await.map(|_| ()).map_err(constraint)
}

async fn take_seat(
    conn: &mut SqliteConnection,
    staff: &StaffId,
    desk_id: String,
    now: Instant,
    take_over: bool,
) -> Result<Seat, StoreError> {
    let seat: Option<(String, i64, i64)> =
        sqlx::query_as("SELECT desk_id, since, seen_at FROM desk_seat WHERE staff_id = $1")
            .bind(staff.as_str().to_owned())
            .fetch_optional(&mut *conn)
            .await
            .map_err(unreachable)?;
    let kept = seat.map(|(desk, since, seen_at)| {
        (desk, Instant::from_micros(since), Instant::from_micros(seen_at))
    });
    let kept = kept.filter(|(_, _, seen_at)| seen_at.plus_minutes(SEAT_KEPT_MINUTES) > now);
    let since = match kept {
        Some((desk, since, _)) if desk == desk_id => since,
        Some((desk_id, since, seen_at)) if !take_over => {
            return Ok(Seat::Taken { desk_id, since, seen_at });
        }
        _ => now,
    };
    sqlx::query(
        "INSERT INTO desk_seat (staff_id, desk_id, since, seen_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (staff_id) DO UPDATE
         SET desk_id = excluded.desk_id, since = excluded.since, seen_at = excluded.seen_at",
    )
    .bind(staff.as_str().to_owned())
    .bind(desk_id)
    .bind(since.micros())
    .bind(now.micros())
    .execute(conn)
    .await
    .map_err(constraint)?;
    Ok(Seat::Yours)
}

async fn still_seated(
    conn: &mut SqliteConnection,
    staff: &StaffId,
    desk_id: String,
    now: Instant,
) -> Result<bool, StoreError> {
    let renewed =
        sqlx::query("UPDATE desk_seat SET seen_at = $3 WHERE staff_id = $1 AND desk_id = $2")
            .bind(staff.as_str().to_owned())
            .bind(desk_id)
            .bind(now.micros())
            .execute(conn)
            .await
            .map_err(constraint)?;
    Ok(renewed.rows_affected() == 1)
}

async fn take_lease(
    conn: &mut SqliteConnection,
    case_id: String,
    mine: Lease,
    now: Instant,
) -> Result<Option<Lease>, StoreError> {
    let held: Option<(String, i64)> =
        sqlx::query_as("SELECT staff_id, until FROM lease WHERE case_id = $1")
            .bind(case_id.clone())
            .fetch_optional(&mut *conn)
            .await
            .map_err(unreachable)?;
    if let Some((staff_id, until)) = held {
        let lease = lease(&case_id, &staff_id, until)?;
        if lease.staff_id != mine.staff_id && lease.until > now {
            return Ok(Some(lease));
        }
    }
    sqlx::query(
        "INSERT INTO lease (case_id, staff_id, until) VALUES ($1, $2, $3)
         ON CONFLICT (case_id) DO UPDATE
         SET staff_id = excluded.staff_id, until = excluded.until",
    )
    .bind(case_id)
    .bind(mine.staff_id.as_str().to_owned())
    .bind(mine.until.micros())
    .execute(conn)
    .await
    .map_err(constraint)?;
    Ok(None)
}

async fn delete(
    conn: &mut SqliteConnection,
    sql: &'static str,
    key: &str,
    whose: &str,
) -> Result<(), StoreError> {
    sqlx::query(sql)
        .bind(key.to_owned())
        .bind(whose.to_owned())
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(constraint)
}
