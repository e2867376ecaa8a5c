//! What the events say was written.

use std::collections::{BTreeMap, HashMap};

use super::{Stop, parse};
use crate::store::changes::STEPS;
use crate::store::rows::AuditRow;

/// What the events say was written: how many rows of each table.
#[derive(Default)]
pub(in crate::store) struct Noted {
    /// The number of the first event, which wrote what the database says of itself.
    pub first: i64,
    rows: BTreeMap<String, i64>,
    /// Of rows that change: the last event that wrote each.
    last: HashMap<(String, String), i64>,
    /// Events that wrote many rows: of which table, how many and the sum of their hashes.
    pub(super) steps: BTreeMap<i64, (String, i64, String)>,
}

impl Noted {
    /// Takes an event whose place is proven. Events of one row come in order; those of
    /// different rows may not.
    pub fn take(&mut self, event: &AuditRow, wrote: Vec<[String; 3]>) {
        for [table, key, hash] in wrote {
            if STEPS.contains(&event.action.as_str()) {
                let count = key.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
                *self.rows.entry(table.clone()).or_default() += count;
                self.steps.insert(event.seq, (table, count, hash));
                continue;
            }
            let changes = matches!(table.as_str(), "cases" | "staff" | "staff_key" | "case_sale");
            if is_new(&table, &event.action) {
                *self.rows.entry(table.clone()).or_default() += 1;
            }
            if changes {
                let last = self.last.entry((table, key)).or_default();
                *last = event.seq.max(*last);
            }
        }
    }

    /// How many rows of the table there ought to be.
    pub(super) fn rows_of(&self, table: &str) -> i64 {
        self.rows.get(table).copied().unwrap_or(0)
    }

    /// The last event that wrote the row, where rows of its table change.
    pub(super) fn last_of(&self, table: &str, key: String) -> Option<i64> {
        self.last.get(&(table.to_owned(), key)).copied()
    }
}

/// What an event's own note says it wrote.
pub(in crate::store) fn wrote_of(event: &AuditRow) -> Result<Vec<[String; 3]>, Stop> {
    parse("audit_event", &event.wrote)
}

/// Whether an event of this action adds a row to the table, or changes one.
fn is_new(table: &str, action: &str) -> bool {
    match table {
        "cases" => action == "case.open",
        "staff" => matches!(action, "staff.add" | "init"),
        "staff_key" => action == "staff.key_add",
        "case_sale" => action == "case.link",
        _ => true,
    }
}
