//! The record files of the specification's section 3: reading and checking them, one row
//! at a time, so that memory does not grow with the file.
//!
//! ```text
//! reader      a whole file: header, rows, what it came to
//!   source    the file: two passes over its bytes, encoding, SHA-256, has it changed
//!   csv       bytes to records, bounded      lines    counting lines
//!   columns   which column is which          table    the columns of the five kinds
//!   rows      cells to records               cells    one cell: amounts, ids, text
//! spool       bad rows on their way to
//! rejects     the file of the bad rows, beside the input
//! dictionary  readings for names that come without one
//! kind  record  bad_row  file_error          the vocabulary
//! ```

mod bad_row;
mod cells;
mod columns;
mod csv;
pub mod dictionary;
mod encoding;
mod file_error;
mod kind;
mod lines;
mod reader;
mod record;
mod rejects;
mod rows;
mod source;
mod spool;
mod table;

pub use bad_row::{BadRow, BadRowReason, MAX_VALUE_CHARS};
pub use csv::{CsvReader, Fields, MAX_RECORD_BYTES, Next};
pub use encoding::{Encoding, EncodingError};
pub use file_error::{FileError, FileTrouble};
pub use kind::Kind;
pub use reader::{Reader, Row, Summary};
pub use record::{Digest, Record, seal};
pub use rejects::{RejectsError, rejects_path, write_rejects};
pub use source::{Progress, SourceFile, SourceText};
pub use spool::{Reject, Spool, merge};
pub use table::{Column, columns};
