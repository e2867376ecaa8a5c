//! The connections of one process to whichever server is the primary.
//!
//! A few connections are held open, in lanes that never wait for each other: a look-up is not
//! behind a restoration. A connection is asked who it is once, when it is made, and not at
//! every use; a failure of one says something of all that were made in its time. Each such
//! time is a generation: with the first sign that the server is gone all its connections are
//! dropped, every server is asked who is the primary, and the next generation begins with the
//! one found.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::errors::Trouble;
use super::hosts::Hosts;
use crate::domain::refusal::Code;
use crate::store::StoreError;
use greet::{Met, Work};

mod conn;
mod greet;
mod seek;
mod tries;

pub use conn::{Conn, Sign, Verdict, Within};
pub(in crate::store::postgres) use tries::read;
pub use tries::{Judged, Tries};

/// The time a read may take.
pub const READ: Duration = Duration::from_secs(5);
/// The time a write may take; after it the outcome is unknown.
pub const WRITE: Duration = Duration::from_secs(10);
/// How long one waits for a primary before the failure is told.
const UP_WAIT: Duration = Duration::from_secs(3);
/// How long one waits for a free place in a lane.
const QUEUE_WAIT: Duration = Duration::from_secs(10);
/// After so long with standbys only, the database is called read-only.
const READ_ONLY_AFTER: Duration = Duration::from_secs(3);
/// The pause before a server without connections to spare is asked again.
const CROWDED_PAUSE: Duration = Duration::from_millis(100);

/// What a connection is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Looking up while the caller waits.
    Look,
    /// Decisions.
    Write,
    /// Seats, drafts, leases, lists, telling the other desks.
    Desk,
}

/// How many connections each lane may have. They are made when first needed.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Of [`Lane::Look`].
    pub look: usize,
    /// Of [`Lane::Write`].
    pub write: usize,
    /// Of [`Lane::Desk`].
    pub desk: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { look: 4, write: 8, desk: 4 }
    }
}

/// How things stand with the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is there.
    Up,
    /// It was lost and is being looked for.
    Down {
        /// Since then.
        since: Instant,
    },
    /// For some time only servers have answered that cannot be written to.
    ReadOnly,
}

/// The connections. Clones are the same link.
#[derive(Clone)]
pub struct Link {
    home: Arc<Home>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.home.hosts.shown())
    }
}

impl Link {
    /// Connects to the primary among `hosts`.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], and [`StoreError::Server`] with what a person has to see
    /// to: no such database, a wrong password, only standbys, a server too old.
    pub async fn open(hosts: Hosts) -> Result<Self, StoreError> {
        Self::open_with(hosts, Sizes::default()).await
    }

    /// The same with lanes of other sizes.
    ///
    /// # Errors
    /// As [`Link::open`].
    pub async fn open_with(hosts: Hosts, sizes: Sizes) -> Result<Self, StoreError> {
        let hosts = Arc::new(hosts);
        let met = seek::once(&hosts).await?;
        let home = Home {
            now: Mutex::new(Now {
                host: met.host,
                timeline: met.timeline,
                troubles: vec![None; hosts.each().len()],
                seeking: None,
            }),
            generation: AtomicU64::new(0),
            suspected: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            rooms: [sizes.look, sizes.write, sizes.desk].map(Room::new),
            state: watch::Sender::new(LinkState::Up),
            hosts,
        };
        home.room(Lane::Look).put(0, &home, met.conn);
        Ok(Self { home: Arc::new(home) })
    }

    /// Takes a connection of the lane, making one where none is idle. While the primary is
    /// lost, waits for it up to three seconds.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] or [`StoreError::Server`] with what is wrong.
    pub async fn take(&self, lane: Lane) -> Result<Conn, StoreError> {
        let home = &self.home;
        let held = home.room(lane).enter().await?;
        let whole =
            |conn, held, generation| Conn::new(conn, held, Arc::clone(home), lane, generation);
        let generation = home.generation();
        if let Some(conn) = home.room(lane).pop(generation) {
            return Ok(whole(conn, held, generation));
        }
        let deadline = Instant::now() + UP_WAIT;
        loop {
            let generation = home.up_by(deadline).await?;
            if let Some(conn) = home.room(lane).pop(generation) {
                return Ok(whole(conn, held, generation));
            }
            match home.connect(Work::Short).await {
                Ok(conn) => return Ok(whole(conn, held, generation)),
                Err(trouble) if trouble.passing() && Instant::now() < deadline => {
                    home.lost(generation, trouble);
                }
                Err(trouble)
                    if trouble.code == Code::DatabaseCrowded && Instant::now() < deadline =>
                {
                    tokio::time::sleep(CROWDED_PAUSE).await;
                }
                Err(trouble) => return Err(trouble.into()),
            }
        }
    }

