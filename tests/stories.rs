//! What the product is for, told through its front door: callers whose coupons were deducted
//! and who paid all the same. Then the rules of verification (specification, section 4) and
//! the names that other programs read (section 7).

mod common;

use common::records::{DARK_SHOP, OTHER_SHOP, SHOP, SLOW_SHOP, coupon, covers, sale, settlement};
use common::{Office, names, with_shops};
use serde_json::{Value, json};

const NUMBER: &str = "1234567890123";

// ---- stories ----------------------------------------------------------------------------

#[test]
fn a_caller_who_paid_in_cash_gets_the_coupon_back_and_the_month_to_use_it() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 1000, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 2000, "19:05")],
        &[sale("U1", SHOP, "19:04", 2000, 2000, NUMBER)],
        &[],
    );
    let case = office.opens("op", NUMBER, "2/24", "奈良", SHOP).done();
    assert_eq!(case["case"], "R-20230313-0001");
    assert_eq!(case["state"], "matched");
    assert_eq!(case["restorable"], 2000);

    let restored = office.act("op", "restore", "R-20230313-0001", &[]).done();
    assert_eq!(restored["state"], "restored");
    assert_eq!(restored["coupon"]["balance"], 3000);
    assert_eq!(restored["coupon"]["expires_on"], "2023-03-31");
    assert_eq!(restored["settlements"][0]["restored"], 2000);

    let coupon = office.coupon(NUMBER);
    assert_eq!(coupon["balance"], 3000);
    let expiries: Vec<&Value> =
        coupon["expiries"].as_array().expect("expiries").iter().map(|e| &e["expires_on"]).collect();
    assert_eq!(expiries, ["2023-02-24", "2023-03-31"]);
    let amounts: Vec<&Value> =
        coupon["entries"].as_array().expect("entries").iter().map(|e| &e["amount"]).collect();
    assert_eq!(amounts, [1000, 2000]);

    let again = office.opens("op", NUMBER, "2023-03-31", "奈良県", SHOP).done();
    assert_eq!(again["state"], "declined");
    assert_eq!(again["reasons"], json!(["R42_ALREADY_RESTORED"]));
    office.audited();
}

#[test]
fn a_case_that_waits_for_the_shop_clears_by_itself_when_the_sales_arrive() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 0, "2023-02-24")],
        &[
            settlement("K1", NUMBER, SLOW_SHOP, 1500, "19:05"),
            settlement("K2", NUMBER, SLOW_SHOP, 1500, "19:06"),
        ],
        &[],
        &[],
    );
    let case = office.case("op", NUMBER, SLOW_SHOP);
    let waiting = office.shown(&case);
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(waiting["reasons"], json!(["P12_SALES_MISSING"]));

    let sales = common::records::file("sales", &[sale("U1", SLOW_SHOP, "19:05", 1500, 0, NUMBER)]);
    let report =
        office.import("sales", &sales, &["--covers", "2023-02-24 17:00/2023-02-25 00:00"]).done();
    assert_eq!(report["rechecked"], 1);

    let matched = office.shown(&case);
    assert_eq!(matched["state"], "matched");
    assert_eq!(matched["restorable"], 1500);
    assert_eq!(office.act("op", "restore", &case, &[]).done()["coupon"]["balance"], 1500);
    office.audited();
}

#[test]
fn a_shop_that_has_written_nothing_down_is_called_and_the_supervisor_decides() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 0, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 2000, "19:05")],
        &[],
        &[],
    );
    let case = office.case("op", NUMBER, SHOP);
    let review = office.shown(&case);
    assert_eq!(review["reasons"], json!(["V31_SHOP_SILENT"]));
    let reason = ["--reason", "店舗に確認済み"];
    assert_eq!(office.act("sv", "approve", &case, &reason).refused(), "SHOP_CALL_NEEDED");

    let said = ["--call-to-shop", "店長", "--text", "現金で2,000円いただいた"];
    office.act("sv", "note", &case, &said).done();
    let restored = office.act("sv", "approve", &case, &reason).done();
    assert_eq!(restored["state"], "restored");
    assert_eq!(restored["restored"], 2000);
    assert_eq!(restored["coupon"]["balance"], 2000);
    let history = office.act("au", "history", &case, &[]).done();
    assert!(history.to_string().contains("現金で2,000円いただいた"));
    office.audited();
}

