//! Look-ups beside pgbench asking the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi::domain::number::InquiryNumber;

use crate::DESKS;
use crate::campaign::{Campaign, number};
use crate::pgbench::{self, Until, median};
use crate::server::Server;
use crate::timing::{Times, rate, seconds};

/// Rounds, in turn on either side, so that both have the machine's good and bad moments.
const ROUNDS: usize = 5;
/// Seconds of each.
const SECONDS: u64 = 3;

/// The statement of a look-up, its number made as [`number`] makes it.
const SCRIPT: &str = "\\set k random(0, :coupons - 1)
\\set n (:k * 7919777777 + 1234567) % 9999999999971
SELECT inquiry_number, prefecture, face_value, opening_balance, balance,
    printed_expires_on, expires_on, holder, phone, email, issuer,
    (SELECT string_agg(to_on, ' ') FROM extension AS e
     WHERE e.inquiry_number = c.inquiry_number)
FROM coupon AS c WHERE inquiry_number = lpad(:n::bigint::text, 13, '0');
";

pub async fn run(server: &Server, campaign: &Campaign) {
    for desks in DESKS {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut times = Times::default();
        for _ in 0..ROUNDS {
            let raw = pgbench::run(
                server,
                "campaign",
                desks,
                Until::Seconds(SECONDS),
                SCRIPT,
                &[("coupons", campaign.plan.coupons)],
            );
            let (mine, some) = look_up(campaign, desks).await;
            times.join(some);
            ours.push(mine);
            theirs.push(raw);
            ratios.push(mine / raw);
        }
        let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
        println!(
            "look-up   {desks:>2} desks: ours {ours:.0}/s  {}\n          pgbench {theirs:.0}/s: \
             ours {ratio:.2} of it (medians of {ROUNDS} rounds)",
            times.line()
        );
    }
}

/// So many desks that look up all the time.
async fn look_up(campaign: &Campaign, desks: u64) -> (f64, Times) {
    let begun = Instant::now();
    let until = begun + Duration::from_secs(SECONDS);
    let mut tasks = Vec::new();
    for desk in 0..desks {
        let (store, coupons) = (Arc::clone(&campaign.store), campaign.plan.coupons);
        tasks.push(tokio::spawn(async move {
            let mut times = Times::default();
            let mut k = desk * 7_919;
            while Instant::now() < until {
                k = k
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let wanted = InquiryNumber::fold(&number((k >> 20) % coupons)).expect("a number");
                let one = Instant::now();
                let found = store.look_up(&wanted).await.expect("looked up");
                times.add(one.elapsed());
                assert!(found.is_some());
            }
            times
        }));
    }
    let (mut times, mut count) = (Times::default(), 0);
    for task in tasks {
        let some = task.await.expect("a desk");
        count += some.count();
        times.join(some);
    }
    (rate(count, seconds(begun)), times)
}
