//! The rule of SPEC section 4 written a second time, over the text of the files and nothing else,
//! to prove what the examples claim.

use std::collections::{BTreeSet, HashMap};

use super::{OUTAGE_FROM, OUTAGE_UNTIL};

pub(super) type Row = HashMap<String, String>;

/// The rows of a file, by column name.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), header.len(), "{line}");
            header.iter().zip(fields).map(|(h, f)| ((*h).to_owned(), f.to_owned())).collect()
        })
        .collect()
}

/// Seconds after 2023-02-01 00:00 JST.
pub(super) fn seconds(text: &str) -> i64 {
    let rest = text.strip_prefix("2023-02-").expect(text);
    let rest = rest.strip_suffix("+09:00").expect(text);
    let part = |range: std::ops::Range<usize>| rest[range].parse::<i64>().unwrap();
    assert_eq!(rest.len(), "24T18:12:05".len());
    (part(0..2) - 1) * 86_400 + part(3..5) * 3_600 + part(6..8) * 60 + part(9..11)
}

pub(super) fn yen(text: &str) -> i64 {
    text.parse().unwrap()
}

/// The files a case is judged by.
#[derive(Default)]
pub(super) struct Files {
    pub(super) coupons: Vec<Row>,
    pub(super) settlements: Vec<Row>,
    pub(super) sales: Vec<Row>,
    pub(super) coverage: Vec<Row>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) row: u8,
    pub(super) state: &'static str,
    pub(super) reason: &'static str,
    pub(super) over: Option<i64>,
    /// The settlements to restore, by id.
    pub(super) restore: BTreeSet<String>,
}

fn verdict(row: u8, state: &'static str, reason: &'static str, over: Option<i64>) -> Verdict {
    Verdict { row, state, reason, over, restore: BTreeSet::new() }
}

impl Files {
    /// Whether the union of the declared intervals contains the outage.
    pub(super) fn covered(&self, shop: &str, source: &str) -> bool {
        let mut spans: Vec<(i64, i64)> = self
            .coverage
            .iter()
            .filter(|row| row["merchant_id"] == shop && row["source"] == source)
            .map(|row| (seconds(&row["covers_from"]), seconds(&row["covers_until"])))
            .collect();
        spans.sort_unstable();
        let mut reached = seconds(OUTAGE_FROM);
        for (from, until) in spans {
            if from <= reached {
                reached = reached.max(until);
            }
        }
        reached >= seconds(OUTAGE_UNTIL)
    }

    /// Judges the case of one coupon at one shop, whole settlements having been restored already.
    pub(super) fn judge(&self, number: &str, shop: &str, restored: &BTreeSet<String>) -> Verdict {
        let (from, until) = (seconds(OUTAGE_FROM), seconds(OUTAGE_UNTIL));
        let in_outage = |row: &&Row| {
            row["inquiry_number"] == number && (from..until).contains(&seconds(&row["settled_at"]))
        };
        let everywhere: Vec<&Row> = self.settlements.iter().filter(in_outage).collect();
        let here: Vec<&Row> =
            everywhere.iter().copied().filter(|row| row["merchant_id"] == shop).collect();
        let covered = self.covered(shop, "settlements");
        if here.is_empty() {
            return match (covered, everywhere.is_empty()) {
                (false, _) => verdict(1, "waiting", "P11_SETTLEMENTS_MISSING", None),
                (true, false) => verdict(2, "review", "F4_NOT_SETTLED_HERE", None),
                (true, true) => verdict(3, "declined", "R41_NO_SETTLEMENT", None),
            };
        }
        let deducted: i64 = here.iter().map(|row| yen(&row["amount"])).sum();
        let back: i64 = here
            .iter()
            .filter(|row| restored.contains(&row["settlement_id"]))
            .map(|row| yen(&row["amount"]))
            .sum();
        if !covered {
            return verdict(4, "waiting", "P11_SETTLEMENTS_MISSING", None);
        }
        if deducted == back {
            return verdict(5, "declined", "R42_ALREADY_RESTORED", None);
        }
        if !self.covered(shop, "sales") {
            return verdict(6, "waiting", "P12_SALES_MISSING", None);
        }
        let linked: Vec<&Row> = self
            .sales
            .iter()
            .filter(|row| row["merchant_id"] == shop && row["inquiry_number"] == number)
            .filter(|row| (from - 600..until + 3_600).contains(&seconds(&row["sold_at"])))
            .collect();
        if linked.is_empty() {
            return self.silent(shop, &here);
        }
        let sum = |column: &str| linked.iter().map(|row| yen(&row[column])).sum::<i64>();
        let over = deducted - back + sum("cash") - sum("total");
        self.weigh(number, &here, restored, over, deducted - back)
    }

    /// Lines 7 and 8.
    fn silent(&self, shop: &str, here: &[&Row]) -> Verdict {
        let times = here.iter().map(|row| seconds(&row["settled_at"]));
        let first = times.clone().min().unwrap() - 600;
        let last = times.max().unwrap() + 3_600;
        let near = self.sales.iter().any(|row| {
            row["merchant_id"] == shop
                && row["inquiry_number"].is_empty()
                && (first..=last).contains(&seconds(&row["sold_at"]))
        });
        if near {
            verdict(7, "review", "V32_UNNAMED_SALE", None)
        } else {
            verdict(8, "review", "V31_SHOP_SILENT", None)
        }
    }

    /// Lines 9 to 13.
    fn weigh(
        &self,
        number: &str,
        here: &[&Row],
        restored: &BTreeSet<String>,
        over: i64,
        left: i64,
    ) -> Verdict {
        let over_known = Some(over);
        let touched = here.iter().any(|row| restored.contains(&row["settlement_id"]));
        if over <= 0 {
            let reason = if touched { "R42_ALREADY_RESTORED" } else { "R43_NOT_OVERPAID" };
            return verdict(9, "declined", reason, over_known);
        }
        if over > left {
            return verdict(10, "review", "V34_CASH_EXCEEDS", over_known);
        }
        let Some(restore) = whole_settlements(here, restored, over) else {
            return verdict(11, "review", "V33_PARTIAL", over_known);
        };
        let coupon = self.coupons.iter().find(|row| row["inquiry_number"] == number).unwrap();
        let put_back: i64 = self
            .settlements
            .iter()
            .filter(|row| restored.contains(&row["settlement_id"]))
            .filter(|row| row["inquiry_number"] == number)
            .map(|row| yen(&row["amount"]))
            .sum();
        if yen(&coupon["balance"]) + put_back + over > yen(&coupon["face_value"]) {
            return verdict(12, "review", "V35_OVER_FACE", over_known);
        }
        Verdict { restore, ..verdict(13, "matched", "M00_MATCHED", over_known) }
    }
}

/// The fewest unrestored settlements that sum to `over`, and of those the latest: every subset is
/// tried, since there are never many.
fn whole_settlements(
    here: &[&Row],
    restored: &BTreeSet<String>,
    over: i64,
) -> Option<BTreeSet<String>> {
    let mut open: Vec<&&Row> =
        here.iter().filter(|row| !restored.contains(&row["settlement_id"])).collect();
    open.sort_by_key(|row| std::cmp::Reverse(seconds(&row["settled_at"])));
    let chosen = |set: u32| open.iter().enumerate().filter(move |(bit, _)| set >> bit & 1 == 1);
    (1_u32..1 << open.len())
        .filter(|&set| chosen(set).map(|(_, row)| yen(&row["amount"])).sum::<i64>() == over)
        .min_by_key(|&set| (set.count_ones(), set))
        .map(|set| chosen(set).map(|(_, row)| row["settlement_id"].clone()).collect())
}
