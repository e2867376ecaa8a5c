//! What befalls a desk in its life: the line is cut, the machine goes down, the window
//! changes its size, the database is busy or gone. The terminal is always given back, and
//! what was typed is there again.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod terminal;

use common::books::{number, opened};
use terminal::typing::{
    draft, goes_on, half_typed, restored_once, restores, takes_the_seat_and_goes_on, wait_for_draft,
};
use terminal::{Desk, PAID_IN_CASH, SMALLEST, USUAL, fits, key, office};

#[test]
fn a_hang_up_and_a_shutdown_give_the_terminal_back_and_keep_what_was_typed() {
    for signal in ["HUP", "TERM"] {
        let office = office();
        let mut desk = Desk::of(&office, "op", USUAL);
        half_typed(&desk);
        desk.signal(signal);
        assert!(desk.given_back().success(), "{signal}");
        assert!(draft(&office).contains("若草"), "{signal}: {}", draft(&office));
        let conn = opened(office.database());
        assert_eq!(number(&conn, "SELECT count(*) FROM desk_seat"), 0, "{signal}: they have left");
        drop(conn);
        goes_on(&office);
    }
}

#[test]
fn a_desk_that_is_killed_loses_at_most_the_last_moment() {
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    wait_for_draft(&office, "若草");
    desk.signal("KILL");
    assert!(!desk.ended().success());

    // Nobody has told the database that the seat is free: it is asked, and taken over.
    takes_the_seat_and_goes_on(&office);
}

#[test]
fn a_second_desk_of_the_same_person_asks_and_takes_over() {
    let office = office();
    let first = Desk::of(&office, "op", USUAL);
    half_typed(&first);
    wait_for_draft(&office, "若草");
    let second = Desk::at(&office, SMALLEST);
    second.sign_in("op");
    second.wait_for("別の端末でサインインしています。こちらに移りますか。");
    second.keys(key::ESC);
    second.wait_gone("こちらに移りますか");
    assert!(first.shows(PAID_IN_CASH), "nothing was taken:\n{}", first.screen());
    // The ID still stands there; the password does not.
    second.keys("correct horse");
    second.keys(key::ENTER);
    second.wait_for("こちらに移りますか");
    second.keys(key::ENTER);
    second.wait_for("続きから始めます");
    second.wait_for(PAID_IN_CASH);
    // The first desk learns of it when it next says that somebody sits there.
    first.wait_for("別の端末でサインインしたため、この画面を閉じました");
    assert!(!first.shows(PAID_IN_CASH), "{}", first.screen());
}

#[test]
fn a_window_of_any_size_comes_back_to_the_same_call() {
    let office = office();
    let desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    for size in [(10, 3), (1, 1), (79, 24), (80, 23)] {
        desk.resize(size);
        if size.0 > 10 {
            desk.wait_for("画面を80×24以上に広げてください");
        }
        desk.wait_gone("お客様の4点");
    }
    // Keys that are pressed blindly are not lost.
    desk.keys("堂");
    desk.resize(SMALLEST);
    desk.wait_for("お客様の4点");
    desk.wait_until("the letter arrives", |screen| {
        screen.lines().any(|line| line.contains("ご利用店舗") && line.contains("若草堂"))
    });
    // A storm of sizes, with typing in it: the last one counts.
    for step in 0..60 {
        desk.resize((80 + step * 7 % 90, 24 + step * 5 % 30));
        desk.keys(key::DOWN);
    }
    desk.resize(USUAL);
    desk.press_until_so(&[key::DOWN], "the frame fits", |screen| fits(screen, USUAL));
    // Down has gone past the only shop, to "none of these".
    desk.keys(key::UP);
    restores(&desk);
}

#[test]
fn a_database_that_somebody_else_writes_to_is_waited_for_and_the_desk_stays_awake() {
    let office = office();
    let desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    wait_for_draft(&office, "M-1");
    let other = opened(office.database()).locked();
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("処理しています");
    // Everything that needs no answer goes on.
    desk.keys(key::F1);
    desk.wait_for("操作（Escで閉じる）");
    desk.keys(key::F1);
    desk.wait_gone("操作（Escで閉じる）");
    desk.keys(key::F7);
    desk.wait_for("メモ。履歴に残ります。");
    desk.keys("ゆっくりお待ちいただく");
    desk.wait_for("ゆっくりお待ちいただく");
    desk.keys(key::ESC);
    desk.wait_gone("メモ。履歴に残ります。");
    desk.keys(key::F5);
    desk.wait_for("前の操作の結果を待っています");
    desk.keys(key::F2);
    desk.wait_for("前の操作の結果を待っています");
    assert!(desk.shows("処理しています"), "{}", desk.screen());
    other.release();
    desk.wait_for("戻入済み ¥2,000");
    desk.wait_gone("処理しています");
    restored_once(&office);
}

#[test]
fn a_database_that_is_taken_away_does_not_take_the_desk_with_it() {
    sqlite_only!("a server that goes away under a desk is in terminal_link");
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    office.database().take_away();
    // Whatever is asked of it now, the desk answers its keys.
    for keys in [key::F5, key::ENTER, key::F3, key::F6] {
        desk.keys(keys);
    }
    desk.keys(key::F1);
    desk.wait_for("操作（Escで閉じる）");
    desk.keys(key::F1);
    desk.wait_gone("操作（Escで閉じる）");
    // A file that nobody finds any more takes writes: nothing in it was ever restored.
    desk.wait_for("接続が切れました");
    assert!(!desk.shows("戻入済み"), "{}", desk.screen());
    desk.signal("TERM");
    desk.given_back();
}

#[test]
fn a_database_that_is_not_there_is_said_on_a_terminal_that_is_given_back() {
    let office = office();
    let mut desk = Desk::on(&office.database().url_of_nothing(), USUAL, &[]);
    assert!(!desk.given_back().success());
    assert!(!desk.screen().trim().is_empty(), "it says why");
}

/// A command whose id cannot be kept is not sent: it would be one that nobody could ask for.
#[test]
fn a_command_waits_until_its_id_is_kept() {
    sqlite_only!("a server whose table is gone is another version's, and the desk says so");
    let office = office();
    let desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    wait_for_draft(&office, "M-1");
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        opened(office.database()).change(&sql);
    };
    rename("draft", "mislaid");
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("結果不明");
    let count = |sql| number(&opened(office.database()), sql);
    assert_eq!(count("SELECT count(*) FROM cases"), 0, "nothing was sent");
    rename("mislaid", "draft");
    desk.wait_for("戻入済み ¥2,000");
    restored_once(&office);
}
