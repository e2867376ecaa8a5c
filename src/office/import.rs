//! Importing a record file: the file is read on a thread of its own, what it holds goes to
//! the store piece by piece, and at the end it is all in or nothing is.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::reading::{NoDictionary, Readings};
use super::{Actor, Office, OfficeError, Result};
use crate::config::Settings;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::settlement::Source;
use crate::domain::staff::Permission;
use crate::domain::time::Window;
use crate::records::{
    Digest, Encoding, FileError, Kind, Progress, Reader, Reject, Row, Spool, Summary, merge,
    write_rejects,
};
use crate::search::fold::surface_key;
use crate::store::changes::Event;
use crate::store::import::{Encoder, ImportBegin, ImportFinish, Imported, Piece};
use crate::store::{Store, StoreError};

/// How many pieces may wait for the store: the reader is held back, memory is not used.
const WAITING_PIECES: usize = 8;
/// How many bad rows are told at once; all of them stand in the rejects file.
pub const SHOWN_REJECTS: usize = 20;

/// Which file to import, and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Which of the five.
    pub kind: Kind,
    /// Where.
    pub path: PathBuf,
    /// For when the file is declared complete (settlements and sales).
    pub covers: Option<Window>,
    /// The encoding; found by itself where none is given.
    pub encoding: Option<Encoding>,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows read.
    pub read: u64,
    /// Rows added.
    pub imported: u64,
    /// Rows that were there already.
    pub unchanged: u64,
    /// Cases verified again.
    pub rechecked: u64,
    /// What giving readings to shops came to, where shops were imported.
    pub readings: Option<Readings>,
    /// The last row has no line end: the file may have been cut off there.
    pub unended_last_line: bool,
}

/// Bad rows: nothing was imported.
#[derive(Clone, Debug)]
pub struct RejectedRows {
    /// How many rows were read.
    pub read: u64,
    /// How many bad rows there are.
    pub rejected: u64,
    /// The first of them.
    pub first: Vec<Reject>,
    /// Where all of them are listed, or why they could not be.
    pub list: std::result::Result<PathBuf, String>,
}

/// How an import ends, short of an error.
#[derive(Clone, Debug)]
pub enum ImportEnd {
    /// All rows are in.
    Done(ImportReport),
    /// Nothing is.
    Rejected(RejectedRows),
}

/// How far an import has come: bytes of the file read, and bytes in all.
#[derive(Clone, Debug, Default)]
pub struct ImportProgress {
    read: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
}

impl ImportProgress {
    /// Bytes read, and bytes in all.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    fn take(&self, progress: &Progress) {
        self.read.store(progress.read_bytes(), Ordering::Relaxed);
        self.total.store(progress.total_bytes(), Ordering::Relaxed);
    }
}

/// What one reading of the file came to.
struct Reading {
    summary: Summary,
    digest: Digest,
    bad: Spool,
}

impl Office {
    /// Imports one file, all or nothing, and verifies again what it may concern
    /// (specification, section 3).
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `BAD_INPUT` for `--covers` with a file that cannot have it,
    /// `FILE_UNREADABLE`, or what the store answers. Bad rows are no error.
    pub async fn import(
        &self,
        actor: &Actor,
        request: &ImportRequest,
        progress: &ImportProgress,
    ) -> Result<ImportEnd> {
        actor.must(Permission::ImportRecords)?;
        let covers = covers(request)?;
        let mut staged = false;
        let end = loop {
            match self.attempt(actor, request, covers, staged, progress).await? {
                Some(end) => break end,
                None => staged = true,
            }
        };
        match end {
            ImportEnd::Done(mut report) => {
                report.rechecked = self.verify_again().await?.verified;
                if request.kind == Kind::Merchants {
                    // The records are in: what fails now is made good by the next import.
                    let made = self.make_readings().await;
                    report.readings = Some(made.unwrap_or_else(|error| Readings {
                        trouble: Some(NoDictionary::NotKept(error.to_string())),
                        ..Readings::default()
                    }));
                }
                Ok(ImportEnd::Done(report))
            }
            ImportEnd::Rejected(rows) => {
                let event = Event::new(self.now(), &actor.staff_id, "import.rejected").detail(
                    serde_json::json!({"kind": request.kind.as_str(), "rejected": rows.rejected}),
                );
                self.store.jot(event);
                Ok(ImportEnd::Rejected(rows))
            }
        }
    }

    /// One way through the file. None: it must be gone through again, the careful way.
    async fn attempt(
        &self,
        actor: &Actor,
        request: &ImportRequest,
        covers: Option<(Source, Window)>,
        staged: bool,
        progress: &ImportProgress,
    ) -> Result<Option<ImportEnd>> {
        let store: &dyn Store = self.store.as_ref();
        let begin = ImportBegin { kind: request.kind, staged };
        let mut session = store.import(begin).await?;
        let careful = session.staged();
        let (pieces, mut arriving) = mpsc::channel(WAITING_PIECES);
        let reader = FileReader {
            request: request.clone(),
            settings: Arc::clone(&self.settings),
            encoder: session.encoder(),
            pieces,
            careful,
            progress: progress.clone(),
        };
        let reading = tokio::task::spawn_blocking(move || reader.read());
        let mut again = false;
        while let Some(piece) = arriving.recv().await {
            if !session.take(piece).await? {
                again = true;
                break;
            }
        }
        drop(arriving);
        let reading =
            reading.await.map_err(|error| StoreError::Unreachable(error.to_string()))??;
        if again || (!careful && reading.summary.bad > 0) {
            return Ok(None);
        }
        let end = ImportFinish {
            file_name: file_name(&request.path),
            file_sha256: reading.summary.sha256_hex.clone(),
            staff_id: actor.staff_id.clone(),
            at: self.now(),
            read: reading.summary.read,
            digest: reading.digest,
            covers,
        };
        let mut found = Spool::new().map_err(spooling)?;
        let mut failed = None;
        let mut sink = |bad| {
            if let Err(error) = found.push(&bad) {
                failed = Some(error);
            }
        };
        let imported = session.finish(end, reading.summary.bad > 0, &mut sink).await?;
        if let Some(error) = failed {
            return Err(spooling(error));
        }
        ended(request, reading, found, &imported)
    }
}

