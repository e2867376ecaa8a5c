//! CSV (RFC 4180) as records, in buffers that never grow.
//!
//! A quote that is opened and not closed turns the rest of a file into one field. Elsewhere
//! that costs as much memory as the file is long; here a record ends at [`MAX_RECORD_BYTES`].

use std::io::{self, Read};

use csv_core::ReadRecordResult;

use super::lines::LineCounter;

/// The longest record with its quotes and commas, in bytes of UTF-8.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;
/// How much is read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A record; its cells are [`CsvReader::fields`].
    Record {
        /// The line it begins on.
        line: u64,
    },
    /// Nothing more.
    End,
    /// A quote is opened in this record and never closed; reading cannot go on.
    QuoteOpen {
        /// The line the record begins on.
        line: u64,
    },
    /// The record is longer than [`MAX_RECORD_BYTES`]; reading cannot go on.
    TooLong {
        /// The line it begins on.
        line: u64,
    },
}

/// Reads CSV records one at a time. Blank lines are skipped; lines end with LF, CRLF or CR; a
/// quoted field may hold line breaks. A byte order mark is the input's to take away.
pub struct CsvReader<R> {
    input: R,
    parser: csv_core::Reader,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    record: Box<[u8]>,
    record_len: usize,
    /// The record stands in the buffer from here to there and not in `record`.
    plain: Option<(usize, usize)>,
    ends: Box<[usize]>,
    ends_len: usize,
    lines: LineCounter,
    unended: bool,
}

