//! What the desks keep beside the cases, and what their screens are drawn from: seats,
//! leases, drafts and call-backs, the queue and the board.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::books::{number, opened, text};
use common::database::Database;
use common::records::{OTHER_SHOP, SHOP, SLOW_SHOP, coupon, sale, settlement};
use common::{Office as Front, answer, with_shops};
use madoguchi::config::Settings;
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::prefecture::Prefecture;
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::Code;
use madoguchi::domain::staff::{Role, StaffId};
use madoguchi::domain::time::Instant;
use madoguchi::office::cases::{OpenRequest, Shown};
use madoguchi::office::command::Act;
use madoguchi::office::coupon::ClassA;
use madoguchi::office::draft::MAX_DRAFT_BYTES;
use madoguchi::office::{Actor, Office, OfficeError};
use madoguchi::store::Store;
use madoguchi::store::desks::{Lease, Seat};

const RESTORED: &str = "1000000000001";
const MATCHED: &str = "1000000000002";
const WAITING: &str = "1000000000003";
const REVIEW: &str = "1000000000004";
const PHONE: &str = "０９０－００００－１２３４";

/// A campaign with a coupon for each way a case can go.
fn front() -> Front {
    let front = with_shops();
    let coupons = [RESTORED, MATCHED, WAITING, REVIEW].map(|n| coupon(n, 9000, 777, "2023-02-24"));
    let settlements = [
        settlement("K1", RESTORED, SHOP, 2000, "19:05"),
        settlement("K2", MATCHED, SHOP, 1000, "19:15"),
        settlement("K3", WAITING, SLOW_SHOP, 700, "19:25"),
        settlement("K4", REVIEW, OTHER_SHOP, 600, "19:35"),
    ];
    let sales = [
        sale("U1", SHOP, "19:04", 2000, 2000, RESTORED),
        sale("U2", SHOP, "19:14", 1000, 1000, MATCHED),
        sale("U4", OTHER_SHOP, "19:34", 600, 600, ""),
    ];
    front.records(&coupons, &settlements, &sales, &[]);
    front
}

async fn store(front: &Front) -> Arc<dyn Store> {
    front.store().await
}

async fn office(front: &Front) -> Office {
    let settings = Arc::new(Settings::builtin().expect("settings"));
    Office::open(store(front).await, settings).await.expect("an office")
}

fn staff(id: &str) -> StaffId {
    id.parse().expect("an id")
}

fn person(id: &str, role: Role) -> Actor {
    Actor { staff_id: staff(id), role, name: Private::new(id) }
}

fn operator() -> Actor {
    person("op", Role::Operator)
}

fn supervisor() -> Actor {
    person("sv", Role::Supervisor)
}

fn coupon_number(text: &str) -> InquiryNumber {
    InquiryNumber::fold(text).expect("a number")
}

fn case_id(text: &str) -> CaseId {
    text.parse().expect("a case number")
}

fn refused<T: std::fmt::Debug>(done: Result<T, OfficeError>) -> Code {
    done.expect_err("refused").to_refusal().code
}

/// So many seconds after the stories begin.
fn second(seconds: i64) -> Instant {
    "2023-03-13 10:00".parse::<Instant>().expect("a time").plus_seconds(seconds)
}

fn events(front: &Front) -> i64 {
    number(&opened(front.database()), "SELECT count(*) FROM audit_event")
}

// ---- seats ------------------------------------------------------------------------------

