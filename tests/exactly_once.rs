//! Exactly once (specification, section 6): the same command again, many at once, records
//! that come twice or late, and the last minute of the day.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;

use std::process::Child;

use common::records::{OTHER_SHOP, SHOP, coupon, file, sale, settlement};
use common::{Answer, Office, answer, with_shops};
use serde_json::{Value, json};

const NUMBER: &str = "1234567890123";
const ID: &str = "0186d8a0-0000-7000-8000-000000000001";

/// Coupons of which 1,500 were deducted twice for one purchase of 1,500.
fn pressed_twice(numbers: &[&str]) -> Office {
    let office = with_shops();
    let coupons: Vec<String> =
        numbers.iter().map(|number| coupon(number, 5000, 0, "2023-02-24")).collect();
    let settlements: Vec<String> = numbers
        .iter()
        .flat_map(|number| {
            [("K1", "19:00"), ("K2", "19:01")]
                .map(|(id, at)| settlement(&format!("{id}{number}"), number, SHOP, 1500, at))
        })
        .collect();
    let sales: Vec<String> = numbers
        .iter()
        .map(|number| sale(&format!("U1{number}"), SHOP, "19:00", 1500, 0, number))
        .collect();
    office.records(&coupons, &settlements, &sales, &[]);
    office
}

/// Starts all of them, then hears what each came to.
fn at_once(office: &Office, asked: &[(&str, Vec<&str>)]) -> Vec<Answer> {
    let started: Vec<Child> = asked
        .iter()
        .map(|(staff, words)| office.command(staff, words).spawn().expect("the program runs"))
        .collect();
    started.into_iter().map(|child| answer(&child.wait_with_output().expect("it ends"))).collect()
}

fn balance(office: &Office, number: &str) -> i64 {
    let coupon = office.coupon(number);
    let entries = coupon["entries"].as_array().expect("entries");
    let sum: i64 = entries.iter().filter_map(|entry| entry["amount"].as_i64()).sum();
    assert_eq!(coupon["balance"], sum, "the balance is the sum of its entries");
    sum
}

// ---- the same command again -------------------------------------------------------------

#[test]
fn the_same_command_again_gets_the_first_answer_again() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let restore = || office.act("op", "restore", &case, &["--command-id", ID]);
    let first = restore().done();
    assert_eq!(first["state"], "restored");
    assert_eq!(restore().done(), first);
    // The answer stays what it was, whatever has become of the case.
    let second_purchase = sale("U2", SHOP, "19:01", 1500, 0, NUMBER);
    office.records(&[], &[], &[second_purchase], &[]);
    assert_eq!(office.shown(&case)["state"], "contradicted");
    assert_eq!(restore().done(), first);
    assert_eq!(balance(&office, NUMBER), 1500);
    office.audited();
}

#[test]
fn a_command_id_is_not_used_for_something_else() {
    let office = pressed_twice(&[NUMBER, "OTHER"]);
    let case = office.case("op", NUMBER, SHOP);
    let other = office.case("op", "OTHER", SHOP);
    let id = ["--command-id", ID];
    office.act("op", "restore", &case, &id).done();
    assert_eq!(office.act("op", "restore", &other, &id).refused(), "COMMAND_REUSED");
    assert_eq!(office.act("op", "withdraw", &case, &id).refused(), "COMMAND_REUSED");
    assert_eq!(office.act("sv", "restore", &case, &id).refused(), "COMMAND_REUSED");
    let evidence = ["--command-id", ID, "--evidence", "00"];
    assert_eq!(office.act("op", "restore", &case, &evidence).refused(), "COMMAND_REUSED");
    assert_eq!(office.shown(&other)["state"], "matched");
    assert_eq!(balance(&office, "OTHER"), 0);
    office.audited();
}

#[test]
fn a_command_that_was_refused_may_be_sent_again() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let stale = ["--command-id", ID, "--version", "7"];
    assert_eq!(office.act("op", "restore", &case, &stale).refused(), "CASE_CHANGED");
    office.act("op", "restore", &case, &["--command-id", ID]).done();
}

