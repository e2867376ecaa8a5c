//! The keys that people sign in with from elsewhere: given out and revoked by an admin, each one
//! person's at a time, and written down.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::net::IpAddr;
use std::sync::Arc;

use common::Office as Front;
use common::books::{Books, number, opened};
use common::database::{Engine, engine};
use common::keys::{KEYS, Key, give, give_as};
use common::{PASSWORD, with_shops};
use madoguchi::config::Settings;
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::Code;
use madoguchi::domain::staff::StaffId;
use madoguchi::domain::staff_key::{Fingerprint, StaffKey};
use madoguchi::office::{Actor, Office, OfficeError};
use serde_json::{Value, json};

fn revoke(front: &Front, id: &str, key: Key) -> common::Answer {
    front.run("ad", ["staff", "key", "revoke", id, key.1])
}

fn listed(front: &Front, whose: &[&str]) -> Vec<Value> {
    let words = ["staff", "key", "list"].iter().chain(whose);
    front.run("au", words).done()["keys"].as_array().expect("a list").clone()
}

// ---- on the command line ----------------------------------------------------------------

#[test]
fn a_key_is_given_out_listed_and_revoked() {
    let front = with_shops();
    let told = give(&front, "op", KEYS[0]).done();
    assert_eq!(
        told,
        json!({"staff": "op", "fingerprint": KEYS[0].1, "algorithm": "ssh-ed25519",
            "comment": "desk of op"})
    );
    give(&front, "op", KEYS[1]).done();
    give(&front, "op2", KEYS[2]).done();

    let of_op = listed(&front, &["op"]);
    let named: Vec<_> = of_op.iter().map(|key| &key["fingerprint"]).collect();
    assert_eq!(named, [KEYS[0].1, KEYS[1].1]);
    assert_eq!(of_op[1]["algorithm"], "ecdsa-sha2-nistp256");
    assert_eq!(of_op[0]["added_by"], "ad");
    assert!(of_op[0]["added_at"].as_str().is_some_and(|at| at.starts_with("2023-03-13T10:")));
    assert_eq!((&of_op[0]["revoked_at"], &of_op[0]["revoked_by"]), (&Value::Null, &Value::Null));
    assert_eq!(listed(&front, &[]).len(), 3);

    assert_eq!(
        revoke(&front, "op", KEYS[0]).done(),
        json!({"staff": "op", "fingerprint": KEYS[0].1})
    );
    let revoked = &listed(&front, &["op"])[0];
    assert_eq!(revoked["revoked_by"], "ad");
    assert!(revoked["revoked_at"].as_str().is_some_and(|at| at.starts_with("2023-03-13T10:")));
    front.audited();

    // What happened to whose key, and by whom.
    let books = opened(front.database());
    let events = "SELECT action, staff_id, subject FROM audit_event
        WHERE action LIKE 'staff.key%' ORDER BY seq";
    let added = "staff.key_add|ad|op\nstaff.key_add|ad|op\nstaff.key_add|ad|op2";
    assert_eq!(books.told(events), format!("{added}\nstaff.key_revoke|ad|op"));
    let wrote = "SELECT wrote FROM audit_event WHERE action = 'staff.key_revoke'";
    assert!(books.told(wrote).starts_with("[[\"staff_key\",\"SHA256:"), "{}", books.told(wrote));
}