#[tokio::test]
async fn a_seat_is_taken_over_and_the_other_desk_learns_of_it() {
    let front = front();
    let (office, op) = (office(&front).await, operator());
    let before = events(&front);
    assert_eq!(office.seat(&op, "desk-a", false).await.expect("asked"), Seat::Yours);
    assert_eq!(office.seat(&op, "desk-a", false).await.expect("asked"), Seat::Yours, "again");
    let taken = office.seat(&op, "desk-b", false).await.expect("asked");
    assert!(matches!(&taken, Seat::Taken { desk_id, .. } if desk_id == "desk-a"), "{taken:?}");
    assert!(office.still_seated(&op, "desk-a").await.expect("asked"));
    assert!(!office.still_seated(&op, "desk-b").await.expect("asked"));
    // Another person's seat is another seat.
    assert_eq!(office.seat(&supervisor(), "desk-b", false).await.expect("asked"), Seat::Yours);

    assert!(!office.seat_lost(&op, "desk-a").await.expect("asked"));
    assert_eq!(office.seat(&op, "desk-b", true).await.expect("asked"), Seat::Yours);
    assert!(office.seat_lost(&op, "desk-a").await.expect("asked"));
    assert!(!office.seat_lost(&op, "desk-b").await.expect("asked"));
    assert!(!office.still_seated(&op, "desk-a").await.expect("asked"));
    office.stand_up(&op, "desk-a").await.expect("asked");
    assert!(office.still_seated(&op, "desk-b").await.expect("asked"), "not theirs to leave");
    office.stand_up(&op, "desk-b").await.expect("asked");
    assert!(!office.still_seated(&op, "desk-b").await.expect("asked"));
    assert_eq!(office.seat(&op, "desk-a", false).await.expect("asked"), Seat::Yours);
    office.close().await.expect("closed");
    assert_eq!(events(&front), before + 1, "only that a seat was taken over");
}

#[tokio::test]
async fn a_seat_that_nobody_has_heard_of_for_two_minutes_is_free() {
    let front = front();
    let (store, op) = (store(&front).await, staff("op"));
    let sit = async |desk: &str, at| store.take_seat(&op, desk, second(at), false).await;
    assert_eq!(sit("a", 0).await.expect("asked"), Seat::Yours);
    assert!(store.still_seated(&op, "a", second(60)).await.expect("asked"));
    let taken = Seat::Taken { desk_id: "a".to_owned(), since: second(0), seen_at: second(60) };
    assert_eq!(sit("b", 179).await.expect("asked"), taken);
    // Asking again keeps the seat and when it was taken.
    assert_eq!(sit("a", 100).await.expect("asked"), Seat::Yours);
    let taken = Seat::Taken { desk_id: "a".to_owned(), since: second(0), seen_at: second(100) };
    assert_eq!(sit("b", 219).await.expect("asked"), taken);
    assert_eq!(sit("b", 220).await.expect("asked"), Seat::Yours);
    assert!(!store.still_seated(&op, "a", second(221)).await.expect("asked"));
    store.close().await;
    assert!(store.take_seat(&op, "a", second(222), false).await.is_err(), "the store is closed");
    assert!(store.head_seq().await.is_err(), "the store is closed");
}

// ---- leases -----------------------------------------------------------------------------

#[tokio::test]
async fn a_lease_holds_for_two_minutes_and_then_ends() {
    sqlite_only!("a server's own clock decides");
    let front = front();
    let id = case_id(&front.case("op", MATCHED, SHOP));
    let store = store(&front).await;
    let take = async |who: &str, at| {
        store.take_lease(&id, &staff(who), second(at), second(at + 120)).await.expect("asked")
    };
    assert_eq!(take("sv", 0).await, None);
    let held = |who: &str, until| Some(Lease { staff_id: staff(who), until: second(until) });
    assert_eq!(take("sv2", 119).await, held("sv", 120));
    assert_eq!(take("sv", 119).await, None, "renewed");
    assert_eq!(take("sv2", 238).await, held("sv", 239));
    assert_eq!(take("sv2", 239).await, None, "ended");
    assert_eq!(take("sv", 240).await, held("sv2", 359));
    store.leave_lease(&id, &staff("sv")).await.expect("asked");
    assert_eq!(take("sv", 241).await, held("sv2", 359), "not theirs to leave");
    store.leave_lease(&id, &staff("sv2")).await.expect("asked");
    assert_eq!(take("sv", 242).await, None);
    let nothing = case_id("R-20230313-0099");
    assert!(store.take_lease(&nothing, &staff("sv"), second(0), second(1)).await.is_err());
    // One that was refused takes nothing else with it.
    assert_eq!(take("sv", 243).await, None);
    store.close().await;
}

