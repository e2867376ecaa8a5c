//! The raw engine's restorations: one rusqlite writer thread, group commit, a savepoint and
//! the same reads and writes for each, statements prepared once. No rule is checked and
//! nothing is hashed here.

use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use rusqlite::{Connection, params};

use crate::restore::TASKS;
use crate::timing::{Times, seconds};

struct Ask {
    case_id: String,
    reply: mpsc::Sender<()>,
}

/// How long it took, and how long each waited.
pub fn run(database: &Path, ids: &[String]) -> (f64, Times) {
    let (sender, inbox) = mpsc::channel::<Ask>();
    let database = database.to_owned();
    let writer = std::thread::spawn(move || write(&database, &inbox));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let mine: Vec<String> = ids.iter().skip(task).step_by(TASKS).cloned().collect();
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut times = Times::default();
                for case_id in mine {
                    let (reply, answer) = mpsc::channel();
                    let one = Instant::now();
                    sender.send(Ask { case_id, reply }).expect("sent");
                    answer.recv().expect("answered");
                    times.add(one.elapsed());
                }
                times
            })
        })
        .collect();
    drop(sender);
    let mut times = Times::default();
    for task in tasks {
        times.join(task.join().expect("a task"));
    }
    let taken = seconds(begun);
    writer.join().expect("the writer");
    (taken, times)
}

fn write(database: &Path, inbox: &mpsc::Receiver<Ask>) {
    let conn = Connection::open(database).expect("opened");
    conn.set_prepared_statement_cache_capacity(100);
    conn.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
         PRAGMA mmap_size=268435456; PRAGMA wal_autocheckpoint=2000;",
    )
    .expect("set");
    while let Ok(first) = inbox.recv() {
        let mut batch = vec![first];
        batch.extend(inbox.try_iter());
        conn.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for ask in &batch {
            conn.execute_batch("SAVEPOINT one").expect("a savepoint");
            restore(&conn, &ask.case_id).expect("restored");
            conn.execute_batch("RELEASE one").expect("released");
        }
        conn.execute_batch("COMMIT").expect("committed");
        for ask in batch {
            let _ = ask.reply.send(());
        }
    }
}

/// Reads every row of a query, as a program that looks at it would.
fn read(conn: &Connection, sql: &str, key: &[&str]) -> rusqlite::Result<usize> {
    let mut query = conn.prepare_cached(sql)?;
    let columns = query.column_count();
    let mut rows = query.query(rusqlite::params_from_iter(key))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            std::hint::black_box(row.get::<_, rusqlite::types::Value>(column)?);
        }
        count += 1;
    }
    Ok(count)
}

fn restore(conn: &Connection, case_id: &str) -> rusqlite::Result<()> {
    let (number, shop, version): (String, String, i64) = conn
        .prepare_cached(
            "SELECT inquiry_number, merchant_id, version FROM cases WHERE case_id = ?1",
        )?
        .query_row([case_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    read(conn, "SELECT * FROM staff WHERE staff_id = ?1", &["op"])?;
    read(conn, "SELECT * FROM cases WHERE case_id = ?1", &[case_id])?;
    read(conn, "SELECT * FROM coupon WHERE inquiry_number = ?1", &[&number])?;
    read(conn, "SELECT to_on FROM extension WHERE inquiry_number = ?1", &[&number])?;
    read(conn, "SELECT * FROM merchant WHERE merchant_id = ?1", &[&shop])?;
    read(conn, "SELECT * FROM settlement WHERE inquiry_number = ?1", &[&number])?;
    read(
        conn,
        "SELECT * FROM sale WHERE inquiry_number = ?1 AND merchant_id = ?2",
        &[&number, &shop],
    )?;
    read(
        conn,
        "SELECT * FROM sale WHERE merchant_id = ?1 AND inquiry_number IS NULL
         AND sold_at BETWEEN 1677229000000000 AND 1677236000000000 LIMIT 100",
        &[&shop],
    )?;
    read(conn, "SELECT * FROM case_sale WHERE case_id = ?1", &[case_id])?;
    read(conn, "SELECT * FROM coverage WHERE merchant_id = ?1", &[&shop])?;
    read(conn, "SELECT * FROM coverage WHERE merchant_id IS NULL", &[])?;
    read(conn, "SELECT * FROM entry WHERE case_id = ?1", &[case_id])?;
    read(conn, "SELECT * FROM command WHERE command_id = ?1", &[case_id])?;
    let (seq, hash): (i64, String) = conn
        .prepare_cached("SELECT seq, hash FROM audit_head")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let settlement: String = conn
        .prepare_cached(
            "SELECT settlement_id FROM settlement WHERE inquiry_number = ?1
             ORDER BY settled_at DESC LIMIT 1",
        )?
        .query_row([&number], |row| row.get(0))?;
    let seq = seq + 1;
    // Of the length that ours writes.
    let answer = "a".repeat(1100);
    let wrote = "w".repeat(450);
    let detail = "d".repeat(330);
    conn.prepare_cached("INSERT INTO entry VALUES (?1, 0, ?2, ?3, ?4, 'restoration', 1500, 0)")?
        .execute(params![seq, number, case_id, settlement])?;
    conn.prepare_cached(
        "INSERT INTO extension VALUES (?1, ?2, '2023-02-24', '2023-03-31', ?3, 0)",
    )?
    .execute(params![number, seq, case_id])?;
    conn.prepare_cached(
        "UPDATE cases SET state = 'restored', restorable = 0, restored = 1500, restored_by = 'op',
         version = ?2 + 1, audit_seq = ?3 WHERE case_id = ?1",
    )?
    .execute(params![case_id, version, seq])?;
    conn.prepare_cached("INSERT INTO outbox VALUES (?1, 0, ?2, ?3, 'restore', ?4, 0)")?
        .execute(params![seq, case_id, number, "p".repeat(150)])?;
    conn.prepare_cached("INSERT INTO command VALUES (?1, 'op', ?2, ?3, 0, ?4)")?
        .execute(params![format!("{seq:036}"), hash, answer, seq])?;
    conn.prepare_cached(
        "INSERT INTO audit_event VALUES (?1, 0, 'op', 'case.restore', NULL, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?
    .execute(params![seq, case_id, number, detail, wrote, hash])?;
    conn.prepare_cached("UPDATE audit_head SET seq = ?1, hash = ?2")?
        .execute(params![seq, hash])?;
    Ok(())
}
