//! The process is killed (SIGKILL) wherever it happens to be, and afterwards nothing that
//! was acknowledged is lost, nothing is there by half, and asking again ends in one effect.
//!
//! A dozen kills by default; `MADOGUCHI_SOAK=1` makes it more than a hundred. The places
//! are drawn from a seed that is printed: `MADOGUCHI_SEED` draws the same ones again.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;

use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use common::books::{
    OUTAGE_COVERED, case_id, header, number, open_case, opened, rows_of, soak, table, text, verify,
};
use common::database::{Database, Kept};
use common::{Answer, Office, answer, program};

/// Draws places; splitmix64.
struct Draw(u64);

impl Draw {
    /// From `MADOGUCHI_SEED`, or from the time. Told, so that it can be repeated.
    fn told(what: &str) -> Self {
        let seed = std::env::var("MADOGUCHI_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |now| now.as_nanos().try_into().unwrap_or(1_u64) % 1_000_000_007)
        });
        println!("{what}: MADOGUCHI_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Some time in a life: half of them near its end, where it is made durable.
    fn place(&mut self, life: Duration) -> Duration {
        if self.next().is_multiple_of(2) {
            self.upto(life)
        } else {
            life * 2 / 3 + self.upto(life / 3)
        }
    }

    /// Some time up to `most`.
    fn upto(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.next() % u64::try_from(most.as_micros()).unwrap_or(1).max(1))
    }
}

