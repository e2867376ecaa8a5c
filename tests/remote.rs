//! The same desk over SSH: a call from the first number to the restoration, whatever the line
//! does to it, with this project's own client and with the one that people have.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod ssh;
mod terminal;

use std::time::Duration;

use common::Office;
use common::books::{Locked, number, opened, soak};
use portable_pty::CommandBuilder;
use ssh::desk::{Connection, Desk};
use ssh::line::Line;
use ssh::{DEADLINE, Server};
use terminal::typing::{draft, restored_once, wait_for_draft};
use terminal::{PAID_IN_CASH, SMALLEST, USUAL, facts, fits, key, office};

/// How much more memory a server may have after it was asked for far more.
const LITTLE: u64 = 16 << 20;

/// Types four facts, the shop only by half, and waits until the desk has taken them.
async fn half_typed(desk: &Desk) {
    desk.keys(&facts(PAID_IN_CASH)).await;
    desk.wait_for("› 若草堂").await;
}

/// Chooses the shop and restores, from the line of the shop.
async fn restores(desk: &Desk) {
    desk.keys(key::ENTER).await;
    desk.wait_for("照合一致").await;
    desk.keys(key::F5).await;
    desk.wait_for("Enter: はい").await;
    desk.keys(key::ENTER).await;
    desk.wait_for("戻入済み ¥2,000").await;
}

/// Begins a restoration that cannot end before the database is let go of.
async fn begun(office: &Office, desk: &Desk) -> Locked {
    half_typed(desk).await;
    desk.keys(key::ENTER).await;
    desk.wait_for("照合一致").await;
    wait_for_draft(office, "M-1");
    let held = opened(office.database()).locked();
    desk.keys(key::F5).await;
    desk.wait_for("Enter: はい").await;
    desk.keys(key::ENTER).await;
    desk.wait_for("処理しています").await;
    held
}

