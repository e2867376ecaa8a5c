//! Restorations beside pgbench calling the same statements.
//!
//! The same statements: what restoring a case reads and writes was seen in a rehearsal on a copy
//! of the database, where the server logged it. On another copy pgbench then makes the same two
//! calls with the same words, chain of the audit trail included, case after case.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use madoguchi::config::Settings;
use madoguchi::domain::case::State;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::office::cases::Shown;
use madoguchi::office::command::Act;
use madoguchi::office::{Actor, Office};
use madoguchi::store::{Store, place};

use crate::campaign::{PASSWORD, number};
use crate::pgbench::{self, Until, median};
use crate::server::{SUPERUSER, Server};
use crate::timing::{Times, rate, seconds};
use crate::{DESKS, Plan};

/// Parts of each number of desks, in turn on either side.
const ROUNDS: u64 = 4;
/// How many cases of ours a look-up is among.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Somebody at a database.
pub struct Counter {
    pub store: Arc<dyn Store>,
    pub office: Arc<Office>,
    pub operator: Actor,
}

impl Counter {
    /// Signs in.
    pub async fn open(url: &str) -> Self {
        let store = place::open(url).await.expect("opened");
        let settings = Arc::new(Settings::builtin().expect("the example"));
        let office = Office::open(Arc::clone(&store), settings).await.expect("opened");
        let operator = office.sign_in(&"op".parse().expect("an id"), &Private::new(PASSWORD)).await;
        Self { store, office: Arc::new(office), operator: operator.expect("in") }
    }

    /// The cases that can be restored, in order.
    pub async fn matched(&self) -> Vec<String> {
        let mut ids = Vec::new();
        loop {
            let after = ids.last().and_then(|id: &String| id.parse().ok());
            let states = [State::Matched.as_str()];
            let more = self.store.case_ids(&states, after.as_ref(), 1000).await.expect("listed");
            if more.is_empty() {
                return ids;
            }
            ids.extend(more);
        }
    }

    /// Restores cases by so many desks at once.
    pub async fn restore(&self, ids: &[String], desks: u64) -> (f64, Times) {
        let begun = Instant::now();
        let mut tasks = Vec::new();
        let desks = usize::try_from(desks).expect("few");
        for desk in 0..desks {
            let mine: Vec<String> = ids.iter().skip(desk).step_by(desks).cloned().collect();
            let (office, operator) = (Arc::clone(&self.office), self.operator.clone());
            tasks.push(tokio::spawn(async move {
                let mut times = Times::default();
                for id in mine {
                    let shown = Shown {
                        command_id: Some(uuid::Uuid::now_v7().to_string()),
                        ..Shown::default()
                    };
                    let id = id.parse().expect("a number");
                    let one = Instant::now();
                    let view = office.on_case(&operator, &id, Act::Restore, shown).await;
                    times.add(one.elapsed());
                    assert_eq!(view.expect("restored").state, "restored");
                }
                times
            }));
        }
        let mut times = Times::default();
        for task in tasks {
            times.join(task.await.expect("a task"));
        }
        (rate(ids.len().try_into().expect("few"), seconds(begun)), times)
    }
}

pub async fn run(server: &Server, plan: &Plan, compare: bool, busy: bool) {
    let copy =
        |name: &str| server.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE campaign"));
    if compare {
        copy("rehearsal");
        let calls = rehearse(server, plan).await;
        copy("theirs");
        load(server, &calls);
    }
    copy("ours");
    let ours = Counter::open(&server.url(SUPERUSER, "ours")).await;
    let ids = ours.matched().await;
    let each = usize::try_from(plan.restore).expect("few");
    if compare {
        for (place, desks) in DESKS.into_iter().enumerate() {
            let ids = &ids[place * each..(place + 1) * each];
            side_by_side(server, plan, &ours, ids, desks, place).await;
        }
    }
    if busy {
        among_restorations(plan, &ours, &ids[3 * each..]).await;
    }
    ours.office.close().await.expect("closed");
}

async fn side_by_side(
    server: &Server,
    plan: &Plan,
    ours: &Counter,
    ids: &[String],
    desks: u64,
    place: usize,
) {
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut times = Times::default();
    let first = u64::try_from(place).expect("few") * plan.restore;
    let part = plan.restore / ROUNDS / desks * desks;
    for (round, ids) in (0..ROUNDS).zip(ids.chunks(usize::try_from(part).expect("few"))) {
        let (rate, some) = ours.restore(ids, desks).await;
        times.join(some);
        let set = [("first", first + round * part), ("desks", desks), ("n", 0)];
        let rounds = Until::Rounds(part / desks);
        let raw = pgbench::run(server, "theirs", desks, rounds, &script(), &set);
        mine.push(rate);
        theirs.push(raw);
        ratios.push(rate / raw);
    }
    let (mine, theirs, ratio) = (median(mine), median(theirs), median(ratios));
    println!(
        "restore   {desks:>2} desks: ours {mine:.0}/s  {}\n          pgbench {theirs:.0}/s: ours \
         {ratio:.2} of it (medians of {ROUNDS} rounds)",
        times.line()
    );
}

