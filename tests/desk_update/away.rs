//! Away from the desk: the idle lock, the password that brings it back, seats and hang-ups.

use madoguchi::desk::msg::{Answer, Failed, Msg, SignedIn};
use madoguchi::desk::state::Screen;
use madoguchi::desk::state::over::{Confirm, Over};
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::domain::staff::Role;

use crate::desk::views::{self, NUMBER};
use crate::desk::{
    answer, asked, at, calls, desk, draft, drawn, forgotten, happens, notice, operator, person,
    request, screen_text, supervisor, tick_at, type_keys, welcome,
};

#[test]
fn the_screen_is_blanked_after_five_minutes_without_a_key_and_not_before() {
    let mut state = operator();
    calls::matched(&mut state);
    tick_at(&mut state, at("2023-03-13 10:46:59"));
    assert!(!state.locked);
    tick_at(&mut state, at("2023-03-13 10:47"));
    assert!(state.locked);
    for (width, height) in [(80, 24), (120, 40)] {
        let screen = screen_text(&drawn(&state, width, height));
        for private in [NUMBER, "鹿鳴坂", "7,430", "1,500", "佐保"] {
            assert!(!screen.contains(private), "{private} in\n{screen}");
        }
    }
}

#[test]
fn any_key_keeps_the_desk_awake() {
    let mut state = operator();
    tick_at(&mut state, at("2023-03-13 10:46"));
    type_keys(&mut state, "5");
    tick_at(&mut state, at("2023-03-13 10:50"));
    assert!(!state.locked);
}

#[test]
fn the_password_brings_back_what_was_there() {
    let mut state = operator();
    calls::matched(&mut state);
    tick_at(&mut state, at("2023-03-13 10:47"));
    let effects = type_keys(&mut state, "wrong<Enter>");
    assert_eq!(asked(&effects), ["sign-in op"], "the person is known");
    let no = Failed::Refused(Refusal::new(Code::SignInFailed));
    answer(&mut state, request(&effects, "sign-in"), Answer::SignedIn(Err(no)));
    assert!(state.locked);
    let effects = type_keys(&mut state, "correct horse<Enter>");
    answer(&mut state, request(&effects, "sign-in"), welcome("op", Role::Operator, None));
    assert!(!state.locked);
    assert_eq!(state.call.number.text(), NUMBER);
    assert!(state.call.view().is_some());
    tick_at(&mut state, at("2023-03-13 10:48"));
    assert!(!state.locked, "the minutes count anew");
}

#[test]
fn a_note_half_written_outlives_the_idle_lock() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<F7>お客様は電車で");
    tick_at(&mut state, at("2023-03-13 10:47"));
    assert!(!screen_text(&drawn(&state, 80, 24)).contains("電車"));
    let effects = type_keys(&mut state, "correct horse<Enter>");
    answer(&mut state, request(&effects, "sign-in"), welcome("op", Role::Operator, None));
    match &state.over {
        Some(Over::Write(write)) => assert_eq!(write.text(0), "お客様は電車で"),
        other => panic!("the note is gone: {other:?}"),
    }
}

#[test]
fn what_changed_behind_the_lock_is_read_when_the_password_is_given() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<C-l>");
    // Only whether the seat is still theirs.
    assert_eq!(asked(&happens(&mut state, Msg::Changed)), ["seat-lost?"], "not while locked");
    let effects = type_keys(&mut state, "correct horse<Enter>");
    let back =
        answer(&mut state, request(&effects, "sign-in"), welcome("op", Role::Operator, None));
    assert!(asked(&back).contains(&format!("reread {}", views::CASE)), "{:?}", asked(&back));
}

#[test]
fn esc_on_the_lock_signs_out_and_leaves_the_seat() {
    let mut state = operator();
    calls::matched(&mut state);
    let effects = type_keys(&mut state, "<C-l><Esc>");
    assert_eq!(asked(&effects), ["stand-up"]);
    assert!(!forgotten(&effects), "what was typed stays kept");
    assert!(state.person.is_none() && !state.locked && state.call.is_blank());
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(!screen.contains(NUMBER) && !screen.contains("佐保"), "{screen}");
}

