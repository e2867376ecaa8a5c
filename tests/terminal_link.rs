//! The server goes away under an open desk and comes back: the desk says so, goes on taking
//! down what is said, and goes on by itself.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod terminal;

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::books::{number, opened};
use common::database::server;
use terminal::typing::{half_typed, restored_once, restores, wait_for_draft};
use terminal::{Desk, USUAL, key, office};

/// What the desk says while there is no server.
const DOWN: &str = "接続が切れました・再接続中";

/// One story at a time: they share the server that they stop.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_desk_whose_server_is_stopped_and_started_again_goes_on_by_itself() {
    postgres_only!("a file has no server");
    let _alone = alone();
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    server().stop();
    // Nobody pressed anything: the desk notices by itself, and types on.
    desk.wait_for(DOWN);
    desk.keys("堂");
    desk.wait_until("the letter arrives", |screen| {
        screen.lines().any(|line| line.contains("ご利用店舗") && line.contains("若草堂"))
    });
    desk.keys(key::F1);
    desk.wait_for("操作（Escで閉じる）");
    desk.keys(key::F1);
    desk.wait_gone("操作（Escで閉じる）");
    assert!(desk.shows(DOWN), "{}", desk.screen());
    server().start_again();
    desk.wait_gone("接続が切れました");
    wait_for_draft(&office, "若草堂");
    restores(&desk);
    desk.quit();
    restored_once(&office);
}

#[test]
fn a_restoration_whose_server_is_killed_is_asked_for_again_by_itself() {
    postgres_only!("a file has no server");
    let _alone = alone();
    let office = office();
    let mut desk = Desk::of(&office, "op", USUAL);
    half_typed(&desk);
    desk.keys(key::ENTER);
    desk.wait_for("照合一致");
    wait_for_draft(&office, "M-1");
    // It is under way and cannot end.
    let other = opened(office.database()).locked();
    desk.keys(key::F5);
    desk.wait_for("Enter: はい");
    desk.keys(key::ENTER);
    desk.wait_for("処理しています");
    server().kill();
    desk.wait_for(DOWN);
    other.release();
    desk.keys(key::F7);
    desk.wait_for("メモ。履歴に残ります。");
    desk.keys("ゆっくりお待ちいただく");
    desk.wait_for("ゆっくりお待ちいただく");
    desk.keys(key::ESC);
    desk.wait_gone("メモ。履歴に残ります。");
    server().start_again();
    desk.wait_for("戻入済み ¥2,000");
    desk.wait_gone("接続が切れました");
    desk.quit();
    restored_once(&office);
}

#[test]
fn a_desk_that_is_opened_or_left_without_a_server_gives_the_terminal_back() {
    postgres_only!("a file has no server");
    let _alone = alone();
    let office = office();
    let mut left = Desk::of(&office, "op", USUAL);
    half_typed(&left);
    wait_for_draft(&office, "若草");
    server().stop();
    let mut opened_now = Desk::on(&office.database().url("op"), USUAL, &[]);
    assert!(!opened_now.given_back().success());
    assert!(opened_now.shows("データベースに接続できません"), "{}", opened_now.screen());
    left.wait_for(DOWN);
    left.signal("TERM");
    left.given_back();
    assert!(!left.shows("panicked"), "{}", left.screen());
    server().start_again();
    let conn = opened(office.database());
    assert_eq!(number(&conn, "SELECT count(*) FROM draft"), 1, "what was typed is kept");
    drop(conn);
    office.audited();
}
