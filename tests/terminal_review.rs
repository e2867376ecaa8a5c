//! A supervisor's desk, in a real terminal: what waits for review, one case of it, and the
//! wallboard.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod terminal;

use common::Office;
use common::books::{number, opened};
use common::records::OTHER_SHOP;
use terminal::{
    ALSO_IN_CASH, ALSO_UNNAMED, Desk, PAID_IN_CASH, SMALLEST, UNNAMED, USUAL, facts, key, office,
};

/// The list, with the width at which every column has its room.
const WIDE: (u16, u16) = (120, 32);

/// A supervisor at the list of what waits.
fn at_the_list(office: &Office, staff: &str, size: (u16, u16)) -> Desk {
    let desk = Desk::of(office, staff, size);
    desk.keys(key::F12);
    desk.wait_for("確認待ち");
    desk.wait_gone("読み込んでいます");
    desk
}

/// … with the only case that fits the filter opened.
fn at_the_case(office: &Office, staff: &str, filter: &str, case: &str) -> Desk {
    let desk = at_the_list(office, staff, USUAL);
    desk.keys(filter);
    desk.wait_for("確認待ち 1/");
    desk.keys(key::ENTER);
    desk.wait_for(case);
    desk.wait_for("ご案内");
    desk
}

/// Says what a question asks for, and takes it.
fn say(desk: &Desk, asked: &str, words: &str) {
    desk.wait_for(asked);
    desk.keys(words);
    desk.keys(key::ENTER);
    desk.wait_gone(asked);
}

#[test]
fn a_supervisor_links_the_sale_that_nobody_named_and_approves() {
    let office = office();
    let first = office.case("op", UNNAMED, OTHER_SHOP);
    let second = office.case("op", ALSO_UNNAMED, OTHER_SHOP);
    let mut desk = at_the_list(&office, "sv", WIDE);
    desk.wait_for("確認待ち 2/2件");
    assert!(desk.line_with(&first).contains("鹿の子屋"), "{}", desk.screen());

    // Any word of a row filters, in any width.
    desk.keys("奈良　１０００００００００００４");
    desk.wait_for("確認待ち 1/2件");
    assert!(desk.shows(&first) && !desk.shows(&second), "{}", desk.screen());
    desk.keys(key::ENTER);
    desk.wait_for("(番号なし)");

    desk.keys(key::F8);
    desk.wait_for("店舗への電話");
    desk.keys("店長\t売上はこの方のもの");
    desk.keys(key::ENTER);
    desk.wait_for("完了しました");
    desk.keys(key::CTRL_S);
    desk.wait_for("お買上げ ¥600 = ¥600");
    desk.wait_for("承認すると ¥600 を戻入します");
    // The link may be read from the database before its own answer is there.
    desk.wait_gone("処理しています");
    desk.keys(key::F5);
    desk.wait_for("承認の理由");
    desk.keys(key::ENTER);
    desk.wait_for("何か書いてください");
    say(&desk, "承認の理由", "店舗に電話で確認済み");
    desk.wait_for("戻入済み");
    desk.wait_for("600円をクーポンにお戻しし");
    desk.keys(key::F3);
    desk.wait_for("店舗に電話で確認済み");
    assert!(desk.shows("店舗へ電話") && desk.shows("売上を結び付け"), "{}", desk.screen());
    desk.keys(key::ESC);
    desk.wait_gone("履歴（Escで閉じる）");
    desk.keys(key::ESC);
    desk.wait_for("確認待ち 0/1件");
    desk.keys(key::F4);
    desk.wait_for("確認待ち 1/1件");
    desk.quit_at_once();

    assert_eq!(office.shown(&first)["state"], "restored");
    assert_eq!(office.coupon(UNNAMED)["balance"], 1377);
    let conn = opened(office.database());
    assert_eq!(number(&conn, "SELECT count(*) FROM lease"), 0, "nobody looks at it any more");
    office.audited();
}

#[test]
fn nobody_decides_a_case_of_their_own() {
    let office = office();
    let case = office.case("sv", UNNAMED, OTHER_SHOP);
    let desk = at_the_case(&office, "sv", "鹿の子屋", &case);
    desk.wait_for("ご自分で受け付けたため、承認・対象外はほかのSVが行います。");
    for decision in [key::F5, key::F4] {
        desk.keys(decision);
        desk.wait_for("ほかのSV");
        assert!(!desk.shows("承認の理由") && !desk.shows("対象外とする理由"), "{}", desk.screen());
    }
    desk.keys(key::F7);
    say(&desk, "メモ。履歴に残ります。", "引き継ぎをお願いします");
    desk.wait_for("完了しました");
    assert_eq!(office.shown(&case)["state"], "review");
}

