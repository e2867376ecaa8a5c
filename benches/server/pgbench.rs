//! pgbench: the raw engine's side.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::machine::machine;
use crate::server::{SUPERUSER, Server};

/// How pgbench is to end.
#[derive(Clone, Copy)]
pub enum Until {
    /// After so many seconds.
    Seconds(u64),
    /// After so many rounds of the script by each client.
    Rounds(u64),
}

/// Runs a script and tells how many rounds it made in a second.
pub fn run(
    server: &Server,
    database: &str,
    clients: u64,
    until: Until,
    script: &str,
    set: &[(&str, u64)],
) -> f64 {
    let path = server.put("script.sql", script);
    let output = command(server, database, clients, until, &path, set)
        .stdin(Stdio::null())
        .output()
        .expect("pgbench runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let rate = told.lines().find_map(|line| {
        let rest = line.strip_prefix("tps = ")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    rate.unwrap_or_else(|| panic!("{told}\n{}", String::from_utf8_lossy(&output.stderr)))
}

fn command(
    server: &Server,
    database: &str,
    clients: u64,
    until: Until,
    script: &Path,
    set: &[(&str, u64)],
) -> Command {
    let mut command = machine().client("pgbench");
    command.args(["--no-vacuum", "--protocol=prepared", "--host=127.0.0.1"]);
    command.arg(format!("--port={}", server.port())).arg(format!("--username={SUPERUSER}"));
    command.arg(format!("--client={clients}")).arg(format!("--jobs={}", clients.min(2)));
    match until {
        Until::Seconds(seconds) => command.arg(format!("--time={seconds}")),
        Until::Rounds(rounds) => command.arg(format!("--transactions={rounds}")),
    };
    for (name, value) in set {
        command.arg("--define").arg(format!("{name}={value}"));
    }
    // As ours: the plan for whom it is does not depend on who asks.
    command.env("PGOPTIONS", "-c search_path=madoguchi -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off");
    command.arg("--file").arg(script).arg(database);
    command
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
