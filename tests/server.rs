//! The servers that the tests start for themselves.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::server::pair::Pair;
use common::server::{Options, Server};
use sqlx::{Connection as _, PgConnection};

/// What a process of this test does that is told to hold a server.
const HOLDS: &str = "MADOGUCHI_TEST_HOLDS_A_SERVER";

fn answer(url: &str, sql: &'static str) -> Result<String, sqlx::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut conn = PgConnection::connect(url).await?;
        let answer = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut conn).await;
        conn.close().await?;
        answer
    })
}

#[test]
fn a_server_starts_copies_a_database_is_killed_and_starts_again() {
    let server = Server::start(Options::default());
    server.role("somebody", "");
    let begin = server.fresh_database_of("somebody");
    server.psql(&begin, "REVOKE ALL ON SCHEMA public FROM public");
    let made = "CREATE TABLE public.t (n BIGINT); INSERT INTO public.t VALUES (7)";
    server.psql(&begin, made);
    server.psql("postgres", &format!("REVOKE TEMPORARY ON DATABASE {begin} FROM public"));

    let copies = [0, 1].map(|_| server.database_from(&begin));
    server.psql(&copies[0], "UPDATE public.t SET n = 8");
    assert_eq!(copies.each_ref().map(|name| server.psql(name, "SELECT n FROM t")), ["8", "7"]);
    let url = server.url("somebody", &copies[1]);
    assert_eq!(answer(&url, "SELECT current_user::TEXT").expect("connected"), "somebody");
    let refused = server.asked("somebody", &copies[1], "SELECT n FROM public.t");
    assert!(refused.expect_err("not theirs").contains("42501"));
    let held = "SELECT has_database_privilege('public', current_database(), 'TEMPORARY')";
    assert_eq!(server.psql(&copies[1], held), "f", "what may be done is copied too");

    let before = server.pid();
    server.kill();
    answer(&url, "SELECT ''").expect_err("nobody answers");
    server.start_again();
    assert_ne!(server.pid(), before);
    assert_eq!(server.psql(&copies[0], "SELECT n FROM t"), "8", "what was committed is there");
    server.kill_postmaster();
    server.start_again();
    server.stop();
    server.start_again();
    assert_eq!(server.psql(&copies[1], "SELECT n FROM t"), "7");
    server.drop_database(&copies[1]);
    answer(&url, "SELECT ''").expect_err("no such database");

    let folder = server.folder().to_owned();
    let pid = server.pid();
    drop(server);
    assert!(!folder.exists() && !is_there(pid), "nothing is left");
}

#[test]
fn a_server_asks_for_passwords_and_is_full_as_it_is_told() {
    let settings = vec![("superuser_reserved_connections", "3".to_owned())];
    let options = Options { scram: true, fsync: true, max_connections: 4, settings };
    let server = Server::start(options);
    server.role("somebody", "");
    let url = server.url("somebody", "postgres");
    assert_eq!(answer(&url, "SHOW fsync").expect("connected"), "on");
    let wrong = url.replace(&server.password("somebody"), "wrong");
    let refused = answer(&wrong, "SELECT ''").expect_err("the wrong password");
    assert!(refused.to_string().contains("password authentication failed"), "{refused}");

    let hold = || server.psql_of("somebody", "postgres").spawn().expect("psql runs");
    let mut holder = hold();
    let connected = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'somebody'";
    while server.psql("postgres", connected) != "1" {
        // The connections of before may not all have been given back.
        if holder.try_wait().expect("its state").is_some() {
            holder = hold();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let full = answer(&url, "SELECT ''").expect_err("full");
    assert!(full.to_string().contains("remaining connection slots"), "{full}");
    holder.kill().expect("ours");
    holder.wait().expect("it ends");
}

#[test]
fn a_standby_follows_and_is_promoted_when_the_primary_dies() {
    let pair = Pair::start(&Options { scram: true, ..Options::default() }, true);
    let primary = &pair.primary;
    let database = primary.fresh_database();
    primary.psql(&database, "CREATE TABLE public.t (n BIGINT); INSERT INTO public.t VALUES (7)");
    pair.caught_up();
    let standby = &pair.standby;
    assert_eq!(standby.psql(&database, "SELECT n FROM t"), "7");
    let written = standby.asked(common::server::SUPERUSER, &database, "DELETE FROM t");
    assert!(written.expect_err("read-only").contains("25006"));
    primary.psql(&database, "INSERT INTO t VALUES (8)");
    primary.kill();
    standby.promote();
    assert_eq!(standby.psql(&database, "SELECT count(*) FROM t"), "2", "both were acknowledged");
    // It waits for nobody.
    standby.psql(&database, "DELETE FROM t");
}

/// The other side of the next test, in a process of its own.
#[test]
fn holds_a_server() {
    if std::env::var_os(HOLDS).is_none() {
        return;
    }
    let server = Server::start(Options::default());
    println!("\nholds {} {}", server.pid(), server.folder().display());
    std::thread::sleep(Duration::from_mins(5));
}

#[test]
fn a_server_is_gone_when_the_test_that_started_it_is_killed() {
    use std::io::{BufRead as _, BufReader};
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "holds_a_server", "--nocapture"])
        .env(HOLDS, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let mut lines = output.lines().map(|line| line.expect("a line"));
    let line = lines.find(|line| line.starts_with("holds ")).expect("it starts a server");
    let words: Vec<&str> = line.split(' ').collect();
    let (pid, folder) = (words[1].parse().expect("a process"), Path::new(words[2]));
    assert!(is_there(pid) && folder.exists());
    child.kill().expect("ours");
    child.wait().expect("it ends");
    let end = Instant::now() + Duration::from_secs(30);
    while is_there(pid) || folder.exists() {
        assert!(Instant::now() < end, "the server goes on without its test");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `tests/run` names the tests that go by the engine, once.
#[test]
fn every_test_that_opens_a_database_is_run_on_either_engine() {
    // The keys need none, the WAL is a file's own, and these servers are nobody's engine.
    const NOT: [&str; 3] = ["desk_keys", "server", "wal"];
    let run = include_str!("run");
    let (_, list) = run.split_once("on_either=(").expect("the list");
    let (list, _) = list.split_once(')').expect("its end");
    let named: BTreeSet<&str> = list.split_whitespace().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let there =
        std::fs::read_dir(folder).expect("the tests").map(|entry| entry.expect("one").path());
    let there = there.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let open: BTreeSet<String> = there
        .filter(|path| std::fs::read_to_string(path).expect("text").contains("mod common;"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !NOT.contains(&name.as_str()))
        .collect();
    assert_eq!(open.iter().map(String::as_str).collect::<BTreeSet<_>>(), named);
}

fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/exe")).read_link().is_ok()
}
