//! A database with rows in every table, changes to it behind the program's back, and what is
//! found of them.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

use std::path::Path;
use std::sync::OnceLock;

use crate::common::books::{
    Books, OUTAGE_COVERED, case_id, number, open_case, opened, table, text, verify,
};
use crate::common::database::{Database, Engine, Kept, engine};
use crate::common::keys::{KEYS, give};
use crate::common::{BEGINS, Office, dictionary};

/// The restoration of the first case.
pub const COMMAND: &str = "018e0000-0000-7000-8000-000000000001";

/// A database with rows in every table, made through the front door once.
fn story() -> &'static Kept {
    static STORY: OnceLock<Kept> = OnceLock::new();
    STORY.get_or_init(|| {
        let words = tempfile::tempdir().expect("a folder");
        dictionary::write(words.path());
        let named = dictionary::named(words.path());
        let office =
            Office::open_at(BEGINS, Some(&named.each_ref().map(|(from, to)| (*from, to.as_str()))));
        staff(&office);
        records(&office);
        cases(&office);
        let conn = opened(office.database());
        for name in tables() {
            assert!(number(&conn, &format!("SELECT count(*) FROM {name}")) > 0, "{name} is empty");
        }
        drop(conn);
        office.keep().database
    })
}

/// The tables of which nothing is ever deleted.
pub fn tables() -> Vec<&'static str> {
    let more: &[&str] = match engine() {
        Engine::Sqlite => &[],
        Engine::Postgres => &["audit_chain", "audit_seal"],
    };
    [&TABLES, more].concat()
}

pub const TABLES: [&str; 20] = [
    "meta",
    "audit_event",
    "audit_head",
    "staff",
    "staff_key",
    "import",
    "merchant",
    "coupon",
    "settlement",
    "sale",
    "coverage",
    "transition",
    "cases",
    "case_sale",
    "entry",
    "extension",
    "outbox",
    "callback",
    "command",
    "reading",
];

/// One who has left, and one with a new password. A key in use, one revoked, and one that went
/// from one person to another.
fn staff(office: &Office) {
    let add = ["staff", "add", "gone", "--role", "operator", "--name", "G", "--password-stdin"];
    office.run_with("ad", add, "correct horse\n").done();
    office.run("ad", ["staff", "disable", "gone"]).done();
    office.run_with("ad", ["staff", "passwd", "op2", "--password-stdin"], "another horse\n").done();
    for (id, key) in [("op", KEYS[0]), ("op", KEYS[1]), ("op2", KEYS[2])] {
        give(office, id, key).done();
    }
    for (id, key) in [("op", KEYS[1]), ("op2", KEYS[2])] {
        office.run("ad", ["staff", "key", "revoke", id, key.1]).done();
    }
    give(office, "sv", KEYS[2]).done();
}