#[test]
fn a_key_is_one_persons_at_a_time() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    for id in ["op", "op2"] {
        let again = give(&front, id, KEYS[0]);
        let message = again.json["error"]["message"].as_str().expect("a sentence");
        assert!(message.contains("「op」"), "{message}");
        assert_eq!(again.refused(), "KEY_EXISTS", "{id}");
    }
    assert_eq!(revoke(&front, "op2", KEYS[0]).refused(), "KEY_UNKNOWN");
    revoke(&front, "op", KEYS[0]).done();
    assert_eq!(revoke(&front, "op", KEYS[0]).refused(), "KEY_UNKNOWN");
    give(&front, "op2", KEYS[0]).done();
    assert_eq!(revoke(&front, "op", KEYS[0]).refused(), "KEY_UNKNOWN");
    revoke(&front, "op2", KEYS[0]).done();
    give(&front, "op", KEYS[0]).done();
    let rows: Vec<_> = listed(&front, &[])
        .iter()
        .map(|key| (key["staff"].clone(), key["revoked_at"].is_null()))
        .collect();
    assert_eq!(rows, [(json!("op"), false), (json!("op2"), false), (json!("op"), true)]);
    front.audited();
}

#[test]
fn only_an_admin_keeps_keys_and_an_auditor_sees_them() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    for who in ["op", "sv", "au"] {
        assert_eq!(give_as(&front, who, "op", KEYS[1].0).refused(), "NOT_ALLOWED", "{who}");
        let words = ["staff", "key", "revoke", "op", KEYS[0].1];
        assert_eq!(front.run(who, words).refused(), "NOT_ALLOWED", "{who}");
    }
    for (who, may) in [("op", false), ("sv", true), ("au", true), ("ad", true)] {
        let answer = front.run(who, ["staff", "key", "list"]);
        assert_eq!(answer.status == 0, may, "{who}: {}", answer.json);
    }
}

#[test]
fn nobody_is_given_what_is_no_key_and_nobody_unknown_is_given_one() {
    let front = with_shops();
    assert_eq!(give(&front, "nobody", KEYS[0]).refused(), "STAFF_UNKNOWN");
    assert_eq!(revoke(&front, "nobody", KEYS[0]).refused(), "STAFF_UNKNOWN");
    let list = front.run("au", ["staff", "key", "list", "nobody"]);
    assert_eq!(list.refused(), "STAFF_UNKNOWN");
    front.run("ad", ["staff", "disable", "op2"]).done();
    assert_eq!(give(&front, "op2", KEYS[0]).refused(), "STAFF_DISABLED");

    let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n";
    let refused = give_as(&front, "ad", "op", private);
    assert!(!format!("{}{}", refused.json, refused.stderr).contains("b3BlbnNzaC1rZXk"));
    assert!(refused.stderr.contains("秘密鍵"), "{}", refused.stderr);
    assert_eq!(refused.refused(), "KEY_UNUSABLE");
    let two = format!("{}\n{}\n", KEYS[0].0, KEYS[1].0);
    assert_eq!(give_as(&front, "ad", "op", &two).refused(), "KEY_UNUSABLE");
    let nowhere = front.run("ad", ["staff", "key", "add", "op", "/nowhere/key.pub"]);
    assert_eq!(nowhere.refused(), "FILE_UNREADABLE");
    for odd in ["SHA256:short", "MD5:00:11", &KEYS[0].1[7..]] {
        let answer = front.run("ad", ["staff", "key", "revoke", "op", odd]);
        assert_eq!(answer.refused(), "BAD_INPUT", "{odd}");
    }
    assert_eq!(listed(&front, &[]), Vec::<Value>::new());
}

#[test]
fn people_read_it_in_their_language() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    revoke(&front, "op", KEYS[0]).done();
    for (lang, mark) in [("ja", "取消済み"), ("en", "revoked")] {
        let url = front.database().url("ad");
        let mut program = common::program_in_words(&url, "ad");
        let output = program.args(["staff", "key", "list", "--lang", lang]).output();
        let told = String::from_utf8(output.expect("it runs").stdout).expect("text");
        assert!(told.contains(KEYS[0].1) && told.contains(mark), "{told}");
    }
}

// ---- what the database itself refuses ---------------------------------------------------

