//! The states of a case, and who may do what (specification, section 5): a story for every
//! arrow that is allowed, and a table of all that is refused and changes nothing.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use common::database::{Engine, engine};
use common::records::{OTHER_SHOP, SHOP, SLOW_SHOP, coupon, covers, file, sale, settlement};
use common::{Answer, Beginning, Office, with_shops, with_shops_under};
use madoguchi::config::Settings;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::staff::Role;
use madoguchi::office::cases::Shown;
use madoguchi::office::command::Act;
use madoguchi::office::{Actor, OfficeError};
use serde_json::{Value, json};

const STATES: [&str; 9] = [
    "waiting",
    "review",
    "matched",
    "contradicted",
    "restored",
    "declined",
    "withdrawn",
    "lapsed",
    "reversed",
];

/// Everything that can be asked of a case.
const ACTIONS: [&str; 15] = [
    "restore", "approve", "decline", "wait", "withdraw", "link", "unlink", "call", "ask", "answer",
    "note", "reopen", "keep", "reverse", "take",
];

// ---- what is refused --------------------------------------------------------------------

/// What each person's action on a case in each state comes to. `op` and `sv2` act on a case
/// of their own, the others on one of `op`'s. A row without a name of its own (`*`) stands for
/// every action that has none.
///
/// `+` done (the stories below tell how) · `S` CASE_STATE · `N` NOT_ALLOWED ·
/// `Y` NOT_YOUR_CASE · `O` OWN_CASE · `Q` NO_QUESTION · `E` NO_NEW_EVIDENCE ·
/// `L` SALE_NOT_LINKED
const TABLE: &str = "
                waiting review matched contradicted restored declined withdrawn lapsed reversed
    op restore     S      S      +          S           S       S         S       S       S
    op withdraw    +      +      +          S           S       S         S       S       S
    op answer      Q      Q      Q          Q           Q       Q         Q       Q       Q
    op note        +      +      +          +           +       +         +       +       +
    op take        +      +      +          +           S       S         S       S       S
    op *           N      N      N          N           N       N         N       N       N

    op2 restore    Y      Y      Y          Y           Y       Y         Y       Y       Y
    op2 withdraw   Y      Y      Y          Y           Y       Y         Y       Y       Y
    op2 answer     Y      Y      Y          Y           Y       Y         Y       Y       Y
    op2 note       Y      Y      Y          Y           Y       Y         Y       Y       Y
    op2 take       +      +      +          +           S       S         S       S       S
    op2 *          N      N      N          N           N       N         N       N       N

    sv restore     S      S      +          S           S       S         S       S       S
    sv approve     S      +      +          S           S       S         S       S       S
    sv decline     S      +      S          S           S       S         S       S       S
    sv wait        S      +      S          S           S       S         S       S       S
    sv withdraw    +      +      +          S           S       S         S       S       S
    sv link        S      +      S          S           S       S         S       S       S
    sv unlink      S      L      S          S           S       S         S       S       S
    sv call        +      +      +          +           +       +         +       +       +
    sv ask         S      +      S          S           S       S         S       S       S
    sv answer      Q      Q      Q          Q           Q       Q         Q       Q       Q
    sv note        +      +      +          +           +       +         +       +       +
    sv reopen      S      S      S          S           S       E         S       S       S
    sv keep        S      S      S          +           S       S         S       S       S
    sv reverse     S      S      S          +           S       S         S       S       S
    sv take        +      +      +          +           S       S         S       S       S

    sv2 restore    S      S      +          S           S       S         S       S       S
    sv2 approve    O      O      O          O           O       O         O       O       O
    sv2 decline    S      O      S          S           S       S         S       S       S
    sv2 wait       S      O      S          S           S       S         S       S       S
    sv2 withdraw   +      +      +          S           S       S         S       S       S
    sv2 link       S      O      S          S           S       S         S       S       S
    sv2 unlink     S      O      S          S           S       S         S       S       S
    sv2 call       +      O      +          +           +       +         +       +       +
    sv2 ask        S      O      S          S           S       S         S       S       S
    sv2 answer     Q      Q      Q          Q           Q       Q         Q       Q       Q
    sv2 note       +      +      +          +           +       +         +       +       +
    sv2 reopen     S      S      S          S           S       E         S       S       S
    sv2 keep       S      S      S          O           S       S         S       S       S
    sv2 reverse    S      S      S          O           S       S         S       S       S
    sv2 take       +      +      +          +           S       S         S       S       S

    ad *           N      N      N          N           N       N         N       N       N
    au *           N      N      N          N           N       N         N       N       N
";

fn meaning(letter: &str) -> Option<&'static str> {
    Some(match letter {
        "+" => return None,
        "S" => "CASE_STATE",
        "N" => "NOT_ALLOWED",
        "Y" => "NOT_YOUR_CASE",
        "O" => "OWN_CASE",
        "Q" => "NO_QUESTION",
        "E" => "NO_NEW_EVIDENCE",
        "L" => "SALE_NOT_LINKED",
        other => panic!("{other} means nothing"),
    })
}

