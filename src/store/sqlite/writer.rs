//! The one writer. Commands that arrive together are read, decided and written in one
//! transaction and one commit; each is answered after that commit. What one command of a
//! batch would change is never seen half-done by another: two that touch the same case,
//! coupon or person go into different batches.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::load::load;
use super::readers::awake;
use super::sql::{APPLY, APPLY_EVENTS, Bind};
use super::{constraint, unreachable};
use crate::store::changes::{Changes, Event, seal_event};
use crate::store::rows::AuditRow;
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Job, Outcome, StoreError};

/// How many commands one commit may carry.
pub const MAX_BATCH: usize = 1000;
/// How many commands may wait before senders wait too.
pub const QUEUE: usize = 4096;
/// How long a jotted look-up may stay unwritten.
const JOT_EVERY: Duration = Duration::from_millis(500);

/// What is sent to the writer.
pub enum Message {
    /// Decide, write, answer.
    Do(Arc<dyn Job>, oneshot::Sender<Result<Outcome, StoreError>>),
    /// Write what was jotted, then answer.
    Flush(oneshot::Sender<Result<(), StoreError>>),
    /// Something was jotted: write it within half a second.
    Jotted,
}

/// Look-ups that wait to be written.
pub type Jotted = Arc<Mutex<Vec<Event>>>;

/// A command that waits for its batch.
struct Waiting {
    job: Arc<dyn Job>,
    need: Need,
    reply: oneshot::Sender<Result<Outcome, StoreError>>,
    /// After a batch failed, each of its commands goes alone, to find the one at fault.
    alone: bool,
}

/// The writer task's own state.
pub struct Writer {
    pub conn: SqliteConnection,
    pub inbox: mpsc::Receiver<Message>,
    pub jotted: Jotted,
    /// Held while writing: a bulk import or an extension takes turns with it.
    pub turn: Arc<tokio::sync::Mutex<()>>,
}

impl Writer {
    /// Works until every sender is gone.
    pub async fn run(mut self) {
        let mut waiting: VecDeque<Waiting> = VecDeque::new();
        let mut flushes: Vec<oneshot::Sender<Result<(), StoreError>>> = Vec::new();
        loop {
            while waiting.is_empty() && flushes.is_empty() {
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
                    Some(message) => sort(message, &mut waiting, &mut flushes),
                    None => return self.end().await,
                }
            }
            while waiting.len() < MAX_BATCH {
                match self.inbox.try_recv() {
                    Ok(message) => sort(message, &mut waiting, &mut flushes),
                    Err(_) => break,
                }
            }
            let batch = next_batch(&mut waiting);
            let turn = Arc::clone(&self.turn);
            let _turn = turn.lock().await;
            self.write(batch, &mut waiting, &mut flushes).await;
        }
    }

    async fn end(mut self) {
        let jotted = self.take_jotted();
        if let Err(error) = self.commit(&[], &jotted).await {
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
    async fn write(
        &mut self,
        batch: Vec<Waiting>,
        waiting: &mut VecDeque<Waiting>,
        flushes: &mut Vec<oneshot::Sender<Result<(), StoreError>>>,
    ) {
        let jotted = self.take_jotted();
        let result = self.commit(&batch, &jotted).await;
        match result {
            Ok(outcomes) => {
                let mut again = Vec::new();
                for (item, outcome) in batch.into_iter().zip(outcomes) {
                    match outcome {
                        Some(outcome) => {
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

    /// One transaction: read, decide, write, commit. An outcome of none means that the
    /// command must wait for the next batch.
    async fn commit(
        &mut self,
        batch: &[Waiting],
        jotted: &[Event],
    ) -> Result<Vec<Option<Outcome>>, StoreError> {
        if batch.is_empty() && jotted.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = awake(self.conn.begin_with("BEGIN IMMEDIATE")).await.map_err(unreachable)?;
        let needs: Vec<Need> = batch.iter().map(|item| item.need.clone()).collect();
        let mut loaded = awake(load(&mut tx, &needs)).await?;
        let (outcomes, mut changes) = decide(batch, &mut loaded.snapshots)?;
        if changes.is_empty() && jotted.is_empty() {
            tx.rollback().await.map_err(unreachable)?;
            return Ok(outcomes);
        }
        let apply = sealed(&mut changes, jotted, loaded.head_seq, loaded.head_hash);
        let sql: &'static str = &APPLY;
        let query = apply.into_iter().fold(sqlx::query(sql), |query, rows| query.bind(rows));
        awake(query.execute(&mut *tx)).await.map_err(constraint)?;
        tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
        Ok(outcomes)
    }
}

fn sort(
    message: Message,
    waiting: &mut VecDeque<Waiting>,
    flushes: &mut Vec<oneshot::Sender<Result<(), StoreError>>>,
) {
    match message {
        Message::Do(job, reply) => {
            let need = job.need();
            waiting.push_back(Waiting { job, need, reply, alone: false });
        }
        Message::Flush(reply) => flushes.push(reply),
        Message::Jotted => {}
    }
}

fn next_batch(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    if waiting.front().is_some_and(|item| item.alone) {
        return waiting.pop_front().into_iter().collect();
    }
    let until = waiting.iter().position(|item| item.alone).unwrap_or(waiting.len());
    waiting.drain(..until.min(MAX_BATCH)).collect()
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
fn array<'a, R: Serialize + 'a>(rows: impl Iterator<Item = &'a R>) -> String {
    // Rows hold only strings and integers: they always serialise.
    serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap_or_default()
}

/// The same error for another of the batch.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::OutcomeUnknown(what) => StoreError::OutcomeUnknown(what.clone()),
        StoreError::Constraint(what) => StoreError::Constraint(what.clone()),
        StoreError::Damaged { table, key, what } => {
            StoreError::Damaged { table, key: key.clone(), what: what.clone() }
        }
        other => StoreError::Unreachable(other.to_string()),
    }
}