    /// A fresh connection of nobody else's, with the planner set for whole tables.
    ///
    /// # Errors
    /// As [`Link::take`].
    pub async fn bulk(&self) -> Result<PgConnection, StoreError> {
        let generation = self.home.up_by(Instant::now() + UP_WAIT).await?;
        let conn = self.home.connect(Work::Bulk).await;
        conn.map_err(|trouble| {
            if trouble.passing() {
                self.home.lost(generation, trouble.clone());
            }
            trouble.into()
        })
    }

    /// How things stand, now and whenever it changes.
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.home.state.subscribe()
    }

    /// The servers, for messages.
    pub fn shown(&self) -> String {
        self.home.hosts.shown()
    }

    /// How to connect to the server that was the primary last.
    pub fn primary(&self) -> PgConnectOptions {
        let host = self.home.now().host;
        self.home.hosts.each().get(host).cloned().unwrap_or_default()
    }

    /// Asks the primary whether it is still there, after something that may mean that it is
    /// not. Returns at once.
    pub fn doubt(&self) {
        self.home.suspect(self.home.generation());
    }

    /// Closes all connections that are not in use; no more are given.
    pub async fn close(&self) {
        for conn in self.home.close() {
            let _ = timeout(greet::CONNECT, conn.close()).await;
        }
    }
}

/// What all clones of a link share.
struct Home {
    hosts: Arc<Hosts>,
    now: Mutex<Now>,
    /// Even while the primary is there, odd while it is looked for.
    generation: AtomicU64,
    suspected: AtomicBool,
    closed: AtomicBool,
    rooms: [Room; 3],
    state: watch::Sender<LinkState>,
}

struct Now {
    /// The primary, or the last one.
    host: usize,
    /// The newest timeline seen.
    timeline: u32,
    /// What each server said since the primary was lost.
    troubles: Vec<Option<Trouble>>,
    seeking: Option<tokio::task::AbortHandle>,
}

impl Home {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, lane: Lane) -> &Room {
        let [look, write, desk] = &self.rooms;
        match lane {
            Lane::Look => look,
            Lane::Write => write,
            Lane::Desk => desk,
        }
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn timeline(&self) -> u32 {
        self.now().timeline
    }

    /// Connects to the primary as it was seen last.
    async fn connect(&self, work: Work) -> Result<PgConnection, Trouble> {
        let (host, seen) = {
            let now = self.now();
            (now.host, now.timeline)
        };
        greet::connect(&self.hosts, host, work, seen).await.map(|met| met.conn)
    }

    /// Waits until the primary is there; the generation.
    async fn up_by(&self, deadline: Instant) -> Result<u64, StoreError> {
        let mut state = self.state.subscribe();
        loop {
            let generation = self.generation();
            if generation.is_multiple_of(2) {
                return Ok(generation);
            }
            if self.closed.load(Ordering::Acquire) {
                return Err(closed());
            }
            let changed = tokio::time::timeout_at(deadline.into(), state.changed()).await;
            if changed.is_err() {
                let now = self.now();
                return Err(seek::summary(now.troubles.iter().flatten()).into());
            }
        }
    }

    /// The primary of that generation is gone: drops all its connections and looks for the
    /// primary. Whoever tells it first is heard.
    fn lost(self: &Arc<Self>, generation: u64, trouble: Trouble) {
        let mut now = self.now();
        let next = generation + 1;
        let first = generation.is_multiple_of(2)
            && !self.closed.load(Ordering::Acquire)
            && self
                .generation
                .compare_exchange(generation, next, Ordering::AcqRel, Ordering::Acquire)
                .is_ok();
        if !first {
            return;
        }
        tracing::warn!(what = trouble.what, "the connection to the database was lost");
        let host = now.host;
        now.troubles.fill(None);
        if let Some(told) = now.troubles.get_mut(host) {
            *told = Some(trouble);
        }
        self.state.send_replace(LinkState::Down { since: Instant::now() });
        let seeking = tokio::spawn(seek::until_found(Arc::downgrade(self)));
        now.seeking = Some(seeking.abort_handle());
        drop(now);
        self.clear();
    }