#[test]
fn the_database_keeps_keys_to_one_person_and_revoked_for_good() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    give(&front, "op", KEYS[1]).done();
    revoke(&front, "op", KEYS[1]).done();
    let books = opened(front.database());
    let again = |fingerprint: &str, id: &str, seq: i64| {
        format!(
            "INSERT INTO staff_key SELECT '{fingerprint}', '{id}', algorithm, blob, comment, added_by,
                added_at, NULL, NULL, {seq}, audit_seq FROM staff_key
             WHERE fingerprint = '{}'",
            KEYS[0].1
        )
    };
    let live = format!("UPDATE staff_key SET %s WHERE fingerprint = '{}'", KEYS[0].1);
    let live = |set: &str| live.replace("%s", set);
    let revoked = format!("UPDATE staff_key SET %s WHERE fingerprint = '{}'", KEYS[1].1);
    let revoked = |set: &str| revoked.replace("%s", set);
    let none = "revoked_by = NULL, revoked_at = NULL";
    let (unique, check, foreign) = match engine() {
        Engine::Sqlite => {
            ("UNIQUE constraint failed", "CHECK constraint failed", "FOREIGN KEY constraint failed")
        }
        Engine::Postgres => (
            "violates unique constraint",
            "violates check constraint",
            "violates foreign key constraint",
        ),
    };
    let statements = [
        (again(KEYS[0].1, "op2", 900), unique),
        (again(KEYS[0].1, "op", 901), unique),
        (again(KEYS[2].1, "nobody", 902), foreign),
        (again("MD5:00:11", "op", 903), check),
        (again("SHA256:short", "op", 904), check),
        (live("algorithm = 'ssh-dss', revoked_by = 'ad', revoked_at = 1"), "append-only"),
        (live("revoked_by = 'ad'"), "append-only"),
        (live("revoked_at = 1"), "append-only"),
        (live("staff_id = 'op2'"), "append-only"),
        (live("blob = 'AAAA'"), "append-only"),
        (revoked(none), "append-only"),
        (revoked("revoked_by = 'ad', revoked_at = 1"), "append-only"),
        (revoked("audit_seq = audit_seq"), "append-only"),
        ("DELETE FROM staff_key".to_owned(), "append-only"),
    ];
    for (sql, why) in statements {
        let said = tried(&books, &sql).expect_err(&sql);
        assert!(said.contains(why), "{sql}\n{said}");
    }
    tried(&books, &again(KEYS[2].1, "op2", 905)).expect("another key");
    front.audited();
}

/// Tries it and takes it back.
fn tried(books: &Books, sql: &str) -> Result<(), String> {
    match books {
        Books::File(_) => {
            books.change("PRAGMA foreign_keys = ON; BEGIN");
            let done = books.tried(sql);
            books.change("ROLLBACK");
            done
        }
        Books::Served(_) => books.tried(&format!("BEGIN; {sql}; ROLLBACK")),
    }
}

// ---- signing in from elsewhere ----------------------------------------------------------

fn id(id: &str) -> StaffId {
    id.parse().expect("an id")
}

fn named(key: Key) -> Fingerprint {
    key.1.parse().expect("a fingerprint")
}

