//! Look-ups, through the office, beside a prepared query of rusqlite.

use std::time::Instant;

use madoguchi::domain::number::InquiryNumber;
use rusqlite::{Connection, OpenFlags};

use crate::campaign::{Campaign, number};
use crate::timing::{Times, rate, seconds};

const LOOK_UPS: u64 = 20_000;

/// The `k`-th number looked up: all over the table.
fn wanted(k: u64, coupons: u64) -> String {
    number(k.wrapping_mul(2_654_435_761) % coupons)
}

pub async fn run(campaign: &Campaign) {
    let coupons = campaign.plan.coupons;
    for round in ["first", "again"] {
        let raw = raw(campaign, coupons);
        let mut times = Times::default();
        let begun = Instant::now();
        for k in 0..LOOK_UPS {
            let number = InquiryNumber::fold(&wanted(k, coupons)).expect("a number");
            let one = Instant::now();
            let found = campaign.office.look_up(&campaign.operator, &number).await;
            times.add(one.elapsed());
            assert!(found.expect("looked up").is_some());
        }
        let ours = rate(LOOK_UPS, seconds(begun));
        println!("look-up   ({round}) ours {ours:.0}/s  {}", times.line());
        println!("          rusqlite {raw:.0}/s: ours {:.2} of it", ours / raw);
    }
}

fn raw(campaign: &Campaign, coupons: u64) -> f64 {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(campaign.path("ours.db"), flags).expect("opened");
    conn.pragma_update(None, "mmap_size", 268_435_456).expect("set");
    let mut query = conn
        .prepare(
            "SELECT inquiry_number, prefecture, face_value, opening_balance, balance,
                printed_expires_on, expires_on, holder, phone, email, issuer,
                (SELECT group_concat(to_on, ' ') FROM extension AS e
                 WHERE e.inquiry_number = c.inquiry_number)
             FROM coupon AS c WHERE inquiry_number = ?1",
        )
        .expect("prepared");
    let begun = Instant::now();
    for k in 0..LOOK_UPS {
        let found: (String, i64, i64, i64, i64, String, String, String, String, String, String) =
            query
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
