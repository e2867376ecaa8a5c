//! The store on PostgreSQL 15 or later: many desks, each process with a few connections to
//! whichever server is the primary. A decision takes two round trips (`load`, `apply`), and the
//! audit trail has a chain for each case and person, so that desks do not wait for each other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::changes::Event;
use super::import::{ImportBegin, ImportSession};
use super::read;
use super::rows::{AuditRow, CaseRow, CouponRow, MerchantRow, StaffKeyRow, StaffRow};
use super::snapshot::{Need, Snapshot};
use super::{
    Ask, AuditReport, CaseFilter, CouponFile, ExtendStep, Extended, Info, Job, NearQuestion,
    Outcome, ShopRow, ShopsStamp, Store, StoreError, UnreadShop,
};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::domain::time::Instant;
pub use chain::MOVE;
use errors::{conflict as lost_a_race, constraint, unreachable};
use hosts::Hosts;
use link::{Lane, Link, reading};
use listen::{Herald, News};
use look_up::LookUps;
use queue::Queue;
use writer::{WRITERS, Writers};

pub(super) mod arriving;
mod begin;
mod board;
mod chain;
mod chains;
mod create;
mod desks;
pub mod errors;
mod extend;
pub mod hosts;
mod import;
mod incoming;
pub mod link;
pub mod listen;
mod load;
mod loading;
mod look_up;
mod merge;
mod moved;
mod queue;
mod readings;
mod seal;
mod seats;
mod sql;
mod step;
mod url;
mod verdict;
mod verify;
mod writer;

/// How long a jotted look-up may stay unwritten.
const JOT_EVERY: Duration = Duration::from_millis(500);
/// How often chains are sealed while something is written.
const SEAL_EVERY: Duration = Duration::from_secs(2);
/// `lock_key` held shared by whoever writes a decision about the records.
const LOCK_RECORDS: i64 = 1;
/// `lock_key` of whoever imports, extends or adds readings.
const LOCK_BULK: i64 = 2;
/// `lock_key` of whoever seals.
const LOCK_SEAL: i64 = 3;

/// A store on a server.
pub struct PgStore {
    writers: Arc<Writers>,
    look_ups: LookUps,
    news: News,
    /// Told that something was jotted.
    jotted: Arc<Notify>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    beside: Mutex<Vec<JoinHandle<()>>>,
}

impl PgStore {
    /// Opens an existing database.
    ///
    /// # Errors
    /// [`StoreError::Url`], [`StoreError::Missing`], [`StoreError::Version`], and what the
    /// servers answer.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let link = Link::open(Hosts::parse(url)?).await?;
        if let Err(error) = reading!(&link, Lane::Look, conn => create::check_version(&mut conn)) {
            let shown = link.shown();
            link.close().await;
            return Err(match error {
                StoreError::Missing(_) => StoreError::Missing(shown.into()),
                other => other,
            });
        }
        let news = News::new(&link);
        let herald = Herald::begin(&link);
        let writers = Arc::new(Writers::new(link, Queue::default(), herald));
        let tasks = (0..WRITERS).map(|_| tokio::spawn(Arc::clone(&writers).run())).collect();
        let jotted = Arc::new(Notify::new());
        let beside = vec![
            tokio::spawn(jotting(Arc::clone(&writers), Arc::clone(&jotted))),
            tokio::spawn(sealing(Arc::clone(&writers))),
        ];
        let look_ups = LookUps::default();
        Ok(Self {
            writers,
            look_ups,
            news,
            jotted,
            tasks: Mutex::new(tasks),
            beside: Mutex::new(beside),
        })
    }

    fn link(&self) -> &Link {
        &self.writers.link
    }
}

/// Writes what was jotted, half a second after it was.
async fn jotting(writers: Arc<Writers>, jotted: Arc<Notify>) {
    loop {
        jotted.notified().await;
        tokio::time::sleep(JOT_EVERY).await;
        while let Err(error) = writers.write_jotted().await {
            tracing::warn!(%error, "look-ups could not be written yet");
            tokio::time::sleep(JOT_EVERY).await;
        }
    }
}