/// Kills it `after` its start, unless it has ended by then. What it said, and whether it
/// was killed.
fn kill_after(mut child: Child, started: Instant, after: Duration) -> (Output, bool) {
    loop {
        let ended = child.try_wait().expect("its state").is_some();
        if ended || started.elapsed() >= after {
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    // Of one that has just ended nothing can be killed any more: not an error.
    let _ = child.kill();
    let output = child.wait_with_output().expect("what it said");
    let killed = output.status.code().is_none();
    (output, killed)
}

/// What holds after every kill, whatever was under way.
fn still_right(database: &Database) {
    let report = verify(database);
    assert_eq!(report.status, 0, "{}\n{}", report.json, report.stderr);
    let conn = opened(database);
    if let Database::File(_) = database {
        assert_eq!(text(&conn, "PRAGMA integrity_check"), "ok");
    }
    let wrong = "SELECT count(*) FROM coupon AS c WHERE balance NOT BETWEEN 0 AND face_value
        OR balance <> opening_balance + (SELECT coalesce(sum(amount), 0) FROM entry
            WHERE inquiry_number = c.inquiry_number)";
    assert_eq!(number(&conn, wrong), 0);
}

/// Which coupon, and its case.
struct Paid {
    coupon: String,
    case: String,
    command: String,
}

const COUPONS: usize = 400;

/// An office with many coupons that were each deducted twice for one sale of 1,500.
fn paid_twice() -> Office {
    let office = Office::open();
    let merchants = table("merchants", &["M1,鹿の茶屋,シカノチャヤ,奈良県,奈良市1,0742-00-0001"]);
    office.import("merchants", &merchants, &[]).done();
    let coupons: Vec<String> =
        (0..COUPONS).map(|i| format!("CPN{i:05},奈良県,5000,500,2023-02-24,paper,,,")).collect();
    let settlements: Vec<String> = (0..COUPONS)
        .flat_map(|i| [5, 6].map(|m| format!("D{i}-{m},CPN{i:05},M1,1500,2023-02-24 17:0{m}")))
        .collect();
    let sales: Vec<String> =
        (0..COUPONS).map(|i| format!("S{i},M1,2023-02-24 17:06,1500,0,CPN{i:05},")).collect();
    let import = |kind: &str, rows: &[String], options: &[&str]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        office.import(kind, &table(kind, &rows), options).done();
    };
    import("coupons", &coupons, &[]);
    import("settlements", &settlements, &["--covers", OUTAGE_COVERED]);
    import("sales", &sales, &["--covers", OUTAGE_COVERED]);
    office
}

fn restore(office: &Office, paid: &Paid) -> Command {
    office.command("op", ["case", "restore", &paid.case, "--command-id", &paid.command])
}

/// What one restoration leaves behind, and nothing more.
fn effects(database: &Database, paid: &Paid) -> [i64; 6] {
    let conn = opened(database);
    let case = &paid.case;
    let coupon = &paid.coupon;
    [
        number(&conn, &format!("SELECT count(*) FROM entry WHERE case_id = '{case}'")),
        number(&conn, &format!("SELECT balance FROM coupon WHERE inquiry_number = '{coupon}'")),
        number(&conn, &format!("SELECT count(*) FROM outbox WHERE case_id = '{case}'")),
        number(&conn, &format!("SELECT count(*) FROM extension WHERE case_id = '{case}'")),
        number(
            &conn,
            &format!("SELECT count(*) FROM command WHERE command_id = '{}'", paid.command),
        ),
        number(
            &conn,
            &format!("SELECT count(*) FROM cases WHERE case_id = '{case}' AND state = 'restored'"),
        ),
    ]
}

const ONE_EFFECT: [i64; 6] = [1, 2000, 1, 1, 1, 1];
const NO_EFFECT: [i64; 6] = [0, 500, 0, 0, 0, 0];

/// An answer that has been told in full.
fn acknowledged(output: &Output) -> bool {
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    told["state"] == "restored"
}

#[test]
fn killed_during_restorations() {
    let (wanted, most_rounds) = if soak() { (60, 130) } else { (7, 30) };
    let mut draw = Draw::told("restorations");
    let office = paid_twice();
    let database = office.database().clone();
    let mut fresh = (0..COUPONS).map(|i| format!("CPN{i:05}"));
    let mut open = |draw: &mut Draw| {
        let coupon = fresh.next().expect("enough coupons");
        let case = case_id(&open_case(&office, "op", &coupon, "M1"));
        let (a, b) = (draw.next(), draw.next());
        let command = format!(
            "{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        );
        Paid { coupon, case, command }
    };
    // How long one takes here: the places are drawn over the whole of it.
    let paid = open(&mut draw);
    let started = Instant::now();
    let done = answer(&restore(&office, &paid).output().expect("it runs")).done();
    let life = (started.elapsed() * 3 / 2).max(Duration::from_millis(120));
    assert_eq!(done["state"], "restored");
    assert_eq!(effects(&database, &paid), ONE_EFFECT);

    let (mut kills, mut lost, mut acknowledgements) = (0, 0, 0);
    for _ in 0..most_rounds {
        if kills >= wanted {
            break;
        }
        let paid = [open(&mut draw), open(&mut draw), open(&mut draw)];
        // The first is sent twice at once under the same command id.
        let sent: Vec<(&Paid, Child, Instant, Duration)> = [0, 0, 1, 2]
            .into_iter()
            .map(|i: usize| {
                let child = restore(&office, &paid[i]).spawn().expect("it runs");
                (&paid[i], child, Instant::now(), draw.upto(life))
            })
            .collect();
        let ended: Vec<(&Paid, Output)> = std::thread::scope(|scope| {
            let waiting: Vec<_> = sent
                .into_iter()
                .map(|(paid, child, started, after)| {
                    (paid, scope.spawn(move || kill_after(child, started, after)))
                })
                .collect();
            waiting
                .into_iter()
                .map(|(paid, thread)| {
                    let (output, killed) = thread.join().expect("it ended");
                    kills += usize::from(killed);
                    if !killed {
                        assert_eq!(output.status.code(), Some(0), "{output:?}");
                        assert!(acknowledged(&output), "{output:?}");
                    }
                    (paid, output)
                })
                .collect()
        });
        database.quiet();
        still_right(&database);
        for paid in &paid {
            let told = ended
                .iter()
                .any(|(whose, output)| std::ptr::eq::<Paid>(*whose, paid) && acknowledged(output));
            let found = effects(&database, paid);
            if told {
                acknowledgements += 1;
                assert_eq!(found, ONE_EFFECT, "an acknowledged restoration is lost: {}", paid.case);
            } else {
                assert!(found == ONE_EFFECT || found == NO_EFFECT, "{}: {found:?}", paid.case);
                lost += 1;
            }
            let first = answer(&restore(&office, paid).output().expect("it runs")).done();
            assert_eq!(first["state"], "restored");
            assert_eq!(first["coupon"]["balance"], 2000);
            assert_eq!(effects(&database, paid), ONE_EFFECT, "{}", paid.case);
            let again = answer(&restore(&office, paid).output().expect("it runs")).done();
            assert_eq!(first, again, "the first answer again");
        }
    }
    still_right(&database);
    println!("{kills} killed; {acknowledgements} acknowledged, {lost} not");
    assert!(kills >= wanted, "only {kills} of {wanted} could be killed");
    assert!(lost > 0, "every restoration was acknowledged: nothing was interrupted");
}

/// A database before an import, and the import.
struct Before {
    name: &'static str,
    kind: &'static str,
    table: &'static str,
    database: Kept,
    rows: usize,
    file: String,
}

/// A database that is killed in, made anew for every kill.
struct Desk {
    folder: tempfile::TempDir,
    database: Database,
}

impl Desk {
    fn of(before: &Before) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("file.csv"), &before.file).expect("written");
        let database = before.database.copy(folder.path());
        Self { folder, database }
    }

    fn import(&self, before: &Before) -> Command {
        let mut command = program(&self.database.url("ad"), "ad");
        command
            .args(["import", before.kind])
            .arg(self.folder.path().join("file.csv"))
            .env("TMPDIR", self.folder.path());
        if matches!(before.kind, "settlements" | "sales") {
            command.args(["--covers", OUTAGE_COVERED]);
        }
        command
    }

    fn imported(&self, before: &Before) -> Answer {
        answer(&self.import(before).output().expect("it runs"))
    }
}

