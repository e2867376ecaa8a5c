//! On PostgreSQL the audit trail is a chain for each case and person, and seals that tie the
//! chains together. What is changed in any of it behind the program's back is found.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod tampering;

use common::books::{opened, verify};
use tampering::{Change, all_are_found, columns, copy, somewhere, told};

/// What may be named for a change in the chains.
const TRAIL: [&str; 4] = ["audit_event", "audit_chain", "audit_seal", "audit_head"];

/// A change of which it can only be told that the trail does not hold.
fn in_the_trail(sql: impl Into<String>) -> Change {
    Change { names: TRAIL.into(), key: None, sql: sql.into() }
}

/// The chain of the case that was restored, contradicted and reversed: the longest.
const LONGEST: &str = "(SELECT chain FROM audit_event WHERE action = 'case.reverse')";

#[test]
fn a_changed_event_is_found() {
    postgres_only!("SQLite has one chain (tests/tamper.rs)");
    let row = "action = 'case.restore'";
    let key = told(&format!("SELECT seq FROM audit_event WHERE {row}"));
    all_are_found(&columns(
        "audit_event",
        row,
        Some(&key),
        &[
            ("at", "at + 1"),
            ("staff_id", "'op2'"),
            ("action", "'case.note'"),
            ("subject", "'op2'"),
            ("case_id", "'R-20230313-0009'"),
            ("case_id", "NULL"),
            ("inquiry_number", "'COUPON2'"),
            ("detail", "replace(detail, '1500', '1400')"),
            ("wrote", "'[]'"),
            ("wrote", "wrote || ' '"),
            ("previous_hash", "upper(previous_hash)"),
            ("hash", "'00' || substr(hash, 3)"),
            ("hash", "previous_hash"),
        ],
    ));
    // Where it stands, or that it stands there at all.
    let of_chain = format!("FROM audit_event WHERE chain = {LONGEST}");
    all_are_found(&[
        in_the_trail(format!("UPDATE audit_event SET seq = seq + 100000 WHERE {row}")),
        in_the_trail(format!("UPDATE audit_event SET chain = 'staff' WHERE {row}")),
        in_the_trail(format!("UPDATE audit_event SET chain = 'case/x' WHERE {row}")),
        in_the_trail(format!("UPDATE audit_event SET chain = 'case/x' WHERE chain = {LONGEST}")),
        // The chain of a file that was moved, where nothing was.
        in_the_trail(format!("UPDATE audit_event SET chain = 'moved' WHERE {row}")),
        in_the_trail("UPDATE audit_event SET chain = 'moved' WHERE action = 'init'"),
        in_the_trail("UPDATE audit_event SET chain = 'moved' WHERE chain = 'records'"),
        in_the_trail(
            "UPDATE audit_event SET chain = 'moved' WHERE chain = 'records';
             UPDATE audit_chain SET chain = 'moved' WHERE chain = 'records'",
        ),
        in_the_trail(format!("DELETE FROM audit_event WHERE {row}")),
        in_the_trail(format!("DELETE FROM audit_event WHERE seq = (SELECT min(seq) {of_chain})")),
        in_the_trail(format!("DELETE FROM audit_event WHERE seq = (SELECT max(seq) {of_chain})")),
        in_the_trail(format!("DELETE FROM audit_event WHERE chain = {LONGEST}")),
        in_the_trail("DELETE FROM audit_event WHERE action = 'init'"),
        in_the_trail("DELETE FROM audit_event"),
        // The last one once more, linked to itself and to what was before it.
        in_the_trail(format!(
            "INSERT INTO audit_event SELECT seq + 100000, at, staff_id, action, subject, case_id,
                inquiry_number, detail, wrote, hash, hash, chain
             FROM audit_event WHERE seq = (SELECT max(seq) {of_chain})"
        )),
        in_the_trail(format!(
            "INSERT INTO audit_event SELECT seq + 100000, at, staff_id, action, subject, case_id,
                inquiry_number, detail, wrote, previous_hash, hash, chain
             FROM audit_event WHERE seq = (SELECT max(seq) {of_chain})"
        )),
        // Two events of a chain that changed places.
        in_the_trail(format!(
            "CREATE TEMP TABLE two AS SELECT min(seq) AS a, max(seq) AS b {of_chain};
             UPDATE audit_event SET seq = -1 WHERE seq = (SELECT a FROM two);
             UPDATE audit_event SET seq = a FROM two WHERE seq = b;
             UPDATE audit_event SET seq = b FROM two WHERE seq = -1"
        )),
    ]);
}

