//! Rows on their way into a table: COPY, fed by a task of its own, so that the server, the
//! network and the reader of the file all work at the same time.

use sqlx::Error;
use sqlx::postgres::PgConnection;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::store::StoreError;

/// What begins binary COPY data: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What ends it.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();
/// The server says what it thinks of the rows only at the end of a COPY: one is ended after
/// so many bytes, so that a file which does not fit is not read to its end for nothing.
const BYTES_PER_COPY: usize = 16 << 20;

/// A table being loaded. Dropping it ends the connection, and so whatever was begun on it.
pub struct Loading {
    pieces: mpsc::Sender<Vec<u8>>,
    task: JoinSet<(PgConnection, Result<u64, Error>)>,
}

impl Loading {
    /// `statement` is a `COPY … FROM STDIN (FORMAT binary)`.
    pub fn start(conn: PgConnection, statement: String) -> Self {
        let (pieces, arriving) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(load(conn, statement, arriving));
        Self { pieces, task }
    }

    /// Takes encoded rows. `false`: the loading has ended early, and [`Loading::end`] tells why.
    pub async fn take(&mut self, rows: Vec<u8>) -> bool {
        self.pieces.send(rows).await.is_ok()
    }

    /// Waits until everything taken is in the table: the connection, and how many rows.
    pub async fn end(mut self) -> Result<(PgConnection, Result<u64, Error>), StoreError> {
        drop(self.pieces);
        match self.task.join_next().await {
            Some(Ok(ended)) => Ok(ended),
            Some(Err(error)) => Err(StoreError::Unreachable(error.to_string())),
            None => Err(StoreError::Unreachable("nothing is being loaded".to_owned())),
        }
    }
}

async fn load(
    mut conn: PgConnection,
    statement: String,
    mut pieces: mpsc::Receiver<Vec<u8>>,
) -> (PgConnection, Result<u64, Error>) {
    let loaded = load_all(&mut conn, &statement, &mut pieces).await;
    (conn, loaded)
}

/// Loads encoded rows as they come in: how many there were.
pub async fn load_all(
    conn: &mut PgConnection,
    statement: &str,
    pieces: &mut mpsc::Receiver<Vec<u8>>,
) -> Result<u64, Error> {
    let mut rows = 0;
    while let Some(first) = pieces.recv().await {
        rows += copy(conn, statement, first, pieces).await?;
    }
    Ok(rows)
}

async fn copy(
    conn: &mut PgConnection,
    statement: &str,
    first: Vec<u8>,
    pieces: &mut mpsc::Receiver<Vec<u8>>,
) -> Result<u64, Error> {
    let mut copying = conn.copy_in_raw(statement).await?;
    copying.send(HEADER).await?;
    let mut sent = first.len();
    copying.send(first).await?;
    while sent < BYTES_PER_COPY {
        let Some(rows) = pieces.recv().await else { break };
        sent += rows.len();
        copying.send(rows).await?;
    }
    copying.send(TRAILER).await?;
    copying.finish().await
}

/// Loads encoded rows in one COPY.
pub async fn load_at_once(
    conn: &mut PgConnection,
    statement: &str,
    rows: Vec<u8>,
) -> Result<u64, Error> {
    let mut copying = conn.copy_in_raw(statement).await?;
    copying.send(HEADER).await?;
    copying.send(rows).await?;
    copying.send(TRAILER).await?;
    copying.finish().await
}
