//! The second pass: the text, its hash, and whether the file is still the same.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS};
use sha2::{Digest as _, Sha256};

use super::{BOM, CHUNK_BYTES, Progress, SourceFile, Stamp, retry};
use crate::domain::evidence::hex;
use crate::records::encoding::Encoding;
use crate::records::file_error::{FileError, FileTrouble};

/// The text of a file as UTF-8, without a byte order mark, in the second pass.
pub struct SourceText {
    source: SourceFile,
    hasher: Sha256,
    progress: Progress,
    cp932: Option<Cp932>,
    at_start: bool,
    changed: bool,
}

/// CP932 on its way to UTF-8.
struct Cp932 {
    decoder: Decoder,
    raw: Box<[u8]>,
    start: usize,
    end: usize,
    at_end: bool,
    finished: bool,
}

impl Cp932 {
    fn new() -> Self {
        Self {
            decoder: SHIFT_JIS.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK_BYTES].into(),
            start: 0,
            end: 0,
            at_end: false,
            finished: false,
        }
    }
}

impl SourceText {
    pub(super) fn new(source: SourceFile) -> Self {
        let total_bytes = source.stamp.length;
        let cp932 = (source.encoding == Encoding::Cp932).then(Cp932::new);
        Self {
            source,
            hasher: Sha256::new(),
            progress: Progress { read_bytes: Arc::default(), total_bytes },
            cp932,
            at_start: true,
            changed: false,
        }
    }

    /// How far the reading has come, to be kept by whoever shows it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The encoding found.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.source.encoding
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// What an error of [`Read`] means for the file.
    #[must_use]
    pub fn explain(&self, error: io::Error) -> FileError {
        let trouble =
            if self.changed { FileTrouble::Changed } else { FileTrouble::NotReadable(error) };
        FileError::new(&self.source.path, trouble)
    }

    /// Reads what has not been read, and gives the SHA-256 of the whole file in hex.
    ///
    /// # Errors
    /// [`FileTrouble::Changed`] when the file is no longer what the first pass saw;
    /// [`FileTrouble::NotReadable`].
    pub fn finish(mut self) -> Result<String, FileError> {
        let path = self.source.path.clone();
        self.drain().map_err(|error| FileError::new(&path, error))?;
        let metadata = self.source.file.metadata().map_err(|error| FileError::new(&path, error))?;
        let same = Stamp::of(&metadata) == self.source.stamp
            && self.progress.read_bytes() == self.source.stamp.length;
        if self.changed || !same {
            return Err(FileError::new(&path, FileTrouble::Changed));
        }
        Ok(hex(&self.hasher.finalize()))
    }

    fn drain(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        while self.read_raw(&mut chunk)? > 0 {}
        Ok(())
    }

    /// Bytes of the file: hashed and counted. Never more than the first pass saw and a little,
    /// so that a file that grows faster than it is read comes to an end.
    fn read_raw(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.read_bytes() > self.source.stamp.length {
            self.changed = true;
            return Ok(0);
        }
        let count = retry(|| self.source.file.read(buffer))?;
        self.hasher.update(&buffer[..count]);
        self.progress.read_bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn read_cp932(&mut self, cp932: &mut Cp932, buffer: &mut [u8]) -> io::Result<usize> {
        // A buffer that cannot take one character would look like the end of the file.
        if buffer.len() < 4 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        while !cp932.finished {
            if cp932.start == cp932.end && !cp932.at_end {
                cp932.end = self.read_raw(&mut cp932.raw)?;
                cp932.start = 0;
                cp932.at_end = cp932.end == 0;
            }
            let raw = &cp932.raw[cp932.start..cp932.end];
            let (result, read, written) =
                cp932.decoder.decode_to_utf8_without_replacement(raw, buffer, cp932.at_end);
            cp932.start += read;
            if matches!(result, DecoderResult::Malformed(..)) {
                // The first pass found every byte good.
                self.changed = true;
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            cp932.finished = cp932.at_end && matches!(result, DecoderResult::InputEmpty);
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }

    /// The first bytes, less a byte order mark.
    fn read_start(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut head = [0; 3];
        let mut filled = 0;
        while filled < head.len() {
            match self.read_raw(&mut head[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        let text = head[..filled].strip_prefix(BOM).unwrap_or(&head[..filled]);
        // The caller's buffer is larger than three bytes; see `Read`.
        let count = text.len().min(buffer.len());
        buffer[..count].copy_from_slice(&text[..count]);
        Ok(count)
    }
}

/// The buffer must hold at least four bytes, one character.
impl Read for SourceText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mut cp932) = self.cp932.take() {
            let count = self.read_cp932(&mut cp932, buffer);
            self.cp932 = Some(cp932);
            return count;
        }
        if self.at_start {
            self.at_start = false;
            let count = self.read_start(buffer)?;
            if count > 0 {
                return Ok(count);
            }
        }
        self.read_raw(buffer)
    }
}
