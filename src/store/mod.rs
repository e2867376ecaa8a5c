//! The store: one trait, and its body on SQLite. Everything that changes something goes
//! through one door, [`Store::submit`]: what a decision needs is read, the decision is
//! made and what it changes is written in one transaction.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::domain::time::Instant;

mod batch;
mod board;
mod cells;
pub mod changes;
pub mod desks;
pub mod import;
pub mod moving;
mod parts;
pub mod place;
pub mod postgres;
mod read;
pub mod rows;
pub mod snapshot;
pub mod sqlite;
mod verify;

use changes::{Changes, Event};
use desks::Desks;
use import::{ImportBegin, ImportSession};
use rows::{
    AuditRow, CaseRow, CouponRow, EntryRow, ExtensionRow, MerchantRow, ReadingRow, SettlementRow,
    StaffKeyRow, StaffRow,
};
use snapshot::{Need, Snapshot};

/// The schema this program reads and writes.
pub const SCHEMA_VERSION: i64 = 5;

/// The action of changes that change nothing: a command that was carried out before is
/// answered again.
pub const NOTHING: &str = "";

/// Why the store did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database at the place named.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// It is there already.
    #[error("a database exists already at {0}")]
    Exists(PathBuf),
    /// The URL names no database this program can open.
    #[error("{0}")]
    Url(String),
    /// The schema is another version's.
    #[error("the database has schema {found}, this program needs {needed}")]
    Version {
        /// What the database says.
        found: i64,
        /// What this program needs.
        needed: i64,
    },
    /// It cannot be read or written: gone, full, read-only, locked for too long.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database server, or the way to it, refuses for a reason of its own that a person
    /// has to see to: a wrong password, no space, a standby that is read-only.
    #[error("{}: {what}", code.as_str())]
    Server {
        /// Which reason.
        code: Code,
        /// Where, and what the server said of it; safe to print.
        what: String,
    },
    /// The commit was sent and no answer came.
    #[error("the outcome is unknown: {0}")]
    OutcomeUnknown(String),
    /// A row is not what the store wrote.
    #[error("damaged row {key} of {table}: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A constraint of the database refused: a rule was broken that a decision should
    /// have refused first.
    #[error("the database refused: {0}")]
    Constraint(String),
}

impl StoreError {
    /// Whether it may be over in a moment without anybody doing anything.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Server { code, .. } => {
                matches!(code, Code::DatabaseReadOnly | Code::DatabaseCrowded | Code::DatabaseBusy)
            }
            _ => false,
        }
    }

    /// The refusal that tells a person of it.
    #[must_use]
    pub fn to_refusal(&self) -> Refusal {
        match self {
            Self::Missing(path) => Refusal::new(Code::DatabaseMissing).with("file", shown(path)),
            Self::Exists(path) => Refusal::new(Code::ExistsAlready).with("file", shown(path)),
            Self::Version { found, needed } => {
                Refusal::new(Code::DatabaseVersion).with("found", found).with("needed", needed)
            }
            Self::Server { code, what } => Refusal::new(*code).with("what", what),
            Self::OutcomeUnknown(_) => Code::OutcomeUnknown.into(),
            Self::Damaged { .. } => Refusal::new(Code::AuditBroken).with("what", self),
            Self::Constraint(what) => Refusal::new(Code::AuditBroken).with("what", what),
            Self::Url(what) => {
                Refusal::new(Code::BadInput).with("key", "--database").with("what", what)
            }
            Self::Unreachable(what) => Refusal::new(Code::DatabaseUnreachable).with("what", what),
        }
    }
}

/// A path may hold anything, control characters too.
fn shown(path: &std::path::Path) -> String {
    crate::domain::text::for_terminal(&path.to_string_lossy())
}

/// A decision: which rows it must see, and what it makes of them. It may be asked more
/// than once (a batch that fails is tried again one by one), so it changes nothing itself.
pub trait Job: Send + Sync {
    /// The rows to read.
    fn need(&self) -> Need;

    /// What to write, or why nothing is written.
    ///
    /// # Errors
    /// The refusal for whoever asked, or the row that cannot be what the store wrote.
    fn decide(&self, seen: &Snapshot) -> Result<Decision, StoreError>;
}

/// A decision that is asked for.
pub struct Ask {
    /// The decision.
    pub job: Arc<dyn Job>,
    /// What its need came to a moment ago, where the need is of the records only. The
    /// store takes it for true where nothing but such decisions was written since, and
    /// reads anew otherwise.
    pub seen: Option<Box<Snapshot>>,
}

impl From<Arc<dyn Job>> for Ask {
    fn from(job: Arc<dyn Job>) -> Self {
        Self { job, seen: None }
    }
}