#[test]
fn a_write_whose_outcome_is_unknown_is_asked_for_behind_the_lock_too() {
    let mut state = operator();
    calls::matched(&mut state);
    let effects = type_keys(&mut state, "<F5><Enter>");
    answer(&mut state, request(&effects, "open"), Answer::Case(Err(Failed::Unknown)));
    let effects = tick_at(&mut state, at("2023-03-13 10:47"));
    assert!(state.locked);
    assert!(asked(&effects).iter().any(|what| what.starts_with("open ")));
}

#[test]
fn a_seat_taken_elsewhere_is_asked_about_and_then_taken_over() {
    let mut state = desk();
    let effects = type_keys(&mut state, "op<Enter>correct horse<Enter>");
    let elsewhere = SignedIn {
        actor: person("op", Role::Operator),
        elsewhere: Some(at("2023-03-13 09:58")),
        draft: None,
    };
    answer(&mut state, request(&effects, "sign-in"), Answer::SignedIn(Ok(elsewhere)));
    assert!(matches!(state.over, Some(Over::Confirm(Confirm::TakeSeat))));
    assert!(state.person.is_none());
    let effects = type_keys(&mut state, "<Enter>");
    assert_eq!(asked(&effects), ["sign-in op taking the seat"]);
    answer(&mut state, request(&effects, "sign-in"), welcome("op", Role::Operator, None));
    assert!(state.person.is_some() && state.over.is_none());
}

#[test]
fn whoever_leaves_the_other_seat_alone_types_the_password_again() {
    let mut state = desk();
    let effects = type_keys(&mut state, "op<Enter>correct horse<Enter>");
    let actor = person("op", Role::Operator);
    let elsewhere = SignedIn { actor, elsewhere: Some(at("2023-03-13 09:58")), draft: None };
    answer(&mut state, request(&effects, "sign-in"), Answer::SignedIn(Ok(elsewhere)));
    assert_eq!(asked(&type_keys(&mut state, "<Esc>")), Vec::<String>::new());
    assert!(state.person.is_none() && state.sign_in.password.text().is_empty());
}

#[test]
fn a_seat_that_was_lost_signs_out_and_says_why() {
    let mut state = supervisor();
    type_keys(&mut state, "<F12>");
    let effects = tick_at(&mut state, at("2023-03-13 10:42:31"));
    answer(&mut state, request(&effects, "seated?"), Answer::Seated(false));
    assert!(state.person.is_none());
    assert_eq!(state.screen, Screen::Call);
    assert!(notice(&state).contains("別の端末"), "{}", notice(&state));
}

#[test]
fn a_sign_in_that_fails_says_why_and_keeps_the_name() {
    let mut state = desk();
    let effects = type_keys(&mut state, "op<Enter>wrong<Enter>");
    let no = Failed::Refused(Refusal::new(Code::SignInFailed));
    answer(&mut state, request(&effects, "sign-in"), Answer::SignedIn(Err(no)));
    assert!(state.sign_in.wrong.is_some() && state.sign_in.password.text().is_empty());
    assert_eq!(state.sign_in.staff.text(), "op");
    assert_eq!(asked(&type_keys(&mut state, "correct horse<Enter>")), ["sign-in op"]);
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), Vec::<String>::new(), "one at a time");
}

#[test]
fn people_of_the_demo_sign_in_with_one_key() {
    let mut state = desk();
    let names = ["op-hana", "sv-rin"];
    state.demo = names.map(|id| (id.to_owned(), id.to_owned())).to_vec();
    assert_eq!(asked(&type_keys(&mut state, "<Down><Enter>")), ["sign-in sv-rin"]);
}

#[test]
fn a_hang_up_keeps_the_draft_and_leaves_the_seat() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = happens(&mut state, Msg::HangUp);
    assert_eq!(asked(&effects), ["stand-up", "close"]);
    assert_eq!(draft(&effects).map(|draft| draft.number).as_deref(), Some(NUMBER));
    assert!(state.closing);
}

#[test]
fn quitting_asks_while_there_is_something_to_lose() {
    let mut state = operator();
    assert_eq!(asked(&type_keys(&mut operator(), "<C-q>")), ["stand-up", "close"]);
    calls::three_facts(&mut state);
    assert_eq!(asked(&type_keys(&mut state, "<C-q>")), Vec::<String>::new());
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), ["stand-up", "close"]);
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<F7>書きかけ<C-q>");
    assert_eq!(asked(&effects), Vec::<String>::new(), "a text is being written");
}