/// The letters for what somebody does, by state.
fn row(who: &str, action: &str) -> Vec<&'static str> {
    let rows = TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let of_who: Vec<Vec<&str>> = rows.filter(|words| words.first() == Some(&who)).collect();
    let named = of_who.iter().find(|words| words[1] == action);
    let row = named.or_else(|| of_who.iter().find(|words| words[1] == "*"));
    row.unwrap_or_else(|| panic!("{who} {action} is not in the table"))[2..].to_vec()
}

/// A case in each state, opened by `op` and by `sv2`.
struct Nine {
    beginning: Beginning,
    cases: BTreeMap<(&'static str, &'static str), String>,
}

/// The coupon of a case in a state, opened by somebody.
fn number(state: &str, opener: &str) -> String {
    format!("{state}{opener}").to_uppercase()
}

fn nine() -> &'static Nine {
    static NINE: OnceLock<Nine> = OnceLock::new();
    NINE.get_or_init(|| {
        let office = Office::open_at("2023-06-01 00:00", None);
        office.import("merchants", common::records::SHOPS, &[]).done();
        let (mut coupons, mut settlements, mut sales) = (Vec::new(), Vec::new(), Vec::new());
        let each = || STATES.iter().flat_map(|state| ["op", "sv2"].map(|opener| (*state, opener)));
        for (state, opener) in each() {
            let number = number(state, opener);
            coupons.push(coupon(&number, 5000, 0, "2023-02-24"));
            let shop = if matches!(state, "waiting" | "lapsed") { SLOW_SHOP } else { SHOP };
            settlements.push(settlement(&format!("K1{number}"), &number, shop, 1500, "19:00"));
            settlements.push(settlement(&format!("K2{number}"), &number, shop, 1500, "19:01"));
            // Pressed twice; a purchase of 1,500 makes it matched.
            let total = match state {
                "waiting" | "lapsed" => continue,
                "review" => 2000,
                "declined" => 3000,
                _ => 1500,
            };
            sales.push(sale(&format!("U{number}"), shop, "19:00", total, 0, &number));
        }
        sales.push(sale("FREE", SHOP, "19:00", 100, 0, ""));
        office.records(&coupons, &settlements, &sales, &common::records::covered());

        let mut cases = BTreeMap::new();
        let mut open = |state: &'static str, opener: &'static str, shop: &str| {
            let case = office.case(opener, &number(state, opener), shop);
            cases.insert((state, opener), case);
        };
        for opener in ["op", "sv2"] {
            open("lapsed", opener, SLOW_SHOP);
        }
        office.run("sv", ["case", "lapse"]).done();
        for (state, opener) in each().filter(|(state, _)| *state != "lapsed") {
            open(state, opener, if state == "waiting" { SLOW_SHOP } else { SHOP });
        }
        for opener in ["op", "sv2"] {
            for state in ["contradicted", "restored", "reversed"] {
                office.act(opener, "restore", &cases[&(state, opener)], &[]).done();
            }
            office.act(opener, "withdraw", &cases[&("withdrawn", opener)], &[]).done();
        }
        let second_purchases: Vec<String> = each()
            .filter(|(state, _)| matches!(*state, "contradicted" | "reversed"))
            .map(|(state, opener)| number(state, opener))
            .map(|number| sale(&format!("U2{number}"), SHOP, "19:01", 1500, 0, &number))
            .collect();
        office.records(&[], &[], &second_purchases, &[]);
        for opener in ["op", "sv2"] {
            let case = &cases[&("reversed", opener)];
            office.act("sv", "reverse", case, &["--reason", "2回の購入"]).done();
        }
        for (state, opener) in each() {
            assert_eq!(office.shown(&cases[&(state, opener)])["state"], state);
        }
        office.audited();
        Nine { beginning: office.keep(), cases }
    })
}

/// How the tables are gone through: more than a thousand questions. What the program makes of its
/// words depends neither on the engine nor on who says them, but each time it begins and signs in
/// anew: those of `sv` are asked at the front door on SQLite, the others of the office in this
/// process.
enum Door<'o> {
    Front(&'o Office),
    Inside(tokio::runtime::Runtime, Box<madoguchi::office::Office>),
}

impl<'o> Door<'o> {
    fn of(office: &'o Office, who: &str) -> Self {
        if engine() == Engine::Sqlite && who == "sv" {
            return Self::Front(office);
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let settings = Arc::new(Settings::builtin().expect("settings"));
        let inside = runtime.block_on(async {
            madoguchi::office::Office::open(office.store().await, settings).await
        });
        Self::Inside(runtime, Box::new(inside.expect("an office")))
    }

    /// Does something to a case, with everything that goes along: what it came to, or the code
    /// of the refusal.
    fn act(&self, who: &str, action: &str, case: &str, number: &str) -> Result<Value, String> {
        match self {
            Self::Front(office) => {
                let answer = act(office, who, action, case, number);
                if answer.status == 0 { Ok(answer.json) } else { Err(answer.refused()) }
            }
            Self::Inside(runtime, office) => {
                let (id, person) = (case.parse().expect("a number"), person(who));
                let done = office.on_case(&person, &id, told(action, number), Shown::default());
                match runtime.block_on(done) {
                    Ok(view) => Ok(json!(view)),
                    Err(OfficeError::Refused(refusal)) => Err(refusal.code.as_str().to_owned()),
                    Err(error) => panic!("{who} {action} {case}: {error}"),
                }
            }
        }
    }

    /// A case as the auditor sees it.
    fn shown(&self, case: &str) -> Value {
        match self {
            Self::Front(office) => office.shown(case),
            Self::Inside(runtime, office) => {
                let id = case.parse().expect("a number");
                let auditor = person("au");
                json!(runtime.block_on(office.show_case(&auditor, &id)).expect("shown"))
            }
        }
    }
}

impl Drop for Door<'_> {
    fn drop(&mut self) {
        if let Self::Inside(runtime, office) = self {
            runtime.block_on(office.close()).expect("closed");
        }
    }
}

