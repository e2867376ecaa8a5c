//! A case that is verified again is weighed beside the writer, on what was read a moment
//! before. Where anything else was written since, the writer must read anew.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;

use std::sync::{Arc, Mutex};

use common::database::{Engine, engine};
use common::records::{SHOP, coupon, sale, settlement};
use common::with_shops;
use madoguchi::domain::staff::StaffId;
use madoguchi::domain::time::Instant;
use madoguchi::store::changes::{Changes, Event};
use madoguchi::store::snapshot::{Need, Snapshot};
use madoguchi::store::{Ask, Decision, Job, StoreError};

const NUMBER: &str = "1234567890123";

/// A decision that changes nothing but the audit trail, and remembers what it saw.
struct Looking {
    need: Need,
    saw: Mutex<Vec<String>>,
}

impl Job for Looking {
    fn need(&self) -> Need {
        self.need.clone()
    }

    fn decide(&self, seen: &Snapshot) -> Result<Decision, StoreError> {
        let case = seen.case.as_ref().expect("the case");
        self.saw.lock().expect("unbroken").push(case.state.clone());
        let event = Event::new(Instant::from_micros(0), &StaffId::system(), "case.verify")
            .on_case(case.case_id.parse().expect("a case"));
        Ok(Ok(Box::new(Changes::event(event))))
    }
}

#[test]
fn what_was_seen_before_somebody_else_wrote_is_read_anew() {
    let office = with_shops();
    let twice =
        [("K1", "19:00"), ("K2", "19:01")].map(|(id, at)| settlement(id, NUMBER, SHOP, 1500, at));
    let once = sale("U1", SHOP, "19:00", 1500, 0, NUMBER);
    office.records(&[coupon(NUMBER, 5000, 0, "2023-02-24")], &twice, &[once], &[]);
    let case = office.case("op", NUMBER, SHOP);

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = office.store().await;
        let need = Need { case_id: Some(case.clone()), records_only: true, ..Need::default() };
        let look = || async {
            let seen = store.snapshot(std::slice::from_ref(&need)).await.expect("read");
            seen.into_iter().next().expect("one")
        };
        let ask = |seen| {
            let job = Arc::new(Looking { need: need.clone(), saw: Mutex::default() });
            (Arc::clone(&job), Ask { job, seen: Some(Box::new(seen)) })
        };

        // Two such decisions one after the other: neither touches a record, and in a file
        // what was seen before the first still holds for the second. On a server every case
        // has its own chain, which has grown, and only what is read anew counts.
        let mut marked = look().await;
        marked.case.as_mut().expect("the case").state = "as seen before".to_owned();
        let seen = if engine() == Engine::Sqlite {
            [vec!["as seen before"], vec!["as seen before"]]
        } else {
            [vec!["as seen before"], vec!["as seen before", "matched"]]
        };
        for expected in seen {
            let (job, asked) = ask(marked.clone());
            store.submit_all(vec![asked]).await.expect("written")[0].as_ref().expect("done");
            assert_eq!(*job.saw.lock().expect("unbroken"), expected);
        }

        // Somebody restores it, in another process: now it does not.
        office.act("op", "restore", &case, &[]).done();
        let (job, asked) = ask(marked);
        store.submit_all(vec![asked]).await.expect("written")[0].as_ref().expect("done");
        // The last time it was decided is the one that counts.
        let saw = job.saw.lock().expect("unbroken").clone();
        assert_eq!(saw.last().map(String::as_str), Some("restored"));
        store.close().await;
    });
    office.audited();
}
