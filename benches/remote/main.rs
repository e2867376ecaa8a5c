//! How fast desks over SSH are: the program itself as `serve`, and beside it, in the same run,
//! a bare SSH server that does nothing but draw as much.
//!
//! ```text
//! cargo bench --bench remote -- [--desks N] [--seconds S] [--size 200x60]
//! ```
//!
//! The clients are a second process, and the bare server a third: this program, started again.
//! A key is answered when the first bytes of what follows have arrived and are decrypted.

mod campaign;
mod clients;
mod raw;
mod server;

use std::time::Duration;

use campaign::Campaign;
use clients::{Clients, Typed};
use server::Server;

/// How many sign in at once.
const AT_ONCE: usize = 300;
/// How long after signing in until nothing happens any more.
const SETTLE: Duration = Duration::from_secs(3);
/// The smaller terminal, for its memory alone.
const SMALL: (u32, u32) = (120, 40);

/// What to run, and how much of it.
struct Plan {
    desks: usize,
    seconds: u64,
    size: (u32, u32),
}

fn plan() -> Plan {
    let mut plan = Plan { desks: 500, seconds: 60, size: (200, 60) };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap_or_else(|| panic!("{word} wants a value"));
        match word.as_str() {
            "--desks" => plan.desks = next().parse().expect("a number"),
            "--seconds" => plan.seconds = next().parse().expect("a number"),
            "--size" => plan.size = size(&next()).expect("a size, as 200x60"),
            _ => {}
        }
    }
    plan
}

fn size(text: &str) -> Option<(u32, u32)> {
    let (columns, rows) = text.split_once('x')?;
    Some((columns.parse().ok()?, rows.parse().ok()?))
}

fn main() {
    match std::env::var("MADOGUCHI_BENCH_ROLE").as_deref() {
        Ok("clients") => clients::play(),
        Ok("raw") => raw::play(),
        _ => measure(&plan()),
    }
}

fn measure(plan: &Plan) {
    let (columns, rows) = plan.size;
    println!("{} desks at {columns}x{rows}, a key a second each, {} s", plan.desks, plan.seconds);
    let campaign = Campaign::new(plan.desks);

    let server = Server::serve(&campaign);
    let (alone, calm) = (server.resident_kib(), wake_ups(&server, plan.seconds));
    let mut clients = Clients::start(server.port, plan.size);
    let first = plan.desks.min(AT_ONCE);
    let took = clients.sign_in(first);
    println!("sign-in   {first} desks with passwords at once in {took:.1} s");
    clients.sign_in(plan.desks - first);
    std::thread::sleep(SETTLE);
    memory("serve", &server, alone, plan.desks, plan.size);
    let idle = wake_ups(&server, plan.seconds);
    let each = (idle - calm) / float(plan.desks as u64);
    println!("idle      {calm:.1} wake-ups a second alone, {idle:.1} with all: {each:.3} a desk");
    let ours = typed("serve", &server, &mut clients, plan.seconds);
    memory("typed", &server, alone, plan.desks, plan.size);
    drop((clients, server));

    let server = Server::raw(ours.frame_bytes());
    let alone = server.resident_kib();
    let mut clients = Clients::start(server.port, plan.size);
    clients.sign_in(plan.desks);
    std::thread::sleep(SETTLE);
    memory("raw", &server, alone, plan.desks, plan.size);
    let raw = typed("raw", &server, &mut clients, plan.seconds);
    let (p50, p99) = (raw.p50() / ours.p50(), raw.p99() / ours.p99());
    println!("ratio     of the raw engine's time to ours: p50 {p50:.2}, p99 {p99:.2}");
    drop((clients, server));

    if plan.size != SMALL {
        let server = Server::serve(&campaign);
        let alone = server.resident_kib();
        let mut clients = Clients::start(server.port, SMALL);
        // No more at once than the settings let wait.
        clients.sign_in(first);
        clients.sign_in(plan.desks - first);
        clients.type_for(plan.seconds.min(10));
        memory("typed", &server, alone, plan.desks, SMALL);
    }
}

/// What a desk takes: what all share is in it too, the more so the fewer they are.
fn memory(what: &str, server: &Server, alone: u64, desks: usize, (columns, rows): (u32, u32)) {
    let now = server.resident_kib();
    let each = float(now.saturating_sub(alone)) / 1024.0 / float(desks as u64);
    let (alone, now) = (alone / 1024, now / 1024);
    println!(
        "memory    {what}: {alone} MiB alone, {now} MiB with all, {each:.3} MiB a desk at {columns}x{rows}"
    );
}

/// How often the server wakes up in a second while nobody does anything.
fn wake_ups(server: &Server, seconds: u64) -> f64 {
    let before = server.wake_ups();
    std::thread::sleep(Duration::from_secs(seconds));
    let since = |(thread, now)| now - before.get(&thread).copied().unwrap_or_default();
    float(server.wake_ups().into_iter().map(since).sum()) / float(seconds)
}

fn typed(what: &str, server: &Server, clients: &mut Clients, seconds: u64) -> Typed {
    let before = server.processor_seconds();
    let typed = clients.type_for(seconds);
    let share = (server.processor_seconds() - before) / float(seconds) * 100.0;
    println!("key       {what}: {typed}; {share:.0}% of a processor");
    typed
}

#[allow(clippy::cast_precision_loss, reason = "nothing here is that large")]
fn float(number: u64) -> f64 {
    number as f64
}
