//! What waits to be decided and written. Commands that arrive together go in one batch, and
//! several batches are under way at once; what two of them would both touch waits its turn
//! here, in the process, and not on a lock in the database.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::store::changes::Event;
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Ask, Job, Outcome, StoreError};

/// How many commands one batch may carry. More would hold its locks for longer than another
/// desk should wait.
const MAX_BATCH: usize = 64;

/// A command that waits for its batch.
pub struct Waiting {
    pub job: Arc<dyn Job>,
    pub need: Need,
    /// What the need came to a moment ago. Used once: a second try reads anew.
    pub seen: Option<Box<Snapshot>>,
    pub reply: oneshot::Sender<Result<Outcome, StoreError>>,
    /// After a batch failed, each of its commands goes alone, to find the one at fault.
    pub alone: bool,
    /// How often it was read, decided and not written, since another was first.
    pub tries: u32,
    /// Since when it is not known whether it was written.
    pub in_doubt: Option<Instant>,
}

impl Waiting {
    /// What it may touch, as far as that is known before anything is read.
    fn keys(&self) -> impl Iterator<Item = String> {
        let need = &self.need;
        let elsewhere = need.case_id.is_none() && need.opened_day.is_none();
        [
            ("case", need.case_id.as_ref()),
            ("coupon", need.number.as_ref()),
            ("person", need.subject.as_ref().filter(|_| elsewhere)),
            ("person", need.actor.as_ref().filter(|_| elsewhere)),
            ("command", need.command_id.as_ref()),
            ("sale", need.sale_id.as_ref()),
            ("key", need.fingerprint.as_ref()),
        ]
        .into_iter()
        .filter_map(|(what, key)| key.map(|key| format!("{what} {key}")))
    }
}

/// The queue of one process.
#[derive(Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    /// Told when something may be ready.
    arrived: Notify,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    /// What the batches under way touch.
    busy: HashSet<String>,
    /// The last numbers of cases that were given here, by day.
    running: HashMap<String, i64>,
    jotted: Vec<Event>,
    under_way: usize,
    closed: bool,
}

/// A batch, and what it keeps others from touching.
pub struct Batch {
    pub items: Vec<Waiting>,
    pub keys: Vec<String>,
}

impl Queue {
    /// Adds a command and returns where its answer will be.
    pub fn ask(
        &self,
        ask: Ask,
    ) -> Result<oneshot::Receiver<Result<Outcome, StoreError>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let need = ask.job.need();
        let waiting = Waiting {
            job: ask.job,
            need,
            seen: ask.seen,
            reply,
            alone: false,
            tries: 0,
            in_doubt: None,
        };
        {
            self.open()?;
            self.lock().waiting.push_back(waiting);
        }
        self.arrived.notify_one();
        Ok(answer)
    }

    /// Whether commands are still taken.
    pub fn open(&self) -> Result<(), StoreError> {
        if self.lock().closed {
            return Err(StoreError::Unreachable("the store is closed".to_owned()));
        }
        Ok(())
    }

    /// Puts a command back, to go alone and before the others.
    pub fn again(&self, mut item: Waiting) {
        item.alone = true;
        item.seen = None;
        self.lock().waiting.push_front(item);
        self.arrived.notify_one();
    }

    /// The next batch; none once the queue is closed and empty.
    pub async fn next(&self) -> Option<Batch> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut inner = self.lock();
                if let Some(batch) = inner.take() {
                    if !inner.waiting.is_empty() {
                        self.arrived.notify_one();
                    }
                    return Some(batch);
                }
                // A command that is under way may come back.
                if inner.closed && inner.waiting.is_empty() && inner.under_way == 0 {
                    self.arrived.notify_waiters();
                    return None;
                }
            }
            arrived.await;
        }
    }

    /// The batch is done: what it touched is free.
    pub fn done(&self, keys: Vec<String>) {
        let mut inner = self.lock();
        for key in keys {
            inner.busy.remove(&key);
        }
        inner.under_way -= 1;
        let (more, over) = (!inner.waiting.is_empty(), inner.closed && inner.under_way == 0);
        drop(inner);
        if over {
            self.arrived.notify_waiters();
        } else if more {
            self.arrived.notify_one();
        }
    }

    /// No more commands are taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_waiters();
    }

    /// Adds a line for the audit trail that may be written later; whether it is the first.
    pub fn jot(&self, event: Event) -> bool {
        let mut inner = self.lock();
        inner.jotted.push(event);
        inner.jotted.len() == 1
    }

    /// What was jotted, the oldest `limit` lines.
    pub fn take_jotted(&self, limit: usize) -> Vec<Event> {
        let mut inner = self.lock();
        let count = inner.jotted.len().min(limit);
        inner.jotted.drain(..count).collect()
    }

    /// Puts lines back that could not be written.
    pub fn put_back(&self, jotted: Vec<Event>) {
        self.lock().jotted.splice(0..0, jotted);
    }

    /// Runs `give` with the last numbers of cases that were given here.
    pub fn with_running<T>(&self, give: impl FnOnce(&mut HashMap<String, i64>) -> T) -> T {
        give(&mut self.lock().running)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing that holds the lock can panic half-way through a change.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self) -> Option<Batch> {
        let mut batch = Batch { items: Vec::new(), keys: Vec::new() };
        let mut kept = VecDeque::new();
        while let Some(item) = self.waiting.pop_front() {
            let free = item.keys().all(|key| !self.busy.contains(&key));
            let fits = batch.items.is_empty() || (!item.alone && !batch.items[0].alone);
            if free && fits {
                for key in item.keys() {
                    if self.busy.insert(key.clone()) {
                        batch.keys.push(key);
                    }
                }
                batch.items.push(item);
            } else {
                kept.push_back(item);
            }
            if batch.items.len() == MAX_BATCH || batch.items.first().is_some_and(|one| one.alone) {
                break;
            }
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
        if batch.items.is_empty() {
            return None;
        }
        self.under_way += 1;
        Some(batch)
    }
}
