//! From one desk to many: a campaign that began in a file goes on on a server, with all that
//! happened to it, and whoever changes any of that there is found.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod tampering;

use std::process::Child;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use common::books::{Books, number, opened, verify};
use common::database::{DESK, Database, Kept, OWNER, server};
use common::keys::{KEYS, give};
use common::records::{SHOP, SLOW_SHOP, coupon, file, sale, settlement};
use common::{Answer, Office, answer, program, with_shops};
use tampering::{Change, all_are_found_in};

const NUMBER: &str = "1234567890123";
const SECOND: &str = "1234567890124";
/// A command that was carried out before the move.
const COMMAND: &str = "018f0000-0000-7000-8000-000000000001";

/// Moves the file to where the URL says, as somebody.
fn moved_to(file: &Database, staff: &str, url: &str) -> Answer {
    let mut program = program(&file.url(staff), staff);
    answer(&program.args(["move", "--to", url]).output().expect("the program runs"))
}

/// Moves an office into a database of its own on the server; what was told of it.
fn moved(office: &Office) -> (Office, serde_json::Value) {
    let target = Database::on_the_server();
    let told = moved_to(office.database(), "ad", &target.url_for_init()).done();
    target.is_made();
    (Office::over(target), told)
}

fn is_empty(database: &Database) -> bool {
    opened(database).told("SELECT to_regnamespace('madoguchi') IS NULL") == "t"
}

/// A case that was restored, and one that waits for its shop.
fn office() -> (Office, String, String) {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 1000, "2023-02-24"), coupon(SECOND, 3000, 0, "2023-02-24")],
        &[
            settlement("K1", NUMBER, SHOP, 2000, "19:05"),
            settlement("K2", SECOND, SLOW_SHOP, 1500, "19:05"),
            settlement("K3", SECOND, SLOW_SHOP, 1500, "19:06"),
        ],
        &[sale("U1", SHOP, "19:04", 2000, 2000, NUMBER)],
        &[],
    );
    let restored = office.case("op", NUMBER, SHOP);
    office.act("op", "restore", &restored, &["--command-id", COMMAND]).done();
    let waiting = office.case("op", SECOND, SLOW_SHOP);
    assert_eq!(office.shown(&waiting)["state"], "waiting");
    (office, restored, waiting)
}

