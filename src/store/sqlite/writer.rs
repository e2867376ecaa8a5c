//! The one writer. Commands that arrive together are read, decided and written in one
//! transaction and one commit; each is answered after that commit. What one command of a
//! batch would change is never seen half-done by another: two that touch the same case,
//! coupon or person go into different batches.

use std::collections::{HashMap, HashSet, VecDeque};
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
                    let _ = flush.send(Err(again(&error)));
                }
                let single = batch.len() == 1;
                for mut item in batch.into_iter().rev() {
                    if single || matches!(error, StoreError::OutcomeUnknown(_)) {
                        let _ = item.reply.send(Err(again(&error)));
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
        let (outcomes, mut changes) = decide(batch, &mut seen.snapshots)?;
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

/// What became of each command of a batch, and what is to be written.
type Decided = (Vec<Option<Outcome>>, Vec<Box<Changes>>);

/// Decides every command of the batch that touches nothing another one has changed.
fn decide(batch: &[Waiting], snapshots: &mut [Snapshot]) -> Result<Decided, StoreError> {
    let mut touched: HashSet<String> = HashSet::new();
    let mut running: HashMap<String, i64> = HashMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut changes: Vec<Box<Changes>> = Vec::new();
    for (item, seen) in batch.iter().zip(snapshots) {
        let touches = touches(&item.need, seen);
        if touches.iter().any(|key| touched.contains(key)) {
            outcomes.push(None);
            continue;
        }
        if let Some(day) = &item.need.opened_day {
            let last = running.get(day).copied().unwrap_or(0);
            seen.last_running = seen.last_running.max(last);
        }
        match item.job.decide(seen)? {
            Ok(change) => {
                if let Some(case) = change.case.as_ref().filter(|case| case.version == 1) {
                    running.insert(case.opened_day.clone(), case.running);
                }
                touched.extend(touches);
                outcomes.push(Some(match &change.refusal {
                    Some(refusal) => Err(refusal.clone()),
                    None => Ok(change.answer.clone()),
                }));
                changes.push(change);
            }
            Err(refusal) => outcomes.push(Some(Err(refusal))),
        }
    }
    // A command that was carried out before changes nothing now.
    changes.retain(|change| change.event.action != crate::store::NOTHING);
    Ok((outcomes, changes))
}

/// What a command may change: its case, its coupon, its person, its command id, its sale.
fn touches(need: &Need, seen: &Snapshot) -> Vec<String> {
    let coupon = seen.coupon.as_ref().map(|coupon| &coupon.inquiry_number);
    [
        ("case", need.case_id.as_ref()),
        ("coupon", coupon.or(need.number.as_ref())),
        ("person", need.subject.as_ref().filter(|_| !need.watch)),
        ("command", need.command_id.as_ref()),
        ("sale", need.sale_id.as_ref()),
    ]
    .into_iter()
    .filter_map(|(what, key)| key.map(|key| format!("{what} {key}")))
    .collect()
}

/// Links all events into the chain and makes what is bound to [`APPLY`], in its order.
fn sealed(
    changes: &mut [Box<Changes>],
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
    for change in changes.iter_mut() {
        seq += 1;
        let row = change.seal(seq, &hash);
        hash.clone_from(&row.hash);
        events.push(row);
    }
    let all = || changes.iter().map(AsRef::as_ref);
    let cases =
        |new| all().filter_map(|c| c.case.as_ref()).filter(move |c| (c.version == 1) == new);
    let links = |new| all().flat_map(|c| &c.links).filter(move |l| l.unlinked_at.is_none() == new);
    let staff = |new| {
        let added = move |c: &&Changes| (c.event.action == "staff.add") == new;
        all().filter(added).filter_map(|c| c.staff.as_ref())
    };
    [
        array(events.iter()),
        seq.to_string(),
        hash,
        array(cases(true)),
        array(cases(false)),
        array(all().flat_map(|c| &c.entries)),
        array(all().flat_map(|c| &c.extensions)),
        array(links(true)),
        array(links(false)),
        array(all().flat_map(|c| &c.outbox)),
        array(all().filter_map(|c| c.callback.as_ref())),
        array(all().filter_map(|c| c.reading.as_ref())),
        array(all().filter_map(|c| c.command.as_ref())),
        array(staff(true)),
        array(staff(false)),
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
fn array<'a, R: Row + 'a>(rows: impl Iterator<Item = &'a R>) -> String {
    // Rows hold only strings and integers: they always serialise.
    serde_json::to_string(&rows.map(Values).collect::<Vec<_>>()).unwrap_or_default()
}

/// The same error for another who waits for it.
pub fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::OutcomeUnknown(what) => StoreError::OutcomeUnknown(what.clone()),
        StoreError::Constraint(what) => StoreError::Constraint(what.clone()),
        StoreError::Damaged { table, key, what } => {
            StoreError::Damaged { table, key: key.clone(), what: what.clone() }
        }
        other => StoreError::Unreachable(other.to_string()),
    }
}