#[test]
fn opening_again_under_one_command_id_opens_one_case() {
    let office = pressed_twice(&[NUMBER]);
    let open = |expiry: &str| {
        let facts = ["--expiry", expiry, "--prefecture", "奈良", "--merchant", SHOP];
        let words = ["case", "open", "--command-id", ID, "--number", NUMBER];
        office.run("op", words.iter().chain(&facts))
    };
    let first = open("2/24").done();
    assert_eq!(open("2023-02-24").done(), first, "the same day, said otherwise");
    assert_eq!(open("2/23").refused(), "COMMAND_REUSED");
    let cases = office.run("op", ["case", "list"]).done();
    assert_eq!(cases["cases"].as_array().map(Vec::len), Some(1));
}

// ---- many at once -----------------------------------------------------------------------

#[test]
fn of_eight_that_restore_one_case_at_once_exactly_one_does() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let staff = ["op", "sv", "op", "sv2", "op", "sv", "op", "sv2"];
    let asked = staff.map(|staff| (staff, vec!["case", "restore", &case]));
    let answers = at_once(&office, &asked);
    let done = answers.iter().filter(|answer| answer.status == 0).count();
    assert_eq!(done, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 0) {
        assert_eq!(answer.refused(), "CASE_STATE");
    }
    assert_eq!(balance(&office, NUMBER), 1500);
    office.audited();
}

#[test]
fn eight_that_send_one_command_at_once_get_one_answer() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let asked = [(); 8].map(|()| ("op", vec!["case", "restore", &case, "--command-id", ID]));
    let answers: Vec<Value> = at_once(&office, &asked).into_iter().map(Answer::done).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(balance(&office, NUMBER), 1500);
    office.audited();
}

#[test]
fn of_two_decisions_at_once_one_holds() {
    let office = pressed_twice(&[NUMBER]);
    let half_price = sale("U2", SHOP, "19:01", 500, 0, NUMBER);
    office.records(&[], &[], &[half_price], &[]);
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.shown(&case)["reasons"], json!(["V33_PARTIAL"]));
    let asked = [
        ("sv", vec!["case", "approve", &case, "--reason", "差額"]),
        ("sv2", vec!["case", "decline", &case, "--reason", "なし"]),
        ("op", vec!["case", "withdraw", &case]),
    ];
    let answers = at_once(&office, &asked);
    let held: Vec<&Value> =
        answers.iter().filter(|answer| answer.status == 0).map(|answer| &answer.json).collect();
    assert_eq!(held.len(), 1);
    assert_eq!(office.shown(&case)["state"], held[0]["state"]);
    let approved = held[0]["state"] == "restored";
    assert_eq!(balance(&office, NUMBER), if approved { 1000 } else { 0 });
    office.audited();
}