fn read(key: Key) -> StaffKey {
    madoguchi::remote::keys::read(key.0.as_bytes()).expect("a key")
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// The office in this process, with the rights of somebody.
async fn office(front: &Front, who: &str) -> Office {
    let settings = Arc::new(Settings::builtin().expect("settings"));
    Office::open(front.database().store(who).await, settings).await.expect("an office")
}

async fn admin(office: &Office) -> Actor {
    office.sign_in(&id("ad"), &Private::new(PASSWORD)).await.expect("signed in")
}

fn code<T>(result: Result<T, OfficeError>) -> Code {
    match result {
        Ok(_) => panic!("done"),
        Err(error) => error.to_refusal().code,
    }
}

fn noted(front: &Front, action: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT subject || ' ' || detail FROM audit_event WHERE action = '{action}' ORDER BY seq"
    );
    let told = opened(front.database()).told(&sql);
    let line = |line: &str| {
        let (who, detail) = line.split_once(' ').expect("two");
        let mut detail: Value = serde_json::from_str(detail).expect("JSON");
        detail["who"] = who.into();
        detail
    };
    told.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_key_signs_in_with_it_until_it_is_revoked() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    let office = office(&front, "op").await;
    let from = address("192.0.2.7");

    assert!(office.has_key(&id("op"), &named(KEYS[0])).await.expect("answered"));
    for (who, key) in [("op2", KEYS[0]), ("op", KEYS[1]), ("nobody", KEYS[0])] {
        assert!(!office.has_key(&id(who), &named(key)).await.expect("answered"), "{who}");
        let refused = office.sign_in_by_key(&id(who), &named(key), from).await;
        assert_eq!(code(refused), Code::SignInFailed, "{who}");
    }
    let actor = office.sign_in_by_key(&id("op"), &named(KEYS[0]), from).await.expect("signed in");
    assert_eq!(actor.staff_id, id("op"));
    revoke(&front, "op", KEYS[0]).done();
    assert!(!office.has_key(&id("op"), &named(KEYS[0])).await.expect("answered"));
    let refused = office.sign_in_by_key(&id("op"), &named(KEYS[0]), from).await;
    assert_eq!(code(refused), Code::SignInFailed);

    give(&front, "op2", KEYS[0]).done();
    front.run("ad", ["staff", "disable", "op2"]).done();
    assert!(office.has_key(&id("op2"), &named(KEYS[0])).await.expect("answered"));
    let mapped = address("::ffff:192.0.2.8");
    let refused = office.sign_in_by_key(&id("op2"), &named(KEYS[0]), mapped).await;
    assert_eq!(code(refused), Code::StaffDisabled);
    office.close().await.expect("closed");

    let by_key = noted(&front, "sign_in.key");
    assert_eq!(by_key, [json!({"who": "op", "from": "192.0.2.7", "key": KEYS[0].1})]);
    let refused = noted(&front, "sign_in.refused");
    assert_eq!(refused.len(), 5, "{refused:?}");
    let disabled = json!({"who": "op2", "from": "192.0.2.8", "key": KEYS[0].1,
        "code": "STAFF_DISABLED"});
    assert!(refused.contains(&disabled), "{refused:?}");
    front.audited();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_says_from_where_a_password_was_tried() {
    let front = with_shops();
    let office = office(&front, "op").await;
    let (right, wrong) = (Private::new(PASSWORD), Private::new("wrong horse"));
    let (near, far) = (address("192.0.2.7"), address("2001:db8::1"));
    office.sign_in_from(&id("op"), &right, near).await.expect("signed in");
    for who in ["op", "nobody"] {
        let refused = office.sign_in_from(&id(who), &wrong, far).await;
        assert_eq!(code(refused), Code::SignInFailed);
    }
    office.sign_in_from(&id("op"), &right, far).await.expect("signed in");
    // A desk of this machine says no address, and is noted only after failures.
    office.sign_in(&id("op"), &right).await.expect("signed in");
    office.close().await.expect("closed");
    assert_eq!(
        noted(&front, "sign_in.failed"),
        ["op", "nobody"].map(|who| json!({"who": who, "from": "2001:db8::1"}))
    );
    let mut ok = noted(&front, "sign_in.ok");
    ok.sort_by_key(|line| line["from"].to_string());
    assert_eq!(ok, ["192.0.2.7", "2001:db8::1"].map(|from| json!({"who": "op", "from": from})));
    front.audited();
}

/// Guesses that come all at once must not be more than guesses one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_side_by_side_wait_for_each_other_and_keep_no_key_out() {
    let front = with_shops();
    give(&front, "op", KEYS[0]).done();
    let office = office(&front, "op").await;
    let from = address("192.0.2.7");
    let (who, wrong) = (id("op"), Private::new("wrong horse"));
    let guesses = (0..24).map(|_| office.sign_in_from(&who, &wrong, from));
    let answers = futures_util::future::join_all(guesses).await;
    let (mut failed, mut later) = (0, 0);
    for answer in answers {
        match code(answer) {
            Code::SignInFailed => failed += 1,
            Code::SignInLater => later += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(failed + later, 24);
    // Three are free, and each one after that waits twice as long as the one before.
    assert!((3..12).contains(&failed), "{failed} were looked at");
    office.sign_in_by_key(&who, &named(KEYS[0]), from).await.expect("a key is not guessed");
    let right = Private::new(PASSWORD);
    office.sign_in_from(&id("op2"), &right, from).await.expect("others go on");
    office.close().await.expect("closed");
    front.audited();
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_key_was_revoked_and_who_was_disabled_is_put_out() {
    let front = with_shops();
    for (who, key) in [("op", KEYS[0]), ("op2", KEYS[1]), ("sv", KEYS[2])] {
        give(&front, who, key).done();
    }
    let office = office(&front, "op").await;
    let (op, op2, sv) = (id("op"), id("op2"), id("sv"));
    let people = [
        (op.clone(), Some(named(KEYS[0]))),
        (op.clone(), None),
        (op2.clone(), Some(named(KEYS[1]))),
        (sv.clone(), None),
        (sv.clone(), Some(named(KEYS[2]))),
        (id("sv2"), None),
    ];
    let out = async || office.put_out(&people).await.expect("answered");
    assert_eq!(out().await, Vec::<usize>::new());
    assert_eq!(office.put_out(&[]).await.expect("answered"), Vec::<usize>::new());
    revoke(&front, "op", KEYS[0]).done();
    assert_eq!(out().await, [0], "the password is still theirs");
    front.run("ad", ["staff", "disable", "sv"]).done();
    assert_eq!(out().await, [0, 3, 4]);
    // A key that went to somebody else proves the first one no more.
    revoke(&front, "op2", KEYS[1]).done();
    give(&front, "sv2", KEYS[1]).done();
    assert_eq!(out().await, [0, 2, 3, 4]);
    let odd = [(id("nobody"), None), (id("sv2"), Some(named(KEYS[1]))), (id("sv2"), None)];
    assert_eq!(office.put_out(&odd).await.expect("answered"), [0]);
    // Hundreds at once are one question all the same.
    let many: Vec<_> = (0..600).map(|place| people[place % people.len()].clone()).collect();
    assert_eq!(office.put_out(&many).await.expect("answered").len(), 400);
    office.close().await.expect("closed");
}

/// Two admins, each with an office of their own, hand the same key to two people at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_given_out_twice_at_once_is_one_persons() {
    let front = with_shops();
    let (one, other) = (office(&front, "ad").await, office(&front, "ad").await);
    let (by_one, by_other) = (admin(&one).await, admin(&other).await);
    let (op, op2, key) = (id("op"), id("op2"), read(KEYS[0]));
    for _ in 0..8 {
        let (first, second, third) = tokio::join!(
            one.add_key(&by_one, &op, &key),
            other.add_key(&by_other, &op2, &key),
            one.add_key(&by_one, &op2, &key),
        );
        let done = [first, second, third];
        let given = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(given, 1, "{done:?}");
        for refused in done.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), Code::KeyExists);
        }
        let mut revoked = 0;
        for who in [&op, &op2] {
            let (first, second) = tokio::join!(
                one.revoke_key(&by_one, who, &key.fingerprint),
                other.revoke_key(&by_other, who, &key.fingerprint)
            );
            revoked += usize::from(first.is_ok()) + usize::from(second.is_ok());
        }
        assert_eq!(revoked, 1);
    }
    one.close().await.expect("closed");
    other.close().await.expect("closed");
    let live = "SELECT count(*) FROM staff_key WHERE revoked_at IS NULL";
    assert_eq!(number(&opened(front.database()), live), 0);
    front.audited();
}