#[test]
fn a_campaign_goes_on_where_it_was_moved_to() {
    sqlite_only!("it is moved from a file");
    let (before, restored, waiting) = office();
    for key in &KEYS[..2] {
        give(&before, "op", *key).done();
    }
    before.run("ad", ["staff", "key", "revoke", "op", KEYS[1].1]).done();
    let keys = before.run("au", ["staff", "key", "list"]).done();
    let books = opened(before.database());
    books.change("INSERT INTO draft VALUES ('op', '{\"number\":\"12\"}', 1)");
    let old_head = verify(before.database()).done()["head"].as_str().expect("a head").to_owned();
    let was = before.shown(&restored);
    let happened = before.act("au", "history", &restored, &[]).done();
    let happened = happened["history"].as_array().expect("a list").clone();
    drop(books);

    let (after, told) = moved(&before);
    assert_eq!(told["tables"]["coupon"]["rows"], 2);
    assert_eq!(told["tables"]["coupon"]["sums"]["balance"], 3000);
    assert_eq!(told["tables"]["entry"]["sums"]["amount"], 2000);
    let there = opened(after.database());
    assert_eq!(there.told("SELECT body FROM draft"), "{\"number\":\"12\"}");
    // The head that an auditor wrote down, and the one that the file ended with.
    let events = format!("SELECT count(*) FROM audit_event WHERE hash = '{old_head}'");
    assert_eq!(there.told(&events), "1");
    let last = "SELECT hash FROM audit_head";
    assert_eq!(told["head_before"], opened(before.database()).told(last).as_str());

    // What was done is done, and its answer stays the same.
    assert_eq!(after.shown(&restored), was);
    after.act("op", "restore", &restored, &["--command-id", COMMAND]).done();
    assert_eq!(after.act("op", "restore", &restored, &[]).refused(), "CASE_STATE");
    assert_eq!(after.coupon(NUMBER)["balance"], 3000);
    let history = after.act("au", "history", &restored, &[]).done();
    let history = history["history"].as_array().expect("a list");
    assert_eq!(history[..happened.len()], happened[..]);

    // What waited is found by the next import, and the next case has the next number.
    let sales = file("sales", &[sale("U2", SLOW_SHOP, "19:05", 1500, 0, SECOND)]);
    let covers = ["--covers", "2023-02-24 17:00/2023-02-25 00:00"];
    assert_eq!(after.import("sales", &sales, &covers).done()["rechecked"], 1);
    assert_eq!(after.act("op", "restore", &waiting, &[]).done()["coupon"]["balance"], 1500);
    let again = after.opens("op2", SECOND, "2023-03-31", "奈良県", SLOW_SHOP).done();
    assert_eq!(again["case"], "R-20230313-0003");
    after.run("ad", ["staff", "disable", "op2"]).done();
    // Keys are as they were; one is revoked, and one that was revoked is given to another.
    assert_eq!(after.run("au", ["staff", "key", "list"]).done(), keys);
    assert_eq!(give(&after, "sv", KEYS[0]).refused(), "KEY_EXISTS");
    after.run("ad", ["staff", "key", "revoke", "op", KEYS[0].1]).done();
    give(&after, "sv", KEYS[1]).done();
    let report = after.run("au", ["audit", "verify"]).done();
    assert_eq!((&report["ok"], &report["moved"]["head"]), (&true.into(), &told["head_before"]));

    // The file knows nothing of all this.
    assert_eq!(before.shown(&waiting)["state"], "waiting");
    before.audited();
    assert_eq!(
        moved_to(before.database(), "ad", &after.database().url_for_init()).refused(),
        "TARGET_NOT_EMPTY"
    );
    after.audited();
}

#[test]
fn what_is_made_by_a_move_is_what_init_makes() {
    sqlite_only!("it is moved from a file");
    let begun = Database::on_the_server();
    let mut init = program(&begun.url_for_init(), "ad");
    answer(&init.arg("init").output().expect("the program runs")).done();
    let (after, _) = moved(&with_shops());
    let (begun, after) = (opened(&begun), opened(after.database()));
    assert_eq!(after.schema(), begun.schema());
    for sql in [
        "SELECT table_name, column_name, data_type, column_default, is_nullable, collation_name
         FROM information_schema.columns WHERE table_schema = 'madoguchi' ORDER BY 1, 2",
        "SELECT relname, relkind, relacl, reloptions, pg_get_userbyid(relowner) FROM pg_class
         WHERE relnamespace = 'madoguchi'::regnamespace ORDER BY 1",
        "SELECT attrelid::regclass, attname, attacl FROM pg_attribute WHERE attacl IS NOT NULL
            AND attrelid IN (SELECT oid FROM pg_class
                WHERE relnamespace = 'madoguchi'::regnamespace) ORDER BY 1, 2",
        "SELECT proname, proacl, prosecdef, md5(prosrc) FROM pg_proc
         WHERE pronamespace = 'madoguchi'::regnamespace ORDER BY 1",
        "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY 1",
        "SELECT * FROM transition ORDER BY 1, 2, 3",
        "SELECT nspacl FROM pg_namespace WHERE nspname = 'madoguchi'",
    ] {
        assert_eq!(after.told(sql), begun.told(sql), "{sql}");
    }
}