#[test]
fn a_sale_without_a_number_is_linked_and_the_rest_follows_from_it() {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 0, "2023-02-24")],
        &[
            settlement("K1", NUMBER, SHOP, 1500, "19:05"),
            settlement("K2", NUMBER, SHOP, 1500, "19:06"),
        ],
        &[sale("U1", SHOP, "19:05", 1500, 0, "")],
        &[],
    );
    let case = office.case("op", NUMBER, SHOP);
    let review = office.shown(&case);
    assert_eq!(review["reasons"], json!(["V32_UNNAMED_SALE"]));
    assert_eq!(review["sales"][0]["linked"], false);

    let linked = office.act("sv", "link", &case, &["--sale", "U1"]).done();
    assert_eq!(linked["state"], "review", "the supervisor still decides");
    assert_eq!(linked["over"], 1500);
    assert_eq!(linked["approvable"], 1500);
    let restored = office.act("sv", "approve", &case, &["--reason", "レシートあり"]).done();
    assert_eq!(restored["restored"], 1500);
    assert_eq!(restored["settlements"][0]["restored"], 0, "the first press was the purchase");
    assert_eq!(restored["settlements"][1]["restored"], 1500);
    office.audited();
}

#[test]
fn another_trouble_goes_to_a_supervisor_in_the_callers_words() {
    let office = with_shops();
    office.records(&[coupon(NUMBER, 3000, 3000, "2023-02-24")], &[], &[], &[]);
    let facts = ["--number", NUMBER, "--expiry", "2/24", "--prefecture", "奈良県"];
    let other = ["--other", "クーポンが発行されなかった"];
    let case = office.run("op", ["case", "open"].iter().chain(&facts).chain(&other)).done();
    assert_eq!(case["state"], "review");
    assert_eq!(case["reasons"], json!(["O60_OTHER"]));
    assert_eq!(case["over"], Value::Null);
    assert_eq!(case["other"], "クーポンが発行されなかった");
}

// ---- the examples of section 4 ----------------------------------------------------------

struct Example {
    told: &'static str,
    /// Yen deducted, in the order of the evening.
    settlements: &'static [i64],
    /// Yen sold, and of them paid in cash.
    sales: &'static [(i64, i64)],
    comes_to: (&'static str, &'static str),
    over: i64,
    /// Places of the settlements that go back.
    back: &'static [usize],
}

const EXAMPLES: [Example; 9] = [
    Example {
        told: "paid in cash and deducted all the same",
        settlements: &[2000],
        sales: &[(2000, 2000)],
        comes_to: ("matched", "M00_MATCHED"),
        over: 2000,
        back: &[0],
    },
    Example {
        told: "a correct split",
        settlements: &[2000],
        sales: &[(3400, 1400)],
        comes_to: ("declined", "R43_NOT_OVERPAID"),
        over: 0,
        back: &[],
    },
    Example {
        told: "1,000 over, and no settlement of 1,000",
        settlements: &[2000],
        sales: &[(3400, 2400)],
        comes_to: ("review", "V33_PARTIAL"),
        over: 1000,
        back: &[],
    },
    Example {
        told: "pressed twice",
        settlements: &[1500, 1500],
        sales: &[(1500, 0)],
        comes_to: ("matched", "M00_MATCHED"),
        over: 1500,
        back: &[1],
    },
    Example {
        told: "pressed three times",
        settlements: &[1000, 1000, 1000],
        sales: &[(1000, 0)],
        comes_to: ("matched", "M00_MATCHED"),
        over: 2000,
        back: &[1, 2],
    },
    Example {
        told: "two purchases",
        settlements: &[500, 500],
        sales: &[(500, 0), (500, 0)],
        comes_to: ("declined", "R43_NOT_OVERPAID"),
        over: 0,
        back: &[],
    },
    Example {
        told: "pressed twice, and paid in cash",
        settlements: &[1500, 1500],
        sales: &[(1500, 1500)],
        comes_to: ("matched", "M00_MATCHED"),
        over: 3000,
        back: &[0, 1],
    },
    Example {
        told: "pressed again with a wrong amount",
        settlements: &[1500, 1050],
        sales: &[(1500, 0)],
        comes_to: ("matched", "M00_MATCHED"),
        over: 1050,
        back: &[1],
    },
    Example {
        told: "more cash than the sale",
        settlements: &[2000],
        sales: &[(2000, 5000)],
        comes_to: ("review", "V34_CASH_EXCEEDS"),
        over: 5000,
        back: &[],
    },
];