#[test]
fn a_case_is_declined_with_a_reason() {
    let office = office();
    let case = office.case("op", UNNAMED, OTHER_SHOP);
    let desk = at_the_case(&office, "sv", "鹿の子屋 nara op", &case);
    desk.keys(key::F4);
    say(&desk, "対象外とする理由", "店舗の控えでは別のお客様");
    desk.wait_for("完了しました");
    assert!(desk.line_with("op 受付").contains("対象外"), "{}", desk.screen());
    assert_eq!(office.shown(&case)["state"], "declined");
    assert_eq!(office.coupon(UNNAMED)["balance"], 777);
    office.audited();
}

#[test]
fn a_question_reaches_the_desk_of_the_operator_and_the_answer_comes_back() {
    let office = office();
    let operator = Desk::of(&office, "op", SMALLEST);
    operator.keys(&format!("{UNNAMED}\t2/24\t奈良\t鹿の子"));
    operator.wait_for("› 鹿の子屋");
    operator.keys(key::ENTER);
    operator.wait_for("受付前 SV確認待ち");
    operator.keys(key::F6);
    operator.wait_for("申し送り");
    operator.keys(key::ENTER);
    operator.wait_for("受付番号はR-20230313-0001でございます");

    let desk = at_the_case(&office, "sv", "0001", "R-20230313-0001");
    desk.keys(key::F6);
    say(&desk, "オペレーターへの質問", "時刻は何時ごろですか");
    desk.wait_for("完了しました");
    operator.wait_for("SVからの質問: 時刻は何時ごろですか");
    operator.keys(key::CTRL_A);
    say(&operator, "SVの質問への答え", "夕方7時半ごろとのこと");
    operator.wait_gone("SVからの質問:");
    desk.wait_gone("SVからの質問:");
    desk.keys(key::F3);
    desk.wait_for("夕方7時半ごろとのこと");
}

#[test]
fn the_cases_of_one_shop_stand_together_and_one_call_is_noted_on_each() {
    let office = office();
    let first = office.case("op", UNNAMED, OTHER_SHOP);
    let matched = office.case("op", PAID_IN_CASH, common::records::SHOP);
    let second = office.case("op2", ALSO_UNNAMED, OTHER_SHOP);
    let desk = at_the_list(&office, "sv", WIDE);
    desk.wait_for("確認待ち 3/3件");
    desk.keys(key::F6);
    desk.wait_until("the shop's two cases stand together", |screen| {
        let place = |case: &str| screen.lines().position(|line| line.contains(case));
        matches!((place(&first), place(&second)), (Some(a), Some(b)) if b == a + 1)
    });
    // The cursor may stand on the shop with the case that is not under review.
    desk.keys("鹿の子屋");
    desk.wait_for("確認待ち 2/3件");
    desk.keys(key::F8);
    desk.wait_for("この店舗の確認待ちすべてに残します");
    desk.keys("店長\tレジの控えを送っていただく");
    desk.keys(key::ENTER);
    desk.wait_for("2件のうち2件に残しました");
    for (case, calls) in [(&first, 1), (&second, 1), (&matched, 0)] {
        let history = office.act("au", "history", case, &[]).done().to_string();
        assert_eq!(history.matches("case.shop_call").count(), calls, "{case}: {history}");
    }
    office.audited();
}

#[test]
fn the_wallboard_follows_what_is_restored_at_other_desks() {
    let office = office();
    office.case("op2", UNNAMED, OTHER_SHOP);
    let board = Desk::of(&office, "sv", USUAL);
    board.keys(key::F9);
    board.wait_for("本日の受付（時間別）");
    board.wait_for("受付1 戻入0");
    board.wait_for("SV確認待ち 1件");
    let desk = Desk::of(&office, "op", SMALLEST);
    desk.keys(&facts(ALSO_IN_CASH));
    desk.wait_for("› 若草堂");
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("戻入済み ¥1,000");
    board.wait_for("受付2 戻入1");
    board.wait_for("¥1,000");
    board.keys(key::F9);
    board.wait_for("確認待ち");
}
