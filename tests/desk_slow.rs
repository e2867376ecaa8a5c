//! A database that takes two seconds for every answer: whoever types does not notice, what
//! comes late goes where it belongs, and nothing is put back twice. Nothing here is timed;
//! what is told is what stands on the screen before which answer.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::sync::OnceLock;

mod common;
mod desk;
mod slow;

use common::books::{opened, rows_of, text};
use common::records::{OTHER_SHOP, SHOP, coupon, sale, settlement};
use common::{Beginning, Office as Front, with_shops};
use desk::at;
use slow::SlowDesk;

const NUMBER: &str = "1000000000001";
const NO_NUMBER: &str = "1000000000999";
const NUMBER_LINE: &str = "お問い合わせ番号";
const EXPIRY_LINE: &str = "有効期限";
const PREFECTURE_LINE: &str = "ご旅行先";
const SHOP_LINE: &str = "ご利用店舗";
const LOOKING_UP: &str = "照会しています";
const COMPARING: &str = "記録と照合しています";
const WRITING: &str = "処理しています";
const WAITING: &str = "前の操作の結果を待っています";
const MATCHED: &str = "受付前  照合一致";
const RESTORED: &str = "戻入済み";

/// A coupon from which 2,000 yen were taken at 若草堂, where all of it was paid in cash.
fn front() -> Front {
    static BEGINNING: OnceLock<Beginning> = OnceLock::new();
    BEGINNING.get_or_init(|| recorded().keep()).open()
}

fn recorded() -> Front {
    let front = with_shops();
    let settlements = [settlement("K1", NUMBER, SHOP, 2000, "19:05")];
    let sales = [
        sale("U1", SHOP, "19:04", 2000, 2000, NUMBER),
        sale("U2", OTHER_SHOP, "19:14", 1000, 1000, ""),
    ];
    front.records(&[coupon(NUMBER, 9000, 777, "2023-02-24")], &settlements, &sales, &[]);
    front
}

/// A desk with a case on it that was opened while all was quick; the records agree.
async fn opened_case() -> SlowDesk {
    let mut desk = SlowDesk::while_quick(front()).await;
    desk.press(&format!("{NUMBER}<Tab>2/24<Tab>奈良<Tab>若草")).await;
    desk.until("若草堂").await;
    desk.press("<Enter>").await;
    desk.until(MATCHED).await;
    desk.press("<F6><Enter>").await;
    desk.until("R-20230313-0001  照合一致").await;
    desk.slow_down();
    desk
}

/// The ledger has exactly one restoration, and everything is as it was written.
fn restored_once(front: &Front) {
    let database = opened(front.database());
    assert_eq!(rows_of(&database, "entry"), 1);
    assert_eq!(rows_of(&database, "cases"), 1);
    assert_eq!(front.coupon(NUMBER)["balance"], 2777);
    front.audited();
}

#[tokio::test]
async fn every_key_stands_on_the_screen_before_any_answer_and_the_call_comes_to_its_end() {
    let mut desk = SlowDesk::on(front()).await;
    desk.line.hang();
    let answers = desk.line.all_answers();
    desk.type_into(NUMBER_LINE, NUMBER).await;
    desk.press("<Tab>").await;
    desk.sees(LOOKING_UP);
    desk.asked("snapshot").await;
    desk.asked("keep_draft").await;
    desk.type_into(EXPIRY_LINE, "2/24").await;
    desk.press("<Tab>").await;
    desk.type_into(PREFECTURE_LINE, "奈良").await;
    desk.press("<Tab>").await;
    desk.asked("shops_stamp").await;
    desk.type_into(SHOP_LINE, "若草").await;
    desk.sees(LOOKING_UP);
    assert_eq!(desk.line.all_answers(), answers, "an answer came while somebody typed");
    assert_eq!(desk.rows_of("cases"), 0);

    desk.line.go_on();
    desk.until("若草堂").await;
    desk.until_with("✓", |desk| {
        assert!(desk.fact(NUMBER_LINE).starts_with(NUMBER), "{}", desk.screen());
        assert!(desk.fact(SHOP_LINE).starts_with("若草"), "{}", desk.screen());
    })
    .await;

    // While the records are gone through, a note is written.
    desk.line.hang();
    let answers = desk.line.all_answers();
    desk.press("<Enter><F7>").await;
    desk.asked("snapshot").await;
    desk.type_seen("お子さまと二人").await;
    desk.press("<Enter>").await;
    desk.sees(COMPARING);
    assert_eq!(desk.line.all_answers(), answers, "an answer came while somebody typed");

    desk.line.go_on();
    desk.until(MATCHED).await;
    desk.line.hang();
    desk.press("<F5><F5><Enter><Enter><Enter><F5>").await;
    desk.sees(WAITING);
    desk.line.go_on();
    desk.until_with(RESTORED, |desk| {
        let screen = desk.screen();
        assert!(screen.contains(WRITING) || screen.contains(RESTORED), "{screen}");
    })
    .await;
    let front = desk.leave().await;
    restored_once(&front);
    let notes = "SELECT detail FROM audit_event WHERE action = 'case.note'";
    assert!(text(&opened(front.database()), notes).contains("お子さまと二人"));
}

/// Three stories that only wait: they do it together.
#[tokio::test]
async fn an_answer_that_comes_too_late_says_nothing_of_what_was_typed_since() {
    tokio::join!(
        Box::pin(a_number_that_was_overtaken_says_nothing_of_the_one_typed_since()),
        Box::pin(shops_for_what_was_typed_before_are_never_listed()),
        Box::pin(what_a_shop_came_to_is_not_shown_for_the_one_chosen_since()),
    );
}

