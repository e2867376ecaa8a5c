//! An inquiry number that does not exist: those one slip away from it are proposed, and only
//! to somebody whose other three facts agree with them.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::sync::Arc;

use common::books::{number, opened};
use common::records::{DARK_SHOP, OTHER_SHOP, SHOP, SLOW_SHOP, coupon, file, sale, settlement};
use common::{Answer, Office as Front, with_shops, with_shops_under};
use madoguchi::config::Settings;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::Code;
use madoguchi::domain::staff::Role;
use madoguchi::office::cases::OpenRequest;
use madoguchi::office::{Actor, Office, OfficeError};
use madoguchi::search::near::near;
use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// What the operator heard; no coupon has it.
const SAID: &str = "5335149687092";
/// What the caller read out: いち was heard for しち.
const MEANT: &str = "5335749687092";
/// What another caller may have read out: two digits in the wrong order, less likely.
const TURNED: &str = "5335194687092";
const ID: &str = "0186d8a0-0000-7000-8000-000000000001";

/// Coupons that were settled at the shop in the outage.
fn settled_here(office: &Front, numbers: &[&str]) {
    let coupons: Vec<String> = numbers.iter().map(|n| coupon(n, 5000, 777, "2023-02-24")).collect();
    let settlements: Vec<String> =
        numbers.iter().map(|n| settlement(&format!("K{n}"), n, SHOP, 1500, "19:05")).collect();
    office.records(&coupons, &settlements, &[], &[]);
}

/// An office where what was heard is one slip away from one coupon.
fn misheard() -> Front {
    let office = with_shops();
    settled_here(&office, &[MEANT]);
    office
}

/// Opens a case on what was heard.
fn says(office: &Front, staff: &str, options: &[&str]) -> Answer {
    let words = ["case", "open", "--number", SAID];
    office.run(staff, words.iter().chain(options))
}

/// The four facts as the caller says them, but for the number.
const FACTS: [&str; 6] = ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", SHOP];

fn with_facts<'a>(more: &[&'a str]) -> Vec<&'a str> {
    FACTS.into_iter().chain(more.iter().copied()).collect()
}

/// The numbers that were proposed, in their order.
fn proposed(view: &Value) -> Vec<&str> {
    let near = view["near"].as_array().unwrap_or_else(|| panic!("no near numbers: {view}"));
    near.iter().map(|one| one["inquiry_number"].as_str().expect("a number")).collect()
}

/// Who was shown a coupon's number as a near one, once for each time.
fn shown_to(office: &Front, coupon: &str) -> Vec<String> {
    let history = office.coupon(coupon)["history"].clone();
    // Told newest first.
    let events = history.as_array().expect("events").iter().rev();
    let near = events.filter(|event| event["action"] == "look_up.near");
    near.map(|event| event["staff"].as_str().expect("somebody").to_owned()).collect()
}

// ---- what is proposed -------------------------------------------------------------------

#[test]
fn a_case_on_a_number_with_one_digit_misheard_proposes_the_right_one_and_says_why() {
    let office = misheard();
    let view = says(&office, "op", &FACTS).done();
    assert_eq!(view["state"], "review");
    assert_eq!(view["reasons"], json!(["F1_NUMBER_UNKNOWN"]));
    assert_eq!(view["near"], json!([{"inquiry_number": MEANT, "why": "1↔7"}]));
    assert_eq!(view["facts"]["number"], "unknown");
    // The number is all that is told of the coupon.
    assert_eq!((&view["coupon"], &view["settlements"]), (&Value::Null, &json!([])));
    let mut rest = view.clone();
    rest["opened_at"] = Value::Null;
    assert!(!rest.to_string().contains("777"), "{view}");
    assert_eq!(office.run("op", ["coupon", MEANT]).refused(), "NOT_YOUR_CASE");
    office.audited();
}

#[test]
fn of_two_that_fit_the_likelier_comes_first() {
    let office = with_shops();
    // Neither the order of import nor that of the numbers is the order of likelihood.
    settled_here(&office, &[TURNED, MEANT]);
    let view = says(&office, "op", &FACTS).done();
    let both = json!([
        {"inquiry_number": MEANT, "why": "1↔7"},
        {"inquiry_number": TURNED, "why": "49↔94"},
    ]);
    assert_eq!(view["near"], both);
}

