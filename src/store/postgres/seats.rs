//! Drafts, seats and leases: each one statement. Nothing of it is in the audit trail.

use sqlx::postgres::PgConnection;

use super::board::LEFT;
use super::errors::{constraint, unreachable};
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::board::lease;
use crate::store::desks::{Lease, SEAT_KEPT_MINUTES, Seat};

/// Replaces a draft, or deletes it.
pub async fn keep_draft(
    conn: &mut PgConnection,
    staff: &StaffId,
    body: Option<&str>,
    at: Instant,
) -> Result<(), StoreError> {
    let query = match body {
        Some(body) => sqlx::query(
            "INSERT INTO draft (staff_id, body, at) VALUES ($1, $2, $3)
             ON CONFLICT (staff_id) DO UPDATE SET body = excluded.body, at = excluded.at",
        )
        .bind(staff.as_str())
        .bind(body)
        .bind(at.micros()),
        None => sqlx::query("DELETE FROM draft WHERE staff_id = $1").bind(staff.as_str()),
    };
    query.execute(conn).await.map(|_| ()).map_err(constraint)
}

/// Sits a person down, unless they sit elsewhere and were heard of lately.
pub async fn take_seat(
    conn: &mut PgConnection,
    staff: &StaffId,
    desk_id: &str,
    now: Instant,
    take_over: bool,
) -> Result<Seat, StoreError> {
    let stale = now.plus_minutes(-SEAT_KEPT_MINUTES);
    // One statement, so that of two desks that ask at once one is told of the other.
    let seated = sqlx::query(
        "INSERT INTO desk_seat AS s (staff_id, desk_id, since, seen_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (staff_id) DO UPDATE SET
             since = CASE WHEN s.desk_id = $2 AND s.seen_at > $4 THEN s.since ELSE $3 END,
             desk_id = $2, seen_at = $3
         WHERE s.desk_id = $2 OR s.seen_at <= $4 OR $5",
    )
    .bind(staff.as_str())
    .bind(desk_id)
    .bind(now.micros())
    .bind(stale.micros())
    .bind(take_over)
    .execute(&mut *conn)
    .await
    .map_err(constraint)?;
    if seated.rows_affected() == 1 {
        return Ok(Seat::Yours);
    }
    let seat: Option<(String, i64, i64)> =
        sqlx::query_as("SELECT desk_id, since, seen_at FROM desk_seat WHERE staff_id = $1")
            .bind(staff.as_str())
            .fetch_optional(conn)
            .await
            .map_err(unreachable)?;
    let (desk_id, since, seen_at) =
        seat.ok_or_else(|| StoreError::Unreachable("the seat was left just now".to_owned()))?;
    let (since, seen_at) = (Instant::from_micros(since), Instant::from_micros(seen_at));
    Ok(Seat::Taken { desk_id, since, seen_at })
}

/// Hears of a desk; whether the person still sits there.
pub async fn still_seated(
    conn: &mut PgConnection,
    staff: &StaffId,
    desk_id: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    sqlx::query("UPDATE desk_seat SET seen_at = $3 WHERE staff_id = $1 AND desk_id = $2")
        .bind(staff.as_str())
        .bind(desk_id)
        .bind(now.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected() == 1)
        .map_err(constraint)
}

/// Leaves a seat, where it is still this desk's.
pub async fn leave_seat(
    conn: &mut PgConnection,
    staff: &StaffId,
    desk_id: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM desk_seat WHERE staff_id = $1 AND desk_id = $2";
    delete(conn, sql, staff.as_str(), desk_id).await
}

/// Takes a case to look at for the time from `now` until `until`, counted by the server's
/// clock; or tells who has it, by the clock that says `now`.
pub async fn take_lease(
    conn: &mut PgConnection,
    case_id: &str,
    staff: &StaffId,
    now: Instant,
    until: Instant,
) -> Result<Option<Lease>, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO lease AS l (case_id, staff_id, until)
         VALUES ($1, $2, clock_timestamp() + $3 * INTERVAL '1 microsecond')
         ON CONFLICT (case_id) DO UPDATE SET staff_id = excluded.staff_id, until = excluded.until
         WHERE l.staff_id = excluded.staff_id OR l.until <= clock_timestamp()",
    )
    .bind(case_id)
    .bind(staff.as_str())
    .bind(until.micros().saturating_sub(now.micros()))
    .execute(&mut *conn)
    .await
    .map_err(constraint)?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    let sql = format!("SELECT l.staff_id, {LEFT} FROM lease AS l WHERE l.case_id = $1");
    let held: Option<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(case_id)
        .bind(now.micros())
        .fetch_optional(conn)
        .await
        .map_err(unreachable)?;
    held.map(|(staff_id, until)| lease(case_id, &staff_id, until)).transpose()
}

/// Lets go of a case, where it is still theirs.
pub async fn leave_lease(
    conn: &mut PgConnection,
    case_id: &str,
    staff: &StaffId,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM lease WHERE case_id = $1 AND staff_id = $2";
    delete(conn, sql, case_id, staff.as_str()).await
}

/// One text about a person: their draft, or the desk they sit at.
pub async fn of_person(
    conn: &mut PgConnection,
    sql: &'static str,
    staff: &StaffId,
) -> Result<Option<String>, StoreError> {
    sqlx::query_scalar(sql).bind(staff.as_str()).fetch_optional(conn).await.map_err(unreachable)
}

async fn delete(
    conn: &mut PgConnection,
    sql: &'static str,
    key: &str,
    whose: &str,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql).bind(key).bind(whose);
    query.execute(conn).await.map(|_| ()).map_err(constraint)
}

/// How far this machine's clock is ahead of the server's, microseconds.
pub async fn clock_ahead(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let asked = Instant::from(chrono::Utc::now()).micros();
    let server: i64 =
        sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT")
            .fetch_one(conn)
            .await
            .map_err(unreachable)?;
    let answered = Instant::from(chrono::Utc::now()).micros();
    // The server read its clock some time in between.
    Ok(i64::midpoint(asked, answered) - server)
}