#[tokio::test]
async fn only_who_may_see_a_case_looks_at_it() {
    let front = front();
    let id = case_id(&front.case("op", MATCHED, SHOP));
    let office = office(&front).await;
    assert_eq!(office.lease(&operator(), &id).await.expect("theirs"), None);
    let other = person("op2", Role::Operator);
    assert_eq!(refused(office.lease(&other, &id).await), Code::NotYourCase);
    let admin = person("ad", Role::Admin);
    assert_eq!(refused(office.lease(&admin, &id).await), Code::NotAllowed);
    let nothing = case_id("R-20230313-0099");
    assert_eq!(refused(office.lease(&supervisor(), &nothing).await), Code::CaseUnknown);
    let held = office.lease(&supervisor(), &id).await.expect("asked").expect("held");
    assert_eq!(held.staff_id, staff("op"));
    let left = held.until.since(office.now()).num_seconds();
    assert!((60..=120).contains(&left), "{left} s");
    office.unlease(&operator(), &id).await.expect("asked");
    assert_eq!(office.lease(&supervisor(), &id).await.expect("asked"), None);
    office.close().await.expect("closed");
}

// ---- drafts -----------------------------------------------------------------------------

#[tokio::test]
async fn a_draft_is_kept_replaced_and_deleted() {
    let front = front();
    let (first, op) = (office(&front).await, operator());
    let before = events(&front);
    assert_eq!(first.draft(&op).await.expect("asked"), None);
    first.keep_draft(&op, Some("1234 わか")).await.expect("kept");
    first.keep_draft(&op, Some("1234 わかくさ")).await.expect("kept");
    first.close().await.expect("closed");

    let second = office(&front).await;
    assert_eq!(second.draft(&op).await.expect("asked").as_deref(), Some("1234 わかくさ"));
    assert_eq!(second.draft(&supervisor()).await.expect("asked"), None, "another's is another's");
    let long = "あ".repeat(MAX_DRAFT_BYTES / 3 + 1);
    assert_eq!(refused(second.keep_draft(&op, Some(&long)).await), Code::BadInput);
    second.keep_draft(&op, None).await.expect("deleted");
    assert_eq!(second.draft(&op).await.expect("asked"), None);
    second.keep_draft(&op, None).await.expect("nothing to delete");
    second.close().await.expect("closed");
    assert_eq!(events(&front), before, "no draft is in the audit trail");
    front.audited();
}

#[tokio::test]
async fn many_desks_write_at_once_and_each_gets_its_own_answer() {
    let front = front();
    let store = store(&front).await;
    let people = ["op", "op2", "sv", "sv2", "au", "ad"];
    let writes = (0..120).map(|i| {
        let (store, who) = (Arc::clone(&store), staff(people[i % people.len()]));
        tokio::spawn(async move {
            store.keep_draft(&who, Some(&i.to_string()), second(0)).await.expect("kept");
            store.take_seat(&who, "a", second(0), false).await.expect("asked")
        })
    });
    for write in writes.collect::<Vec<_>>() {
        assert_eq!(write.await.expect("it ends"), Seat::Yours);
    }
    // Somebody who is not on the staff has neither, and stands in nobody's way.
    let (nobody, op) = (staff("nobody"), staff("op"));
    let (bad, good) = tokio::join!(
        store.keep_draft(&nobody, Some("x"), second(0)),
        store.keep_draft(&op, Some("last"), second(0)),
    );
    assert!(bad.is_err() && good.is_ok(), "{bad:?} {good:?}");
    assert_eq!(store.draft(&op).await.expect("asked").as_deref(), Some("last"));
    store.close().await;
}

// ---- call-backs -------------------------------------------------------------------------

const DUE: &str = "2023-03-14 15:30";

fn call_back(front: &Front, who: &str, case: &str, phone: &str) -> common::Answer {
    front.run_with(who, ["case", "callback", case, "--at", DUE], &format!("{phone}\n"))
}