fn records(office: &Office) {
    let merchants = table(
        "merchants",
        &[
            "M1,鹿の茶屋,シカノチャヤ,奈良県,奈良市1,0742-00-0001",
            "M2,大仏商店,,奈良県,,",
            "M3,大仏食堂,,奈良県,,",
        ],
    );
    // Two shops are read by the dictionary, one is corrected.
    let imported = office.import("merchants", &merchants, &[]).done();
    assert_eq!(imported["readings"]["made"], 2, "{imported}");
    office.run("sv", ["reading", "M1", "カノチャヤ"]).done();
    let coupons = table(
        "coupons",
        &[
            "COUPON1,奈良県,10000,500,2023-02-24,app,090-0000-0001,a@example.jp,宿A",
            "COUPON2,奈良県,10000,600,2023-02-24,paper,,,",
            "COUPON3,奈良県,10000,700,2023-02-24,paper,,,",
            "COUPON4,奈良県,10000,800,2023-02-24,withdrawn,,,",
            "COUPON5,奈良県,10000,900,2023-03-05,paper,,,",
        ],
    );
    office.import("coupons", &coupons, &[]).done();
    let settlements = table(
        "settlements",
        &[
            "D1,COUPON1,M1,1500,2023-02-24 17:05",
            "D2,COUPON1,M1,1500,2023-02-24 17:06",
            "D3,COUPON2,M1,2000,2023-02-24 18:00",
            "D4,COUPON3,M2,1000,2023-02-24 18:10",
            "D5,COUPON3,M1,1000,2023-02-24 19:10",
        ],
    );
    office.import("settlements", &settlements, &["--covers", OUTAGE_COVERED]).done();
    let sales = table(
        "sales",
        &[
            "S1,M1,2023-02-24 17:05,1500,0,COUPON1,R-1",
            "S2,M1,2023-02-24 18:01,2000,2000,,R-2",
            "S3,M1,2023-02-24 18:02,700,0,,R-3",
            "S4,M1,2023-02-24 19:11,1000,0,COUPON3,R-4",
        ],
    );
    office.import("sales", &sales, &["--covers", OUTAGE_COVERED]).done();
    let coverage = table("coverage", &["M2,sales,2023-02-24 16:00,2023-02-24 20:00"]);
    office.import("coverage", &coverage, &[]).done();
}

fn cases(office: &Office) {
    // Somebody looks, and nothing is written but that.
    office.run("au", ["coupon", "COUPON1"]).done();
    // Restored, contradicted by a late sale, and taken back.
    let first = case_id(&open_case(office, "op", "COUPON1", "M1"));
    office.run("op", ["case", "restore", &first, "--command-id", COMMAND]).done();
    let late = table("sales", &["S5,M1,2023-02-24 17:07,1500,0,COUPON1,R-5"]);
    office.import("sales", &late, &[]).done();
    let reversed = office.run("sv2", ["case", "reverse", &first, "--reason", "売上が2件"]).done();
    assert_eq!(reversed["state"], "reversed");
    // A review with a link made, one taken back, and an approval.
    let second = case_id(&open_case(office, "op", "COUPON2", "M1"));
    for sale in ["S2", "S3"] {
        office.run("sv", ["case", "link", &second, "--sale", sale]).done();
    }
    office.run("sv", ["case", "unlink", &second, "--sale", "S3"]).done();
    let approved = office.run("sv", ["case", "approve", &second, "--reason", "確認済み"]).done();
    assert_eq!(approved["state"], "restored");
    // One that waits, one declined by a supervisor, one withdrawn, one in review.
    let third = open_case(office, "op", "COUPON3", "M2");
    assert_eq!(third["state"], "waiting");
    let call_back = ["case", "callback", &case_id(&third), "--at", "2023-03-14 15:00"];
    office.run_with("op", call_back, "090-0000-0001\n").done();
    let other = [
        "case",
        "open",
        "--number",
        "COUPON4",
        "--expiry",
        "2023-02-24",
        "--prefecture",
        "奈良県",
        "--other",
        "アプリが止まった",
    ];
    let fourth = case_id(&office.run("op", other).done());
    office.run("sv", ["case", "decline", &fourth, "--reason", "対象外"]).done();
    let fifth = case_id(&office.run("op", other).done());
    office.run("op", ["case", "withdraw", &fifth]).done();
    office.run("op", other).done();
    // Class A: the coupons that no restoration has extended.
    let extended = office.run("ad", ["extend"]).done();
    assert_eq!(extended["extended"], 2, "{extended}");
}

/// A copy of the story's database in a folder of its own.
pub fn copy(folder: &Path) -> Database {
    story().copy(folder)
}

/// A change behind the program's back.
pub struct Change {
    /// The table, or tables, that may be named for it.
    pub names: Vec<&'static str>,
    /// The row's key, where it can be told.
    pub key: Option<String>,
    /// What is changed.
    pub sql: String,
}

