//! The one writer. Commands that arrive together are read, decided and written in one
//! transaction and one commit; each is answered after that commit. What one command of a
//! batch would change is never seen half-done by another: two that touch the same case,
//! coupon or person go into different batches.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot, watch};

use super::checkpoint::checkpoint;
use super::file::File;
use super::load::{Loaded, head, load};
use super::readers::awake;
use super::seats::{self, DeskWrite};
use super::sql::{APPLY, APPLY_EVENTS, Bind};
use super::{constraint, unreachable};
use crate::store::batch::{Decided, Lists, decide};
use crate::store::changes::{Changes, Event, seal_event};
use crate::store::rows::{AuditRow, Row, Values};
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Ask, Job, Outcome, StoreError};

/// How many commands one commit may carry.
pub const MAX_BATCH: usize = 1000;
/// How many commands may wait before senders wait too.
pub const QUEUE: usize = 4096;
/// How long a jotted look-up may stay unwritten.
const JOT_EVERY: Duration = Duration::from_millis(500);

/// How long a batch waits for those whom the one before has answered.
const GATHER: Duration = Duration::from_micros(150);

/// What is sent to the writer.
pub enum Message {
    /// Decide, write, answer.
    Do(Ask, oneshot::Sender<Result<Outcome, StoreError>>),
    /// Write what was jotted, then answer.
    Flush(oneshot::Sender<Result<(), StoreError>>),
    /// Something was jotted: write it within half a second.
    Jotted,
    /// Write what a desk keeps beside the cases, then answer.
    Desk(DeskWrite),
    /// Most of the WAL has been moved: move the rest while nothing is being written.
    Checkpoint,
}

/// Look-ups that wait to be written.
pub type Jotted = Arc<Mutex<Vec<Event>>>;

/// A command that waits for its batch.
struct Waiting {
    job: Arc<dyn Job>,
    need: Need,
    /// What the need came to a moment ago. Used once: a second try reads anew.
    seen: Option<Box<Snapshot>>,
    reply: oneshot::Sender<Result<Outcome, StoreError>>,
    /// After a batch failed, each of its commands goes alone, to find the one at fault.
    alone: bool,
}

/// The writer task's own state.
pub struct Writer {
    conn: SqliteConnection,
    file: File,
    inbox: mpsc::Receiver<Message>,
    jotted: Jotted,
    /// Held while writing: a bulk import or an extension takes turns with it.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Told of every commit.
    written: watch::Sender<()>,
    /// What waits for the next batches.
    queue: Queue,
    /// How many commands the last commit answered.
    last_batch: usize,
    /// From the first to the second number of the audit trail, only look-ups were noted
    /// and cases verified again: no record has changed.
    quiet: (i64, i64),
}

/// What has arrived and is not yet written.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    flushes: Vec<oneshot::Sender<Result<(), StoreError>>>,
    desks: Vec<DeskWrite>,
    checkpoint: bool,
}

impl Writer {
    /// A writer on its own connection.
    pub fn new(
        conn: SqliteConnection,
        file: File,
        inbox: mpsc::Receiver<Message>,
        jotted: Jotted,
        turn: Arc<tokio::sync::Mutex<()>>,
        written: watch::Sender<()>,
    ) -> Self {
        let (queue, last_batch, quiet) = (Queue::default(), 0, (0, 0));
        Self { conn, file, inbox, jotted, turn, written, queue, last_batch, quiet }
    }

    /// Works until every sender is gone.
    pub async fn run(mut self) {
        loop {
            while self.queue.is_empty() {
                let message = if self.nothing_jotted() {
                    self.inbox.recv().await
                } else {
                    // What was jotted goes along with the next command, or alone when
                    // none comes.
                    match tokio::time::timeout(JOT_EVERY, self.inbox.recv()).await {
                        Ok(message) => message,
                        Err(_) => break,
                    }
                };
                match message {
                    Some(message) => self.queue.take(message),
                    None => return self.end().await,
                }
            }
            self.gather().await;
            let batch = self.queue.next_batch();
            let turn = Arc::clone(&self.turn);
            let _turn = turn.lock().await;
            self.write(batch).await;
            self.write_desks().await;
            if std::mem::take(&mut self.queue.checkpoint)
                && let Err(error) = checkpoint(&mut self.conn).await
            {
                tracing::warn!(%error, "the WAL could not be moved");
            }
        }
    }

