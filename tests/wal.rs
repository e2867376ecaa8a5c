//! What is committed is moved out of the WAL while the store is open: a busy day must not
//! end with a file that takes minutes to read.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;

use std::time::{Duration, Instant};

use common::with_shops;
use madoguchi::domain::staff::StaffId;
use madoguchi::domain::time::Instant as Moment;
use madoguchi::store::changes::Event;

/// Lines for the audit trail in a batch, and how many batches: some 24 MiB.
const LINES: usize = 400;
const BATCHES: usize = 30;
/// How long the pages are waited for.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn what_is_committed_is_moved_into_the_database_while_it_is_open() {
    sqlite_only!("the WAL beside the file");
    let office = with_shops();
    let file = office.database().file();
    let before = std::fs::metadata(file).expect("a file").len();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = office.store().await;
        let long = "x".repeat(2000);
        for _ in 0..BATCHES {
            for _ in 0..LINES {
                let event = Event::new(Moment::from_micros(0), &StaffId::system(), "look_up");
                store.jot(event.detail(serde_json::json!({ "long": long })));
            }
            store.flush().await.expect("written");
        }
        // SQLite itself would only do it when the last connection closes.
        let begun = Instant::now();
        loop {
            let now = std::fs::metadata(file).expect("a file").len();
            if now > before + (8 << 20) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{now} bytes, {before} before");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        store.close().await;
    });
    office.audited();
}
