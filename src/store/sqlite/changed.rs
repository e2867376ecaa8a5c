//! Whether anything was written that a screen shows, asked on a connection that is kept
//! open for it: whether anybody has committed is that connection's own number, and a
//! commit of its own would not move it.

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
    /// What the connection said of the last commit, and the head of the audit trail then.
    seen: Option<(i64, i64)>,
}

impl Changed {
    /// Nothing is opened yet.
    pub fn new(options: SqliteConnectOptions) -> Self {
        Self { options, asked: Mutex::new(Some(Asked::default())) }
    }

    /// The number of the audit trail's last event, which is read again only after a commit.
    pub async fn head_seq(&self) -> Result<i64, StoreError> {
        let mut asked = self.asked.lock().await;
        let closed = || StoreError::Unreachable("the store is closed".to_owned());
        let asked = asked.as_mut().ok_or_else(closed)?;
        // A connection whose question was cut off or failed is not asked again.
        let mut conn = match asked.conn.take() {
            Some(conn) => conn,
            None => {
                asked.seen = None;
                self.options.connect().await.map_err(unreachable)?
            }
        };
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut conn)
            .await
            .map_err(unreachable)?;
        let head = match asked.seen {
            Some((seen, head)) if seen == version => head,
            _ => super::load::head(&mut conn).await?.0,
        };
        asked.seen = Some((version, head));
        asked.conn = Some(conn);
        Ok(head)
    }

    /// Closes the connection.
    pub async fn close(&self) {
        let asked = self.asked.lock().await.take();
        if let Some(conn) = asked.and_then(|asked| asked.conn) {
            let _ = conn.close().await;
        }
    }
}
