//! Class A: extending many coupons in bounded steps, so that no desk waits long and the
//! WAL stays small.

use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::writer::write_event;
use super::{constraint, unreachable};
use crate::records::Digest;
use crate::store::changes::{Event, seal_event};
use crate::store::rows::{ExtensionRow, Row};
use crate::store::{ExtendStep, Extended, StoreError};

/// Extends the coupons of one step that qualify and are not extended yet.
pub async fn step(
    conn: &mut SqliteConnection,
    step: &ExtendStep,
    mut event: Event,
) -> Result<Extended, StoreError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?;
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(rowid), 0) FROM coupon")
        .fetch_one(&mut *tx)
        .await
        .map_err(unreachable)?;
    let until = step.after.saturating_add(step.span);
    let prefectures = step.prefectures.clone().unwrap_or_else(|| (1..=47).collect());
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT inquiry_number, expires_on FROM coupon
         WHERE rowid > $1 AND rowid <= $2 AND balance >= 1
         AND printed_expires_on IN (SELECT value FROM json_each($3))
         AND prefecture IN (SELECT value FROM json_each($4)) ORDER BY rowid",
    )
    .bind(step.after)
    .bind(until)
    .bind(json!(step.printed).to_string())
    .bind(json!(prefectures).to_string())
    .fetch_all(&mut *tx)
    .await
    .map_err(unreachable)?;
    let eligible = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let due: Vec<(String, String)> =
        found.into_iter().filter(|(_, expires_on)| *expires_on < step.to_on).collect();
    let extended = i64::try_from(due.len()).unwrap_or(i64::MAX);
    if extended > 0 && !step.dry_run {
        let (seq, hash): (i64, String) = sqlx::query_as("SELECT seq, hash FROM audit_head")
            .fetch_one(&mut *tx)
            .await
            .map_err(unreachable)?;
        let mut digest = Digest::default();
        let rows: Vec<ExtensionRow> = due
            .into_iter()
            .map(|(inquiry_number, from_on)| ExtensionRow {
                inquiry_number,
                audit_seq: seq + 1,
                from_on,
                to_on: step.to_on.clone(),
                case_id: None,
                at: event.at.micros(),
            })
            .inspect(|row| digest.add(&row.row_hash()))
            .collect();
        event.detail = json!({"extended": extended, "to": step.to_on});
        // One event for the step: it vouches for all its rows by the sum of their hashes.
        let wrote = [["extension".to_owned(), format!("{extended} rows"), digest.hex()]];
        let event = seal_event(&event, &wrote, seq + 1, &hash);
        sqlx::query(
            "INSERT INTO extension (inquiry_number, audit_seq, from_on, to_on, case_id, at)
             SELECT value ->> '$.inquiry_number', value ->> '$.audit_seq', value ->> '$.from_on',
                value ->> '$.to_on', NULL, value ->> '$.at' FROM json_each($1)",
        )
        .bind(json!(rows).to_string())
        .execute(&mut *tx)
        .await
        .map_err(constraint)?;
        write_event(&mut tx, &event).await?;
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
    } else {
        tx.rollback().await.map_err(unreachable)?;
    }
    Ok(Extended {
        eligible,
        extended,
        already: eligible - extended,
        next: (until < last).then_some(until),
    })
}
