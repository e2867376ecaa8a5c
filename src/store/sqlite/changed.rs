//! Whether anything was committed, asked on a connection that is kept open for it: the
//! number is that connection's own, and a commit of its own would not move it.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

use super::unreachable;
use crate::store::StoreError;

/// The connection that is asked, opened when first needed.
pub struct Changed {
    options: SqliteConnectOptions,
    /// None once the store is closed.
    asked: Mutex<Option<Asked>>,
}

#[derive(Default)]
struct Asked {
    conn: Option<SqliteConnection>,
    /// Added to what the connection says, so that a new one never repeats an old answer.
    base: i64,
    last: i64,
}

impl Changed {
    /// Nothing is opened yet.
    pub fn new(options: SqliteConnectOptions) -> Self {
        Self { options, asked: Mutex::new(Some(Asked::default())) }
    }

    /// A number that is another one after every commit.
    pub async fn version(&self) -> Result<i64, StoreError> {
        let mut asked = self.asked.lock().await;
        let closed = || StoreError::Unreachable("the store is closed".to_owned());
        let asked = asked.as_mut().ok_or_else(closed)?;
        // A connection whose question was cut off or failed is not asked again.
        let mut conn = if let Some(conn) = asked.conn.take() {
            conn
        } else {
            asked.base = asked.last + 1;
            self.options.connect().await.map_err(unreachable)?
        };
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut conn)
            .await
            .map_err(unreachable)?;
        asked.last = asked.base + version;
        asked.conn = Some(conn);
        Ok(asked.last)
    }

    /// Closes the connection.
    pub async fn close(&self) {
        let asked = self.asked.lock().await.take();
        if let Some(conn) = asked.and_then(|asked| asked.conn) {
            let _ = conn.close().await;
        }
    }
}
