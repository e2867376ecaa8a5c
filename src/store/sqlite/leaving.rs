//! A file that is moved to a server: opened by nobody else meanwhile, read and not changed.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnection, SqliteLockingMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::mpsc;

use super::{check_version, options, unreachable};
use crate::domain::time::Instant;
use crate::records::Digest;
use crate::store::desks::SEAT_KEPT_MINUTES;
use crate::store::moving::{Encoder, Held, MoveProgress, NotMoved, Table, Walked, in_use};
use crate::store::{AuditReport, StoreError};

/// How long whoever has the file open may take to close it: a command that is just ending.
const WAIT: Duration = Duration::from_secs(3);

/// The file, locked.
pub struct Source {
    conn: SqliteConnection,
}

impl Source {
    /// Opens the file for nobody else: every other connection to it, of whatever program,
    /// holds a lock of its own for as long as it is there.
    ///
    /// # Errors
    /// `DATABASE_IN_USE` where somebody else has it open, or somebody sat at a desk a moment
    /// ago; what the engine answers.
    pub async fn open(path: &Path, now: Instant) -> Result<Self, NotMoved> {
        if !tokio::fs::try_exists(path).await.unwrap_or(true) {
            return Err(StoreError::Missing(path.to_owned()).into());
        }
        let options = options(path)
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(WAIT)
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "0");
        let mut conn = options.connect().await.map_err(taken)?;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut conn).await.map_err(taken)?;
        check_version(&mut conn, path).await?;
        let heard = now.plus_minutes(-SEAT_KEPT_MINUTES).micros();
        let seat: Option<String> = sqlx::query_scalar(
            "SELECT staff_id FROM desk_seat WHERE seen_at > $1 ORDER BY staff_id LIMIT 1",
        )
        .bind(heard)
        .fetch_optional(&mut conn)
        .await
        .map_err(unreachable)?;
        match seat {
            Some(staff_id) => Err(in_use(staff_id)),
            None => Ok(Self { conn }),
        }
    }

    /// The names of its tables.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM sqlite_master
            WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        sqlx::query_scalar(sql).fetch_all(&mut self.conn).await.map_err(unreachable)
    }

    /// The names of a table's columns.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn columns(&mut self, table: &Table) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
            .bind(table.name)
            .fetch_all(&mut self.conn)
            .await
            .map_err(unreachable)
    }

    /// What a table holds.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn held(&mut self, table: &Table) -> Result<Held, StoreError> {
        let sums: Vec<String> =
            table.sums.iter().map(|column| format!(", coalesce(sum({column}), 0)")).collect();
        let sql = format!("SELECT count(*){} FROM {}", sums.concat(), table.name);
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.conn).await;
        let row = row.map_err(unreachable)?;
        let number = |column: usize| row.try_get(column).map_err(unreachable);
        let sums = (1..=table.sums.len()).map(number).collect::<Result<_, _>>()?;
        Ok(Held { rows: number(0)?, sums })
    }

    /// Recomputes all of it (`audit verify`).
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn verify(&mut self, progress: &MoveProgress) -> Result<AuditReport, StoreError> {
        Walked::over(&mut self.conn, progress).await
    }

    /// Hands out a table's rows, encoded, until all are out or nobody takes them any more. The
    /// sum of their hashes comes back.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn pour(
        &mut self,
        table: &Table,
        columns: &[String],
        pieces: mpsc::Sender<Vec<u8>>,
        progress: &MoveProgress,
    ) -> Result<Digest, StoreError> {
        let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let mut encoder = Encoder::new(columns.len());
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            progress.one_more();
            if let Some(piece) = encoder.add(&row)?
                && pieces.send(piece).await.is_err()
            {
                return Ok(encoder.digest);
            }
        }
        let rest = encoder.take();
        if !rest.is_empty() {
            let _ = pieces.send(rest).await;
        }
        Ok(encoder.digest)
    }

    /// Lets go of it.
    pub async fn close(mut self) {
        let _ = sqlx::raw_sql("ROLLBACK").execute(&mut self.conn).await;
        let _ = self.conn.close().await;
    }
}

/// An error on locking: SQLITE_BUSY and SQLITE_LOCKED say that somebody else is there.
fn taken(error: sqlx::Error) -> NotMoved {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.and_then(|code| code.parse::<i64>().ok()).map(|code| code & 0xff) {
        Some(5 | 6) => {
            crate::domain::refusal::Refusal::from(crate::domain::refusal::Code::DatabaseInUse)
                .into()
        }
        _ => unreachable(error).into(),
    }
}