#[test]
fn of_eight_that_open_one_matter_at_once_one_does_and_the_others_hear_its_number() {
    let office = pressed_twice(&[NUMBER]);
    let words = ["case", "open", "--number", NUMBER, "--expiry", "2/24"];
    let facts = ["--prefecture", "奈良", "--merchant", SHOP];
    let asked = ["op", "op2", "sv", "sv2", "op", "op2", "sv", "sv2"]
        .map(|staff| (staff, words.iter().chain(&facts).copied().collect::<Vec<_>>()));
    let answers = at_once(&office, &asked);
    assert_eq!(answers.iter().filter(|answer| answer.status == 0).count(), 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 0) {
        let message = answer.json["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains("R-20230313-0001"), "{message}");
        assert_eq!(answer.refused(), "LIVE_CASE");
    }
    office.audited();
}

#[test]
fn eight_cases_opened_at_once_have_eight_numbers() {
    let numbers = ["N001", "N002", "N003", "N004", "N005", "N006", "N007", "N008"];
    let office = pressed_twice(&numbers);
    let facts = ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", SHOP];
    let asked = numbers.map(|number| {
        let words = ["case", "open", "--number", number];
        ("op", words.iter().chain(&facts).copied().collect::<Vec<_>>())
    });
    let mut cases: Vec<String> = at_once(&office, &asked)
        .into_iter()
        .map(|answer| answer.done()["case"].as_str().expect("a number").to_owned())
        .collect();
    cases.sort();
    let expected: Vec<String> = (1..=8).map(|i| format!("R-20230313-000{i}")).collect();
    assert_eq!(cases, expected);
}

/// One coupon with a matched case at each of two shops, 1,500 each.
fn at_two_shops(face_value: i64, before: i64) -> (Office, [String; 2]) {
    let office = with_shops();
    let of = |shop: &str| {
        let id = format!("K{shop}");
        let sold = sale(&format!("U{shop}"), shop, "19:00", 1500, 1500, NUMBER);
        (settlement(&id, NUMBER, shop, 1500, "19:00"), sold)
    };
    let (one, other) = (of(SHOP), of(OTHER_SHOP));
    let coupons = [coupon(NUMBER, face_value, before, "2023-02-24")];
    office.records(&coupons, &[one.0, other.0], &[one.1, other.1], &[]);
    let cases = [SHOP, OTHER_SHOP].map(|shop| office.case("op", NUMBER, shop));
    (office, cases)
}

#[test]
fn two_cases_on_one_coupon_are_restored_at_once_and_both_count() {
    let (office, cases) = at_two_shops(5000, 500);
    let asked = cases.each_ref().map(|case| ("op", vec!["case", "restore", case.as_str()]));
    for answer in at_once(&office, &asked) {
        assert_eq!(answer.done()["state"], "restored");
    }
    assert_eq!(balance(&office, NUMBER), 3500);
    office.audited();
}

#[test]
fn of_two_cases_at_once_that_do_not_both_fit_under_the_face_value_one_is_restored() {
    let (office, cases) = at_two_shops(3000, 1000);
    let asked = cases.each_ref().map(|case| ("op", vec!["case", "restore", case.as_str()]));
    let answers = at_once(&office, &asked);
    assert_eq!(answers.iter().filter(|answer| answer.status == 0).count(), 1);
    for (answer, case) in answers.into_iter().zip(&cases).filter(|(answer, _)| answer.status != 0) {
        assert_eq!(answer.refused(), "EVIDENCE_CHANGED");
        let shown = office.shown(case);
        assert_eq!(shown["state"], "review", "verified again");
        assert_eq!(shown["reasons"], json!(["V35_OVER_FACE"]));
    }
    assert_eq!(balance(&office, NUMBER), 2500);
    office.audited();
}

#[test]
fn a_second_live_case_is_refused_with_the_number_of_the_first() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let second = office.opens("op2", NUMBER, "2/24", "奈良", SHOP);
    assert!(second.json["error"]["message"].as_str().is_some_and(|text| text.contains(&case)));
    assert_eq!(second.refused(), "LIVE_CASE");
    office.act("op", "withdraw", &case, &[]).done();
    assert_eq!(office.case("op2", NUMBER, SHOP), "R-20230313-0002", "an ended one blocks nobody");
}

// ---- class A ----------------------------------------------------------------------------

#[test]
fn class_a_is_extended_once_and_the_second_time_already() {
    let office = with_shops();
    office.records(
        &[
            coupon("CLASSA1", 3000, 1, "2023-02-24"),
            coupon("CLASSA2", 3000, 3000, "2023-02-24"),
            coupon("USEDUP", 3000, 0, "2023-02-24"),
            coupon("LONGER", 3000, 3000, "2023-02-25"),
            coupon("SHORTER", 3000, 3000, "2023-02-23"),
        ],
        &[],
        &[],
        &[],
    );
    let tried = office.run("ad", ["extend", "--dry-run"]).done();
    assert_eq!(tried["eligible"], 2);
    assert_eq!(office.coupon("CLASSA1")["expires_on"], "2023-02-24", "only tried");
    let first = office.run("ad", ["extend"]).done();
    assert_eq!(first, json!({"eligible": 2, "extended": 2, "already": 0}));
    let second = office.run("sv", ["extend"]).done();
    assert_eq!(second, json!({"eligible": 2, "extended": 0, "already": 2}));
    for (number, expires_on) in [
        ("CLASSA1", "2023-03-31"),
        ("CLASSA2", "2023-03-31"),
        ("USEDUP", "2023-02-24"),
        ("LONGER", "2023-02-25"),
        ("SHORTER", "2023-02-23"),
    ] {
        assert_eq!(office.coupon(number)["expires_on"], expires_on, "{number}");
    }
    assert_eq!(office.coupon("CLASSA1")["expiries"].as_array().map(Vec::len), Some(2));
    office.audited();
}

