//! A desk that is somebody's alone: they have proved who they are before it was opened, as
//! over SSH.

use madoguchi::desk::msg::{Answer, Msg, SignedIn};
use madoguchi::desk::state::over::{Confirm, Over};
use madoguchi::desk::update::enter;
use madoguchi::domain::staff::Role;

use crate::desk::{
    answer, asked, at, desk, drawn, happens, person, request, screen_text, tick_at, type_keys,
    welcome,
};

#[test]
fn whoever_has_proved_who_they_are_sits_down_without_a_key() {
    let mut state = desk();
    let effects = enter(&mut state, person("op", Role::Operator));
    assert_eq!(asked(&effects), ["enter op"]);
    answer(&mut state, request(&effects, "enter"), welcome("op", Role::Operator, None));
    assert_eq!(state.person.as_ref().map(|person| person.staff_id.as_str()), Some("op"));
}

#[test]
fn a_seat_taken_elsewhere_is_asked_about_and_taken_over() {
    let mut state = desk();
    let effects = enter(&mut state, person("op", Role::Operator));
    let since = Some(at("2023-03-13 10:00"));
    let taken = SignedIn { actor: person("op", Role::Operator), elsewhere: since, draft: None };
    answer(&mut state, request(&effects, "enter"), Answer::SignedIn(Ok(taken)));
    assert!(matches!(state.over, Some(Over::Confirm(Confirm::TakeSeat))));
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), ["enter op taking the seat"]);
}

#[test]
fn nobody_else_can_sign_in_at_it() {
    let mut state = desk();
    let effects = enter(&mut state, person("op", Role::Operator));
    answer(&mut state, request(&effects, "enter"), welcome("op", Role::Operator, None));
    // Another desk took over: the screen is empty, and only its owner may come back.
    let effects = happens(&mut state, Msg::Changed);
    answer(&mut state, request(&effects, "seat-lost?"), Answer::Seated(false));
    assert!(state.person.is_none());
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains("op") && !screen.contains("パスワード"), "{screen}");
    assert_eq!(asked(&type_keys(&mut state, "sv<Tab>secret")), [""; 0]);
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), ["enter op"]);
}

#[test]
fn the_idle_lock_opens_with_the_password_or_the_desk_is_closed() {
    let mut state = desk();
    let effects = enter(&mut state, person("op", Role::Operator));
    answer(&mut state, request(&effects, "enter"), welcome("op", Role::Operator, None));
    tick_at(&mut state, at("2023-03-13 11:47"));
    assert!(state.locked);
    assert_eq!(asked(&type_keys(&mut state, "secret<Enter>")), ["sign-in op"]);
    let mut state = desk();
    let effects = enter(&mut state, person("op", Role::Operator));
    answer(&mut state, request(&effects, "enter"), welcome("op", Role::Operator, None));
    tick_at(&mut state, at("2023-03-13 11:47"));
    assert_eq!(asked(&type_keys(&mut state, "<Esc>")), ["stand-up", "close"]);
    assert!(state.closing);
}
