//! From one desk to many: a campaign is moved from a file of SQLite into an empty database on
//! a server, with everything it has, and is proved there before anybody can see it.
//!
//! All of it is one transaction of the server's: the schema is made without its indexes and
//! guards, the tables are filled, indexes and guards are made, both sides are compared table by
//! table, the event of the move is written, and the audit walk goes over the result. Only then
//! it is committed. A move that is cut short leaves the database as empty as it was. The file
//! is locked meanwhile, and not changed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::changes::Event;
use super::postgres::arriving::Target;
use super::postgres::link::Link;
use super::sqlite::leaving::Source;
use super::{AuditReport, StoreError, WrongRow};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::records::Digest;

mod row;
mod walked;

pub(super) use row::{Encoder, Reader};
pub(super) use walked::Walked;

/// Pieces of rows on their way that may wait for the server.
const PIECES: usize = 2;

/// A table that goes along.
pub(super) struct Table {
    /// Its name, on either side.
    pub name: &'static str,
    /// The columns whose sums must be the same afterwards.
    pub sums: &'static [&'static str],
}

const fn table(name: &'static str, sums: &'static [&'static str]) -> Table {
    Table { name, sums }
}

/// Every table that goes along, all rows and all columns.
pub(super) const TABLES: [Table; 19] = [
    table("meta", &[]),
    table(EVENTS, &[]),
    table("staff", &["disabled"]),
    table("staff_key", &[]),
    table("import", &["row_count"]),
    table("merchant", &[]),
    table("coupon", &["face_value", "opening_balance", "balance"]),
    table("settlement", &["amount", "restored"]),
    table("sale", &["total", "cash"]),
    table("coverage", &[]),
    table("cases", &["restored"]),
    table("case_sale", &[]),
    table("entry", &["amount"]),
    table("extension", &[]),
    table("outbox", &[]),
    table("command", &[]),
    table("callback", &[]),
    table("reading", &[]),
    table(DRAFTS, &[]),
];

/// The tables that do not: what both schemas begin with, who sits where and looks at what now,
/// and the schemas' own notes.
pub(super) const LEFT: [&str; 5] =
    ["transition", "audit_head", "desk_seat", "lease", "_sqlx_migrations"];

/// The table whose rows stand in a chain of their own on the other side.
pub(super) const EVENTS: &str = "audit_event";
/// What people have typed and not sent. It is replaced and deleted freely, and no hash of it
/// shall outlive it.
const DRAFTS: &str = "draft";

/// What a table holds, by its engine's own count and sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Rows.
    pub rows: i64,
    /// The columns' sums, in the order they are named in.
    pub sums: Vec<i64>,
}

/// A table that was moved.
#[derive(Clone, Debug)]
pub struct MovedTable {
    /// Which.
    pub name: &'static str,
    /// Rows.
    pub rows: i64,
    /// What columns of money and the like add up to.
    pub sums: Vec<(&'static str, i64)>,
    /// The sum of the rows' hashes.
    digest: String,
}

impl MovedTable {
    /// As it stands in the event of the move.
    fn noted(&self) -> Value {
        let sums: serde_json::Map<String, Value> =
            self.sums.iter().map(|(column, sum)| ((*column).to_owned(), json!(sum))).collect();
        let mut noted = json!({"rows": self.rows, "sums": sums});
        if self.name != DRAFTS {
            noted["digest"] = self.digest.clone().into();
        }
        noted
    }
}

/// What a move came to.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The tables, each the same on both sides.
    pub tables: Vec<MovedTable>,
    /// What the audit walk found on the server.
    pub report: AuditReport,
}

/// Why nothing was moved.
#[derive(Debug)]
pub enum NotMoved {
    /// It may not be now, or not there.
    Refused(Refusal),
    /// The file is not what was written to it.
    Wrong(WrongRow),
    /// One of the two failed.
    Store(StoreError),
}

impl From<StoreError> for NotMoved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for NotMoved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Nothing yet.
    Waiting,
    /// The audit walk over the file.
    Verifying,
    /// Rows go over.
    Copying,
    /// The server makes its indexes.
    Indexing,
    /// The server's rows are held against those of the file.
    Comparing,
    /// The audit walk over the server's database.
    Proving,
}

const STAGES: [Stage; 6] = [
    Stage::Waiting,
    Stage::Verifying,
    Stage::Copying,
    Stage::Indexing,
    Stage::Comparing,
    Stage::Proving,
];

/// How far a move has come: what is being done, and with how many of the rows.
#[derive(Clone, Debug, Default)]
pub struct MoveProgress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    stage: AtomicU8,
    done: AtomicU64,
    rows: AtomicU64,
}

impl MoveProgress {
    /// What is being done, with how many rows it has been done, and how many there are.
    #[must_use]
    pub fn now(&self) -> (Stage, u64, u64) {
        let stage = usize::from(self.0.stage.load(Ordering::Relaxed));
        let rows = self.0.rows.load(Ordering::Relaxed);
        let stage = STAGES.get(stage).copied().unwrap_or(Stage::Waiting);
        (stage, self.0.done.load(Ordering::Relaxed).min(rows), rows)
    }