/// What an import could leave by half: rows, declarations, the import's own row and event,
/// and the indexes and triggers.
fn state(database: &Database, table: &str) -> (i64, i64, i64, i64, String) {
    let conn = opened(database);
    (
        rows_of(&conn, table),
        rows_of(&conn, "coverage"),
        rows_of(&conn, "import"),
        number(&conn, "SELECT count(*) FROM audit_event WHERE action = 'import'"),
        conn.schema(),
    )
}

/// Rows of a kind, each a good one, from `from` on.
fn some(kind: &str, from: usize, count: usize) -> String {
    let mut file = header(kind).to_owned();
    for i in from..from + count {
        let coupon = i % SMALL;
        let minute = i % 50;
        let row = match kind {
            "coupons" => format!("X{i:07},奈良県,5000,{},2023-02-24,paper,,,宿{i}", i % 5000),
            "settlements" => {
                format!("D{i},CPN{coupon:05},M1,{},2023-02-24 17:{minute:02}", 1 + i % 3000)
            }
            _ => {
                format!("S{i},M1,2023-02-24 17:{minute:02},{},0,CPN{coupon:05},R-{i}", 1 + i % 3000)
            }
        };
        file.push_str(&row);
        file.push('\n');
    }
    file
}

/// Coupons that the settlements and sales speak of.
const SMALL: usize = 2000;

/// Every way in: into an empty table and into a filled one.
fn befores(rows: usize) -> Vec<Before> {
    let mut befores = Vec::new();
    for filled in [false, true] {
        for (kind, table_name) in
            [("coupons", "coupon"), ("settlements", "settlement"), ("sales", "sale")]
        {
            let office = Office::open();
            let merchants =
                table("merchants", &["M1,鹿の茶屋,シカノチャヤ,奈良県,,", "M2,大仏,,奈良県,,"]);
            office.import("merchants", &merchants, &[]).done();
            if kind != "coupons" {
                let coupons: Vec<String> = (0..SMALL)
                    .map(|i| format!("CPN{i:05},奈良県,5000000,500,2023-02-24,paper,,,"))
                    .collect();
                let coupons: Vec<&str> = coupons.iter().map(String::as_str).collect();
                office.import("coupons", &table("coupons", &coupons), &[]).done();
            }
            if filled {
                office.import(kind, &some(kind, 0, rows / 2), &[]).done();
            }
            befores.push(Before {
                name: if filled { "into a filled table" } else { "into an empty table" },
                kind,
                table: table_name,
                database: office.keep().database,
                rows,
                file: some(kind, rows, rows),
            });
        }
    }
    befores
}

