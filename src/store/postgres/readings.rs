//! Readings of shops whose records have none.

use std::collections::HashSet;

use serde_json::json;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{LOCK_BULK, chain, constraint, step, unreachable};
use crate::store::changes::Event;
use crate::store::rows::ReadingRow;
use crate::store::{ShopsStamp, StoreError, UnreadShop};

/// Shops after `after` in the order of their ids whose record has no reading and for which
/// none was made or given.
///
/// # Errors
/// What the engine answers.
pub async fn unread(
    conn: &mut PgConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<UnreadShop>, StoreError> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.merchant_id, m.name FROM merchant AS m
         WHERE m.merchant_id > $1 AND m.kana = ''
         AND NOT EXISTS (SELECT 1 FROM reading AS r WHERE r.merchant_id = m.merchant_id)
         ORDER BY m.merchant_id LIMIT $2",
    )
    .bind(after.to_owned())
    .bind(limit)
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    Ok(found.into_iter().map(|(merchant_id, name)| UnreadShop { merchant_id, name }).collect())
}

/// Moves whenever a shop or a reading is added. It is asked for often, so nothing is counted:
/// an import says how many shops it brought, and of the readings the last ones tell. Those of
/// two supervisors may come in against the order of their numbers, so it takes more than one.
///
/// # Errors
/// What the engine answers.
pub async fn shops_stamp(conn: &mut PgConnection) -> Result<ShopsStamp, StoreError> {
    let (shops, readings) = sqlx::query_as(
        "SELECT (SELECT coalesce(sum(row_count), 0)::BIGINT FROM import WHERE kind = 'merchants'),
                (SELECT coalesce(sum(audit_seq), 0)::BIGINT FROM
                    (SELECT audit_seq FROM reading ORDER BY audit_seq DESC LIMIT 100) AS last)",
    )
    .fetch_one(conn)
    .await
    .map_err(unreachable)?;
    Ok(ShopsStamp { shops, readings })
}

/// Writes the readings of those shops that still have none; returns how many.
///
/// # Errors
/// What the engine answers; [`StoreError::OutcomeUnknown`] where it does not.
pub async fn add(
    conn: &mut PgConnection,
    readings: &[(String, String)],
    event: Event,
) -> Result<u64, StoreError> {
    let mut tx = conn.begin().await.map_err(unreachable)?;
    let count = write(&mut tx, readings, event).await.map_err(constraint)?;
    if count == 0 {
        tx.rollback().await.map_err(unreachable)?;
    } else {
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
    }
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

async fn write(
    tx: &mut PgConnection,
    readings: &[(String, String)],
    mut event: Event,
) -> Result<usize, sqlx::Error> {
    // Two imports at once read the same names: the second one sees what the first one made.
    super::lock(tx, LOCK_BULK).await?;
    let ids: Vec<String> = readings.iter().map(|(merchant_id, _)| merchant_id.clone()).collect();
    let known: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT merchant_id FROM reading WHERE merchant_id = ANY ($1)")
            .bind(ids)
            .fetch_all(&mut *tx)
            .await?;
    let known: HashSet<String> = known.into_iter().collect();
    let new = readings.iter().filter(|(merchant_id, _)| !known.contains(merchant_id));
    let new: Vec<&(String, String)> = new.collect();
    if new.is_empty() {
        return Ok(0);
    }
    event.detail["readings"] = json!(new.len());
    let link = chain::next(tx, chain::RECORDS).await?;
    let row = |(merchant_id, kana): &(String, String)| ReadingRow {
        audit_seq: link.seq,
        merchant_id: merchant_id.clone(),
        source: ReadingRow::DICTIONARY.to_owned(),
        kana: kana.clone(),
    };
    let rows: Vec<ReadingRow> = new.iter().map(|reading| row(reading)).collect();
    step::write(tx, link, &event, &rows).await?;
    Ok(rows.len())
}
