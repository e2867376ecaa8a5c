//! Importing. Two ways in, with the same end: straight into an empty table, whose constraints
//! hold every row against the rest; or, where rows are there already or something is wrong,
//! through a staging table, where every row is held against every other before any is added.
//! Desks go on in the meantime: until the commit they see nothing of it and wait for nothing.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::errors::{Trouble, constraint, unreachable};
use super::incoming::{RowEncoder, Way, copy_statement, target};
use super::loading::Loading;
use super::merge::Merge;
use super::writer::Writers;
use crate::domain::refusal::Code;
use crate::records::Kind;
use crate::store::StoreError;
use crate::store::import::{
    Encoder, ImportBegin, ImportFinish, ImportSession, Imported, Piece, Sink,
};

/// Bulk work is planned as such, whatever the connection's own settings are, holds one core of
/// the server and some of its memory.
pub(super) const SETTINGS: &str =
    "SET enable_seqscan = on; SET enable_hashjoin = on; SET enable_sort = on;
    SET enable_mergejoin = on; SET enable_nestloop = on; SET enable_bitmapscan = on;
    SET jit = off; SET max_parallel_workers_per_gather = 0; SET work_mem = '64MB';
    SET temp_buffers = '16MB'; SET plan_cache_mode = auto; SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10min'";
/// A connection that breaks is noticed in the middle of a statement too, so that what was locked
/// is free again. Not every system that a server runs on can do this.
pub(super) const NOTICE_BREAKS: &str = "SET client_connection_check_interval = '5s'";
/// Each statement sees what was committed before it, whatever the server's default is.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// An import under way, on a connection of its own: dropping it rolls back.
pub struct Session {
    kind: Kind,
    way: Way,
    /// None once it has failed.
    loading: Option<Loading>,
    /// Told once it is in.
    writers: Arc<Writers>,
}

impl Session {
    /// Chooses the way and prepares it. `conn` is used for nothing else, before or after.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn begin(
        mut conn: PgConnection,
        begin: ImportBegin,
        writers: Arc<Writers>,
    ) -> Result<Self, StoreError> {
        let kind = begin.kind;
        may_import(&mut conn).await?;
        run(&mut conn, SETTINGS).await?;
        let _ = run(&mut conn, NOTICE_BREAKS).await;
        // Coverage comes in a few rows, and what makes one known may be NULL.
        let careful = begin.staged || kind == Kind::Coverage;
        let straight = if careful { None } else { begin_straight(&mut conn, kind).await? };
        let way = match straight {
            Some(import_id) => Way::Straight(import_id),
            None => {
                begin_staged(&mut conn, kind).await?;
                Way::Staged
            }
        };
        let loading = Some(Loading::start(conn, copy_statement(kind, way)));
        Ok(Self { kind, way, loading, writers })
    }

    /// The connection and the number of rows, once all are loaded. None: begin again, staged.
    async fn loaded(&mut self) -> Result<Option<(PgConnection, u64)>, StoreError> {
        let Some(loading) = self.loading.take() else {
            return Err(StoreError::Unreachable("nothing is being loaded".to_owned()));
        };
        match loading.end().await? {
            (conn, Ok(rows)) => Ok(Some((conn, rows))),
            (_, Err(error)) if !self.staged() && refused(&error) => Ok(None),
            (_, Err(error)) => Err(constraint(error)),
        }
    }
}

/// Whether this database user may import at all: told before the file is read, and in other words
/// than those of whichever step is the first that the server refuses.
async fn may_import(conn: &mut PgConnection) -> Result<(), StoreError> {
    let (user, may): (String, bool) = sqlx::query_as(
        "SELECT current_user::TEXT, has_table_privilege('import', 'INSERT')
            AND has_database_privilege(current_database(), 'TEMPORARY')",
    )
    .fetch_one(conn)
    .await
    .map_err(unreachable)?;
    if may {
        return Ok(());
    }
    let what = format!("{user} may not import records; a member of madoguchi_admin may");
    Err(Trouble::new(Code::DatabaseForbidden, &what).into())
}

/// The number of the import, if the table is empty and nobody else imports. It is taken now,
/// because the rows carry it, and so is the lock: numbers are committed in their order.
async fn begin_straight(conn: &mut PgConnection, kind: Kind) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT pg_try_advisory_xact_lock(lock_key(2))
            AND NOT EXISTS (SELECT 1 FROM {})",
        target(kind).table
    );
    run(conn, BEGIN).await?;
    let alone: bool =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.map_err(unreachable)?;
    if alone {
        return next_import_id(conn).await.map(Some);
    }
    run(conn, "ROLLBACK").await?;
    Ok(None)
}

/// The staging table is this session's own and is not logged. Nothing is locked, and no
/// transaction is open, while the file is read.
async fn begin_staged(conn: &mut PgConnection, kind: Kind) -> Result<(), StoreError> {
    let target = target(kind);
    let (filled, table) = (target.filled(), target.table);
    run(
        conn,
        format!(
            "CREATE TEMP TABLE incoming AS SELECT ''::TEXT COLLATE \"C\" AS row_key,
                0::BIGINT AS line, ''::BYTEA AS hash, {filled} FROM {table} WITH NO DATA"
        ),
    )
    .await
    .map(|_| ())
}

/// The number of the next import, under the lock that imports take.
pub(super) async fn next_import_id(conn: &mut PgConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT coalesce(max(import_id), 0) + 1 FROM import")
        .fetch_one(conn)
        .await
        .map_err(unreachable)
}

/// `sql` is put together from constants of this program. Returns how many rows it concerned.
pub(super) async fn run(
    conn: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<u64, StoreError> {
    let done = conn.execute(sqlx::raw_sql(AssertSqlSafe(sql.into()))).await.map_err(constraint)?;
    Ok(done.rows_affected())
}

/// Whether a row was refused, and not the work as a whole.
fn refused(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // Constraints and the schema's own triggers; what is too long for an index; a deadlock.
    code.is_some_and(|code| code.starts_with("23") || code == "54000" || code == "40P01")
}

#[async_trait]
impl ImportSession for Session {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(RowEncoder::new(self.way))
    }

    async fn take(&mut self, piece: Piece) -> Result<bool, StoreError> {
        let Ok(rows) = piece.0.downcast::<Vec<u8>>() else {
            return Err(StoreError::Constraint("a piece of another store's".to_owned()));
        };
        if let Some(loading) = &mut self.loading
            && loading.take(*rows).await
        {
            return Ok(true);
        }
        // It has ended early, and tells why.
        self.loaded().await.map(|_| false)
    }

    fn staged(&self) -> bool {
        self.way == Way::Staged
    }

    async fn finish(
        mut self: Box<Self>,
        end: ImportFinish,
        bad: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Imported, StoreError> {
        let Some((conn, rows)) = self.loaded().await? else {
            return Ok(Imported::Again);
        };
        if rows != end.read && !bad {
            let what = format!("{rows} rows came in of {}", end.read);
            return Err(StoreError::Constraint(what));
        }
        let imported = match self.way {
            Way::Staged => Merge::begin(conn, self.kind).await?.staged(end, bad, sink).await?,
            Way::Straight(_) if bad => return Ok(Imported::Again),
            Way::Straight(import_id) => {
                Merge::new(conn, self.kind, import_id).straight(end).await?
            }
        };
        self.writers.tell();
        Ok(imported)
    }
}