async fn a_number_that_was_overtaken_says_nothing_of_the_one_typed_since() {
    let mut desk = SlowDesk::on(front()).await;
    desk.press(&format!("{NUMBER}<Tab>")).await;
    desk.asked("look_up").await;
    desk.press(&format!("<S-Tab><C-u>{NO_NUMBER}<Tab>2/24<Tab>")).await;
    desk.until_with("この番号のクーポンはありません", |desk| {
        let line = desk.fact(NUMBER_LINE);
        assert!(line.starts_with(NO_NUMBER) && !line.ends_with('✓'), "{line}");
        assert!(!desk.fact(EXPIRY_LINE).ends_with('✓'), "the expiry of another coupon");
    })
    .await;
    assert_eq!(desk.line.answers("look_up"), 2, "both were answered");
    desk.leave().await;
}

async fn shops_for_what_was_typed_before_are_never_listed() {
    let mut desk = SlowDesk::on(front()).await;
    desk.press("<Tab><Tab>奈良<Tab>若草").await;
    desk.asked("shops_stamp").await;
    desk.press("<C-u>鹿の子").await;
    desk.until_with("鹿の子屋", |desk| desk.sees_no("若草堂")).await;
    desk.leave().await;
}

async fn what_a_shop_came_to_is_not_shown_for_the_one_chosen_since() {
    let mut desk = SlowDesk::while_quick(front()).await;
    desk.press(&format!("{NUMBER}<Tab>2/24<Tab>奈良<Tab>若草")).await;
    desk.until("若草堂").await;
    desk.slow_down();
    desk.press("<Enter>").await;
    desk.sees(COMPARING);
    desk.asked("snapshot").await;
    let before = desk.line.answers("snapshot");
    desk.press("<C-u>鹿の子").await;
    desk.until("鹿の子屋").await;
    desk.press("<Enter>").await;
    desk.sees(COMPARING);
    desk.until_with("受付前", |desk| {
        desk.sees_no(MATCHED);
        assert!(desk.fact(SHOP_LINE).starts_with("鹿の子"), "{}", desk.screen());
    })
    .await;
    desk.sees_no(MATCHED);
    assert!(desk.line.answers("snapshot") >= before + 2, "both were answered");
    desk.leave().await;
}

#[tokio::test]
async fn what_was_typed_last_is_what_is_kept_however_long_the_first_of_it_takes() {
    let mut desk = SlowDesk::on(front()).await;
    desk.press("10000").await;
    desk.asked("keep_draft").await;
    desk.press("00000001").await;
    let front = desk.leave().await;
    let draft = text(&opened(front.database()), "SELECT body FROM draft");
    assert!(draft.contains(NUMBER), "{draft}");
}

#[tokio::test]
async fn f5_twice_and_enter_held_restore_once_and_success_is_told_after_the_commit() {
    let mut desk = opened_case().await;
    desk.press("<F5><F5>").await;
    desk.sees("¥2,000 を戻入し、有効期限を 3/31 23:59 まで延長します。");
    desk.line.hang();
    desk.press("<Enter><Enter><Enter>").await;
    desk.sees(WRITING);
    assert_eq!(desk.rows_of("entry"), 0, "it was begun a moment ago");
    desk.press("<F5><Enter><Enter><F5>").await;
    desk.sees(WAITING);
    desk.line.go_on();
    desk.until_with(RESTORED, |desk| {
        // The screen first: what the ledger has not yet, it had not then.
        let screen = desk.screen();
        let committed = desk.rows_of("entry") == 1;
        assert!(committed || screen.contains(WRITING), "not being written:\n{screen}");
        assert!(committed || !screen.contains(RESTORED), "too soon:\n{screen}");
    })
    .await;
    desk.sees_no(WRITING);
    desk.press("<Enter><F5>").await;
    desk.sees("この受付は終わっています");
    restored_once(&desk.leave().await);
}

#[tokio::test]
async fn the_clock_the_help_the_languages_and_the_palette_need_no_answer() {
    let mut desk = SlowDesk::on(front()).await;
    desk.tick_at(at("2023-03-13 10:03"));
    desk.line.hang();
    let answers = desk.line.all_answers();
    desk.press(&format!("{NUMBER}<Tab>2/24<Tab>奈良<Tab>若草")).await;
    desk.sees("受付中 10:03");
    desk.sees(LOOKING_UP);
    desk.tick_at(at("2023-03-13 10:04"));
    desk.sees("受付中 10:04");

    desk.press("<F1>").await;
    desk.sees("操作（Escで閉じる）");
    desk.press("<C-g>").await;
    desk.sees("Keys (Esc closes)");
    desk.tick_at(at("2023-03-13 10:05"));
    desk.sees("open 10:05");
    desk.press("<Esc>").await;
    desk.sees_no("Keys (Esc closes)");
    desk.sees("looking it up");

    desk.press("<C-p>").await;
    desk.type_seen("language").await;
    desk.press("<Enter>").await;
    desk.sees(LOOKING_UP);
    assert!(desk.fact(SHOP_LINE).starts_with("若草"), "{}", desk.screen());
    assert_eq!(desk.line.all_answers(), answers, "an answer came while everything hung");

    desk.leave().await;
}
