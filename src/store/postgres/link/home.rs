//! What all clones of a link share: who is the primary, and whether it is there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use tokio::sync::watch;

use super::greet::{self, Met, Work};
use super::room::{Room, closed};
use super::seek;
use super::{Lane, LinkState};
use crate::domain::refusal::Code;
use crate::store::StoreError;
use crate::store::postgres::errors::Trouble;
use crate::store::postgres::hosts::Hosts;

/// How long one waits for a primary before the failure is told.
pub const UP_WAIT: Duration = Duration::from_secs(3);
/// After so long with standbys only, the database is called read-only.
const READ_ONLY_AFTER: Duration = Duration::from_secs(3);

/// The link itself.
pub struct Home {
    pub hosts: Arc<Hosts>,
    pub now: Mutex<Now>,
    /// Even while the primary is there, odd while it is looked for.
    pub generation: AtomicU64,
    pub suspected: AtomicBool,
    pub closed: AtomicBool,
    pub rooms: [Room; 3],
    pub state: watch::Sender<LinkState>,
}

pub struct Now {
    /// The primary, or the last one.
    pub host: usize,
    /// The newest timeline seen.
    pub timeline: u32,
    /// What each server said since the primary was lost.
    pub troubles: Vec<Option<Trouble>>,
    pub seeking: Option<tokio::task::AbortHandle>,
    /// Asks a server that did not answer whether it is there.
    pub suspecting: Option<tokio::task::AbortHandle>,
}

impl Home {
    pub fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn room(&self, lane: Lane) -> &Room {
        let [look, write, desk] = &self.rooms;
        match lane {
            Lane::Look => look,
            Lane::Write => write,
            Lane::Desk => desk,
        }
    }

    /// An idle connection for a lane: its own, or another's.
    pub fn idle(&self, lane: Lane, generation: u64) -> Option<PgConnection> {
        let own = self.room(lane).pop(generation);
        own.or_else(|| self.rooms.iter().find_map(|room| room.pop(generation)))
    }

    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub fn timeline(&self) -> u32 {
        self.now().timeline
    }

    /// Connects to the primary as it was seen last.
    pub async fn connect(&self, work: Work) -> Result<PgConnection, Trouble> {
        let (host, seen) = {
            let now = self.now();
            (now.host, now.timeline)
        };
        greet::connect(&self.hosts, host, work, seen).await.map(|met| met.conn)
    }

    /// Waits until the primary is there; the generation.
    pub async fn up_by(&self, deadline: Instant) -> Result<u64, StoreError> {
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
    pub fn lost(self: &Arc<Self>, generation: u64, trouble: Trouble) {
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
    pub fn told(&self, host: usize, trouble: Trouble) {
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
    pub fn found(&self, met: Met) {
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
    pub fn suspect(self: &Arc<Self>, generation: u64) {
        if self.generation() != generation || !generation.is_multiple_of(2) {
            return;
        }
        self.clear();
        if self.suspected.swap(true, Ordering::AcqRel) {
            return;
        }
        let home = Arc::clone(self);
        let suspecting = tokio::spawn(async move {
            let answer = home.connect(Work::Short).await;
            home.suspected.store(false, Ordering::Release);
            match answer {
                Ok(conn) => home.room(Lane::Look).put(generation, &home, conn),
                Err(trouble) if trouble.passing() => home.lost(generation, trouble),
                Err(_) => {}
            }
        });
        self.now().suspecting = Some(suspecting.abort_handle());
    }

    fn clear(&self) {
        for room in &self.rooms {
            drop(room.empty());
        }
    }

    /// Ends everything; the idle connections, to be closed.
    pub fn close(&self) -> Vec<PgConnection> {
        let now = self.now();
        self.closed.store(true, Ordering::Release);
        self.generation.fetch_or(1, Ordering::AcqRel);
        for task in [&now.seeking, &now.suspecting].into_iter().flatten() {
            task.abort();
        }
        drop(now);
        for room in &self.rooms {
            room.places.close();
        }
        self.rooms.iter().flat_map(Room::empty).collect()
    }
}