fn person(who: &str) -> Actor {
    let role = match who {
        "ad" => Role::Admin,
        "au" => Role::Auditor,
        "sv" | "sv2" => Role::Supervisor,
        _ => Role::Operator,
    };
    Actor { staff_id: who.parse().expect("an id"), role, name: Private::new(who) }
}

/// What goes along with everything that is done.
const REASON: &str = "記録を確認した";
const TEXT: &str = "確認お願いします";

/// What the program makes of the words of [`act`].
fn told(action: &str, number: &str) -> Act {
    let (reason, text) = (REASON.to_owned(), TEXT.to_owned());
    let sale = || "FREE".parse().expect("an id");
    match action {
        "restore" => Act::Restore,
        "approve" => Act::Approve(reason),
        "decline" => Act::Decline(reason),
        "wait" => Act::Wait(reason),
        "withdraw" => Act::Withdraw,
        "link" => Act::Link(sale()),
        "unlink" => Act::Unlink(sale()),
        "call" => Act::ShopCall("店長".to_owned(), "現金だった".to_owned()),
        "ask" => Act::Ask(text),
        "answer" => Act::Answer(text),
        "note" => Act::Note(text),
        "reopen" => Act::Reopen(reason),
        "keep" => Act::Keep(reason),
        "reverse" => Act::Reverse(reason),
        "take" => Act::Take(InquiryNumber::fold(number).expect("a number")),
        other => panic!("nobody does {other}"),
    }
}

/// The same at the front door.
fn act(office: &Office, who: &str, action: &str, case: &str, number: &str) -> Answer {
    let (reason, text) = (["--reason", REASON].as_slice(), ["--text", TEXT].as_slice());
    match action {
        "restore" | "withdraw" => office.act(who, action, case, &[]),
        "link" | "unlink" => office.act(who, action, case, &["--sale", "FREE"]),
        "call" => {
            let said = ["--call-to-shop", "店長", "--text", "現金だった"];
            office.act(who, "note", case, &said)
        }
        "ask" | "answer" | "note" => office.act(who, action, case, text),
        "take" => office.act(who, action, case, &["--number", number]),
        _ => office.act(who, action, case, reason),
    }
}

