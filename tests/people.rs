//! Who may sign in, what they see, and how the program ends (specification, sections 5 and 7).

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;

use std::process::Command;

use common::books::opened;
use common::database::Database;
use common::keys::KEYS;
use common::records::{OTHER_SHOP, SHOP, coupon, file, sale, settlement};
use common::{Answer, Office, PASSWORD, answer, program, with_shops, with_shops_under};
use serde_json::{Value, json};

const NUMBER: &str = "1234567890123";

/// A coupon that is matched when all four facts are right.
fn matched(office: &Office) {
    office.records(
        &[coupon(NUMBER, 3000, 777, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 2000, "19:05")],
        &[sale("U1", SHOP, "19:04", 2000, 2000, NUMBER)],
        &[],
    );
}

fn with_password(office: &Office, staff: &str, password: &str, words: &[&str]) -> Answer {
    let mut command = office.command(staff, words);
    answer(&command.env("MADOGUCHI_PASSWORD", password).output().expect("the program runs"))
}

// ---- signing in -------------------------------------------------------------------------

#[test]
fn a_wrong_password_and_an_unknown_person_are_told_the_same() {
    let office = with_shops();
    let wrong = with_password(&office, "op", "wrong horse", &["case", "list"]);
    let unknown = with_password(&office, "nobody", PASSWORD, &["case", "list"]);
    assert_eq!(wrong.json, unknown.json);
    assert_eq!(wrong.refused(), "SIGN_IN_FAILED");
    office.run("op", ["case", "list"]).done();
}

#[test]
fn wrong_passwords_make_the_next_try_wait_even_with_the_right_one() {
    let office = with_shops();
    let mut failed = 0;
    for _ in 0..600 {
        match with_password(&office, "op", "wrong horse", &["case", "list"]).refused().as_str() {
            "SIGN_IN_FAILED" => failed += 1,
            "SIGN_IN_LATER" => std::thread::sleep(std::time::Duration::from_millis(100)),
            other => panic!("{other}"),
        }
        if failed == 5 {
            break;
        }
    }
    assert_eq!(office.run("op", ["case", "list"]).refused(), "SIGN_IN_LATER");
    office.run("op2", ["case", "list"]).done();
    // A new password from an admin opens at once.
    office.run_with("ad", ["staff", "passwd", "op", "--password-stdin"], "battery staple\n").done();
    with_password(&office, "op", "battery staple", &["case", "list"]).done();
    assert_eq!(office.run("op", ["case", "list"]).refused(), "SIGN_IN_FAILED", "the old one");
    office.audited();
}

#[test]
fn who_is_disabled_signs_in_no_more_and_keeps_their_name_on_their_cases() {
    let office = with_shops();
    matched(&office);
    let case = office.case("op", NUMBER, SHOP);
    office.run("ad", ["staff", "disable", "op"]).done();
    assert_eq!(office.run("op", ["case", "list"]).refused(), "STAFF_DISABLED");
    let wrong = with_password(&office, "op", "wrong horse", &["case", "list"]);
    assert_eq!(wrong.refused(), "SIGN_IN_FAILED", "only who has the password hears of it");
    assert_eq!(office.shown(&case)["opened_by"], "op");
    let taken = office.act("op2", "take", &case, &["--number", NUMBER]).done();
    assert_eq!(taken["held_by"], "op2");
    office.audited();
}

#[test]
fn nobody_acts_without_a_name_or_a_password() {
    let office = with_shops();
    let nameless = office
        .command("op", ["case", "list"])
        .env_remove("MADOGUCHI_STAFF")
        .output()
        .expect("runs");
    assert_eq!(answer(&nameless).status, 2);
    let output = office
        .command("op", ["case", "list"])
        .env_remove("MADOGUCHI_PASSWORD")
        .output()
        .expect("runs");
    assert_eq!(answer(&output).refused(), "SIGN_IN_NEEDED", "no terminal to ask at");
    assert_eq!(office.run("*system", ["case", "list"]).refused(), "SIGN_IN_FAILED");
}

