//! The idle connections of one lane.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::home::Home;
use crate::store::StoreError;
use crate::store::postgres::errors::busy;

/// How long one waits for a free place in a lane.
const QUEUE_WAIT: Duration = Duration::from_secs(10);

/// A lane's places, and its idle connections.
pub struct Room {
    pub places: Arc<Semaphore>,
    size: usize,
    /// Each with its generation.
    idle: Mutex<Vec<(u64, PgConnection)>>,
}

impl Room {
    pub fn new(size: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(size)), size, idle: Mutex::default() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(u64, PgConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        if let Ok(held) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(held);
        }
        match timeout(QUEUE_WAIT, Arc::clone(&self.places).acquire_owned()).await {
            Ok(held) => held.map_err(|_| closed()),
            Err(_) => Err(busy(&format!("all {} connections are busy", self.size))),
        }
    }

    pub fn pop(&self, generation: u64) -> Option<PgConnection> {
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
    pub fn put(&self, generation: u64, home: &Home, conn: PgConnection) {
        let mut idle = self.idle();
        // Looked at under the lock: whoever ends a generation empties the room afterwards.
        if home.generation() == generation && idle.len() < self.size {
            idle.push((generation, conn));
        }
    }

    pub fn empty(&self) -> Vec<PgConnection> {
        std::mem::take(&mut *self.idle()).into_iter().map(|(_, conn)| conn).collect()
    }
}

/// What is told when the store has been closed.
pub fn closed() -> StoreError {
    StoreError::Unreachable("the store is closed".to_owned())
}