/// Goes through everything that is refused to somebody.
fn refused_to(who: &str) {
    let nine = nine();
    let office = nine.beginning.open();
    let door = Door::of(&office, who);
    let everything =
        || -> Vec<Value> { nine.cases.values().map(|case| door.shown(case)).collect() };
    let before = everything();
    let opener = if who == "sv2" { "sv2" } else { "op" };
    let mut wrong = Vec::new();
    for action in ACTIONS {
        for (state, letter) in STATES.into_iter().zip(row(who, action)) {
            let Some(code) = meaning(letter) else { continue };
            let case = &nine.cases[&(state, opener)];
            let came = door.act(who, action, case, &number(state, opener));
            if came.as_ref().err().is_none_or(|came| came != code) {
                wrong.push(format!("{who} {action} {state}: {came:?} instead of {code}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(everything(), before, "nothing has changed");
    drop(door);
    office.audited();
}

#[test]
fn what_is_refused_to_an_operator_on_a_case_of_their_own() {
    refused_to("op");
}

#[test]
fn what_is_refused_to_an_operator_on_the_case_of_another() {
    refused_to("op2");
}

#[test]
fn what_is_refused_to_a_supervisor() {
    refused_to("sv");
}

#[test]
fn what_is_refused_to_a_supervisor_who_took_the_call() {
    refused_to("sv2");
}

#[test]
fn everything_is_refused_to_an_admin() {
    refused_to("ad");
}

#[test]
fn everything_is_refused_to_an_auditor() {
    refused_to("au");
}

/// Where the table says `+`, it is done, whoever does it and in whatever state.
#[test]
fn what_the_table_allows_is_done() {
    let nine = nine();
    for who in ["op", "op2", "sv", "sv2"] {
        let opener = if who == "sv2" { "sv2" } else { "op" };
        // What leaves the case where it is, in one office; then what ends it, each in its own.
        let office = nine.beginning.open();
        let door = Door::of(&office, who);
        for action in ["note", "call", "ask", "link", "take"] {
            for (state, letter) in STATES.into_iter().zip(row(who, action)) {
                if letter == "+" {
                    let case = &nine.cases[&(state, opener)];
                    let done = door.act(who, action, case, &number(state, opener));
                    assert_eq!(done.expect(action)["state"], state, "{who} {action}");
                }
            }
        }
        drop(door);
        office.audited();
        let moves = [
            ("restore", "restored"),
            ("approve", "restored"),
            ("decline", "declined"),
            ("wait", "waiting"),
            ("withdraw", "withdrawn"),
            ("keep", "restored"),
            ("reverse", "reversed"),
        ];
        for (action, to) in moves {
            let office = nine.beginning.open();
            let door = Door::of(&office, who);
            for (state, letter) in STATES.into_iter().zip(row(who, action)) {
                if letter == "+" {
                    let case = &nine.cases[&(state, opener)];
                    let done = door.act(who, action, case, &number(state, opener));
                    assert_eq!(done.expect(action)["state"], to, "{who} {action} {state}");
                    assert_eq!(door.shown(case)["state"], to, "{who} {action} {state}");
                }
            }
            drop(door);
            office.audited();
        }
    }
}

// ---- opening ----------------------------------------------------------------------------

const NUMBER: &str = "1234567890123";

/// A coupon deducted twice by 1,500 for one purchase of `total`.
fn pressed_twice(office: &Office, total: i64) {
    office.records(
        &[coupon(NUMBER, 5000, 0, "2023-02-24")],
        &[
            settlement("K1", NUMBER, SHOP, 1500, "19:00"),
            settlement("K2", NUMBER, SHOP, 1500, "19:01"),
        ],
        &[sale("U1", SHOP, "19:00", total, 0, NUMBER)],
        &[],
    );
}

fn import_sale(office: &Office, id: &str, total: i64, cash: i64, number: &str) {
    office.records(&[], &[], &[sale(id, SHOP, "19:02", total, cash, number)], &[]);
}

#[test]
fn operators_and_supervisors_open_cases_and_nobody_else_does() {
    let office = with_shops();
    pressed_twice(&office, 1500);
    for who in ["ad", "au"] {
        assert_eq!(office.opens(who, NUMBER, "2/24", "奈良", SHOP).refused(), "NOT_ALLOWED");
    }
    for who in ["op", "sv"] {
        let case = office.case(who, NUMBER, SHOP);
        assert_eq!(office.shown(&case)["opened_by"], who);
        office.act(who, "withdraw", &case, &[]).done();
    }
}

#[test]
fn a_waiting_case_goes_where_the_new_records_say() {
    let office = with_shops();
    let ends = [("TOMATCHED", "matched"), ("TODECLINED", "declined"), ("TOREVIEW", "review")];
    for (number, _) in ends {
        office.records(
            &[coupon(number, 5000, 0, "2023-02-24")],
            &[settlement(&format!("K{number}"), number, SLOW_SHOP, 1500, "19:00")],
            &[],
            &[],
        );
    }
    let cases = ends.map(|(number, to)| (office.case("op", number, SLOW_SHOP), to));
    for (case, _) in &cases {
        assert_eq!(office.shown(case)["state"], "waiting");
    }
    office.records(
        &[],
        &[],
        &[
            sale("U1", SLOW_SHOP, "19:00", 1500, 1500, "TOMATCHED"),
            sale("U2", SLOW_SHOP, "19:00", 1500, 0, "TODECLINED"),
            sale("U3", SLOW_SHOP, "19:00", 1500, 1000, "TOREVIEW"),
        ],
        &[covers(SLOW_SHOP, "sales")],
    );
    for (case, to) in &cases {
        assert_eq!(office.shown(case)["state"], *to);
    }
    office.audited();
}

// ---- restoring --------------------------------------------------------------------------

#[test]
fn above_the_operators_limit_another_supervisor_restores() {
    let office =
        with_shops_under(Some(&[("operator_limit_yen = 5000", "operator_limit_yen = 1499")]));
    pressed_twice(&office, 1500);
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.act("op", "restore", &case, &[]).refused(), "SUPERVISOR_NEEDED");
    assert_eq!(office.shown(&case)["version"], 1, "nothing has changed");
    office.act("sv", "approve", &case, &["--reason", "記録どおり"]).done();
    assert_eq!(office.coupon(NUMBER)["balance"], 1500);
    office.audited();
}

#[test]
fn at_the_limit_the_operator_restores() {
    let office =
        with_shops_under(Some(&[("operator_limit_yen = 5000", "operator_limit_yen = 1500")]));
    pressed_twice(&office, 1500);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &case, &[]).done();
}

#[test]
fn with_four_eyes_always_nobody_restores_a_case_of_their_own() {
    let always = ("four_eyes = \"above-limit\"", "four_eyes = \"always\"");
    let office = with_shops_under(Some(&[always]));
    pressed_twice(&office, 1500);
    let reason = ["--reason", "記録どおり"];
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.act("op", "restore", &case, &[]).refused(), "SUPERVISOR_NEEDED");
    office.act("op", "withdraw", &case, &[]).done();

    let case = office.case("sv", NUMBER, SHOP);
    assert_eq!(office.act("sv", "restore", &case, &[]).refused(), "SUPERVISOR_NEEDED");
    assert_eq!(office.act("sv", "approve", &case, &reason).refused(), "OWN_CASE");
    // Taking it over is no way around: what counts is who opened it.
    office.act("sv2", "take", &case, &["--number", NUMBER]).done();
    assert_eq!(office.act("sv", "restore", &case, &[]).refused(), "SUPERVISOR_NEEDED");
    assert_eq!(office.act("sv", "approve", &case, &reason).refused(), "OWN_CASE");
    let restored = office.act("sv2", "approve", &case, &reason).done();
    assert_eq!(restored["restored"], 1500);
    office.audited();
}

#[test]
fn an_operator_cannot_restore_a_large_case_that_a_supervisor_opened() {
    let office = with_shops_under(Some(&[("operator_limit_yen = 5000", "operator_limit_yen = 0")]));
    pressed_twice(&office, 1500);
    let case = office.case("sv", NUMBER, SHOP);
    office.act("op", "take", &case, &["--number", NUMBER]).done();
    assert_eq!(office.act("op", "restore", &case, &[]).refused(), "SUPERVISOR_NEEDED");
}

// ---- review -----------------------------------------------------------------------------

/// A case in review: 1,000 too much, and no settlement of 1,000.
fn in_review() -> (Office, String) {
    let office = with_shops();
    pressed_twice(&office, 2000);
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.shown(&case)["reasons"], json!(["V33_PARTIAL"]));
    (office, case)
}

#[test]
fn an_approval_puts_back_what_the_evidence_comes_to_and_names_the_approver() {
    let (office, case) = in_review();
    let restored = office.act("sv", "approve", &case, &["--reason", "差額を戻す"]).done();
    assert_eq!(restored["state"], "restored");
    assert_eq!(restored["restored"], 1000, "computed, never typed");
    assert_eq!(office.coupon(NUMBER)["balance"], 1000);
    let history = office.act("au", "history", &case, &[]).done();
    let last = history["history"].as_array().and_then(|events| events.last()).expect("events");
    assert_eq!((&last["action"], &last["staff"]), (&json!("case.approve"), &json!("sv")));
    assert_eq!(last["detail"]["reason"], "差額を戻す");
    office.audited();
}

#[test]
fn a_decision_against_the_caller_needs_its_reason() {
    let (office, case) = in_review();
    let before = office.shown(&case);
    for action in ["decline", "wait"] {
        let blank = ["--reason", " 　"];
        assert_eq!(office.act("sv", action, &case, &blank).refused(), "REASON_NEEDED", "{action}");
    }
    assert_eq!(office.shown(&case), before);
}

#[test]
fn a_review_is_declined_and_then_taken_up_on_new_records_only() {
    let (office, case) = in_review();
    let reason = ["--reason", "確認した"];
    office.act("sv", "decline", &case, &reason).done();
    assert_eq!(office.act("sv", "reopen", &case, &reason).refused(), "NO_NEW_EVIDENCE");
    import_sale(&office, "U2", 100, 100, NUMBER);
    assert_eq!(office.shown(&case)["state"], "declined", "no record takes it up by itself");
    assert_eq!(office.act("op", "reopen", &case, &reason).refused(), "NOT_ALLOWED");
    assert_eq!(office.act("sv", "reopen", &case, &["--reason", " "]).refused(), "REASON_NEEDED");
    let reopened = office.act("sv", "reopen", &case, &reason).done();
    assert_eq!(reopened["state"], "review");
    office.audited();
}

#[test]
fn a_call_to_the_shop_after_the_decision_is_new_evidence() {
    let (office, case) = in_review();
    let reason = ["--reason", "確認した"];
    office.act("sv", "decline", &case, &reason).done();
    let said = ["--call-to-shop", "店長", "--text", "売上は500円だった"];
    office.act("sv", "note", &case, &said).done();
    assert_eq!(office.act("sv", "reopen", &case, &reason).done()["state"], "review");
}

#[test]
fn a_call_to_the_shop_before_the_decision_is_no_new_evidence() {
    let (office, case) = in_review();
    let reason = ["--reason", "確認した"];
    let said = ["--call-to-shop", "店長", "--text", "覚えがない"];
    office.act("sv", "note", &case, &said).done();
    office.act("sv", "decline", &case, &reason).done();
    assert_eq!(office.act("sv", "reopen", &case, &reason).refused(), "NO_NEW_EVIDENCE");
}

#[test]
fn a_review_waits_for_records_and_comes_back_with_them() {
    let (office, case) = in_review();
    let waiting = office.act("sv", "wait", &case, &["--reason", "店舗の記録待ち"]).done();
    assert_eq!(waiting["state"], "waiting");
    office.run("sv", ["recheck"]).done();
    assert_eq!(office.shown(&case)["state"], "waiting", "nothing new has come");
    import_sale(&office, "U2", 500, 1000, NUMBER);
    // 3,000 deducted and 1,000 in cash for 2,500: 1,500 too much, one press.
    assert_eq!(office.shown(&case)["state"], "matched");
    assert_eq!(office.act("op", "restore", &case, &[]).done()["restored"], 1500);
    office.audited();
}

#[test]
fn a_question_goes_to_the_operator_and_the_answer_comes_back() {
    let (office, case) = in_review();
    let asked = office.act("sv", "ask", &case, &["--text", "レシートはありますか"]).done();
    assert_eq!(asked["state"], "review");
    assert_eq!(asked["question"], "レシートはありますか");
    let mine = office.run("op", ["case", "list"]).done();
    assert_eq!(mine["cases"][0]["question"], "レシートはありますか");
    let text = ["--text", "あります"];
    assert_eq!(office.act("op2", "answer", &case, &text).refused(), "NOT_YOUR_CASE");
    let answered = office.act("op", "answer", &case, &text).done();
    assert_eq!(answered.get("question"), None);
    assert_eq!(office.act("op", "answer", &case, &text).refused(), "NO_QUESTION");
    let history = office.act("sv", "history", &case, &[]).done();
    assert!(history.to_string().contains("あります"));
    office.audited();
}

// ---- links ------------------------------------------------------------------------------

/// Two callers at one shop that writes no numbers down, and a sale near both.
fn unnamed_sale() -> (Office, String, String) {
    let office = with_shops();
    office.records(
        &[coupon("FIRST", 5000, 0, "2023-02-24"), coupon("SECOND", 5000, 0, "2023-02-24")],
        &[
            settlement("K1", "FIRST", SHOP, 1500, "19:00"),
            settlement("K2", "SECOND", SHOP, 1500, "19:01"),
        ],
        &[
            sale("U1", SHOP, "19:00", 1500, 1500, ""),
            sale("UOTHER", OTHER_SHOP, "19:00", 1500, 1500, ""),
            sale("UNAMED", SHOP, "22:00", 1500, 0, "SECOND"),
        ],
        &[],
    );
    let first = office.case("op", "FIRST", SHOP);
    let second = office.case("op2", "SECOND", SHOP);
    (office, first, second)
}

#[test]
fn a_link_is_made_and_taken_back() {
    let (office, first, _) = unnamed_sale();
    let before = office.shown(&first);
    let linked = office.act("sv", "link", &first, &["--sale", "U1"]).done();
    assert_eq!((&linked["state"], &linked["over"]), (&json!("review"), &json!(1500)));
    assert_eq!(linked["sales"][0]["linked"], true);
    let unlinked = office.act("sv2", "unlink", &first, &["--sale", "U1"]).done();
    assert_eq!(unlinked["over"], Value::Null);
    assert_eq!(unlinked["reasons"], before["reasons"]);
    assert_eq!(unlinked["evidence"], before["evidence"]);
    assert_eq!(office.act("sv", "unlink", &first, &["--sale", "U1"]).refused(), "SALE_NOT_LINKED");
    office.audited();
}

#[test]
fn only_a_sale_that_can_be_the_callers_is_linked() {
    let (office, first, second) = unnamed_sale();
    let link = |case: &str, sale: &str| office.act("sv", "link", case, &["--sale", sale]);
    assert_eq!(link(&first, "U-99").refused(), "SALE_UNKNOWN");
    assert_eq!(link(&first, "UOTHER").refused(), "SALE_OF_ANOTHER");
    assert_eq!(link(&first, "UNAMED").refused(), "SALE_OF_ANOTHER");
    assert_eq!(office.act("op", "link", &first, &["--sale", "U1"]).refused(), "NOT_ALLOWED");
    assert_eq!(office.shown(&second)["reasons"], json!(["R43_NOT_OVERPAID"]), "it has its own");
}

#[test]
fn a_sale_that_names_the_coupon_at_another_hour_counts_once_it_is_linked() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 5000, 0, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 1500, "19:00")],
        &[sale("NOON", SHOP, "12:00", 1500, 1500, NUMBER)],
        &[],
    );
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.shown(&case)["reasons"], json!(["V31_SHOP_SILENT"]));
    let linked = office.act("sv", "link", &case, &["--sale", "NOON"]).done();
    assert_eq!((&linked["over"], &linked["approvable"]), (&json!(1500), &json!(1500)));
    let unlinked = office.act("sv", "unlink", &case, &["--sale", "NOON"]).done();
    assert_eq!(unlinked["reasons"], json!(["V31_SHOP_SILENT"]));
    office.audited();
}

