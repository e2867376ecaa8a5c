//! Importing. Two ways in, with the same end: straight into an empty table, whose indexes
//! are made afterwards; or, where rows are there already or something is wrong, through a
//! staging table, where every row is held against every other before any is added.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor as _, Row as _};
use tokio::sync::OwnedMutexGuard;

use super::incoming::{ROWS_PER_PIECE, RowEncoder, Rows, Target, statement, target};
use super::writer::write_event;
use super::{constraint, unreachable};
use crate::domain::ids::MerchantId;
use crate::domain::settlement::{Coverage, Source};
use crate::records::{Digest, Kind, Record};
use crate::store::StoreError;
use crate::store::changes::seal_event;
use crate::store::import::{
    Added, Encoder, ImportBegin, ImportFinish, ImportSession, Imported, Piece, Sink, add_to,
    bad_row,
};
use crate::store::rows::Row;

/// An import under way. Its connection is its own: dropping it rolls back.
pub struct Session {
    conn: SqliteConnection,
    kind: Kind,
    staged: bool,
    import_id: i64,
    /// How to put back what was laid aside.
    aside: Vec<String>,
    /// The statement that writes a full piece.
    statement: Option<(Kind, Arc<str>)>,
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Held from the beginning on the straight way, at the end on the staged one.
    held: Option<OwnedMutexGuard<()>>,
}

impl Session {
    /// Chooses the way and prepares it.
    pub async fn begin(
        conn: SqliteConnection,
        begin: ImportBegin,
        turn: Arc<tokio::sync::Mutex<()>>,
    ) -> Result<Self, StoreError> {
        let kind = begin.kind;
        let mut session = Self {
            conn,
            kind,
            staged: begin.staged || kind == Kind::Coverage,
            import_id: 0,
            aside: Vec::new(),
            statement: None,
            turn,
            held: None,
        };
        if !session.staged && !session.begin_straight().await? {
            session.staged = true;
        }
        if session.staged {
            session.begin_staged().await?;
        }
        Ok(session)
    }