pub fn change(table: &'static str, key: &str, sql: impl Into<String>) -> Change {
    Change { names: vec![table], key: Some(key.to_owned()), sql: sql.into() }
}

/// A change of which only the table can be told.
pub fn somewhere(table: &'static str, sql: impl Into<String>) -> Change {
    Change { names: vec![table], key: None, sql: sql.into() }
}

/// One change for each of the columns of the row.
pub fn columns(
    table: &'static str,
    row: &str,
    key: Option<&str>,
    columns: &[(&str, &str)],
) -> Vec<Change> {
    columns
        .iter()
        .map(|(column, value)| Change {
            names: vec![table],
            key: key.map(str::to_owned),
            sql: format!("UPDATE {table} SET {column} = {value} WHERE {row}"),
        })
        .collect()
}

/// Changes a copy with the guards taken away and put back, so that only the row tells.
pub fn tampered(database: &Database, sql: &str) {
    let books = opened(database);
    let (before, after) = match books {
        Books::File(_) => {
            let before = books.everything();
            let (begin, end) = unguarded_file(&books);
            books.change(&format!("{begin};\n{sql};\n{end}"));
            (before, books.everything())
        }
        Books::Served(_) => {
            // In one go: there are hundreds of changes.
            let (held, everything) = (held(sql), books.everything_sql());
            let told = books.told(&format!(
                "{everything}\n\\echo {THEN}\n{UNGUARDED} {held};\n{AND}\n{sql};\n{GUARDED}\n\
                 \\echo {THEN}\n{everything}"
            ));
            let parts: Vec<&str> = told.split(THEN).map(str::trim).collect();
            let [before, _, after] = parts[..] else { panic!("{sql}: {told}") };
            (before.to_owned(), after.to_owned())
        }
    };
    assert_eq!(sql.is_empty(), after == before, "nothing is changed by {sql}");
    // What is in the WAL only is not in the next copy of the file.
    if let Books::File(_) = books {
        books.bytes();
    }
}

/// What stands between the answers of one psql.
const THEN: &str = "---- then ----";

/// The constraints of the tables that a change speaks of.
fn held(sql: &str) -> String {
    format!("AND position(conrelid::regclass::TEXT IN $sql${sql}$sql$) > 0")
}

/// Takes the triggers and constraints of a file away, and puts them back.
fn unguarded_file(books: &Books) -> (String, String) {
    let triggers = "FROM sqlite_master WHERE type = 'trigger'";
    assert!(number(books, &format!("SELECT count(*) {triggers}")) > 30, "the guards are there");
    let dropped = books.told(&format!("SELECT 'DROP TRIGGER ' || name || ';' {triggers}"));
    let made = books.told(&format!("SELECT sql || ';' {triggers}"));
    let begin = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; BEGIN";
    (format!("{begin};\n{dropped}"), format!("{made}\nCOMMIT"))
}

/// Takes the triggers, the foreign keys among them, and constraints of a database on a server
/// away …
const UNGUARDED: &str = "SET session_replication_role = replica;
CREATE TEMP TABLE guard AS SELECT conrelid::regclass::TEXT AS held, conname AS name,
        pg_get_constraintdef(oid) AS says
    FROM pg_constraint WHERE contype = 'c' AND connamespace = 'madoguchi'::regnamespace";
const AND: &str = "BEGIN;
SELECT format('ALTER TABLE %s %s', held, string_agg(format('DROP CONSTRAINT %I', name), ', '))
    FROM guard GROUP BY held \\gexec
";
/// … and puts them back.
const GUARDED: &str = "SELECT format('ALTER TABLE %s %s', held,
        string_agg(format('ADD CONSTRAINT %I %s NOT VALID', name, says), ', '))
    FROM guard GROUP BY held \\gexec
COMMIT;
";