#[test]
fn a_password_is_never_an_argument_and_never_in_what_is_printed_or_kept() {
    let office = with_shops();
    for words in [
        ["case", "list", "--password", "secret-horse"].as_slice(),
        &["staff", "add", "new", "--role", "operator", "--name", "N", "--password", "secret-horse"],
        &["staff", "passwd", "op", "--password", "secret-horse"],
        &["init", "--password", "secret-horse"],
    ] {
        assert_eq!(office.run("ad", words).status, 2, "{words:?}");
    }
    let words = ["staff", "passwd", "op", "--password-stdin"];
    let answer = office.run_with("ad", words, "secret-horse\n");
    assert!(!format!("{}{}", answer.json, answer.stderr).contains("secret-horse"));
    answer.done();
    let listed = office.run("ad", ["staff", "list"]).done().to_string();
    assert!(!listed.contains("argon2") && !listed.contains("password"), "{listed}");
    let database = opened(office.database()).bytes();
    assert!(!database.windows(12).any(|bytes| bytes == b"secret-horse"));
}

// ---- keeping the staff ------------------------------------------------------------------

#[test]
fn the_last_admin_stays() {
    let office = with_shops();
    assert_eq!(office.run("ad", ["staff", "disable", "ad"]).refused(), "LAST_ADMIN");
    let words = ["staff", "add", "ad2", "--role", "admin", "--name", "管理二", "--password-stdin"];
    office.run_with("ad", words, "correct horse\n").done();
    office.run("ad2", ["staff", "disable", "ad"]).done();
    assert_eq!(office.run("ad", ["staff", "list"]).refused(), "STAFF_DISABLED");
    assert_eq!(office.run("ad2", ["staff", "disable", "ad2"]).refused(), "LAST_ADMIN");
    office.audited();
}

#[test]
fn one_person_has_one_role_and_one_id() {
    let office = with_shops();
    let add = |id: &str, role: &str, name: &str| {
        let words = ["staff", "add", id, "--role", role, "--name", name, "--password-stdin"];
        office.run_with("ad", words, "correct horse\n")
    };
    assert_eq!(add("op", "supervisor", "また").refused(), "STAFF_EXISTS");
    assert_eq!(add("new", "boss", "誰か").refused(), "BAD_INPUT");
    assert_eq!(add("山田", "operator", "山田").refused(), "BAD_INPUT");
    assert_eq!(add("new", "operator", "\u{202e}誰か").refused(), "BAD_INPUT");
    assert_eq!(office.run("ad", ["staff", "disable", "nobody"]).refused(), "STAFF_UNKNOWN");
    let list = office.run("ad", ["staff", "list"]).done();
    assert_eq!(list["staff"].as_array().map(Vec::len), Some(6));
    for who in ["op", "sv"] {
        let words = ["staff", "add", "x", "--role", "admin", "--name", "x", "--password-stdin"];
        assert_eq!(office.run_with(who, words, "correct horse\n").refused(), "NOT_ALLOWED");
    }
}

#[test]
fn everybody_changes_their_own_password_and_only_an_admin_that_of_another() {
    let office = with_shops();
    let set = |who: &str, whose: &str| {
        office.run_with(who, ["staff", "passwd", whose, "--password-stdin"], "battery staple\n")
    };
    assert_eq!(set("op", "op2").refused(), "NOT_ALLOWED");
    assert_eq!(set("sv", "op").refused(), "NOT_ALLOWED");
    set("op", "op").done();
    with_password(&office, "op", "battery staple", &["case", "list"]).done();
    office.audited();
}

#[test]
fn outside_training_a_short_password_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::new(folder.path());
    let init = |password: &str| {
        let mut command = program(&database.url_for_init(), "ad");
        let output = command.arg("init").env("MADOGUCHI_PASSWORD", password).output();
        answer(&output.expect("the program runs"))
    };
    assert_eq!(init("1234567").refused(), "PASSWORD_WEAK");
    init("12345678").done();
    assert_eq!(init("12345678").refused(), "EXISTS_ALREADY");
}

