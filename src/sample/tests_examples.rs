//! The examples hold under the rule as the evaluator has it.

use std::collections::BTreeSet;

use super::evaluator::{Files, rows};
use super::tests::{all_different, files, medium};
use super::*;

#[test]
fn every_example_comes_out_as_claimed() {
    // The examples belong to every sample, not only to the demo.
    for plan in
        [demo(), Plan { seed: 99, shops: 0, coupons: 0 }, Plan { coupons: 5_000, ..medium() }]
    {
        let (_, files) = files(&plan);
        let mut restored = BTreeSet::new();
        for example in examples() {
            check(&files, &example, &mut restored);
        }
        assert_eq!(restored.len(), 10, "settlements of the matched examples");
    }
}

/// Judges an example and, where it is matched, restores it.
fn check(files: &Files, example: &Example, restored: &mut BTreeSet<String>) {
    let found = files.judge(&example.inquiry_number, &example.merchant_id, restored);
    let found_facts = (found.row, found.state, found.reason, found.over);
    let claimed = (example.row, example.expected_state, example.expected_reason, example.over);
    assert_eq!(found_facts, claimed, "{example:?}");
    let coupon =
        files.coupons.iter().find(|row| row["inquiry_number"] == example.inquiry_number).unwrap();
    assert_eq!(coupon["expires_on"], example.expires_on);
    assert_eq!(coupon["prefecture"], example.prefecture);
    restored.extend(found.restore);
}

#[test]
fn every_line_of_the_table_occurs_twice() {
    let mut count = [0; 14];
    for example in examples() {
        count[usize::from(example.row)] += 1;
    }
    assert!(count[1..].iter().all(|&count| count >= 2), "{count:?}");
    let restored_first =
        |example: &&Example| example.row == 9 && example.expected_reason == "R42_ALREADY_RESTORED";
    assert_eq!(examples().iter().filter(restored_first).count(), 2);
}

#[test]
fn the_latest_settlement_is_the_one_to_restore() {
    let (_, files) = files(&demo());
    let restore = |nth: usize| {
        let example = &examples()[nth];
        let found = files.judge(&example.inquiry_number, &example.merchant_id, &BTreeSet::new());
        found.restore.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(restore(4), ["T00000003-2"], "1,500 twice: the later one");
    assert_eq!(restore(6), ["T00000004-2", "T00000004-3"], "1,000 three times: the later two");
}

#[test]
fn late_records_clear_one_waiting_example_and_no_other() {
    let (_, mut files) = files(&demo());
    let (settlements, sales, coverage) = late_records();
    assert!(settlements.is_empty());
    files.sales.extend(rows(&sales));
    files.coverage.extend(rows(&coverage));
    all_different(&files.sales, "sale_id");
    let late = late_outcome();
    check(&files, &late, &mut BTreeSet::new());
    let mut cleared = Vec::new();
    for example in examples().iter().filter(|example| example.expected_state == "waiting") {
        let found = files.judge(&example.inquiry_number, &example.merchant_id, &BTreeSet::new());
        if found.state != "waiting" {
            cleared.push(example.inquiry_number.clone());
        }
    }
    assert_eq!(cleared, [late.inquiry_number]);
}

#[test]
fn ordinary_coupons_meet_most_lines_of_the_table() {
    let (_, files) = files(&Plan { coupons: 4_000, ..demo() });
    let mut met = BTreeSet::new();
    let ordinary =
        files.settlements.iter().filter(|row| row["settlement_id"].as_str() > "T00000040");
    for row in ordinary {
        let found = files.judge(&row["inquiry_number"], &row["merchant_id"], &BTreeSet::new());
        met.insert(found.row);
    }
    assert!(met.is_superset(&BTreeSet::from([3, 4, 6, 7, 8, 9, 13])), "{met:?}");
}
