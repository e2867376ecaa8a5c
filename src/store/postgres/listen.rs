//! How a change made at one desk reaches the others: a notification over one connection per
//! process, and a slow look at the audit trail's numbers in case one got lost.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnection, PgListener, Postgres};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::errors;
use super::link::{Lane, Link, LinkState, READ, reading};
use crate::store::StoreError;

/// The channel. It carries no content: whoever hears of a change reads what it shows.
const CHANNEL: &str = "madoguchi";
/// How often the numbers are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long the server may take to let the listener in.
const CONNECT: Duration = Duration::from_secs(4);
/// The pause before listening is tried again.
const AGAIN: Duration = Duration::from_millis(200);
/// At most one notification per process in this time.
const GATHER: Duration = Duration::from_millis(50);

/// A number that moves whenever something may have changed: at every notification, after
/// every reconnect, and when new events are seen in the audit trail.
#[derive(Debug)]
pub struct News {
    link: Link,
    moves: watch::Sender<i64>,
    /// From the first question on: a command that ends with its answer has no use for it.
    listening: OnceLock<AbortHandle>,
}

impl News {
    /// For whoever will ask.
    pub fn new(link: &Link) -> Self {
        Self { link: link.clone(), moves: watch::Sender::new(0), listening: OnceLock::new() }
    }

    /// The number now.
    pub fn now(&self) -> i64 {
        self.listen();
        *self.moves.borrow()
    }

    /// The number, and every move of it.
    pub fn moves(&self) -> watch::Receiver<i64> {
        self.listen();
        self.moves.subscribe()
    }

    fn listen(&self) {
        self.listening.get_or_init(|| {
            tokio::spawn(listen(self.link.clone(), self.moves.clone())).abort_handle()
        });
    }

    /// Stops listening.
    pub fn close(&self) {
        if let Some(listening) = self.listening.get() {
            listening.abort();
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.close();
    }
}

fn bump(moves: &watch::Sender<i64>) {
    moves.send_modify(|number| *number += 1);
}

/// Listens at whichever server is the primary, for ever.
async fn listen(link: Link, moves: watch::Sender<i64>) {
    let mut state = link.state();
    loop {
        if state.wait_for(|state| *state == LinkState::Up).await.is_err() {
            return;
        }
        match timeout(CONNECT, connect(&link)).await {
            Ok(Ok(mut listener)) => {
                // What was told meanwhile was not heard.
                bump(&moves);
                // The listener's connection rests, and learns first that the server is gone.
                let gone = hear(&mut listener, &moves, &mut state).await;
                tracing::debug!(%gone, "the listener's connection ended");
            }
            Ok(Err(error)) => tracing::debug!(%error, "no connection for the listener"),
            Err(_) => tracing::debug!("no connection for the listener in time"),
        }
        link.doubt();
        sleep(AGAIN).await;
    }
}

/// sqlx listens only over a pool. This one holds a single connection and dies with it: it
/// would connect again to the same server, which need not be the primary any more.
async fn connect(link: &Link) -> Result<PgListener, sqlx::Error> {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(CONNECT)
        .connect_lazy_with(link.primary());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.ignore_pool_close_event(true);
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Hears notifications until the connection fails or the primary is another one; why it ended.
async fn hear(
    listener: &mut PgListener,
    moves: &watch::Sender<i64>,
    state: &mut watch::Receiver<LinkState>,
) -> String {
    let mut looks = interval_at(Instant::now() + LOOK, LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut trail = Trail::default();
    state.borrow_and_update();
    loop {
        tokio::select! {
            heard = listener.try_recv() => match heard {
                Ok(Some(_)) => {
                    // Many at once are one.
                    while listener.next_buffered().is_some() {}
                    bump(moves);
                }
                Ok(None) => return "the server closed it".to_owned(),
                Err(error) => return error.to_string(),
            },
            _ = looks.tick() => match timeout(READ, last_number(listener)).await {
                Ok(Ok(number)) => if trail.moved(number) {
                    bump(moves);
                },
                Ok(Err(error)) if errors::lost(&error) => return error.to_string(),
                // The question failed and not the connection: notifications still come.
                Ok(Err(error)) => tracing::debug!(%error, "the audit trail's number"),
                Err(_) => return "no answer".to_owned(),
            },
            _ = state.changed() => return "another primary".to_owned(),
        }
    }
}

async fn last_number(listener: &mut PgListener) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT last_value FROM audit_seq").fetch_one(listener).await
}

/// The numbers drawn for the audit trail, as they are seen from time to time. A number is
/// drawn before the event that bears it is committed, so a change is told twice: when it is
/// seen and at the look after that.
#[derive(Default)]
struct Trail {
    last: Option<i64>,
    again: bool,
}

impl Trail {
    fn moved(&mut self, number: i64) -> bool {
        let moved = self.last.is_some_and(|last| last != number);
        self.last = Some(number);
        std::mem::replace(&mut self.again, moved) || moved
    }
}

/// Tells the other desks of what this process committed.
///
/// Not within the transaction that made the change: one that notifies takes a lock of the
/// whole database at its commit and holds it until the commit is on the disk and at the
/// standby, so that all restorations of all desks would stand in one queue.
#[derive(Debug)]
pub struct Herald {
    told: Arc<Notify>,
    telling: AbortHandle,
}

impl Herald {
    /// Begins; nothing is sent until something is told.
    pub fn begin(link: &Link) -> Self {
        let told = Arc::new(Notify::new());
        let task = tokio::spawn(herald(link.clone(), Arc::clone(&told)));
        Self { told, telling: task.abort_handle() }
    }

    /// Something was committed: the others hear of it at once, or together with what is told
    /// in the next moment. Returns at once.
    pub fn tell(&self) {
        self.told.notify_one();
    }

    /// Tells nothing any more.
    pub fn close(&self) {
        self.telling.abort();
    }
}

impl Drop for Herald {
    fn drop(&mut self) {
        self.close();
    }
}

async fn herald(link: Link, told: Arc<Notify>) {
    loop {
        told.notified().await;
        while let Err(error) = notify(&link).await {
            tracing::debug!(%error, "the other desks could not be told");
            sleep(AGAIN).await;
        }
        sleep(GATHER).await;
    }
}

/// A notification is no record: its commit waits neither for the disk nor for the standby,
/// and so the lock it takes is held for a moment only.
pub(super) async fn notify(link: &Link) -> Result<(), StoreError> {
    // Told twice is as good as told once.
    reading!(link, Lane::Desk, conn => tell(&mut conn))
}

async fn tell(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("SELECT set_config('synchronous_commit', 'off', true), pg_notify('madoguchi', '')")
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(errors::unreachable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_seen_is_told_twice() {
        let mut trail = Trail::default();
        let told: Vec<bool> =
            [7, 7, 8, 8, 8, 10, 11, 11, 11].into_iter().map(|number| trail.moved(number)).collect();
        assert_eq!(told, [false, false, true, true, false, true, true, true, false]);
    }
}