// ---- what an operator sees --------------------------------------------------------------

#[test]
fn an_operator_sees_their_own_cases_and_the_coupons_of_these() {
    let office = with_shops();
    matched(&office);
    assert_eq!(office.run("op", ["coupon", NUMBER]).refused(), "NOT_YOUR_CASE");
    let case = office.case("op", NUMBER, SHOP);
    assert_eq!(office.run("op", ["coupon", NUMBER]).done()["balance"], 777);
    assert_eq!(office.run("op2", ["coupon", NUMBER]).refused(), "NOT_YOUR_CASE");
    for action in ["show", "history"] {
        office.act("op", action, &case, &[]).done();
        let other = office.act("op2", action, &case, &[]);
        assert!(!other.json.to_string().contains("777"), "{}", other.json);
        assert_eq!(other.refused(), "NOT_YOUR_CASE");
    }
    let listed = |who: &str| office.run(who, ["case", "list"]).done()["cases"].clone();
    assert_eq!(listed("op").as_array().map(Vec::len), Some(1));
    assert_eq!(listed("op2"), json!([]));
    for who in ["sv", "au"] {
        assert_eq!(listed(who).as_array().map(Vec::len), Some(1), "{who}");
        assert_eq!(office.run(who, ["coupon", NUMBER]).done()["balance"], 777, "{who}");
        office.act(who, "show", &case, &[]).done();
    }
}

#[test]
fn trying_a_case_shows_no_balance_unless_all_four_facts_agree() {
    let office = with_shops();
    matched(&office);
    let attempt = |who: &str, number: &str, expiry: &str, prefecture: &str, shop: &str| {
        let facts = ["--expiry", expiry, "--prefecture", prefecture, "--merchant", shop];
        let words = ["case", "open", "--dry-run", "--number", number];
        office.run(who, words.iter().chain(&facts)).done()
    };
    for (number, expiry, prefecture, shop) in [
        (NUMBER, "2/23", "奈良", SHOP),
        (NUMBER, "2/24", "京都", SHOP),
        (NUMBER, "2/24", "奈良", "M-99"),
        ("9999", "2/24", "奈良", SHOP),
    ] {
        let tried = attempt("op", number, expiry, prefecture, shop);
        let said = format!("{expiry} {prefecture} {shop}");
        assert_eq!(tried["coupon"], Value::Null, "{said}");
        assert_eq!(tried["settlements"], json!([]), "{said}");
        assert_eq!(tried["sales"], json!([]), "{said}");
        assert_eq!(tried["over"], Value::Null, "{said}");
        for told in ["777", "2000", "3000"] {
            // The time of opening has digits of its own.
            let mut rest = tried.clone();
            rest["opened_at"] = Value::Null;
            assert!(!rest.to_string().contains(told), "{said}: {tried}");
        }
    }
    let tried = attempt("op", NUMBER, "2/24", "奈良", SHOP);
    assert_eq!(tried["case"], Value::Null);
    assert_eq!(tried["coupon"]["balance"], 777);
    assert_eq!(tried["restorable"], 2000);
    assert_eq!(attempt("sv", NUMBER, "2/23", "奈良", SHOP)["coupon"]["balance"], 777);
    assert_eq!(office.run("au", ["case", "list"]).done()["cases"], json!([]), "none was opened");
}

#[test]
fn telephone_and_mail_are_masked() {
    let office = with_shops();
    let row = format!("{NUMBER},奈良県,3000,777,2023-02-24,app,090-1234-5678,taro@example.jp,宿");
    office.import("coupons", &file("coupons", &[row]), &[]).done();
    for who in ["sv", "au"] {
        let coupon = office.run(who, ["coupon", NUMBER]).done();
        assert_eq!(coupon["phone"], "****5678");
        let all = coupon.to_string();
        assert!(!all.contains("1234-5678") && !all.contains("taro"), "{all}");
    }
}

