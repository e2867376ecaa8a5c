//! Writing. A batch is read in one round trip, decided here, and written in a second one, whose
//! first act is to make sure, under locks, that what was read still stands. Where it does not
//! (another desk was first), the commands are read, decided and written again, each alone.
//! Where no answer came, the same command is asked again: its id tells whether it was written.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use tokio::sync::Notify;

use super::chain::chain_of;
use super::chains::{Chains, Noted};
use super::errors::{busy, conflict, constraint, in_doubt, overtaken};
use super::link::{Conn, Lane, Link, READ, Tries, WRITE};
use super::listen::Herald;
use super::load::load;
use super::queue::{Batch, Queue, Waiting};
use super::settle;
use super::sql::{APPLY, APPLY_KEYS};
use super::verdict::{Failure, MAX_TRIES, pause, verdict};
use crate::store::batch::{Decided, Lists, decide};
use crate::store::changes::{Changes, Event, seal_event};
use crate::store::parts::Read;
use crate::store::rows::CouponRow;
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Outcome, StoreError};

/// How many batches a process has under way at once. More would only take the processor time
/// of whoever looks something up meanwhile: what waits goes together in the next batch.
pub const WRITERS: usize = 2;
/// How many jotted lines go into one statement.
const MAX_JOTTED: usize = 500;

/// What the writers of a process share.
pub struct Writers {
    pub link: Link,
    pub queue: Queue,
    pub herald: Herald,
    /// Told of every commit, for whoever seals.
    pub written: Notify,
    wrote: AtomicBool,
    /// Held while jotted lines are written: whoever waits for them to be durable waits for
    /// those that are under way, too.
    noting: tokio::sync::Mutex<()>,
}

impl Writers {
    /// Over a link.
    pub fn new(link: Link, queue: Queue, herald: Herald) -> Self {
        let (written, wrote, noting) =
            (Notify::new(), AtomicBool::new(false), tokio::sync::Mutex::default());
        Self { link, queue, herald, written, wrote, noting }
    }

    /// Something was committed: other desks hear of it, and it is sealed.
    pub fn tell(&self) {
        self.wrote.store(true, Ordering::Release);
        self.written.notify_one();
        self.herald.tell();
    }