/// Seals what this process wrote, some time after it was written. What a process leaves that
/// was killed is sealed by the next one that writes.
async fn sealing(writers: Arc<Writers>) {
    loop {
        writers.written.notified().await;
        tokio::time::sleep(SEAL_EVERY).await;
        if let Err(error) = seal(&writers.link).await {
            tracing::warn!(%error, "the audit trail could not be sealed yet");
            writers.written.notify_one();
        }
    }
}

/// Seals all that has grown.
async fn seal(link: &Link) -> Result<(), StoreError> {
    loop {
        let mut conn = link.take(Lane::Desk).await?;
        let at = Instant::from(chrono::Utc::now());
        let more = conn.within(link::WRITE).run(seal::seal(&mut conn, at)).await?;
        conn.give_back();
        if !more {
            return Ok(());
        }
    }
}

/// Restored cases that later imports speak of, and the last import.
async fn restored_since(
    conn: &mut PgConnection,
    import_id: i64,
) -> Result<(Vec<String>, i64), StoreError> {
    // A restoration that was decided on the records before the last import may be written at
    // this moment.
    settle(conn).await?;
    read::restored_since(conn, import_id).await
}

/// Waits until every decision about the records is written that is under way: what is read
/// afterwards shows it, and those that come later see what was committed before.
async fn settle(conn: &mut PgConnection) -> Result<(), StoreError> {
    lock(conn, LOCK_RECORDS).await.map_err(unreachable)
}

/// Takes one of the schema's advisory locks until the end of the transaction.
async fn lock(tx: &mut PgConnection, what: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(lock_key($1))").bind(what).execute(tx).await?;
    Ok(())
}

