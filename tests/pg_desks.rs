//! Many desks on one server at once: nothing is put back twice, nobody is left without an
//! answer, and what one does the others see.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod served;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use common::books::{self, soak};
use common::database::server;
use common::records::coupon;
use common::{Office as Front, with_shops};
use futures_util::future::join_all;
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::refusal::Code;
use madoguchi::domain::staff::Role;
use madoguchi::office::{Actor, Office, OfficeError};
use madoguchi::store::changes::Event;
use madoguchi::store::{StoreError, place};
use served::{
    AMOUNT, BEFORE, IN_NARA, all_opened, coupons, fill, fresh_id, number, office, opened, operator,
    person, request, restored, sums_hold, verified,
};
use tokio::sync::Mutex;
use tokio::task::block_in_place;

/// One story at a time: they count milliseconds, and the server's connections are numbered.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How many stores, each with connections of its own like a process.
const STORES: usize = 4;
/// How many tasks at each.
const TASKS: usize = 16;

async fn stores(front: &Front, count: usize) -> Vec<Office> {
    let url = front.database().url("op");
    join_all((0..count).map(|_| office(&url))).await
}

async fn closed(offices: Vec<Office>) {
    for office in offices {
        office.close().await.expect("closed");
    }
}

async fn front(rows: &[String]) -> Front {
    let front = tokio::task::spawn_blocking(with_shops).await.expect("an office");
    fill(&front.database().url("ad"), false, rows).await;
    front
}

/// The same things in an order that has nothing to do with theirs.
fn shuffled<T>(things: Vec<T>) -> Vec<T> {
    let mut keyed: Vec<(u64, T)> = (1_u64..)
        .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d))
        .zip(things)
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, thing)| thing).collect()
}

/// What a command that was sent several times was answered, each time.
type Answers = BTreeMap<(String, usize), Vec<Result<String, Code>>>;

