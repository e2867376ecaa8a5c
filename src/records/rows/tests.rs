//! Every bad row of the specification's section 3, one by one, and the good ones beside them.

use super::*;
use crate::domain::day::DayError;
use crate::domain::number::NumberError;
use crate::domain::time::TimeError;
use crate::records::csv::{CsvReader, Next};

const MERCHANTS: &str = "merchant_id,name,kana,prefecture,address,phone\n";
const COUPONS: &str =
    "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer\n";
const SETTLEMENTS: &str = "settlement_id,inquiry_number,merchant_id,amount,settled_at\n";
const SALES: &str = "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt\n";
const COVERAGE: &str = "merchant_id,source,covers_from,covers_until\n";

type Outcome = Result<Record, Vec<BadRow>>;

fn rows(kind: Kind, text: &str) -> Vec<Outcome> {
    let pattern = NumberPattern::new("[0-9]{13}").expect("a fixed pattern");
    let fold = |name: &str| format!("<{name}>");
    let mut csv = CsvReader::new(text.as_bytes());
    csv.next_record().expect("a slice");
    let layout = Layout::read(kind, &csv.fields().expect("text")).expect("a good header");
    let rows = Rows::new(layout, &pattern, &fold);
    let mut read = Vec::new();
    while let Next::Record { line } = csv.next_record().expect("a slice") {
        read.extend(rows.read(line, &csv.fields().expect("text")));
    }
    read
}

fn row(kind: Kind, header: &str, row: &str) -> Outcome {
    rows(kind, &format!("{header}{row}\n")).pop().expect("one row")
}

fn good(kind: Kind, header: &str, cells: &str) -> Record {
    row(kind, header, cells).unwrap_or_else(|bad| panic!("{cells}: {bad:?}"))
}

/// The columns and reasons of a bad row.
fn bad(kind: Kind, header: &str, cells: &str) -> Vec<(String, BadRowReason)> {
    let bad = row(kind, header, cells).expect_err(cells);
    assert!(bad.iter().all(|row| row.line == 2));
    bad.into_iter().map(|row| (row.column, row.reason)).collect()
}

fn one(column: &str, reason: BadRowReason) -> Vec<(String, BadRowReason)> {
    vec![(column.to_owned(), reason)]
}

#[test]
fn a_merchant_is_read_and_its_keys_are_made_by_the_caller() {
    let record = good(Kind::Merchants, MERCHANTS, "M1, 鹿の茶屋 ,シカノチャヤ,奈良,,");
    let Record::Merchant(merchant, name_key, kana_key) = record else { panic!("a merchant") };
    assert_eq!(merchant.name, "鹿の茶屋");
    assert_eq!(merchant.prefecture.name(), "奈良県");
    assert!(merchant.address.is_empty() && merchant.phone.is_empty());
    assert_eq!((name_key.as_str(), kana_key.as_str()), ("<鹿の茶屋>", "<シカノチャヤ>"));
    good(Kind::Merchants, MERCHANTS, "M1,鹿の茶屋,,29,,");
}

#[test]
fn a_coupon_is_read_whatever_the_width_of_its_digits() {
    let plain = "1234567890123,奈良県,3000,500,2023-02-24,app,,,";
    let wide = "１２３４－５６７８　９０１２－３,ﾅﾗ,￥３，０００,５００円,2023/2/24,ｱﾌﾟﾘ,,,";
    let quoted = "1234 5678 9012 3,Nara,\"¥3,000\",500,R5.2.24,APP,,,";
    let hash = |cells| good(Kind::Coupons, COUPONS, cells).hash();
    assert_eq!(hash(plain), hash(wide));
    assert_eq!(hash(plain), hash(quoted));
    for holder in ["App", "ＰＡＰＥＲ", "紙", "退会"] {
        good(Kind::Coupons, COUPONS, &format!("1234567890123,29,1,0,R5.2.24,{holder},,,"));
    }
}

#[test]
fn a_sale_need_name_neither_coupon_nor_receipt() {
    let record = good(Kind::Sales, SALES, "S1,M1,2023-02-24 18:00,1500,0,　,");
    let Record::Sale(sale) = record else { panic!("a sale") };
    assert_eq!((sale.inquiry_number, sale.receipt.as_str()), (None, ""));
    let record = good(Kind::Sales, SALES, "S1,M1,2023/2/24 9:05,1500,5000,1234567890123,R1");
    let Record::Sale(sale) = record else { panic!("a sale") };
    assert!(sale.inquiry_number.is_some());
}

#[test]
fn settlements_and_coverage_are_read() {
    let cells = "T1,1234567890123,M1,1500,2023-02-24T18:00:00+09:00";
    assert!(matches!(good(Kind::Settlements, SETTLEMENTS, cells), Record::Settlement(_)));
    let cells = "M1,決済,2023-02-24 17:00,2023-02-25 00:00";
    assert!(matches!(good(Kind::Coverage, COVERAGE, cells), Record::Coverage(_)));
}