    /// Takes the lock and lays the indexes aside, if the table is empty.
    async fn begin_straight(&mut self) -> Result<bool, StoreError> {
        let target = target(self.kind);
        // While the key's index is away nothing can refer to it; what the rows themselves
        // refer to is checked in one go at the end.
        self.run("PRAGMA foreign_keys = OFF").await?;
        self.begin_writing().await?;
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT EXISTS (SELECT 1 FROM {})",
            target.table
        )))
        .fetch_one(&mut self.conn)
        .await
        .map_err(unreachable)?;
        if rows != 0 {
            self.run("ROLLBACK; PRAGMA foreign_keys = ON").await?;
            self.held = None;
            return Ok(false);
        }
        self.import_id = self.next_import_id().await?;
        for (kind, name) in target.aside {
            let sql: String = sqlx::query_scalar("SELECT sql FROM sqlite_master WHERE name = $1")
                .bind(*name)
                .fetch_one(&mut self.conn)
                .await
                .map_err(unreachable)?;
            self.aside.push(sql);
            self.run_made(format!("DROP {kind} {name}")).await?;
        }
        Ok(true)
    }

    /// Makes the staging table in a temporary file: the database is not locked while the
    /// file is read.
    async fn begin_staged(&mut self) -> Result<(), StoreError> {
        let columns = target(self.kind).columns.join(", ");
        self.run_made(format!(
            "CREATE TEMP TABLE incoming (line INTEGER, row_key TEXT, hash BLOB, {columns});
             BEGIN"
        ))
        .await
        .map(|_| ())
    }

    async fn begin_writing(&mut self) -> Result<(), StoreError> {
        self.held = Some(Arc::clone(&self.turn).lock_owned().await);
        self.run("BEGIN IMMEDIATE").await
    }

    async fn next_import_id(&mut self) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT coalesce(max(import_id), 0) + 1 FROM import")
            .fetch_one(&mut self.conn)
            .await
            .map_err(unreachable)
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.conn.execute(sqlx::raw_sql(sql)).await.map(|_| ()).map_err(constraint)
    }

    /// `sql` is put together from constants of this program.
    async fn run_made(&mut self, sql: String) -> Result<u64, StoreError> {
        let sql = sqlx::AssertSqlSafe(sql);
        let done = self.conn.execute(sqlx::raw_sql(sql)).await.map_err(constraint)?;
        Ok(done.rows_affected())
    }

    /// Writes some rows. The statement for a full piece is kept ready.
    async fn write(&mut self, kind: Kind, staged: bool, rows: Rows) -> Result<(), StoreError> {
        let full = rows.count == ROWS_PER_PIECE;
        let sql = match &self.statement {
            Some((of, sql)) if full && *of == kind => Arc::clone(sql),
            _ => Arc::from(statement(kind, staged, self.import_id, rows.count)),
        };
        if full {
            self.statement = Some((kind, Arc::clone(&sql)));
        }
        sqlx::query_with(sqlx::AssertSqlSafe(sql), rows.arguments)
            .persistent(full)
            .execute(&mut self.conn)
            .await
            .map(|_| ())
            .map_err(constraint)
    }

    async fn count(&mut self, sql: String) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut self.conn)
            .await
            .map_err(unreachable)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The straight way's end. Anything that does not fit: begin again, staged.
    async fn finish_straight(
        mut self: Box<Self>,
        end: ImportFinish,
    ) -> Result<Imported, StoreError> {
        for sql in std::mem::take(&mut self.aside) {
            match self.run_made(sql).await {
                Ok(_) => {}
                Err(StoreError::Constraint(_)) => return Ok(Imported::Again),
                Err(error) => return Err(error),
            }
        }
        let target = target(self.kind);
        for (column, other, _) in target.refers {
            let dangling = self
                .count(format!(
                    "SELECT EXISTS (SELECT 1 FROM {} AS i WHERE i.{column} IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM {other} AS t WHERE t.{column} = i.{column}))",
                    target.table
                ))
                .await?;
            if dangling > 0 {
                return Ok(Imported::Again);
            }
        }
        let imported = end.read;
        let mut digest = end.digest;
        let named =
            format!("SELECT DISTINCT merchant_id FROM {} ORDER BY merchant_id", target.table);
        let covered = self.declare(&end, &mut digest, named).await?;
        self.close(&end, imported, 0, covered, digest).await
    }

    /// The staged way's end: hold every row against the others and against what is there,
    /// then add what is new.
    async fn finish_staged(
        mut self: Box<Self>,
        end: ImportFinish,
        bad: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Imported, StoreError> {
        self.run("COMMIT; CREATE INDEX temp.incoming_key ON incoming (row_key, line)").await?;
        self.begin_writing().await?;
        self.import_id = self.next_import_id().await?;
        let rejected = self.check(sink).await?;
        if bad || rejected > 0 {
            self.run("ROLLBACK").await?;
            return Ok(Imported::Rejected(rejected));
        }
        let target = target(self.kind);
        let same = target.same;
        let table = target.table;
        let columns = target.columns.join(", ");
        // The first of several same rows, where the database has none: in the order of
        // the key, so that the indexes are walked once.
        let fresh = format!(
            "FROM incoming AS i WHERE i.line = (SELECT min(d.line) FROM incoming AS d
                WHERE d.row_key = i.row_key)
             AND NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {same})"
        );
        let imported = self.count(format!("SELECT count(*) {fresh}")).await?;
        let mut digest = end.digest;
        if imported != end.read {
            digest = self.digest_of(format!("SELECT i.hash {fresh}")).await?;
        }
        if imported > 0 {
            let id = self.import_id;
            self.run_made(format!(
                "INSERT INTO {table} (import_id, {columns})
                 SELECT {id}, {columns} {fresh} ORDER BY i.row_key"
            ))
            .await?;
        }
        let named =
            "SELECT DISTINCT merchant_id FROM incoming WHERE merchant_id IS NOT NULL ORDER BY 1";
        let covered = match self.kind {
            Kind::Settlements | Kind::Sales => {
                self.declare(&end, &mut digest, named.to_owned()).await?
            }
            _ => 0,
        };
        let unchanged = end.read.saturating_sub(imported);
        self.close(&end, imported, unchanged, covered, digest).await
    }

    async fn digest_of(&mut self, sql: String) -> Result<Digest, StoreError> {
        use futures_util::TryStreamExt as _;
        let mut digest = Digest::default();
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            let hash: Vec<u8> = row.try_get(0).map_err(unreachable)?;
            if let Ok(hash) = <[u8; 32]>::try_from(hash) {
                digest.add(&hash);
            }
        }
        Ok(digest)
    }

    /// What one row alone cannot show. Every bad row goes to the sink, in the order of
    /// the lines; the number of them comes back.
    async fn check(&mut self, sink: &mut Sink<'_>) -> Result<u64, StoreError> {
        use futures_util::TryStreamExt as _;
        let sql = checks(self.kind, target(self.kind));
        let mut rejected = 0;
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            rejected += 1;
            sink(bad_row(
                row.try_get(0).map_err(unreachable)?,
                row.try_get(1).map_err(unreachable)?,
                row.try_get(2).map_err(unreachable)?,
                row.try_get(3).map_err(unreachable)?,
                row.try_get(4).map_err(unreachable)?,
            ));
        }
        Ok(rejected)
    }

    /// `--covers`: with settlements complete for every merchant, with sales for every
    /// merchant named in the file. How many declarations are new comes back.
    async fn declare(
        &mut self,
        end: &ImportFinish,
        digest: &mut Digest,
        named: String,
    ) -> Result<u64, StoreError> {
        let Some((source, window)) = end.covers else {
            return Ok(0);
        };
        let merchants: Vec<Option<String>> = match source {
            Source::Settlements => vec![None],
            Source::Sales => sqlx::query_scalar(sqlx::AssertSqlSafe(named))
                .fetch_all(&mut self.conn)
                .await
                .map_err(unreachable)?,
        };
        let known: Vec<Option<String>> = sqlx::query_scalar(
            "SELECT merchant_id FROM coverage
             WHERE source = $1 AND covers_from = $2 AND covers_until = $3",
        )
        .bind(source.as_str())
        .bind(window.from().micros())
        .bind(window.until().micros())
        .fetch_all(&mut self.conn)
        .await
        .map_err(unreachable)?;
        let known: std::collections::HashSet<Option<String>> = known.into_iter().collect();
        let mut encoder = RowEncoder::new(false);
        let mut declared = 0;
        for merchant in merchants.into_iter().filter(|merchant| !known.contains(merchant)) {
            let merchant_id = match merchant.map(|id| id.parse::<MerchantId>()).transpose() {
                Ok(merchant_id) => merchant_id,
                Err(error) => return Err(StoreError::Constraint(error.to_string())),
            };
            let record = Record::Coverage(Coverage { merchant_id, source, window });
            let hash = add_to(digest, &record);
            declared += 1;
            if let Some(rows) = encoder.add(0, &record, &hash) {
                self.write(Kind::Coverage, false, rows).await?;
            }
        }
        if let Some(rows) = encoder.take() {
            self.write(Kind::Coverage, false, rows).await?;
        }
        Ok(declared)
    }

    /// Writes the import's own row and event, and commits.
    async fn close(
        mut self: Box<Self>,
        end: &ImportFinish,
        imported: u64,
        unchanged: u64,
        covered: u64,
        digest: Digest,
    ) -> Result<Imported, StoreError> {
        let (seq, hash): (i64, String) = sqlx::query_as("SELECT seq, hash FROM audit_head")
            .fetch_one(&mut self.conn)
            .await
            .map_err(unreachable)?;
        let import_id = self.import_id;
        let added = Added { import_id, kind: self.kind, imported, unchanged, covered, digest };
        let event = added.event(end);
        let mut wrote = Vec::new();
        if let Some(row) = added.row(end, seq + 1) {
            sqlx::query(
                "INSERT INTO import (import_id, kind, file_name, file_sha256, row_count, digest,
                    at, audit_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(row.import_id)
            .bind(row.kind.clone())
            .bind(row.file_name.clone())
            .bind(row.file_sha256.clone())
            .bind(row.row_count)
            .bind(row.digest.clone())
            .bind(row.at)
            .bind(row.audit_seq)
            .execute(&mut self.conn)
            .await
            .map_err(constraint)?;
            wrote.push(row.note());
        }
        let event = seal_event(&event, &wrote, seq + 1, &hash);
        write_event(&mut self.conn, &event).await?;
        self.run("COMMIT").await.map_err(|e| StoreError::OutcomeUnknown(e.to_string()))?;
        self.held = None;
        // A large import leaves a large WAL behind; give the space back when nobody reads.
        let _ = self.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
        Ok(Imported::Done { imported, unchanged })
    }
}