#[test]
fn two_who_extend_at_once_extend_each_coupon_once() {
    let office = with_shops();
    let coupons: Vec<String> =
        (0..200).map(|i| coupon(&format!("A{i:05}"), 3000, 100, "2023-02-24")).collect();
    office.records(&coupons, &[], &[], &[]);
    let asked = [("ad", vec!["extend"]), ("sv", vec!["extend"])];
    let done = at_once(&office, &asked).into_iter().map(Answer::done).collect::<Vec<_>>();
    let extended: i64 = done.iter().filter_map(|done| done["extended"].as_i64()).sum();
    assert_eq!(extended, 200, "{done:?}");
    office.audited();
}

#[test]
fn a_restoration_never_brings_an_expiry_forward() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 0, "2023-04-30")],
        &[settlement("K1", NUMBER, SHOP, 1500, "19:00")],
        &[sale("U1", SHOP, "19:00", 1500, 1500, NUMBER)],
        &[],
    );
    let case = office.opens("op", NUMBER, "4/30", "奈良", SHOP).done();
    office.act("op", "restore", case["case"].as_str().expect("a number"), &[]).done();
    let coupon = office.coupon(NUMBER);
    assert_eq!(coupon["expires_on"], "2023-04-30");
    assert_eq!(coupon["expiries"].as_array().map(Vec::len), Some(1));
    office.audited();
}

// ---- records again ----------------------------------------------------------------------

#[test]
fn importing_a_file_twice_changes_nothing() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
    let before = (office.shown(&case), balance(&office, NUMBER));
    for (kind, row) in [
        ("coupons", coupon(NUMBER, 5000, 0, "2023-02-24")),
        ("settlements", settlement(&format!("K1{NUMBER}"), NUMBER, SHOP, 1500, "19:00")),
        ("sales", sale(&format!("U1{NUMBER}"), SHOP, "19:00", 1500, 0, NUMBER)),
        ("coverage", common::records::covers(SHOP, "sales")),
    ] {
        let again = office.import(kind, &file(kind, &[row]), &[]).done();
        assert_eq!((&again["imported"], &again["unchanged"]), (&json!(0), &json!(1)), "{kind}");
    }
    let shops = office.import("merchants", common::records::SHOPS, &[]).done();
    assert_eq!(shops["unchanged"], 5);
    assert_eq!((office.shown(&case), balance(&office, NUMBER)), before);
    office.audited();
}

#[test]
fn of_two_that_import_one_file_at_once_one_brings_its_rows() {
    let office = with_shops();
    let rows: Vec<String> =
        (0..300).map(|i| coupon(&format!("A{i:05}"), 3000, 100, "2023-02-24")).collect();
    let path = office.file("coupons.csv", &file("coupons", &rows));
    let words = vec!["import", "coupons", path.to_str().expect("a path")];
    let asked = [("ad", words.clone()), ("ad", words)];
    let done: Vec<Value> = at_once(&office, &asked).into_iter().map(Answer::done).collect();
    let sum = |name: &str| done.iter().filter_map(|done| done[name].as_i64()).sum::<i64>();
    assert_eq!((sum("imported"), sum("unchanged")), (300, 300), "{done:?}");
    office.audited();
}

#[test]
fn records_and_restorations_at_once_leave_the_ledger_right() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let second_purchase = file("sales", &[sale("U2", SHOP, "19:01", 1500, 0, NUMBER)]);
    let path = office.file("sales.csv", &second_purchase);
    let import = vec!["import", "sales", path.to_str().expect("a path")];
    let asked = [("ad", import), ("op", vec!["case", "restore", &case])];
    let answers = at_once(&office, &asked);
    assert_eq!(answers[0].status, 0, "{}", answers[0].stderr);
    let (state, expected) = match answers[1].status {
        0 => ("contradicted", 1500),
        _ => ("declined", 0),
    };
    office.run("op", ["recheck"]).done();
    assert_eq!(office.shown(&case)["state"], state);
    assert_eq!(balance(&office, NUMBER), expected);
    office.audited();
}

