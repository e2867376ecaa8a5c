//! Reading a row's columns, whichever engine it comes from: both keep whole numbers as 64 bits
//! and everything else as text.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::StoreError;

/// A row whose columns are read by their place.
pub(super) trait Cells {
    /// A text.
    fn text(&self, column: usize) -> Result<String, StoreError>;
    /// A text, or NULL.
    fn maybe_text(&self, column: usize) -> Result<Option<String>, StoreError>;
    /// A whole number.
    fn whole(&self, column: usize) -> Result<i64, StoreError>;
    /// A whole number, or NULL.
    fn maybe_whole(&self, column: usize) -> Result<Option<i64>, StoreError>;
}

macro_rules! cells {
    ($row:ty) => {
        impl Cells for $row {
            fn text(&self, column: usize) -> Result<String, StoreError> {
                self.try_get(column).map_err(|error| damaged(self.try_get(0).ok(), &error))
            }

            fn maybe_text(&self, column: usize) -> Result<Option<String>, StoreError> {
                self.try_get(column).map_err(|error| damaged(self.try_get(0).ok(), &error))
            }

            fn whole(&self, column: usize) -> Result<i64, StoreError> {
                self.try_get(column).map_err(|error| damaged(self.try_get(0).ok(), &error))
            }

            fn maybe_whole(&self, column: usize) -> Result<Option<i64>, StoreError> {
                self.try_get(column).map_err(|error| damaged(self.try_get(0).ok(), &error))
            }
        }
    };
}

cells!(SqliteRow);
cells!(PgRow);

/// The connection brought it, so waiting and asking again would not help. The first column is what
/// a row is known by.
fn damaged(key: Option<String>, error: &sqlx::Error) -> StoreError {
    let key = key.unwrap_or_default();
    StoreError::Damaged { table: "what was read", key, what: error.to_string() }
}