#[test]
fn a_sale_belongs_to_one_case_at_a_time() {
    let office = with_shops();
    office.records(
        &[coupon("FIRST", 5000, 0, "2023-02-24"), coupon("SECOND", 5000, 0, "2023-02-24")],
        &[
            settlement("K1", "FIRST", SHOP, 1500, "19:00"),
            settlement("K2", "SECOND", SHOP, 1500, "19:01"),
        ],
        &[sale("U1", SHOP, "19:00", 1500, 1500, "")],
        &[],
    );
    let first = office.case("op", "FIRST", SHOP);
    let second = office.case("op", "SECOND", SHOP);
    let link = |case: &str| office.act("sv", "link", case, &["--sale", "U1"]);
    link(&first).done();
    assert_eq!(link(&second).refused(), "SALE_LINKED");
    office.act("sv", "unlink", &first, &["--sale", "U1"]).done();
    link(&second).done();
    office.audited();
}

#[test]
fn a_withdrawn_case_does_not_keep_the_sale_that_was_linked_to_it() {
    let (office, first, _) = unnamed_sale();
    office.act("sv", "link", &first, &["--sale", "U1"]).done();
    office.act("op", "withdraw", &first, &[]).done();
    let again = office.case("op", "FIRST", SHOP);
    let linked = office.act("sv", "link", &again, &["--sale", "U1"]).done();
    assert_eq!(linked["over"], 1500);
    office.audited();
}

