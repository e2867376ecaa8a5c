//! Many rows of one kind written with one event, which vouches for all of them by the sum of
//! their hashes.

use serde_json::json;
use sqlx::sqlite::SqliteConnection;

use super::writer::write_event;
use super::{constraint, unreachable};
use crate::store::StoreError;
use crate::store::changes::{Event, STEPS, seal_event, step_note};
use crate::store::rows::Row;

/// Writes the rows that `rows` makes of the event's number, and the event. Call it within a
/// transaction that began by writing.
pub async fn write<R: Row>(
    tx: &mut SqliteConnection,
    event: &Event,
    rows: impl FnOnce(i64) -> Vec<R>,
) -> Result<(), StoreError> {
    debug_assert!(STEPS.contains(&event.action));
    let (seq, hash): (i64, String) = sqlx::query_as("SELECT seq, hash FROM audit_head")
        .fetch_one(&mut *tx)
        .await
        .map_err(unreachable)?;
    let rows = rows(seq + 1);
    let event = seal_event(event, &[step_note(&rows)], seq + 1, &hash);
    let values: Vec<String> =
        R::COLUMNS.iter().map(|column| format!("value ->> '$.{column}'")).collect();
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM json_each($1)",
        R::TABLE,
        R::COLUMNS.join(", "),
        values.join(", ")
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(json!(rows).to_string())
        .execute(&mut *tx)
        .await
        .map_err(constraint)?;
    write_event(tx, &event).await
}