/// What a decision came to.
pub type Decision = Result<Box<Changes>, Refusal>;

/// The answer of a command that was carried out (JSON), or the refusal.
pub type Outcome = Result<String, Refusal>;

/// What the database says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// A training database says 研修 on every screen and may have a clock of its own.
    pub training: bool,
    /// For a training clock: what it showed …
    pub clock_at: Option<Instant>,
    /// … when the real clock showed this.
    pub clock_set_at: Option<Instant>,
}

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Only in this state.
    pub state: Option<String>,
    /// Only those opened or held by this person.
    pub staff_id: Option<String>,
    /// Only on this coupon.
    pub number: Option<String>,
    /// At most so many, newest first.
    pub limit: i64,
}

/// A coupon with all that belongs to it.
#[derive(Clone, Debug)]
pub struct CouponFile {
    /// The coupon.
    pub coupon: CouponRow,
    /// When it was imported.
    pub imported_at: Instant,
    /// Its settlements, oldest first, with the merchant's name.
    pub settlements: Vec<(SettlementRow, String)>,
    /// Its extensions, oldest first.
    pub extensions: Vec<ExtensionRow>,
    /// Its later ledger entries, oldest first.
    pub entries: Vec<EntryRow>,
    /// Its cases, newest first.
    pub cases: Vec<CaseRow>,
    /// What the audit trail says of it, newest first, bounded.
    pub history: Vec<AuditRow>,
}

/// Which of some numbers may be the caller's.
#[derive(Clone, Debug)]
pub struct NearQuestion {
    /// The numbers, the likeliest first.
    pub numbers: Vec<String>,
    /// The expiry as said, YYYY-MM-DD.
    pub expiry: String,
    /// The prefecture as said, JIS code.
    pub prefecture: u8,
    /// The shop.
    pub merchant_id: String,
    /// The outage, microseconds from and until.
    pub outage: (i64, i64),
    /// How many at most.
    pub limit: i64,
}

/// A shop for the search index.
#[derive(Clone, Debug)]
pub struct ShopRow {
    /// 加盟店ID.
    pub merchant_id: String,
    /// 店舗名.
    pub name: String,
    /// How it is read: the latest correction, else フリガナ of the record, else what a
    /// dictionary made; several readings are separated by `|`.
    pub kana: String,
    /// Where that reading comes from.
    pub kana_source: KanaSource,
    /// JIS code.
    pub prefecture: u8,
    /// 住所: tells two shops of one name apart.
    pub address: String,
}

/// Where a shop's reading comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KanaSource {
    /// There is none.
    None,
    /// The record's フリガナ.
    Record,
    /// Made by a dictionary at an import.
    Dictionary,
    /// Given by a supervisor.
    Corrected,
}

impl KanaSource {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Record => "record",
            Self::Dictionary => ReadingRow::DICTIONARY,
            Self::Corrected => ReadingRow::CORRECTED,
        }
    }
}

/// How many shops and later readings there are: both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShopsStamp {
    /// Shops.
    pub shops: i64,
    /// Readings made or corrected.
    pub readings: i64,
}

/// A shop that nothing says the reading of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadShop {
    /// 加盟店ID.
    pub merchant_id: String,
    /// 店舗名.
    pub name: String,
}

/// Who extends which coupons (class A).
#[derive(Clone, Debug)]
pub struct ExtendStep {
    /// Only coupons after this place (empty: from the beginning; else what the step before
    /// said), in the store's own order …
    pub after: String,
    /// … and only so many places further, or fewer.
    pub span: i64,
    /// The printed expiries that qualify.
    pub printed: Vec<String>,
    /// The prefectures that qualify, JIS codes; none means all.
    pub prefectures: Option<Vec<u8>>,
    /// The new last day.
    pub to_on: String,
    /// Whether to count only.
    pub dry_run: bool,
}

/// What one step of extending came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Coupons that qualify.
    pub eligible: i64,
    /// Of them, newly extended.
    pub extended: i64,
    /// Of them, extended before.
    pub already: i64,
    /// Where the next step goes on; none at the end.
    pub next: Option<String>,
}

/// What `audit verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Events in the chain.
    pub events: i64,
    /// Coupons whose balance was recomputed.
    pub coupons: i64,
    /// Ledger entries.
    pub entries: i64,
    /// Other rows held against the chain.
    pub rows: i64,
    /// The last link, to be written down elsewhere.
    pub head: String,
    /// Where the database was moved here: how many events came along, and the last link of
    /// their own chain, which was the head before.
    pub moved: Option<(i64, String)>,
    /// The first row that is wrong.
    pub wrong: Option<WrongRow>,
}

