//! Moves what has been committed from the WAL into the database, on a connection of its
//! own: SQLite would do it within a commit, and whoever waits for that commit would wait
//! for the whole of it. The writer then moves the little that was committed meanwhile, so
//! that the WAL begins anew and stays short.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{mpsc, watch};

use super::writer::Message;

/// Pages in the WAL that are worth moving: 8 MiB.
const WORTH_MOVING: i64 = 2000;
/// Pages in the WAL at which it is worth a pause to begin it anew: 40 MiB.
const LONG: i64 = 10_000;
/// How often it looks while something is written.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The task that moves the pages.
pub struct Mover {
    options: SqliteConnectOptions,
    writer: mpsc::WeakSender<Message>,
    written: watch::Receiver<()>,
}

impl Mover {
    /// `written` says that something was committed; the task ends when its sender is gone.
    pub fn new(
        options: SqliteConnectOptions,
        writer: mpsc::WeakSender<Message>,
        written: watch::Receiver<()>,
    ) -> Self {
        Self { options, writer, written }
    }

    /// Works until the writer is gone.
    pub async fn run(mut self) {
        let mut conn: Option<SqliteConnection> = None;
        while self.written.changed().await.is_ok() {
            if conn.is_none() {
                conn = self.options.connect().await.ok();
            }
            if let Some(open) = &mut conn {
                match move_pages(open).await {
                    Ok(false) => {}
                    Ok(true) => {
                        if let Some(writer) = self.writer.upgrade() {
                            let _ = writer.send(Message::Checkpoint).await;
                        }
                    }
                    // Nothing is lost: the pages stay in the WAL until the next time.
                    Err(error) => {
                        tracing::warn!(%error, "the WAL could not be moved");
                        conn = None;
                    }
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if let Some(conn) = conn {
            let _ = conn.close().await;
        }
    }
}

/// Whether the WAL has grown long.
async fn move_pages(conn: &mut SqliteConnection) -> sqlx::Result<bool> {
    let row = sqlx::query("PRAGMA wal_checkpoint(NOOP)").fetch_one(&mut *conn).await?;
    let (pages, moved): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
    if pages - moved < WORTH_MOVING {
        return Ok(false);
    }
    checkpoint(conn).await?;
    Ok(pages >= LONG)
}

/// Moves what no reader holds back, without making anybody wait.
pub async fn checkpoint(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(conn).await.map(|_| ())
}