#[test]
fn a_later_file_does_not_change_an_earlier_record_and_one_bad_row_stops_all() {
    let office = pressed_twice(&[NUMBER]);
    let rows = [
        settlement("K9", NUMBER, SHOP, 100, "19:09"),
        settlement(&format!("K1{NUMBER}"), NUMBER, SHOP, 1499, "19:00"),
    ];
    let answer = office.import("settlements", &file("settlements", &rows), &[]);
    assert_eq!(answer.json["imported"], 0);
    assert_eq!(answer.json["rejected"], 1);
    assert!(answer.stderr.contains("3行目"), "it names the line: {}", answer.stderr);
    let rejects = answer.json["rejects_file"].as_str().expect("a list").to_owned();
    assert_eq!(answer.refused(), "RECORDS_REJECTED");
    let list = std::fs::read_to_string(rejects).expect("the list");
    assert_eq!(list.lines().count(), 2, "a header and the one bad row: {list}");
    assert!(list.lines().any(|line| line.contains(&format!("K1{NUMBER}"))), "{list}");
    let settlements = office.coupon(NUMBER)["settlements"].clone();
    assert_eq!(settlements.as_array().map(Vec::len), Some(2), "K9 is not in either");
}

// ---- later records ----------------------------------------------------------------------

#[test]
fn later_records_that_give_less_contradict_what_was_restored() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
    let second_purchase = sale("U2", SHOP, "19:01", 1500, 0, NUMBER);
    let report = office.import("sales", &file("sales", &[second_purchase]), &[]).done();
    assert_eq!(report["rechecked"], 1);
    let shown = office.shown(&case);
    assert_eq!(shown["state"], "contradicted");
    assert_eq!(shown["restored"], 1500);
    assert_eq!(balance(&office, NUMBER), 1500, "nothing is taken back by itself");
    office.audited();
}

#[test]
fn later_records_that_give_more_propose_a_supplementary_case() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
    let third_press = settlement("K3", NUMBER, SHOP, 1500, "19:02");
    office.records(&[], &[third_press], &[], &[]);
    let shown = office.shown(&case);
    assert_eq!((&shown["state"], &shown["supplement"]), (&json!("restored"), &json!(1500)));

    let supplementary = office.case("op", NUMBER, SHOP);
    let restored = office.act("op", "restore", &supplementary, &[]).done();
    assert_eq!(restored["restored"], 1500);
    assert_eq!(balance(&office, NUMBER), 3000);
    office.audited();
}

#[test]
fn a_supplement_that_has_been_restored_is_proposed_no_more() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
    office.records(&[], &[settlement("K3", NUMBER, SHOP, 1500, "19:02")], &[], &[]);
    let supplementary = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &supplementary, &[]).done();
    office.run("op", ["recheck"]).done();
    assert_eq!(office.shown(&case)["supplement"], 0);
}

#[test]
fn records_in_any_order_come_to_the_same_or_are_contradicted() {
    let first = sale("U1", SHOP, "19:00", 1500, 1500, NUMBER);
    let second = sale("U2", SHOP, "19:30", 1500, 0, NUMBER);
    let settled =
        ["19:00", "19:01"].map(|at| settlement(&format!("K{at}"), NUMBER, SHOP, 1500, at));
    let known = [coupon(NUMBER, 5000, 0, "2023-02-24")];
    let records_first = {
        let office = with_shops();
        office.records(&known, &settled, &[first.clone(), second.clone()], &[]);
        let case = office.opens("op", NUMBER, "2/24", "奈良", SHOP).done();
        case["restorable"].as_i64().expect("yen")
    };
    let office = with_shops();
    office.records(&known, &settled, &[first], &[]);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
    office.records(&[], &[], &[second], &[]);
    assert_eq!(office.shown(&case)["state"], "contradicted");
    office.act("sv", "reverse", &case, &["--reason", "2回の購入"]).done();
    assert_eq!(balance(&office, NUMBER), records_first);
    office.audited();
}

// ---- the evidence that was shown --------------------------------------------------------

#[test]
fn what_was_shown_before_new_records_came_is_not_restored() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    let shown = office.shown(&case);
    let evidence = shown["evidence"].as_str().expect("a hash");
    // Another press and a purchase in cash: matched still, by another sum.
    office.records(&[], &[settlement("K3", NUMBER, SHOP, 1500, "19:02")], &[], &[]);
    assert_eq!(office.shown(&case)["restorable"], 3000);
    let stale = office.act("op", "restore", &case, &["--evidence", evidence]);
    assert_eq!(stale.refused(), "EVIDENCE_CHANGED");
    let stale = office.act("op", "restore", &case, &["--version", "1"]);
    assert_eq!(stale.refused(), "CASE_CHANGED");
    assert_eq!(balance(&office, NUMBER), 0);

    let now = office.shown(&case);
    let evidence = now["evidence"].as_str().expect("a hash");
    let restored = office.act("op", "restore", &case, &["--evidence", evidence]).done();
    assert_eq!(restored["restored"], 3000);
    office.audited();
}