#[test]
fn what_cannot_be_moved_stays_and_is_told_why() {
    sqlite_only!("it is moved from a file");
    let office = with_shops();
    let file = office.database();
    let target = Database::on_the_server();
    let url = target.url_for_init();
    assert_eq!(moved_to(file, "op", &url).refused(), "NOT_ALLOWED");
    assert_eq!(moved_to(file, "ad", "sqlite://other.db").refused(), "BAD_INPUT");
    assert_eq!(moved_to(file, "ad", "postgres://owner@127.0.0.1:0/x").refused(), "BAD_INPUT");
    let nowhere = moved_to(file, "ad", "postgres://owner@127.0.0.1:1/x");
    assert_eq!(
        (nowhere.status, &nowhere.json["error"]["code"]),
        (3, &"DATABASE_UNREACHABLE".into())
    );
    // Roles are made by the first of all.
    drop(moved(&with_shops()));
    let denied = moved_to(file, "ad", &target.url_as(DESK));
    assert_eq!((denied.status, &denied.json["error"]["code"]), (3, &"DATABASE_FORBIDDEN".into()));
    assert!(is_empty(&target));

    // Something stands there: a table, a function, or a whole database.
    let stray = "CREATE SCHEMA madoguchi; CREATE TABLE madoguchi.notes (text TEXT)";
    server().asked(OWNER, target.name(), stray).expect("made");
    assert_eq!(moved_to(file, "ad", &url).refused(), "TARGET_NOT_EMPTY");
    let stray = "DROP TABLE madoguchi.notes;
        CREATE FUNCTION madoguchi.one() RETURNS INT LANGUAGE sql AS 'SELECT 1'";
    server().asked(OWNER, target.name(), stray).expect("made");
    assert_eq!(moved_to(file, "ad", &url).refused(), "TARGET_NOT_EMPTY");
    server().asked(OWNER, target.name(), "DROP FUNCTION madoguchi.one").expect("dropped");
    // A schema in which there is nothing is as good as none.
    moved_to(file, "ad", &url).done();
    assert_eq!(moved_to(file, "ad", &url).refused(), "TARGET_NOT_EMPTY");
    // What is on a server already is moved nowhere.
    let other = Database::on_the_server();
    assert_eq!(moved_to(&target, "ad", &other.url_for_init()).refused(), "BAD_INPUT");
    assert_eq!(moved_to(&target, "ad", &url).refused(), "BAD_INPUT");
    office.audited();
}

#[test]
fn a_file_that_is_in_use_is_not_moved() {
    sqlite_only!("it is moved from a file");
    let office = with_shops();
    let target = Database::on_the_server();
    let url = target.url_for_init();
    // Somebody only has it open; somebody sat there a minute ago, and three minutes ago.
    let books = opened(office.database());
    assert!(number(&books, "SELECT count(*) FROM meta") > 0);
    assert_eq!(moved_to(office.database(), "ad", &url).refused(), "DATABASE_IN_USE");
    // The training clock began at 10:00 and runs on.
    let clock = number(&books, "SELECT value FROM meta WHERE name = 'clock_at'");
    books.change(&format!("INSERT INTO desk_seat VALUES ('op', 'd', 0, {})", clock - 60_000_000));
    drop(books);
    assert_eq!(moved_to(office.database(), "ad", &url).refused(), "DATABASE_IN_USE");
    assert!(is_empty(&target));
    let books = opened(office.database());
    books.change(&format!("UPDATE desk_seat SET seen_at = {}", clock - 180_000_000));
    drop(books);
    moved_to(office.database(), "ad", &url).done();
    let there = opened(&target);
    assert_eq!(number(&there, "SELECT count(*) FROM desk_seat"), 0);
}

#[test]
fn a_file_that_does_not_hold_is_not_moved() {
    sqlite_only!("it is moved from a file");
    let (office, ..) = office();
    tampering::tampered(office.database(), "UPDATE coupon SET balance = balance - 1");
    let target = Database::on_the_server();
    let answer = moved_to(office.database(), "ad", &target.url_for_init());
    assert_eq!(answer.json["wrong"]["table"], "coupon");
    assert_eq!(answer.refused(), "AUDIT_BROKEN");
    assert!(is_empty(&target));
}