/// Two of three coupons have room for all that was deducted, the third for half of it.
fn has_room(coupon: usize) -> bool {
    !coupon.is_multiple_of(3)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_that_restore_overlapping_coupons_put_each_deduction_back_once() {
    postgres_only!("a file serves one desk");
    let _alone = ALONE.lock().await;
    let count = if soak() { 120 } else { 12 };
    let half = BEFORE + 2 * AMOUNT;
    let rows: Vec<String> = (0..count)
        .map(|i| {
            let face = if has_room(i) { 9000 } else { half };
            coupon(&number(i), face, BEFORE, "2023-02-24")
        })
        .collect();
    let front = front(&rows).await;
    let offices = stores(&front, STORES).await;
    let cases = all_opened(&offices[0], count).await;

    // Each case by three people, and what each of them sends twice.
    let people = [operator(), person("sv", Role::Supervisor), person("sv2", Role::Supervisor)];
    let asks = cases.iter().flat_map(|case| {
        people.iter().enumerate().flat_map(move |(who, actor)| {
            let id = fresh_id();
            [(); 2].map(|()| (case.clone(), who, actor.clone(), id.clone()))
        })
    });
    let asks = shuffled(asks.collect());
    let begun = Instant::now();
    let tasks = (0..STORES * TASKS).map(|task| {
        let office = &offices[task % STORES];
        let mine = asks.iter().skip(task).step_by(STORES * TASKS);
        async move {
            let mut heard = Vec::new();
            for (case, who, actor, id) in mine {
                heard.push(((case.to_string(), *who), told(office, actor, case, id).await));
            }
            heard
        }
    });
    let mut answers = Answers::new();
    for (asked, answer) in join_all(tasks).await.into_iter().flatten() {
        answers.entry(asked).or_default().push(answer);
    }
    println!("{} commands in {:?}", asks.len(), begun.elapsed());

    let mut restored_by: BTreeMap<&str, usize> = BTreeMap::new();
    for ((case, _), answers) in &answers {
        let done: Vec<&String> = answers.iter().flatten().collect();
        if let Some(first) = done.first() {
            assert_eq!(done.len(), answers.len(), "{case}: one command, two answers: {answers:?}");
            assert!(done.iter().all(|answer| answer == first), "{case}: {answers:?}");
            *restored_by.entry(case).or_default() += 1;
        }
    }
    assert!(restored_by.values().all(|by| *by == 1), "{restored_by:?}");
    for (i, four) in cases.chunks(IN_NARA.len()).enumerate() {
        let done =
            four.iter().filter(|case| restored_by.contains_key(case.to_string().as_str())).count();
        assert_eq!(done, if has_room(i) { 4 } else { 2 }, "coupon {i}");
    }
    closed(offices).await;
    sums_hold(server(), front.database().name());
    verified(&front.database().url("au"));
}

/// What a restoration came to; anything but a restored case or a rule's refusal ends the story.
async fn told(office: &Office, actor: &Actor, case: &CaseId, id: &str) -> Result<String, Code> {
    match restored(office, actor, case, id).await {
        Ok(view) => {
            assert_eq!(view.state, "restored");
            Ok(serde_json::to_string(&view).expect("JSON"))
        }
        Err(OfficeError::Refused(refusal)) => {
            let due = [Code::CaseState, Code::EvidenceChanged, Code::SupervisorNeeded];
            assert!(due.contains(&refusal.code), "{case}: {refusal}");
            Err(refusal.code)
        }
        Err(OfficeError::Store(error)) => panic!("{case}: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_stores_that_restore_one_case_at_once_one_does_and_the_other_is_told_so() {
    postgres_only!("a file serves one desk");
    let _alone = ALONE.lock().await;
    let front = front(&coupons(5, 9000)).await;
    let offices = stores(&front, 2).await;
    for case in all_opened(&offices[0], 5).await {
        let both = offices.iter().map(|office| async {
            restored(office, &operator(), &case, &fresh_id()).await.map_err(|error| match error {
                OfficeError::Refused(refusal) => refusal.code,
                OfficeError::Store(error) => panic!("{case}: {error}"),
            })
        });
        let answers = join_all(both).await;
        let told: Vec<Code> = answers.into_iter().filter_map(Result::err).collect();
        assert_eq!(told, [Code::CaseState], "{case}");
    }
    closed(offices).await;
    sums_hold(server(), front.database().name());
    verified(&front.database().url("au"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_that_open_cases_on_one_day_at_once_give_them_different_numbers() {
    postgres_only!("a file serves one desk");
    let _alone = ALONE.lock().await;
    let front = front(&coupons(20, 9000)).await;
    let offices = stores(&front, 2).await;
    // Forty each: one store at the first two shops, the other at the others.
    let opening = (0..20).flat_map(|coupon| {
        let offices = &offices;
        IN_NARA.iter().enumerate().map(move |(i, shop)| opened(&offices[i / 2], coupon, shop))
    });
    let mut numbers: Vec<String> =
        join_all(opening).await.iter().map(ToString::to_string).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 80, "{numbers:?}");
    println!("{} to {}", numbers[0], numbers[79]);

    // One matter at both at once is one case, and the other store names it.
    let late = office(&front.database().url("op")).await;
    let twice = join_all([&offices[0], &late].map(|office| async {
        let request = request(0, IN_NARA[0]);
        office.open_case(&operator(), request).await.map_err(|error| error.to_refusal().code)
    }));
    for answer in twice.await {
        assert_eq!(answer.err(), Some(Code::LiveCase));
    }
    late.close().await.expect("closed");
    closed(offices).await;
    verified(&front.database().url("au"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_desk_does_another_shows_within_half_a_second() {
    postgres_only!("a file has no notifications");
    let _alone = ALONE.lock().await;
    let front = front(&coupons(5, 9000)).await;
    let offices = stores(&front, 2).await;
    let cases = all_opened(&offices[0], 5).await;
    let mut slowest = Duration::ZERO;
    for (i, case) in cases.iter().enumerate() {
        let mut seen = offices[1].changed().await.expect("asked");
        let (tell, committed) = tokio::sync::oneshot::channel();
        let watching = async {
            loop {
                let patience = Duration::from_secs(5);
                seen = offices[1].changed_from(seen, patience).await.expect("asked");
                let view = offices[1].reread_case(&operator(), case).await.expect("shown");
                if view.state == "restored" {
                    return Instant::now();
                }
            }
        };
        let acting = async {
            // At any moment between two looks at the trail.
            tokio::time::sleep(Duration::from_millis(37 * u64::try_from(i).unwrap_or(0))).await;
            restored(&offices[0], &operator(), case, &fresh_id()).await.expect("restored");
            tell.send(Instant::now()).expect("somebody waits");
        };
        let (shown, ()) = tokio::join!(watching, acting);
        let late = shown.saturating_duration_since(committed.await.expect("a moment"));
        assert!(late < Duration::from_millis(500), "{case}: {late:?}");
        slowest = slowest.max(late);
    }
    println!("the slowest of {}: {slowest:?}", cases.len());
    closed(offices).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_that_nobody_heard_of_is_read_after_the_connection_is_made_again() {
    postgres_only!("a file has no notifications");
    let _alone = ALONE.lock().await;
    let front = front(&coupons(1, 9000)).await;
    let offices = stores(&front, 1).await;
    let seen = offices[0].changed().await.expect("asked");
    let name = front.database().name();
    let gone = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'
         AND query LIKE '%LISTEN%' AND pid <> pg_backend_pid()"
    );
    // The number moves with the reconnect alone: whoever shows something reads it anew.
    assert_eq!(server().psql("postgres", &gone), "1");
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        assert!(Instant::now() < until, "it does not listen again");
        match offices[0].changed_from(seen, Duration::from_secs(1)).await {
            Ok(now) if now != seen => break,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    closed(offices).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leases_go_by_the_clock_of_the_server() {
    postgres_only!("a file has no clock");
    let _alone = ALONE.lock().await;
    let front = front(&coupons(1, 9000)).await;
    let offices = stores(&front, 1).await;
    let case = opened(&offices[0], 0, IN_NARA[0]).await;
    let now = offices[0].now();
    closed(offices).await;
    let url = front.database().url("op");
    let (one, other) =
        (place::open(&url).await.expect("one"), place::open(&url).await.expect("two"));
    let (sv, sv2) = ("sv".parse().expect("an id"), "sv2".parse().expect("an id"));
    // One desk's clock is an hour ahead, the other's an hour behind.
    let (ahead, behind) = (now.plus_seconds(3600), now.plus_seconds(-3600));
    let taken = one.take_lease(&case, &sv, ahead, ahead.plus_seconds(120)).await.expect("asked");
    assert_eq!(taken, None);
    let left = "SELECT extract(epoch FROM until - clock_timestamp())::BIGINT FROM lease";
    let left: i64 = server().psql(front.database().name(), left).parse().expect("a number");
    assert!((100..=120).contains(&left), "{left} s by the server's clock");
    let until = behind.plus_seconds(120);
    let held = other.take_lease(&case, &sv2, behind, until).await.expect("asked").expect("held");
    assert_eq!(held.staff_id, sv);
    // … and it is told by the clock of whoever asks.
    let left = held.until.since(behind).num_seconds();
    assert!((100..=120).contains(&left), "{left} s by the desk's clock");
    server().psql(front.database().name(), "UPDATE lease SET until = clock_timestamp()");
    let taken = other.take_lease(&case, &sv2, behind, until).await.expect("asked");
    assert_eq!(taken, None, "ended by the server's clock");
    let off = one.clock_ahead().await.expect("asked").expect("the server has a clock");
    assert!(off.abs() < 1_000_000, "one machine, one clock: {off} µs");
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn look_ups_of_many_desks_at_once_each_get_their_own_coupon() {
    postgres_only!("on a file a look-up is a call and nothing waits for it");
    let _alone = ALONE.lock().await;
    let count = 150;
    let front = front(&coupons(count, 9000)).await;
    let store = place::open(&front.database().url("op")).await.expect("opened");
    let mut asked = Vec::new();
    for i in 0..600 {
        // Some ask for the same, and some for what is not there.
        let wanted = InquiryNumber::fold(&number(i % (count + 50))).expect("a number");
        let store = std::sync::Arc::clone(&store);
        asked.push((i, tokio::spawn(async move { (store.look_up(&wanted).await, wanted) })));
    }
    // Some are given up while others wait for the same answer: a newer key was pressed.
    for (i, task) in &asked {
        if i % 7 == 3 {
            task.abort();
            tokio::task::yield_now().await;
        }
    }
    for (i, task) in asked {
        let Ok((found, wanted)) = task.await else {
            assert_eq!(i % 7, 3, "only those that were given up have no answer");
            continue;
        };
        let found = found.expect("looked up");
        let there = i % (count + 50) < count;
        assert_eq!(found.is_some(), there, "{wanted}");
        if let Some((coupon, _)) = found {
            assert_eq!(coupon.inquiry_number, wanted.as_str());
        }
    }
    store.close().await;
}

/// Look-ups that went together in one statement failed together: a row that nobody can read
/// kept a floor of callers from their coupons.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_coupon_that_cannot_be_read_is_its_own_callers_trouble() {
    postgres_only!("on a file every look-up is a statement of its own");
    let _alone = ALONE.lock().await;
    let (count, damaged) = (20, 12);
    let front = front(&coupons(count, 9000)).await;
    let damage = format!(
        "SET session_replication_role = replica;
         ALTER TABLE coupon ALTER COLUMN issuer DROP NOT NULL;
         UPDATE coupon SET issuer = NULL WHERE inquiry_number = '{}'",
        number(damaged)
    );
    block_in_place(|| books::opened(front.database()).change(&damage));
    let store = place::open(&front.database().url("op")).await.expect("opened");
    // The first ones are on their way at once; all others wait, and go together.
    let asked = (0..count).map(|i| {
        let wanted = InquiryNumber::fold(&number(i)).expect("a number");
        let store = &store;
        async move { store.look_up(&wanted).await }
    });
    for (i, found) in join_all(asked).await.into_iter().enumerate() {
        if i == damaged {
            let error = found.expect_err("it cannot be read");
            let number = number(i);
            assert!(
                matches!(&error, StoreError::Damaged { key, .. } if *key == number),
                "nothing to wait for: {error}"
            );
            continue;
        }
        let found = found.unwrap_or_else(|error| panic!("coupon {i}: {error}"));
        let (coupon, _) = found.unwrap_or_else(|| panic!("coupon {i} is there"));
        assert_eq!(coupon.inquiry_number, number(i));
    }
    store.close().await;
}

/// Whoever came to write look-ups down while somebody else was in the middle of it found nothing
/// to write, and went on: at the end of a process they were lost to the audit trail.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn look_ups_that_are_being_written_down_are_waited_for() {
    postgres_only!("a file has one writer");
    let _alone = ALONE.lock().await;
    for closes in [false, true] {
        let front = front(&coupons(1, 9000)).await;
        let name = front.database().name();
        // Writing one down takes as long as it takes to come in between.
        let slow = "CREATE FUNCTION madoguchi.slow() RETURNS TRIGGER LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
            GRANT EXECUTE ON FUNCTION madoguchi.slow() TO PUBLIC;
            CREATE TRIGGER slow BEFORE INSERT ON madoguchi.audit_event FOR EACH ROW
                WHEN (NEW.action = 'look_up') EXECUTE FUNCTION madoguchi.slow()";
        block_in_place(|| server().psql(name, slow));
        let url = front.database().url("op");
        let store = place::open(&url).await.expect("a database");
        let clock = madoguchi::office::clock::Clock::real();
        store.jot(Event::new(clock.now(), &operator().staff_id, "look_up"));
        let busy = format!(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = '{name}' AND wait_event = 'PgSleep'"
        );
        while block_in_place(|| server().psql("postgres", &busy)) == "0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if closes {
            store.close().await;
        } else {
            store.flush().await.expect("written");
        }
        let noted = "SELECT count(*) FROM audit_event WHERE action = 'look_up'";
        assert_eq!(block_in_place(|| server().psql(name, noted)), "1", "closed: {closes}");
        store.close().await;
    }
}