#[test]
fn a_call_back_is_noted_and_its_number_shown_to_nobody() {
    let front = front();
    let id = front.case("op", MATCHED, SHOP);
    let view = call_back(&front, "op", &id, PHONE).done();
    assert_eq!(view["callback"]["due_at"], "2023-03-14T15:30:00+09:00");
    assert_eq!(view["callback"]["phone_masked"], "****1234");
    assert_eq!(view["callback"]["by"], "op");
    assert_eq!(view["version"], 2);
    assert_eq!(front.shown(&id)["callback"], view["callback"]);
    let conn = opened(front.database());
    assert_eq!(text(&conn, "SELECT phone FROM callback"), "09000001234");

    // The latest promise counts, the earlier one stays written.
    let later = ["case", "callback", &id, "--at", "2023-03-15 09:00"];
    let view = front.run_with("sv", later, "0742-00-0001").done();
    assert_eq!(view["callback"]["due_at"], "2023-03-15T09:00:00+09:00");
    assert_eq!(view["callback"]["by"], "sv");
    assert_eq!(number(&conn, "SELECT count(*) FROM callback"), 2);

    let history = front.act("au", "history", &id, &[]).done();
    let told = history["history"].as_array().expect("a list");
    let noted: Vec<_> = told.iter().filter(|event| event["action"] == "case.callback").collect();
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[0]["detail"]["due_at"], "2023-03-14T15:30:00+09:00");
    let audit = text(&conn, "SELECT string_agg(detail || wrote, ' ') FROM audit_event");
    let answers = text(&conn, "SELECT string_agg(answer, ' ') FROM command");
    for written in [audit, answers, history.to_string(), front.shown(&id).to_string()] {
        assert!(!written.contains("00001234") && !written.contains("742000001"), "{written}");
    }
    front.audited();
}

