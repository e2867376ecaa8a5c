//! A record file as bytes.
//!
//! It is read twice. The first pass finds the encoding and what makes the file no text at all,
//! before any row is looked at; the second hands out its text as UTF-8 and hashes the bytes.
//! Both go through buffers of a fixed size, and what the second saw must be what the first saw.

use std::fs::{File, Metadata};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::encoding::Encoding;
use super::file_error::{FileError, FileTrouble};

mod scan;
mod text;

pub use text::SourceText;

/// UTF-8's byte order mark.
const BOM: &[u8] = b"\xEF\xBB\xBF";
/// How many bytes are read at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// How far the reading of a file has come; may be kept and asked from another thread.
#[derive(Clone, Debug)]
pub struct Progress {
    read_bytes: Arc<AtomicU64>,
    total_bytes: u64,
}

impl Progress {
    /// Bytes read so far.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// Bytes of the whole file.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.total_bytes
    }
}

/// What tells that a file is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// A record file that has passed the first look.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    file: File,
    stamp: Stamp,
    encoding: Encoding,
}

impl SourceFile {
    /// Opens a file and goes over it once.
    ///
    /// # Errors
    /// What is no regular file, cannot be read, is empty, holds NUL bytes, or is not in the
    /// encoding given (without one: in neither); see [`FileTrouble`].
    pub fn open(path: &Path, encoding: Option<Encoding>) -> Result<Self, FileError> {
        Self::try_open(path, encoding).map_err(|trouble| FileError::new(path, trouble))
    }

    fn try_open(path: &Path, encoding: Option<Encoding>) -> Result<Self, FileTrouble> {
        // Asked before it is opened: opening a pipe would wait for its writer.
        check_regular(&path.metadata().map_err(not_there)?)?;
        let mut file = File::open(path).map_err(not_there)?;
        let metadata = file.metadata()?;
        check_regular(&metadata)?;
        let stamp = Stamp::of(&metadata);
        let scanned = scan::scan(&mut file, encoding)?;
        if Stamp::of(&file.metadata()?) != stamp || scanned.bytes != stamp.length {
            return Err(FileTrouble::Changed);
        }
        Ok(Self { path: path.to_owned(), file, stamp, encoding: scanned.encoding })
    }

    /// The encoding found.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes of the whole file.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.stamp.length
    }

    /// Begins the second pass.
    ///
    /// # Errors
    /// [`FileTrouble::NotReadable`].
    pub fn into_text(mut self) -> Result<SourceText, FileError> {
        self.file.rewind().map_err(|error| FileError::new(&self.path, error))?;
        Ok(SourceText::new(self))
    }
}

fn not_there(error: io::Error) -> FileTrouble {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileTrouble::NotThere,
        _ => FileTrouble::NotReadable(error),
    }
}

fn check_regular(metadata: &Metadata) -> Result<(), FileTrouble> {
    if metadata.is_dir() {
        Err(FileTrouble::Folder)
    } else if metadata.is_file() {
        Ok(())
    } else {
        Err(FileTrouble::NotRegular)
    }
}

/// A read that a signal interrupted is no error.
fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests;
