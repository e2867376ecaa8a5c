//! The first event.

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::writer::write_event;
use super::{constraint, unreachable};
use crate::store::StoreError;
use crate::store::changes::{Event, first_event};
use crate::store::rows::{MetaRow, StaffRow};

/// Writes what the database says of itself, its first admin and the first event.
pub async fn begin(
    conn: &mut SqliteConnection,
    meta: Vec<MetaRow>,
    mut admin: StaffRow,
    event: Event,
) -> Result<(), StoreError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?;
    let event = first_event(&meta, &mut admin, &event, 1, "");
    for row in &meta {
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
    write_event(&mut tx, &event).await?;
    tx.commit().await.map_err(unreachable)
}