/// Has the server do something as soon as the first guard is made, when all rows are in.
fn at_the_guards(target: &Database, what: &str) {
    let sql = format!(
        "CREATE FUNCTION public.halt() RETURNS event_trigger LANGUAGE plpgsql
            AS $$ BEGIN {what}; END $$;
         CREATE EVENT TRIGGER halt ON ddl_command_start WHEN TAG IN ('CREATE TRIGGER')
            EXECUTE FUNCTION public.halt()"
    );
    server().psql(target.name(), &sql);
}

fn waits(child: &mut Child, target: &Database) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event = 'PgSleep'",
        target.name()
    );
    let begun = Instant::now();
    while server().psql("postgres", &waiting) == "0" {
        assert!(child.try_wait().expect("a state").is_none(), "it ended before");
        assert!(begun.elapsed() < Duration::from_mins(1), "it does not come so far");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_move_that_is_cut_short_leaves_nothing() {
    sqlite_only!("it is moved from a file");
    let (office, ..) = office();
    let target = Database::on_the_server();
    let url = target.url_for_init();
    // The program is killed when all rows are in, but for the guards and the proof.
    at_the_guards(&target, "PERFORM pg_sleep(120)");
    let mut program = program(&office.database().url("ad"), "ad");
    let mut child = program.args(["move", "--to", &url]).spawn().expect("the program runs");
    waits(&mut child, &target);
    assert!(is_empty(&target), "nobody sees it before it is whole");
    assert_eq!(verify(&target).status, 3, "and nobody signs in there");
    // Whoever tries the same meanwhile is told.
    assert_eq!(moved_to(with_shops().database(), "ad", &url).refused(), "TARGET_NOT_EMPTY");
    child.kill().expect("killed");
    child.wait().expect("it ends");
    // The server notices by itself.
    target.quiet();
    assert!(is_empty(&target));
    // An error on the way has the same end.
    server().psql(target.name(), "DROP FUNCTION public.halt CASCADE");
    at_the_guards(&target, "RAISE EXCEPTION 'no more'");
    assert_ne!(moved_to(office.database(), "ad", &url).status, 0);
    assert!(is_empty(&target));
    server().psql(target.name(), "DROP FUNCTION public.halt CASCADE");
    moved_to(office.database(), "ad", &url).done();
    assert_eq!(verify(&target).done()["ok"], true);
}

/// A database that was moved, and in which something happened afterwards.
fn gone_on() -> &'static Kept {
    static MOVED: OnceLock<Kept> = OnceLock::new();
    MOVED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = tampering::copy(folder.path());
        let target = Database::on_the_server();
        moved_to(&file, "ad", &target.url_for_init()).done();
        target.is_made();
        let office = Office::over(target);
        office.run("ad", ["staff", "disable", "sv2"]).done();
        office.audited();
        office.keep().database
    })
}