#[test]
fn a_telephone_number_reaches_no_log_and_no_refusal() {
    use std::io::Write as _;
    let front = front();
    let id = front.case("op", MATCHED, SHOP);
    for (typed, status) in [("09000001234", 0), ("09000001234x", 1)] {
        let mut command = front.command("op", ["case", "callback", &id, "--at", DUE]);
        command.env("MADOGUCHI_LOG", "trace").stdin(std::process::Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let mut input = child.stdin.take().expect("standard input");
        writeln!(input, "{typed}").expect("written");
        drop(input);
        let answer = answer(&child.wait_with_output().expect("it ends"));
        assert_eq!(answer.status, status, "{}", answer.stderr);
        let said = format!("{} {}", answer.stderr, answer.json);
        assert!(!said.contains("00001234"), "{said}");
    }
}

#[test]
fn a_call_back_is_refused_where_it_cannot_be() {
    let front = front();
    let id = front.case("op", MATCHED, SHOP);
    for bad in ["", "12345", "090-0000-12345678901234", "折り返し不要"] {
        assert_eq!(call_back(&front, "op", &id, bad).refused(), "BAD_INPUT", "{bad}");
    }
    assert_eq!(call_back(&front, "op2", &id, PHONE).refused(), "NOT_YOUR_CASE");
    assert_eq!(call_back(&front, "au", &id, PHONE).refused(), "NOT_ALLOWED");
    assert_eq!(call_back(&front, "op", "R-20230313-0099", PHONE).refused(), "CASE_UNKNOWN");
    let words = ["case", "callback", &id, "--at", "いつか"];
    assert_eq!(front.run_with("op", words, PHONE).refused(), "BAD_INPUT");
    front.act("op", "restore", &id, &[]).done();
    assert_eq!(call_back(&front, "op", &id, PHONE).refused(), "CASE_STATE");
}

#[test]
fn a_call_back_asked_for_twice_is_noted_once() {
    let front = front();
    let id = front.case("op", MATCHED, SHOP);
    let command = "018e0000-0000-7000-8000-000000000009";
    let words = ["case", "callback", &id, "--at", DUE, "--command-id", command];
    let first = front.run_with("op", words, PHONE).done();
    assert_eq!(front.run_with("op", words, PHONE).done(), first);
    assert_eq!(front.run_with("op", words, "0742000002").refused(), "COMMAND_REUSED");
    let conn = opened(front.database());
    assert_eq!(number(&conn, "SELECT count(*) FROM callback"), 1);
}

// ---- what is heard ----------------------------------------------------------------------

fn nara() -> Prefecture {
    "奈良県".parse().expect("a prefecture")
}

#[tokio::test]
async fn a_number_that_is_heard_tells_expiries_and_no_balance() {
    let front = front();
    front.run("ad", ["extend"]).done();
    let office = office(&front).await;
    let heard = office.hear_number(&operator(), &coupon_number(MATCHED)).await.expect("asked");
    let heard = heard.expect("there is one");
    assert_eq!(heard.prefecture, nara());
    let days: Vec<String> = heard.expiries.iter().map(ToString::to_string).collect();
    assert_eq!(days, ["2023-02-24", "2023-03-31"]);
    assert_eq!(heard.class_a, ClassA::Extended);
    assert!(!format!("{heard:?}").contains("777"), "the balance is not told");
    let unknown = office.hear_number(&operator(), &coupon_number("999999")).await.expect("asked");
    assert_eq!(unknown, None);
    let admin = person("ad", Role::Admin);
    let refusal = refused(office.hear_number(&admin, &coupon_number(MATCHED)).await);
    assert_eq!(refusal, Code::NotAllowed);
    office.close().await.expect("closed");
}

#[tokio::test]
async fn likely_shops_are_told_only_to_who_has_the_coupon_in_hand() {
    let front = front();
    let other = settlement("K9", MATCHED, OTHER_SHOP, 300, "16:30");
    front.records(&[], &[other], &[], &[]);
    let (office, op) = (office(&front).await, operator());
    let before = events(&front);
    let day = |text: &str| text.parse().expect("a day");
    let likely = async |number: &str, expiry: &str, prefecture| {
        let number = coupon_number(number);
        office.likely_shops(&op, &number, day(expiry), prefecture).await.expect("asked")
    };
    let found = likely(MATCHED, "2023-02-24", nara()).await;
    let found: Vec<&str> = found.iter().map(|id| id.as_str()).collect();
    assert_eq!(found, [SHOP], "and not where it was used before the outage");
    let kyoto = "京都府".parse().expect("a prefecture");
    assert!(likely(MATCHED, "2023-02-25", nara()).await.is_empty(), "another expiry");
    assert!(likely(MATCHED, "2023-02-24", kyoto).await.is_empty(), "another prefecture");
    assert!(likely("999999", "2023-02-24", nara()).await.is_empty());
    let auditor = person("au", Role::Auditor);
    let number = coupon_number(MATCHED);
    let asked = office.likely_shops(&auditor, &number, day("2023-02-24"), nara()).await;
    assert_eq!(refused(asked), Code::NotAllowed);
    office.close().await.expect("closed");
    let noted = "SELECT string_agg(action, ' ') FROM audit_event WHERE seq > ";
    let noted = text(&opened(front.database()), &format!("{noted}{before}"));
    assert_eq!(noted, "look_up.miss", "only a number that does not exist counts");
}

#[tokio::test]
async fn a_likely_shop_is_raised_and_namesakes_are_told_apart_by_address() {
    let front = front();
    let namesake = "加盟店ID,店舗名,フリガナ,都道府県,住所,電話番号\n\
        M-0,若草堂,ワカクサドウ,奈良県,天理市6,\nM-9,若草堂,ワカクサドウ,奈良県,生駒市9,\n";
    front.import("merchants", namesake, &[]).done();
    let office = office(&front).await;
    let shops = office.shops(&operator()).await.expect("shops");
    let best = |boost: &[&str]| {
        let boost: Vec<_> = boost.iter().map(|id| id.parse().expect("an id")).collect();
        let found = shops.find_boosted("わかくさどう", Some(nara()), &boost, 3);
        (found[0].merchant_id.clone(), found[0].address.clone())
    };
    assert_eq!(best(&["M-9"]), ("M-9".to_owned(), "生駒市9".to_owned()));
    assert_eq!(best(&["M-1", "M-77"]), ("M-1".to_owned(), "奈良市三条町1".to_owned()));
    let unmoved = best(&[]).0;
    let plain = shops.find("わかくさどう", Some(nara()), 3);
    assert_eq!(plain[0].merchant_id, unmoved);
    office.close().await.expect("closed");
}

#[tokio::test]
async fn a_supervisor_is_told_whose_look_ups_are_locked() {
    let front = front();
    let office = office(&front).await;
    assert!(office.locked_staff(&supervisor()).await.expect("asked").is_empty());
    for _ in 0..20 {
        office.hear_number(&operator(), &coupon_number("999999")).await.expect("asked");
    }
    let locked = office.locked_staff(&supervisor()).await.expect("asked");
    let locked: Vec<&str> = locked.iter().map(|member| member.staff_id.as_str()).collect();
    assert_eq!(locked, ["op"]);
    let day = "2023-02-24".parse().expect("a day");
    let asked = office.likely_shops(&operator(), &coupon_number(MATCHED), day, nara()).await;
    assert_eq!(refused(asked), Code::LookUpsLocked);
    assert_eq!(refused(office.locked_staff(&operator()).await), Code::NotAllowed);
    office.close().await.expect("closed");
}

// ---- queue and board --------------------------------------------------------------------

/// One case in each live state: contradicted, matched, waiting, in review, in this order.
fn one_of_each(front: &Front) -> [String; 4] {
    let contradicted = front.case("op", RESTORED, SHOP);
    front.act("op", "restore", &contradicted, &[]).done();
    let late = sale("U9", SHOP, "19:06", 2000, 0, RESTORED);
    front.records(&[], &[], &[late], &[]);
    let matched = front.case("op2", MATCHED, SHOP);
    let waiting = front.case("op", WAITING, SLOW_SHOP);
    let review = front.case("op", REVIEW, OTHER_SHOP);
    [contradicted, matched, waiting, review]
}

#[tokio::test]
async fn the_queue_holds_every_live_case() {
    let front = front();
    let ids = one_of_each(&front);
    let [contradicted, matched, waiting, review] = ids.each_ref().map(String::as_str);
    front.act("sv", "ask", review, &["--text", "何時ごろでしたか"]).done();
    call_back(&front, "op", waiting, PHONE).done();
    let office = office(&front).await;
    office.lease(&supervisor(), &case_id(review)).await.expect("asked");
    let queue = office.queue(&supervisor()).await.expect("a queue");
    let seen: Vec<(&str, &str)> =
        queue.iter().map(|row| (row.case_id.as_str(), row.state.as_str())).collect();
    let due = [
        (contradicted, "contradicted"),
        (matched, "matched"),
        (waiting, "waiting"),
        (review, "review"),
    ];
    assert_eq!(seen, due);
    // An operator sees their own, and nobody else's.
    let own = office.queue(&operator()).await.expect("a queue");
    let own: Vec<&str> = own.iter().map(|row| row.case_id.as_str()).collect();
    assert_eq!(own, [contradicted, waiting, review]);

    let row = &queue[1];
    assert_eq!((row.amount, row.reasons.as_slice()), (Some(1000), &["M00_MATCHED".to_owned()][..]));
    assert_eq!((row.opened_by.as_str(), row.opened_by_name.expose()), ("op2", "op2"));
    assert_eq!((row.inquiry_number.as_deref(), row.number_said.as_str()), (Some(MATCHED), MATCHED));
    assert_eq!((row.merchant_id.as_deref(), row.shop.as_str()), (Some(SHOP), "若草堂"));
    assert_eq!((row.prefecture, row.version), (nara().code(), 1));
    assert_eq!((row.question, &row.lease, row.callback_due), (false, &None, None));
    assert_eq!(queue[2].callback_due, Some(DUE.parse().expect("a time")));
    assert_eq!(queue[2].amount, None);
    assert!(queue[3].question);
    assert_eq!(queue[3].lease.as_ref().map(|lease| lease.staff_id.as_str()), Some("sv"));

    // A lease that has ended is none, and a case that has ended is in no queue.
    let now = match front.database() {
        Database::File(_) => office.now().micros().to_string(),
        // A server has its own clock, which every desk goes by.
        Database::Served(_) => "now()".to_owned(),
    };
    opened(front.database()).change(&format!("UPDATE lease SET until = {now}"));
    front.act("op2", "withdraw", matched, &[]).done();
    let queue = office.queue(&supervisor()).await.expect("a queue");
    assert_eq!(queue.len(), 3);
    assert_eq!(queue[2].lease, None);
    office.close().await.expect("closed");
}

#[tokio::test]
async fn the_board_adds_the_day_up() {
    let front = front();
    one_of_each(&front);
    // A shop that nobody knows, on the same coupon: for a supervisor.
    front.opens("op", REVIEW, "2/24", "奈良県", "M-99").done();
    let office = office(&front).await;
    let board = office.board(&supervisor()).await.expect("a board");
    let (hour, _, _) = office.now().jst_hour_minute_second();
    let hour = usize::try_from(hour).expect("an hour");
    let sum = |counts: &[i64; 24]| (counts.iter().sum::<i64>(), counts[hour] + counts[hour - 1]);
    assert_eq!(sum(&board.opened_by_hour), (5, 5));
    assert_eq!(sum(&board.restored_by_hour), (1, 1));
    assert_eq!(board.restored_per_day[13], 2000);
    assert_eq!(board.restored_per_day.iter().sum::<i64>(), 2000);
    let open: Vec<(&str, i64)> =
        board.open.iter().map(|open| (open.state.as_str(), open.cases)).collect();
    assert_eq!(open, [("contradicted", 1), ("matched", 1), ("review", 2), ("waiting", 1)]);
    let queue = office.queue(&supervisor()).await.expect("a queue");
    for open in &board.open {
        let oldest = queue.iter().filter(|row| row.state == open.state).map(|row| row.opened_at);
        assert_eq!(Some(open.oldest), oldest.min(), "{}", open.state);
    }
    let by_reason: Vec<(&str, i64)> =
        board.open_by_reason.iter().map(|(code, cases)| (code.as_str(), *cases)).collect();
    // The reason of a contradicted case is still the one that it was restored for.
    let due = [
        ("M00_MATCHED", 2),
        ("F4_SHOP_UNKNOWN", 1),
        ("P12_SALES_MISSING", 1),
        ("V32_UNNAMED_SALE", 1),
    ];
    assert_eq!(by_reason, due);
    let waited: Vec<_> =
        board.waited_for.iter().map(|shop| (&*shop.merchant_id, &*shop.name, shop.cases)).collect();
    assert_eq!(waited, [(SLOW_SHOP, "飛鳥庵", 1)]);

    // The day after, it was yesterday.
    let tomorrow = office.now().jst_day().succ_opt().expect("a day");
    office.close().await.expect("closed");
    let store = store(&front).await;
    let (from, until) = (Instant::start_of_day_jst(tomorrow), Instant::end_of_day_jst(tomorrow));
    let board = store.board(from, until).await.expect("a board");
    assert_eq!((board.opened_by_hour, board.restored_by_hour), ([0; 24], [0; 24]));
    assert_eq!((board.restored_per_day[12], board.restored_per_day[13]), (2000, 0));
    assert_eq!(board.open.len(), 4);
    // A fortnight on, it is forgotten.
    let later = store.board(from.plus_days(13), until.plus_days(13)).await.expect("a board");
    assert_eq!(later.restored_per_day, [0; 14]);
    store.close().await;
}

#[tokio::test]
async fn a_screen_learns_that_something_was_changed_here_or_elsewhere() {
    let front = front();
    let office = office(&front).await;
    let mut quiet = office.changed().await.expect("asked");
    // A server's first word may come a moment after the desk was opened.
    loop {
        let later = office.changed_from(quiet, Duration::from_millis(300)).await.expect("asked");
        if std::mem::replace(&mut quiet, later) == later {
            break;
        }
    }
    office.queue(&supervisor()).await.expect("a queue");
    assert_eq!(office.changed().await.expect("asked"), quiet, "reading changes nothing");
    office.keep_draft(&operator(), Some("x")).await.expect("kept");
    assert_eq!(office.changed().await.expect("asked"), quiet, "nor does what is typed");
    let id = front.case("op", MATCHED, SHOP);
    let soon = Duration::from_millis(500);
    let elsewhere = office.changed_from(quiet, soon).await.expect("asked");
    assert_ne!(elsewhere, quiet);
    let shown = Shown::default();
    let note = Act::Note("確認中".to_owned());
    office.on_case(&operator(), &case_id(&id), note, shown).await.expect("noted");
    assert_ne!(office.changed_from(elsewhere, soon).await.expect("asked"), elsewhere);
    office.close().await.expect("closed");
}

#[tokio::test]
async fn a_history_is_told_in_the_words_of_those_who_did_it() {
    let front = front();
    let id = front.case("op", REVIEW, OTHER_SHOP);
    front.act("op", "note", &id, &["--text", "お急ぎ"]).done();
    let call = ["--call-to-shop", "店長", "--text", "現金で受け取った"];
    front.act("sv", "note", &id, &call).done();
    front.act("sv", "ask", &id, &["--text", "何時ごろでしたか"]).done();
    front.act("op", "answer", &id, &["--text", "19時半"]).done();
    call_back(&front, "op", &id, PHONE).done();
    front.act("sv", "decline", &id, &["--reason", "対象外"]).done();
    let office = office(&front).await;
    let lines = office.history_lines(&operator(), &case_id(&id)).await.expect("a history");
    let told: Vec<_> =
        lines.iter().map(|line| (&*line.staff, &*line.action, line.text.as_deref())).collect();
    let due = [
        ("op", "case.open", None),
        ("op", "case.note", Some("お急ぎ")),
        ("sv", "case.shop_call", Some("店長: 現金で受け取った")),
        ("sv", "case.ask", Some("何時ごろでしたか")),
        ("op", "case.answer", Some("19時半")),
        ("op", "case.callback", Some("2023-03-14T15:30:00+09:00")),
        ("sv", "case.decline", Some("対象外")),
    ];
    assert_eq!(told, due);
    assert!(lines.is_sorted_by_key(|line| line.at));
    let other = person("op2", Role::Operator);
    assert_eq!(refused(office.history_lines(&other, &case_id(&id)).await), Code::NotYourCase);
    office.close().await.expect("closed");
}

#[tokio::test]
async fn a_reading_is_noted_when_it_comes_to_a_screen_and_not_when_it_is_drawn_anew() {
    let front = front();
    let id = front.case("op", WAITING, SLOW_SHOP);
    let store = store(&front).await;
    let settings = Arc::new(Settings::builtin().expect("the example"));
    let office = Office::open(Arc::clone(&store), settings).await.expect("opened");
    let noted = async |what: &str| {
        store.flush().await.expect("written");
        number(
            &opened(front.database()),
            &format!("SELECT count(*) FROM audit_event WHERE action = '{what}'"),
        )
    };
    office.show_case(&operator(), &case_id(&id)).await.expect("shown");
    let shown = noted("case.show").await;
    assert!(shown >= 1);
    for _ in 0..3 {
        office.reread_case(&operator(), &case_id(&id)).await.expect("read");
    }
    assert_eq!(noted("case.show").await, shown);

    let request = || OpenRequest {
        number: coupon_number(MATCHED),
        expiry: "2023-02-24".parse().expect("a day"),
        prefecture: nara(),
        shop_said: "若草堂".to_owned(),
        merchant_id: SHOP.parse().ok(),
        other: None,
        command_id: None,
    };
    office.try_case(&operator(), request()).await.expect("tried");
    let tried = noted("look_up").await;
    assert!(tried >= 1);
    for _ in 0..3 {
        office.retry_case(&operator(), request()).await.expect("tried again");
    }
    assert_eq!(noted("look_up").await, tried);
    office.close().await.expect("closed");
}
