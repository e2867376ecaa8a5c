//! The connection is cut at every step of a restoration. Whether it was carried out is found
//! out by its command id, and however often it is asked for, it is carried out once.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod served;

use std::time::{Duration, Instant};

use common::books::soak;
use common::database::server;
use common::{Office as Front, with_shops};
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::refusal::Code;
use madoguchi::office::{Office, OfficeError};
use madoguchi::store::{StoreError, place};
use served::proxy::{End, Proxy, Way};
use served::{
    all_opened, coupons, fill, fresh_id, office, operator, restored, sums_hold, verified,
};

/// How often the same command is asked again at most.
const ASKS: u32 = 50;

async fn front(count: usize) -> Front {
    let front = tokio::task::spawn_blocking(with_shops).await.expect("an office");
    fill(&front.database().url("ad"), false, &coupons(count, 9000)).await;
    front
}

/// The URL of the desks, over the wire.
fn through(proxy: &Proxy, front: &Front) -> String {
    let (there, here) = (server().port().to_string(), proxy.port().to_string());
    front.database().url("op").replacen(&there, &here, 1)
}

/// Restores, and asks again under the same id until there is an answer; how often it was asked.
async fn insists(office: &Office, case: &CaseId) -> u32 {
    let id = fresh_id();
    for asked in 1..=ASKS {
        match restored(office, &operator(), case, &id).await {
            Ok(view) => {
                assert_eq!(view.state, "restored", "{case}");
                return asked;
            }
            Err(OfficeError::Store(error)) => {
                let lost =
                    matches!(error, StoreError::OutcomeUnknown(_) | StoreError::Unreachable(_));
                assert!(lost, "{case}: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(OfficeError::Refused(refusal)) => panic!("{case}: {refusal}"),
        }
    }
    panic!("{case}: no answer");
}

/// Every case was restored, each once.
fn all_once(front: &Front, cases: usize) {
    let name = front.database().name();
    sums_hold(server(), name);
    for sql in [
        "SELECT count(*) FROM cases WHERE state = 'restored'",
        "SELECT count(*) FROM audit_event WHERE action = 'case.restore'",
        "SELECT count(*) FROM entry WHERE settlement_id IS NOT NULL",
    ] {
        assert_eq!(server().psql(name, sql), cases.to_string(), "{sql}");
    }
    verified(&front.database().url("au"));
}

/// The bytes of one restoration each way, as few as were seen: what other connections sent
/// meanwhile is in some of them.
async fn measured(proxy: &Proxy, office: &Office, cases: &[CaseId]) -> [usize; 2] {
    let mut least = [usize::MAX; 2];
    for case in cases {
        let before = proxy.passed();
        assert_eq!(insists(office, case).await, 1);
        let after = proxy.passed();
        least = [0, 1].map(|way| least[way].min(after[way] - before[way]));
    }
    least
}

/// Where a restoration is cut: coarse steps over the whole of it, and finer ones at the end,
/// where it is made durable and answered.
fn places([up, down]: [usize; 2]) -> Vec<(Way, usize)> {
    let fine = if soak() { 1 } else { 4 };
    let walk = |way: Way, length: usize, coarse: usize, end: usize| {
        let end = length.saturating_sub(end);
        let coarse = (0..end).step_by((end / coarse).max(1));
        coarse.chain((end..=length).step_by(fine)).map(move |after| (way, after))
    };
    walk(Way::Up, up, 24, 24).chain(walk(Way::Down, down, 16, 160)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restoration_whose_connection_is_cut_anywhere_is_carried_out_once() {
    postgres_only!("a file has no connection");
    let count = if soak() { 120 } else { 30 };
    let front = front(count).await;
    let proxy = Proxy::to(server().port()).await;
    let office = office(&through(&proxy, &front)).await;
    let cases = all_opened(&office, count).await;
    let (first, rest) = cases.split_at(6);
    // What a connection says only once has been said.
    for case in &first[..2] {
        insists(&office, case).await;
    }
    let whole = measured(&proxy, &office, &first[2..]).await;
    let places = places(whole);
    println!("{} bytes up, {} down; cut at {} places", whole[0], whole[1], places.len());
    assert!(places.len() <= rest.len(), "{} places, {} cases", places.len(), rest.len());
    let (mut cuts, mut again, mut slowest) = (0, 0, Duration::ZERO);
    for (case, (way, after)) in rest.iter().zip(&places) {
        proxy.cut(*way, *after, End::Closed);
        let begun = Instant::now();
        let asked = insists(&office, case).await;
        slowest = slowest.max(begun.elapsed());
        cuts += u32::from(!proxy.uncut());
        again += u32::from(asked > 1);
    }
    println!("{cuts} cuts, {again} asked again by the desk, the slowest {slowest:?}");
    assert!(cuts as usize * 10 >= places.len() * 9, "the wire was hardly cut: {cuts}");
    // A cut is no matter for the desk: the store goes on over another connection by itself.
    assert!(again as usize * 10 <= places.len(), "the desk had to ask {again} times again");
    for case in &rest[places.len()..] {
        insists(&office, case).await;
    }
    office.close().await.expect("closed");
    all_once(&front, cases.len());
}

/// Nobody says that the connection is gone: only time tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restoration_whose_bytes_are_dropped_is_carried_out_once() {
    postgres_only!("a file has no connection");
    let front = front(6).await;
    let proxy = Proxy::to(server().port()).await;
    let offices = [office(&through(&proxy, &front)).await];
    let cases = all_opened(&offices[0], 6).await;
    let (first, rest) = cases.split_at(4);
    let whole = measured(&proxy, &offices[0], first).await;
    // The end of the request, the beginning of an answer, and the end of the last one.
    let places = [(Way::Up, whole[0] - 9), (Way::Down, 20), (Way::Down, whole[1] - 20)];
    let each = rest.iter().zip(places).map(|(case, (way, after))| {
        let front = &front;
        async move {
            let proxy = Proxy::to(server().port()).await;
            let office = office(&through(&proxy, front)).await;
            // A first one, for what a connection says only once: it is restored already.
            let _ = restored(&office, &operator(), &first[0], &fresh_id()).await;
            proxy.cut(way, after, End::Dropped);
            let begun = Instant::now();
            let asked = insists(&office, case).await;
            println!("{way:?} {after}: asked {asked} times, {:?}", begun.elapsed());
            office.close().await.expect("closed");
        }
    });
    futures_util::future::join_all(each).await;
    for case in &rest[places.len()..] {
        insists(&offices[0], case).await;
    }
    let [office] = offices;
    office.close().await.expect("closed");
    all_once(&front, cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_is_cut_while_it_is_made_is_an_error_and_nothing_more() {
    postgres_only!("a file has no connection");
    let front = front(1).await;
    let proxy = Proxy::to(server().port()).await;
    let url = through(&proxy, &front);
    let step = if soak() { 7 } else { 61 };
    for (way, length) in [(Way::Up, 900), (Way::Down, 1200)] {
        for after in (0..length).step_by(step) {
            proxy.cut(way, after, End::Closed);
            let opened = tokio::time::timeout(Duration::from_secs(20), place::open(&url)).await;
            match opened.expect("an answer") {
                Ok(store) => store.close().await,
                Err(error) => {
                    let code = error.to_refusal().code;
                    assert_eq!(code, Code::DatabaseUnreachable, "{way:?} {after}: {error}");
                }
            }
            proxy.uncut();
        }
    }
    place::open(&url).await.expect("the wire is whole").close().await;
}