#[test]
fn a_row_with_too_many_or_too_few_fields_is_bad_and_the_next_is_read() {
    let text =
        format!("{COVERAGE}M1,sales\nM1,sales,2023-02-24 17:00,2023-02-24 18:00\na,b,c,d,e\n");
    let read = rows(Kind::Coverage, &text);
    let reason = |found| BadRowReason::FieldCount { expected: 4, found };
    assert_eq!(
        read[0].as_ref().expect_err("two fields"),
        &[BadRow::new(2, "", "M1,sales", reason(2))]
    );
    assert!(read[1].is_ok());
    assert_eq!(
        read[2].as_ref().expect_err("five fields"),
        &[BadRow::new(4, "", "a,b,c,d,e", reason(5))]
    );
}

#[test]
fn a_line_of_spaces_is_a_blank_line() {
    assert!(rows(Kind::Coverage, &format!("{COVERAGE}  　\n")).is_empty());
}

#[test]
fn an_amount_that_is_no_whole_number_of_yen_is_bad() {
    for amount in ["1500.5", "many", "1,50"] {
        let cells = format!("T1,1234567890123,M1,\"{amount}\",2023-02-24 18:00");
        assert_eq!(bad(Kind::Settlements, SETTLEMENTS, &cells), one("amount", BadRowReason::Yen));
    }
}

#[test]
fn an_amount_out_of_its_range_is_bad() {
    let range = |least| BadRowReason::YenRange(least, 10_000_000);
    for amount in ["0", "10000001", "-1"] {
        let cells = format!("T1,1234567890123,M1,{amount},2023-02-24 18:00");
        assert_eq!(bad(Kind::Settlements, SETTLEMENTS, &cells), one("amount", range(1)));
        let cells = format!("S1,M1,2023-02-24 18:00,{amount},0,,");
        assert_eq!(bad(Kind::Sales, SALES, &cells), one("total", range(1)));
    }
    for cash in ["-1", "10000001"] {
        let cells = format!("S1,M1,2023-02-24 18:00,1,{cash},,");
        assert_eq!(bad(Kind::Sales, SALES, &cells), one("cash", range(0)));
    }
    let cells = "1234567890123,29,0,0,2023-02-24,app,,,";
    assert_eq!(
        bad(Kind::Coupons, COUPONS, cells),
        [("face_value".to_owned(), range(1))],
        "a balance of 0 is within any face value"
    );
}

#[test]
fn a_balance_outside_0_to_the_face_value_is_bad() {
    let coupon = |balance| format!("1234567890123,29,3000,{balance},2023-02-24,app,,,");
    assert_eq!(
        bad(Kind::Coupons, COUPONS, &coupon("3001")),
        one("balance", BadRowReason::BalanceOverFace)
    );
    assert_eq!(
        bad(Kind::Coupons, COUPONS, &coupon("-1")),
        one("balance", BadRowReason::YenRange(0, 10_000_000))
    );
    good(Kind::Coupons, COUPONS, &coupon("3000"));
    good(Kind::Coupons, COUPONS, &coupon("0"));
}

#[test]
fn an_unknown_prefecture_is_bad() {
    for prefecture in ["奈良府", "48", "Atlantis"] {
        let cells = format!("M1,鹿,,{prefecture},,");
        assert_eq!(
            bad(Kind::Merchants, MERCHANTS, &cells),
            one("prefecture", BadRowReason::Prefecture)
        );
    }
}

#[test]
fn an_unreadable_day_or_time_is_bad_in_the_words_of_its_parser() {
    let cells = "1234567890123,29,1,0,2023-02-29,app,,,";
    let found = bad(Kind::Coupons, COUPONS, cells);
    assert!(matches!(found[0], (_, BadRowReason::Day(DayError::NoSuchDay { .. }))));
    let found = bad(Kind::Coupons, COUPONS, "1234567890123,29,1,0,2/24,app,,,");
    assert!(matches!(found[0], (_, BadRowReason::Day(DayError::YearMissing { .. }))));
    let found = bad(Kind::Settlements, SETTLEMENTS, "T1,1234567890123,M1,1,2023-02-24 24:00");
    assert!(matches!(found[0], (_, BadRowReason::Time(TimeError::NoSuchTime { .. }))));
}

#[test]
fn an_interval_that_ends_before_it_begins_is_bad() {
    let cells = "M1,sales,2023-02-24 18:00,2023-02-24 18:00";
    assert_eq!(bad(Kind::Coverage, COVERAGE, cells), one("covers_until", BadRowReason::Interval));
}

#[test]
fn control_and_bidi_characters_are_bad() {
    for (name, code) in
        [("a\u{202e}b", 0x202e), ("a\tb", 9), ("\"a\nb\"", 10), ("鹿\u{200e}", 0x200e)]
    {
        let cells = format!("M1,{name},,29,,");
        assert_eq!(
            bad(Kind::Merchants, MERCHANTS, &cells),
            one("name", BadRowReason::Character(code))
        );
    }
    assert_eq!(
        bad(Kind::Merchants, MERCHANTS, "M\u{202e}1,a,,29,,"),
        one("merchant_id", BadRowReason::Character(0x202e))
    );
}