/// Look-ups while 64 desks restore.
async fn among_restorations(plan: &Plan, ours: &Counter, ids: &[String]) {
    let over = Arc::new(AtomicBool::new(false));
    let (store, coupons, stop) = (Arc::clone(&ours.store), plan.coupons, Arc::clone(&over));
    let looking = tokio::spawn(async move {
        let (mut times, mut k) = (Times::default(), 0_u64);
        while !stop.load(Ordering::Relaxed) {
            k = k.wrapping_add(2_654_435_761);
            let wanted = InquiryNumber::fold(&number(k % coupons)).expect("a number");
            let one = Instant::now();
            store.look_up(&wanted).await.expect("looked up");
            times.add(one.elapsed());
            tokio::time::sleep(LOOK_EVERY).await;
        }
        times
    });
    let (rate, mut restored) = ours.restore(ids, 64).await;
    over.store(true, Ordering::Relaxed);
    let mut times = looking.await.expect("a desk");
    println!("busy      look-up {} while 64 desks restore {rate:.0}/s", times.line());
    println!("          a restoration {}", restored.line());
}

/// The two calls of each case, as they were logged: what it reads by, and what it writes.
struct Calls {
    read: String,
    cases: Vec<(Vec<String>, Vec<String>)>,
}

const WRITE: &str = "SELECT apply(";
const READ: &str = "WITH need AS MATERIALIZED";

/// Restores every case once, one after the other, on a copy that logs what it is asked.
async fn rehearse(server: &Server, plan: &Plan) -> Calls {
    server.psql("postgres", "ALTER DATABASE rehearsal SET log_min_duration_statement = 0");
    let before = server.log().len();
    let rehearsal = Counter::open(&server.url(SUPERUSER, "rehearsal")).await;
    let ids = rehearsal.matched().await;
    let count = usize::try_from(plan.restore * 3).expect("few");
    rehearsal.restore(&ids[..count], 1).await;
    rehearsal.office.close().await.expect("closed");
    let log = server.log();
    let mut calls = Calls { read: String::new(), cases: Vec::new() };
    let mut read: Vec<String> = Vec::new();
    let mut said: Option<(bool, String)> = None;
    for entry in entries(&log[before..]) {
        if let Some((_, statement)) = entry.split_once("  execute ") {
            let statement = statement.split_once(": ").map_or("", |(_, sql)| sql);
            said = if statement.starts_with(WRITE) {
                Some((true, statement.to_owned()))
            } else if statement.starts_with(READ) {
                Some((false, statement.to_owned()))
            } else {
                None
            };
        } else if let (Some((_, rest)), Some((writes, sql))) =
            (entry.split_once("DETAIL:  parameters: "), said.take())
        {
            let values = parameters(rest);
            // A restoration: it writes entries.
            if writes && values.get(5).is_some_and(|entries| entries != "[]") {
                calls.cases.push((std::mem::take(&mut read), values));
            } else if !writes {
                read = values;
                calls.read = sql;
            }
        }
    }
    assert_eq!(calls.cases.len(), count, "as many calls as cases");
    calls
}

/// The log's entries: a line that begins with a tab goes on with the one before.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(rest), Some(last)) => {
                last.push('\n');
                last.push_str(rest);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'a', $2 = 'it''s'`: the values.
fn parameters(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find('\'') {
        let mut value = String::new();
        rest = &rest[begin + 1..];
        loop {
            let end = rest.find('\'').expect("a closing quote");
            value.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            if !rest.starts_with('\'') {
                break;
            }
            value.push('\'');
            rest = &rest[1..];
        }
        values.push(value);
    }
    values
}

/// Puts the calls into the copy that pgbench works on.
fn load(server: &Server, calls: &Calls) {
    let columns: Vec<String> = (1..=15).map(|i| format!("w{i} JSONB")).collect();
    server.psql(
        "theirs",
        &format!(
            "CREATE TABLE public.call (id BIGINT PRIMARY KEY, r1 TEXT, r2 BIGINT, r3 TEXT, {});
             CREATE FUNCTION public.reads(BIGINT) RETURNS SETOF public.call LANGUAGE sql STABLE
                 AS 'SELECT * FROM public.call WHERE id = $1'",
            columns.join(", ")
        ),
    );
    let quoted = |value: &String| format!("'{}'", value.replace('\'', "''"));
    for (first, cases) in calls.cases.chunks(500).enumerate() {
        let mut sql = "INSERT INTO public.call VALUES ".to_owned();
        for (i, (read, write)) in cases.iter().enumerate() {
            let values: Vec<String> = read.iter().chain(write).map(quoted).collect();
            let comma = if i == 0 { "" } else { ", " };
            let _ = write!(sql, "{comma}({}, {})", first * 500 + i, values.join(", "));
        }
        server.psql("theirs", &sql);
    }
    server.psql("theirs", "VACUUM ANALYZE public.call");
    let read = calls
        .read
        .replace("$1", "(SELECT r1 FROM public.call WHERE id = :id)")
        .replace("$2", "(SELECT r2 FROM public.call WHERE id = :id)")
        .replace("$3", "(SELECT r3 FROM public.call WHERE id = :id)");
    let write: Vec<String> = (1..=15).map(|i| format!("c.w{i}")).collect();
    let script = format!(
        "\\set id :first + :client_id + :n * :desks\n\\set n :n + 1\n{read};\n\
         SELECT apply({}) FROM public.call AS c WHERE c.id = :id;\n",
        write.join(", ")
    );
    SCRIPT.set(script).expect("once");
}

static SCRIPT: std::sync::OnceLock<String> = std::sync::OnceLock::new();

fn script() -> String {
    SCRIPT.get().cloned().expect("the rehearsal was")
}
