//! The store on SQLite: one file in WAL mode with `synchronous=FULL`, many readers and one
//! writer task. Other processes take their turn through SQLite's own lock.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::changes::Event;
use super::import::{ImportBegin, ImportSession};
use super::read;
use super::rows::{AuditRow, CaseRow, CouponRow, MerchantRow, MetaRow, StaffKeyRow, StaffRow};
use super::snapshot::{Need, Snapshot};
use super::{
    Ask, AuditReport, CaseFilter, CouponFile, ExtendStep, Extended, Info, Job, NearQuestion,
    Outcome, SCHEMA_VERSION, ShopRow, ShopsStamp, Store, StoreError, UnreadShop,
};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use changed::Changed;
use readers::Readers;
use writer::{Jotted, Message, QUEUE, Writer};

mod begin;
mod board;
mod changed;
mod checkpoint;
mod desks;
mod extend;
mod file;
mod import;
mod incoming;
pub(super) mod leaving;
mod load;
mod look_up;
mod readers;
mod readings;
mod seats;
mod sql;
mod step;
mod verify;
mod writer;

/// How long a write waits for another process's before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_mins(1);
/// Reading connections per process.
const READERS: usize = 4;
/// How many jotted look-ups may wait; beyond it the oldest would be written at once.
const MAX_JOTTED: usize = 10_000;

const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "store", include_str!("../../../assets/migrations/sqlite/0001_store.sql")),
    (2, "guards", include_str!("../../../assets/migrations/sqlite/0002_guards.sql")),
    (3, "desks", include_str!("../../../assets/migrations/sqlite/0003_desks.sql")),
    (4, "readings", include_str!("../../../assets/migrations/sqlite/0004_readings.sql")),
    (5, "staff_keys", include_str!("../../../assets/migrations/sqlite/0005_staff_keys.sql")),
];

/// A store in one file.
pub struct SqliteStore {
    options: SqliteConnectOptions,
    readers: Readers,
    changed: Changed,
    inbox: Mutex<Option<mpsc::Sender<Message>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    jotted: Jotted,
    turn: Arc<tokio::sync::Mutex<()>>,
    checkpoints: Mutex<Option<JoinHandle<()>>>,
}

/// The path in a `sqlite://PATH` URL.
///
/// # Errors
/// [`StoreError::Url`] where it is no such URL.
pub fn path_of(url: &str) -> Result<PathBuf, StoreError> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    match path {
        Some(path) if !path.is_empty() && !path.starts_with(":memory:") => Ok(PathBuf::from(path)),
        _ => Err(StoreError::Url(format!("not a database URL of the form sqlite://PATH: {url}"))),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // A list has thousands of rows: the engine shall not stop at every fifty.
        .row_buffer_size(8192)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "FILE")
        .pragma("mmap_size", "268435456")
        // The writer's pages are moved beside it (see `checkpoint`); bulk work moves its own.
        .pragma("wal_autocheckpoint", "2000")
        // A trigger's refusal must not be answered by another trigger.
        .pragma("recursive_triggers", "OFF")
        .disable_statement_logging()
}