#[test]
fn what_is_changed_in_a_moved_trail_is_found() {
    sqlite_only!("it is moved from a file");
    let trail = |sql: &str| Change {
        names: vec!["audit_event", "audit_chain", "audit_seal", "audit_head"],
        key: None,
        sql: sql.to_owned(),
    };
    let last = "(SELECT max(seq) FROM audit_event WHERE chain = 'moved')";
    let mut changes = Vec::new();
    for row in ["action = 'case.restore'", "action = 'init'", "action = 'move'"] {
        for set in [
            "at = at + 1",
            "staff_id = 'op2'",
            "action = 'case.note'",
            "subject = 'op2'",
            "case_id = 'R-20230313-0009'",
            "detail = detail || ' '",
            "wrote = '[[\"a\",\"b\",\"c\"]]'",
            "previous_hash = previous_hash || 'a'",
            "hash = '00' || substr(hash, 3)",
            "seq = seq + 100000",
            "seq = -seq",
            "chain = 'staff'",
            "chain = 'case/x'",
            "chain = 'records' || substr(chain, 0, 0) || CASE chain WHEN 'records' THEN 'x' ELSE '' END",
        ] {
            changes.push(trail(&format!("UPDATE audit_event SET {set} WHERE {row}")));
        }
        changes.push(trail(&format!("DELETE FROM audit_event WHERE {row}")));
    }
    changes.extend([
        trail("UPDATE audit_event SET chain = 'moved2' WHERE chain = 'moved'"),
        trail(
            "UPDATE audit_event SET chain = 'moved2' WHERE chain = 'moved';
             UPDATE audit_chain SET chain = 'moved2' WHERE chain = 'moved'",
        ),
        trail("UPDATE audit_event SET chain = 'moved' WHERE chain = 'staff'"),
        trail("UPDATE audit_event SET chain = 'moved' WHERE action = 'move'"),
        trail("UPDATE audit_chain SET links = links - 1 WHERE chain = 'moved'"),
        trail("UPDATE audit_chain SET hash = '' WHERE chain = 'moved'"),
        trail("DELETE FROM audit_chain WHERE chain = 'moved'"),
        trail("DELETE FROM audit_event WHERE chain = 'moved'"),
        trail(
            "DELETE FROM audit_event WHERE chain = 'moved';
             DELETE FROM audit_chain WHERE chain = 'moved'",
        ),
        trail(
            "DELETE FROM audit_event WHERE chain = 'records';
             DELETE FROM audit_chain WHERE chain = 'records'",
        ),
        // The end is cut off, with everything that says where it was but the move itself.
        Change {
            names: vec!["audit_event", "audit_chain", "extension", "coupon"],
            key: None,
            sql: format!(
                "UPDATE audit_chain SET links = links - 1, hash = (SELECT previous_hash
                     FROM audit_event WHERE seq = {last}) WHERE chain = 'moved';
                 INSERT INTO audit_unsealed VALUES ('moved');
                 DELETE FROM audit_event WHERE seq = {last}"
            ),
        },
        // The last one once more.
        trail(&format!(
            "INSERT INTO audit_event SELECT seq + 100000, at, staff_id, action, subject, case_id,
                inquiry_number, detail, wrote, hash, hash, chain
             FROM audit_event WHERE seq = {last}"
        )),
        // All seals are taken away: nothing but the move ties the file's chain to the rest.
        trail("DELETE FROM audit_seal; UPDATE audit_head SET seq = 0, hash = ''"),
    ]);
    // And the rows that came along.
    for (table, sql) in [
        ("coupon", "UPDATE coupon SET balance = balance - 1 WHERE inquiry_number = 'COUPON1'"),
        ("merchant", "UPDATE merchant SET phone = '' WHERE merchant_id = 'M1'"),
        ("settlement", "DELETE FROM settlement WHERE settlement_id = 'D4'"),
        ("cases", "UPDATE cases SET restorable = restorable + 1 WHERE state = 'waiting'"),
        ("staff", "UPDATE staff SET role = 'admin' WHERE staff_id = 'op'"),
        ("entry", "UPDATE entry SET at = at + 1"),
        ("command", "DELETE FROM command"),
        ("meta", "UPDATE meta SET value = '0' WHERE name = 'training'"),
    ] {
        changes.push(tampering::somewhere(table, sql));
    }
    all_are_found_in(&changes, |folder| gone_on().copy(folder));
}

#[test]
fn a_chain_that_was_not_moved_cannot_pass_for_one() {
    sqlite_only!("it is moved from a file");
    // A copy in which nothing is changed holds, so that the changes above are what is found.
    let folder = tempfile::tempdir().expect("a folder");
    let copy = gone_on().copy(folder.path());
    assert_eq!(verify(&copy).done()["ok"], true);
    let Books::Served(_) = opened(&copy) else { panic!("it is on the server") };
}