/// A row that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRow {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

/// The store of one campaign.
#[async_trait]
pub trait Store: Desks {
    /// Carries a decision out. When it answers, the answer is durable.
    async fn submit(&self, job: Arc<dyn Job>) -> Result<Outcome, StoreError>;

    /// Carries many independent decisions out, in bounded batches.
    async fn submit_all(&self, asks: Vec<Ask>) -> Result<Vec<Outcome>, StoreError>;

    /// Takes a line for the audit trail that may be written up to a second later.
    fn jot(&self, event: Event);

    /// Waits until everything jotted is durable.
    async fn flush(&self) -> Result<(), StoreError>;

    /// Reads without deciding.
    async fn snapshot(&self, needs: &[Need]) -> Result<Vec<Snapshot>, StoreError>;

    /// One coupon by its number, with the days it was extended to.
    async fn look_up(
        &self,
        number: &InquiryNumber,
    ) -> Result<Option<(CouponRow, Vec<String>)>, StoreError>;

    /// Of the numbers asked about, in their order, those of coupons with which everything
    /// else that was said agrees: an expiry they have or had, the prefecture, and a
    /// settlement at the shop in the outage.
    async fn near_numbers(&self, near: &NearQuestion) -> Result<Vec<String>, StoreError>;

    /// One coupon with all that belongs to it.
    async fn coupon_file(&self, number: &InquiryNumber) -> Result<Option<CouponFile>, StoreError>;

    /// What the database says of itself.
    async fn info(&self) -> Result<Info, StoreError>;

    /// Everyone on the staff.
    async fn staff(&self) -> Result<Vec<StaffRow>, StoreError>;

    /// The keys of one person, or of everyone, revoked ones too, in the order they were given out
    /// in.
    async fn staff_keys(&self, staff_id: Option<&StaffId>) -> Result<Vec<StaffKeyRow>, StoreError>;

    /// The places in the list of those who may not be signed in any more: they are disabled, or
    /// the key that they signed in with is not theirs any more. One question, whatever their number.
    async fn barred(
        &self,
        people: &[(StaffId, Option<Fingerprint>)],
    ) -> Result<Vec<usize>, StoreError>;

    /// Cases, newest first.
    async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError>;

    /// Up to `limit` numbers of cases in any of `states`, in order, after `after`.
    async fn case_ids(
        &self,
        states: &[&str],
        after: Option<&CaseId>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError>;

    /// Restored cases on coupons and merchants that imports after `import_id` brought
    /// settlements or sales for, and the last import's number.
    async fn restored_since(&self, import_id: i64) -> Result<(Vec<String>, i64), StoreError>;

    /// The last import whose consequences have been drawn.
    async fn rechecked_upto(&self) -> Result<i64, StoreError>;

    /// What the audit trail says of a case, oldest first.
    async fn history(&self, case_id: &CaseId) -> Result<Vec<AuditRow>, StoreError>;

    /// Merchants of a prefecture whose folded name or reading is exactly `key`.
    async fn merchants_named(
        &self,
        key: &str,
        prefecture: Prefecture,
    ) -> Result<Vec<MerchantRow>, StoreError>;

    /// One merchant.
    async fn merchant(&self, id: &MerchantId) -> Result<Option<MerchantRow>, StoreError>;

    /// Every shop, for the search index.
    async fn shops(&self) -> Result<Vec<ShopRow>, StoreError>;

    /// Moves whenever [`Store::shops`] would answer something else.
    async fn shops_stamp(&self) -> Result<ShopsStamp, StoreError>;

    /// Up to `limit` shops after `after`, in the order of their ids, whose record has no
    /// reading and for which none was made or given.
    async fn unread_shops(&self, after: &str, limit: i64) -> Result<Vec<UnreadShop>, StoreError>;

    /// Writes readings that a dictionary made, by merchant id, of those shops that still
    /// have none, and one event for all of them; returns how many.
    async fn add_readings(
        &self,
        readings: &[(String, String)],
        event: Event,
    ) -> Result<u64, StoreError>;

    /// Begins an import: nothing shows until it is finished, and dropping it leaves
    /// nothing.
    async fn import(&self, begin: ImportBegin) -> Result<Box<dyn ImportSession>, StoreError>;

    /// Extends one bounded step of coupons and writes the event for it.
    async fn extend(&self, step: &ExtendStep, event: Event) -> Result<Extended, StoreError>;

    /// Recomputes chain, ledger, balances and every row's hash.
    async fn verify_audit(&self) -> Result<AuditReport, StoreError>;

    /// Writes what was jotted, lets running writes finish and lets go of the database.
    async fn close(&self);
}
