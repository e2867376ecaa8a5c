//! Numbers near one that does not exist, through the store, beside the same statement prepared
//! in rusqlite.

use std::time::Instant;

use madoguchi::config::Settings;
use madoguchi::domain::prefecture::Prefecture;
use madoguchi::search::near::near;
use madoguchi::store::NearQuestion;
use rusqlite::{Connection, params};

use crate::campaign::{Campaign, number};
use crate::timing::Times;

/// Rounds, in turn on either side.
const ROUNDS: u64 = 20;
/// Questions in a round.
const ASKED: u64 = 500;
/// Milliseconds that 99 of 100 are to stay under, with ten million coupons.
const GOAL: f64 = 1.0;

/// A question, the coupon whose number was misheard, and whether everything else agrees.
struct Misheard {
    meant: String,
    question: NearQuestion,
    agrees: bool,
}

pub async fn run(campaign: &Campaign, conn: &Connection) {
    let outage = Settings::builtin().expect("the example").campaign.outage;
    let outage = (outage.from().micros(), outage.until().micros());
    for agrees in [true, false] {
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for round in 0..ROUNDS {
            let asked: Vec<Misheard> = (round * ASKED..(round + 1) * ASKED)
                .map(|k| misheard(k, campaign, outage, agrees))
                .collect();
            raw(conn, &asked, &mut theirs);
            for one in &asked {
                let begun = Instant::now();
                let found = campaign.store.near_numbers(&one.question).await.expect("looked up");
                ours.add(begun.elapsed());
                one.check(&found);
            }
        }
        let told = if agrees { "all agrees" } else { "shop differs" };
        let reached = if ours.at(0.99) < GOAL { "reached" } else { "NOT reached" };
        println!("near      {told}: ours {}", ours.line());
        println!("          rusqlite {}", theirs.line());
        println!("          goal: p99 under {GOAL} ms with 10,000,000 coupons: {reached}");
    }
}

/// The `k`-th: a coupon from all over the table, misheard in any of the ways there are. Where
/// the rest agrees it is one of those that were settled.
fn misheard(k: u64, campaign: &Campaign, outage: (i64, i64), agrees: bool) -> Misheard {
    let plan = &campaign.plan;
    let of = if agrees { plan.cases } else { plan.coupons };
    let coupon = k.wrapping_mul(2_654_435_761) % of;
    let meant = number(coupon);
    let slips = near(&meant, |_| true);
    let slip = usize::try_from(k.wrapping_mul(40_503)).expect("few") % slips.len();
    let shop = if agrees { coupon % 1000 } else { (coupon + 1) % 1000 };
    let question = NearQuestion {
        numbers: near(&slips[slip].number, |_| true).into_iter().map(|near| near.number).collect(),
        expiry: "2023-02-24".to_owned(),
        prefecture: "奈良県".parse::<Prefecture>().expect("a prefecture").code(),
        merchant_id: format!("M{shop:04}"),
        outage,
        limit: 5,
    };
    assert!(question.numbers.contains(&meant), "one slip there, one slip back");
    Misheard { meant, question, agrees }
}

impl Misheard {
    fn check(&self, found: &[String]) {
        assert_eq!(found.contains(&self.meant), self.agrees, "{}", self.meant);
    }
}

const QUERY: &str = "SELECT c.inquiry_number FROM json_each(?1) AS j
     CROSS JOIN coupon AS c ON c.inquiry_number = j.value
     WHERE c.prefecture = ?2
     AND (c.printed_expires_on = ?3 OR c.expires_on = ?3 OR EXISTS
         (SELECT 1 FROM extension AS x
          WHERE x.inquiry_number = c.inquiry_number AND x.to_on = ?3))
     AND EXISTS (SELECT 1 FROM settlement AS s
         WHERE s.inquiry_number = c.inquiry_number AND s.merchant_id = ?4
         AND s.settled_at >= ?5 AND s.settled_at < ?6)
     ORDER BY j.key LIMIT ?7";

fn raw(conn: &Connection, asked: &[Misheard], times: &mut Times) {
    let mut query = conn.prepare_cached(QUERY).expect("prepared");
    for one in asked {
        let near = &one.question;
        let begun = Instant::now();
        let numbers = serde_json::json!(near.numbers).to_string();
        let (from, until) = near.outage;
        let found: Vec<String> = query
            .query_map(
                params![
                    numbers,
                    near.prefecture,
                    near.expiry,
                    near.merchant_id,
                    from,
                    until,
                    near.limit
                ],
                |row| row.get(0),
            )
            .and_then(Iterator::collect)
            .expect("found");
        times.add(begun.elapsed());
        one.check(&found);
    }
}