impl<R: Read> CsvReader<R> {
    /// Reads from `input`, which gets a buffer of 256 KiB.
    pub fn new(input: R) -> Self {
        let mut parser = csv_core::Reader::new();
        // A blank line first: else the parser drops a byte order mark, but only where the
        // input happens to come in pieces of three bytes and more.
        parser.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            input,
            parser,
            buffer: vec![0; BUFFER_BYTES].into(),
            start: 0,
            end: 0,
            // A field takes a byte of input, its comma, so that neither of these is ever full.
            record: vec![0; MAX_RECORD_BYTES + 1].into(),
            record_len: 0,
            plain: None,
            ends: vec![0; MAX_RECORD_BYTES + 2].into(),
            ends_len: 0,
            lines: LineCounter::new(),
            unended: false,
        }
    }

    /// What is read from.
    pub const fn input(&self) -> &R {
        &self.input
    }

    /// Gives back what is read from.
    pub fn into_input(self) -> R {
        self.input
    }

    /// Whether the last record had no line end: the file may have been cut off.
    pub const fn unended_last_line(&self) -> bool {
        self.unended
    }

    /// Goes to the next record.
    ///
    /// # Errors
    /// What the input fails with.
    pub fn next_record(&mut self) -> io::Result<Next> {
        (self.record_len, self.ends_len, self.plain) = (0, 0, None);
        if !self.skip_line_ends()? {
            return Ok(Next::End);
        }
        let line = self.lines.line();
        if self.take_plain() {
            return Ok(Next::Record { line });
        }
        let mut room = MAX_RECORD_BYTES;
        loop {
            if self.start == self.end && !self.fill()? {
                if self.quote_is_open() {
                    return Ok(Next::QuoteOpen { line });
                }
                self.unended = true;
                return Ok(Next::Record { line });
            }
            let count = room.min(self.end - self.start);
            if count == 0 {
                return Ok(if self.quote_is_open() {
                    Next::QuoteOpen { line }
                } else {
                    Next::TooLong { line }
                });
            }
            let (result, taken) = self.step(count);
            room -= taken;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => {
                    return Ok(Next::Record { line });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Ok(Next::TooLong { line });
                }
            }
        }
    }

    /// The cells of the record that [`Self::next_record`] found last; `None` if they are not
    /// UTF-8.
    pub fn fields(&self) -> Option<Fields<'_>> {
        let ends = &self.ends[..self.ends_len];
        let text = std::str::from_utf8(self.bytes()).ok()?;
        // Two halves of a character on both sides of a comma are no character, but look like
        // one where the comma has been left out.
        let between = usize::from(self.plain.is_some());
        let whole = between > 0 || ends.iter().all(|&end| text.is_char_boundary(end));
        whole.then_some(Fields { text, ends, between })
    }

    /// The beginning of the record that was found last, as far as it is kept, for a message.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    fn bytes(&self) -> &[u8] {
        match self.plain {
            Some((from, to)) => &self.buffer[from..to],
            None => &self.record[..self.record_len],
        }
    }

    /// Takes a record that has no quote and stands in the buffer to its end, as nearly all do,
    /// where it stands: three times as fast as the parser. Everything else is left to it.
    fn take_plain(&mut self) -> bool {
        let limit = self.end.min(self.start + MAX_RECORD_BYTES);
        let bytes = &self.buffer[self.start..limit];
        let mut fields = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            // Letters, digits and kana all come after the comma.
            if byte > b',' {
                continue;
            }
            let line_end = match (byte, bytes.get(at + 1)) {
                (b'\n', _) => 1,
                (b'\r', Some(b'\n')) => 2,
                (b'\r' | b'"', _) => return false,
                (b',', _) => 0,
                _ => continue,
            };
            self.ends[fields] = at;
            fields += 1;
            if line_end > 0 {
                self.ends_len = fields;
                self.plain = Some((self.start, self.start + at));
                self.start += at + line_end;
                self.lines.pass_line();
                return true;
            }
        }
        false
    }

    /// Gives the parser `count` bytes of the buffer.
    fn step(&mut self, count: usize) -> (ReadRecordResult, usize) {
        let input = &self.buffer[self.start..self.start + count];
        let (result, taken, written, fields) = self.parser.read_record(
            input,
            &mut self.record[self.record_len..],
            &mut self.ends[self.ends_len..],
        );
        self.lines.pass(&input[..taken]);
        self.start += taken;
        self.record_len += written;
        self.ends_len += fields;
        (result, taken)
    }

    /// Ends the record that is being read, unless it is within quotes. The parser does not tell
    /// where it is, but a line end that ends no record stands within quotes. (A clone of the
    /// parser cannot be asked: it loses its state.)
    fn quote_is_open(&mut self) -> bool {
        let (result, _, written, fields) = self.parser.read_record(
            b"\n",
            &mut self.record[self.record_len..],
            &mut self.ends[self.ends_len..],
        );
        self.ends_len += fields;
        // What was written is the line end itself, if anything.
        debug_assert!(written <= 1);
        !matches!(result, ReadRecordResult::Record)
    }

    /// To the first byte of a record; `false` at the end of the input.
    fn skip_line_ends(&mut self) -> io::Result<bool> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if rest.first().is_some_and(|&byte| byte > b'\r') {
                return Ok(true);
            }
            let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.lines.pass(&rest[..blank]);
            self.start += blank;
            if self.start < self.end {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.start = 0;
        self.end = 0;
        self.end = self.input.read(&mut self.buffer)?;
        Ok(self.end > 0)
    }
}

/// The cells of a record.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'r> {
    text: &'r str,
    ends: &'r [usize],
    /// Bytes between one cell and the next.
    between: usize,
}

impl<'r> Fields<'r> {
    /// How many there are; at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.ends.len()
    }

    /// The cell at a place counted from 0; empty where there is none.
    #[must_use]
    pub fn get(&self, place: usize) -> &'r str {
        let Some(&end) = self.ends.get(place) else {
            return "";
        };
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before] + self.between);
        self.text.get(start..end).unwrap_or("")
    }

    /// Every cell in order.
    pub fn iter(&self) -> impl Iterator<Item = &'r str> + '_ {
        (0..self.count()).map(|place| self.get(place))
    }
}

#[cfg(test)]
mod tests;