#[test]
fn looking_up_is_written_down() {
    let office = with_shops();
    matched(&office);
    office.run("sv", ["coupon", NUMBER]).done();
    office.opens("op", NUMBER, "2/24", "奈良", SHOP).done();
    let history = office.coupon(NUMBER)["history"].clone();
    let seen: Vec<(&Value, &Value)> = history
        .as_array()
        .expect("events")
        .iter()
        .map(|event| (&event["staff"], &event["action"]))
        .collect();
    assert!(seen.contains(&(&json!("sv"), &json!("look_up"))), "{seen:?}");
    assert!(seen.contains(&(&json!("op"), &json!("case.open"))), "{seen:?}");
    office.audited();
}

// ---- the throttle -----------------------------------------------------------------------

#[test]
fn twenty_numbers_that_do_not_exist_lock_look_ups_until_a_supervisor_releases_them() {
    let office = with_shops();
    matched(&office);
    let before = office.case("op", NUMBER, SHOP);
    for i in 0..20 {
        let miss = format!("MISS{i:04}");
        if i == 19 {
            office.run("op", ["coupon", NUMBER]).done();
        }
        // However they are looked up: on their own, tried, or in a case.
        match i % 3 {
            0 => assert_eq!(office.run("op", ["coupon", &miss]).refused(), "COUPON_UNKNOWN"),
            1 => {
                let facts = ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", SHOP];
                let words = ["case", "open", "--dry-run", "--number", &miss];
                office.run("op", words.iter().chain(&facts)).done();
            }
            _ => {
                office.opens("op", &miss, "2/24", "奈良", SHOP).done();
            }
        }
    }
    let locked = "LOOK_UPS_LOCKED";
    assert_eq!(office.run("op", ["coupon", NUMBER]).refused(), locked);
    assert_eq!(office.opens("op", NUMBER, "2/24", "奈良", OTHER_SHOP).refused(), locked);
    office.act("op", "restore", &before, &[]).done();
    office.run("op2", ["case", "list"]).done();

    let is_locked = |who: &str| {
        let staff = office.run("sv", ["staff", "list"]).done()["staff"].clone();
        let of = |one: &&Value| one["id"] == who;
        staff.as_array().and_then(|all| all.iter().find(of)).expect("on the list")["look_ups_locked"]
            .clone()
    };
    assert_eq!((is_locked("op"), is_locked("op2")), (json!(true), json!(false)));
    for who in ["op", "op2", "ad", "au"] {
        assert_eq!(office.run(who, ["staff", "release", "op"]).refused(), "NOT_ALLOWED", "{who}");
    }
    office.run("sv", ["staff", "release", "op"]).done();
    assert_eq!(is_locked("op"), false);
    office.run("op", ["coupon", NUMBER]).done();
    office.audited();
}

#[test]
fn a_supervisor_does_not_release_a_lock_of_their_own() {
    let office = with_shops_under(Some(&[("misses = 20", "misses = 3")]));
    for miss in ["MISS1", "MISS2", "MISS3"] {
        assert_eq!(office.run("sv", ["coupon", miss]).refused(), "COUPON_UNKNOWN");
    }
    assert_eq!(office.run("sv", ["coupon", "MISS4"]).refused(), "LOOK_UPS_LOCKED");
    assert_eq!(office.run("sv", ["staff", "release", "sv"]).refused(), "NOT_ALLOWED");
    assert_eq!(office.run("sv", ["coupon", "MISS4"]).refused(), "LOOK_UPS_LOCKED");
    office.run("sv2", ["staff", "release", "sv"]).done();
    assert_eq!(office.run("sv", ["coupon", "MISS4"]).refused(), "COUPON_UNKNOWN");
}

#[test]
fn numbers_that_exist_lock_nobody() {
    let office = with_shops_under(Some(&[("misses = 20", "misses = 3")]));
    matched(&office);
    for _ in 0..4 {
        office.run("sv", ["coupon", NUMBER]).done();
    }
    for _ in 0..4 {
        assert_eq!(office.run("op", ["coupon", NUMBER]).refused(), "NOT_YOUR_CASE");
    }
}

