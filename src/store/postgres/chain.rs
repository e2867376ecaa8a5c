//! STAND-IN: the real one is written elsewhere.
#![allow(missing_docs, clippy::missing_errors_doc)]

use sqlx::postgres::PgConnection;

use super::errors::{constraint, unreachable};
use crate::store::StoreError;
use crate::store::rows::AuditRow;

pub struct Link {
    chain: &'static str,
    links: i64,
    pub seq: i64,
    pub previous_hash: String,
}

pub async fn begin(conn: &mut PgConnection, chain: &'static str) -> Result<Link, StoreError> {
    let head: Option<(i64, String)> =
        sqlx::query_as("SELECT links, hash FROM audit_chain WHERE chain = $1 FOR UPDATE")
            .bind(chain)
            .fetch_optional(&mut *conn)
            .await
            .map_err(unreachable)?;
    let seq = sqlx::query_scalar("SELECT nextval('audit_seq')")
        .fetch_one(conn)
        .await
        .map_err(unreachable)?;
    let (links, previous_hash) = head.unwrap_or_else(|| (0, format!("chain:{chain}")));
    Ok(Link { chain, links, seq, previous_hash })
}

impl Link {
    pub async fn finish(self, conn: &mut PgConnection, row: &AuditRow) -> Result<(), StoreError> {
        let head = if self.links > 0 {
            "UPDATE audit_chain SET links = $2, hash = $3 WHERE chain = $1"
        } else {
            "INSERT INTO audit_chain (chain, links, hash) VALUES ($1, $2, $3)"
        };
        sqlx::query(head)
            .bind(self.chain)
            .bind(self.links + 1)
            .bind(&row.hash)
            .execute(&mut *conn)
            .await
            .map_err(constraint)?;
        sqlx::query("INSERT INTO audit_unsealed (chain) VALUES ($1)")
            .bind(self.chain)
            .execute(&mut *conn)
            .await
            .map_err(constraint)?;
        sqlx::query(
            "INSERT INTO audit_event (seq, at, staff_id, action, subject, case_id, inquiry_number,
                detail, wrote, previous_hash, hash, chain)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(row.seq)
        .bind(row.at)
        .bind(&row.staff_id)
        .bind(&row.action)
        .bind(&row.subject)
        .bind(&row.case_id)
        .bind(&row.inquiry_number)
        .bind(&row.detail)
        .bind(&row.wrote)
        .bind(&row.previous_hash)
        .bind(&row.hash)
        .bind(self.chain)
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(constraint)
    }
}
