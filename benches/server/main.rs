//! How fast the store is on PostgreSQL, beside pgbench and psql doing the same on the same
//! server in the same run.
//!
//! ```text
//! cargo bench --bench server -- [--coupons N] [--restore N] [--only PART]
//! ```
//!
//! PART is one of `import`, `lookup`, `restore`, `busy`, `pair`. The server is started for the
//! run from Debian's packages, with `fsync` and `synchronous_commit` on, and is gone after it.

#[path = "../speed/campaign.rs"]
mod campaign;
mod import;
mod lookup;
mod pair;
mod pgbench;
#[path = "../speed/recheck.rs"]
mod recheck;
mod restore;
#[path = "../../tests/common/server/mod.rs"]
#[allow(dead_code)]
mod server;
#[path = "../speed/timing.rs"]
mod timing;

use campaign::Campaign;
use server::{Options, Server};

/// What to run, and how much of it.
pub struct Plan {
    /// Coupons in the table.
    pub coupons: u64,
    /// Cases opened and verified again.
    pub cases: u64,
    /// Cases restored by either side, for each number of desks.
    pub restore: u64,
    /// Only this part.
    pub only: Option<String>,
}

/// How many desks at once.
pub const DESKS: [u64; 3] = [1, 8, 64];

fn plan() -> Plan {
    let mut plan = Plan { coupons: 1_000_000, cases: 0, restore: 4_000, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let next = words.next().and_then(|text| text.parse().ok());
            next.unwrap_or_else(|| panic!("{word} wants a number"))
        };
        match word.as_str() {
            "--coupons" => plan.coupons = number(),
            "--restore" => plan.restore = number(),
            "--only" => plan.only = words.next(),
            _ => {}
        }
    }
    // Three numbers of desks, and look-ups among restorations.
    plan.cases = plan.restore * 4;
    plan.coupons = plan.coupons.max(plan.cases);
    plan
}

/// A durable server as one would set it up on a machine of this size.
pub fn options() -> Options {
    let settings = [
        ("synchronous_commit", "on"),
        ("shared_buffers", "2GB"),
        ("max_wal_size", "8GB"),
        ("checkpoint_timeout", "30min"),
    ];
    Options {
        fsync: true,
        max_connections: 300,
        settings: settings.map(|(name, value)| (name, value.to_owned())).to_vec(),
        ..Options::default()
    }
}

/// The role that desks of the benchmark connect as: they import, too.
pub const DESK: &str = "adm1";

/// A campaign in a database of its own.
///
/// # Panics
/// Where it cannot be made.
pub async fn begin(server: &Server, plan: &Plan, name: &str, url: &str) -> Campaign {
    server.psql("postgres", &format!("CREATE DATABASE {name}"));
    let folder = tempfile::tempdir().expect("a folder");
    let owner = server.url(server::SUPERUSER, name);
    Campaign::at(plan, folder, &owner, url).await
}

fn main() {
    let plan = plan();
    let wants = |part: &str| plan.only.as_deref().is_none_or(|only| only == part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{} coupons, {} restorations for each number of desks", plan.coupons, plan.restore);
    runtime.block_on(async {
        if plan.only.as_deref() != Some("pair") {
            let server = Server::start(options());
            server.role(DESK, "");
            let url = server.url(server::SUPERUSER, "campaign");
            let mut campaign = begin(&server, &plan, "campaign", &url).await;
            import::run(&server, &campaign, wants("import")).await;
            if wants("lookup") {
                lookup::run(&server, &campaign).await;
            }
            if wants("restore") || wants("busy") {
                recheck::run(&mut campaign).await;
                campaign.office.close().await.expect("closed");
                restore::run(&server, &plan, wants("restore"), wants("busy")).await;
            }
        }
        if wants("pair") {
            pair::run(&plan).await;
        }
    });
}
