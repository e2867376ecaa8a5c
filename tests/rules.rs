//! The rules as properties: whatever the records hold, never more than was paid in excess,
//! never above the face value.

use chrono::NaiveDate;
use madoguchi::domain::case::{Claim, State};
use madoguchi::domain::coupon::{Coupon, Holder};
use madoguchi::domain::merchant::Merchant;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::reason::Reason;
use madoguchi::domain::settlement::{Sale, Settlement};
use madoguchi::domain::time::{Instant, Window};
use madoguchi::domain::verification::{Afterwards, Records, Verification, afterwards, verify};
use madoguchi::domain::yen::Yen;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn outage() -> Window {
    "2023-02-24 17:00/2023-02-25 00:00".parse().expect("an interval")
}

fn number() -> InquiryNumber {
    InquiryNumber::fold("1234567890123").expect("a number")
}

/// One thing that happened: how much, how many minutes after 17:00, restored or cash.
type Event = (i64, i64, i64);

#[derive(Clone, Debug)]
struct World {
    face: i64,
    balance: i64,
    settled: Vec<Event>,
    elsewhere: Vec<Event>,
    sold: Vec<(Event, bool)>,
    settlements_covered: bool,
    sales_covered: bool,
}

fn world() -> impl Strategy<Value = World> {
    let event = || (1_i64..9, -30_i64..500, 0_i64..9);
    (
        1_i64..30,
        0_i64..30,
        prop::collection::vec(event(), 0..5),
        prop::collection::vec(event(), 0..2),
        prop::collection::vec((event(), any::<bool>()), 0..4),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(face, balance, settled, elsewhere, sold, s, t)| World {
            face,
            balance: balance.min(face),
            settled,
            elsewhere,
            sold,
            settlements_covered: s,
            sales_covered: t,
        })
}

fn records(world: &World) -> Records {
    let at = |minutes: i64| outage().from().plus_minutes(minutes);
    let settlement = |shop: &str, i: usize, (amount, minutes, restored): &Event| Settlement {
        settlement_id: format!("{shop}-T{i}").parse().expect("an id"),
        inquiry_number: number(),
        merchant_id: shop.parse().expect("an id"),
        amount: Yen::new(*amount),
        settled_at: at(*minutes),
        restored: Yen::new(if restored % 3 == 0 { *amount } else { 0 }),
    };
    let here = world.settled.iter().enumerate().map(|(i, e)| settlement("M1", i, e));
    let there = world.elsewhere.iter().enumerate().map(|(i, e)| settlement("M2", i, e));
    let sales = world.sold.iter().enumerate().map(|(i, ((total, minutes, cash), named))| Sale {
        sale_id: format!("U{i}").parse().expect("an id"),
        merchant_id: "M1".parse().expect("an id"),
        sold_at: at(*minutes),
        total: Yen::new(*total),
        cash: Yen::new(*cash),
        inquiry_number: named.then(number),
        receipt: String::new(),
        linked_by_hand: false,
    });
    let cover = |covered: bool| if covered { vec![outage()] } else { Vec::new() };
    Records {
        coupon: Some(Coupon {
            inquiry_number: number(),
            prefecture: "奈良県".parse().expect("a prefecture"),
            face_value: Yen::new(world.face),
            balance: Yen::new(world.balance),
            printed_expires_on: day("2023-02-24"),
            expires_on: day("2023-02-24"),
            extended_to: Vec::new(),
            holder: Holder::App,
        }),
        merchant: Some(Merchant {
            merchant_id: "M1".parse().expect("an id"),
            name: "茶房".to_owned(),
            kana: String::new(),
            prefecture: "奈良県".parse().expect("a prefecture"),
            address: String::new(),
            phone: Private::default(),
        }),
        settlements: here.chain(there).collect(),
        sales: sales.collect(),
        settlements_covered: cover(world.settlements_covered),
        sales_covered: cover(world.sales_covered),
    }
}

fn claim() -> Claim {
    Claim {
        number: number(),
        expiry: day("2023-02-24"),
        prefecture: "奈良県".parse().expect("a prefecture"),
        shop_said: "茶房".to_owned(),
        merchant_id: "M1".parse().ok(),
        other: None,
    }
}

fn verified(records: &Records) -> Verification {
    verify(&claim(), records, outage()).expect("small amounts")
}

