//! Reading what decisions need: one call for a whole batch.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::sql::{LOAD, LOAD_RECORDS};
use super::unreachable;
use crate::store::StoreError;
use crate::store::parts::{All, Read};
use crate::store::snapshot::{Need, Snapshot};

/// What a batch of needs came to, and the head of the chain they were read under.
pub struct Loaded {
    pub snapshots: Vec<Snapshot>,
    pub head_seq: i64,
    pub head_hash: String,
}

/// Reads the rows for all `needs`, in their order.
pub async fn load(conn: &mut SqliteConnection, needs: &[Need]) -> Result<Loaded, StoreError> {
    let asked = serde_json::to_string(needs).map_err(|e| StoreError::Constraint(e.to_string()))?;
    let sql: &'static str =
        if needs.iter().all(|need| need.records_only) { &LOAD_RECORDS } else { &LOAD };
    let rows = sqlx::query(sql).bind(asked).fetch_all(conn).await.map_err(unreachable)?;
    let mut all = All::of(needs.len());
    for row in rows {
        let part: &str = row.try_get(0).map_err(unreachable)?;
        let body: &str = row.try_get(1).map_err(unreachable)?;
        all.take(part, body)?;
    }
    let Read { snapshots, head: (head_seq, head_hash), .. } = all.finish()?;
    Ok(Loaded { snapshots, head_seq, head_hash })
}

/// The head of the audit trail.
pub async fn head(conn: &mut SqliteConnection) -> Result<(i64, String), StoreError> {
    sqlx::query_as("SELECT seq, hash FROM audit_head").fetch_one(conn).await.map_err(unreachable)
}