/// What the two lists of bad rows, the reader's and the store's, come to.
fn ended(
    request: &ImportRequest,
    reading: Reading,
    found: Spool,
    imported: &Imported,
) -> Result<Option<ImportEnd>> {
    let read = reading.summary.read;
    match imported {
        Imported::Again => Ok(None),
        Imported::Done { imported, unchanged } => Ok(Some(ImportEnd::Done(ImportReport {
            read,
            imported: *imported,
            unchanged: *unchanged,
            rechecked: 0,
            readings: None,
            unended_last_line: reading.summary.unended_last_line,
        }))),
        Imported::Rejected(_) => {
            let mut first = Vec::with_capacity(SHOWN_REJECTS);
            let mut last_line = None;
            let mut rejected = 0;
            let rows = merge(reading.bad, found).map_err(spooling)?.inspect(|row| {
                rejected += u64::from(last_line != Some(row.line));
                last_line = Some(row.line);
                if first.len() < SHOWN_REJECTS {
                    first.push(row.clone());
                }
            });
            let list = match write_rejects(&request.path, rows) {
                Ok(path) => Ok(path),
                Err(error) => Err(error.to_string()),
            };
            Ok(Some(ImportEnd::Rejected(RejectedRows { read, rejected, first, list })))
        }
    }
}

/// Reads the file beside the store's work.
struct FileReader {
    request: ImportRequest,
    settings: Arc<Settings>,
    encoder: Box<dyn Encoder>,
    pieces: mpsc::Sender<Piece>,
    careful: bool,
    progress: ImportProgress,
}

impl FileReader {
    fn read(mut self) -> Result<Reading> {
        let request = &self.request;
        let fold = |text: &str| surface_key(text);
        let pattern = &self.settings.number_pattern;
        let reader = Reader::open(&request.path, request.kind, request.encoding, pattern, &fold)
            .map_err(|error| unreadable(&error))?;
        let progress = reader.progress();
        let mut digest = Digest::default();
        let mut bad = Spool::new().map_err(spooling)?;
        let mut failed = None;
        let summary = reader.read_all(&mut |row| {
            self.progress.take(&progress);
            match row {
                Row::Good { line, record, hash } => {
                    digest.add(&hash);
                    let Some(piece) = self.encoder.push(line, &record, &hash) else {
                        return ControlFlow::Continue(());
                    };
                    sent(self.pieces.blocking_send(piece).is_ok())
                }
                // The quick way ends at the first bad row; the careful one lists them all.
                Row::Bad(_) if !self.careful => ControlFlow::Break(()),
                Row::Bad(rows) => {
                    let pushed = rows.iter().try_for_each(|row| bad.push(row));
                    let good = pushed.is_ok();
                    failed = failed.take().or(pushed.err());
                    sent(good)
                }
            }
        });
        let summary = summary.map_err(|error| unreadable(&error))?;
        if let Some(error) = failed {
            return Err(spooling(error));
        }
        while let Some(piece) = self.encoder.finish() {
            // Nobody takes it any more where the import has stopped.
            if self.pieces.blocking_send(piece).is_err() {
                break;
            }
        }
        self.progress.take(&progress);
        Ok(Reading { summary, digest, bad })
    }
}

fn sent(good: bool) -> ControlFlow<()> {
    if good { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Which declaration `--covers` makes.
fn covers(request: &ImportRequest) -> Result<Option<(Source, Window)>> {
    let Some(window) = request.covers else {
        return Ok(None);
    };
    match request.kind {
        Kind::Settlements => Ok(Some((Source::Settlements, window))),
        Kind::Sales => Ok(Some((Source::Sales, window))),
        _ => Err(Refusal::new(Code::BadInput)
            .with("key", "--covers")
            .with("what", "only settlements and sales can be declared complete")
            .with("what_ja", "記録の範囲を宣言できるのは決済と売上だけです")
            .into()),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    crate::domain::text::for_terminal_bounded(&name, 200)
}

fn unreadable(error: &FileError) -> OfficeError {
    Refusal::new(Code::FileUnreadable)
        .with("file", crate::domain::text::for_terminal(&error.path.to_string_lossy()))
        .with("what", &error.trouble)
        .with("what_ja", error.trouble.message_ja())
        .into()
}

/// The temporary list of bad rows could not be kept.
fn spooling(error: std::io::Error) -> OfficeError {
    Refusal::new(Code::FileUnreadable)
        .with("file", std::env::temp_dir().display())
        .with("what", error)
        .into()
}
