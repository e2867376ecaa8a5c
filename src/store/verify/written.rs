//! Rows that events wrote, held against what the events note of them.

use std::collections::{HashMap, HashSet};

use super::{Books, Cells as _, Noted, Stop, parse, wrong};
use crate::records::Digest;
use crate::store::AuditReport;
use crate::store::changes::STEPS;
use crate::store::rows::Row;

/// Every row of a table is what its last event noted, and none is missing. `seq`: the SQL for
/// that event's number.
pub(super) async fn written<B: Books, R: Row>(
    books: &mut B,
    report: &mut AuditReport,
    seq: &str,
    noted: &Noted,
) -> Result<(), Stop> {
    let sql = format!(
        "SELECT {}, e.wrote, CAST({seq} AS BIGINT)
         FROM {} AS t LEFT JOIN audit_event AS e ON e.seq = {seq}",
        B::object(R::COLUMNS, "t"),
        R::TABLE
    );
    let mut count = 0;
    books
        .each(sql, |row| {
            let found: R = parse(R::TABLE, row.text(0)?)?;
            as_noted(&found, row.maybe_text(1)?)?;
            let key = found.key();
            let last = noted.last_of(R::TABLE, key.clone());
            if last.is_some_and(|last| row.whole(2).ok() != Some(last)) {
                return Err(wrong(R::TABLE, key, "the row is what it was before it changed"));
            }
            count += 1;
            Ok(())
        })
        .await?;
    counted::<B, R>(books, report, noted, count).await
}

/// Extensions by a case and readings by a supervisor are noted one by one, those of class A
/// and of a dictionary by step.
pub(super) async fn stepped<B: Books, R: Row>(
    books: &mut B,
    report: &mut AuditReport,
    noted: &Noted,
) -> Result<(), Stop> {
    let sql = format!(
        "SELECT {}, e.wrote, t.audit_seq FROM {} AS t
         LEFT JOIN audit_event AS e ON e.seq = t.audit_seq ORDER BY t.audit_seq",
        B::object(R::COLUMNS, "t"),
        R::TABLE
    );
    let mut sums: HashMap<i64, (i64, Digest)> = HashMap::new();
    let mut count = 0;
    books
        .each(sql, |row| {
            let found: R = parse(R::TABLE, row.text(0)?)?;
            let seq = row.whole(2)?;
            if noted.steps.get(&seq).is_some_and(|step| step.0 == R::TABLE) {
                let sum = sums.entry(seq).or_default();
                sum.0 += 1;
                sum.1.add(&found.row_hash());
            } else {
                as_noted(&found, row.maybe_text(1)?)?;
            }
            count += 1;
            Ok(())
        })
        .await?;
    for (seq, (_, expected, digest)) in noted.steps.iter().filter(|step| step.1.0 == R::TABLE) {
        let found = sums.get(seq).map(|(count, digest)| (*count, digest.hex()));
        if found != Some((*expected, digest.clone())) {
            let key = format!("event {seq}");
            return Err(wrong(R::TABLE, key, "the rows of this step are not what was written"));
        }
    }
    counted::<B, R>(books, report, noted, count).await
}

/// The row is among those that its event notes.
fn as_noted<R: Row>(found: &R, wrote: Option<&str>) -> Result<(), Stop> {
    let wrote: Vec<[String; 3]> = parse("audit_event", wrote.unwrap_or("[]"))?;
    if wrote.contains(&found.note()) {
        return Ok(());
    }
    Err(wrong(R::TABLE, found.key(), "the row is not what was written"))
}

/// As many rows as the events note are there.
async fn counted<B: Books, R: Row>(
    books: &mut B,
    report: &mut AuditReport,
    noted: &Noted,
    count: i64,
) -> Result<(), Stop> {
    report.rows += count;
    if count == noted.rows_of(R::TABLE) { Ok(()) } else { Err(missing::<B, R>(books).await?) }
}

/// Finds the row that an event noted and the table no longer has.
async fn missing<B: Books, R: Row>(books: &mut B) -> Result<Stop, Stop> {
    let mut there: HashSet<String> = HashSet::new();
    let rows = format!("SELECT {} FROM {} AS t", B::object(R::COLUMNS, "t"), R::TABLE);
    books
        .each(rows, |row| {
            let found: R = parse(R::TABLE, row.text(0)?)?;
            there.insert(found.key());
            Ok(())
        })
        .await?;
    let mut gone: Option<String> = None;
    let events = "SELECT action, wrote FROM audit_event ORDER BY seq".to_owned();
    books
        .each(events, |row| {
            if gone.is_some() || STEPS.contains(&row.text(0)?) {
                return Ok(());
            }
            let wrote: Vec<[String; 3]> = parse("audit_event", row.text(1)?)?;
            let of_table = wrote.into_iter().filter(|[table, ..]| table == R::TABLE);
            gone = of_table.map(|[_, key, _]| key).find(|key| !there.contains(key));
            Ok(())
        })
        .await?;
    Ok(wrong(R::TABLE, gone.unwrap_or_else(|| "?".to_owned()), "the row is missing"))
}
