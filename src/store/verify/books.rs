//! What the walk needs of an engine: rows one after the other, however many there are.

use std::future::Future;

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::{Noted, Stop};
use crate::store::{AuditReport, StoreError};

/// A row whose columns are read by their place, without a copy: millions are.
pub(in crate::store) trait Cells {
    /// A text, or NULL.
    fn maybe_text(&self, column: usize) -> Result<Option<&str>, Stop>;
    /// A text.
    fn text(&self, column: usize) -> Result<&str, Stop>;
    /// A whole number.
    fn whole(&self, column: usize) -> Result<i64, Stop>;
}

macro_rules! cells {
    ($row:ty) => {
        impl Cells for $row {
            fn maybe_text(&self, column: usize) -> Result<Option<&str>, Stop> {
                self.try_get(column).map_err(unreadable)
            }

            fn text(&self, column: usize) -> Result<&str, Stop> {
                self.try_get(column).map_err(unreadable)
            }

            fn whole(&self, column: usize) -> Result<i64, Stop> {
                self.try_get(column).map_err(unreadable)
            }
        }
    };
}

cells!(SqliteRow);
cells!(PgRow);

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err everywhere")]
fn unreadable(error: sqlx::Error) -> Stop {
    Stop::Store(StoreError::Unreachable(error.to_string()))
}

/// A connection whose database is walked.
pub(in crate::store) trait Books: Send {
    /// A row as the engine hands it out.
    type Row: Cells;

    /// How the rows of a table come in the order they are stored in, at no cost: the end of a
    /// SELECT from the table `t`.
    const AS_STORED: &'static str;

    /// What a coupon's entries and extensions come to: two further columns of a SELECT from
    /// `coupon AS t` (the balance as it should be, the last day it was extended to, or NULL),
    /// and what it is joined with for that.
    const COUPON_SUMS: (&'static str, &'static str);

    /// The engine's expression for a row as a JSON object, as text.
    fn object(columns: &[&str], table: &str) -> String;

    /// Hands every row that `sql` selects to `take`, one at a time and none kept. `sql` is put
    /// together from constants of this program.
    fn each(
        &mut self,
        sql: String,
        take: impl FnMut(&Self::Row) -> Result<(), Stop> + Send,
    ) -> impl Future<Output = Result<(), Stop>> + Send;

    /// Walks what ties the events together, adds them to the report with the last link, and
    /// gathers what they note.
    fn chain(
        &mut self,
        report: &mut AuditReport,
    ) -> impl Future<Output = Result<Noted, Stop>> + Send;
}