    fn begin(&self, stage: Stage) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    pub(super) fn one_more(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Who moves it, and when by the campaign's clock.
#[derive(Clone, Debug)]
pub struct Mover {
    /// Who.
    pub staff_id: StaffId,
    /// When.
    pub at: Instant,
}

/// Moves what stands in the file at `path` into the empty database at `url`.
///
/// # Errors
/// [`NotMoved`]: the database at `url` is as it was then.
pub(super) async fn move_to(
    path: &Path,
    url: &str,
    mover: &Mover,
    progress: &MoveProgress,
) -> Result<Moved, NotMoved> {
    let hosts = super::postgres::hosts::Hosts::parse(url)?;
    let shown = hosts.shown();
    let mut source = Source::open(path, mover.at).await?;
    let link = Link::open(hosts).await?;
    let mut conn = link.bulk().await?;
    let moved = match Target::begin(&mut conn, &shown).await {
        Ok(target) => carry(&mut source, target, mover, progress).await,
        Err(not) => Err(not),
    };
    drop(conn);
    let moved = match moved {
        Ok((moved, None)) => Ok(moved),
        // The answer to the commit was lost: only the database itself knows.
        Ok((moved, Some(error))) => match Target::is_there(&link, &moved.report.head).await {
            Ok(true) => Ok(moved),
            _ => Err(error.into()),
        },
        Err(not) => Err(not),
    };
    link.close().await;
    source.close().await;
    moved
}

/// All but opening and closing. An error beside the result: nobody knows whether it was
/// committed.
async fn carry(
    source: &mut Source,
    mut target: Target<'_>,
    mover: &Mover,
    progress: &MoveProgress,
) -> Result<(Moved, Option<StoreError>), NotMoved> {
    let held = counted(source, progress).await?;
    progress.begin(Stage::Verifying);
    let report = source.verify(progress).await?;
    if let Some(wrong) = report.wrong {
        return Err(NotMoved::Wrong(wrong));
    }
    target.make_tables().await?;
    progress.begin(Stage::Copying);
    let mut digests = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        digests.push(pour(source, &mut target, table, progress).await?);
    }
    progress.begin(Stage::Indexing);
    target.make_indexes(report.events, &report.head).await?;
    progress.begin(Stage::Comparing);
    let mut tables = Vec::with_capacity(TABLES.len());
    for ((table, held), digest) in TABLES.iter().zip(held).zip(digests) {
        tables.push(compared(source, &mut target, table, held, digest, progress).await?);
    }
    target.make_guards().await?;
    target.note(&event(mover, &report, &tables)).await?;
    target.seal(mover.at).await?;
    progress.begin(Stage::Proving);
    let proved = target.verify(progress).await?;
    if let Some(WrongRow { table, key, what }) = &proved.wrong {
        return Err(StoreError::Constraint(format!("{table} {key}: {what}")).into());
    }
    let in_doubt = target.commit().await?;
    Ok((Moved { tables, report: proved }, in_doubt))
}

/// What the file's tables hold. None of them may be unknown: it would stay behind.
async fn counted(source: &mut Source, progress: &MoveProgress) -> Result<Vec<Held>, NotMoved> {
    for name in source.tables().await? {
        if !LEFT.contains(&&*name) && !TABLES.iter().any(|table| table.name == name) {
            return Err(StoreError::Constraint(format!("{name} is no table of ours")).into());
        }
    }
    let mut held = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        held.push(source.held(table).await?);
    }
    let rows: i64 = held.iter().map(|held| held.rows).sum();
    progress.0.rows.store(u64::try_from(rows).unwrap_or(0), Ordering::Relaxed);
    Ok(held)
}

/// One table, while the file is read and the server loads at the same time. The sum of the
/// rows' hashes comes back.
async fn pour(
    source: &mut Source,
    target: &mut Target<'_>,
    table: &Table,
    progress: &MoveProgress,
) -> Result<Digest, NotMoved> {
    let columns = source.columns(table).await?;
    let mut there = target.columns(table).await?;
    if table.name == EVENTS {
        there.retain(|column| column != "chain");
    }
    let sorted = |columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort();
        columns
    };
    if sorted(&columns) != sorted(&there) {
        let what = format!("{} has not the same columns on both sides", table.name);
        return Err(StoreError::Constraint(what).into());
    }
    let (pieces, arriving) = mpsc::channel(PIECES);
    let (poured, loaded) = tokio::join!(
        source.pour(table, &columns, pieces, progress),
        target.load(table, &columns, arriving)
    );
    // Where the server refuses a row, the file's side only sees that nobody listens any more.
    loaded?;
    Ok(poured?)
}

/// The table as it stands in the file and on the server, if that is the same.
async fn compared(
    source: &mut Source,
    target: &mut Target<'_>,
    table: &Table,
    held: Held,
    digest: Digest,
    progress: &MoveProgress,
) -> Result<MovedTable, NotMoved> {
    let columns = source.columns(table).await?;
    let same = target.held(table).await? == held
        && target.digest(table, &columns, progress).await? == (held.rows, digest);
    if !same {
        let what = format!("{} did not arrive as it was", table.name);
        return Err(StoreError::Constraint(what).into());
    }
    let sums = table.sums.iter().copied().zip(held.sums).collect();
    Ok(MovedTable { name: table.name, rows: held.rows, sums, digest: digest.hex() })
}

/// What the move itself notes: where the file's chain ended, and what came along.
fn event(mover: &Mover, file: &AuditReport, tables: &[MovedTable]) -> Event {
    let tables: serde_json::Map<String, Value> =
        tables.iter().map(|table| (table.name.to_owned(), table.noted())).collect();
    Event::new(mover.at, &mover.staff_id, super::postgres::MOVE)
        .detail(json!({"head": {"seq": file.events, "hash": file.head}, "tables": tables}))
}

/// The file is in use: what it would be asked to hold still for.
pub(super) fn in_use(what: impl std::fmt::Display) -> NotMoved {
    Refusal::new(Code::DatabaseInUse).with("what", what).into()
}
