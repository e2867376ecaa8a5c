//! The primary dies. What was acknowledged is at the standby that takes its place, what was
//! not is asked again under its command id and has no second effect, and the desks go on by
//! themselves.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod served;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::books::soak;
use common::database::DESK;
use common::server::pair::Pair;
use common::server::{Options, Server};
use futures_util::future::join_all;
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::refusal::Code;
use madoguchi::office::{Office, OfficeError};
use madoguchi::store::{StoreError, place};
use served::{
    Campaign, IN_NARA, all_opened, fresh_id, office, operator, restored, sums_hold, verified,
};
use tokio::task::block_in_place;

/// How long the desks may take to go on after the promotion.
const GOES_ON: Duration = Duration::from_secs(10);
/// How long a desk asks in vain before the story has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A pair with a campaign.
struct Served {
    pair: Pair,
    campaign: Campaign,
}

impl Served {
    async fn start(synchronous: bool, coupons: usize) -> Self {
        let pair = block_in_place(|| Pair::start(&Options::default(), synchronous));
        let campaign = Campaign::with_coupons(&pair.primary, coupons).await;
        Self { pair, campaign }
    }

    /// Both servers, for a role; which one is the primary is for the program to find out.
    fn url(&self, role: &str) -> String {
        let Pair { primary, standby } = &self.pair;
        let (one, other) = (standby.port(), primary.port());
        format!("postgres://{role}@127.0.0.1:{one},127.0.0.1:{other}/{}", self.campaign.name)
    }

    /// The server that has taken the primary's place.
    fn promoted(&self) -> &Server {
        block_in_place(|| self.pair.standby.promote());
        &self.pair.standby
    }

    fn holds(&self, restorations: usize) {
        let (server, name) = (&self.pair.standby, &self.campaign.name);
        sums_hold(server, name);
        for sql in [
            "SELECT count(*) FROM cases WHERE state = 'restored'",
            "SELECT count(*) FROM audit_event WHERE action = 'case.restore'",
            "SELECT count(*) FROM entry WHERE settlement_id IS NOT NULL",
        ] {
            assert_eq!(server.psql(name, sql), restorations.to_string(), "{sql}");
        }
        verified(&self.url(DESK));
    }
}

/// A restoration that was acknowledged.
struct Acknowledged {
    case: CaseId,
    at: Instant,
    /// How often it was asked for.
    asked: u32,
}

