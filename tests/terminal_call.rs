//! A call at the desk, in a real terminal: first with the demo, then on a database file
//! that the command line reads afterwards.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod terminal;

use common::books::{number, opened};
use terminal::{Desk, PAID_IN_CASH, SMALLEST, USUAL, facts, key, office};

/// The coupon of the demo whose holder pressed the pay button twice.
const TWICE: &str = "5335149687092";

#[test]
fn a_caller_who_was_deducted_twice_is_put_right_on_every_size_of_screen() {
    for size in [USUAL, SMALLEST] {
        let mut desk = Desk::demo_signed_in(size);
        assert!(desk.shows("お手元のクーポンに記載の、お問い合わせ番号を"), "what to ask first");
        desk.keys(&format!("{TWICE}\t2/24\t奈良\trokumei"));
        // Of three shops of that name the one where the coupon was settled comes first.
        desk.wait_for("› 鹿鳴坂の茶房 駅前店");
        desk.keys(key::ENTER);
        desk.wait_for("照合一致");
        assert!(desk.shows("お支払い ¥3,000 − お買上げ ¥1,500 ="), "{}", desk.screen());
        assert!(desk.shows("受付前"), "looking is not opening");

        desk.keys(key::F5);
        desk.wait_for("Enter: はい");
        assert!(desk.shows("残額 ¥0 → ¥1,500"), "{}", desk.screen());
        desk.keys(key::ENTER);
        desk.wait_for("R-20230313-0001 戻入済み");
        desk.wait_for("確認が取れました。1,500円をクーポンにお戻しし、有効期限を3月31日23時59分まで延長いたします。お戻し後の残額は1,500円でございます。");

        desk.keys(key::F5);
        desk.wait_for("この受付は終わっています");
        desk.keys(key::F3);
        desk.wait_for("履歴（Escで閉じる）");
        let history = desk.screen();
        let done: Vec<&str> = history.lines().filter(|line| line.contains("yamada")).collect();
        assert_eq!(done.len(), 2, "opened and restored, once each:\n{history}");
        assert!(done[0].contains("受付") && done[1].contains("戻入"), "{history}");
        desk.keys(key::ESC);
        desk.wait_gone("履歴（Escで閉じる）");
        desk.quit();
    }
}

#[test]
fn the_facts_are_taken_as_they_are_typed_in_kana_kanji_full_width_and_by_paste() {
    let desk = Desk::demo_signed_in(SMALLEST);
    desk.keys("５３３５１４９６８７０９２\t２／２４\t奈良県\t鹿鳴坂　えきまえ");
    desk.wait_for("› 鹿鳴坂の茶房 駅前店");
    assert!(desk.line_with("お問い合わせ番号").contains(TWICE), "{}", desk.screen());
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");

    // The next caller's, from the clipboard, with what a clipboard brings along.
    desk.keys(key::F2);
    desk.wait_for("受付に残していない入力を消して");
    desk.keys(key::ENTER);
    desk.wait_for("4点がそろうと");
    desk.paste("5335-1496-8709-2\r\nもう1行\u{1b}[2J");
    desk.keys("\t0224\tなら\t");
    desk.paste("ﾛｸﾒｲｻﾞｶ ｴｷﾏｴ");
    desk.wait_for("› 鹿鳴坂の茶房 駅前店");
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    assert!(!desk.shows("もう1行"), "one line is one fact");
}

#[test]
fn a_number_that_does_not_exist_is_said_at_once_and_typed_anew() {
    let desk = Desk::demo_signed_in(USUAL);
    desk.keys("5335149687093\t");
    desk.wait_for("この番号のクーポンはありません");
    desk.keys(key::F5);
    desk.wait_for("先に4点を伺ってください");
    desk.keys(&format!("{}{}", key::UP, key::CTRL_U));
    desk.wait_gone("この番号のクーポンはありません");
    desk.keys(&format!("{TWICE}\t"));
    desk.wait_for("ゴ サン サン ゴ、イチ ヨン キュウ ロク、ハチ ナナ ゼロ キュウ、ニ");
}

