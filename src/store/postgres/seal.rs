//! Sealing: the last links of all chains that grew are written down together, each seal over
//! the hash of the one before. So the chains, which know nothing of each other, are tied into
//! one, and no chain can be cut or taken away.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{LOCK_SEAL, constraint, unreachable};
use crate::domain::evidence::FieldHasher;
use crate::domain::time::Instant;
use crate::store::StoreError;

/// How many marks of grown chains one seal takes at most.
const MARKS: i64 = 5000;

/// What a seal says of a chain: its name, how many links it had, and the last one's hash.
pub(super) type Head = (String, i64, String);

/// The hash of a seal. `heads`: as they are stored, JSON.
#[must_use]
pub fn seal_hash(seal_no: i64, at: i64, heads: &str, previous_hash: &str) -> String {
    let mut hasher = FieldHasher::new();
    hasher.number(seal_no).number(at).text(heads).text(previous_hash);
    hasher.finish_hex()
}

/// Seals chains that have grown. Whether there is more to do: seal again at once. Where
/// somebody else is sealing it does nothing, and the answer is false: what they leave is
/// theirs, or the next seal's, to take.
///
/// # Errors
/// What the engine answers. Nothing is lost by it: the marks are taken away by the seal that
/// covers them or not at all.
pub async fn seal(conn: &mut PgConnection, at: Instant) -> Result<bool, StoreError> {
    let mut tx = conn.begin().await.map_err(unreachable)?;
    let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(lock_key($1))")
        .bind(LOCK_SEAL)
        .fetch_one(&mut *tx)
        .await
        .map_err(unreachable)?;
    if !mine {
        tx.rollback().await.map_err(unreachable)?;
        return Ok(false);
    }
    let more = write(&mut tx, at).await.map_err(constraint)?;
    tx.commit().await.map_err(unreachable)?;
    Ok(more)
}

async fn write(tx: &mut PgConnection, at: Instant) -> Result<bool, sqlx::Error> {
    let marks: Vec<String> = sqlx::query_scalar(
        "DELETE FROM audit_unsealed WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM audit_unsealed LIMIT $1)) RETURNING chain",
    )
    .bind(MARKS)
    .fetch_all(&mut *tx)
    .await?;
    let more = i64::try_from(marks.len()).unwrap_or(i64::MAX) >= MARKS;
    // Read after the marks: what they stand for is there, and what came in between is marked
    // once more, so that it is sealed twice rather than not at all.
    let heads: Vec<Head> = sqlx::query_as(
        "SELECT chain, links, hash FROM audit_chain WHERE chain = ANY ($1) ORDER BY chain",
    )
    .bind(marks)
    .fetch_all(&mut *tx)
    .await?;
    if heads.is_empty() {
        return Ok(more);
    }
    let (last, previous_hash): (i64, String) =
        sqlx::query_as("SELECT seq, hash FROM audit_head").fetch_one(&mut *tx).await?;
    let (seal_no, at) = (last + 1, at.micros());
    // A list of strings and numbers always serialises.
    let heads = serde_json::to_string(&heads).unwrap_or_default();
    let hash = seal_hash(seal_no, at, &heads, &previous_hash);
    sqlx::query(
        "WITH seal AS (INSERT INTO audit_seal (seal_no, at, heads, previous_hash, hash)
            VALUES ($1, $2, $3, $4, $5))
         UPDATE audit_head SET seq = $1, hash = $5",
    )
    .bind(seal_no)
    .bind(at)
    .bind(heads)
    .bind(previous_hash)
    .bind(hash)
    .execute(tx)
    .await?;
    Ok(more)
}
