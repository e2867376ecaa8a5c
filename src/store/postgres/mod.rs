//! The store on PostgreSQL 15 or later: one schema, many desks.

use crate::store::StoreError;

pub mod begin;
pub mod chain;
pub mod extend;
pub mod readings;
pub mod seal;
pub mod step;
pub mod verify;

/// The schema's advisory locks (`lock_key` of the migrations).
pub const LOCK_RECORDS: i64 = 1;
/// Held by whoever imports, extends or adds readings.
pub const LOCK_BULK: i64 = 2;
/// Held by whoever seals.
pub const LOCK_SEAL: i64 = 3;

// STAND-IN from here on, until the real mod.rs and errors.rs are there.

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err everywhere")]
fn unreachable(error: sqlx::Error) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

/// An error on writing: a constraint's refusal is told from an engine that failed.
fn constraint(error: sqlx::Error) -> StoreError {
    let refused = sqlstate(&error).is_some_and(|code| code.starts_with("23"));
    if refused { StoreError::Constraint(error.to_string()) } else { unreachable(error) }
}

/// Whether another got there first, so that reading and writing again may do: a serialization
/// failure, a deadlock, a key that is taken.
fn lost_a_race(error: &sqlx::Error) -> bool {
    sqlstate(error).is_some_and(|code| matches!(&*code, "40001" | "40P01" | "23505"))
}

fn sqlstate(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
}

/// Takes one of the schema's advisory locks until the end of the transaction.
async fn lock(tx: &mut sqlx::postgres::PgConnection, what: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(lock_key($1))")
        .bind(what)
        .execute(tx)
        .await
        .map(|_| ())
}