#[test]
fn a_shop_nobody_knows_is_handed_over_with_a_note_and_called_back() {
    let desk = Desk::demo_signed_in(USUAL);
    desk.keys(&format!("{TWICE}\t2/24\t奈良\tqqqqzzzz"));
    desk.wait_for("qqqqzzzz");
    // Enter waits for a search that has not ended, and is pressed again.
    desk.press_until(&[key::ENTER], "当てはまる加盟店がありません");
    desk.keys(key::F8);
    desk.wait_for("先に受付を残してください");
    desk.keys(key::F6);
    desk.wait_for("申し送り");
    desk.keys("駅前の茶店としか覚えていらっしゃらない");
    desk.keys(key::ENTER);
    desk.wait_for("R-20230313-0001");
    desk.wait_for("受付番号はR-20230313-0001でございます");
    desk.wait_gone("処理しています");
    desk.keys(key::F3);
    desk.wait_for("駅前の茶店としか覚えていらっしゃらない");
    desk.keys(key::ESC);
    desk.wait_gone("履歴（Escで閉じる）");

    desk.keys(key::F8);
    desk.wait_for("折り返しのお約束");
    desk.keys("9:00\t12345");
    desk.keys(key::ENTER);
    desk.wait_for("電話番号を数字で書いてください");
    desk.keys(key::CTRL_U);
    desk.keys("０９０－００００－１２３４");
    desk.keys(key::ENTER);
    desk.wait_for("****1234");
    // It is past nine: tomorrow is meant.
    assert!(desk.line_with("****1234").contains("3/14"), "{}", desk.screen());
    assert!(!desk.shows("0000-1234") && !desk.shows("00001234"), "{}", desk.screen());

    // Who needs the number asks for it, and that is written down.
    desk.keys(key::CTRL_B);
    desk.wait_for("折り返し先（Escで閉じる）");
    desk.wait_for("09000001234");
    desk.keys(key::ESC);
    desk.wait_gone("09000001234");
    // Written beside the other look-ups, a moment later.
    desk.press_until(&[key::ESC, key::F3], "折り返し先を表示");
}

#[test]
fn the_desk_speaks_english_to_who_asks_for_it() {
    let desk = Desk::demo(USUAL, &["--lang", "en"]);
    desk.wait_for("Sign in");
    desk.keys(key::ENTER);
    desk.wait_for("The caller's four facts");
    desk.keys(&format!("{TWICE}\t2/24\tnara\trokumeizaka ekimae"));
    desk.wait_for("› 鹿鳴坂の茶房 駅前店");
    desk.keys(key::ENTER);
    desk.wait_for("I have compared the shop's records and can confirm your case.");
    desk.keys(key::F5);
    desk.wait_for(
        "we restore 1,500 yen and extend the expiry to 23:59 on 31 March. Is that right?",
    );
    desk.keys(key::ENTER);
    desk.wait_for("Your balance will then be 1,500 yen.");
    // The other language is one key away, and the call is where it was.
    desk.keys(key::CTRL_G);
    desk.wait_for("お戻し後の残額は1,500円でございます。");
}

#[test]
fn a_call_on_a_real_database_restores_exactly_once_however_often_the_keys_are_pressed() {
    let office = office();
    let mut desk = Desk::at(&office, USUAL);
    desk.keys(&format!("op{}wrong horse{}", key::TAB, key::ENTER));
    desk.wait_for("担当者IDまたはパスワードが");
    assert!(!desk.shows("horse"), "{}", desk.screen());
    desk.keys("correct horse");
    desk.keys(key::ENTER);
    desk.wait_for("お客様の4点");
    desk.keys(&facts(PAID_IN_CASH));
    desk.wait_for("› 若草堂");
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    let again = [key::F5, key::ENTER].concat().repeat(5);
    desk.keys(&format!("{}{}{again}", key::F5, key::F5));
    desk.wait_for("R-20230313-0001 戻入済み");
    desk.wait_for("2,000円をクーポンにお戻しし");
    desk.keys(key::CTRL_E);
    desk.wait_for("自分の受付");
    desk.quit();

    let coupon = office.coupon(PAID_IN_CASH);
    assert_eq!(coupon["balance"], 2777, "{coupon}");
    let conn = opened(office.database());
    let count = |sql| number(&conn, sql);
    assert_eq!(count("SELECT count(*) FROM cases"), 1);
    assert_eq!(count("SELECT count(*) FROM audit_event WHERE action = 'case.restore'"), 1);
    assert_eq!(count("SELECT count(*) FROM draft"), 0, "a call that is done leaves no draft");
    assert_eq!(count("SELECT count(*) FROM desk_seat"), 0, "nobody sits there any more");
    office.audited();
}