#[test]
fn the_examples_come_to_what_the_specification_says() {
    let office = with_shops();
    let number = |i: usize| format!("20230224{i:05}");
    let (mut coupons, mut settlements, mut sales) = (Vec::new(), Vec::new(), Vec::new());
    for (i, example) in EXAMPLES.iter().enumerate() {
        let number = number(i);
        coupons.push(coupon(&number, 5000, 0, "2023-02-24"));
        for (j, amount) in example.settlements.iter().enumerate() {
            let at = format!("19:0{j}");
            settlements.push(settlement(&format!("K{i}-{j}"), &number, SHOP, *amount, &at));
        }
        for (j, (total, cash)) in example.sales.iter().enumerate() {
            let at = format!("19:0{j}");
            sales.push(sale(&format!("U{i}-{j}"), SHOP, &at, *total, *cash, &number));
        }
    }
    office.records(&coupons, &settlements, &sales, &[]);
    for (i, example) in EXAMPLES.iter().enumerate() {
        let told = example.told;
        let case = office.opens("op", &number(i), "2/24", "奈良県", SHOP).done();
        let (state, reason) = example.comes_to;
        assert_eq!(case["state"], state, "{told}: {case}");
        assert_eq!(case["reasons"], json!([reason]), "{told}");
        assert_eq!(case["over"], example.over, "{told}");
        let back: Vec<usize> = (0..example.settlements.len())
            .filter(|j| case["settlements"][j]["restore"] == true)
            .collect();
        assert_eq!(back, example.back, "{told}");
        let restorable: i64 = example.back.iter().map(|j| example.settlements[*j]).sum();
        assert_eq!(case["restorable"], restorable, "{told}");
    }
}

// ---- the thirteen lines -----------------------------------------------------------------