// ---- taking over ------------------------------------------------------------------------

#[test]
fn another_operator_takes_over_who_has_the_caller_on_the_line() {
    let office = with_shops();
    pressed_twice(&office, 1500);
    let case = office.case("op", NUMBER, SHOP);
    let take = |number: &str| office.act("op2", "take", &case, &["--number", number]);
    assert_eq!(office.act("op2", "show", &case, &[]).refused(), "NOT_YOUR_CASE");
    assert_eq!(take("9999999999999").refused(), "CASE_UNKNOWN");
    assert_eq!(office.shown(&case)["held_by"], "op");
    assert_eq!(take("1234-567890-123").done()["held_by"], "op2");
    assert_eq!(office.shown(&case)["opened_by"], "op");
    let restored = office.act("op2", "restore", &case, &[]).done();
    assert_eq!(restored["state"], "restored");
    office.audited();
}

#[test]
fn who_has_handed_a_case_over_has_it_open_no_more() {
    let office = with_shops();
    pressed_twice(&office, 1500);
    let case = office.case("op", NUMBER, SHOP);
    office.act("op2", "take", &case, &["--number", NUMBER]).done();
    assert_eq!(office.act("op", "restore", &case, &[]).refused(), "NOT_YOUR_CASE");
    assert_eq!(office.shown(&case)["state"], "matched");
    // Unless the caller rings them again.
    office.act("op", "take", &case, &["--number", NUMBER]).done();
    office.act("op", "restore", &case, &[]).done();
    office.audited();
}

