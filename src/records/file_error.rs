//! Why a record file cannot be read at all.

use std::io;
use std::path::{Path, PathBuf};

use super::encoding::Encoding;
use super::table::Column;
use crate::domain::text::for_terminal;

/// A record file that cannot be read, by its path.
#[derive(Debug, thiserror::Error)]
#[error("{}: {trouble}", shown(.path))]
pub struct FileError {
    /// The path as it was given.
    pub path: PathBuf,
    /// What is the matter with it.
    pub trouble: FileTrouble,
}

impl FileError {
    pub(super) fn new(path: &Path, trouble: impl Into<FileTrouble>) -> Self {
        Self { path: path.to_owned(), trouble: trouble.into() }
    }

    /// What is the matter and what to do, in Japanese. `Display` says it in English.
    #[must_use]
    pub fn message_ja(&self) -> String {
        format!("{}: {}", shown(&self.path), self.trouble.message_ja())
    }
}

/// A path may hold anything, control characters too.
pub(super) fn shown(path: &Path) -> String {
    for_terminal(&path.to_string_lossy())
}

/// What is the matter with a record file.
#[derive(Debug, thiserror::Error)]
pub enum FileTrouble {
    /// No file of that name.
    #[error("there is no such file")]
    NotThere,
    /// A folder.
    #[error("this is a folder; name a file")]
    Folder,
    /// A pipe, a socket or a device: it cannot be read twice.
    #[error("this is not a regular file; save it to disk first")]
    NotRegular,
    /// No permission, or the disk or network failed.
    #[error("the file cannot be read: {0}")]
    NotReadable(#[from] io::Error),
    /// Nothing, or nothing but a byte order mark and blank lines.
    #[error("the file is empty")]
    Empty,
    /// A UTF-16 byte order mark ("Unicode text" of older spreadsheets).
    #[error("the file is UTF-16; save it as UTF-8 (“CSV UTF-8”) and import that")]
    Utf16,
    /// A NUL byte: no text file.
    #[error("there is a NUL byte on line {line}; this is not a CSV file, or it is damaged")]
    Nul {
        /// The first line that has one.
        line: u64,
    },
    /// Neither UTF-8 nor CP932.
    #[error("line {line} is neither UTF-8 nor Shift_JIS (CP932); save the file as UTF-8")]
    NoEncoding {
        /// The first line that fits neither.
        line: u64,
    },
    /// Not in the encoding that was asked for.
    #[error("line {line} is not {encoding}, the encoding that was asked for")]
    NotInEncoding {
        /// The encoding asked for.
        encoding: Encoding,
        /// The first line that does not fit.
        line: u64,
    },
    /// Length, time of change or content are no longer those of the beginning.
    #[error("the file changed while it was read; wait until it is complete and import it again")]
    Changed,
    /// The header does not end within the longest record.
    #[error("the header row never ends: a quote (\") is not closed, or this is not a CSV file")]
    HeaderUnended,
    /// A header and no row.
    #[error("the file has a header and no rows")]
    HeaderOnly,
    /// Columns are separated by tabs or semicolons.
    #[error("the columns are separated by {}; save the file as CSV with commas", separator(*.0).0)]
    Separator(char),
    /// The columns are not those of this kind of file.
    #[error("{}", columns_en(.missing, .unknown, .duplicate))]
    Columns {
        /// Needed and not there.
        missing: Vec<&'static Column>,
        /// There, and not known: to leave them out silently could lose something.
        unknown: Vec<String>,
        /// There more than once, by the English name.
        duplicate: Vec<&'static str>,
    },
}

impl FileTrouble {
    /// What is the matter and what to do, in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::NotThere => "ファイルがありません".into(),
            Self::Folder => "フォルダーです。ファイルを指定してください".into(),
            Self::NotRegular => {
                "通常のファイルではありません。いったん保存してから指定してください".into()
            }
            Self::NotReadable(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "読み取る権限がありません".into()
            }
            Self::NotReadable(error) => format!("読み取れません（{error}）"),
            Self::Empty => "ファイルが空です".into(),
            Self::Utf16 => "UTF-16です。UTF-8（「CSV UTF-8」）で保存し直してください".into(),
            Self::Nul { line } => {
                format!("{line}行目にNULバイトがあります。CSVではないか、壊れています")
            }
            Self::NoEncoding { line } => format!(
                "{line}行目がUTF-8でもShift_JIS（CP932）でもありません。UTF-8で保存し直してください"
            ),
            Self::NotInEncoding { encoding, line } => {
                format!("{line}行目が、指定された文字コード {encoding} ではありません")
            }
            Self::Changed => {
                "読み取り中にファイルが変わりました。書き込みが終わってから取り込み直してください"
                    .into()
            }
            Self::HeaderUnended => {
                "見出し行が終わりません。引用符（\"）が閉じていないか、CSVではありません".into()
            }
            Self::HeaderOnly => "見出しだけで、データの行がありません".into(),
            Self::Separator(mark) => format!(
                "列が{}で区切られています。カンマ区切りのCSVで保存し直してください",
                separator(*mark).1
            ),
            Self::Columns { missing, unknown, duplicate } => {
                columns_ja(missing, unknown, duplicate)
            }
        }
    }
}

const fn separator(mark: char) -> (&'static str, &'static str) {
    match mark {
        '\t' => ("tabs", "タブ"),
        _ => ("semicolons", "セミコロン"),
    }
}

fn columns_en(missing: &[&Column], unknown: &[String], duplicate: &[&str]) -> String {
    let parts = [
        ("missing columns: ", accepted(missing)),
        ("unknown columns: ", unknown.join(", ")),
        ("columns that stand twice: ", duplicate.join(", ")),
    ];
    joined(&parts, "; ")
}

fn columns_ja(missing: &[&Column], unknown: &[String], duplicate: &[&str]) -> String {
    let parts = [
        ("足りない列: ", accepted(missing)),
        ("知らない列: ", unknown.join(", ")),
        ("重複した列: ", duplicate.join(", ")),
    ];
    joined(&parts, "。")
}

fn accepted(missing: &[&Column]) -> String {
    missing.iter().map(|column| column.accepted()).collect::<Vec<_>>().join(", ")
}

fn joined(parts: &[(&str, String)], between: &str) -> String {
    let said = parts.iter().filter(|(_, names)| !names.is_empty());
    said.map(|(what, names)| format!("{what}{names}")).collect::<Vec<_>>().join(between)
}
