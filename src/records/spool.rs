//! Bad rows on their way into the list of them: kept in a temporary file, since a file of
//! ten million rows may be all bad.

use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};

use serde::{Deserialize, Serialize};

use super::bad_row::{BadRow, bounded};

/// A bad row in words, as the list of them holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The line it begins on; the header is line 1.
    pub line: u64,
    /// The column, by its English name; empty where the whole row is meant.
    pub column: String,
    /// The value as it stands in the file, bounded. Not safe to print.
    pub value: String,
    /// What is wrong, in Japanese.
    pub reason_ja: String,
    /// What is wrong, in English.
    pub reason_en: String,
}

impl From<&BadRow> for Reject {
    fn from(bad: &BadRow) -> Self {
        Self {
            line: bad.line,
            column: bad.column.clone(),
            value: bounded(&bad.value),
            reason_ja: bad.reason.message_ja(),
            reason_en: bad.reason.to_string(),
        }
    }
}

impl From<BadRow> for Reject {
    fn from(bad: BadRow) -> Self {
        Self::from(&bad)
    }
}

/// Bad rows in a temporary file that vanishes with this value.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<std::fs::File>,
}

impl Spool {
    /// An empty one.
    ///
    /// # Errors
    /// Where no temporary file can be made.
    pub fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?) })
    }

    /// Keeps one. They come in the order of their lines.
    ///
    /// # Errors
    /// Where the temporary file cannot be written, most often because the disk is full.
    pub fn push(&mut self, bad: &BadRow) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, &Reject::from(bad))?;
        self.file.write_all(b"\n")
    }

    /// Gives them back in order.
    fn read(self) -> io::Result<impl Iterator<Item = Reject>> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(BufReader::new(file)
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str(&line).ok()))
    }
}

/// Two lists of bad rows as one, in the order of the lines.
///
/// # Errors
/// Where a temporary file cannot be read back.
pub fn merge(one: Spool, other: Spool) -> io::Result<impl Iterator<Item = Reject>> {
    let mut one = one.read()?.peekable();
    let mut other = other.read()?.peekable();
    Ok(std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if b.line < a.line => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::BadRowReason;

    fn spool(lines: &[u64]) -> Spool {
        let mut spool = Spool::new().expect("a temporary file");
        for line in lines {
            let bad = BadRow::new(*line, "name", "a\nb", BadRowReason::Empty);
            spool.push(&bad).expect("room");
        }
        spool
    }

    #[test]
    fn two_lists_come_out_in_the_order_of_the_lines() {
        let merged = merge(spool(&[2, 5, 9]), spool(&[3, 5, 10, 11])).expect("readable");
        let lines: Vec<u64> = merged.map(|reject| reject.line).collect();
        assert_eq!(lines, [2, 3, 5, 5, 9, 10, 11]);
    }
}
