//! A row on its way: PostgreSQL's binary form of COPY, in which the server takes it and gives
//! it back. So the same bytes are hashed on both sides.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use crate::domain::evidence::FieldHasher;
use crate::records::Digest;
use crate::store::StoreError;

/// What is sent in one piece.
const PIECE_BYTES: usize = 128 << 10;
/// What stands before the first row: the signature, four bytes of flags, and the length of an
/// extension.
const HEADER_BYTES: usize = 19;
/// The longest field that is believed.
const FIELD_BYTES: usize = 1 << 30;

/// Rows of a file, made ready for COPY.
pub struct Encoder {
    columns: usize,
    rows: Vec<u8>,
    /// The sum of the hashes of all rows taken.
    pub digest: Digest,
}

impl Encoder {
    /// For rows of so many columns.
    pub fn new(columns: usize) -> Self {
        Self { columns, rows: Vec::with_capacity(PIECE_BYTES + 4096), digest: Digest::default() }
    }

    /// Adds a row; a full piece comes back when there is one.
    ///
    /// # Errors
    /// A value that is neither text nor a whole number.
    pub fn add(&mut self, row: &SqliteRow) -> Result<Option<Vec<u8>>, StoreError> {
        let begun = self.rows.len();
        let count = i16::try_from(self.columns).unwrap_or(i16::MAX);
        self.rows.extend_from_slice(&count.to_be_bytes());
        for column in 0..self.columns {
            self.field(row, column).map_err(|error| StoreError::Unreachable(error.to_string()))?;
        }
        self.digest.add(&hash(self.rows.get(begun..).unwrap_or_default()));
        Ok((self.rows.len() >= PIECE_BYTES).then(|| self.take()))
    }

    fn field(&mut self, row: &SqliteRow, column: usize) -> Result<(), sqlx::Error> {
        let value = row.try_get_raw(column)?;
        if value.is_null() {
            self.rows.extend_from_slice(&(-1_i32).to_be_bytes());
        } else if value.type_info().name() == "INTEGER" {
            let whole: i64 = row.try_get(column)?;
            self.bytes(&whole.to_be_bytes());
        } else {
            let text: &str = row.try_get(column)?;
            self.bytes(text.as_bytes());
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // SQLite itself takes no longer text.
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.rows.extend_from_slice(&length.to_be_bytes());
        self.rows.extend_from_slice(bytes);
    }

    /// What is left; empty where nothing is.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.rows, Vec::with_capacity(PIECE_BYTES + 4096))
    }
}

/// The hash of an encoded row.
fn hash(row: &[u8]) -> [u8; 32] {
    let mut hasher = FieldHasher::new();
    hasher.field(row);
    hasher.finish()
}

/// Rows that a server gives back, in whatever pieces.
#[derive(Default)]
pub struct Reader {
    begun: bool,
    bytes: Vec<u8>,
    /// Rows so far.
    pub rows: i64,
    /// The sum of their hashes.
    pub digest: Digest,
}

impl Reader {
    /// Takes some bytes, and tells how many rows they completed.
    ///
    /// # Errors
    /// They are not what a server sends.
    pub fn take(&mut self, bytes: &[u8]) -> Result<u64, StoreError> {
        self.bytes.extend_from_slice(bytes);
        let mut at = 0;
        if !self.begun {
            if self.bytes.len() < HEADER_BYTES {
                return Ok(0);
            }
            self.begun = true;
            at = HEADER_BYTES;
        }
        let mut rows = 0;
        while let Some(length) = row_length(self.bytes.get(at..).unwrap_or_default())? {
            self.digest.add(&hash(self.bytes.get(at..at + length).unwrap_or_default()));
            self.rows += 1;
            rows += 1;
            at += length;
        }
        self.bytes.drain(..at);
        Ok(rows)
    }
}

/// How long the first row is; none where it is not whole, or the end.
fn row_length(bytes: &[u8]) -> Result<Option<usize>, StoreError> {
    let odd = || StoreError::Unreachable("an answer that is not PostgreSQL's".to_owned());
    let Some(&[a, b]) = bytes.first_chunk::<2>() else { return Ok(None) };
    let fields = i16::from_be_bytes([a, b]);
    if fields == -1 {
        return Ok(None);
    }
    let mut at = 2;
    for _ in 0..u16::try_from(fields).map_err(|_| odd())? {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = rest.first_chunk::<4>() else { return Ok(None) };
        at += 4;
        let length = i32::from_be_bytes(*length);
        if length != -1 {
            let length = usize::try_from(length).map_err(|_| odd())?;
            if length > FIELD_BYTES {
                return Err(odd());
            }
            at += length;
        }
    }
    Ok((bytes.len() >= at).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_whatever_pieces() {
        let row = |text: &str, whole: Option<i64>| {
            let mut row = vec![0, 2, 0, 0, 0, u8::try_from(text.len()).expect("short")];
            row.extend_from_slice(text.as_bytes());
            match whole {
                None => row.extend_from_slice(&(-1_i32).to_be_bytes()),
                Some(whole) => {
                    row.extend_from_slice(&8_i32.to_be_bytes());
                    row.extend_from_slice(&whole.to_be_bytes());
                }
            }
            row
        };
        let rows = [row("鹿", Some(-1)), row("", None), row("a", Some(7))];
        let mut digest = Digest::default();
        for row in &rows {
            digest.add(&hash(row));
        }
        let mut sent = vec![7; HEADER_BYTES];
        sent.extend(rows.concat());
        sent.extend([0xff, 0xff]);
        for size in [1, 2, 3, 19, 20, sent.len()] {
            let mut reader = Reader::default();
            for piece in sent.chunks(size) {
                reader.take(piece).expect("taken");
            }
            assert_eq!((reader.rows, reader.digest), (3, digest), "in pieces of {size}");
        }
    }

    #[test]
    fn what_no_server_sends_is_no_row() {
        for odd in [[0xff, 0xfe, 0, 0, 0, 0], [0, 1, 0xff, 0xff, 0xff, 0xfe]] {
            assert!(row_length(&odd).is_err(), "{odd:?}");
        }
    }
}
