//! The rejects file: every bad row of an import, beside the file they stand in, as a table
//! that a spreadsheet opens.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::file_error::shown;
use super::spool::Reject;
use crate::domain::text::for_csv;

/// The rejects file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the list of bad rows could not be written to {}: {error}", shown(.path))]
pub struct RejectsError {
    /// Where it should have been.
    pub path: PathBuf,
    /// Why not; most often the folder may not be written to.
    pub error: io::Error,
}

impl RejectsError {
    /// The same in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        let path = shown(&self.path);
        match self.error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                format!(
                    "エラー一覧 {path} を書き込めません（フォルダーに書き込む権限がありません）"
                )
            }
            _ => format!("エラー一覧 {path} を書き込めません（{}）", self.error),
        }
    }
}

/// Where the bad rows of `input` are listed: `INPUT.rejects.csv`.
#[must_use]
pub fn rejects_path(input: &Path) -> PathBuf {
    let mut path = input.as_os_str().to_owned();
    path.push(".rejects.csv");
    path.into()
}

/// Writes the bad rows of `input`, which come sorted by line, and gives the path of the list.
/// An earlier list is replaced, in one step: no one ever sees half of one. The list holds what
/// the file holds, personal data too, so only its owner can read it.
///
/// # Errors
/// [`RejectsError`], most often because the folder may not be written to.
pub fn write_rejects<B: Into<Reject>>(
    input: &Path,
    rows: impl IntoIterator<Item = B>,
) -> Result<PathBuf, RejectsError> {
    let path = rejects_path(input);
    match try_write(&path, rows) {
        Ok(()) => Ok(path),
        Err(error) => Err(RejectsError { path, error }),
    }
}

fn try_write<B: Into<Reject>>(path: &Path, rows: impl IntoIterator<Item = B>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // In the same folder: a rename does not cross file systems.
    let file = NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(file);
    // Without the mark Excel reads the file as CP932.
    out.write_all("\u{FEFF}line,column,value,reason_ja,reason_en\r\n".as_bytes())?;
    for row in rows {
        write_row(&mut out, &row.into())?;
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn write_row(out: &mut impl Write, row: &Reject) -> io::Result<()> {
    write!(out, "{}", row.line)?;
    for cell in [&row.column, &row.value, &row.reason_ja, &row.reason_en] {
        write!(out, ",\"{}\"", for_csv(cell).replace('"', "\"\""))?;
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{BadRow, BadRowReason, CsvReader, MAX_VALUE_CHARS, Next};

    fn bad(line: u64, value: &str) -> BadRow {
        BadRow { line, column: "name".into(), value: value.into(), reason: BadRowReason::Empty }
    }

    #[test]
    fn the_list_stands_beside_the_file_and_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let input = folder.path().join("coupons.csv");
        let long = "鹿".repeat(1000);
        let rows = [bad(2, "a \"b\", c"), bad(5, "=1+1"), bad(9, "x\ny"), bad(10, &long)];
        write_rejects(&input, [bad(1, "an earlier list")]).expect("written");
        let path = write_rejects(&input, &rows).expect("written over it");
        assert_eq!(path, folder.path().join("coupons.csv.rejects.csv"));
        let written = std::fs::read(&path).expect("it is there");
        assert!(written.starts_with(b"\xEF\xBB\xBFline,column,value,reason_ja,reason_en\r\n"));
        let mut csv = CsvReader::new(written.as_slice());
        let mut cells = Vec::new();
        while let Next::Record { .. } = csv.next_record().expect("a slice") {
            let fields = csv.fields().expect("text");
            assert_eq!(fields.count(), 5);
            cells.push((fields.get(0).to_owned(), fields.get(2).to_owned()));
        }
        let kept = format!("{}…", "鹿".repeat(MAX_VALUE_CHARS - 1));
        let wanted = [("2", "a \"b\", c"), ("5", "'=1+1"), ("9", "x y"), ("10", kept.as_str())];
        assert_eq!(cells[1..], wanted.map(|(line, value)| (line.to_owned(), value.to_owned())));
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            1,
            "nothing is left over"
        );
    }

    #[test]
    fn a_folder_that_takes_no_file_is_an_error_that_names_the_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let gone = folder.path().join("gone").join("coupons.csv");
        let error = write_rejects(&gone, [bad(1, "")]).expect_err("there is no such folder");
        assert!(error.to_string().contains("coupons.csv.rejects.csv"));
        assert!(error.message_ja().contains("coupons.csv.rejects.csv"));
        let taken = folder.path().join("sales.csv");
        std::fs::create_dir(rejects_path(&taken)).expect("a folder of that name");
        assert!(write_rejects(&taken, [bad(1, "")]).is_err());
    }
}
