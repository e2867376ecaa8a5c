//! What the sample promises, read back from its files.

use std::collections::{HashMap, HashSet};

use super::evaluator::{Files, Row, rows, seconds, yen};
use super::*;

fn text(make: fn(&Plan, &mut Vec<u8>) -> io::Result<u64>, plan: &Plan) -> String {
    let mut out = Vec::new();
    let count = make(plan, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count() as u64, count + 1, "the header and the rows counted");
    assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains('"'));
    text
}

fn texts(plan: &Plan) -> [String; 5] {
    [
        text(write_merchants, plan),
        text(write_coupons, plan),
        text(write_settlements, plan),
        text(write_sales, plan),
        text(write_coverage, plan),
    ]
}

pub(super) fn files(plan: &Plan) -> (Vec<Row>, Files) {
    let [merchants, coupons, settlements, sales, coverage] = texts(plan);
    let files = Files {
        coupons: rows(&coupons),
        settlements: rows(&settlements),
        sales: rows(&sales),
        coverage: rows(&coverage),
    };
    (rows(&merchants), files)
}

pub(super) fn all_different<'a>(rows: &'a [Row], column: &str) -> HashSet<&'a str> {
    let values: HashSet<&str> = rows.iter().map(|row| row[column].as_str()).collect();
    assert_eq!(values.len(), rows.len(), "{column} occurs twice");
    values
}

pub(super) fn medium() -> Plan {
    Plan { seed: 7, shops: 2_000, coupons: 30_000 }
}

#[test]
fn headers_are_those_of_the_record_files() {
    let headers = texts(&demo()).map(|text| text.lines().next().unwrap().to_owned());
    assert_eq!(
        headers,
        [
            "merchant_id,name,kana,prefecture,address,phone",
            "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer",
            "settlement_id,inquiry_number,merchant_id,amount,settled_at",
            "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt",
            "merchant_id,source,covers_from,covers_until",
        ]
    );
}

#[test]
fn the_demo_is_as_large_as_it_says() {
    let (merchants, files) = files(&demo());
    let nara = merchants.iter().filter(|row| row["prefecture"] == "奈良県").count();
    assert_eq!((nara, merchants.len()), (300, 302));
    assert_eq!(files.coupons.len(), 2_000);
}

#[test]
fn ids_are_unique_and_everything_named_exists() {
    for plan in [demo(), medium()] {
        let (merchants, files) = files(&plan);
        let shops = all_different(&merchants, "merchant_id");
        let coupons = all_different(&files.coupons, "inquiry_number");
        all_different(&files.settlements, "settlement_id");
        all_different(&files.sales, "sale_id");
        for row in &files.settlements {
            assert!(shops.contains(row["merchant_id"].as_str()));
            assert!(coupons.contains(row["inquiry_number"].as_str()));
        }
        for row in &files.sales {
            let number = row["inquiry_number"].as_str();
            assert!(shops.contains(row["merchant_id"].as_str()));
            assert!(number.is_empty() || coupons.contains(number));
        }
        for row in &files.coverage {
            assert!(shops.contains(row["merchant_id"].as_str()));
            assert!(seconds(&row["covers_from"]) < seconds(&row["covers_until"]));
        }
    }
}

#[test]
fn balances_are_what_the_settlements_left() {
    // Line 12 cannot be met otherwise: there the coupon system had put something back by itself.
    let put_back: HashSet<String> = examples()
        .into_iter()
        .filter(|example| example.row == 12)
        .map(|example| example.inquiry_number)
        .collect();
    let (_, files) = files(&medium());
    let mut deducted: HashMap<&str, i64> = HashMap::new();
    for row in &files.settlements {
        let amount = yen(&row["amount"]);
        assert!((1..=10_000_000).contains(&amount));
        *deducted.entry(&row["inquiry_number"]).or_default() += amount;
    }
    for row in &files.coupons {
        let number = row["inquiry_number"].as_str();
        let (face, balance) = (yen(&row["face_value"]), yen(&row["balance"]));
        let deducted = deducted.get(number).copied().unwrap_or_default();
        assert!([1_000, 2_000, 3_000, 5_000].contains(&face));
        assert!((0..=face).contains(&balance) && deducted <= face, "{number}");
        assert_eq!(balance != face - deducted, put_back.contains(number), "{number}");
    }
}

