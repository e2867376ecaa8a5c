//! A call that is half typed when something happens, and how it goes on.

use super::{Desk, PAID_IN_CASH, USUAL, facts, key};
use crate::common::Office;
use crate::common::books::{number, opened, text};

/// Types four facts, the shop only by half, and waits until the desk has taken them.
pub fn half_typed(desk: &Desk) {
    desk.keys(&facts(PAID_IN_CASH));
    desk.wait_for("› 若草堂");
}

/// What is kept of an operator's typing.
pub fn draft(office: &Office) -> String {
    let conn = opened(office.database());
    text(&conn, "SELECT coalesce(string_agg(body, ','), '') FROM draft WHERE staff_id = 'op'")
}

/// Waits until what is kept of it holds a text: this happens beside the screen.
pub fn wait_for_draft(office: &Office, wanted: &str) {
    for _ in 0..2000 {
        if draft(office).contains(wanted) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{wanted} is not kept: {}", draft(office));
}

/// The same person again finds what was typed, and goes on with it to the end.
pub fn goes_on(office: &Office) {
    let mut desk = Desk::of(office, "op", USUAL);
    desk.wait_for("続きから始めます");
    assert!(desk.line_with("お問い合わせ番号").contains(PAID_IN_CASH), "{}", desk.screen());
    assert!(desk.line_with("有効期限").contains("2/24"), "{}", desk.screen());
    assert!(desk.line_with("ご旅行先").contains("奈良"), "{}", desk.screen());
    desk.wait_for("› 若草堂");
    // The cursor begins at the first line again: the shop is the fourth.
    desk.keys("\t\t\t");
    restores(&desk);
    desk.quit();
    restored_once(office);
}

/// Chooses the shop and restores, from the line of the shop.
pub fn restores(desk: &Desk) {
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("戻入済み ¥2,000");
}

/// Exactly one restoration was carried out, and the audit trail holds.
pub fn restored_once(office: &Office) {
    assert_eq!(office.coupon(PAID_IN_CASH)["balance"], 2777);
    let conn = opened(office.database());
    let restored = "SELECT count(*) FROM audit_event WHERE action = 'case.restore'";
    assert_eq!(number(&conn, restored), 1);
    assert_eq!(number(&conn, "SELECT count(*) FROM cases"), 1);
    drop(conn);
    office.audited();
}

/// … where the desk of before never left its seat: it is asked about, and taken over.
pub fn takes_the_seat_and_goes_on(office: &Office) {
    let desk = Desk::at(office, USUAL);
    desk.sign_in("op");
    desk.wait_for("こちらに移りますか");
    desk.keys(key::ENTER);
    desk.wait_for("続きから始めます");
    desk.wait_for("› 若草堂");
    desk.keys("\t\t\t");
    restores(&desk);
    restored_once(office);
}
