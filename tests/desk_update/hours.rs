//! Days end at midnight in Japan, whatever the machine thinks.

use madoguchi::desk::state::over::Over;

use crate::desk::{
    asked, at, calls, drawn, operator, screen_text, tick_at, type_keys,
    views::{self, CASE},
};

fn bar(time: &str) -> String {
    let mut state = operator();
    tick_at(&mut state, at(time));
    // The desk has locked meanwhile; the bar tells the hours all the same.
    let screen = screen_text(&drawn(&state, 80, 24));
    screen.lines().next().expect("a bar").to_owned()
}

#[test]
fn the_bar_counts_days_in_japan() {
    assert!(bar("2023-03-13 10:42").contains("受付中 10:42 (18:00まで)"));
    assert!(bar("2023-03-13 23:59").contains("受付時間外 23:59"));
    assert!(bar("2023-03-13 23:59").contains("期限 3/31 あと18日"), "{}", bar("2023-03-13 23:59"));
    assert!(bar("2023-03-14 00:00").contains("期限 3/31 あと17日"), "{}", bar("2023-03-14 00:00"));
    assert!(bar("2023-03-31 23:59").contains("あと0日"));
    assert!(bar("2023-04-01 00:00").contains("期限 3/31 終了"));
}

#[test]
fn out_of_hours_the_desk_says_so_and_still_works() {
    let mut state = operator();
    tick_at(&mut state, at("2023-03-13 18:00"));
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains("ただいまは受付時間外です"), "{screen}");
}

/// What a call-back at `said` comes to at `time`.
fn call_back(time: &str, said: &str) -> Option<String> {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    state.now = at(time);
    let effects = type_keys(&mut state, &format!("<F8>{said}<Enter>0742-00-1234<Enter>"));
    if matches!(state.over, Some(Over::Write(_))) {
        return None;
    }
    let asked = asked(&effects).concat();
    let (_, due) = asked.split_once("Instant(").expect("a time");
    assert!(asked.contains(CASE));
    Some(due.chars().take(16).collect())
}

#[test]
fn a_time_that_is_past_today_means_tomorrow() {
    let due = |time, said| call_back(time, said);
    assert_eq!(due("2023-03-13 10:42", "15:30").as_deref(), Some("2023-03-13T15:30"));
    assert_eq!(due("2023-03-13 23:59", "15:30").as_deref(), Some("2023-03-14T15:30"));
    assert_eq!(due("2023-03-13 23:59", "0:00").as_deref(), Some("2023-03-14T00:00"));
    assert_eq!(due("2023-03-31 23:59", "9:00").as_deref(), Some("2023-04-01T09:00"));
    assert_eq!(due("2023-03-13 10:42", "１５：３０").as_deref(), Some("2023-03-13T15:30"));
    assert_eq!(due("2023-03-13 10:42", "3/14　10:00").as_deref(), Some("2023-03-14T10:00"));
    assert_eq!(due("2023-03-13 10:42", "3/12 10:00"), None);
    assert_eq!(due("2023-03-13 10:42", "24:00"), None);
}

#[test]
fn a_day_in_january_said_in_december_is_next_year() {
    let due = call_back("2023-12-28 10:42", "1/5 10:00");
    assert_eq!(due.as_deref(), Some("2024-01-05T10:00"));
}

#[test]
fn two_blanks_between_day_and_time_do_no_harm() {
    let due = call_back("2023-03-13 10:42", "3/14  10:00");
    assert_eq!(due.as_deref(), Some("2023-03-14T10:00"));
}
