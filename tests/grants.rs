//! What the roles of a server may do, by trying: whoever has a desk's password can do what a
//! desk does, and cannot rewrite what was written.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use common::books::opened;
use common::database::{ADMIN, DESK, OWNER, server};
use common::records::{SHOP, SHOPS, coupon, sale, settlement};
use common::{Office, answer, program, with_shops};

/// What the desks replace and delete freely.
const FREE: [&str; 3] = ["draft", "desk_seat", "lease"];

/// The columns that change with what happens; triggers watch over them.
const CHANGE: [(&str, &[&str]); 5] = [
    ("audit_chain", &["links", "hash"]),
    ("audit_head", &["seq", "hash"]),
    (
        "cases",
        &[
            "held_by",
            "state",
            "reasons",
            "over",
            "restorable",
            "evidence",
            "seen_evidence",
            "version",
            "restored",
            "restored_by",
            "approved_by",
            "decided_by",
            "supplement",
            "question",
            "audit_seq",
        ],
    ),
    ("case_sale", &["unlinked_by", "unlinked_at", "audit_seq"]),
    // Everybody changes their own password.
    ("staff", &["password_hash", "audit_seq"]),
];

/// … and those that only an admin changes.
const CHANGE_STAFF: [(&str, &[&str]); 2] = [
    ("staff", &["name", "role", "disabled"]),
    ("staff_key", &["revoked_by", "revoked_at", "audit_seq"]),
];

/// The records and the staff: only an admin adds to them.
const RECORDS: [&str; 8] =
    ["staff", "staff_key", "import", "merchant", "coupon", "settlement", "sale", "coverage"];

/// Not allowed, by its SQLSTATE.
const DENIED: &str = "42501";

/// Tries it and takes it back.
fn tries(office: &Office, role: &str, sql: &str) -> Result<String, String> {
    server().asked(role, office.database().name(), &format!("BEGIN; {sql}; ROLLBACK"))
}

fn is_denied(office: &Office, role: &str, sql: &str) {
    let said = tries(office, role, sql).expect_err(sql);
    assert!(said.contains(DENIED), "{role}: {sql}: {said}");
}

fn may_change(role: &str, table: &str, column: &str) -> bool {
    let among = |changes: &[(&str, &[&str])]| {
        changes.iter().any(|(of, columns)| *of == table && columns.contains(&column))
    };
    FREE.contains(&table) || among(&CHANGE) || (role == ADMIN && among(&CHANGE_STAFF))
}

#[test]
fn nobody_changes_or_deletes_what_was_written() {
    postgres_only!("a file has no roles");
    let office = Office::open();
    let books = opened(office.database());
    let tables = "SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'madoguchi' AND table_name <> '_sqlx_migrations'";
    let tables = books.told(tables);
    let tables: Vec<&str> = tables.lines().collect();
    assert!(tables.len() > 20, "{tables:?}");
    for role in [DESK, ADMIN] {
        for table in &tables {
            if !FREE.contains(table) && *table != "audit_unsealed" {
                is_denied(&office, role, &format!("DELETE FROM {table}"));
            }
            is_denied(&office, role, &format!("TRUNCATE {table} CASCADE"));
            is_denied(&office, role, &format!("DROP TABLE {table} CASCADE"));
            is_denied(&office, role, &format!("ALTER TABLE {table} DISABLE TRIGGER ALL"));
            for column in books.columns(table) {
                let sql = format!("UPDATE {table} SET {column} = {column} WHERE FALSE");
                if may_change(role, table, &column) {
                    let said = tries(&office, role, &sql);
                    // What statement triggers say of it is their own affair.
                    assert!(said.as_ref().is_ok_and(String::is_empty), "{role}: {sql}: {said:?}");
                } else {
                    is_denied(&office, role, &sql);
                }
            }
        }
    }
}

#[test]
fn a_desk_adds_no_records_and_no_staff() {
    postgres_only!("a file has no roles");
    let office = Office::open();
    for table in RECORDS {
        let again = format!("INSERT INTO {table} SELECT * FROM {table} WHERE FALSE");
        is_denied(&office, DESK, &again);
        assert_eq!(tries(&office, ADMIN, &again), Ok(String::new()));
    }
    for table in ["meta", "transition", "audit_head"] {
        for role in [DESK, ADMIN] {
            is_denied(&office, role, &format!("INSERT INTO {table} SELECT * FROM {table}"));
        }
    }
}