// ---- the roles that touch no case -------------------------------------------------------

/// Everything that changes something, but for what is done to a case (see transitions.rs).
fn changing(office: &Office) -> Vec<Vec<String>> {
    let path = office.file("later.csv", &file("coupons", &[coupon("LATER", 1, 1, "2023-02-24")]));
    let facts = ["--expiry", "2/24", "--prefecture", "奈良", "--merchant", OTHER_SHOP];
    let open: Vec<&str> =
        ["case", "open", "--number", NUMBER].iter().chain(&facts).copied().collect();
    let key = office.file("key.pub", KEYS[0].0);
    let attempt: Vec<&str> = open.iter().chain(&["--dry-run"]).copied().collect();
    [
        vec!["import", "coupons", path.to_str().expect("a path")],
        vec!["extend"],
        vec!["recheck"],
        vec!["case", "lapse"],
        vec!["staff", "disable", "op"],
        vec!["staff", "release", "op"],
        vec!["staff", "key", "add", "op", key.to_str().expect("a path")],
        vec!["staff", "key", "revoke", "op", KEYS[0].1],
        vec!["staff", "add", "new", "--role", "admin", "--name", "x", "--password-stdin"],
        open,
        attempt,
    ]
    .into_iter()
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .collect()
}

#[test]
fn an_auditor_reads_everything_and_changes_nothing() {
    let office = with_shops();
    matched(&office);
    let case = office.case("op", NUMBER, SHOP);
    for words in changing(&office) {
        let answer = office.run_with("au", &words, "correct horse\n");
        assert_eq!(answer.refused(), "NOT_ALLOWED", "{words:?}");
    }
    for words in [
        vec!["coupon", NUMBER],
        vec!["case", "show", &case],
        vec!["case", "history", &case],
        vec!["case", "list"],
        vec!["shop", "若草堂"],
        vec!["staff", "list"],
        vec!["staff", "key", "list"],
        vec!["audit", "verify"],
    ] {
        office.run("au", words).done();
    }
    assert_eq!(office.coupon(NUMBER)["expires_on"], "2023-02-24");
}

#[test]
fn an_admin_imports_and_keeps_the_staff_and_sees_no_case_and_no_coupon() {
    let office = with_shops();
    matched(&office);
    let case = office.case("op", NUMBER, SHOP);
    for words in [
        vec!["coupon", NUMBER],
        vec!["case", "show", &case],
        vec!["case", "history", &case],
        vec!["case", "list"],
        vec!["staff", "release", "op"],
    ] {
        let answer = office.run("ad", &words);
        assert!(!answer.json.to_string().contains("777"), "{words:?}");
        assert_eq!(answer.refused(), "NOT_ALLOWED", "{words:?}");
    }
    assert_eq!(office.opens("ad", NUMBER, "2/24", "奈良", OTHER_SHOP).refused(), "NOT_ALLOWED");
    for words in [vec!["staff", "list"], vec!["recheck"], vec!["audit", "verify"], vec!["extend"]] {
        office.run("ad", words).done();
    }
}

#[test]
fn operators_and_supervisors_import_nothing_and_keep_no_staff() {
    let office = with_shops();
    matched(&office);
    for who in ["op", "sv"] {
        for words in changing(&office) {
            if words[0] == "import" || (words[0] == "staff" && words[1] != "release") {
                let answer = office.run_with(who, &words, "correct horse\n");
                assert_eq!(answer.refused(), "NOT_ALLOWED", "{who} {words:?}");
            }
        }
    }
    assert_eq!(office.run("op", ["extend"]).refused(), "NOT_ALLOWED");
    assert_eq!(office.run("op", ["audit", "verify"]).refused(), "NOT_ALLOWED");
}

// ---- how the program ends ---------------------------------------------------------------

fn status(office: &Office, words: &[&str]) -> i32 {
    office.run("ad", words).status
}