#[test]
fn times_lie_in_or_before_the_outage_and_before_the_expiry() {
    let (_, files) = files(&medium());
    let from = seconds(OUTAGE_FROM);
    let expiry: HashMap<&str, &str> = files
        .coupons
        .iter()
        .map(|row| (row["inquiry_number"].as_str(), row["expires_on"].as_str()))
        .collect();
    let (first, last) =
        (seconds("2023-02-24T17:30:00+09:00"), seconds("2023-02-24T21:30:00+09:00"));
    let mut before = 0;
    for row in &files.settlements {
        let at = seconds(&row["settled_at"]);
        before += usize::from(at < from);
        assert!(at < from || (first..=last).contains(&at), "{row:?}");
        assert!(row["settled_at"][..10] <= *expiry[row["inquiry_number"].as_str()], "{row:?}");
    }
    let share = before * 100 / files.settlements.len();
    assert!((35..65).contains(&share), "{share} % are of earlier days");
    for row in &files.sales {
        assert!(seconds(&row["sold_at"]) < seconds(OUTAGE_UNTIL));
        assert!((1..=10_000_000).contains(&yen(&row["total"])));
        assert!((0..=10_000_000).contains(&yen(&row["cash"])));
    }
}

#[test]
fn numbers_are_thirteen_digits_and_neighbours_lie_far_apart() {
    let number = |index| number::Number::of(index).to_string();
    let mut near = 0;
    for index in 0..100_000 {
        let (one, next) = (number(index), number(index + 1));
        assert_eq!(one.len(), 13);
        let (one, next): (u64, u64) = (one.parse().unwrap(), next.parse().unwrap());
        near += u32::from(one.abs_diff(next) < 10_000_000);
    }
    assert!(near < 10, "{near} neighbours are near");
    let seen: HashSet<String> =
        (0..300_000).chain(899_999_000_000..899_999_300_000).map(number).collect();
    assert_eq!(seen.len(), 600_000);
}

/// FNV-1a, 64 bits.
fn checksum(texts: &[String]) -> u64 {
    texts.iter().flat_map(|text| text.bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn the_demo_never_changes() {
    let once = texts(&demo());
    assert_eq!(once, texts(&demo()));
    let (settlements, sales, coverage) = late_records();
    assert_eq!(checksum(&once), 13_348_296_718_054_591_270, "the demo's files have changed");
    assert_eq!(
        checksum(&[settlements, sales, coverage]),
        7_406_017_591_178_615_670,
        "the late records have changed"
    );
}

#[test]
fn a_larger_sample_begins_with_the_smaller_one() {
    let small = text(write_coupons, &demo());
    let large = text(write_coupons, &Plan { coupons: 5_000, ..demo() });
    assert!(large.starts_with(&small));
}

#[test]
fn more_coupons_than_numbers_are_refused() {
    let plan = Plan { coupons: u64::MAX, ..demo() };
    let refused = write_coupons(&plan, &mut io::sink()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
}

/// Run with `--release -- --ignored`.
#[test]
#[ignore = "measures time, and so only says something alone and in a release build"]
fn a_million_coupons_take_less_than_a_second() {
    let plan = Plan { coupons: 1_000_000, ..demo() };
    let start = std::time::Instant::now();
    write_coupons(&plan, &mut io::BufWriter::new(io::sink())).unwrap();
    let taken = start.elapsed();
    assert!(taken.as_secs_f64() < 1.0, "{taken:?}");
}