// ---- contradicted -----------------------------------------------------------------------

/// Restored by `sv`'s approval, and contradicted by a later sale.
fn contradicted() -> (Office, String) {
    let always = ("four_eyes = \"above-limit\"", "four_eyes = \"always\"");
    let office = with_shops_under(Some(&[always]));
    pressed_twice(&office, 1500);
    let case = office.case("op", NUMBER, SHOP);
    office.act("sv", "approve", &case, &["--reason", "記録どおり"]).done();
    import_sale(&office, "U2", 1000, 0, NUMBER);
    assert_eq!(office.shown(&case)["state"], "contradicted");
    (office, case)
}

#[test]
fn a_contradicted_case_is_kept_by_another_supervisor_than_the_one_who_approved() {
    let (office, case) = contradicted();
    let reason = ["--reason", "店舗の誤り"];
    for action in ["keep", "reverse"] {
        assert_eq!(office.act("sv", action, &case, &reason).refused(), "OWN_DECISION", "{action}");
        assert_eq!(office.act("sv2", action, &case, &["--reason", ""]).refused(), "REASON_NEEDED");
    }
    assert_eq!(office.act("sv2", "keep", &case, &reason).done()["state"], "restored");
    assert_eq!(office.coupon(NUMBER)["balance"], 1500, "kept");
    office.run("sv", ["recheck"]).done();
    assert_eq!(office.shown(&case)["state"], "restored", "the same records ask no second time");
    import_sale(&office, "U3", 300, 0, NUMBER);
    assert_eq!(office.shown(&case)["state"], "contradicted", "others do");
    office.audited();
}

#[test]
fn a_reversal_takes_back_what_is_not_owed_and_leaves_the_rest() {
    let (office, case) = contradicted();
    let reversed = office.act("sv2", "reverse", &case, &["--reason", "2回の購入"]).done();
    assert_eq!(reversed["state"], "reversed");
    assert_eq!(reversed["restored"], 500, "1,000 of the 1,500 were not owed");
    let coupon = office.coupon(NUMBER);
    assert_eq!(coupon["balance"], 500);
    let amounts: Vec<&Value> =
        coupon["entries"].as_array().expect("entries").iter().map(|e| &e["amount"]).collect();
    assert_eq!(amounts, [0, 1500, -1000], "a correction is a new entry");
    assert_eq!(coupon["expires_on"], "2023-03-31", "an expiry never moves back");
    let history = office.act("au", "history", &case, &[]).done();
    let last = history["history"].as_array().and_then(|events| events.last()).expect("events");
    assert_eq!(last["detail"]["taken_back"], 1000);
    assert_eq!(last["detail"]["written_off"], 0);
    office.audited();
}

#[test]
fn what_still_later_records_make_good_is_kept_and_not_reversed() {
    let (office, case) = contradicted();
    import_sale(&office, "U3", 100, 1100, NUMBER);
    let reason = ["--reason", "レジの記録が届いた"];
    assert_eq!(office.act("sv2", "reverse", &case, &reason).refused(), "NOTHING_TO_REVERSE");
    assert_eq!(office.act("sv2", "keep", &case, &reason).done()["state"], "restored");
    assert_eq!(office.coupon(NUMBER)["balance"], 1500);
    office.audited();
}