#[test]
fn killed_during_an_import() {
    let (wanted_each, rows) = if soak() { (8, 20_000) } else { (1, 10_000) };
    let mut draw = Draw::told("imports");
    let (mut kills, mut none, mut all) = (0, 0, 0);
    for before in &befores(rows) {
        let what = format!("{} {}", before.kind, before.name);
        let desk = Desk::of(before);
        let untouched = state(&desk.database, before.table);
        let started = Instant::now();
        let done = desk.imported(before).done();
        let mut life = started.elapsed();
        let whole = state(&desk.database, before.table);
        assert_eq!(done["imported"], before.rows, "{what}");
        assert_eq!(untouched.4, whole.4, "{what}: the schema is as before");
        let mut killed_here = 0;
        for _ in 0..wanted_each * 20 {
            if killed_here == wanted_each {
                break;
            }
            let desk = Desk::of(before);
            let child = desk.import(before).spawn().expect("it runs");
            let (output, killed) = kill_after(child, Instant::now(), draw.place(life));
            killed_here += usize::from(killed);
            if !killed {
                // The machine was busier when it was measured.
                life = life * 4 / 5;
            }
            desk.database.quiet();
            still_right(&desk.database);
            let found = state(&desk.database, before.table);
            let is_in = found == whole;
            assert!(is_in || found == untouched, "{what}: by half: {:?}", (found.0, found.1));
            if !output.stdout.is_empty() {
                assert!(is_in, "{what}: acknowledged and not there");
            }
            if killed {
                none += usize::from(!is_in);
                all += usize::from(is_in);
            }
            let again = desk.imported(before).done();
            let (imported, unchanged) = if is_in { (0, before.rows) } else { (before.rows, 0) };
            assert_eq!(again["imported"], imported, "{what}");
            assert_eq!(again["unchanged"], unchanged, "{what}");
            let (rows, coverage, imports, ..) = state(&desk.database, before.table);
            assert_eq!((rows, coverage, imports), (whole.0, whole.1, whole.2), "{what}");
            still_right(&desk.database);
            let left: Vec<_> = std::fs::read_dir(desk.folder.path())
                .expect("the folder")
                .map(|entry| entry.expect("an entry").file_name())
                .filter(|name| !name.to_string_lossy().starts_with("story.db"))
                .collect();
            assert_eq!(left, ["file.csv"], "{what}: nothing is left lying about");
        }
        assert_eq!(killed_here, wanted_each, "{what}: it always ended before it was killed");
        kills += killed_here;
    }
    println!("{kills} killed; {none} times nothing was in, {all} times everything");
}

/// Killed between the import and what follows from it: the next import draws the
/// consequences that the killed one owed.
#[test]
fn killed_before_the_consequences_were_drawn() {
    let rounds = if soak() { 12 } else { 2 };
    let mut draw = Draw::told("consequences");
    let office = paid_twice();
    let case = case_id(&open_case(&office, "op", "CPN00000", "M1"));
    office.run("op", ["case", "restore", &case]).done();
    // The shop's late record: the second deduction was right after all.
    let file = table("sales", &["LATE1,M1,2023-02-24 17:20,1500,0,CPN00000,"]);
    let before = Before {
        name: "late",
        kind: "sales",
        table: "sale",
        database: office.keep().database,
        rows: 1,
        file,
    };
    let desk = Desk::of(&before);
    let started = Instant::now();
    desk.imported(&before).done();
    let life = started.elapsed();
    let state_of = |desk: &Desk| {
        text(&opened(&desk.database), &format!("SELECT state FROM cases WHERE case_id = '{case}'"))
    };
    assert_eq!(state_of(&desk), "contradicted");
    let mut between = 0;
    for _ in 0..rounds {
        let desk = Desk::of(&before);
        // The end of its life is where import and consequences are.
        let after = life / 2 + draw.upto(life / 2);
        let child = desk.import(&before).spawn().expect("it runs");
        let _ = kill_after(child, Instant::now(), after);
        desk.database.quiet();
        still_right(&desk.database);
        let conn = opened(&desk.database);
        let there = number(&conn, "SELECT count(*) FROM sale WHERE sale_id = 'LATE1'") == 1;
        drop(conn);
        between += usize::from(there && state_of(&desk) == "restored");
        desk.imported(&before).done();
        assert_eq!(state_of(&desk), "contradicted", "after {after:?} of {life:?}");
        still_right(&desk.database);
    }
    println!("{between} of {rounds} between the import and its consequences");
}
