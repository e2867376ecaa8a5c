//! What an office would answer, made by hand.

use madoguchi::domain::prefecture::Prefecture;
use madoguchi::domain::private::Private;
use madoguchi::domain::verification::{Fact, Facts};
use madoguchi::office::coupon::{ClassA, NumberHeard};
use madoguchi::office::shop::RankedShop;
use madoguchi::office::view::{
    CallbackView, CaseView, CouponView, MerchantView, SaleView, SettlementView,
};
use madoguchi::store::desks::{BOARD_DAYS, Board, Lease, OpenCases, QueueRow, WaitedFor};

use super::at;

/// The coupon of every story.
pub const NUMBER: &str = "533500010002";
/// The first case of the day.
pub const CASE: &str = "R-20230313-0001";
/// The balance that nobody may see before all four facts are in.
pub const BALANCE: i64 = 7_430;

/// What an operator hears of the coupon.
pub fn heard() -> NumberHeard {
    NumberHeard {
        prefecture: "奈良県".parse().expect("a prefecture"),
        expiries: vec!["2023-02-24".parse().expect("a day")],
        class_a: ClassA::No,
    }
}

/// A shop that fits.
pub fn shop(merchant_id: &str, name: &str) -> RankedShop {
    RankedShop {
        kana_source: "record",
        merchant_id: merchant_id.to_owned(),
        name: name.to_owned(),
        kana: "ロクメイザカノサボウ".to_owned(),
        readings: "ロクメイザカノサボウ".to_owned(),
        prefecture: "奈良県",
        score: 0.9,
        matched: vec![0, 1],
        address: "奈良県奈良市三条町1-2".to_owned(),
    }
}

/// The shops that fit 鹿鳴.
pub fn shops() -> Vec<RankedShop> {
    vec![
        shop("M-1", "鹿鳴坂の茶房 本店"),
        shop("M-2", "鹿鳴坂の茶房 駅前店"),
        shop("M-3", "鹿鳴坂の茶房 西口店"),
    ]
}

/// A fact each: `+` agrees, `-` differs, `?` is not known.
pub fn facts(marks: &str) -> Facts {
    let mut each = marks.chars().map(|mark| match mark {
        '+' => Fact::Match,
        '-' => Fact::Differs,
        _ => Fact::Unknown,
    });
    let mut next = || each.next().expect("four marks");
    Facts { number: next(), expiry: next(), prefecture: next(), shop: next() }
}

fn settlement(id: &str, time: &str, amount: i64, restore: bool) -> SettlementView {
    SettlementView {
        settlement_id: id.to_owned(),
        amount,
        settled_at: at(&format!("2023-02-24 {time}")),
        restored: 0,
        restore,
    }
}

fn sale(id: &str, time: &str, total: i64, cash: i64, linked: bool) -> SaleView {
    let sold_at = at(&format!("2023-02-24 {time}"));
    SaleView { sale_id: id.to_owned(), sold_at, total, cash, linked }
}

/// What opening a case would come to: paid twice, once too often.
pub fn matched() -> CaseView {
    CaseView {
        case: None,
        state: "matched".to_owned(),
        reasons: vec!["M00_MATCHED".to_owned()],
        over: Some(1_500),
        restorable: 1_500,
        approvable: 1_500,
        restored: 0,
        supplement: 0,
        excess: 0,
        facts: facts("++++"),
        near: None,
        coupon: Some(CouponView {
            inquiry_number: NUMBER.to_owned(),
            balance: BALANCE,
            face_value: 10_000,
            expires_on: "2023-02-24".to_owned(),
        }),
        merchant: Some(MerchantView {
            merchant_id: "M-1".to_owned(),
            name: "鹿鳴坂の茶房 本店".to_owned(),
            phone: "0742-00-0000".to_owned(),
            address: "奈良県奈良市三条町1".to_owned(),
        }),
        settlements: vec![
            settlement("S-1", "18:02:10", 1_500, false),
            settlement("S-2", "18:02:48", 1_500, true),
        ],
        sales: vec![sale("U-1", "18:01", 1_980, 480, true)],
        number_said: NUMBER.to_owned(),
        expiry_said: "2023-02-24".to_owned(),
        prefecture_said: "奈良県".to_owned(),
        shop_said: "鹿鳴坂の茶房 本店".to_owned(),
        other: None,
        question: None,
        callback: None,
        opened_by: "op".to_owned(),
        opened_at: at("2023-03-13 10:42"),
        held_by: "op".to_owned(),
        evidence: "e-1".to_owned(),
        version: 1,
    }
}

