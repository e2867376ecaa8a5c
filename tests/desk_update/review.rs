//! The supervisors' screen: the list, one case, and what may be decided by whom.

use madoguchi::desk::msg::{Answer, Effect, Failed};
use madoguchi::desk::state::{Screen, State};
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::office::view::CaseView;

use crate::desk::scenes::scene;
use crate::desk::views::{self, CASE};
use crate::desk::{
    answer, asked, drawn, notice, request, screen_text, supervisor, tick, type_keys,
};

/// The list, read, the cursor on its first line.
fn list() -> State {
    let mut state = supervisor();
    let effects = type_keys(&mut state, "<F12>");
    answer(&mut state, request(&effects, "queue"), Answer::Queue(Ok(views::queue())));
    state
}

/// The first case under review, read; it is op's.
fn case() -> State {
    scene("review-case")
}

fn shown(state: &mut State, effects: &[Effect], view: CaseView) {
    answer(state, request(effects, "show"), Answer::Shown(Ok(Box::new(view))));
}

fn selected(state: &State) -> &str {
    state.review.selected_case().map_or("", |row| row.case_id.as_str())
}

#[test]
fn what_a_supervisor_decides_comes_first_and_opens_with_enter() {
    let mut state = list();
    let order: Vec<&str> =
        state.review.shown.iter().map(|i| state.review.rows[*i].state.as_str()).collect();
    assert_eq!(order, ["contradicted", "review", "review", "waiting"]);
    let effects = type_keys(&mut state, "<Down><Enter>");
    assert_eq!(asked(&effects), [format!("lease {CASE}"), format!("show {CASE}")]);
    let effects = type_keys(&mut state, "<Esc>");
    assert_eq!(asked(&effects), [format!("unlease {CASE}"), "queue".to_owned()]);
}

#[test]
fn of_what_is_decided_a_promised_call_back_comes_first() {
    let mut state = list();
    let second = state.review.rows.iter().rposition(|row| row.state == "review").expect("two");
    let due = |time| Some(crate::desk::at(time));
    let mut rows = state.review.rows.clone();
    rows[second].callback_due = due("2023-03-13 11:00");
    let later = rows[second].case_id.clone();
    state.review.take(rows.clone());
    let order = |state: &State| -> Vec<String> {
        let shown = state.review.shown.iter();
        shown.map(|i| state.review.rows[*i].case_id.clone()).collect()
    };
    assert_eq!(order(&state)[1], later, "before the older one without a promise");
    let first = rows.iter().position(|row| row.state == "review").expect("two");
    rows[first].callback_due = due("2023-03-13 10:50");
    let sooner = rows[first].case_id.clone();
    state.review.take(rows);
    assert_eq!(order(&state)[1..3], [sooner, later]);
}

#[test]
fn the_list_is_filtered_by_typing_in_either_language() {
    let mut state = list();
    for (typed, left) in [("かのこ", 2), ("kanoko", 0), ("ｶﾉｺ", 0), ("nara review", 2), ("op2", 1)]
    {
        type_keys(&mut state, &format!("<F4>{typed}"));
        assert_eq!(state.review.shown.len(), left, "{typed}");
    }
    type_keys(&mut state, "<Esc>");
    assert_eq!((state.review.shown.len(), state.screen), (4, Screen::Review), "first the filter");
    type_keys(&mut state, "<Esc>");
    assert_eq!(state.screen, Screen::Call);
}

#[test]
fn a_new_reading_leaves_the_cursor_on_its_case() {
    let mut state = list();
    type_keys(&mut state, "<Down><Down>");
    assert_eq!(selected(&state), "R-20230313-0002");
    let mut rows = views::queue();
    rows.insert(0, views::queue_row("R-20230310-0001", "contradicted", "M-4", "op"));
    let effects = type_keys(&mut state, "<F5>");
    answer(&mut state, request(&effects, "queue"), Answer::Queue(Ok(rows)));
    assert_eq!(selected(&state), "R-20230313-0002");
}

#[test]
fn a_decision_is_sent_once_with_the_evidence_shown() {
    let mut state = case();
    let effects = type_keys(&mut state, "<F5>売上と一致<Enter><Enter><F5>");
    assert_eq!(asked(&effects), [format!("act {CASE} Approve(\"売上と一致\") #1 on e-1")]);
    assert!(notice(&state).contains("結果を待って"), "{}", notice(&state));
    assert_eq!(asked(&type_keys(&mut state, "もう一度<Enter>")), Vec::<String>::new());
    let mut state = case();
    let effects = type_keys(&mut state, "<F5>　<Enter>");
    assert_eq!(asked(&effects), Vec::<String>::new(), "without a reason nothing is decided");
}

#[test]
fn every_decision_goes_out_as_what_its_key_says() {
    for (keys, act) in [
        ("<F4>x<Enter>", "Decline(\"x\") #1 on e-1"),
        ("<F6>x<Enter>", "Ask(\"x\") #1"),
        ("<F10>x<Enter>", "Wait(\"x\") #1"),
        ("<C-o>x<Enter>", "Reopen(\"x\") #1"),
        ("<C-k>x<Enter>", "Keep(\"x\") #1 on e-1"),
        ("<C-r>x<Enter>", "Reverse(\"x\") #1 on e-1"),
        ("<F7>x<Enter>", "Note(\"x\") #1"),
        ("<F8>店長<Enter>x<Enter>", "ShopCall(\"店長\", \"x\") #1"),
    ] {
        assert_eq!(asked(&type_keys(&mut case(), keys)), [format!("act {CASE} {act}")], "{keys}");
    }
}

