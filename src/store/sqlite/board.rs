//! The lists that screens are drawn from, on SQLite.

use std::sync::LazyLock;

use sqlx::sqlite::SqliteConnection;

use super::unreachable;
use crate::domain::ids::MerchantId;
use crate::domain::number::InquiryNumber;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::board::{BOARD, SETTLED_AT, board_binds, queue_row, queue_sql};
use crate::store::desks::{Board, QueueRow};

static QUEUE: LazyLock<String> = LazyLock::new(|| queue_sql("l.until"));

/// Every live case, oldest first; only one person's, where one is named.
pub async fn queue(
    conn: &mut SqliteConnection,
    own: Option<&StaffId>,
) -> Result<Vec<QueueRow>, StoreError> {
    let (sql, own): (&'static str, _) = (&QUEUE, own.map(|own| own.as_str().to_owned()));
    let rows = sqlx::query(sql).bind(own).fetch_all(conn).await.map_err(unreachable)?;
    rows.iter().map(queue_row).collect()
}

/// How a day stands.
pub async fn board(
    conn: &mut SqliteConnection,
    from: Instant,
    until: Instant,
) -> Result<Board, StoreError> {
    let (times, days, merchants) = board_binds(from, until);
    let query = times.into_iter().fold(sqlx::query(BOARD), |query, time| query.bind(time));
    let query = days.into_iter().fold(query, |query, day| query.bind(day)).bind(merchants);
    let rows = query.fetch_all(conn).await.map_err(unreachable)?;
    crate::store::board::board(&rows)
}

/// The merchants where a coupon was settled in an interval.
pub async fn settled_at(
    conn: &mut SqliteConnection,
    number: &InquiryNumber,
    from: Instant,
    until: Instant,
) -> Result<Vec<MerchantId>, StoreError> {
    let rows = sqlx::query(SETTLED_AT)
        .bind(number.as_str().to_owned())
        .bind(from.micros())
        .bind(until.micros())
        .fetch_all(conn)
        .await
        .map_err(unreachable)?;
    crate::store::board::settled_at(number, &rows)
}