/// The same once the case is open.
pub fn opened() -> CaseView {
    CaseView { case: Some(CASE.to_owned()), ..matched() }
}

/// … and once the balance has been put back.
pub fn restored() -> CaseView {
    let mut view = opened();
    view.state = "restored".to_owned();
    view.restorable = 0;
    view.approvable = 0;
    view.restored = 1_500;
    view.version = 2;
    if let Some(coupon) = &mut view.coupon {
        coupon.balance += 1_500;
        coupon.expires_on = "2023-03-31".to_owned();
    }
    for settlement in &mut view.settlements {
        settlement.restored = if settlement.restore { settlement.amount } else { 0 };
        settlement.restore = false;
    }
    view
}

/// A case that a supervisor decides: a sale names nobody, and a call-back was promised.
pub fn under_review() -> CaseView {
    let mut view = opened();
    view.state = "review".to_owned();
    view.reasons = vec!["V32_UNNAMED_SALE".to_owned()];
    view.restorable = 0;
    view.settlements.iter_mut().for_each(|settlement| settlement.restore = false);
    view.sales.push(sale("U-2", "18:03", 1_500, 0, false));
    view.callback = Some(CallbackView {
        due_at: at("2023-03-13 15:30"),
        phone_masked: "****1234".to_owned(),
        by: "op".to_owned(),
    });
    view
}

/// A line of the supervisors' list.
pub fn queue_row(case_id: &str, state: &str, merchant_id: &str, opened_by: &str) -> QueueRow {
    QueueRow {
        case_id: case_id.to_owned(),
        state: state.to_owned(),
        reasons: vec!["V32_UNNAMED_SALE".to_owned()],
        amount: Some(1_500),
        opened_by: opened_by.to_owned(),
        held_by: opened_by.to_owned(),
        opened_by_name: Private::new("佐保 さくら"),
        opened_at: at("2023-03-13 09:30"),
        prefecture: "奈良県".parse::<Prefecture>().expect("a prefecture").code(),
        inquiry_number: Some(NUMBER.to_owned()),
        number_said: NUMBER.to_owned(),
        merchant_id: Some(merchant_id.to_owned()),
        shop: if merchant_id == "M-1" { "鹿鳴坂の茶房 本店" } else { "かのこ辻食堂" }.to_owned(),
        question: false,
        lease: None,
        callback_due: None,
        version: 1,
    }
}

/// A morning's list.
pub fn queue() -> Vec<QueueRow> {
    let mut held = queue_row("R-20230313-0002", "review", "M-1", "op2");
    held.lease =
        Some(Lease { staff_id: "sv2".parse().expect("an id"), until: at("2023-03-13 10:45") });
    let mut older = queue_row("R-20230311-0007", "contradicted", "M-4", "op");
    older.opened_at = at("2023-03-11 16:20");
    let waiting = queue_row("R-20230313-0003", "waiting", "M-4", "sv");
    vec![queue_row(CASE, "review", "M-1", "op"), held, older, waiting]
}

/// A day on the wall.
pub fn board() -> Board {
    let mut board = Board::default();
    board.opened_by_hour[9..=10].copy_from_slice(&[4, 7]);
    board.restored_by_hour[9..=10].copy_from_slice(&[3, 5]);
    let open = |state: &str, cases, oldest: &str| OpenCases {
        state: state.to_owned(),
        cases,
        oldest: at(oldest),
    };
    board.open =
        vec![open("review", 3, "2023-03-11 16:20"), open("waiting", 12, "2023-03-10 10:05")];
    board.open_by_reason =
        vec![("P12_SALES_MISSING".to_owned(), 9), ("V32_UNNAMED_SALE".to_owned(), 3)];
    board.restored_per_day[BOARD_DAYS - 2] = 128_000;
    board.restored_per_day[BOARD_DAYS - 1] = 34_500;
    let shop = |merchant_id: &str, name: &str, cases| WaitedFor {
        merchant_id: merchant_id.to_owned(),
        name: name.to_owned(),
        cases,
    };
    board.waited_for = vec![shop("M-3", "飛鳥庵", 7), shop("M-2", "月ヶ瀬茶房", 2)];
    board
}