/// D − R and over, reckoned anew from the specification's own words.
fn reckoned(world: &World) -> (i64, i64) {
    let inside = |minutes: &i64| (0..420).contains(minutes);
    let left: i64 = world
        .settled
        .iter()
        .filter(|(_, minutes, restored)| inside(minutes) && restored % 3 != 0)
        .map(|(amount, _, _)| amount)
        .sum();
    let linked = world
        .sold
        .iter()
        .filter(|((_, minutes, _), named)| *named && (-10..=480).contains(minutes));
    let (sold, cash) = linked.fold((0, 0), |(t, k), ((total, _, cash), _)| (t + total, k + cash));
    (left, left + cash - sold)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn never_more_than_was_paid_in_excess_and_never_above_the_face_value(world in world()) {
        let records = records(&world);
        let outcome = verified(&records);
        let (left, over) = reckoned(&world);
        if outcome.state == State::Matched {
            prop_assert_eq!(outcome.restorable().get(), over);
            prop_assert!(over > 0 && over <= left);
            prop_assert!(world.balance + over <= world.face);
        } else {
            prop_assert_eq!(outcome.restorable(), Yen::ZERO);
        }
        let approvable = outcome.approvable().get();
        prop_assert!(approvable <= left && world.balance + approvable <= world.face);
        if !outcome.linked.is_empty() {
            prop_assert!(approvable <= over.max(0));
        }
        for awards in [&outcome.restore, &outcome.approve] {
            for award in awards {
                let of = records.settlements.iter().find(|s| s.settlement_id == award.settlement_id);
                let of = of.expect("a settlement of the coupon");
                prop_assert!(award.amount > Yen::ZERO && award.amount <= of.unrestored());
                prop_assert_eq!(of.merchant_id.as_str(), "M1");
            }
        }
    }

    #[test]
    fn nothing_is_decided_while_records_are_missing(world in world()) {
        let outcome = verified(&records(&world));
        if !world.settlements_covered {
            prop_assert_eq!(&outcome.reasons, &vec![Reason::SettlementsMissing]);
            prop_assert_eq!(outcome.state, State::Waiting);
        }
        if !world.settlements_covered || !world.sales_covered {
            prop_assert_eq!(outcome.approvable(), Yen::ZERO);
            prop_assert!(outcome.state != State::Matched);
        }
    }

    #[test]
    fn the_same_records_in_another_order_give_the_same_evidence(world in world()) {
        let one = records(&world);
        let mut other = one.clone();
        other.settlements.reverse();
        other.sales.reverse();
        prop_assert_eq!(verified(&one).evidence, verified(&other).evidence);
    }

    #[test]
    fn what_was_restored_stands_until_other_records_come(world in world()) {
        let mut records = records(&world);
        let outcome = verified(&records);
        if outcome.state != State::Matched {
            return Ok(());
        }
        let put_back = outcome.restorable();
        for award in &outcome.restore {
            for settlement in &mut records.settlements {
                if settlement.settlement_id == award.settlement_id {
                    settlement.restored = settlement.amount;
                }
            }
        }
        if let Some(coupon) = &mut records.coupon {
            coupon.balance = coupon.balance.plus(put_back).expect("small");
        }
        let now = verified(&records);
        prop_assert_eq!(afterwards(&now, put_back), Ok(Afterwards::Stands));
        prop_assert!(now.state != State::Matched);
        let mut later = records.sales.first().cloned().expect("a matched case has a sale");
        later.sale_id = "U-late".parse().expect("an id");
        later.inquiry_number = Some(number());
        later.sold_at = outage().from();
        later.total = Yen::new(1);
        later.cash = Yen::ZERO;
        records.sales.push(later);
        let less = afterwards(&verified(&records), put_back);
        prop_assert_eq!(less, Ok(Afterwards::Contradicted { excess: Yen::new(1) }));
    }
}

#[test]
fn a_sale_counts_to_the_very_end_of_its_hour_and_a_settlement_does_not() {
    let world = |settled_at: i64, sold_at: i64| World {
        face: 30,
        balance: 0,
        settled: vec![(5, 1, 1), (5, settled_at, 1)],
        elsewhere: Vec::new(),
        sold: vec![((5, sold_at, 0), true)],
        settlements_covered: true,
        sales_covered: true,
    };
    // 23:59 is inside, 24:00 is not; a sale one hour after the end is, a minute later not.
    assert_eq!(verified(&records(&world(419, 480))).restorable(), Yen::new(5));
    assert_eq!(verified(&records(&world(420, 480))).reasons, [Reason::NotOverpaid]);
    assert_eq!(verified(&records(&world(419, 481))).reasons, [Reason::ShopSilent]);
    assert_eq!(verified(&records(&world(419, -10))).restorable(), Yen::new(5));
    assert_eq!(verified(&records(&world(419, -11))).reasons, [Reason::ShopSilent]);
    let last = Instant::end_of_day_jst(day("2023-02-24"));
    assert!(!outage().contains(last) && outage().contains(last.plus_seconds(-1)));
}