#[test]
fn the_first_line_of_the_table_that_holds_decides() {
    let office = with_shops();
    let full = |number: &str| coupon(number, 5000, 0, "2023-02-24");
    office.records(
        &[
            full("NUMBER01"),
            full("NUMBER02"),
            full("NUMBER03"),
            full("NUMBER04"),
            full("NUMBER05"),
            full("NUMBER06"),
            full("NUMBER07"),
            full("NUMBER08"),
            full("NUMBER09"),
            full("NUMBER10"),
            full("NUMBER11"),
            coupon("NUMBER12", 3000, 2000, "2023-02-24"),
            full("NUMBER13"),
        ],
        &[
            settlement("K02", "NUMBER02", SHOP, 1000, "19:00"),
            settlement("K04", "NUMBER04", DARK_SHOP, 1000, "19:00"),
            settlement("K05", "NUMBER05", SHOP, 1000, "19:00"),
            settlement("K06", "NUMBER06", SLOW_SHOP, 1000, "19:00"),
            settlement("K07", "NUMBER07", OTHER_SHOP, 1000, "19:00"),
            settlement("K08", "NUMBER08", SHOP, 1000, "19:00"),
            settlement("K09a", "NUMBER09", SHOP, 1000, "19:00"),
            settlement("K09b", "NUMBER09", SHOP, 1000, "19:01"),
            settlement("K10", "NUMBER10", SHOP, 1000, "19:00"),
            settlement("K11", "NUMBER11", SHOP, 1000, "19:00"),
            settlement("K12", "NUMBER12", SHOP, 1500, "19:00"),
            settlement("K13", "NUMBER13", SHOP, 1000, "19:00"),
        ],
        &[
            sale("U05", SHOP, "19:00", 1000, 1000, "NUMBER05"),
            sale("U07", OTHER_SHOP, "19:00", 1000, 0, ""),
            sale("U09", SHOP, "19:00", 1000, 0, "NUMBER09"),
            sale("U10", SHOP, "19:00", 1000, 2001, "NUMBER10"),
            sale("U11", SHOP, "19:00", 1000, 999, "NUMBER11"),
            sale("U12", SHOP, "19:00", 1500, 1500, "NUMBER12"),
            sale("U13", SHOP, "19:00", 1000, 1000, "NUMBER13"),
        ],
        &[],
    );
    for number in ["NUMBER05", "NUMBER09"] {
        let first = office.case("op", number, SHOP);
        office.act("op", "restore", &first, &[]).done();
    }
    let none = None;
    for (line, shop, state, reason, over) in [
        (1, DARK_SHOP, "waiting", "P11_SETTLEMENTS_MISSING", none),
        (2, SLOW_SHOP, "review", "F4_NOT_SETTLED_HERE", none),
        (3, SHOP, "declined", "R41_NO_SETTLEMENT", none),
        (4, DARK_SHOP, "waiting", "P11_SETTLEMENTS_MISSING", none),
        (5, SHOP, "declined", "R42_ALREADY_RESTORED", none),
        (6, SLOW_SHOP, "waiting", "P12_SALES_MISSING", none),
        (7, OTHER_SHOP, "review", "V32_UNNAMED_SALE", none),
        (8, SHOP, "review", "V31_SHOP_SILENT", none),
        (9, SHOP, "declined", "R42_ALREADY_RESTORED", Some(0)),
        (10, SHOP, "review", "V34_CASH_EXCEEDS", Some(2001)),
        (11, SHOP, "review", "V33_PARTIAL", Some(999)),
        (12, SHOP, "review", "V35_OVER_FACE", Some(1500)),
        (13, SHOP, "matched", "M00_MATCHED", Some(1000)),
    ] {
        let case = office.opens("op", &format!("NUMBER{line:02}"), "2/24", "奈良県", shop).done();
        assert_eq!(case["state"], state, "line {line}: {case}");
        assert_eq!(case["reasons"], json!([reason]), "line {line}");
        assert_eq!(case["over"], json!(over), "line {line}");
        assert_eq!(case["restorable"], if line == 13 { 1000 } else { 0 }, "line {line}");
    }
    office.audited();
}

#[test]
fn the_outage_begins_at_its_first_second_and_ends_before_its_last() {
    let office = with_shops();
    let times = [
        ("EDGE1", "2023-02-24 16:59:59", "R41_NO_SETTLEMENT"),
        ("EDGE2", "2023-02-24 17:00:00", "V31_SHOP_SILENT"),
        ("EDGE3", "2023-02-24 23:59:59", "V31_SHOP_SILENT"),
        ("EDGE4", "2023-02-25 00:00:00", "R41_NO_SETTLEMENT"),
        ("EDGE5", "2023-02-24T14:59:59Z", "V31_SHOP_SILENT"),
    ];
    let coupons: Vec<String> =
        times.iter().map(|(number, ..)| coupon(number, 5000, 0, "2023-02-24")).collect();
    let settlements: Vec<String> = times
        .iter()
        .map(|(number, at, _)| format!("K-{number},{number},{SHOP},1000,{at}"))
        .collect();
    office.records(&coupons, &settlements, &[], &[]);
    for (number, at, reason) in times {
        let case = office.opens("op", number, "2/24", "奈良県", SHOP).done();
        assert_eq!(case["reasons"], json!([reason]), "settled {at}");
    }
}

#[test]
fn a_sale_counts_from_ten_minutes_before_the_outage_to_an_hour_after_it() {
    let office = with_shops();
    let times = [
        ("EDGE1", "2023-02-24 16:49:59", "V31_SHOP_SILENT"),
        ("EDGE2", "2023-02-24 16:50:00", "M00_MATCHED"),
        ("EDGE3", "2023-02-25 01:00:00", "M00_MATCHED"),
        ("EDGE4", "2023-02-25 01:00:01", "V31_SHOP_SILENT"),
    ];
    let coupons: Vec<String> =
        times.iter().map(|(number, ..)| coupon(number, 5000, 0, "2023-02-24")).collect();
    let settlements: Vec<String> = times
        .iter()
        .map(|(number, ..)| settlement(&format!("K-{number}"), number, SHOP, 1000, "19:00"))
        .collect();
    let sales: Vec<String> = times
        .iter()
        .map(|(number, at, _)| format!("U-{number},{SHOP},{at},1000,1000,{number},"))
        .collect();
    office.records(&coupons, &settlements, &sales, &[]);
    for (number, at, reason) in times {
        let case = office.opens("op", number, "2/24", "奈良県", SHOP).done();
        assert_eq!(case["reasons"], json!([reason]), "sold {at}");
    }
}