impl SqliteStore {
    /// Creates the database in a new file, with its first admin. An attempt that was cut
    /// short before is completed.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is one already, [`StoreError::Unreachable`] where
    /// the place cannot be written.
    pub async fn create(
        path: &Path,
        meta: Vec<MetaRow>,
        admin: StaffRow,
        event: Event,
    ) -> Result<(), StoreError> {
        if tokio::fs::metadata(path).await.is_ok_and(|file| !file.is_file()) {
            return Err(StoreError::Unreachable(format!("{} is not a file", path.display())));
        }
        own_file(path)?;
        let mut conn =
            options(path).create_if_missing(true).connect().await.map_err(unreachable)?;
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sqlx::SqlSafeStr::into_sql_str(sql),
                false,
            )
        });
        let migrator = Migrator::with_migrations(migrations.to_vec());
        migrator
            .run(&mut conn)
            .await
            .map_err(|error| StoreError::Unreachable(error.to_string()))?;
        let begun: i64 = sqlx::query_scalar("SELECT count(*) FROM meta")
            .fetch_one(&mut conn)
            .await
            .map_err(unreachable)?;
        if begun > 0 {
            return Err(StoreError::Exists(path.to_owned()));
        }
        begin::begin(&mut conn, meta, admin, event).await?;
        conn.close().await.map_err(unreachable)
    }

    /// Opens an existing database.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Version`], [`StoreError::Unreachable`].
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if !tokio::fs::try_exists(path).await.unwrap_or(true) {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let options = options(path);
        let mut conn = options
            .clone()
            .pragma("wal_autocheckpoint", "0")
            // What a statement would take back is bounded by the batch: no file for it.
            .pragma("temp_store", "MEMORY")
            .connect()
            .await
            .map_err(unreachable)?;
        check_version(&mut conn, path).await?;
        let readers = Readers::new(options.clone(), READERS);
        let changed = Changed::new(options.clone());
        let (sender, inbox) = mpsc::channel(QUEUE);
        let jotted: Jotted = Arc::default();
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        let (written, changes) = watch::channel(());
        let writer = Writer::new(
            conn,
            file::File::of(path),
            inbox,
            Arc::clone(&jotted),
            Arc::clone(&turn),
            written,
        );
        let task = tokio::spawn(writer.run());
        let mover = checkpoint::Mover::new(options.clone(), sender.downgrade(), changes);
        let checkpoints = tokio::spawn(mover.run());
        Ok(Self {
            options,
            readers,
            changed,
            inbox: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(task)),
            jotted,
            turn,
            checkpoints: Mutex::new(Some(checkpoints)),
        })
    }

    /// Writes what was jotted, lets running writes finish and closes the file.
    pub async fn close(&self) {
        if let Ok(mut inbox) = self.inbox.lock() {
            inbox.take();
        }
        let task = self.writer.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            let _ = task.await;
        }
        let task = self.checkpoints.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            let _ = task.await;
        }
        self.readers.close().await;
        self.changed.close().await;
    }

    fn sender(&self) -> Result<mpsc::Sender<Message>, StoreError> {
        let inbox = self.inbox.lock().ok().and_then(|inbox| inbox.clone());
        inbox.ok_or_else(|| StoreError::Unreachable("the store is closed".to_owned()))
    }

    async fn bulk(&self) -> Result<SqliteConnection, StoreError> {
        self.options
            .clone()
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "0")
            // An index is sorted on the core that the reader of the file has left.
            .pragma("threads", "1")
            .connect()
            .await
            .map_err(unreachable)
    }
}

/// Makes the file, where there is none, so that only its owner can read it: it will hold
/// telephone numbers and password hashes. SQLite gives its other files the same mode.
fn own_file(path: &Path) -> Result<(), StoreError> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let opened = file.open(path);
    opened.map(|_| ()).map_err(|error| StoreError::Unreachable(error.to_string()))
}

async fn check_version(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let found: Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut *conn)
            .await;
    let found = match found {
        Ok(found) => found.unwrap_or(0),
        // A file of SQLite's that is not ours, or an empty one, has no such table.
        Err(sqlx::Error::Database(error)) if error.message().contains("no such table") => 0,
        Err(error) => return Err(unreachable(error)),
    };
    if found != SCHEMA_VERSION {
        return Err(StoreError::Version { found, needed: SCHEMA_VERSION });
    }
    let begun: i64 = sqlx::query_scalar("SELECT count(*) FROM meta")
        .fetch_one(conn)
        .await
        .map_err(unreachable)?;
    // `init` was cut short: what it began is not a database yet.
    if begun == 0 { Err(StoreError::Missing(path.to_owned())) } else { Ok(()) }
}

/// An error of the engine that says nothing about the data.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err everywhere")]
fn unreachable(error: sqlx::Error) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

/// An error on writing: a constraint's refusal is told from an engine that failed.
fn constraint(error: sqlx::Error) -> StoreError {
    let refused = match &error {
        // SQLITE_CONSTRAINT and its extended codes.
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse::<i64>().ok())
            .is_some_and(|code| code & 0xff == 19),
        _ => false,
    };
    if refused { StoreError::Constraint(error.to_string()) } else { unreachable(error) }
}

#[async_trait]
impl Store for SqliteStore {
    async fn submit(&self, job: Arc<dyn Job>) -> Result<Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unreachable("the store is closed".to_owned());
        self.sender()?.send(Message::Do(job.into(), reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown("the writer has gone".to_owned()))?
    }