#[test]
fn a_cut_or_lengthened_chain_is_found() {
    postgres_only!("SQLite has one chain (tests/tamper.rs)");
    let longest = format!("WHERE chain = {LONGEST}");
    let last = format!("(SELECT max(seq) FROM audit_event {longest})");
    let mut changes: Vec<Change> = [
        "links = links + 1",
        "links = links - 1",
        "hash = upper(hash)",
        "hash = ''",
        "chain = 'case/x'",
    ]
    .map(|set| in_the_trail(format!("UPDATE audit_chain SET {set} {longest}")))
    .into();
    changes.extend([
        in_the_trail(format!("DELETE FROM audit_chain {longest}")),
        in_the_trail("DELETE FROM audit_chain"),
        in_the_trail("INSERT INTO audit_chain VALUES ('case/x', 1, 'x')"),
        // The end of a chain is cut off and its head moved back: the seal knows better, and
        // so do the rows that the event wrote.
        Change {
            names: [&TRAIL[..], &["cases"]].concat(),
            key: None,
            sql: format!(
                "UPDATE audit_chain SET links = links - 1, hash = (SELECT previous_hash
                     FROM audit_event WHERE seq = {last}) {longest};
                 DELETE FROM audit_event WHERE seq = {last}"
            ),
        },
        // A chain on which no row stands is taken away as a whole.
        in_the_trail(
            "CREATE TEMP TABLE gone AS SELECT chain FROM audit_chain WHERE chain LIKE 'person/%'
                AND chain NOT IN (SELECT chain FROM audit_event WHERE wrote <> '[]');
             DELETE FROM audit_event WHERE chain IN (SELECT chain FROM gone);
             DELETE FROM audit_chain WHERE chain IN (SELECT chain FROM gone)",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn a_changed_seal_is_found() {
    postgres_only!("SQLite has no seals");
    let last = "WHERE seal_no = (SELECT max(seal_no) FROM audit_seal)";
    let mut changes = Vec::new();
    for of in [last, "WHERE seal_no = 1", "WHERE seal_no = 2"] {
        changes.extend(
            [
                "at = at + 1",
                "heads = replace(heads, 'case/', 'cake/') || ' '",
                "heads = '[]'",
                "previous_hash = 'x'",
                "hash = upper(hash)",
                "hash = ''",
                "seal_no = seal_no + 1000",
            ]
            .map(|set| in_the_trail(format!("UPDATE audit_seal SET {set} {of}"))),
        );
        changes.push(in_the_trail(format!("DELETE FROM audit_seal {of}")));
    }
    let head = |sql: &str| somewhere("audit_head", sql);
    changes.extend([
        head("UPDATE audit_head SET seq = seq + 1"),
        head("UPDATE audit_head SET seq = seq - 1"),
        head("UPDATE audit_head SET hash = upper(hash)"),
        head("UPDATE audit_head SET hash = ''"),
        head("DELETE FROM audit_head"),
        head("UPDATE audit_head SET only_row = 2"),
        head("INSERT INTO audit_head SELECT 2, seq - 1, hash FROM audit_head"),
        in_the_trail("DELETE FROM audit_seal"),
        in_the_trail(
            "INSERT INTO audit_seal SELECT seal_no + 1, at, heads, hash, hash
             FROM audit_seal ORDER BY seal_no DESC LIMIT 1",
        ),
        // The last seal is taken away and the head moved back: the chains it covers have
        // grown since the one before, and nothing says that they wait for a seal.
        in_the_trail(format!(
            "UPDATE audit_head SET seq = seq - 1,
                hash = (SELECT previous_hash FROM audit_seal {last});
             DELETE FROM audit_seal {last}"
        )),
    ]);
    all_are_found(&changes);
}

/// What waits for its seal is proved by its chain alone, and is in order; the next command
/// seals it.
#[test]
fn what_is_not_sealed_yet_is_in_order_too() {
    postgres_only!("SQLite has no seals");
    let folder = tempfile::tempdir().expect("a folder");
    let database = copy(folder.path());
    // As a process that was killed before it sealed leaves it.
    let last = "(SELECT max(seal_no) FROM audit_seal)";
    tampering::tampered(
        &database,
        &format!(
            "INSERT INTO audit_unsealed SELECT h ->> 0
                FROM jsonb_array_elements((SELECT heads::JSONB FROM audit_seal
                    WHERE seal_no = {last})) AS h;
             UPDATE audit_head SET seq = seq - 1,
                hash = (SELECT previous_hash FROM audit_seal WHERE seal_no = {last});
             DELETE FROM audit_seal WHERE seal_no = {last}"
        ),
    );
    assert_eq!(verify(&database).done()["ok"], true);
    database.quiet();
    let waiting = "SELECT count(*) FROM audit_unsealed";
    assert_eq!(opened(&database).told(waiting), "0", "sealed when the command ended");
    assert_eq!(verify(&database).done()["ok"], true);
}