/// What was not found, for every one of the changes, each made in a copy of its own.
fn overlooked(changes: &[Change], copy: impl Fn(&Path) -> Database) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut overlooked = Vec::new();
    for (place, change) in changes.iter().enumerate() {
        let database = copy(folder.path());
        tampered(&database, &change.sql);
        // At the front door; on a server, where each program connects and signs in anew, only the
        // first is asked there, and the others in this process.
        let found = match engine() {
            Engine::Postgres if place > 0 => inside(&database),
            _ => at_the_door(&database),
        };
        let (table, key) = found.as_ref().map_or(("", ""), |(table, key)| (table, key));
        let named = change.names.contains(&table);
        let keyed = change.key.as_ref().is_none_or(|wanted| wanted == key);
        if !named || !keyed {
            overlooked.push(format!(
                "{}\n    found {found:?}, wanted {:?} {:?}",
                change.sql, change.names, change.key,
            ));
        }
    }
    overlooked
}

/// The table and the row that the program names, or what it answers instead.
fn at_the_door(database: &Database) -> Result<(String, String), String> {
    let answer = verify(database);
    let wrong = &answer.json["wrong"];
    match (wrong["table"].as_str(), wrong["key"].as_str()) {
        (Some(table), Some(key))
            if answer.status == 1 && answer.json["error"]["code"] == "AUDIT_BROKEN" =>
        {
            Ok((table.to_owned(), key.to_owned()))
        }
        _ => Err(format!("status {}: {}", answer.status, answer.json)),
    }
}

/// … and that the store names.
fn inside(database: &Database) -> Result<(String, String), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let store = database.store("au").await;
        let report = store.verify_audit().await.expect("a report");
        store.close().await;
        let wrong = report.wrong.ok_or("nothing is wrong")?;
        Ok((wrong.table, wrong.key))
    })
}

pub fn all_are_found(changes: &[Change]) {
    all_are_found_in(changes, copy);
}

/// … in copies of another database than the story's.
pub fn all_are_found_in(changes: &[Change], copy: impl Fn(&Path) -> Database) {
    let overlooked = overlooked(changes, copy);
    assert!(
        overlooked.is_empty(),
        "{} of {} changes were not told as they should be:\n  {}",
        overlooked.len(),
        changes.len(),
        overlooked.join("\n  ")
    );
}

/// One value from the story, to name rows by.
pub fn told(sql: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    text(&conn, sql)
}

/// A refusal of the database itself; nothing is changed, whatever it says.
pub fn refused(books: &Books, sql: &str) -> Result<String, String> {
    let done = match books {
        Books::File(_) => {
            books.change("PRAGMA foreign_keys = ON; SAVEPOINT attempt");
            let done = books.tried(sql);
            books.change("ROLLBACK TO attempt; RELEASE attempt");
            done
        }
        Books::Served(_) => books.tried(&format!("BEGIN; {sql}; ROLLBACK")),
    };
    match done {
        Ok(()) => Err(format!("was let through: {sql}")),
        Err(said) => Ok(said),
    }
}

/// Whether the database says in its words what SQLite says in these.
pub fn says(said: &str, why: &str) -> bool {
    let in_its_words = match (engine(), why) {
        (Engine::Postgres, "CHECK constraint failed") => "violates check constraint",
        (Engine::Postgres, "UNIQUE constraint failed") => "violates unique constraint",
        (Engine::Postgres, "NOT NULL constraint failed") => "violates not-null constraint",
        (Engine::Postgres, "FOREIGN KEY constraint failed") => "violates foreign key constraint",
        _ => why,
    };
    said.contains(in_its_words)
}

pub fn all_are_refused(statements: &[(String, &str)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    let wrong: Vec<String> = statements
        .iter()
        .filter_map(|(sql, why)| match refused(&conn, sql) {
            Ok(message) if says(&message, why) => None,
            Ok(message) => Some(format!("{sql}\n    said {message:?}, not {why:?}")),
            Err(wrong) => Some(wrong),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n  {}", wrong.len(), statements.len(), wrong.join("\n  "));
}