    async fn submit_all(&self, asks: Vec<Ask>) -> Result<Vec<Outcome>, StoreError> {
        let sender = self.sender()?;
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            let (reply, answer) = oneshot::channel();
            let gone = |_| StoreError::Unreachable("the store is closed".to_owned());
            sender.send(Message::Do(ask, reply)).await.map_err(gone)?;
            answers.push(answer);
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            let gone = |_| StoreError::OutcomeUnknown("the writer has gone".to_owned());
            outcomes.push(answer.await.map_err(gone)??);
        }
        Ok(outcomes)
    }

    fn jot(&self, event: Event) {
        if let Ok(mut jotted) = self.jotted.lock() {
            jotted.push(event);
            if jotted.len() > 1 && jotted.len() < MAX_JOTTED {
                return;
            }
        }
        // The first one wakes the writer, which then looks every half second. When very
        // many wait, or the inbox is full, a flush is under way anyway.
        if let Ok(sender) = self.sender() {
            let _ = sender.try_send(Message::Jotted);
        }
    }

    async fn flush(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Unreachable("the store is closed".to_owned());
        self.sender()?.send(Message::Flush(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    async fn snapshot(&self, needs: &[Need]) -> Result<Vec<Snapshot>, StoreError> {
        let mut reader = self.readers.take().await?;
        let loaded = load::load(&mut reader.conn, needs).await?;
        reader.give_back();
        Ok(loaded.snapshots)
    }

    async fn look_up(
        &self,
        number: &InquiryNumber,
    ) -> Result<Option<(CouponRow, Vec<String>)>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = readers::awake(look_up::look_up(&mut reader.conn, number)).await?;
        reader.give_back();
        Ok(found)
    }

    async fn near_numbers(&self, near: &NearQuestion) -> Result<Vec<String>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = readers::awake(look_up::near_numbers(&mut reader.conn, near)).await?;
        reader.give_back();
        Ok(found)
    }

    async fn coupon_file(&self, number: &InquiryNumber) -> Result<Option<CouponFile>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::coupon_file(&mut reader.conn, number).await?;
        reader.give_back();
        Ok(found)
    }

    async fn info(&self) -> Result<Info, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::info(&mut reader.conn).await?;
        reader.give_back();
        Ok(found)
    }

    async fn staff(&self) -> Result<Vec<StaffRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::rows(&mut reader.conn, "ORDER BY t.staff_id", &[]).await?;
        reader.give_back();
        Ok(found)
    }

    async fn staff_keys(&self, staff_id: Option<&StaffId>) -> Result<Vec<StaffKeyRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::staff_keys(&mut reader.conn, staff_id).await?;
        reader.give_back();
        Ok(found)
    }

    async fn barred(
        &self,
        people: &[(StaffId, Option<Fingerprint>)],
    ) -> Result<Vec<usize>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::barred(&mut reader.conn, people).await?;
        reader.give_back();
        Ok(found)
    }

    async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::cases(&mut reader.conn, filter).await?;
        reader.give_back();
        Ok(found)
    }

    async fn case_ids(
        &self,
        states: &[&str],
        after: Option<&CaseId>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::case_ids(&mut reader.conn, states, after, limit).await?;
        reader.give_back();
        Ok(found)
    }

    async fn restored_since(&self, import_id: i64) -> Result<(Vec<String>, i64), StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::restored_since(&mut reader.conn, import_id).await?;
        reader.give_back();
        Ok(found)
    }

    async fn rechecked_upto(&self) -> Result<i64, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::rechecked_upto(&mut reader.conn).await?;
        reader.give_back();
        Ok(found)
    }

    async fn history(&self, case_id: &CaseId) -> Result<Vec<AuditRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::history(&mut reader.conn, case_id).await?;
        reader.give_back();
        Ok(found)
    }

    async fn merchants_named(
        &self,
        key: &str,
        prefecture: Prefecture,
    ) -> Result<Vec<MerchantRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = read::merchants_named(&mut reader.conn, key, prefecture).await?;
        reader.give_back();
        Ok(found)
    }

    async fn merchant(&self, id: &MerchantId) -> Result<Option<MerchantRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found =
            read::rows(&mut reader.conn, "WHERE t.merchant_id = $1", &[id.as_str()]).await?;
        reader.give_back();
        Ok(found.into_iter().next())
    }

    async fn shops(&self) -> Result<Vec<ShopRow>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = look_up::shops(&mut reader.conn).await?;
        reader.give_back();
        Ok(found)
    }

    async fn shops_stamp(&self) -> Result<ShopsStamp, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = look_up::shops_stamp(&mut reader.conn).await?;
        reader.give_back();
        Ok(found)
    }

    async fn unread_shops(&self, after: &str, limit: i64) -> Result<Vec<UnreadShop>, StoreError> {
        let mut reader = self.readers.take().await?;
        let found = readings::unread(&mut reader.conn, after, limit).await?;
        reader.give_back();
        Ok(found)
    }

    async fn add_readings(
        &self,
        readings: &[(String, String)],
        event: Event,
    ) -> Result<u64, StoreError> {
        let mut conn = self.bulk().await?;
        let _turn = self.turn.lock().await;
        readings::add(&mut conn, readings, event).await
    }

    async fn import(&self, begin: ImportBegin) -> Result<Box<dyn ImportSession>, StoreError> {
        let conn = self.bulk().await?;
        Ok(Box::new(import::Session::begin(conn, begin, Arc::clone(&self.turn)).await?))
    }

    async fn extend(&self, step: &ExtendStep, event: Event) -> Result<Extended, StoreError> {
        let mut conn = self.bulk().await?;
        let _turn = self.turn.lock().await;
        extend::step(&mut conn, step, event).await
    }

    async fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        let mut conn = self.bulk().await?;
        verify::verify(&mut conn).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}