    /// Takes what has arrived. Those whom the last commit answered are about to ask again
    /// where the counter is busy: they get a moment, since one commit for eight costs
    /// hardly more than one for one.
    async fn gather(&mut self) {
        let begun = Instant::now();
        while self.queue.waiting.len() < MAX_BATCH {
            match self.inbox.try_recv() {
                Ok(message) => self.queue.take(message),
                Err(_) if self.queue.waiting.len() >= self.last_batch => break,
                Err(_) if begun.elapsed() > GATHER => break,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    async fn end(mut self) {
        let jotted = self.take_jotted();
        if let Err(error) = self.commit(&mut [], &jotted).await {
            tracing::error!(%error, lines = jotted.len(), "look-ups could not be written");
        }
        let _ = self.conn.close().await;
    }

    fn nothing_jotted(&self) -> bool {
        self.jotted.lock().is_ok_and(|jotted| jotted.is_empty())
    }

    fn take_jotted(&self) -> Vec<Event> {
        self.jotted.lock().map(|mut jotted| std::mem::take(&mut *jotted)).unwrap_or_default()
    }

    /// Writes one batch and answers. Commands that clash with others of the batch, and
    /// those of a batch that failed, go back to wait.
    async fn write(&mut self, mut batch: Vec<Waiting>) {
        let jotted = self.take_jotted();
        let result = self.commit(&mut batch, &jotted).await;
        let Queue { waiting, flushes, .. } = &mut self.queue;
        self.last_batch = 0;
        match result {
            Ok(outcomes) => {
                let mut again = Vec::new();
                for (item, outcome) in batch.into_iter().zip(outcomes) {
                    match outcome {
                        Some(outcome) => {
                            self.last_batch += 1;
                            let _ = item.reply.send(Ok(outcome));
                        }
                        None => again.push(item),
                    }
                }
                for item in again.into_iter().rev() {
                    waiting.push_front(item);
                }
                for flush in flushes.drain(..) {
                    let _ = flush.send(Ok(()));
                }
            }
            Err(error) => {
                if let Ok(mut kept) = self.jotted.lock() {
                    kept.splice(0..0, jotted);
                }
                for flush in flushes.drain(..) {
                    let _ = flush.send(Err(error.clone()));
                }
                let single = batch.len() == 1;
                for mut item in batch.into_iter().rev() {
                    if single || matches!(error, StoreError::OutcomeUnknown(_)) {
                        let _ = item.reply.send(Err(error.clone()));
                    } else {
                        item.alone = true;
                        waiting.push_front(item);
                    }
                }
            }
        }
    }

    /// Writes what the desks keep beside the cases, in a transaction of its own between two
    /// batches: nothing of it is in the audit trail.
    async fn write_desks(&mut self) {
        let writes = std::mem::take(&mut self.queue.desks);
        if !writes.is_empty() && seats::write(&mut self.conn, writes).await {
            self.written.send_replace(());
        }
    }

    /// One transaction: read, decide, write, commit. An outcome of none means that the
    /// command must wait for the next batch.
    async fn commit(
        &mut self,
        batch: &mut [Waiting],
        jotted: &[Event],
    ) -> Result<Vec<Option<Outcome>>, StoreError> {
        if batch.is_empty() && jotted.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = awake(self.conn.begin_with("BEGIN IMMEDIATE")).await.map_err(unreachable)?;
        self.file.still_there()?;
        let mut seen = see(&mut tx, batch, self.quiet).await?;
        let asked: Vec<_> = batch.iter().map(|item| (&item.need, item.job.as_ref())).collect();
        let Decided { outcomes, mut changes } =
            decide(&asked, &mut seen.snapshots, &mut HashMap::new())?;
        if changes.is_empty() && jotted.is_empty() {
            tx.rollback().await.map_err(unreachable)?;
            return Ok(outcomes);
        }
        let events = changes.len() + jotted.len();
        let apply = sealed(&mut changes, jotted, seen.head_seq, seen.head_hash);
        let sql: &'static str = &APPLY;
        let query = apply.into_iter().fold(sqlx::query(sql), |query, rows| query.bind(rows));
        awake(query.execute(&mut *tx)).await.map_err(constraint)?;
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
        let head = seen.head_seq + i64::try_from(events).unwrap_or(i64::MAX);
        let quiet = batch.iter().all(|item| item.need.records_only);
        self.quiet = match self.quiet {
            (from, until) if quiet && until == seen.head_seq => (from, head),
            _ if quiet => (seen.head_seq, head),
            _ => (head, head),
        };
        self.written.send_replace(());
        Ok(outcomes)
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
            && self.flushes.is_empty()
            && self.desks.is_empty()
            && !self.checkpoint
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Do(Ask { job, seen }, reply) => {
                let need = job.need();
                self.waiting.push_back(Waiting { job, need, seen, reply, alone: false });
            }
            Message::Flush(reply) => self.flushes.push(reply),
            Message::Jotted => {}
            Message::Desk(write) => self.desks.push(write),
            Message::Checkpoint => self.checkpoint = true,
        }
    }

    fn next_batch(&mut self) -> Vec<Waiting> {
        let waiting = &mut self.waiting;
        if waiting.front().is_some_and(|item| item.alone) {
            return waiting.pop_front().into_iter().collect();
        }
        let until = waiting.iter().position(|item| item.alone).unwrap_or(waiting.len());
        waiting.drain(..until.min(MAX_BATCH)).collect()
    }
}

/// What the batch needs to see: read now, but for what was seen a moment ago and has not
/// changed since.
async fn see(
    tx: &mut SqliteConnection,
    batch: &mut [Waiting],
    quiet: (i64, i64),
) -> Result<Loaded, StoreError> {
    if batch.iter().all(|item| item.seen.is_none()) {
        let needs: Vec<Need> = batch.iter().map(|item| item.need.clone()).collect();
        return awake(load(tx, &needs)).await;
    }
    let (head_seq, head_hash) = head(tx).await?;
    let stands = |at: i64| at == head_seq || (quiet.1 == head_seq && quiet.0 <= at);
    let seen: Vec<Option<Box<Snapshot>>> = batch
        .iter_mut()
        .map(|item| item.seen.take().filter(|seen| stands(seen.head_seq)))
        .collect();
    let missing = batch.iter().zip(&seen).filter(|(_, seen)| seen.is_none());
    let needs: Vec<Need> = missing.map(|(item, _)| item.need.clone()).collect();
    let mut read = Vec::new().into_iter();
    if !needs.is_empty() {
        read = awake(load(tx, &needs)).await?.snapshots.into_iter();
    }
    let snapshots = seen
        .into_iter()
        .filter_map(|seen| seen.map(|seen| *seen).or_else(|| read.next()))
        .collect();
    Ok(Loaded { snapshots, head_seq, head_hash })
}

/// Links all events into the chain and makes what is bound to [`APPLY`], in its order.
fn sealed(
    changes: &mut [(usize, Box<Changes>)],
    jotted: &[Event],
    mut seq: i64,
    mut hash: String,
) -> [String; Bind::COUNT] {
    let mut events: Vec<AuditRow> = Vec::with_capacity(changes.len() + jotted.len());
    for event in jotted {
        seq += 1;
        let row = seal_event(event, &[], seq, &hash);
        hash.clone_from(&row.hash);
        events.push(row);
    }
    for (_, change) in changes.iter_mut() {
        seq += 1;
        let row = change.seal(seq, &hash);
        hash.clone_from(&row.hash);
        events.push(row);
    }
    let lists = Lists::of(&changes.iter().map(|(_, change)| change.as_ref()));
    [
        array(events.iter()),
        seq.to_string(),
        hash,
        array(lists.new_cases),
        array(lists.cases),
        array(lists.entries),
        array(lists.extensions),
        array(lists.new_links),
        array(lists.links),
        array(lists.outbox),
        array(lists.callbacks),
        array(lists.readings),
        array(lists.commands),
        array(lists.new_staff),
        array(lists.staff),
        array(lists.new_keys),
        array(lists.keys),
    ]
}

/// Writes one event alone, already linked into the chain.
pub async fn write_event(conn: &mut SqliteConnection, event: &AuditRow) -> Result<(), StoreError> {
    let sql: &'static str = &APPLY_EVENTS;
    sqlx::query(sql)
        .bind(array(std::iter::once(event)))
        .bind(event.seq.to_string())
        .bind(event.hash.clone())
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(constraint)
}

/// Rows as a JSON array.
fn array<'a, R: Row + 'a>(rows: impl IntoIterator<Item = &'a R>) -> String {
    // Rows hold only strings and integers: they always serialise.
    serde_json::to_string(&rows.into_iter().map(Values).collect::<Vec<_>>()).unwrap_or_default()
}