#[test]
fn a_matched_case_that_later_records_refute_is_declined_and_not_restored() {
    let office = pressed_twice(&[NUMBER]);
    let case = office.case("op", NUMBER, SHOP);
    office.records(&[], &[], &[sale("U2", SHOP, "19:01", 1500, 0, NUMBER)], &[]);
    let shown = office.shown(&case);
    assert_eq!(shown["state"], "declined");
    assert_eq!(shown["reasons"], json!(["R43_NOT_OVERPAID"]));
    assert_eq!(office.act("op", "restore", &case, &[]).refused(), "CASE_STATE");
    assert_eq!(balance(&office, NUMBER), 0);
    office.audited();
}

#[test]
fn a_case_that_another_restoration_has_changed_is_verified_again_and_refused() {
    let (office, [one, other]) = at_two_shops(3000, 1000);
    office.act("op", "restore", &one, &[]).done();
    assert_eq!(office.shown(&other)["state"], "matched", "nobody has looked yet");
    assert_eq!(office.act("op", "restore", &other, &[]).refused(), "EVIDENCE_CHANGED");
    let shown = office.shown(&other);
    assert_eq!((&shown["state"], &shown["version"]), (&json!("review"), &json!(2)));
    // What still fits under the face value is for a supervisor to approve.
    let restored = office.act("sv", "approve", &other, &["--reason", "額面まで"]).done();
    assert_eq!(restored["restored"], 500);
    assert_eq!(balance(&office, NUMBER), 3000);
    office.audited();
}

// ---- the last minute of the day ---------------------------------------------------------

/// An office at a time, with a matched case that has not been opened.
fn at(time: &str) -> Office {
    let office = Office::open_at(time, None);
    office.import("merchants", common::records::SHOPS, &[]).done();
    office.records(
        &[coupon(NUMBER, 3000, 1000, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 1500, "19:00")],
        &[sale("U1", SHOP, "19:00", 1500, 1500, NUMBER)],
        &common::records::covered(),
    );
    office
}

#[test]
fn a_day_ends_at_midnight_in_japan() {
    for (time, case) in [
        ("2023-03-31 23:59", "R-20230331-0001"),
        ("2023-04-01 00:00", "R-20230401-0001"),
        // Still the 31st in Greenwich.
        ("2023-04-01 08:58", "R-20230401-0001"),
    ] {
        let office = at(time);
        assert_eq!(office.case("op", NUMBER, SHOP), case, "{time}");
    }
}

#[test]
fn a_restoration_after_the_deadline_gives_no_later_day() {
    let office = at("2023-04-01 00:00");
    let case = office.case("op", NUMBER, SHOP);
    let restored = office.act("op", "restore", &case, &[]).done();
    assert_eq!(restored["coupon"]["expires_on"], "2023-03-31");
    assert_eq!(restored["coupon"]["balance"], 2500);
    office.audited();
}

#[test]
fn numbers_begin_again_while_the_office_is_open_at_midnight() {
    let office = at("2023-03-31 23:59:50");
    let mut expected: Vec<(String, u32)> = Vec::new();
    for _ in 0..120 {
        let case = office.opens("op", NUMBER, "2/24", "奈良", SHOP).done();
        let opened_at = case["opened_at"].as_str().expect("a time");
        let day = opened_at[..10].replace('-', "");
        let running = match expected.last() {
            Some((before, running)) if *before == day => running + 1,
            _ => 1,
        };
        let id = case["case"].as_str().expect("a number");
        assert_eq!(id, format!("R-{day}-{running:04}"), "opened at {opened_at}");
        office.act("op", "withdraw", id, &[]).done();
        expected.push((day, running));
        if expected.last().is_some_and(|(day, running)| day == "20230401" && *running == 2) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(expected.last(), Some(&("20230401".to_owned(), 2)));
    let cases = office.run("op", ["case", "list"]).done();
    assert_eq!(cases["cases"][0]["case"], "R-20230401-0002", "newest first");
    office.audited();
}
