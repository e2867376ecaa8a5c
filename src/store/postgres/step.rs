//! Many rows of one kind written with one event, which vouches for all of them by the sum of
//! their hashes.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::chain::{self, Link};
use crate::store::changes::{Event, STEPS, step_note};
use crate::store::rows::Row;

/// Writes the rows, which carry the number of `link`, and the event.
///
/// # Errors
/// What the engine answers.
pub async fn write<R: Row>(
    tx: &mut PgConnection,
    link: Link,
    event: &Event,
    rows: &[R],
) -> Result<(), sqlx::Error> {
    debug_assert!(STEPS.contains(&event.action));
    let (table, columns) = (R::TABLE, R::COLUMNS.join(", "));
    let sql = format!(
        "INSERT INTO {table} ({columns})
         SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::JSONB)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(json!(rows).to_string()).execute(&mut *tx).await?;
    chain::write(tx, link, event, &[step_note(rows)]).await.map(|_| ())
}
