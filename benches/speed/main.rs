//! How fast the store is, beside the same work on the raw engine in the same run.
//!
//! ```text
//! cargo bench --bench speed -- [--coupons N] [--cases N] [--restore N] [--only PART]
//! ```
//!
//! PART is one of `import`, `lookup`, `recheck`, `restore`, `desk`. The defaults take some minutes;
//! the README's figures are from `--coupons 10000000`. `sqlite3` must be installed for the
//! import's other side.

mod campaign;
mod desk;
mod import;
mod lookup;
mod near;
mod raw;
mod recheck;
mod restore;
mod timing;

use campaign::Campaign;

/// What to run, and how much of it.
pub struct Plan {
    /// Coupons in the table.
    pub coupons: u64,
    /// Cases opened and verified again.
    pub cases: u64,
    /// Cases restored.
    pub restore: u64,
    /// Only this part.
    pub only: Option<String>,
}

fn plan() -> Plan {
    let mut plan = Plan { coupons: 1_000_000, cases: 100_000, restore: 20_000, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let next = words.next().and_then(|text| text.parse().ok());
            next.unwrap_or_else(|| panic!("{word} wants a number"))
        };
        match word.as_str() {
            "--coupons" => plan.coupons = number(),
            "--cases" => plan.cases = number(),
            "--restore" => plan.restore = number(),
            "--only" => plan.only = words.next(),
            _ => {}
        }
    }
    plan.coupons = plan.coupons.max(plan.cases);
    plan.cases = plan.cases.max(plan.restore);
    plan
}

fn main() {
    let plan = plan();
    let wants = |part: &str| plan.only.as_deref().is_none_or(|only| only == part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{} coupons, {} cases, {} restorations", plan.coupons, plan.cases, plan.restore);
    runtime.block_on(async {
        let mut campaign = Campaign::new(&plan).await;
        import::run(&mut campaign, wants("import")).await;
        if wants("lookup") {
            lookup::run(&campaign).await;
        }
        if wants("recheck") || wants("restore") {
            recheck::run(&mut campaign).await;
        }
        if wants("restore") {
            restore::run(&mut campaign).await;
        }
        if wants("desk") {
            desk::run(&campaign).await;
        }
        campaign.office.close().await.expect("closed");
    });
}