#[test]
fn an_unnamed_sale_is_near_from_ten_minutes_before_to_an_hour_after_the_settlements() {
    let reason_with_sale_at = |at: &str| {
        let office = with_shops();
        office.records(
            &[coupon(NUMBER, 5000, 0, "2023-02-24")],
            &[
                settlement("K1", NUMBER, SHOP, 1000, "19:00"),
                settlement("K2", NUMBER, SHOP, 1000, "19:30"),
            ],
            &[sale("U1", SHOP, at, 1000, 1000, "")],
            &[],
        );
        let case = office.opens("op", NUMBER, "2/24", "奈良県", SHOP).done();
        case["reasons"][0].as_str().expect("a reason").to_owned()
    };
    assert_eq!(reason_with_sale_at("18:49:59"), "V31_SHOP_SILENT");
    assert_eq!(reason_with_sale_at("18:50:00"), "V32_UNNAMED_SALE");
    assert_eq!(reason_with_sale_at("20:30:00"), "V32_UNNAMED_SALE");
    assert_eq!(reason_with_sale_at("20:30:01"), "V31_SHOP_SILENT");
}

#[test]
fn intervals_that_meet_cover_the_outage_and_a_second_between_them_does_not() {
    let office = with_shops();
    let piece = |shop: &str, source: &str, from: &str, until: &str| {
        format!("{shop},{source},2023-02-24 {from},{until}")
    };
    office.records(
        &[coupon(NUMBER, 5000, 0, "2023-02-24")],
        &[],
        &[],
        &[
            piece(DARK_SHOP, "settlements", "17:00", "2023-02-24 20:00"),
            piece(DARK_SHOP, "settlements", "20:00:01", "2023-02-25 00:00"),
        ],
    );
    let case = office.case("op", NUMBER, DARK_SHOP);
    assert_eq!(office.shown(&case)["reasons"], json!(["P11_SETTLEMENTS_MISSING"]));
    let closed = piece(DARK_SHOP, "settlements", "19:00", "2023-02-24 20:00:01");
    office.records(&[], &[], &[], &[closed]);
    assert_eq!(office.shown(&case)["reasons"], json!(["R41_NO_SETTLEMENT"]));
}

#[test]
fn settlements_declared_complete_are_so_for_every_shop_and_sales_for_those_in_the_file() {
    let office = with_shops();
    let covers = ["--covers", "2023-02-24 17:00/2023-02-25 00:00"];
    office.records(
        &[coupon("ATDARK", 5000, 0, "2023-02-24"), coupon("ATSLOW", 5000, 0, "2023-02-24")],
        &[],
        &[],
        &[],
    );
    let rows = [
        settlement("K1", "ATDARK", DARK_SHOP, 1000, "19:00"),
        settlement("K2", "ATSLOW", SLOW_SHOP, 1000, "19:00"),
    ];
    office.import("settlements", &common::records::file("settlements", &rows), &covers).done();
    let rows = [sale("U1", DARK_SHOP, "19:00", 1000, 1000, "ATDARK")];
    office.import("sales", &common::records::file("sales", &rows), &covers).done();
    let dark = office.opens("op", "ATDARK", "2/24", "奈良県", DARK_SHOP).done();
    assert_eq!(dark["reasons"], json!(["M00_MATCHED"]));
    let slow = office.opens("op", "ATSLOW", "2/24", "奈良県", SLOW_SHOP).done();
    assert_eq!(slow["reasons"], json!(["P12_SALES_MISSING"]));
}

// ---- the four facts ---------------------------------------------------------------------

