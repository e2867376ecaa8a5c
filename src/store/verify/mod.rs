//! `audit verify`: recomputes the chain, the ledger, the balances and the hash of every row,
//! and names the first row that is wrong. The walk is the same for every engine; each has its
//! own way of tying events together, and walks that itself ([`Books::chain`]).

use serde_json::Value;

use super::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, EntryRow, ExtensionRow, ImportRow, MetaRow,
    OutboxRow, ReadingRow, StaffKeyRow, StaffRow,
};
use super::{AuditReport, StoreError, WrongRow};
use written::{stepped, written};

mod books;
mod imports;
mod ledger;
mod noted;
mod records;
mod written;

pub(super) use books::{Books, Cells};
pub(super) use noted::{Noted, wrote_of};

/// What stops the walk: the first wrong row, or the engine.
pub(super) enum Stop {
    Wrong(WrongRow),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { table, key, what } => wrong(table, key, what),
            other => Self::Store(other),
        }
    }
}

/// The row of `table` with this key is the first wrong one.
pub(super) fn wrong(table: &str, key: impl Into<String>, what: impl Into<String>) -> Stop {
    Stop::Wrong(WrongRow { table: table.to_owned(), key: key.into(), what: what.into() })
}

/// Walks the whole database. Call it within one reading transaction.
pub(super) async fn walk(books: &mut impl Books) -> Result<AuditReport, StoreError> {
    let mut report = AuditReport::default();
    match all(books, &mut report).await {
        Ok(()) => {}
        Err(Stop::Wrong(row)) => report.wrong = Some(row),
        Err(Stop::Store(error)) => return Err(error),
    }
    Ok(report)
}

async fn all<B: Books>(books: &mut B, report: &mut AuditReport) -> Result<(), Stop> {
    let noted = books.chain(report).await?;
    let first = noted.first.to_string();
    ledger::transitions(books).await?;
    written::<B, MetaRow>(books, report, &first, &noted).await?;
    written::<B, StaffRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, StaffKeyRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, ImportRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, CaseRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, CaseSaleRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, EntryRow>(books, report, "t.audit_seq", &noted).await?;
    report.entries = report.rows;
    written::<B, OutboxRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, CallbackRow>(books, report, "t.audit_seq", &noted).await?;
    written::<B, CommandRow>(books, report, "t.audit_seq", &noted).await?;
    stepped::<B, ExtensionRow>(books, report, &noted).await?;
    stepped::<B, ReadingRow>(books, report, &noted).await?;
    ledger::sums(books).await?;
    records::records(books, report).await
}

/// Reads what the store keeps as JSON.
pub(super) fn parse<T: serde::de::DeserializeOwned>(table: &str, body: &str) -> Result<T, Stop> {
    serde_json::from_str(body).map_err(|error| {
        let key = serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|row| row.as_object().and_then(|row| row.values().next().cloned()))
            .map_or_else(String::new, |key| key.to_string());
        wrong(table, key, error.to_string())
    })
}
