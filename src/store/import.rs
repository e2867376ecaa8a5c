//! Importing a record file: what the reader hands to the store, and what it gets back.

use async_trait::async_trait;
use serde_json::json;

use super::StoreError;
use super::changes::Event;
use super::rows::ImportRow;
use crate::domain::settlement::Source;
use crate::domain::staff::StaffId;
use crate::domain::time::{Instant, Window};
use crate::records::{BadRow, BadRowReason, Digest, Kind, Record};

/// What an import is about.
#[derive(Clone, Debug)]
pub struct ImportBegin {
    /// Which file.
    pub kind: Kind,
    /// Whether to go the careful way at once, where every row is held against every
    /// other before any is added (needed to list all bad rows).
    pub staged: bool,
}

/// How an import ends.
#[derive(Clone, Debug)]
pub struct ImportFinish {
    /// The file's name without its folder.
    pub file_name: String,
    /// SHA-256 of its bytes, hex.
    pub file_sha256: String,
    /// Who imports.
    pub staff_id: StaffId,
    /// When.
    pub at: Instant,
    /// How many rows were read.
    pub read: u64,
    /// The sum of the hashes of all rows read.
    pub digest: Digest,
    /// What is declared complete.
    pub covers: Option<(Source, Window)>,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// All rows are in, durable.
    Done {
        /// Rows added.
        imported: u64,
        /// Rows that were there already, or twice in the file.
        unchanged: u64,
    },
    /// The quick way met a row it cannot judge: begin again, staged.
    Again,
    /// Nothing is in; so many rows went to the sink.
    Rejected(u64),
}

/// Turns good rows into the pieces that the store takes. Runs beside the reader.
pub trait Encoder: Send {
    /// Adds the row on `line`. A full piece comes back when there is one.
    fn push(&mut self, line: u64, record: &Record, hash: &[u8; 32]) -> Option<Piece>;

    /// What is left, a piece at a time until there is none.
    fn finish(&mut self) -> Option<Piece>;
}

/// Some hundred rows in the store's own form, which nobody else looks into.
pub struct Piece(pub Box<dyn std::any::Any + Send>);

/// An import that is under way. Dropping it leaves nothing behind.
#[async_trait]
pub trait ImportSession: Send {
    /// What turns rows into pieces for this import.
    fn encoder(&self) -> Box<dyn Encoder>;

    /// Takes some hundred rows. `false`: begin again, staged.
    async fn take(&mut self, piece: Piece) -> Result<bool, StoreError>;

    /// Whether this import goes the careful way.
    fn staged(&self) -> bool;

    /// Checks what one row alone cannot show, adds all or nothing, and is durable when
    /// it answers. `bad` tells that the reader has found bad rows already: then nothing
    /// is added, and the rows are checked only to hand what else is wrong to `sink`.
    async fn finish(
        self: Box<Self>,
        end: ImportFinish,
        bad: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Imported, StoreError>;
}

/// Takes bad rows, in the order of their lines.
pub type Sink<'a> = dyn FnMut(BadRow) + Send + 'a;

/// What tells a row from the others of its file.
pub(super) fn row_key(record: &Record) -> String {
    match record {
        Record::Merchant(m, _, _) => m.merchant_id.as_str().to_owned(),
        Record::Coupon(c) => c.inquiry_number.as_str().to_owned(),
        Record::Settlement(s) => s.settlement_id.as_str().to_owned(),
        Record::Sale(s) => s.sale_id.as_str().to_owned(),
        Record::Coverage(c) => format!(
            "{}/{}/{}/{}",
            c.merchant_id.as_ref().map_or("", |id| id.as_str()),
            c.source.as_str(),
            c.window.from().micros(),
            c.window.until().micros()
        ),
    }
}

/// The digest of coverage rows made here and not read from a file.
pub(super) fn add_to(digest: &mut Digest, record: &Record) -> [u8; 32] {
    let hash = record.hash();
    digest.add(&hash);
    hash
}

/// A bad row as the checks of either engine find it: `what` is their word for what is wrong.
pub(super) fn bad_row(line: i64, column: String, value: String, first: i64, what: &str) -> BadRow {
    let reason = match what {
        "duplicate" => BadRowReason::DuplicateInFile(u64::try_from(first).unwrap_or_default()),
        "differs" => BadRowReason::DiffersFromEarlier,
        "coupon" => BadRowReason::UnknownCoupon,
        _ => BadRowReason::UnknownMerchant,
    };
    BadRow { line: u64::try_from(line).unwrap_or_default(), column, value, reason }
}

/// What an import added, for its own row and event.
pub(super) struct Added {
    /// The import's number.
    pub import_id: i64,
    /// Which file.
    pub kind: Kind,
    /// Rows of the file that are new.
    pub imported: u64,
    /// Rows of the file that were there.
    pub unchanged: u64,
    /// Declarations that are new.
    pub covered: u64,
    /// Of all rows added.
    pub digest: Digest,
}

impl Added {
    /// The import's own row, unless it added nothing.
    pub(super) fn row(&self, end: &ImportFinish, audit_seq: i64) -> Option<ImportRow> {
        let added = self.imported + self.covered;
        (added > 0).then(|| ImportRow {
            import_id: self.import_id,
            kind: self.kind.as_str().to_owned(),
            file_name: end.file_name.clone(),
            file_sha256: end.file_sha256.clone(),
            row_count: i64::try_from(added).unwrap_or(i64::MAX),
            digest: self.digest.hex(),
            at: end.at.micros(),
            audit_seq,
        })
    }

    /// The import's event.
    pub(super) fn event(&self, end: &ImportFinish) -> Event {
        Event::new(end.at, &end.staff_id, "import").detail(json!({
            "import_id": self.import_id, "kind": self.kind.as_str(), "file": end.file_name,
            "sha256": end.file_sha256, "read": end.read, "imported": self.imported,
            "unchanged": self.unchanged, "covered": self.covered,
        }))
    }
}