/// A coupon that is matched when all four facts are right.
fn matched() -> Office {
    let office = with_shops();
    office.records(
        &[coupon(NUMBER, 3000, 0, "2023-02-24")],
        &[settlement("K1", NUMBER, SHOP, 2000, "19:05")],
        &[sale("U1", SHOP, "19:04", 2000, 2000, NUMBER)],
        &[],
    );
    office
}

#[test]
fn each_fact_that_does_not_agree_is_a_reason_and_the_record_reason_comes_last() {
    let office = matched();
    let open = |number: &str, expiry: &str, prefecture: &str, shop: &str| {
        let facts = ["--expiry", expiry, "--prefecture", prefecture, "--merchant", shop];
        let words = ["case", "open", "--dry-run", "--number", number];
        office.run("sv", words.iter().chain(&facts)).done()
    };
    for (number, expiry, prefecture, shop, reasons, facts) in [
        // One at a time.
        ("9999", "2/24", "奈良", SHOP, "F1_NUMBER_UNKNOWN", "unknown unknown unknown match"),
        (
            NUMBER,
            "2/23",
            "奈良",
            SHOP,
            "F2_EXPIRY_DIFFERS M00_MATCHED",
            "match differs match match",
        ),
        (
            NUMBER,
            "2/24",
            "京都",
            SHOP,
            "F3_PREFECTURE_DIFFERS M00_MATCHED",
            "match match differs match",
        ),
        (NUMBER, "2/24", "奈良", "M-99", "F4_SHOP_UNKNOWN", "match match match unknown"),
        // An unknown number leaves nothing to hold expiry and prefecture against.
        ("9999", "2/1", "京都", SHOP, "F1_NUMBER_UNKNOWN", "unknown unknown unknown match"),
        (
            "9999",
            "2/1",
            "京都",
            "M-99",
            "F1_NUMBER_UNKNOWN F4_SHOP_UNKNOWN",
            "unknown unknown unknown unknown",
        ),
        // Together, in their order.
        (
            NUMBER,
            "2/23",
            "京都",
            SHOP,
            "F2_EXPIRY_DIFFERS F3_PREFECTURE_DIFFERS M00_MATCHED",
            "match differs differs match",
        ),
        (
            NUMBER,
            "2/23",
            "京都",
            "M-99",
            "F2_EXPIRY_DIFFERS F3_PREFECTURE_DIFFERS F4_SHOP_UNKNOWN",
            "match differs differs unknown",
        ),
        (
            NUMBER,
            "2/23",
            "奈良",
            OTHER_SHOP,
            "F2_EXPIRY_DIFFERS F4_NOT_SETTLED_HERE",
            "match differs match match",
        ),
        (
            NUMBER,
            "2/23",
            "奈良",
            DARK_SHOP,
            "F2_EXPIRY_DIFFERS P11_SETTLEMENTS_MISSING",
            "match differs match match",
        ),
    ] {
        let case = open(number, expiry, prefecture, shop);
        let said = format!("{number} {expiry} {prefecture} {shop}");
        assert_eq!(case["state"], "review", "{said}");
        assert_eq!(case["reasons"], json!(reasons.split(' ').collect::<Vec<_>>()), "{said}");
        let told = ["number", "expiry", "prefecture", "shop"]
            .map(|fact| case["facts"][fact].as_str().expect("a fact").to_owned());
        assert_eq!(told.join(" "), facts, "{said}");
        assert_eq!(case["restorable"], 0, "{said}");
    }
}

#[test]
fn a_number_and_a_day_are_understood_however_they_are_said() {
    let office = matched();
    for number in ["1234567890123", "1234-5678-90123", "１２３４ ５６７８ ９０１２３"]
    {
        for day in ["2/24", "0224", "20230224", "2023-02-24", "R5.2.24", "令和5年2月24日"] {
            let facts = ["--expiry", day, "--prefecture", "ならけん", "--merchant", SHOP];
            let words = ["case", "open", "--dry-run", "--number", number];
            let case = office.run("op", words.iter().chain(&facts)).done();
            assert_eq!(case["state"], "matched", "{number} {day}");
        }
    }
}

