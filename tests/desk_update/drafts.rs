//! What was typed and what was sent outlive the desk.

use madoguchi::desk::msg::{Answer, Failed};
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::domain::staff::Role;

use crate::desk::views::{self, CASE, NUMBER};
use crate::desk::{
    answer, asked, calls, desk, draft, notice, operator, request, sign_in, tick, type_keys,
};

/// The draft that was kept last, as the store keeps it.
fn kept(effects: &[madoguchi::desk::msg::Effect]) -> String {
    let draft = draft(effects).expect("a draft");
    serde_json::to_string(&draft).expect("JSON")
}

#[test]
fn what_was_typed_is_kept_as_it_is_typed_and_taken_up_again() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = type_keys(&mut state, "鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    let draft = kept(&type_keys(&mut state, "<Enter>"));
    let mut state = desk();
    let effects = sign_in(&mut state, "op", Role::Operator, Some(&draft));
    let shops = "shops 鹿鳴坂の茶房 本店 奈良県 []";
    assert_eq!(asked(&effects), [format!("hear {NUMBER}"), shops.to_owned()]);
    assert!(notice(&state).contains("続き"), "{}", notice(&state));
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    let effects = calls::number_known(&mut state, &effects);
    let tried = format!("try {NUMBER} 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1");
    assert!(asked(&effects).contains(&tried), "{:?}", asked(&effects));
}

#[test]
fn nothing_is_sent_under_a_new_id_for_what_a_draft_says_was_sent() {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let sent = asked(&opening);
    let mut state = desk();
    let again = sign_in(&mut state, "op", Role::Operator, Some(&kept(&opening)));
    // The merchant is part of what the id stands for: without it the office refuses the id.
    assert_eq!(asked(&again), sent);
    let restoring = calls::done(&mut state, &again, "open", views::opened());
    assert_eq!(asked(&restoring), [format!("act {CASE} Restore #2 on e-1")]);
}

#[test]
fn a_command_on_an_open_case_is_sent_again_under_its_id() {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let restoring = calls::done(&mut state, &opening, "open", views::opened());
    let mut state = desk();
    let again = sign_in(&mut state, "op", Role::Operator, Some(&kept(&restoring)));
    assert!(asked(&again).contains(&format!("act {CASE} Restore #2 on e-1")), "{again:?}");
    answer(&mut state, request(&again, "act"), Answer::Case(Err(Failed::Unknown)));
    assert!(asked(&tick(&mut state)).contains(&format!("act {CASE} Restore #2 on e-1")));
}

#[test]
fn a_command_of_a_draft_that_is_refused_leaves_the_case_on_the_screen() {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let restoring = calls::done(&mut state, &opening, "open", views::opened());
    let mut state = desk();
    let again = sign_in(&mut state, "op", Role::Operator, Some(&kept(&restoring)));
    let changed = Failed::Refused(Refusal::new(Code::EvidenceChanged).with("case", CASE));
    let mut effects = again;
    effects.extend(answer(&mut state, request(&effects, "act"), Answer::Case(Err(changed))));
    assert!(asked(&effects).contains(&format!("show {CASE}")), "{:?}", asked(&effects));
    let shown = Answer::Shown(Ok(Box::new(views::opened())));
    answer(&mut state, request(&effects, "show"), shown);
    assert_eq!(state.call.case.as_ref().and_then(|case| case.case.as_deref()), Some(CASE));
}

#[test]
fn an_open_case_is_read_again() {
    let mut state = operator();
    calls::tried(&mut state, views::matched());
    let opening = type_keys(&mut state, "<F6><Enter>");
    let draft = kept(&calls::done(&mut state, &opening, "open", views::under_review()));
    let mut state = desk();
    let effects = sign_in(&mut state, "op", Role::Operator, Some(&draft));
    assert_eq!(asked(&effects), [format!("show {CASE}")]);
    let shown = Answer::Shown(Ok(Box::new(views::under_review())));
    answer(&mut state, request(&effects, "show"), shown);
    assert!(state.call.case.is_some());
    type_keys(&mut state, "<S-Tab>9");
    assert_eq!(state.call.number.text(), NUMBER);
}

#[test]
fn a_draft_that_cannot_be_read_is_no_reason_not_to_work() {
    let mut state = desk();
    sign_in(&mut state, "op", Role::Operator, Some("{\"from\": \"another age\"}"));
    assert!(state.person.is_some() && state.call.is_blank());
}
