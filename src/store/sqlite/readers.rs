//! Reading connections, held open. A caller waits for a look-up: taking a connection from
//! here costs a lock and nothing else, where a general pool's bookkeeping was measured to
//! cost as much as the query.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::unreachable;
use crate::store::StoreError;

/// How long a look-up's answer is waited for awake. The engine answers in some ten
/// microseconds; being put to sleep and woken again takes as long.
const AWAKE: Duration = Duration::from_micros(60);

/// Some connections, opened when first needed.
pub struct Readers {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    permits: Semaphore,
}

/// A connection while it is used. One that was not given back (its query was cut off or
/// failed) is closed.
pub struct Reader<'a> {
    pub conn: SqliteConnection,
    home: &'a Readers,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    /// At most `count` of them.
    pub fn new(options: SqliteConnectOptions, count: usize) -> Self {
        Self { options, idle: Mutex::default(), permits: Semaphore::new(count) }
    }

    /// Takes one, opening it where none is idle.
    pub async fn take(&self) -> Result<Reader<'_>, StoreError> {
        let closed = |_| StoreError::Unreachable("the store is closed".to_owned());
        let permit = self.permits.acquire().await.map_err(closed)?;
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let conn = match idle {
            Some(conn) => conn,
            None => self.options.connect().await.map_err(unreachable)?,
        };
        Ok(Reader { conn, home: self, _permit: permit })
    }

    /// Closes all of them.
    pub async fn close(&self) {
        self.permits.close();
        let idle = self.idle.lock().map(|mut idle| std::mem::take(&mut *idle));
        for conn in idle.unwrap_or_default() {
            let _ = conn.close().await;
        }
    }
}

impl Reader<'_> {
    /// Gives it back after a query that came to its end.
    pub fn give_back(self) {
        if let Ok(mut idle) = self.home.idle.lock() {
            idle.push(self.conn);
        }
    }
}

/// Waits awake for a moment, then like any other future.
pub async fn awake<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut begun = None;
    poll_fn(move |context| {
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if begun.get_or_insert_with(Instant::now).elapsed() > AWAKE {
                return Poll::Pending;
            }
            for _ in 0..32 {
                std::hint::spin_loop();
            }
        }
    })
    .await
}
