//! What changes a case: asked once, sent once, and asked for again under the same id.

use madoguchi::desk::msg::{Answer, Effect, Failed, Msg};
use madoguchi::desk::state::State;

use madoguchi::desk::state::over::{Confirm, Over};

use madoguchi::domain::refusal::{Code, Refusal};

use madoguchi::office::view::CaseView;

use crate::desk::views::{self, CASE};
use crate::desk::{
    answer, asked, calls, draft, drawn, forgotten, happens, notice, operator, request, screen_text,
    tick, type_keys,
};

const FACTS: &str = "533500010002 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1";

fn with(change: impl FnOnce(&mut CaseView), mut view: CaseView) -> CaseView {
    change(&mut view);
    view
}

fn asks_to_restore(state: &State) -> bool {
    matches!(state.over, Some(Over::Confirm(Confirm::Restore)))
}

#[test]
fn f5_asks_once_and_enter_opens_the_case_and_restores_on_the_evidence_shown() {
    let mut state = operator();
    calls::matched(&mut state);
    assert_eq!(asked(&type_keys(&mut state, "<F5>")), Vec::<String>::new());
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains("¥1,500") && screen.contains("3/31"), "{screen}");
    let opening = type_keys(&mut state, "<Enter>");
    assert_eq!(asked(&opening), [format!("open {FACTS} #1")]);
    let restoring = calls::done(&mut state, &opening, "open", views::opened());
    assert_eq!(asked(&restoring), [format!("act {CASE} Restore #2 on e-1")]);
    let after = calls::done(&mut state, &restoring, "act", views::restored());
    assert_eq!(asked(&after), Vec::<String>::new());
    assert!(forgotten(&after), "a call that is done leaves no draft");
    assert!(state.call.pending.is_none());
}

#[test]
fn esc_restores_nothing() {
    let mut state = operator();
    calls::matched(&mut state);
    assert_eq!(asked(&type_keys(&mut state, "<F5><Esc>")), Vec::<String>::new());
    assert!(state.over.is_none() && state.call.pending.is_none());
}

#[test]
fn pressing_twice_sends_nothing_more() {
    let mut state = operator();
    calls::matched(&mut state);
    let effects = type_keys(&mut state, "<F5><F5><Enter><Enter><F5><Enter><F6><Enter><Enter>");
    assert_eq!(asked(&effects), [format!("open {FACTS} #1")]);
    let restoring = calls::done(&mut state, &effects, "open", views::opened());
    let more = type_keys(&mut state, "<F5><Enter><F5><Enter><F2>");
    assert_eq!(asked(&restoring).len(), 1);
    assert_eq!(asked(&more), Vec::<String>::new());
    assert!(state.call.case.is_some(), "F2 waits for the answer too");
    assert!(notice(&state).contains("前の操作の結果を待っています"));
    calls::done(&mut state, &restoring, "act", views::restored());
    assert_eq!(notice(&state), "", "there is nothing to wait for any more");
}

#[test]
fn an_unknown_outcome_is_asked_for_again_under_the_same_id_until_it_is_known() {
    let mut state = operator();
    calls::matched(&mut state);
    let mut last = type_keys(&mut state, "<F5><Enter>");
    for _ in 0..3 {
        let lost = answer(&mut state, request(&last, "open"), Answer::Case(Err(Failed::Unknown)));
        assert_eq!(asked(&lost), Vec::<String>::new());
        assert_eq!(asked(&type_keys(&mut state, "<F5><Enter>")), Vec::<String>::new());
        last = tick(&mut state);
        assert_eq!(asked(&last), [format!("open {FACTS} #1")]);
        assert_eq!(asked(&tick(&mut state)), Vec::<String>::new(), "one question at a time");
    }
    let restoring = calls::done(&mut state, &last, "open", views::opened());
    assert_eq!(asked(&restoring), [format!("act {CASE} Restore #2 on e-1")]);
    answer(&mut state, request(&restoring, "act"), Answer::Case(Err(Failed::Unknown)));
    let again = tick(&mut state);
    assert_eq!(asked(&again), [format!("act {CASE} Restore #2 on e-1")]);
    calls::done(&mut state, &again, "act", views::restored());
    assert!(state.call.pending.is_none());
}

#[test]
fn while_the_outcome_is_unknown_the_draft_holds_the_ids_and_the_screen_says_so() {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let sent = draft(&opening).and_then(|draft| draft.pending).expect("what was sent");
    assert!(sent.open_id.is_some() && !sent.unknown);
    let lost = answer(&mut state, request(&opening, "open"), Answer::Case(Err(Failed::Unknown)));
    let kept = draft(&lost).and_then(|draft| draft.pending).expect("what was sent");
    assert!(kept.unknown);
    assert_eq!((&kept.open_id, &kept.command_id), (&sent.open_id, &sent.command_id));
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains("結果不明"), "{screen}");
}