/// Restores, and asks again under the same id as long as nobody knows.
async fn insists(office: &Office, case: &CaseId, id: &str) -> Acknowledged {
    let begun = Instant::now();
    for asked in 1.. {
        match restored(office, &operator(), case, id).await {
            Ok(view) => {
                assert_eq!(view.state, "restored", "{case}");
                return Acknowledged { case: case.clone(), at: Instant::now(), asked };
            }
            Err(OfficeError::Store(error)) => {
                let passing = error.may_pass() || matches!(error, StoreError::OutcomeUnknown(_));
                assert!(passing, "{case}: {error}");
                assert!(begun.elapsed() < PATIENCE, "{case}: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(OfficeError::Refused(refusal)) => panic!("{case}: {refusal}"),
        }
    }
    unreachable!("it asks for ever")
}

/// How the primary goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    /// All its processes end at once, and the system closes their connections.
    Dies,
    /// Nothing comes from it any more, and nobody closes anything: the machine is gone.
    Hangs,
}

/// How long the promotion takes to be decided: longer than a store keeps its desks waiting.
const DECIDED: Duration = Duration::from_secs(4);

/// Many desks restore; in the middle of it the primary goes and the standby is promoted.
async fn in_a_stream_of_restorations(goes: Goes, coupons: usize) {
    let served = Served::start(true, coupons).await;
    let url = served.url(DESK);
    let offices = join_all((0..3).map(|_| office(&url))).await;
    let cases = all_opened(&offices[0], coupons).await;
    let count = AtomicUsize::new(0);
    let desks = (0..24).map(|desk| {
        let (office, count) = (&offices[desk % offices.len()], &count);
        let mine = cases.iter().skip(desk).step_by(24);
        async move {
            let mut all = Vec::new();
            for case in mine {
                all.push(insists(office, case, &fresh_id()).await);
                count.fetch_add(1, Ordering::Relaxed);
            }
            all
        }
    });
    let disaster = async {
        while count.load(Ordering::Relaxed) < cases.len() / 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        block_in_place(|| match goes {
            Goes::Dies => served.pair.primary.kill(),
            Goes::Hangs => served.pair.primary.hold(),
        });
        let gone = Instant::now();
        tokio::time::sleep(DECIDED).await;
        served.promoted();
        (gone, Instant::now())
    };
    let (acknowledged, (gone, promoted)) = tokio::join!(join_all(desks), disaster);

    let before = acknowledged.iter().flatten().filter(|one| one.at < gone).count();
    let again = acknowledged.iter().flatten().filter(|one| one.asked > 1).count();
    // The first one that each desk got done afterwards.
    let firsts = acknowledged.iter().filter_map(|desk| desk.iter().find(|one| one.at > gone));
    let gaps: Vec<Duration> =
        firsts.map(|one| one.at.saturating_duration_since(promoted)).collect();
    let (first, last) = (gaps.iter().min().expect("some"), gaps.iter().max().expect("some"));
    println!(
        "gone after {before} of {} restorations; promoted {:?} later; the first desk went on \
         {first:?} after the promotion, the last {last:?}; {again} asked more than once",
        cases.len(),
        promoted - gone,
    );
    assert!(before < cases.len(), "it went too late");
    assert!(*last < GOES_ON, "{last:?}");
    // What was acknowledged is not asked for again: where it is missing, the count is wrong.
    let all = acknowledged.iter().flatten().map(|one| one.case.to_string());
    assert_eq!(all.collect::<BTreeSet<_>>().len(), cases.len());
    served.holds(cases.len());

    // The old one comes back and takes itself for the primary: nobody works with it.
    block_in_place(|| match goes {
        Goes::Dies => served.pair.primary.start_again(),
        Goes::Hangs => served.pair.primary.go_on(),
    });
    let late = office(&url).await;
    let listed = late.list_cases(&operator(), None).await.expect("listed");
    assert!(listed.iter().all(|case| case.state == "restored"), "read from the old primary");
    late.close().await.expect("closed");
    for office in offices {
        let listed = office.list_cases(&operator(), None).await.expect("listed");
        assert!(listed.iter().all(|case| case.state == "restored"), "read from the old primary");
        office.close().await.expect("closed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_primary_that_is_killed_in_a_stream_of_restorations_takes_none_with_it() {
    postgres_only!("a file has no standby");
    in_a_stream_of_restorations(Goes::Dies, if soak() { 400 } else { 60 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_primary_that_hangs_in_a_stream_of_restorations_takes_none_with_it() {
    postgres_only!("a file has no standby");
    in_a_stream_of_restorations(Goes::Hangs, if soak() { 400 } else { 30 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restoration_that_waits_for_the_standby_when_the_primary_dies_is_carried_out_once() {
    postgres_only!("a file has no standby");
    let served = Served::start(true, 1).await;
    let Pair { primary, standby } = &served.pair;
    let office = office(&served.url(DESK)).await;
    let cases = all_opened(&office, 1).await;
    // The standby has got it and has not said so: with the primary dead, it is there.
    block_in_place(|| standby.hold());
    let id = fresh_id();
    let asked = insists(&office, &cases[0], &id);
    let disaster = async {
        waits_for_the_standby(primary).await;
        block_in_place(|| {
            primary.kill();
            standby.go_on();
        });
        served.promoted();
    };
    let (got, ()) = tokio::join!(asked, disaster);
    println!("asked {} times", got.asked);
    // Again, as a desk does that was started anew.
    insists(&office, &cases[0], &id).await;
    served.holds(1);
    for case in &cases[1..] {
        insists(&office, case, &fresh_id()).await;
    }
    served.holds(IN_NARA.len());
    office.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restoration_that_never_reached_the_standby_is_carried_out_there() {
    postgres_only!("a file has no standby");
    let served = Served::start(true, 1).await;
    let Pair { primary, standby } = &served.pair;
    let office = office(&served.url(DESK)).await;
    let cases = all_opened(&office, 1).await;
    block_in_place(|| standby.stop());
    let id = fresh_id();
    let asked = insists(&office, &cases[0], &id);
    let disaster = async {
        waits_for_the_standby(primary).await;
        block_in_place(|| {
            primary.kill();
            standby.start_again();
        });
        served.promoted();
    };
    let (got, ()) = tokio::join!(asked, disaster);
    println!("asked {} times", got.asked);
    insists(&office, &cases[0], &id).await;
    served.holds(1);
    office.close().await.expect("closed");
}

/// Waits until a commit is on the primary's disk and not acknowledged.
async fn waits_for_the_standby(primary: &Server) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let until = Instant::now() + PATIENCE;
    while block_in_place(|| primary.psql("postgres", waiting)) == "0" {
        assert!(Instant::now() < until, "nothing waits for the standby");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The stories above would see it if something were lost: where the standby is not waited for,
/// it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_synchronous_replication_what_was_acknowledged_can_be_lost() {
    postgres_only!("a file has no standby");
    let served = Served::start(false, 1).await;
    let Pair { primary, standby } = &served.pair;
    let office = office(&served.url(DESK)).await;
    let cases = all_opened(&office, 1).await;
    block_in_place(|| {
        served.pair.caught_up();
        standby.stop();
    });
    assert_eq!(insists(&office, &cases[0], &fresh_id()).await.asked, 1, "acknowledged");
    block_in_place(|| {
        primary.kill();
        standby.start_again();
    });
    served.promoted();
    served.holds(0);
    office.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_standby_is_known_for_one_and_never_worked_with() {
    postgres_only!("a file has no standby");
    let served = Served::start(true, 1).await;
    let Pair { primary, standby } = &served.pair;
    let alone = standby.url(DESK, &served.campaign.name);
    let refused = place::open(&alone).await.err().expect("refused").to_refusal();
    assert_eq!(refused.code, Code::DatabaseReadOnly, "{refused}");
    // With both in the URL the primary is found wherever it stands.
    let office = office(&served.url(DESK)).await;
    let cases = all_opened(&office, 1).await;
    // While it hangs, nothing is done at the standby; when it goes on, so do the desks.
    block_in_place(|| primary.kill());
    let refused = restored(&office, &operator(), &cases[0], &fresh_id()).await;
    let refused = refused.expect_err("there is no primary").to_refusal().code;
    let due = [Code::DatabaseReadOnly, Code::DatabaseUnreachable, Code::OutcomeUnknown];
    assert!(due.contains(&refused), "{refused:?}");
    block_in_place(|| primary.start_again());
    insists(&office, &cases[0], &fresh_id()).await;
    block_in_place(|| served.pair.caught_up());
    served.holds(1);
    office.close().await.expect("closed");
}
