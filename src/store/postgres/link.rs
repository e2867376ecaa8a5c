//! The connections of one process to whichever server is the primary.
//!
//! A few connections are held open, in lanes that never wait for each other: a look-up is not
//! behind a restoration. What is idle serves any lane, so that a command that does one thing after
//! the other needs a single connection. A connection is asked who it is once, when it is made, and
//! not at every use; a failure of one says something of all that were made in its time. Each such
//! time is a generation: with the first sign that the server is gone all its connections are
//! dropped, every server is asked who is the primary, and the next generation begins with the
//! one found.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::watch;
use tokio::time::timeout;

use super::hosts::Hosts;
use crate::domain::refusal::Code;
use crate::store::StoreError;
use greet::Work;
use home::{Home, Now, UP_WAIT};
use room::Room;

mod conn;
mod greet;
mod home;
mod room;
mod seek;

pub(crate) use conn::reading;
pub use conn::{Conn, Sign, Tries, Verdict, Within};
pub use room::closed;

/// The time a read may take.
pub const READ: Duration = Duration::from_secs(5);
/// The time a write may take; after it the outcome is unknown.
pub const WRITE: Duration = Duration::from_secs(10);
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
                suspecting: None,
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
        if let Some(conn) = home.idle(lane, generation) {
            return Ok(whole(conn, held, generation));
        }
        let deadline = Instant::now() + UP_WAIT;
        loop {
            let generation = home.up_by(deadline).await?;
            if let Some(conn) = home.idle(lane, generation) {
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