#[test]
fn the_printed_expiry_and_the_extended_one_are_both_right() {
    let office = with_shops();
    office.records(&[coupon(NUMBER, 3000, 1000, "2023-02-24")], &[], &[], &[]);
    let expiry = |day: &str| {
        let facts = ["--expiry", day, "--prefecture", "奈良", "--merchant", SHOP];
        let words = ["case", "open", "--dry-run", "--number", NUMBER];
        office.run("op", words.iter().chain(&facts)).done()["facts"]["expiry"].clone()
    };
    assert_eq!(["2/24", "3/30", "3/31"].map(expiry), ["match", "differs", "differs"]);
    office.run("ad", ["extend"]).done();
    assert_eq!(["2/24", "3/30", "3/31"].map(expiry), ["match", "differs", "match"]);
}

#[test]
fn a_shop_is_taken_by_its_name_only_where_it_is_the_only_one_there() {
    let office = matched();
    let hear = |shop: &str, prefecture: &str| {
        let facts = ["--expiry", "2/24", "--prefecture", prefecture, "--shop", shop];
        let words = ["case", "open", "--dry-run", "--number", NUMBER];
        office.run("op", words.iter().chain(&facts)).done()
    };
    for shop in ["若草堂", "ワカクサドウ", "わかくさどう", "ﾜｶｸｻﾄﾞｳ", " 若草堂　"]
    {
        let case = hear(shop, "奈良県");
        assert_eq!(case["merchant"]["merchant_id"], SHOP, "{shop}");
        assert_eq!(case["state"], "matched", "{shop}");
    }
    // Of two namesakes, the one in the prefecture that was said.
    assert_eq!(hear("鹿の子屋", "奈良県")["merchant"]["merchant_id"], OTHER_SHOP);
    assert_eq!(hear("鹿の子屋", "京都府")["merchant"]["merchant_id"], "M-5");

    let near = hear("若草どう本店", "奈良県");
    assert_eq!(near["facts"]["shop"], "unknown");
    assert_eq!(near["reasons"], json!(["F4_SHOP_UNKNOWN"]));
    assert_eq!(near["candidates"][0]["merchant_id"], SHOP);
    assert_eq!(near["merchant"], Value::Null);

    let namesake = second_shop_of_that_name();
    office.import("merchants", &namesake, &[]).done();
    let unclear = hear("若草堂", "奈良県");
    assert_eq!(unclear["reasons"], json!(["F4_SHOP_UNKNOWN"]));
    let candidates: Vec<&Value> = unclear["candidates"]
        .as_array()
        .expect("candidates")
        .iter()
        .map(|shop| &shop["merchant_id"])
        .collect();
    assert!(candidates.contains(&&json!(SHOP)) && candidates.contains(&&json!("M-6")));
}

fn second_shop_of_that_name() -> String {
    "加盟店ID,店舗名,フリガナ,都道府県,住所,電話番号\nM-6,若草堂,,奈良県,天理市6,\n".to_owned()
}

// ---- the names that other programs read -------------------------------------------------

/// The names of section 7, and with them those the program adds. A name that is new, gone
/// or called otherwise fails here.
#[test]
fn a_case_has_the_names_of_the_contract() {
    let office = matched();
    let case = office.opens("op", NUMBER, "2/24", "奈良県", SHOP).done();
    let contract = [
        "case",
        "coupon",
        "evidence",
        "facts",
        "merchant",
        "over",
        "reasons",
        "restorable",
        "sales",
        "settlements",
        "state",
        "version",
    ];
    let added = [
        "approvable",
        "expiry_said",
        "held_by",
        "number_said",
        "opened_at",
        "opened_by",
        "prefecture_said",
        "restored",
        "shop_said",
        "supplement",
    ];
    let mut all: Vec<&str> = contract.iter().chain(&added).copied().collect();
    all.sort_unstable();
    assert_eq!(names(&case), all);
    assert_eq!(names(&case["facts"]), ["expiry", "number", "prefecture", "shop"]);
    assert_eq!(names(&case["coupon"]), ["balance", "expires_on", "face_value", "inquiry_number"]);
    assert_eq!(names(&case["merchant"]), ["merchant_id", "name"]);
    assert_eq!(
        names(&case["settlements"][0]),
        ["amount", "restore", "restored", "settled_at", "settlement_id"]
    );
    assert_eq!(names(&case["sales"][0]), ["cash", "linked", "sale_id", "sold_at", "total"]);
    assert_eq!(case["version"], 1);
    assert_eq!(case["settlements"][0]["settled_at"], "2023-02-24T19:05:00+09:00");
    let evidence = case["evidence"].as_str().expect("a hash");
    assert!(evidence.len() == 64 && evidence.bytes().all(|b| b.is_ascii_hexdigit()));

    let id = case["case"].as_str().expect("a number");
    assert_eq!(office.act("op", "show", id, &[]).done(), case, "shown as it was opened");
    let restored = office.act("op", "restore", id, &[]).done();
    assert_eq!(names(&restored), all);
    assert_eq!(restored["version"], 2);
}

