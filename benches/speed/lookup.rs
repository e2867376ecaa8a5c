//! Look-ups, through the office, beside a prepared query of rusqlite; then those of numbers near
//! one that does not exist.

use std::ops::Range;
use std::time::Instant;

use madoguchi::domain::number::InquiryNumber;
use rusqlite::{Connection, OpenFlags};

use crate::campaign::{Campaign, number};
use crate::near;
use crate::timing::{Times, rate, seconds};

/// Rounds, in turn on either side, so that both have the machine's good and bad moments.
const ROUNDS: u64 = 20;
/// Look-ups in a round.
const LOOK_UPS: u64 = 2_000;

/// The `k`-th number looked up: all over the table.
fn wanted(k: u64, coupons: u64) -> String {
    number(k.wrapping_mul(2_654_435_761) % coupons)
}

pub async fn run(campaign: &Campaign) {
    let coupons = campaign.plan.coupons;
    let conn = open(campaign);
    let mut times = Times::default();
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let keys = round * LOOK_UPS..(round + 1) * LOOK_UPS;
        let raw = raw(&conn, coupons, keys.clone());
        let begun = Instant::now();
        for k in keys {
            let number = InquiryNumber::fold(&wanted(k, coupons)).expect("a number");
            let one = Instant::now();
            let found = campaign.office.look_up(&campaign.operator, &number).await;
            times.add(one.elapsed());
            assert!(found.expect("looked up").is_some());
        }
        let rate = rate(LOOK_UPS, seconds(begun));
        ours.push(rate);
        theirs.push(raw);
        ratios.push(rate / raw);
    }
    let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
    println!("look-up   ours {ours:.0}/s  {}", times.line());
    println!(
        "          rusqlite {theirs:.0}/s: ours {ratio:.2} of it (medians of {ROUNDS} rounds)"
    );
    near::run(campaign, &conn).await;
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The raw engine's side, open and prepared once, as ours is.
fn open(campaign: &Campaign) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(campaign.path("ours.db"), flags).expect("opened");
    conn.pragma_update(None, "mmap_size", 268_435_456).expect("set");
    conn
}

const QUERY: &str = "SELECT inquiry_number, prefecture, face_value, opening_balance, balance,
        printed_expires_on, expires_on, holder, phone, email, issuer,
        (SELECT group_concat(to_on, ' ') FROM extension AS e
         WHERE e.inquiry_number = c.inquiry_number)
     FROM coupon AS c WHERE inquiry_number = ?1";

type Found = (String, i64, i64, i64, i64, String, String, String, String, String, String);

fn raw(conn: &Connection, coupons: u64, keys: Range<u64>) -> f64 {
    let mut query = conn.prepare_cached(QUERY).expect("prepared");
    let begun = Instant::now();
    for k in keys {
        let found: Found = query
            .query_row([wanted(k, coupons)], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                    row.get(8)?,
                    row.get(9)?,
                    row.get(10)?,
                ))
            })
            .expect("found");
        std::hint::black_box(found);
    }
    rate(LOOK_UPS, seconds(begun))
}
