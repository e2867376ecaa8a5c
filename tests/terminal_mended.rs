//! What once went wrong at the desk, each named after it.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod terminal;

use common::books::opened;
use common::records::OTHER_SHOP;
use terminal::typing::{goes_on, half_typed, restored_once};
use terminal::{Desk, SMALLEST, UNNAMED, USUAL, fits, key, office};

#[test]
fn a_line_that_was_cut_lost_what_was_typed_and_left_the_seat_taken() {
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.cut();
    desk.ended();
    goes_on(&office);
}

#[test]
fn a_signal_before_the_database_was_open_left_the_terminal_raw() {
    for signal in ["TERM", "HUP"] {
        let mut desk = Desk::demo_beginning(SMALLEST, &[]);
        desk.signal(signal);
        assert!(desk.given_back().success(), "{signal}");
    }
}

#[test]
fn a_hang_up_while_a_restoration_was_written_came_back_as_another_command() {
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    let other = opened(office.database()).locked();
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("処理しています");
    desk.signal("HUP");
    other.release();
    assert!(desk.given_back().success());

    // The case is open and its restoration was not sent: the next sign-in finishes it.
    let again = Desk::of(&office, "op", USUAL);
    again.wait_for("続きから始めます");
    again.wait_for("戻入済み ¥2,000");
    restored_once(&office);
}

/// Two things: the key was read only with the next one, and a window that shrank and grew
/// between two frames was taken for unchanged, with half a frame in it.
#[test]
fn keys_pressed_while_the_window_changed_its_size_waited_and_the_frame_stayed_torn() {
    let office = office();
    let desk = Desk::of(&office, "op", USUAL);
    for _ in 0..5 {
        for step in 0..20 {
            desk.resize((80 + step * 7 % 90, 24 + step * 5 % 30));
            desk.keys(key::F1);
        }
        // An even number of times: the help is closed again, with no other key.
        desk.resize(USUAL);
        desk.wait_until("the frame fits", |screen| fits(screen, USUAL));
    }
}

#[test]
fn the_amount_to_restore_was_cut_in_two_at_80_columns() {
    let desk = Desk::demo_signed_in(SMALLEST);
    desk.keys("5335149687092\t2/24\t奈良\trokumei");
    desk.wait_for("› 鹿鳴坂の茶房 駅前店");
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    desk.wait_until("the amount stands there whole", |screen| {
        screen.lines().any(|line| line.contains("= ¥1,500") || line.contains("││¥1,500"))
    });
}

#[test]
fn the_next_question_was_cut_off_below_what_a_class_a_holder_is_told() {
    let office = office();
    let desk = Desk::of(&office, "op", SMALLEST);
    half_typed(&desk);
    desk.wait_for("有効期限を3月31日23時59分まで延長いたします");
    desk.wait_for("ご利用になったお店のお名前をお聞かせいただけますでしょうか。」");
}

#[test]
fn what_to_do_next_was_cut_off_behind_a_refusal() {
    let office = office();
    office.case("sv", UNNAMED, OTHER_SHOP);
    let desk = Desk::of(&office, "sv", SMALLEST);
    desk.keys(key::F12);
    desk.wait_for("確認待ち 1/1件");
    desk.keys(key::ENTER);
    desk.wait_for("ご自分で受け付けたため");
    desk.keys(key::F5);
    desk.wait_for("別のSVに依頼してください。");
}

#[test]
fn a_caller_whose_case_was_declined_was_asked_for_more_instead_of_told() {
    let office = office();
    let case = office.case("op", UNNAMED, OTHER_SHOP);
    let desk = Desk::of(&office, "sv", USUAL);
    desk.keys(key::F12);
    desk.wait_for("確認待ち 1/1件");
    desk.keys(key::ENTER);
    desk.wait_for(&format!("{case} "));
    desk.wait_for("責任者が確認いたします");
    desk.keys(key::F4);
    desk.wait_for("対象外とする理由");
    desk.keys("店舗の控えでは別のお客様");
    desk.keys(key::ENTER);
    desk.wait_for("お戻しできる金額を確認できませんでした");
}

#[test]
fn a_call_back_was_told_in_the_notation_of_machines() {
    let office = office();
    let desk = Desk::of(&office, "op", SMALLEST);
    desk.keys(&format!("{UNNAMED}\t2/24\t奈良\t鹿の子"));
    desk.wait_for("› 鹿の子屋");
    desk.keys(key::ENTER);
    desk.wait_for("受付前 SV確認待ち");
    desk.keys(key::F6);
    desk.wait_for("申し送り");
    desk.keys(key::ENTER);
    desk.wait_for("受付番号はR-20230313-0001でございます");
    desk.keys(key::F8);
    desk.wait_for("折り返しのお約束");
    desk.keys("3/14 9:00\t0742000001");
    desk.keys(key::ENTER);
    desk.wait_for("折り返し 3/14 9:00 ****0001");
}