#[test]
fn it_ends_with_0_when_done_1_when_refused_2_when_misused_and_3_without_a_database() {
    let office = with_shops();
    assert_eq!(status(&office, &["staff", "list"]), 0);
    assert_eq!(status(&office, &["--help"]), 0);
    assert_eq!(status(&office, &["--version"]), 0);

    assert_eq!(status(&office, &["coupon", NUMBER]), 1);
    assert_eq!(status(&office, &["import", "sales", "/nowhere/sales.csv"]), 1);
    let bad = office.file("bad.csv", "not,a,header\n1,2,3\n");
    assert_eq!(status(&office, &["import", "sales", bad.to_str().expect("a path")]), 1);
    assert_eq!(office.run("op", ["case", "show", "R-20230313-0001"]).refused(), "CASE_UNKNOWN");

    for words in [
        ["frobnicate"].as_slice(),
        &["case"],
        &["case", "open", "--number", "1"],
        &["case", "show"],
        &["import", "receipts", "x.csv"],
        &["shop", "x", "--limit", "0"],
        &["init", "--at", "2023-03-13 10:00"],
        &["extend", "--frobnicate"],
    ] {
        assert_eq!(status(&office, words), 2, "{words:?}");
    }

    let missing = |url: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args(["--json", "--database", url, "--staff", "ad", "staff", "list"])
            .env("MADOGUCHI_PASSWORD", PASSWORD)
            .output();
        answer(&output.expect("the program runs"))
    };
    let nowhere = office.folder().join("nowhere.db");
    let answer = missing(&format!("sqlite://{}", nowhere.display()));
    assert_eq!((answer.status, &answer.json["error"]["code"]), (3, &json!("DATABASE_MISSING")));
    assert!(!nowhere.exists(), "asking makes none");
    let nothing = missing(&office.database().url_of_nothing());
    assert_eq!(nothing.status, 3, "{}", nothing.json);
    assert_eq!(missing("mysql://nowhere/x").status, 2, "no such kind of database");
    assert_eq!(missing("postgres://nowhere.invalid/x").status, 3, "no such host");
    assert_eq!(missing("postgres:///").status, 2, "no database is named");
    let rubbish = office.file("rubbish.db", "this is no database, however long one looks at it");
    assert_eq!(missing(&format!("sqlite://{}", rubbish.display())).status, 3);
}

#[test]
fn only_a_training_database_has_a_clock_of_its_own() {
    let office = with_shops();
    matched(&office);
    let case = office.case("op", NUMBER, SHOP);
    let opened_at = office.shown(&case)["opened_at"].clone();
    assert!(opened_at.as_str().is_some_and(|at| at.starts_with("2023-03-13T10:")), "{opened_at}");
    let again = office.run("ad", ["init", "--training", "--at", "2023-03-14 10:00"]);
    assert_eq!(again.refused(), "EXISTS_ALREADY", "no clock is set twice");
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    let office = with_shops();
    let url = office.database().url("op");
    let globals = ["--json", "--lang", "en", "--staff", "op", "--database", &url];
    let run = |words: Vec<&str>| {
        let output = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
            .args(words)
            .env("MADOGUCHI_STAFF", "nobody")
            .env("MADOGUCHI_PASSWORD", PASSWORD)
            .output();
        answer(&output.expect("the program runs")).done()
    };
    let before = run(globals.iter().chain(&["case", "list"]).copied().collect());
    let after = run(["case", "list"].iter().chain(&globals).copied().collect());
    assert_eq!(before, after);
    assert_eq!(before, json!({"cases": []}));
}

#[test]
fn with_json_there_is_one_object_on_standard_output_and_nothing_else() {
    let office = with_shops();
    matched(&office);
    for words in [
        ["case", "list"].as_slice(),
        &["coupon", NUMBER],
        &["shop", "若草堂"],
        &["extend"],
        &["case", "lapse"],
        &["case", "open"],
        &["audit", "verify"],
    ] {
        let output = office.command("sv", words).output().expect("the program runs");
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(text.lines().count(), 1, "{words:?}: {text}");
        let json: Value = serde_json::from_str(&text).expect("JSON");
        assert!(json.is_object(), "{words:?}");
    }
}
