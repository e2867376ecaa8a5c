//! Class A: extending many coupons in bounded steps, so that no desk waits long and the
//! WAL stays small.

use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::unreachable;
use crate::store::changes::Event;
use crate::store::rows::ExtensionRow;
use crate::store::{ExtendStep, Extended, StoreError};

/// Extends the coupons of one step that qualify and are not extended yet.
pub async fn step(
    conn: &mut SqliteConnection,
    step: &ExtendStep,
    mut event: Event,
) -> Result<Extended, StoreError> {
    let after = place(&step.after)?;
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?;
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(rowid), 0) FROM coupon")
        .fetch_one(&mut *tx)
        .await
        .map_err(unreachable)?;
    let until = after.saturating_add(step.span);
    let prefectures = step.prefectures.clone().unwrap_or_else(|| (1..=47).collect());
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT inquiry_number, expires_on FROM coupon
         WHERE rowid > $1 AND rowid <= $2 AND balance >= 1
         AND printed_expires_on IN (SELECT value FROM json_each($3))
         AND prefecture IN (SELECT value FROM json_each($4)) ORDER BY rowid",
    )
    .bind(after)
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
        event.detail = json!({"extended": extended, "to": step.to_on});
        let at = event.at.micros();
        let rows = |audit_seq| {
            let row = |(inquiry_number, from_on)| ExtensionRow {
                inquiry_number,
                audit_seq,
                from_on,
                to_on: step.to_on.clone(),
                case_id: None,
                at,
            };
            due.into_iter().map(row).collect()
        };
        super::step::write(&mut tx, &event, rows).await?;
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
    } else {
        tx.rollback().await.map_err(unreachable)?;
    }
    Ok(Extended {
        eligible,
        extended,
        already: eligible - extended,
        next: (until < last).then(|| until.to_string()),
    })
}

/// A place among the coupons: its row's number in the table.
fn place(after: &str) -> Result<i64, StoreError> {
    if after.is_empty() {
        return Ok(0);
    }
    after
        .parse()
        .map_err(|_| StoreError::Constraint(format!("{after} is no place of this store's")))
}