/// Waits until so many people sit at desks.
async fn wait_for_seats(office: &Office, wanted: i64) {
    let until = tokio::time::Instant::now() + DEADLINE;
    let conn = opened(office.database());
    while number(&conn, "SELECT count(*) FROM desk_seat") != wanted {
        assert!(tokio::time::Instant::now() < until, "{wanted} seats are not what is taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_call_in_japanese_restores_exactly_once() {
    let office = office();
    let server = Server::of(&office);
    let desk = Desk::at_work(&server, "op", USUAL).await;
    assert!(desk.shows("【研修】") && desk.shows("op"), "{}", desk.screen());
    desk.keys("１０００００００００００１\t２／２４\t奈良県\t若草").await;
    desk.wait_for("› 若草堂").await;
    desk.keys(key::ENTER).await;
    desk.wait_for("照合一致").await;
    let again = [key::F5, key::ENTER].concat().repeat(5);
    desk.keys(&format!("{}{}{again}", key::F5, key::F5)).await;
    desk.wait_for("R-20230313-0001 戻入済み").await;
    desk.wait_for("2,000円をクーポンにお戻しし").await;
    desk.keys(key::CTRL_Q).await;
    desk.wait_for("窓口を終了します").await;
    desk.keys(key::ENTER).await;
    let (status, _) = desk.ended().await;
    assert_eq!(status, Some(0));
    restored_once(&office);
    let conn = opened(office.database());
    assert_eq!(number(&conn, "SELECT count(*) FROM draft"), 0);
    assert_eq!(number(&conn, "SELECT count(*) FROM desk_seat"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_and_keys_that_arrive_byte_by_byte_are_whole() {
    let office = office();
    let server = Server::of(&office);
    let desk = Desk::at_work(&server, "op", SMALLEST).await;
    desk.keys_split(&facts(PAID_IN_CASH)).await;
    desk.wait_for("› 若草堂").await;
    desk.keys(key::ENTER).await;
    desk.wait_for("照合一致").await;
    desk.keys_split(key::F7).await;
    desk.wait_for("メモ。履歴に残ります。").await;
    desk.keys_split("髙島屋の前で𠮟られた").await;
    desk.wait_for("髙島屋の前で𠮟られた").await;
    // A lone Esc is a key, a moment later.
    desk.keys(key::ESC).await;
    desk.wait_gone("メモ。履歴に残ります。").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_sizes_comes_back_to_the_same_call() {
    let office = office();
    let server = Server::of(&office);
    let desk = Desk::at_work(&server, "op", USUAL).await;
    half_typed(&desk).await;
    desk.resize((10, 3)).await;
    desk.wait_gone("お客様の4点").await;
    for step in 0..1000_u16 {
        desk.resize((1 + step * 7 % 300, 1 + step * 5 % 120)).await;
    }
    desk.resize(SMALLEST).await;
    desk.wait_screen("the frame fits", |screen| fits(screen, SMALLEST)).await;
    // Nobody has ever had so large a terminal.
    desk.claims_to_be((u32::MAX, u32::MAX - 1)).await;
    desk.resize(USUAL).await;
    desk.wait_screen("the frame fits", |screen| fits(screen, USUAL)).await;
    restores(&desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_megabytes_from_a_clipboard_are_cut_short_and_kept_nowhere() {
    let office = office();
    let server = Server::of(&office);
    let desk = Desk::at_work(&server, "op", USUAL).await;
    let other = Desk::at_work(&server, "op2", USUAL).await;
    let before = server.memory();
    desk.paste(&"若草堂の".repeat(10_000_000 / "若草堂の".len())).await;
    other.keys("12").await;
    other.wait_for("お問い合わせ番号").await;
    // What is typed behind it is heard, and nothing of the rest of it is.
    desk.keys(key::CTRL_U).await;
    half_typed(&desk).await;
    let grown = server.memory().saturating_sub(before);
    assert!(grown < LITTLE, "{grown} bytes more");
    restores(&desk).await;
}

/// A desk whose client takes nothing for so long, while it types.
async fn never_reads(pause: Duration) {
    let office = office();
    let server = Server::of(&office);
    let line = Line::to(server.address).await;
    let stalled = Desk::at(&server, line.address, "op", (200, 60)).await;
    stalled.wait_for("お客様の4点").await;
    let other = Desk::at_work(&server, "op2", USUAL).await;
    let before = server.memory();
    line.hold_up();
    // The help covers the screen and is gone again: large frames.
    for _ in 0..1000 {
        stalled.keys(&format!("{}{}", key::F1, key::F1)).await;
    }
    stalled.resize((180, 50)).await;
    stalled.keys(&facts(PAID_IN_CASH)).await;
    half_typed(&other).await;
    tokio::time::sleep(pause).await;
    other.keys(key::ENTER).await;
    other.wait_for("照合一致").await;
    let grown = server.memory().saturating_sub(before);
    assert!(grown < LITTLE, "{grown} bytes more");
    // Everything it typed was taken; the newest frame is what it sees.
    let shown = stalled.bytes();
    line.go_on();
    stalled.wait_for("› 若草堂").await;
    let caught_up = stalled.bytes() - shown;
    assert!(caught_up < 4 << 20, "{caught_up} bytes of frames have waited");
    line.hold_up();
    stalled.keys(key::DOWN).await;
    line.cut();
    wait_for_seats(&office, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_costs_a_frame_and_delays_nobody() {
    never_reads(Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a minute of nothing: tests/run --soak"]
async fn a_client_that_does_not_read_for_a_minute_costs_no_more() {
    if soak() {
        never_reads(Duration::from_mins(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_cut_keeps_what_was_typed_and_frees_the_seat() {
    let office = office();
    let server = Server::of(&office);
    let line = Line::to(server.address).await;
    let desk = Desk::at(&server, line.address, "op", USUAL).await;
    desk.wait_for("お客様の4点").await;
    half_typed(&desk).await;
    line.cut();
    wait_for_seats(&office, 0).await;
    wait_for_draft(&office, "若草");
    let again = Desk::of(&server, "op", SMALLEST).await;
    again.wait_for("続きから始めます").await;
    assert!(again.line_with("お問い合わせ番号").contains(PAID_IN_CASH), "{}", again.screen());
    again.wait_for("› 若草堂").await;
    // The cursor begins at the first line again: the shop is the fourth.
    again.keys("\t\t\t").await;
    restores(&again).await;
    restored_once(&office);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restoration_whose_line_is_cut_is_done_exactly_once() {
    let office = office();
    let server = Server::of(&office);
    let line = Line::to(server.address).await;
    let desk = Desk::at(&server, line.address, "op", USUAL).await;
    desk.wait_for("お客様の4点").await;
    let held = begun(&office, &desk).await;
    line.cut();
    tokio::time::sleep(Duration::from_millis(200)).await;
    held.release();
    wait_for_seats(&office, 0).await;
    let again = Desk::of(&server, "op", USUAL).await;
    again.wait_for("戻入済み").await;
    restored_once(&office);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sits_elsewhere_already_is_asked_and_takes_over() {
    let office = office();
    let server = Server::of(&office);
    let first = Desk::at_work(&server, "op", USUAL).await;
    half_typed(&first).await;
    wait_for_draft(&office, "若草");
    let second = Desk::of(&server, "op", SMALLEST).await;
    second.wait_for("こちらに移りますか").await;
    second.keys(key::ENTER).await;
    second.wait_for("続きから始めます").await;
    second.wait_for(PAID_IN_CASH).await;
    // The first desk is the person's alone: it has nobody to wait for, and closes.
    first.wait_gone(PAID_IN_CASH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_client_has_its_own_language_and_colours() {
    let office = office();
    let server = Server::of(&office);
    let signed_in = async |staff: &str, env: &[(&str, &str)]| {
        let mut connection = Connection::open(&server).await.expect("connected");
        let answer = connection.password(staff, common::PASSWORD).await.expect("an answer");
        assert!(answer.success());
        connection.desk(USUAL, env).await
    };
    let japanese = signed_in("op", &[("LANG", "ja_JP.UTF-8"), ("NO_COLOR", "1")]).await;
    let english = signed_in("op2", &[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "en_GB.UTF-8")]).await;
    let silent = signed_in("sv", &[]).await;
    japanese.wait_for("お客様の4点").await;
    english.wait_for("The caller's four facts").await;
    // The server's own, where the client says nothing.
    silent.wait_for("For review").await;
    assert!(!japanese.is_coloured(), "{}", japanese.screen());
    assert!(english.is_coloured());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_end_tells_every_desk_and_finishes_what_was_begun() {
    let office = office();
    let mut server = Server::of(&office);
    let idle = Desk::at_work(&server, "op2", USUAL).await;
    let desk = Desk::at_work(&server, "op", USUAL).await;
    let held = begun(&office, &desk).await;
    server.signal("TERM");
    desk.wait_for("サーバーを終了します").await;
    assert!(Connection::open(&server).await.is_err(), "nobody is let in any more");
    held.release();
    for desk in [desk, idle] {
        let (status, screen) = desk.ended().await;
        assert_eq!(status, Some(1));
        assert!(screen.contains("サーバーを終了します。入力は保存しました。"), "{screen}");
    }
    assert!(server.ended().success(), "{}", server.log());
    restored_once(&office);
    let conn = opened(office.database());
    assert_eq!(number(&conn, "SELECT count(*) FROM desk_seat"), 0, "everybody has left");
}

/// What was sent to the database is done by it or not; the draft may know of it or not, since it was
/// kept at the same moment. Whoever signs in again and asks for it once more gets it once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restoration_whose_server_is_killed_is_done_exactly_once() {
    let office = office();
    let mut server = Server::of(&office);
    let desk = Desk::at_work(&server, "op", USUAL).await;
    let held = begun(&office, &desk).await;
    server.signal("KILL");
    assert!(!server.ended().success());
    held.release();

    let server = Server::of(&office);
    let again = Desk::of(&server, "op", USUAL).await;
    // Nobody got up from the seat.
    again.wait_for("こちらに移りますか").await;
    again.keys(key::ENTER).await;
    again.wait_for("続きから始めます").await;
    let until = tokio::time::Instant::now() + DEADLINE;
    while !again.shows("戻入済み") {
        assert!(tokio::time::Instant::now() < until, "{}", again.screen());
        again.keys(&[key::F5, key::ENTER].concat()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    restored_once(&office);
}

/// OpenSSH's own client on its way to the server. Where there is none, only
/// `MADOGUCHI_WITHOUT_SSH=1` lets this pass.
fn openssh(server: &Server) -> Option<CommandBuilder> {
    let there = std::process::Command::new("ssh").arg("-V").output().is_ok();
    if !there {
        let may = std::env::var_os("MADOGUCHI_WITHOUT_SSH").is_some_and(|value| value == "1");
        assert!(may, "ssh is missing: install openssh-client, as tests/run does");
        eprintln!("not tried with OpenSSH, which is not there: MADOGUCHI_WITHOUT_SSH is 1");
        return None;
    }
    let mut command = CommandBuilder::new("ssh");
    command.args(["-F", "none", "-p", &server.address.port().to_string()]);
    for option in [
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "PubkeyAuthentication=no",
        "SendEnv=LANG",
    ] {
        command.args(["-o", option]);
    }
    command.arg("op@127.0.0.1");
    Some(command)
}

#[test]
fn the_client_that_people_have_takes_a_whole_call() {
    let office = office();
    let server = Server::of(&office);
    let Some(command) = openssh(&server) else { return };
    let mut desk = terminal::Desk::running(command, USUAL, &[]);
    desk.wait_for("the user name is your staff ID");
    desk.wait_for("Password:");
    desk.keys("wrong horse\r");
    desk.wait_for("The staff ID or the password is wrong.");
    // What is typed before it asks is not taken.
    desk.wait_until("it asks again", |screen| screen.matches("Password:").count() == 2);
    desk.keys(&format!("{}\r", common::PASSWORD));
    desk.wait_for("お客様の4点");
    desk.keys("1000000000001\t2/24\tなら\t若草");
    desk.wait_for("› 若草堂");
    desk.resize(SMALLEST);
    desk.wait_until("the frame fits", |screen| fits(screen, SMALLEST));
    terminal::typing::restores(&desk);
    desk.quit();
    restored_once(&office);
    assert!(draft(&office).is_empty(), "{}", draft(&office));
}
