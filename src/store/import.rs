//! Importing a record file: what the reader hands to the store, and what it gets back.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::settlement::Source;
use crate::domain::staff::StaffId;
use crate::domain::time::{Instant, Window};
use crate::records::{BadRow, Digest, Kind, Record};

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

    /// What is left.
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
