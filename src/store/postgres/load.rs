//! Reading what decisions need: one call for a whole batch.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::errors::unreachable;
use super::sql::{self, Groups};
use crate::store::StoreError;
use crate::store::parts::{All, Read};
use crate::store::snapshot::Need;

/// Reads the rows for all `needs`, in their order, draws `numbers` numbers for events, and
/// reads the chains of the audit trail that are named beside those of the needs.
pub async fn load(
    conn: &mut PgConnection,
    needs: &[Need],
    numbers: usize,
    chains: &[String],
) -> Result<Read, StoreError> {
    let asked = |what: serde_json::Result<String>| {
        what.map_err(|error| StoreError::Constraint(error.to_string()))
    };
    let rows = sqlx::query(sql::load(Groups::of(needs)))
        .bind(asked(serde_json::to_string(needs))?)
        .bind(i64::try_from(numbers).unwrap_or(0))
        .bind(asked(serde_json::to_string(chains))?)
        .fetch_all(conn)
        .await
        .map_err(unreachable)?;
    let mut all = All::of(needs.len());
    for row in rows {
        let part: &str = row.try_get(0).map_err(unreachable)?;
        let body: &str = row.try_get(1).map_err(unreachable)?;
        all.take(part, body)?;
    }
    all.finish()
}
