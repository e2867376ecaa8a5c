//! Small record files, and the database's file looked at past the program.

use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use super::{Answer, Office, PASSWORD, answer};

/// The header of a merchants file.
pub const MERCHANTS: &str = "merchant_id,name,kana,prefecture,address,phone\n";
/// The header of a coupons file.
pub const COUPONS: &str =
    "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer\n";
/// The header of a settlements file.
pub const SETTLEMENTS: &str = "settlement_id,inquiry_number,merchant_id,amount,settled_at\n";
/// The header of a sales file.
pub const SALES: &str = "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt\n";
/// The header of a coverage file.
pub const COVERAGE: &str = "merchant_id,source,covers_from,covers_until\n";

/// `--covers` for the whole outage and what lies near it.
pub const OUTAGE_COVERED: &str = "2023-02-24 16:00/2023-02-25 02:00";

/// The tables that an import of records fills, with the kind of file.
pub const RECORD_TABLES: [(&str, &str); 5] = [
    ("merchants", "merchant"),
    ("coupons", "coupon"),
    ("settlements", "settlement"),
    ("sales", "sale"),
    ("coverage", "coverage"),
];

/// The header of a kind of file.
pub fn header(kind: &str) -> &'static str {
    match kind {
        "merchants" => MERCHANTS,
        "coupons" => COUPONS,
        "settlements" => SETTLEMENTS,
        "sales" => SALES,
        _ => COVERAGE,
    }
}

/// A file of a kind with these rows.
pub fn table(kind: &str, rows: &[&str]) -> String {
    let mut text = header(kind).to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// Whether the long form of a test was asked for.
pub fn soak() -> bool {
    std::env::var_os("MADOGUCHI_SOAK").is_some_and(|value| value == "1")
}

/// `audit verify` by the auditor over any database file.
pub fn verify(database: &Path) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["audit", "verify", "--json", "--database"])
        .arg(format!("sqlite://{}", database.display()))
        .env("MADOGUCHI_STAFF", "au")
        .env("MADOGUCHI_PASSWORD", PASSWORD)
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    answer(&output)
}

/// The database's file, looked at past the program.
pub fn opened(database: &Path) -> Connection {
    let conn = Connection::open(database).expect("a database");
    conn.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    conn
}

/// One number that the database knows.
pub fn number(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// One text that the database knows.
pub fn text(conn: &Connection, sql: &str) -> String {
    conn.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// How many rows a table has.
pub fn rows_of(conn: &Connection, table: &str) -> i64 {
    number(conn, &format!("SELECT count(*) FROM {table}"))
}

/// The bytes of the whole database, with what still stood in its WAL.
pub fn bytes_of(database: &Path) -> Vec<u8> {
    let conn = opened(database);
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
    drop(conn);
    std::fs::read(database).expect("the file")
}

/// Opens a case by its four facts, with the merchant's own id.
pub fn open_case(office: &Office, staff: &str, coupon: &str, merchant: &str) -> serde_json::Value {
    let words = [
        "case",
        "open",
        "--number",
        coupon,
        "--expiry",
        "2023-02-24",
        "--prefecture",
        "奈良県",
        "--merchant",
        merchant,
    ];
    office.run(staff, words).done()
}

/// The number of a case in an answer.
pub fn case_id(view: &serde_json::Value) -> String {
    view["case"].as_str().expect("a case number").to_owned()
}
