//! What waiting for a synchronous standby costs: the same restorations on a single server and
//! on the primary of a pair, in turn.

use crate::pgbench::median;
use crate::recheck;
use crate::restore::Counter;
use crate::server::pair::Pair;
use crate::server::{SUPERUSER, Server};
use crate::timing::Times;
use crate::{Plan, begin, import, options};

/// Desks at once.
const DESKS: u64 = 8;
/// Parts, in turn.
const ROUNDS: usize = 4;

pub async fn run(plan: &Plan) {
    let small = Plan { coupons: plan.restore * 2, cases: plan.restore, only: None, ..*plan };
    let single = Server::start(options());
    let pair = Pair::start(&options(), true);
    let (mut counters, mut all) = (Vec::new(), Vec::new());
    for server in [&single, &pair.primary] {
        let url = server.url(SUPERUSER, "campaign");
        let mut campaign = begin(server, &small, "campaign", &url).await;
        import::run(server, &campaign, false).await;
        recheck::run(&mut campaign).await;
        campaign.office.close().await.expect("closed");
        let counter = Counter::open(&url).await;
        all.push(counter.matched().await);
        counters.push(counter);
    }
    let part = all[0].len() / ROUNDS;
    let (mut rates, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    let mut times = [Times::default(), Times::default()];
    for round in 0..ROUNDS {
        for (side, counter) in counters.iter().enumerate() {
            let ids = &all[side][round * part..(round + 1) * part];
            let (rate, some) = counter.restore(ids, DESKS).await;
            times[side].join(some);
            rates[side].push(rate);
        }
        ratios.push(rates[1][round] / rates[0][round]);
    }
    let [alone, pair] = rates.map(median);
    println!("pair      {DESKS} desks: single {alone:.0}/s  {}", times[0].line());
    println!(
        "          synchronous pair {pair:.0}/s  {}: {:.2} of it",
        times[1].line(),
        median(ratios)
    );
    for counter in counters {
        counter.office.close().await.expect("closed");
    }
}