#[test]
fn the_supervisors_own_case_cannot_be_decided_and_the_screen_says_why() {
    let mut state = scene("review-own-case");
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains("ご自分で受け付けた"), "{screen}");
    for keys in ["<F5>", "<F4>", "<C-k>", "<C-r>", "<C-o>"] {
        assert_eq!(asked(&type_keys(&mut state, keys)), Vec::<String>::new(), "{keys}");
        assert!(state.over.is_none(), "{keys}");
        assert!(!notice(&state).is_empty(), "{keys}");
    }
    let effects = type_keys(&mut state, "<F7>あとで渡す<Enter>");
    assert_eq!(asked(&effects), [format!("act {CASE} Note(\"あとで渡す\") #1")]);
}

#[test]
fn a_sale_is_linked_and_its_link_taken_back() {
    let mut state = case();
    let linking = type_keys(&mut state, "<C-s>");
    assert_eq!(asked(&linking), [format!("act {CASE} Link(SaleId(\"U-2\")) #1")]);
    let mut view = views::under_review();
    view.sales[1].linked = true;
    answer(&mut state, request(&linking, "act"), Answer::Case(Ok(Box::new(view))));
    let unlinking = type_keys(&mut state, "<C-s>");
    assert_eq!(asked(&unlinking), [format!("act {CASE} Unlink(SaleId(\"U-2\")) #2")]);
}

#[test]
fn a_call_to_the_shop_is_noted_on_each_of_its_cases_under_an_id_of_its_own() {
    let mut state = list();
    let effects = type_keys(&mut state, "<Down><F8>店長<Enter>売上あり<Enter>");
    let act = "ShopCall(\"店長\", \"売上あり\")";
    assert_eq!(asked(&effects), [format!("all {act} {CASE} #1, R-20230313-0002 #2")]);
    answer(&mut state, request(&effects, "all"), Answer::Many(2, 2, None));
    assert!(notice(&state).contains("2件のうち2件"), "{}", notice(&state));
}

#[test]
fn a_call_to_the_shop_goes_to_the_shop_that_was_chosen_whatever_the_list_does() {
    let mut state = list();
    type_keys(&mut state, "<Down>");
    let reading = type_keys(&mut state, "<F5><F8>店長<Enter>売上あり");
    // Meanwhile others have decided on both cases of the shop; another shop's has come in.
    let rows = vec![views::queue_row("R-20230313-0009", "review", "M-4", "op")];
    answer(&mut state, request(&reading, "queue"), Answer::Queue(Ok(rows)));
    let effects = asked(&type_keys(&mut state, "<Enter>")).concat();
    assert!(!effects.contains("R-20230313-0009"), "noted on another shop: {effects}");
}

#[test]
fn what_was_noted_is_told_even_where_one_case_refused() {
    let mut state = list();
    let effects = type_keys(&mut state, "<Down><F8>店長<Enter>売上あり<Enter>");
    let refused = Refusal::new(Code::CaseState).with("case", CASE).with("state", "restored");
    answer(&mut state, request(&effects, "all"), Answer::Many(1, 2, Some(refused)));
    assert!(notice(&state).contains("2件のうち1件"), "{}", notice(&state));
}

#[test]
fn a_decision_whose_outcome_is_unknown_is_asked_for_again_under_its_id() {
    let mut state = case();
    let effects = type_keys(&mut state, "<F5>売上と一致<Enter>");
    answer(&mut state, request(&effects, "act"), Answer::Case(Err(Failed::Unknown)));
    let again = asked(&tick(&mut state));
    assert_eq!(again, [format!("act {CASE} Approve(\"売上と一致\") #1 on e-1")]);
}

#[test]
fn leaving_a_case_does_not_forget_a_decision_whose_outcome_is_unknown() {
    for away in ["<Esc>", "<Tab>", "<PageDown>"] {
        let mut state = case();
        let effects = type_keys(&mut state, "<F5>売上と一致<Enter>");
        answer(&mut state, request(&effects, "act"), Answer::Case(Err(Failed::Unknown)));
        type_keys(&mut state, away);
        let again = asked(&tick(&mut state)).concat();
        assert!(again.contains("Approve(\"売上と一致\") #1"), "{away}: {again}");
    }
}

#[test]
fn tab_goes_through_the_list_case_by_case() {
    let mut state = case();
    let effects = type_keys(&mut state, "<Tab>");
    let next = "R-20230313-0002";
    let wanted = [format!("unlease {CASE}"), format!("lease {next}"), format!("show {next}")];
    assert_eq!(asked(&effects), wanted);
    // A case that is read late belongs to the one that was open before.
    let mut late = views::under_review();
    late.state = "restored".to_owned();
    shown(&mut state, &effects, late);
    assert!(state.review.open.as_ref().is_some_and(|open| open.view.is_none()));
}

#[test]
fn look_ups_are_released_by_name() {
    let mut state = list();
    let effects = type_keys(&mut state, "<F7>！<Enter>");
    assert_eq!(asked(&effects), Vec::<String>::new());
    let effects = type_keys(&mut state, "<C-u>op2<Enter>");
    assert_eq!(asked(&effects), ["release op2"]);
    answer(&mut state, request(&effects, "release"), Answer::Done(Ok(())));
    assert!(notice(&state).contains("完了"));
}
