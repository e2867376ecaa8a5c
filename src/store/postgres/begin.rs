//! The first event.

use sqlx::postgres::PgConnection;

use super::{chain, constraint};
use crate::store::StoreError;
use crate::store::changes::{Event, first_event};
use crate::store::rows::{MetaRow, StaffRow};

/// Writes what the database says of itself, its first admin and the first event. Call it
/// within a transaction, at best the one that makes the schema: all of it is there or none.
///
/// # Errors
/// What the engine answers.
pub async fn begin(
    tx: &mut PgConnection,
    meta: &[MetaRow],
    mut admin: StaffRow,
    event: &Event,
) -> Result<(), StoreError> {
    let link = chain::next(tx, chain::RECORDS).await.map_err(constraint)?;
    let event = first_event(meta, &mut admin, event, link.seq, &link.previous_hash);
    for row in meta {
        sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2)")
            .bind(row.name.clone())
            .bind(row.value.clone())
            .execute(&mut *tx)
            .await
            .map_err(constraint)?;
    }
    sqlx::query(
        "INSERT INTO staff (staff_id, name, role, password_hash, disabled, audit_seq)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(admin.staff_id.clone())
    .bind(admin.name.expose().to_owned())
    .bind(admin.role.clone())
    .bind(admin.password_hash.expose().to_owned())
    .bind(admin.disabled)
    .bind(admin.audit_seq)
    .execute(&mut *tx)
    .await
    .map_err(constraint)?;
    chain::append(tx, link, &event).await.map_err(constraint)
}