#[test]
fn of_many_that_fit_the_five_likeliest_are_proposed() {
    let office = with_shops();
    let last = |digits: &str| -> Vec<String> {
        digits.chars().map(|digit| format!("{}{digit}", &SAID[..12])).collect()
    };
    let far = "1335149687092".to_owned();
    let all = [vec![far.clone()], last("987654310")].concat();
    settled_here(&office, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let view = says(&office, "op", &FACTS).done();
    // The keys around the 2, then the first of the others; by their order the 4 would come in.
    assert_eq!(proposed(&view), [last("0135"), vec![far]].concat());
    for hidden in last("46789") {
        assert_eq!(shown_to(&office, &hidden), [""; 0], "{hidden}");
    }
}

#[test]
fn every_kind_of_slip_is_seen_through() {
    let slips = [
        ("53355749687092", "-5(の)"),
        ("53357349687092", "-3(番)"),
        ("533574968709", "+2"),
        ("53357496877092", "-7"),
        ("3535749687092", "35↔53"),
        ("5335749687O92", "O↔0"),
        ("5335749687392", "3↔0"),
    ];
    let office = misheard();
    for (said, why) in slips {
        let words = ["case", "open", "--dry-run", "--number", said];
        let view = office.run("op", words.iter().chain(&FACTS)).done();
        assert_eq!(view["near"], json!([{"inquiry_number": MEANT, "why": why}]), "{said}");
    }
    let two = ["case", "open", "--dry-run", "--number", "5335149687093"];
    let view = office.run("op", two.iter().chain(&FACTS)).done();
    assert_eq!(view["near"], json!([]), "two slips are too many");
}

#[test]
fn where_none_fits_the_list_is_empty_and_where_the_number_exists_there_is_none() {
    let office = misheard();
    let words = ["case", "open", "--number", "9999999999999"];
    let nothing = office.run("op", words.iter().chain(&FACTS)).done();
    assert_eq!((&nothing["state"], &nothing["near"]), (&json!("review"), &json!([])));
    for expiry in ["2/24", "2/23"] {
        for dry_run in [["--dry-run"].as_slice(), &[]] {
            let words = ["case", "open", "--number", MEANT, "--expiry", expiry];
            let rest = ["--prefecture", "奈良", "--merchant", SHOP];
            let view = office.run("sv", words.iter().chain(&rest).chain(dry_run)).done();
            assert_eq!(view.get("near"), None, "{expiry} {dry_run:?}");
            if let Some(case) = view["case"].as_str() {
                office.act("sv", "withdraw", case, &[]).done();
            }
        }
    }
}

#[test]
fn a_number_without_the_form_that_the_settings_ask_for_is_never_proposed() {
    let office = with_shops();
    let short = "533514968709";
    settled_here(&office, &[MEANT, short]);
    assert_eq!(proposed(&says(&office, "op", &with_facts(&["--dry-run"])).done()), [MEANT, short]);
    // The pattern was made narrower since those records came.
    let narrower = Some([("[0-9A-Z]{4,32}", "[0-9]{13}")].as_slice());
    let office = office.keep().open_with(narrower);
    let view = says(&office, "op", &FACTS).done();
    assert_eq!(proposed(&view), [MEANT]);
    let shown = format!(
        "SELECT count(*) FROM audit_event
         WHERE action = 'look_up.near' AND inquiry_number = '{short}'"
    );
    assert_eq!(number(&opened(office.database()), &shown), 1, "under the wider one");
}

// ---- what becomes of it -----------------------------------------------------------------

#[test]
fn opened_anew_with_the_number_that_was_meant_it_is_a_case_like_any_other() {
    let office = misheard();
    office.records(&[], &[], &[sale("U1", SHOP, "19:04", 1500, 1500, MEANT)], &[]);
    let first = says(&office, "op", &FACTS).done();
    let meant = proposed(&first)[0];
    let view = office.opens("op", meant, "2/24", "奈良", SHOP).done();
    assert_eq!((&view["state"], view.get("near")), (&json!("matched"), None));
    assert_eq!((&view["restorable"], &view["facts"]["number"]), (&json!(1500), &json!("match")));
    let case = |view: &Value| view["case"].as_str().expect("a number").to_owned();
    office.act("op", "withdraw", &case(&first), &[]).done();
    assert_eq!(office.act("op", "restore", &case(&view), &[]).done()["state"], "restored");
    office.audited();
}

#[test]
fn the_case_shown_later_proposes_nothing() {
    let office = misheard();
    let case = says(&office, "op", &FACTS).done()["case"].as_str().expect("a number").to_owned();
    for who in ["op", "sv", "au"] {
        let view = office.act(who, "show", &case, &[]).done();
        assert_eq!(view.get("near"), None, "{who}");
    }
    assert_eq!(shown_to(&office, MEANT), ["op"]);
}

#[test]
fn the_same_command_again_proposes_the_same_again_whatever_was_imported_since() {
    let office = with_shops();
    settled_here(&office, &[TURNED]);
    let again = || says(&office, "op", &with_facts(&["--command-id", ID]));
    let first = again().done();
    assert_eq!(proposed(&first), [TURNED]);
    assert_eq!(again().done(), first);
    // A likelier one comes, then one that has the number itself.
    settled_here(&office, &[MEANT]);
    assert_eq!(again().done(), first);
    let now = says(&office, "op", &with_facts(&["--dry-run"])).done();
    assert_eq!(proposed(&now), [MEANT, TURNED], "asked anew");
    settled_here(&office, &[SAID]);
    assert_eq!(again().done(), first);
    assert_eq!(says(&office, "op", &with_facts(&["--dry-run"])).done().get("near"), None);
    // What was shown is written down, and nothing else.
    assert_eq!(shown_to(&office, MEANT), ["op"]);
    assert_eq!(shown_to(&office, TURNED), ["op"; 5]);
    assert_eq!(
        office.run("op", ["case", "list"]).done()["cases"].as_array().map(Vec::len),
        Some(1)
    );
    office.audited();
}

#[test]
fn a_command_id_that_was_used_for_something_else_proposes_nothing() {
    let office = misheard();
    let id = ["--command-id", ID];
    let words = ["case", "open", "--number", "9999999999999"];
    office.run("op", words.iter().chain(&FACTS).chain(&id)).done();
    let reused = says(&office, "op", &with_facts(&id));
    assert!(!reused.json.to_string().contains(MEANT), "{}", reused.json);
    assert_eq!(reused.refused(), "COMMAND_REUSED");
    assert_eq!(shown_to(&office, MEANT), [""; 0]);
}

#[test]
fn trying_a_case_proposes_it_and_opens_nothing() {
    let office = misheard();
    let view = says(&office, "op", &with_facts(&["--dry-run"])).done();
    assert_eq!(view["near"], json!([{"inquiry_number": MEANT, "why": "1↔7"}]));
    assert_eq!((&view["case"], &view["coupon"]), (&Value::Null, &Value::Null));
    assert_eq!(office.run("op", ["case", "list"]).done(), json!({"cases": []}));
    let misses = "SELECT count(*) FROM audit_event WHERE action = 'look_up.miss'";
    assert_eq!(number(&opened(office.database()), misses), 1, "counted like any other");
}

// ---- one other fact differs -------------------------------------------------------------

#[test]
fn nothing_is_proposed_when_one_other_fact_differs_or_is_unknown() {
    let office = misheard();
    for (told, options) in [
        ("another expiry", ["--expiry", "2/23", "--prefecture", "奈良", "--merchant", SHOP]),
        ("one it never had", ["--expiry", "3/31", "--prefecture", "奈良", "--merchant", SHOP]),
        ("another prefecture", ["--expiry", "2/24", "--prefecture", "京都", "--merchant", SHOP]),
        ("another shop", ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", OTHER_SHOP]),
        ("no merchant's id", ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", "M-99"]),
        ("two shops so named", ["--expiry", "2/24", "--prefecture", "大阪", "--shop", "鹿の子屋"]),
        ("no shop so named", ["--expiry", "2/24", "--prefecture", "奈良", "--shop", "遠い店"]),
        ("no shop", ["--expiry", "2/24", "--prefecture", "奈良", "--other", "残額が違う"]),
    ] {
        for dry_run in [["--dry-run"].as_slice(), &[]] {
            let answer = says(&office, "op", &[&options, dry_run].concat());
            assert!(!answer.json.to_string().contains(MEANT), "{told}: {}", answer.json);
            assert_eq!(answer.done()["near"], json!([]), "{told}");
        }
    }
    assert_eq!(shown_to(&office, MEANT), [""; 0]);
    // Another trouble at a shop that agrees is as good a reason to hear the number again.
    let view = says(&office, "op", &with_facts(&["--other", "残額が違う"])).done();
    assert_eq!((&view["reasons"], proposed(&view)), (&json!(["O60_OTHER"]), vec![MEANT]));
}

#[test]
fn an_expiry_that_the_coupon_was_given_later_agrees_as_the_printed_one_does() {
    let office = misheard();
    let near = |expiry: &str| {
        let rest = ["--prefecture", "奈良", "--merchant", SHOP, "--dry-run"];
        says(&office, "op", &[["--expiry", expiry].as_slice(), &rest].concat()).done()["near"]
            .clone()
    };
    assert_eq!(near("3/31"), json!([]));
    office.run("ad", ["extend"]).done();
    let found = json!([{"inquiry_number": MEANT, "why": "1↔7"}]);
    assert_eq!((near("3/31"), near("2/24")), (found.clone(), found));
    assert_eq!((near("2/26"), near("4/1")), (json!([]), json!([])));
}

#[test]
fn a_coupon_settled_at_the_shop_outside_the_outage_is_not_proposed() {
    let office = with_shops();
    // The outage is from 17:00 until midnight, which it does not contain.
    let before = "5335149687090";
    let first = "5335149687091";
    let last = "5335149687093";
    let after = "5335149687095";
    let at = [
        (before, "2023-02-24 16:59:59"),
        (first, "2023-02-24 17:00:00"),
        (last, "2023-02-24 23:59:59"),
        (after, "2023-02-25 00:00:00"),
    ];
    let coupons = at.map(|(n, _)| coupon(n, 5000, 0, "2023-02-24"));
    let settlements = at.map(|(n, time)| format!("K{n},{n},{SHOP},1500,{time}"));
    office.records(&coupons, &settlements, &[], &[]);
    assert_eq!(proposed(&says(&office, "op", &FACTS).done()), [first, last]);
}

#[test]
fn a_coupon_settled_in_the_outage_elsewhere_and_here_at_another_time_is_not_proposed() {
    let office = with_shops();
    let settlements = [
        settlement("K1", MEANT, OTHER_SHOP, 1500, "19:05"),
        settlement("K2", MEANT, SHOP, 1500, "12:00"),
    ];
    office.records(&[coupon(MEANT, 5000, 0, "2023-02-24")], &settlements, &[], &[]);
    assert_eq!(says(&office, "op", &FACTS).done()["near"], json!([]));
    let elsewhere = ["--expiry", "2/24", "--prefecture", "奈良", "--shop", "鹿の子屋"];
    assert_eq!(proposed(&says(&office, "op", &elsewhere).done()), [MEANT]);
}

#[test]
fn of_several_near_ones_only_those_are_proposed_with_which_everything_agrees() {
    let office = with_shops();
    let (kyoto, older, elsewhere) = ("5335849687092", "5335194687092", "5335149687093");
    let coupons = [
        format!("{kyoto},京都府,5000,0,2023-02-24,paper,,,宿"),
        coupon(older, 5000, 0, "2023-02-23"),
        coupon(elsewhere, 5000, 0, "2023-02-24"),
        coupon(MEANT, 5000, 0, "2023-02-24"),
    ];
    let settlements = [
        settlement("K1", kyoto, SHOP, 1500, "19:01"),
        settlement("K2", older, SHOP, 1500, "19:02"),
        settlement("K3", elsewhere, OTHER_SHOP, 1500, "19:03"),
        settlement("K4", MEANT, SHOP, 1500, "19:04"),
    ];
    office.records(&coupons, &settlements, &[], &[]);
    assert_eq!(proposed(&says(&office, "op", &FACTS).done()), [MEANT]);
    for hidden in [kyoto, older, elsewhere] {
        assert_eq!(shown_to(&office, hidden), [""; 0], "{hidden}");
    }
}

// ---- who is shown it, and that it is written down ---------------------------------------

#[test]
fn every_number_that_was_shown_is_written_down_on_its_coupon_with_who_saw_it() {
    let office = with_shops();
    let far = "5335749687099";
    settled_here(&office, &[MEANT, TURNED, far]);
    says(&office, "op", &FACTS).done();
    says(&office, "sv", &with_facts(&["--dry-run"])).done();
    for shown in [MEANT, TURNED] {
        assert_eq!(shown_to(&office, shown), ["op", "sv"], "{shown}");
    }
    assert_eq!(shown_to(&office, far), [""; 0]);
    office.audited();
}

#[test]
fn who_takes_no_calls_is_shown_none() {
    let office = misheard();
    for who in ["ad", "au"] {
        for dry_run in [["--dry-run"].as_slice(), &[]] {
            let answer = says(&office, who, &with_facts(dry_run));
            assert!(!answer.json.to_string().contains(MEANT), "{who}: {}", answer.json);
            assert_eq!(answer.refused(), "NOT_ALLOWED", "{who} {dry_run:?}");
        }
    }
    assert_eq!(shown_to(&office, MEANT), [""; 0]);
}

#[test]
fn whose_look_ups_are_locked_is_shown_none_until_a_supervisor_releases_them() {
    let office = with_shops_under(Some(&[("misses = 20", "misses = 3")]));
    settled_here(&office, &[MEANT]);
    // What was found for a number that does not exist makes it no less of a miss.
    for _ in 0..3 {
        assert_eq!(proposed(&says(&office, "op", &FACTS).done()), [MEANT]);
    }
    for dry_run in [["--dry-run"].as_slice(), &[]] {
        let answer = says(&office, "op", &with_facts(dry_run));
        assert!(!answer.json.to_string().contains(MEANT), "{}", answer.json);
        assert_eq!(answer.refused(), "LOOK_UPS_LOCKED", "{dry_run:?}");
    }
    assert_eq!(shown_to(&office, MEANT), ["op"; 3]);
    assert_eq!(proposed(&says(&office, "op2", &FACTS).done()), [MEANT]);
    office.run("sv", ["staff", "release", "op"]).done();
    assert_eq!(proposed(&says(&office, "op", &FACTS).done()), [MEANT]);
    office.audited();
}

// ---- asked for before a case is opened, as the desk does ---------------------------------

async fn office(front: &Front) -> Office {
    let settings = Arc::new(Settings::builtin().expect("settings"));
    Office::open(front.store().await, settings).await.expect("an office")
}

fn person(id: &str, role: Role) -> Actor {
    Actor { staff_id: id.parse().expect("an id"), role, name: Private::new(id) }
}

fn operator() -> Actor {
    person("op", Role::Operator)
}

fn supervisor() -> Actor {
    person("sv", Role::Supervisor)
}

/// The facts as [`FACTS`] has them, on this number.
fn asked(number: &str) -> OpenRequest {
    OpenRequest {
        number: InquiryNumber::fold(number).expect("a number"),
        expiry: "2023-02-24".parse().expect("a day"),
        prefecture: "奈良県".parse().expect("a prefecture"),
        shop_said: "若草堂".to_owned(),
        merchant_id: SHOP.parse().ok(),
        other: None,
        command_id: None,
    }
}

fn refused<T: std::fmt::Debug>(done: Result<T, OfficeError>) -> Code {
    done.expect_err("refused").to_refusal().code
}

#[tokio::test]
async fn the_desk_counts_one_more_miss_only_where_nothing_is_found_and_twenty_lock() {
    let front = misheard();
    let (office, op) = (office(&front).await, operator());
    let misses = || {
        let sql = "SELECT count(*) FROM audit_event
                   WHERE action = 'look_up.miss' AND staff_id = 'op' AND subject = 'op'";
        number(&opened(front.database()), sql)
    };
    for _ in 0..25 {
        let found = office.near(&op, &asked(SAID)).await.expect("asked");
        assert_eq!((found.len(), found[0].why.as_str()), (1, "1↔7"));
        let existing = office.near(&op, &asked(MEANT)).await.expect("asked");
        assert_eq!(existing, [], "it exists");
    }
    assert_eq!(misses(), 0);

    let nothing: Vec<OpenRequest> = vec![
        asked("9999999999999"),
        OpenRequest { merchant_id: OTHER_SHOP.parse().ok(), ..asked(SAID) },
        OpenRequest { merchant_id: None, ..asked(SAID) },
        OpenRequest { expiry: "2023-02-23".parse().expect("a day"), ..asked(SAID) },
    ];
    for (so_far, request) in nothing.iter().cycle().take(20).enumerate() {
        assert_eq!(misses(), i64::try_from(so_far).expect("few"));
        assert_eq!(office.near(&op, request).await.expect("asked"), []);
    }
    assert_eq!(misses(), 20);
    for number in [SAID, MEANT, "9999999999999"] {
        assert_eq!(refused(office.near(&op, &asked(number)).await), Code::LookUpsLocked);
    }
    assert_eq!(misses(), 20, "who is locked out counts no further");
    assert_eq!(office.near(&supervisor(), &asked(SAID)).await.expect("asked").len(), 1);
    office.release(&supervisor(), &op.staff_id).await.expect("released");
    assert_eq!(office.near(&op, &asked(SAID)).await.expect("asked").len(), 1);
    office.close().await.expect("closed");
    assert_eq!(shown_to(&front, MEANT).len(), 27);
    front.audited();
}

#[tokio::test]
async fn the_desk_of_somebody_who_takes_no_calls_is_told_none() {
    let front = misheard();
    let office = office(&front).await;
    for actor in [person("ad", Role::Admin), person("au", Role::Auditor)] {
        assert_eq!(refused(office.near(&actor, &asked(SAID)).await), Code::NotAllowed);
    }
    office.close().await.expect("closed");
    assert_eq!(shown_to(&front, MEANT), [""; 0]);
}

// ---- whatever the number and whatever the slip ------------------------------------------

/// What differs from the coupon, beside its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differs {
    Nothing,
    Expiry,
    Prefecture,
    ShopWithoutSettlement,
    ShopBeforeTheOutage,
    ShopAfterTheOutage,
    NoShop,
}

impl Differs {
    const ALL: [Self; 7] = [
        Self::Nothing,
        Self::Expiry,
        Self::Prefecture,
        Self::ShopWithoutSettlement,
        Self::ShopBeforeTheOutage,
        Self::ShopAfterTheOutage,
        Self::NoShop,
    ];

    fn in_what_is_asked(self, number: &str) -> OpenRequest {
        let mut request = asked(number);
        match self {
            Self::Nothing => {}
            Self::Expiry => request.expiry = "2023-02-25".parse().expect("a day"),
            Self::Prefecture => request.prefecture = "和歌山県".parse().expect("a prefecture"),
            Self::ShopWithoutSettlement => request.merchant_id = SLOW_SHOP.parse().ok(),
            Self::ShopBeforeTheOutage => request.merchant_id = OTHER_SHOP.parse().ok(),
            Self::ShopAfterTheOutage => request.merchant_id = DARK_SHOP.parse().ok(),
            Self::NoShop => request.merchant_id = None,
        }
        request
    }
}

/// Numbers of eight to fifteen digits, spread.
fn spread() -> Vec<String> {
    let mut state: u64 = 20_230_224;
    let draw = |i: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        format!("{:015}", state >> 15)[..8 + i % 8].to_owned()
    };
    (0..64).map(draw).collect()
}

/// Coupons settled at the shop in the outage, and a second before and after it elsewhere.
fn spread_office(numbers: &[String]) -> Front {
    let front = with_shops();
    let coupons: Vec<String> = numbers.iter().map(|n| coupon(n, 5000, 0, "2023-02-24")).collect();
    let settlements = numbers.iter().flat_map(|n| {
        [
            format!("A{n},{n},{SHOP},1500,2023-02-24 19:05"),
            format!("B{n},{n},{OTHER_SHOP},1500,2023-02-24 16:59:59"),
            format!("C{n},{n},{DARK_SHOP},1500,2023-02-25 00:00:00"),
        ]
    });
    front.import("coupons", &file("coupons", &coupons), &[]).done();
    front.import("settlements", &file("settlements", &settlements.collect::<Vec<_>>()), &[]).done();
    front
}

#[test]
fn a_slip_leads_back_to_its_coupon_exactly_where_every_other_fact_agrees() {
    let numbers = spread();
    let front = spread_office(&numbers);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let office = runtime.block_on(office(&front));
    let (op, sv) = (operator(), supervisor());

    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let story = (select(numbers.clone()), any::<Pick>(), select(&Differs::ALL[..]));
    let done = TestRunner::new_with_rng(config, rng).run(&story, |(meant, slip, differs)| {
        let slips = near(&meant, |_| true);
        let said = &slips[slip.index(slips.len())].number;
        prop_assume!(!numbers.contains(said) && said.len() >= 4);
        let request = differs.in_what_is_asked(said);
        let found = runtime.block_on(async {
            let found = office.near(&op, &request).await.expect("asked");
            office.release(&sv, &op.staff_id).await.expect("released");
            found
        });
        let found: Vec<&str> = found.iter().map(|near| near.inquiry_number.as_str()).collect();
        if differs == Differs::Nothing {
            prop_assert!(found.contains(&meant.as_str()), "{} heard for {}", said, meant);
        } else {
            prop_assert_eq!(found, Vec::<&str>::new(), "{} heard for {}", said, meant);
        }
        Ok(())
    });
    if let Err(error) = done {
        panic!("{error}");
    }
    runtime.block_on(office.close()).expect("closed");
    front.audited();
}