#[test]
fn a_text_longer_than_its_column_is_bad() {
    let long = |length| "鹿".repeat(length);
    for (cells, column, most) in [
        (format!("{},a,,29,,", long(65)), "merchant_id", 64),
        (format!("M1,{},,29,,", long(201)), "name", 200),
        (format!("M1,a,{},29,,", long(201)), "kana", 200),
        (format!("M1,a,,29,{},", long(301)), "address", 300),
        (format!("M1,a,,29,,{}", long(41)), "phone", 40),
    ] {
        assert_eq!(
            bad(Kind::Merchants, MERCHANTS, &cells),
            one(column, BadRowReason::Length(most))
        );
    }
    let tail = format!(",{},{}", long(255), long(201));
    let cells = format!("1234567890123,29,1,0,2023-02-24,app,{tail}");
    assert_eq!(
        bad(Kind::Coupons, COUPONS, &cells),
        [
            ("email".to_owned(), BadRowReason::Length(254)),
            ("issuer".into(), BadRowReason::Length(200))
        ]
    );
    let cells = format!("S1,M1,2023-02-24 18:00,1,0,,{}", long(65));
    assert_eq!(bad(Kind::Sales, SALES, &cells), one("receipt", BadRowReason::Length(64)));
    good(Kind::Merchants, MERCHANTS, &format!("M1,{},,29,,", long(200)));
}

#[test]
fn an_inquiry_number_of_another_form_is_bad() {
    let found = bad(Kind::Settlements, SETTLEMENTS, "T1,123,M1,1,2023-02-24 18:00");
    assert_eq!(found, one("inquiry_number", BadRowReason::Number(NumberError::Form("123".into()))));
    let found = bad(Kind::Sales, SALES, "S1,M1,2023-02-24 18:00,1,0,12三,");
    assert!(matches!(found[0].1, BadRowReason::Number(NumberError::Unreadable(_))));
}

#[test]
fn a_hyphen_for_no_number_is_told_apart_from_nothing() {
    let found = bad(Kind::Sales, SALES, "S1,M1,2023-02-24 18:00,1,0,－,");
    assert_eq!(found, one("inquiry_number", BadRowReason::Number(NumberError::Empty)));
}

#[test]
fn a_word_that_is_none_of_those_allowed_is_bad_and_told_which_are() {
    let found = bad(Kind::Coupons, COUPONS, "1234567890123,29,1,0,2023-02-24,cash,,,");
    assert_eq!(found, one("holder", BadRowReason::Word(HOLDERS)));
    assert_eq!(
        bad(Kind::Coverage, COVERAGE, "M1,all,2023-02-24 17:00,2023-02-24 18:00"),
        one("source", BadRowReason::Word(SOURCES))
    );
}

#[test]
fn everything_wrong_with_a_row_is_listed() {
    let empty = |kind, header, count: usize| {
        let found = bad(kind, header, &",".repeat(count - 1));
        assert!(found.iter().all(|(_, reason)| *reason == BadRowReason::Empty), "{found:?}");
        found.into_iter().map(|(column, _)| column).collect::<Vec<_>>()
    };
    assert_eq!(empty(Kind::Merchants, MERCHANTS, 6), ["merchant_id", "name", "prefecture"]);
    assert_eq!(
        empty(Kind::Coupons, COUPONS, 9),
        ["inquiry_number", "prefecture", "face_value", "balance", "expires_on", "holder"]
    );
    assert_eq!(empty(Kind::Settlements, SETTLEMENTS, 5).len(), 5);
    assert_eq!(
        empty(Kind::Sales, SALES, 7),
        ["sale_id", "merchant_id", "sold_at", "total", "cash"]
    );
    assert_eq!(empty(Kind::Coverage, COVERAGE, 4).len(), 4);
}

#[test]
fn a_value_in_a_column_without_a_name_is_bad_and_nothing_there_is_not() {
    let header = "merchant_id,,source,covers_from,covers_until\n";
    good(Kind::Coverage, header, "M1, ,sales,2023-02-24 17:00,2023-02-24 18:00");
    let cells = "M1,x,sales,2023-02-24 17:00,2023-02-24 18:00";
    assert_eq!(bad(Kind::Coverage, header, cells), one("#2", BadRowReason::NoHeader));
}

#[test]
fn a_bad_value_is_kept_only_in_part() {
    let cells = format!("M1,{},,29,,", "鹿".repeat(20_000));
    let bad = row(Kind::Merchants, MERCHANTS, &cells).expect_err("too long");
    assert_eq!(bad[0].value.chars().count(), 200);
    let many = row(Kind::Merchants, MERCHANTS, &",".repeat(60_000)).expect_err("too many");
    assert_eq!(many[0].value.chars().count(), 200);
}
