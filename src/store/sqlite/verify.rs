//! The chain of this file's events, for `audit verify`: one, whose numbers have no gap.

use std::future::Future;

use futures_util::TryStreamExt as _;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::sql::json_of;
use super::unreachable;
use crate::store::rows::{AuditRow, Row as _};
use crate::store::verify::{Books, Cells as _, Noted, Stop, parse, walk, wrong, wrote_of};
use crate::store::{AuditReport, StoreError};

/// Walks the whole database in one reading transaction.
pub async fn verify(conn: &mut SqliteConnection) -> Result<AuditReport, StoreError> {
    let mut tx = conn.begin().await.map_err(unreachable)?;
    let report = walk(&mut *tx).await?;
    tx.rollback().await.map_err(unreachable)?;
    Ok(report)
}

impl Books for SqliteConnection {
    type Row = SqliteRow;

    const AS_STORED: &'static str = "ORDER BY t.rowid";

    const COUPON_SUMS: (&'static str, &'static str) = (
        ", t.opening_balance + (SELECT coalesce(sum(amount), 0) FROM entry
            WHERE inquiry_number = t.inquiry_number),
         (SELECT max(to_on) FROM extension WHERE inquiry_number = t.inquiry_number)",
        "",
    );

    fn object(columns: &[&str], table: &str) -> String {
        json_of(columns, table)
    }

    async fn each(
        &mut self,
        sql: String,
        mut take: impl FnMut(&SqliteRow) -> Result<(), Stop> + Send,
    ) -> Result<(), Stop> {
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(self);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            take(&row)?;
        }
        Ok(())
    }

    fn chain(
        &mut self,
        report: &mut AuditReport,
    ) -> impl Future<Output = Result<Noted, Stop>> + Send {
        chain(self, report)
    }
}

/// The chain itself, and what its events note.
async fn chain(conn: &mut SqliteConnection, report: &mut AuditReport) -> Result<Noted, Stop> {
    let sql =
        format!("SELECT {} FROM audit_event AS t ORDER BY seq", json_of(AuditRow::COLUMNS, "t"));
    let mut noted = Noted::default();
    noted.first = 1;
    let mut previous = (0_i64, String::new());
    conn.each(sql, |row| {
        let event: AuditRow = parse("audit_event", row.text(0)?)?;
        let next = previous.0 + 1;
        if event.seq != next {
            return Err(wrong("audit_event", next.to_string(), "the event is missing"));
        }
        if event.previous_hash != previous.1 || event.hash != event.chain_hash() {
            let key = event.seq.to_string();
            return Err(wrong("audit_event", key, "the event is not what was written"));
        }
        noted.take(&event, wrote_of(&event)?);
        previous = (event.seq, event.hash);
        report.events += 1;
        Ok(())
    })
    .await?;
    let mut head: Vec<(i64, i64, String)> = Vec::new();
    let sql = "SELECT only_row, seq, hash FROM audit_head".to_owned();
    conn.each(sql, |row| {
        head.push((row.whole(0)?, row.whole(1)?, row.text(2)?.to_owned()));
        Ok(())
    })
    .await?;
    if head != [(1, previous.0, previous.1.clone())] {
        return Err(wrong("audit_head", "1", "the end of the chain is not where it was"));
    }
    report.head = previous.1;
    Ok(noted)
}
