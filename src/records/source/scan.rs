//! The first pass: which encoding, and whether it is text at all.

use std::io::{self, Read, Seek};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS};

use super::{BOM, CHUNK_BYTES, retry};
use crate::records::encoding::Encoding;
use crate::records::file_error::FileTrouble;
use crate::records::lines::LineCounter;

/// So many good Japanese characters in UTF-8 do not come about by chance in CP932: a file that
/// has them before its first bad byte is damaged UTF-8, and reading it as CP932, which it may
/// happen to be too, would import nonsense.
const SURELY_UTF8: usize = 8;

/// What the first pass found.
pub(super) struct Scanned {
    /// The encoding.
    pub encoding: Encoding,
    /// How many bytes there were.
    pub bytes: u64,
}

/// How a walk over all bytes ended; places are byte offsets.
enum Walk {
    Good { bytes: u64 },
    Blank,
    Nul { at: u64 },
    Malformed { at: u64 },
}

/// Goes over a file from its beginning, once if it is UTF-8, twice if it is CP932.
pub(super) fn scan<F: Read + Seek>(
    file: &mut F,
    given: Option<Encoding>,
) -> Result<Scanned, FileTrouble> {
    let mut head = [0; 3];
    let filled = fill(file, &mut head)?;
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Err(FileTrouble::Utf16);
    }
    let has_bom = &head[..filled] == BOM;
    if given == Some(Encoding::Cp932) {
        if has_bom {
            return Err(FileTrouble::NotInEncoding { encoding: Encoding::Cp932, line: 1 });
        }
        let walk = walk(file, &mut Cp932Check::new())?;
        return conclude(file, Encoding::Cp932, given, &walk);
    }
    let mut utf8 = Utf8Check::default();
    let as_utf8 = walk(file, &mut utf8)?;
    let Walk::Malformed { at } = as_utf8 else {
        return conclude(file, Encoding::Utf8, given, &as_utf8);
    };
    if given.is_some() || has_bom || utf8.japanese >= SURELY_UTF8 {
        return conclude(file, Encoding::Utf8, given, &as_utf8);
    }
    match walk(file, &mut Cp932Check::new())? {
        // The encoding that went further is the one that was meant.
        Walk::Malformed { at: later } => {
            conclude(file, Encoding::Cp932, None, &Walk::Malformed { at: at.max(later) })
        }
        as_cp932 => conclude(file, Encoding::Cp932, None, &as_cp932),
    }
}

fn conclude<F: Read + Seek>(
    file: &mut F,
    encoding: Encoding,
    given: Option<Encoding>,
    walk: &Walk,
) -> Result<Scanned, FileTrouble> {
    match *walk {
        Walk::Good { bytes } => Ok(Scanned { encoding, bytes }),
        Walk::Blank => Err(FileTrouble::Empty),
        Walk::Nul { at } => Err(FileTrouble::Nul { line: line_at(file, at)? }),
        Walk::Malformed { at } => {
            let line = line_at(file, at)?;
            Err(match given {
                Some(encoding) => FileTrouble::NotInEncoding { encoding, line },
                None => FileTrouble::NoEncoding { line },
            })
        }
    }
}

/// Looks at bytes as they come; an error is how far into the file the first bad byte stands.
trait Check {
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), u64>;
    fn end(&mut self) -> Result<(), u64>;
}

fn walk<F: Read + Seek>(file: &mut F, check: &mut dyn Check) -> io::Result<Walk> {
    file.rewind()?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    let mut blank = true;
    loop {
        let count = fill(file, &mut buffer)?;
        let chunk = &buffer[..count];
        if chunk.contains(&0)
            && let Some(at) = chunk.iter().position(|&byte| byte == 0)
        {
            return Ok(Walk::Nul { at: bytes + at as u64 });
        }
        blank = blank && is_blank(chunk, bytes == 0);
        let checked = if count == 0 { check.end() } else { check.chunk(chunk) };
        if let Err(at) = checked {
            return Ok(Walk::Malformed { at });
        }
        if count == 0 {
            return Ok(if blank { Walk::Blank } else { Walk::Good { bytes } });
        }
        bytes += count as u64;
    }
}

fn is_blank(chunk: &[u8], first: bool) -> bool {
    let text = if first { chunk.strip_prefix(BOM).unwrap_or(chunk) } else { chunk };
    text.iter().all(u8::is_ascii_whitespace)
}

/// Fills the buffer unless the file ends.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match retry(|| file.read(&mut buffer[filled..]))? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// The line of a byte, for a message.
fn line_at<F: Read + Seek>(file: &mut F, at: u64) -> io::Result<u64> {
    file.rewind()?;
    let mut lines = LineCounter::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut before = file.take(at);
    loop {
        match fill(&mut before, &mut buffer)? {
            0 => return Ok(lines.line()),
            count => lines.pass(&buffer[..count]),
        }
    }
}

/// UTF-8, with what a chunk cuts in two carried over to the next.
#[derive(Default)]
struct Utf8Check {
    offset: u64,
    carried: [u8; 4],
    carried_len: usize,
    /// Kana and kanji seen, as far as their first bytes tell.
    japanese: usize,
}

impl Check for Utf8Check {
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), u64> {
        let mut rest = bytes;
        while self.carried_len > 0 {
            let Some((&next, after)) = rest.split_first() else {
                return Ok(());
            };
            self.carried[self.carried_len] = next;
            self.carried_len += 1;
            rest = after;
            match std::str::from_utf8(&self.carried[..self.carried_len]) {
                Ok(_) => {
                    self.offset += self.carried_len as u64;
                    self.carried_len = 0;
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(self.offset),
            }
        }
        let (good, cut) = match std::str::from_utf8(rest) {
            Ok(_) => (rest.len(), true),
            Err(error) => (error.valid_up_to(), error.error_len().is_none()),
        };
        if self.japanese < SURELY_UTF8 {
            self.japanese += rest[..good].iter().filter(|b| (0xE3..=0xE9).contains(*b)).count();
        }
        self.offset += good as u64;
        if !cut {
            return Err(self.offset);
        }
        let tail = &rest[good..];
        self.carried[..tail.len()].copy_from_slice(tail);
        self.carried_len = tail.len();
        Ok(())
    }

    fn end(&mut self) -> Result<(), u64> {
        if self.carried_len == 0 { Ok(()) } else { Err(self.offset) }
    }
}

/// CP932, decoded and thrown away.
struct Cp932Check {
    decoder: Decoder,
    scratch: Box<[u8]>,
    offset: u64,
}

impl Cp932Check {
    fn new() -> Self {
        Self {
            decoder: SHIFT_JIS.new_decoder_without_bom_handling(),
            scratch: vec![0; CHUNK_BYTES].into(),
            offset: 0,
        }
    }

    fn decode(&mut self, mut bytes: &[u8], last: bool) -> Result<(), u64> {
        loop {
            let (result, read, _) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.scratch, last);
            self.offset += read as u64;
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bad, after) => {
                    return Err(self.offset.saturating_sub(u64::from(bad) + u64::from(after)));
                }
            }
        }
    }
}

impl Check for Cp932Check {
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), u64> {
        self.decode(bytes, false)
    }

    fn end(&mut self) -> Result<(), u64> {
        self.decode(&[], true)
    }
}