    /// A server said why it is not the one.
    fn told(&self, host: usize, trouble: Trouble) {
        let mut now = self.now();
        let read_only = trouble.code == Code::DatabaseReadOnly;
        if let Some(told) = now.troubles.get_mut(host) {
            *told = Some(trouble);
        }
        // Held over the change: the primary may be found at this very moment.
        self.state.send_if_modified(|state| match state {
            LinkState::Down { since } if read_only && since.elapsed() > READ_ONLY_AFTER => {
                *state = LinkState::ReadOnly;
                true
            }
            _ => false,
        });
    }

    /// The next generation begins.
    fn found(&self, met: Met) {
        let mut now = self.now();
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        tracing::info!(host = self.hosts.name(met.host), "connected to the database again");
        now.host = met.host;
        now.timeline = met.timeline;
        now.seeking = None;
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        self.room(Lane::Look).put(generation, self, met.conn);
        self.state.send_replace(LinkState::Up);
    }

    /// Something of that generation did not answer. Its idle connections are dropped at once;
    /// the generation ends only if its server does not let us in again: a statement may be
    /// slow, or a commit wait for a standby, while everything else goes on.
    fn suspect(self: &Arc<Self>, generation: u64) {
        if self.generation() != generation || !generation.is_multiple_of(2) {
            return;
        }
        self.clear();
        if self.suspected.swap(true, Ordering::AcqRel) {
            return;
        }
        let home = Arc::clone(self);
        tokio::spawn(async move {
            let answer = home.connect(Work::Short).await;
            home.suspected.store(false, Ordering::Release);
            match answer {
                Ok(conn) => home.room(Lane::Look).put(generation, &home, conn),
                Err(trouble) if trouble.passing() => home.lost(generation, trouble),
                Err(_) => {}
            }
        });
    }

    fn clear(&self) {
        for room in &self.rooms {
            drop(room.empty());
        }
    }

    /// Ends everything; the idle connections, to be closed.
    fn close(&self) -> Vec<PgConnection> {
        let now = self.now();
        self.closed.store(true, Ordering::Release);
        self.generation.fetch_or(1, Ordering::AcqRel);
        if let Some(seeking) = &now.seeking {
            seeking.abort();
        }
        drop(now);
        for room in &self.rooms {
            room.places.close();
        }
        self.rooms.iter().flat_map(Room::empty).collect()
    }
}

/// The idle connections of one lane.
struct Room {
    places: Arc<Semaphore>,
    size: usize,
    /// Each with its generation.
    idle: Mutex<Vec<(u64, PgConnection)>>,
}

impl Room {
    fn new(size: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(size)), size, idle: Mutex::default() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(u64, PgConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    async fn enter(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        if let Ok(held) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(held);
        }
        match timeout(QUEUE_WAIT, Arc::clone(&self.places).acquire_owned()).await {
            Ok(held) => held.map_err(|_| closed()),
            Err(_) => {
                let what = format!("all {} connections are busy", self.size);
                Err(StoreError::Unreachable(what))
            }
        }
    }

    fn pop(&self, generation: u64) -> Option<PgConnection> {
        let mut idle = self.idle();
        // Those of another time are dropped on the way.
        while let Some((made, conn)) = idle.pop() {
            if made == generation && generation.is_multiple_of(2) {
                return Some(conn);
            }
        }
        None
    }

    /// Keeps it for the next one, unless its time is over.
    fn put(&self, generation: u64, home: &Home, conn: PgConnection) {
        let mut idle = self.idle();
        // Looked at under the lock: whoever ends a generation empties the room afterwards.
        if home.generation() == generation && idle.len() < self.size {
            idle.push((generation, conn));
        }
    }

    fn empty(&self) -> Vec<PgConnection> {
        std::mem::take(&mut *self.idle()).into_iter().map(|(_, conn)| conn).collect()
    }
}

fn closed() -> StoreError {
    StoreError::Unreachable("the store is closed".to_owned())
}