#[test]
fn evidence_that_has_changed_when_the_case_opens_is_refused_and_shown() {
    let mut state = operator();
    calls::matched(&mut state);
    let opening = type_keys(&mut state, "<F5><Enter>");
    let news = with(|view| view.evidence = "e-2".to_owned(), views::opened());
    let after = calls::done(&mut state, &opening, "open", news);
    assert_eq!(asked(&after), Vec::<String>::new(), "nothing is restored");
    assert!(!notice(&state).is_empty());
    assert_eq!(state.call.view().map(|view| view.evidence.as_str()), Some("e-2"));
    let restoring = type_keys(&mut state, "<F5><Enter>");
    assert_eq!(asked(&restoring), [format!("act {CASE} Restore #3 on e-2")]);
    let changed = Failed::Refused(Refusal::new(Code::EvidenceChanged).with("case", CASE));
    let after = answer(&mut state, request(&restoring, "act"), Answer::Case(Err(changed)));
    assert_eq!(asked(&after), [format!("reread {CASE}")], "what stands there now");
}

#[test]
fn what_was_read_back_is_what_is_restored_even_if_the_records_change_meanwhile() {
    let mut state = operator();
    calls::opened(&mut state, views::opened());
    type_keys(&mut state, "<F5>");
    let reading = happens(&mut state, Msg::Changed);
    let news = with(
        |view| {
            view.evidence = "e-2".to_owned();
            view.restorable = 3_000;
            view.version = 2;
        },
        views::opened(),
    );
    answer(&mut state, request(&reading, "reread"), Answer::Shown(Ok(Box::new(news))));
    let effects = asked(&type_keys(&mut state, "<Enter>"));
    assert!(!effects.iter().any(|what| what.contains("e-2")), "unread evidence: {effects:?}");
}

#[test]
fn while_the_facts_are_compared_anew_the_evidence_stays_and_f5_asks_with_it() {
    let mut state = operator();
    calls::matched(&mut state);
    // Somebody else has written; it may have been their draft.
    let again = happens(&mut state, Msg::Changed);
    assert_eq!(asked(&again).iter().filter(|asked| asked.starts_with("retry")).count(), 1);
    assert!(state.call.view().is_some(), "the evidence went off the screen");
    type_keys(&mut state, "<F5>");
    assert!(asks_to_restore(&state), "{}", notice(&state));
}

#[test]
fn a_case_that_needs_a_supervisor_says_so_before_anything_is_opened() {
    let mut state = operator();
    let large = with(|view| view.restorable = 5_001, views::matched());
    calls::tried(&mut state, large);
    assert_eq!(asked(&type_keys(&mut state, "<F5><Enter>")), Vec::<String>::new());
    assert!(!asks_to_restore(&state));
    type_keys(&mut state, "<F5>");
    assert!(notice(&state).contains("5,000"), "{}", notice(&state));
}

#[test]
fn f5_says_what_is_missing() {
    let mut state = operator();
    type_keys(&mut state, "<F5>");
    assert!(notice(&state).contains("4点"), "{}", notice(&state));
    calls::tried(&mut state, CaseView { case: None, ..views::under_review() });
    type_keys(&mut state, "<F5>");
    assert!(notice(&state).contains("F6"), "{}", notice(&state));
}

#[test]
fn what_is_restored_already_is_not_to_be_handed_over() {
    let mut state = operator();
    calls::opened(&mut state, views::restored());
    type_keys(&mut state, "<F5>");
    assert!(!notice(&state).contains("F6"), "{}", notice(&state));
}

/// Whoever is killed between the two finds the id in the draft, and never a command of
/// which nobody knows the id.
#[test]
fn the_ids_of_a_command_are_kept_before_it_is_sent() {
    let mut state = operator();
    calls::matched(&mut state);
    let effects = type_keys(&mut state, "<F5><Enter>");
    let kept = effects.iter().position(|effect| matches!(effect, Effect::KeepDraft(Some(_))));
    let sent = effects.iter().position(|effect| matches!(effect, Effect::Open(..)));
    assert!(kept.is_some() && kept < sent, "{effects:?}");
    let Some(Effect::KeepDraft(Some(draft))) = kept.and_then(|at| effects.get(at)) else {
        panic!("no draft in {effects:?}");
    };
    let Some(Effect::Open(_, open)) = sent.and_then(|at| effects.get(at)) else {
        panic!("nothing sent in {effects:?}");
    };
    let id = open.command_id.as_deref().expect("an id");
    assert!(draft.contains(id), "{id} is not in {draft}");
}