#[test]
fn nobody_gets_round_the_guards() {
    postgres_only!("a file has no roles");
    let office = Office::open();
    let database = office.database().name();
    for role in [DESK, ADMIN] {
        for sql in [
            "SET session_replication_role = replica",
            "CREATE TABLE madoguchi.mine (n BIGINT)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION madoguchi.lock_key(what TEXT) RETURNS BIGINT LANGUAGE sql AS 'SELECT 1'",
            "ALTER FUNCTION madoguchi.append_only() RENAME TO no_more",
            "DROP TRIGGER meta_append_only ON madoguchi.meta",
            "GRANT UPDATE ON madoguchi.coupon TO PUBLIC",
            "CREATE ROLE another",
            "COPY madoguchi.meta FROM PROGRAM 'true'",
            "SELECT pg_read_file('/etc/passwd')",
        ] {
            // Some of it is a warning rather than an error: then nothing came of it.
            let said = tries(&office, role, sql);
            assert!(
                said.as_ref().is_ok_and(String::is_empty) == sql.starts_with("GRANT")
                    || said.as_ref().is_err_and(|said| said.contains(DENIED)),
                "{role}: {sql}: {said:?}"
            );
        }
        is_denied(&office, role, &format!("SET ROLE {OWNER}"));
        is_denied(&office, role, &format!("ALTER DATABASE {database} SET search_path = mine"));
        is_denied(&office, role, &format!("ALTER DATABASE {database} OWNER TO {role}"));
    }
    let granted = "SELECT has_table_privilege('desk1', 'madoguchi.coupon', 'UPDATE')";
    assert_eq!(opened(office.database()).told(granted), "f");
}

/// The reason was that of whichever step the server refused first: that temporary tables may not
/// be created, or something about one table.
#[test]
fn who_may_import_is_said_to_whoever_may_not() {
    postgres_only!("a file has no roles");
    let office = Office::open();
    let path = office.file("merchants.csv", SHOPS);
    let path = path.to_str().expect("a path");
    let database = office.database();
    for sql in ["", "GRANT TEMPORARY ON DATABASE :name TO PUBLIC"] {
        opened(database).change(&sql.replace(":name", database.name()));
        for (lang, words) in [
            ("ja_JP.UTF-8", "取り込めるのは madoguchi_admin に属する利用者です"),
            ("C.UTF-8", "desk1 may not import records; a member of madoguchi_admin may"),
        ] {
            let mut command = program(&database.url_as(DESK), "ad");
            command.args(["import", "merchants", path]).env("LANG", lang);
            let told = answer(&command.output().expect("the program runs"));
            let error = &told.json["error"];
            assert_eq!((told.status, &error["code"]), (3, &"DATABASE_FORBIDDEN".into()));
            let message = error["message"].as_str().expect("a message");
            assert!(message.contains(words), "{message}");
        }
    }
    office.import("merchants", SHOPS, &[]).done();
}

/// The sum of a ledger cannot be made right by hand either: an entry is only the insert of a
/// row, and its guards run as somebody who may do more.
#[test]
fn money_is_put_back_only_as_the_guards_have_it() {
    postgres_only!("a file has no roles");
    let office = with_shops();
    let number = "1234567890123";
    let settled = settlement("K1", number, SHOP, 2000, "19:05");
    let sold = sale("U1", SHOP, "19:04", 2000, 2000, number);
    office.records(&[coupon(number, 9000, 777, "2023-02-24")], &[settled], &[sold], &[]);
    let case = office.case("op", number, SHOP);
    office.act("op", "restore", &case, &[]).done();
    for role in [DESK, ADMIN] {
        let sql = "INSERT INTO entry SELECT audit_seq, 77, inquiry_number, case_id, settlement_id,
            kind, 1, at FROM entry";
        let said = tries(&office, role, sql).expect_err("more than was settled");
        assert!(said.contains("violates check constraint"), "{role}: {said}");
        let balance = "UPDATE coupon SET balance = 9000";
        is_denied(&office, role, balance);
    }
    office.audited();
}