#[test]
fn two_restorations_that_are_contradicted_are_judged_one_after_the_other() {
    let office = with_shops();
    pressed_twice(&office, 1500);
    let first = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &first, &[]).done();
    office.records(&[], &[settlement("K3", NUMBER, SHOP, 1500, "19:02")], &[], &[]);
    let second = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &second, &[]).done();
    assert_eq!(office.coupon(NUMBER)["balance"], 3000);

    // Three purchases after all.
    import_sale(&office, "U2", 3000, 0, NUMBER);
    let states = || [&first, &second].map(|case| office.shown(case)["state"].clone());
    assert_eq!(states().iter().filter(|state| **state == "contradicted").count(), 1);
    for _ in 0..2 {
        let case = if states()[0] == "contradicted" { &first } else { &second };
        office.act("sv", "reverse", case, &["--reason", "3回の購入"]).done();
        office.run("sv", ["recheck"]).done();
    }
    assert_eq!(states(), ["reversed", "reversed"]);
    assert_eq!(office.coupon(NUMBER)["balance"], 0);
    office.audited();
}

#[test]
fn a_contradicted_case_blocks_a_second_one() {
    let (office, case) = contradicted();
    let second = office.opens("op", NUMBER, "2/24", "奈良県", SHOP);
    assert!(second.json["error"]["message"].as_str().is_some_and(|text| text.contains(&case)));
    assert_eq!(second.refused(), "LIVE_CASE");
}

// ---- the end of the campaign ------------------------------------------------------------

/// A case that waits, one in review with an open question, and one that is matched.
fn at_the_end(time: &str) -> (Office, [String; 3]) {
    let office = Office::open_at(time, None);
    office.import("merchants", common::records::SHOPS, &[]).done();
    pressed_twice(&office, 2000);
    office.records(
        &[coupon("WAITING", 5000, 0, "2023-02-24"), coupon("MATCHED", 5000, 0, "2023-02-24")],
        &[
            settlement("K3", "WAITING", SLOW_SHOP, 1500, "19:00"),
            settlement("K4", "MATCHED", SHOP, 1500, "19:00"),
        ],
        &[sale("U4", SHOP, "19:00", 1500, 1500, "MATCHED")],
        &common::records::covered(),
    );
    let cases = [("WAITING", SLOW_SHOP), (NUMBER, SHOP), ("MATCHED", SHOP)]
        .map(|(number, shop)| office.case("op", number, shop));
    office.act("sv", "ask", &cases[1], &["--text", "レシートはありますか"]).done();
    (office, cases)
}

#[test]
fn nothing_lapses_on_the_last_day() {
    let (office, cases) = at_the_end("2023-05-31 23:50");
    assert_eq!(office.run("sv", ["case", "lapse"]).refused(), "CAMPAIGN_NOT_OVER");
    assert_eq!(office.shown(&cases[0])["state"], "waiting");
    let would = office.run("sv", ["case", "lapse", "--dry-run"]).done();
    assert_eq!(would["would_lapse"], 2);
}

#[test]
fn after_the_last_day_what_waits_lapses_and_what_is_matched_does_not() {
    let (office, [waiting, review, matched]) = at_the_end("2023-06-01 00:00");
    assert_eq!(office.run("op", ["case", "lapse"]).refused(), "NOT_ALLOWED");
    assert_eq!(office.run("au", ["case", "lapse"]).refused(), "NOT_ALLOWED");
    let lapsed = office.run("sv", ["case", "lapse"]).done();
    assert_eq!(lapsed["cases"], json!([waiting, review]));
    assert_eq!(office.shown(&waiting)["state"], "lapsed");
    assert_eq!(office.shown(&review)["state"], "lapsed");
    assert_eq!(office.run("sv", ["case", "lapse"]).done()["lapsed"], 0);
    assert_eq!(office.act("op", "restore", &matched, &[]).done()["state"], "restored");
    office.audited();
}

#[test]
fn supervisors_are_warned_a_fortnight_before_cases_lapse() {
    for (time, warned) in [("2023-05-16 23:50", false), ("2023-05-17 00:00", true)] {
        let (office, _) = at_the_end(time);
        let list = ["case", "list", "--lang", "en"];
        let mut command = common::program_in_words(&office.database().url("sv"), "sv");
        let said = command.args(list).output().expect("the program runs").stderr;
        let said = String::from_utf8_lossy(&said);
        assert_eq!(said.contains("lapse after 2023-05-31"), warned, "{time}: {said}");
    }
}

#[test]
fn a_lapsed_case_is_asked_nothing_any_more() {
    let (office, [_, review, _]) = at_the_end("2023-06-01 00:00");
    office.run("sv", ["case", "lapse"]).done();
    let lapsed = office.shown(&review);
    assert_eq!(lapsed.get("question"), None);
    let answer = office.act("op", "answer", &review, &["--text", "あります"]);
    assert!(["NO_QUESTION", "CASE_STATE"].contains(&answer.refused().as_str()));
    assert_eq!(office.shown(&review), lapsed);
}

#[test]
fn no_record_wakes_a_case_that_has_ended() {
    let nine = nine();
    let office = nine.beginning.open();
    let ended = ["declined", "withdrawn", "lapsed", "reversed"];
    let shown = |office: &Office| {
        ended.map(|state| office.shown(&nine.cases[&(state, "op")])["version"].clone())
    };
    let before = shown(&office);
    let sales = ended.map(|state| {
        let shop = if state == "lapsed" { SLOW_SHOP } else { SHOP };
        sale(&format!("LATE{state}"), shop, "19:10", 700, 700, &number(state, "op"))
    });
    office.import("sales", &file("sales", &sales), &[]).done();
    assert_eq!(shown(&office), before);
    office.audited();
}