#[test]
fn what_is_not_known_is_null_and_not_left_out() {
    let office = matched();
    let case = office.opens("op", "99999999", "2/24", "奈良県", "M-99").done();
    for name in ["coupon", "merchant", "over"] {
        assert_eq!(case.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(case["settlements"], json!([]));
    assert_eq!(case["sales"], json!([]));
}

#[test]
fn imports_shops_coupons_and_extensions_have_the_names_of_the_contract() {
    let office = matched();
    let report = office.import(
        "coupons",
        &common::records::file(
            "coupons",
            &[coupon(NUMBER, 3000, 0, "2023-02-24"), coupon("9876543210", 3000, 500, "2023-02-24")],
        ),
        &[],
    );
    assert_eq!(
        report.done(),
        json!({"read": 2, "imported": 1, "unchanged": 1, "rejected": 0, "rechecked": 0})
    );

    let shops = office.run("op", ["shop", "かのこや", "--prefecture", "奈良県"]).done();
    assert_eq!(names(&shops), ["shops"]);
    let best = &shops["shops"][0];
    let due = ["kana", "kana_source", "merchant_id", "name", "prefecture", "score"];
    assert_eq!(names(best), due);
    assert_eq!(best["kana_source"], "record");
    assert_eq!(best["merchant_id"], OTHER_SHOP);
    let scores: Vec<f64> = shops["shops"]
        .as_array()
        .expect("shops")
        .iter()
        .filter_map(|s| s["score"].as_f64())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "best first: {scores:?}");

    assert_eq!(
        office.run("ad", ["extend"]).done(),
        json!({"eligible": 1, "extended": 1, "already": 0})
    );

    let coupon = office.coupon(NUMBER);
    for name in [
        "balance",
        "cases",
        "entries",
        "expires_on",
        "expiries",
        "face_value",
        "inquiry_number",
        "settlements",
    ] {
        assert!(coupon.get(name).is_some(), "{name}");
    }
    assert_eq!(
        names(&coupon),
        [
            "balance",
            "cases",
            "class_a",
            "email",
            "entries",
            "expires_on",
            "expiries",
            "face_value",
            "history",
            "holder",
            "inquiry_number",
            "issuer",
            "phone",
            "prefecture",
            "settlements",
        ]
    );
}

#[test]
fn a_refusal_is_an_error_with_a_code_and_a_sentence() {
    let office = matched();
    for (staff, words) in [
        ("op", ["case", "show", "R-20230313-0099"].as_slice()),
        ("op", &["coupon", "99999999"]),
        ("op", &["audit", "verify"]),
        ("op", &["case", "open"]),
        ("nobody", &["extend"]),
    ] {
        let answer = office.run(staff, words);
        assert_ne!(answer.status, 0, "{words:?}");
        assert_eq!(names(&answer.json), ["error"], "{words:?}");
        let error = &answer.json["error"];
        for name in ["code", "message"] {
            assert!(error[name].as_str().is_some_and(|text| !text.is_empty()), "{words:?} {error}");
        }
    }
    let rows = [settlement("K9", "77777777", SHOP, 0, "19:00")];
    let bad = office.import("settlements", &common::records::file("settlements", &rows), &[]);
    assert_eq!(bad.json["rejected"], 1, "the counts stand beside the error: {}", bad.json);
    assert_eq!(bad.refused(), "RECORDS_REJECTED");
    let coverage = common::records::file("coverage", &[covers("M-99", "sales")]);
    assert_eq!(office.import("coverage", &coverage, &[]).refused(), "RECORDS_REJECTED");
}