/// One query that finds every bad row: line, column, value, the first line of the same
/// key, what is wrong.
fn checks(kind: Kind, target: &Target) -> String {
    let (table, same) = (target.table, target.same);
    let key = kind.id_column();
    let mut parts = vec![
        format!(
            "SELECT i.line AS line, '{key}' AS name, i.row_key AS value, f.line AS first,
                'duplicate' AS what
             FROM incoming AS i JOIN incoming AS f ON f.row_key = i.row_key
             WHERE f.line = (SELECT min(d.line) FROM incoming AS d WHERE d.row_key = i.row_key)
             AND f.hash <> i.hash"
        ),
        format!(
            "SELECT i.line, '{key}', i.row_key, 0, 'differs'
             FROM incoming AS i JOIN {table} AS t ON {same} WHERE t.seal <> i.seal"
        ),
    ];
    for (column, other, coupon) in target.refers {
        let what = if *coupon { "coupon" } else { "merchant" };
        parts.push(format!(
            "SELECT i.line, '{column}', i.{column}, 0, '{what}' FROM incoming AS i
             WHERE i.{column} IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM {other} AS t WHERE t.{column} = i.{column})"
        ));
    }
    format!("{} ORDER BY 1, 2", parts.join(" UNION ALL "))
}

#[async_trait]
impl ImportSession for Session {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(RowEncoder::new(self.staged))
    }

    async fn take(&mut self, piece: Piece) -> Result<bool, StoreError> {
        let Ok(rows) = piece.0.downcast::<Rows>() else {
            return Err(StoreError::Constraint("a piece of another store's".to_owned()));
        };
        match self.write(self.kind, self.staged, *rows).await {
            Ok(()) => Ok(true),
            Err(StoreError::Constraint(_)) if !self.staged => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn staged(&self) -> bool {
        self.staged
    }

    async fn finish(
        self: Box<Self>,
        end: ImportFinish,
        bad: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Imported, StoreError> {
        if self.staged {
            self.finish_staged(end, bad, sink).await
        } else if bad {
            Ok(Imported::Again)
        } else {
            self.finish_straight(end).await
        }
    }
}
