//! Readings of shops whose records have none.

use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::{step, unreachable};
use crate::store::changes::Event;
use crate::store::rows::ReadingRow;
use crate::store::{StoreError, UnreadShop};

/// Shops after `after` in the order of their ids whose record has no reading and for which
/// none was made or given.
pub async fn unread(
    conn: &mut SqliteConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<UnreadShop>, StoreError> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.merchant_id, m.name FROM merchant AS m
         WHERE m.merchant_id > $1 AND m.kana = ''
         AND NOT EXISTS (SELECT 1 FROM reading AS r WHERE r.merchant_id = m.merchant_id)
         ORDER BY m.merchant_id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    Ok(found.into_iter().map(|(merchant_id, name)| UnreadShop { merchant_id, name }).collect())
}

/// Writes the readings of those shops that still have none; returns how many.
pub async fn add(
    conn: &mut SqliteConnection,
    readings: &[(String, String)],
    mut event: Event,
) -> Result<u64, StoreError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?;
    let ids: Vec<&str> = readings.iter().map(|(merchant_id, _)| merchant_id.as_str()).collect();
    // Two imports at once read the same names.
    let known: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT merchant_id FROM reading
         WHERE merchant_id IN (SELECT value FROM json_each($1))",
    )
    .bind(json!(ids).to_string())
    .fetch_all(&mut *tx)
    .await
    .map_err(unreachable)?;
    let known: std::collections::HashSet<String> = known.into_iter().collect();
    let new = readings.iter().filter(|(merchant_id, _)| !known.contains(merchant_id));
    let new: Vec<&(String, String)> = new.collect();
    let count = new.len();
    if count == 0 {
        tx.rollback().await.map_err(unreachable)?;
        return Ok(0);
    }
    event.detail["readings"] = json!(count);
    let rows = |audit_seq| {
        let row = |(merchant_id, kana): &(String, String)| ReadingRow {
            audit_seq,
            merchant_id: merchant_id.clone(),
            source: ReadingRow::DICTIONARY.to_owned(),
            kana: kana.clone(),
        };
        new.into_iter().map(row).collect()
    };
    step::write(&mut tx, &event, rows).await?;
    tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}
