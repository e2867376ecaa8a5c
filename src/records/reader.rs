//! A whole record file: opened, read row by row, and what it came to.

use std::ops::ControlFlow;
use std::path::Path;

use super::bad_row::{BadRow, BadRowReason};
use super::columns::Layout;
use super::csv::{CsvReader, Next};
use super::encoding::Encoding;
use super::file_error::{FileError, FileTrouble};
use super::kind::Kind;
use super::record::Record;
use super::rows::Rows;
use super::source::{Progress, SourceFile, SourceText};
use crate::domain::number::NumberPattern;

/// One row of a file.
#[derive(Clone, Debug)]
pub enum Row {
    /// A row that may be imported as far as it alone can tell.
    Good {
        /// The line it begins on; the header is line 1.
        line: u64,
        /// What it says.
        record: Record,
        /// [`Record::hash`] of it.
        hash: [u8; 32],
    },
    /// A row that may not: everything that is wrong with it, at least one thing.
    Bad(Vec<BadRow>),
}

/// What a file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Rows, the header and blank lines not counted.
    pub read: u64,
    /// How many of them are bad.
    pub bad: u64,
    /// SHA-256 of the file's bytes in hex; empty if the sink stopped the reading.
    pub sha256_hex: String,
    /// The encoding found or given.
    pub encoding: Encoding,
    /// The last row has no line end. That is allowed, but the file may have been cut off
    /// there: worth a warning.
    pub unended_last_line: bool,
}

/// A record file that is open, and whose header has been read.
pub struct Reader<'a> {
    csv: CsvReader<SourceText>,
    rows: Rows<'a>,
    stopped: bool,
}

impl<'a> Reader<'a> {
    /// Opens a file, goes over its bytes once, and reads its header. Without an encoding it
    /// is found. `fold` makes the search keys of a merchant's name and reading.
    ///
    /// # Errors
    /// Every [`FileTrouble`] but [`FileTrouble::HeaderOnly`]; rows are not looked at yet.
    pub fn open(
        path: &Path,
        kind: Kind,
        encoding: Option<Encoding>,
        pattern: &'a NumberPattern,
        fold: &'a (dyn Fn(&str) -> String + Sync),
    ) -> Result<Self, FileError> {
        let text = SourceFile::open(path, encoding)?.into_text()?;
        let mut csv = CsvReader::new(text);
        let next = csv.next_record().map_err(|error| csv.input().explain(error))?;
        let layout = match (next, csv.fields()) {
            (Next::Record { .. }, Some(header)) => Layout::read(kind, &header),
            (Next::Record { .. }, None) => Err(FileTrouble::Changed),
            (Next::End, _) => Err(FileTrouble::Empty),
            (Next::QuoteOpen { .. } | Next::TooLong { .. }, _) => Err(FileTrouble::HeaderUnended),
        };
        let layout = layout.map_err(|trouble| FileError::new(path, trouble))?;
        Ok(Self { csv, rows: Rows::new(layout, pattern, fold), stopped: false })
    }

    /// The encoding found or given.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.csv.input().encoding()
    }

    /// How far the reading has come, to be kept by whoever shows it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.csv.input().progress()
    }

    /// Reads every row into `sink`, until it breaks off. A quote that never closes, or a row
    /// that never ends, is a bad row and the last.
    ///
    /// # Errors
    /// [`FileTrouble::HeaderOnly`], [`FileTrouble::NotReadable`], and
    /// [`FileTrouble::Changed`]: then no row that was handed out may be kept.
    pub fn read_all(
        mut self,
        sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Summary, FileError> {
        let (mut read, mut bad) = (0, 0);
        let mut broken_off = false;
        while !broken_off && let Some(row) = self.next_row()? {
            read += 1;
            bad += u64::from(matches!(row, Row::Bad(_)));
            broken_off = sink(row).is_break();
        }
        let encoding = self.encoding();
        let unended_last_line = self.csv.unended_last_line();
        let source = self.csv.into_input();
        if broken_off {
            let sha256_hex = String::new();
            return Ok(Summary { read, bad, sha256_hex, encoding, unended_last_line });
        }
        let path = source.path().to_owned();
        let sha256_hex = source.finish()?;
        if read == 0 {
            return Err(FileError::new(&path, FileTrouble::HeaderOnly));
        }
        Ok(Summary { read, bad, sha256_hex, encoding, unended_last_line })
    }

    /// The next row; `None` at the end, or where reading cannot go on.
    fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        while !self.stopped {
            let next = self.csv.next_record().map_err(|error| self.csv.input().explain(error))?;
            match next {
                Next::Record { line } => {
                    if let Some(row) = self.row(line) {
                        return Ok(Some(row));
                    }
                }
                Next::End => self.stopped = true,
                Next::QuoteOpen { line } => {
                    return Ok(Some(self.stop(line, BadRowReason::QuoteOpen)));
                }
                Next::TooLong { line } => return Ok(Some(self.stop(line, BadRowReason::TooLong))),
            }
        }
        Ok(None)
    }

    fn row(&self, line: u64) -> Option<Row> {
        let Some(fields) = self.csv.fields() else {
            return Some(self.whole_row(line, BadRowReason::Encoding));
        };
        Some(match self.rows.read(line, &fields)? {
            Ok(record) => Row::Good { line, hash: record.hash(), record },
            Err(bad) => Row::Bad(bad),
        })
    }

    fn stop(&mut self, line: u64, reason: BadRowReason) -> Row {
        self.stopped = true;
        self.whole_row(line, reason)
    }

    fn whole_row(&self, line: u64, reason: BadRowReason) -> Row {
        Row::Bad(vec![BadRow::new(line, "", &self.csv.raw(), reason)])
    }
}

#[cfg(test)]
mod tests;