    /// Whether anything was ever committed.
    pub fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Acquire)
    }

    /// Works until the queue is closed and empty.
    pub async fn run(self: Arc<Self>) {
        while let Some(batch) = self.queue.next().await {
            let Batch { mut items, keys } = batch;
            let result = self.write(&mut items).await;
            if let (Err(Failure::Overtaken(_)), [alone]) = (&result, items.as_slice()) {
                tokio::time::sleep(pause(alone.tries)).await;
            }
            self.answer(items, result);
            self.queue.done(keys);
        }
    }

    /// Writes everything that was jotted.
    pub async fn write_jotted(&self) -> Result<(), StoreError> {
        let _noting = self.noting.lock().await;
        for tries in 0..MAX_TRIES {
            let jotted = self.queue.take_jotted(MAX_JOTTED);
            if jotted.is_empty() {
                return Ok(());
            }
            match self.note(&jotted).await {
                Ok(()) => {}
                Err(Failure::Overtaken(_)) => {
                    self.queue.put_back(jotted);
                    tokio::time::sleep(pause(tries)).await;
                }
                Err(Failure::Not(error)) => {
                    self.queue.put_back(jotted);
                    return Err(error);
                }
                // A look-up noted twice is better than one not noted.
                Err(Failure::Unknown(error)) => {
                    self.queue.put_back(jotted);
                    return Err(error);
                }
            }
        }
        Err(busy("others write to the same chains all the time"))
    }

    async fn note(&self, jotted: &[Event]) -> Result<(), Failure> {
        let mut conn = self.link.take(Lane::Write).await?;
        let mut named: Vec<String> =
            jotted.iter().map(|event| chain_of(event, false, None)).collect();
        named.sort_unstable();
        named.dedup();
        let read = conn.within(READ).run(load(&mut conn, &[], jotted.len(), &named)).await?;
        let mut chains = Chains::default();
        chains.know(read.chains);
        let mut events = Vec::with_capacity(jotted.len());
        for (event, seq) in jotted.iter().zip(read.numbers) {
            chains.add(&mut events, chain_of(event, false, None), |previous| {
                seal_event(event, &[], seq, previous)
            });
        }
        self.apply(conn, &Guards::default(), &chains, &events, &Lists::of(&std::iter::empty()))
            .await
    }

    /// Reads, decides and writes. An outcome of none: it must wait for the next batch.
    async fn write(&self, items: &mut [Waiting]) -> Result<Vec<Option<Outcome>>, Failure> {
        let (mut conn, mut snapshots, numbers) = self.see(items).await?;
        let asked: Vec<_> = items.iter().map(|item| (&item.need, item.job.as_ref())).collect();
        let decided = if asked.iter().any(|(need, _)| need.opened_day.is_some()) {
            // Two batches of this process do not give two cases the same number.
            self.queue.with_running(|running| decide(&asked, &mut snapshots, running))
        } else {
            decide(&asked, &mut snapshots, &mut HashMap::new())
        };
        let Decided { outcomes, mut changes } = decided?;
        if changes.is_empty() {
            conn.give_back();
            return Ok(outcomes);
        }
        let guards = Guards::of(&changes, &snapshots, items);
        let mut chains = Chains::default();
        let mut events = Vec::with_capacity(changes.len());
        for (place, _) in &changes {
            chains.know(std::mem::take(&mut snapshots[*place].chains));
        }
        let named: Vec<String> = changes
            .iter()
            .map(|(place, change)| {
                let need = &items[*place].need;
                let watched = need.subject.as_deref().filter(|_| need.watch);
                let on_staff = change.staff.is_some() || change.key.is_some();
                chain_of(&change.event, on_staff, watched)
            })
            .collect();
        let opens = |change: &Changes| change.case.as_ref().is_some_and(|case| case.version == 1);
        let unknown = named.iter().zip(&changes).filter(|(_, (_, change))| !opens(change));
        let unknown = unknown.filter(|(chain, _)| !chains.knows(chain));
        let unknown: Vec<String> = unknown.map(|(chain, _)| chain.clone()).collect();
        if !unknown.is_empty() {
            // Noted in a chain that the needs do not name.
            let read = conn.within(READ).run(load(&mut conn, &[], 0, &unknown)).await?;
            chains.know(read.chains);
        }
        for (((_, change), seq), chain) in changes.iter_mut().zip(numbers).zip(named) {
            chains.add(&mut events, chain, |previous| change.seal(seq, previous));
        }
        let lists = Lists::of(&changes.iter().map(|(_, change)| change.as_ref()));
        self.apply(conn, &guards, &chains, &events, &lists).await?;
        Ok(outcomes)
    }

    /// Reads what the batch needs to see, and the connection to go on with. Nothing is written
    /// yet: where the connection turns out to be gone, it is read over another.
    async fn see(
        &self,
        items: &mut [Waiting],
    ) -> Result<(Conn, Vec<Snapshot>, Vec<i64>), StoreError> {
        let mut tries = Tries::default();
        loop {
            let mut conn = self.link.take(Lane::Write).await?;
            match see(&mut conn, items).await {
                Ok((snapshots, numbers)) => return Ok((conn, snapshots, numbers)),
                Err(error) if tries.again(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Answers the commands of a batch; those that wait, and those of a batch that failed, go
    /// back to be tried again, each alone.
    fn answer(&self, items: Vec<Waiting>, result: Result<Vec<Option<Outcome>>, Failure>) {
        let failure = match result {
            Ok(outcomes) => {
                for (item, outcome) in items.into_iter().zip(outcomes) {
                    match outcome {
                        Some(outcome) => {
                            let _ = item.reply.send(Ok(outcome));
                        }
                        None => self.queue.again(item),
                    }
                }
                return;
            }
            Err(failure) => failure,
        };
        let single = items.len() == 1;
        for mut item in items.into_iter().rev() {
            if let Some(error) = verdict(&mut item, &failure, single) {
                let _ = item.reply.send(Err(error));
            } else {
                self.queue.again(item);
            }
        }
    }

    async fn apply(
        &self,
        mut conn: Conn,
        guards: &Guards,
        chains: &Chains,
        events: &[Noted],
        lists: &Lists<'_>,
    ) -> Result<(), Failure> {
        let binds = [
            json(guards),
            json(&chains.changed()),
            json(&events),
            json(&lists.new_cases),
            json(&lists.cases),
            json(&lists.entries),
            json(&lists.extensions),
            json(&lists.new_links),
            json(&lists.links),
            json(&lists.outbox),
            json(&lists.callbacks),
            json(&lists.readings),
            json(&lists.commands),
            json(&lists.new_staff),
            json(&lists.staff),
        ];
        // Hardly any batch has keys in it: the others shall not carry two lists for nothing.
        let keys = !(lists.new_keys.is_empty() && lists.keys.is_empty());
        let mut query = sqlx::query(if keys { APPLY_KEYS } else { APPLY });
        for bind in binds {
            query = query.bind(bind);
        }
        if keys {
            query = query.bind(json(&lists.new_keys)).bind(json(&lists.keys));
        }
        match conn.within(WRITE).run(query.execute(&mut *conn)).await {
            Ok(_) => {
                conn.give_back();
                self.tell();
                Ok(())
            }
            Err(error) if conflict(&error) => {
                conn.give_back();
                Err(Failure::Overtaken(overtaken(error)))
            }
            Err(error) if in_doubt(&error) => {
                Err(Failure::Unknown(StoreError::OutcomeUnknown(error.to_string())))
            }
            Err(error) => Err(Failure::Not(constraint(error))),
        }
    }
}

/// What must still be so when a batch is written.
#[derive(Default, Serialize)]
struct Guards {
    /// The last import, where anything decided looks at the records.
    imports: Option<i64>,
    /// Coupons whose money or expiry is touched: number, balance, expiry.
    coupons: Vec<(String, i64, String)>,
}

impl Guards {
    fn of(changes: &[(usize, Box<Changes>)], snapshots: &[Snapshot], items: &[Waiting]) -> Self {
        let mut guards = Self::default();
        for (place, change) in changes {
            let (seen, need) = (&snapshots[*place], &items[*place].need);
            if need.case_id.is_some() || need.opened_day.is_some() {
                let imports = guards.imports.unwrap_or(seen.imports);
                guards.imports = Some(imports.min(seen.imports));
            }
            if let Some(coupon) = &seen.coupon
                && !(change.entries.is_empty() && change.extensions.is_empty())
            {
                let CouponRow { inquiry_number, balance, expires_on, .. } = coupon;
                guards.coupons.push((inquiry_number.clone(), *balance, expires_on.clone()));
            }
        }
        guards.coupons.sort_unstable();
        guards
    }
}

/// Rows and lists hold only strings and integers: they always serialise.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What the batch needs to see: read now, but for what was seen a moment ago. Whether that
/// still stands is told by the same guards as what is read now.
async fn see(
    conn: &mut Conn,
    items: &mut [Waiting],
) -> Result<(Vec<Snapshot>, Vec<i64>), StoreError> {
    if items.iter().any(|item| item.in_doubt.is_some()) {
        // The first try may still wait for its commit: what is read before that would
        // not show it, and a refusal made of it would be wrong.
        conn.within(WRITE).run(settle(conn)).await?;
    }
    let seen: Vec<Option<Box<Snapshot>>> = items.iter_mut().map(|item| item.seen.take()).collect();
    let missing = items.iter().zip(&seen).filter(|(_, seen)| seen.is_none());
    let needs: Vec<Need> = missing.map(|(item, _)| item.need.clone()).collect();
    let Read { snapshots, numbers, .. } =
        conn.within(READ).run(load(conn, &needs, items.len(), &[])).await?;
    let mut read = snapshots.into_iter();
    let snapshots = seen
        .into_iter()
        .filter_map(|seen| seen.map(|seen| *seen).or_else(|| read.next()))
        .collect();
    Ok((snapshots, numbers))
}