#[async_trait]
impl Store for PgStore {
    async fn submit(&self, job: Arc<dyn Job>) -> Result<Outcome, StoreError> {
        let answer = self.writers.queue.ask(job.into())?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown("the writers have gone".to_owned()))?
    }

    async fn submit_all(&self, asks: Vec<Ask>) -> Result<Vec<Outcome>, StoreError> {
        let answers: Result<Vec<_>, _> =
            asks.into_iter().map(|ask| self.writers.queue.ask(ask)).collect();
        let mut outcomes = Vec::new();
        for answer in answers? {
            let gone = |_| StoreError::OutcomeUnknown("the writers have gone".to_owned());
            outcomes.push(answer.await.map_err(gone)??);
        }
        Ok(outcomes)
    }

    fn jot(&self, event: Event) {
        if self.writers.queue.jot(event) {
            self.jotted.notify_one();
        }
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.writers.write_jotted().await
    }

    async fn snapshot(&self, needs: &[Need]) -> Result<Vec<Snapshot>, StoreError> {
        Ok(reading!(self.link(), Lane::Desk, conn => load::load(&mut conn, needs, 0, &[]))?
            .snapshots)
    }

    async fn look_up(
        &self,
        number: &InquiryNumber,
    ) -> Result<Option<(CouponRow, Vec<String>)>, StoreError> {
        self.look_ups.look_up(self.link(), number).await
    }

    async fn near_numbers(&self, near: &NearQuestion) -> Result<Vec<String>, StoreError> {
        reading!(self.link(), Lane::Look, conn => look_up::near_numbers(&mut conn, near))
    }

    async fn coupon_file(&self, number: &InquiryNumber) -> Result<Option<CouponFile>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::coupon_file(&mut *conn, number))
    }

    async fn info(&self) -> Result<Info, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::info(&mut *conn))
    }

    async fn staff(&self) -> Result<Vec<StaffRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::rows(&mut *conn, "ORDER BY t.staff_id", &[]))
    }

    async fn staff_keys(&self, staff_id: Option<&StaffId>) -> Result<Vec<StaffKeyRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::staff_keys(&mut *conn, staff_id))
    }

    async fn barred(
        &self,
        people: &[(StaffId, Option<Fingerprint>)],
    ) -> Result<Vec<usize>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::barred(&mut *conn, people))
    }

    async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::cases(&mut *conn, filter))
    }

    async fn case_ids(
        &self,
        states: &[&str],
        after: Option<&CaseId>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::case_ids(&mut *conn, states, after, limit))
    }

    async fn restored_since(&self, import_id: i64) -> Result<(Vec<String>, i64), StoreError> {
        // It waits for decisions that are being written, and the server says how long.
        reading!(self.link(), Lane::Desk, link::WRITE, conn => restored_since(&mut conn, import_id))
    }

    async fn rechecked_upto(&self) -> Result<i64, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::rechecked_upto(&mut *conn))
    }

    async fn history(&self, case_id: &CaseId) -> Result<Vec<AuditRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => read::history(&mut *conn, case_id))
    }

    async fn merchants_named(
        &self,
        key: &str,
        prefecture: Prefecture,
    ) -> Result<Vec<MerchantRow>, StoreError> {
        reading!(self.link(), Lane::Look, conn => read::merchants_named(&mut *conn, key, prefecture))
    }

    async fn merchant(&self, id: &MerchantId) -> Result<Option<MerchantRow>, StoreError> {
        let found: Vec<MerchantRow> = reading!(self.link(), Lane::Look, conn => read::rows(&mut *conn,
            "WHERE t.merchant_id = $1",
            &[id.as_str()]
        ))?;
        Ok(found.into_iter().next())
    }

    async fn shops(&self) -> Result<Vec<ShopRow>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => look_up::shops(&mut conn))
    }

    async fn shops_stamp(&self) -> Result<ShopsStamp, StoreError> {
        reading!(self.link(), Lane::Desk, conn => readings::shops_stamp(&mut conn))
    }

    async fn unread_shops(&self, after: &str, limit: i64) -> Result<Vec<UnreadShop>, StoreError> {
        reading!(self.link(), Lane::Desk, conn => readings::unread(&mut conn, after, limit))
    }

    async fn add_readings(
        &self,
        readings: &[(String, String)],
        event: Event,
    ) -> Result<u64, StoreError> {
        let mut conn = self.link().bulk().await?;
        let added = readings::add(&mut conn, readings, event).await?;
        self.writers.tell();
        let _ = conn.close().await;
        Ok(added)
    }

    async fn import(&self, begin: ImportBegin) -> Result<Box<dyn ImportSession>, StoreError> {
        let conn = self.link().bulk().await?;
        Ok(Box::new(import::Session::begin(conn, begin, Arc::clone(&self.writers)).await?))
    }

    async fn extend(&self, step: &ExtendStep, event: Event) -> Result<Extended, StoreError> {
        let mut conn = self.link().bulk().await?;
        let extended = extend::step(&mut conn, step, event).await?;
        self.writers.tell();
        let _ = conn.close().await;
        Ok(extended)
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        // An auditor's desk may be let in to read only; then the marks stand for the seal.
        if let Err(error) = seal(self.link()).await {
            tracing::warn!(%error, "the audit trail could not be sealed before it is verified");
        }
        let mut conn = self.link().bulk().await?;
        let report = verify::verify(&mut conn).await?;
        let _ = conn.close().await;
        Ok(report)
    }

    async fn close(&self) {
        self.writers.queue.close();
        let take = |tasks: &Mutex<Vec<JoinHandle<()>>>| {
            tasks.lock().map(|mut tasks| std::mem::take(&mut *tasks)).unwrap_or_default()
        };
        for task in take(&self.tasks) {
            let _ = task.await;
        }
        // Before the task that usually does it is stopped: it may be in the middle of it.
        if let Err(error) = self.writers.write_jotted().await {
            tracing::error!(%error, "look-ups could not be written");
        }
        for task in take(&self.beside) {
            task.abort();
            let _ = task.await;
        }
        if self.writers.wrote()
            && let Err(error) = seal(self.link()).await
        {
            tracing::warn!(%error, "the audit trail could not be sealed");
        }
        if self.writers.wrote() {
            let _ = listen::notify(self.link()).await;
        }
        self.news.close();
        self.link().close().await;
    }
}
