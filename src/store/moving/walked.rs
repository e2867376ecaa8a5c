//! The audit walk, watched: how many rows it has come past.

use std::future::Future;

use super::MoveProgress;
use crate::store::verify::{Books, Noted, Stop, walk};
use crate::store::{AuditReport, StoreError};

/// Books of either engine, whose rows are counted as they are walked.
pub struct Walked<'a, B> {
    books: &'a mut B,
    progress: &'a MoveProgress,
}

impl<'a, B: Books> Walked<'a, B> {
    /// Walks all of them.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn over(
        books: &'a mut B,
        progress: &'a MoveProgress,
    ) -> Result<AuditReport, StoreError> {
        walk(&mut Walked { books, progress }).await
    }
}

impl<B: Books> Books for Walked<'_, B> {
    type Row = B::Row;

    const AS_STORED: &'static str = B::AS_STORED;
    const COUPON_SUMS: (&'static str, &'static str) = B::COUPON_SUMS;

    fn object(columns: &[&str], table: &str) -> String {
        B::object(columns, table)
    }

    async fn each(
        &mut self,
        sql: String,
        mut take: impl FnMut(&Self::Row) -> Result<(), Stop> + Send,
    ) -> Result<(), Stop> {
        let progress = self.progress;
        let counting = move |row: &Self::Row| {
            progress.one_more();
            take(row)
        };
        self.books.each(sql, counting).await
    }

    fn chain(
        &mut self,
        report: &mut AuditReport,
    ) -> impl Future<Output = Result<Noted, Stop>> + Send {
        self.books.chain(report)
    }
}
