//! What is done with a case beside restoring it: kept, noted, taken over, called back.

use madoguchi::desk::msg::{Answer, Failed, Msg};
use madoguchi::desk::state::call::Tried;
use madoguchi::desk::state::over::{Confirm, Over};
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::domain::staff::Role;
use madoguchi::office::command::Act;
use madoguchi::office::view::CaseView;

use crate::desk::views::{self, CASE, NUMBER};
use crate::desk::{
    answer, asked, calls, draft, drawn, forgotten, happens, notice, operator, request, screen_text,
    seated, supervisor, type_keys,
};

const FACTS: &str = "533500010002 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1";

#[test]
fn f6_keeps_the_case_with_the_note_for_the_supervisors() {
    let mut state = operator();
    calls::tried(&mut state, CaseView { case: None, ..views::under_review() });
    let opening = type_keys(&mut state, "<F6>レシートあり<Enter>");
    assert_eq!(asked(&opening), [format!("open {FACTS} #1")]);
    let noting = calls::done(&mut state, &opening, "open", views::under_review());
    assert_eq!(asked(&noting), [format!("act {CASE} Note(\"レシートあり\") #2")]);
}

#[test]
fn f6_without_a_shop_asks_for_the_shop() {
    let mut state = operator();
    calls::three_facts(&mut state);
    assert_eq!(asked(&type_keys(&mut state, "<F6><Enter>")), Vec::<String>::new());
}

#[test]
fn a_note_written_before_the_case_is_open_goes_along_with_it() {
    let mut state = operator();
    calls::matched(&mut state);
    let noted = type_keys(&mut state, "<F7>お急ぎ<Enter>");
    assert_eq!(asked(&noted), Vec::<String>::new());
    assert_eq!(draft(&noted).and_then(|draft| draft.note).as_deref(), Some("お急ぎ"));
    type_keys(&mut state, "<F7>電車<Enter>");
    let opening = type_keys(&mut state, "<F5><Enter>");
    let restoring = calls::done(&mut state, &opening, "open", views::opened());
    let noting = calls::done(&mut state, &restoring, "act", views::restored());
    assert_eq!(asked(&noting), [format!("act {CASE} Note(\"お急ぎ / 電車\") #3")]);
    let nothing = calls::done(&mut state, &noting, "act", views::restored());
    assert_eq!(asked(&nothing), Vec::<String>::new());
}

#[test]
fn a_note_on_an_open_case_is_sent_at_once_and_an_empty_one_never() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<F7>　<Enter>");
    assert_eq!(asked(&effects), Vec::<String>::new());
    let effects = type_keys(&mut state, "お急ぎ<Enter>");
    assert_eq!(asked(&effects), [format!("act {CASE} Note(\"お急ぎ\") #3")]);
}

#[test]
fn a_call_back_is_asked_for_until_time_and_number_can_be_read() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<F8>あとで<Enter>0742-00-1234<Enter>");
    let Some(Over::Write(write)) = &state.over else { panic!("it was taken") };
    assert!(write.wrong.as_deref().is_some_and(|wrong| wrong.contains("15:30")));
    assert_eq!(write.focus, 0, "the cursor goes to what is wrong");
    assert_eq!((write.text(0), write.text(1)), ("あとで".to_owned(), "0742-00-1234".to_owned()));
    type_keys(&mut state, "<C-u>15:30<Tab><C-u>0742<Enter>");
    let Some(Over::Write(write)) = &state.over else { panic!("it was taken") };
    assert!(write.wrong.as_deref().is_some_and(|wrong| wrong.contains('6')));
    let effects = type_keys(&mut state, "－００－１２３４<Enter>");
    let wanted = "CallBack { due_at: Instant(2023-03-13T15:30:00+09:00), phone: Private(***) }";
    assert_eq!(asked(&effects), [format!("act {CASE} {wanted} #3")]);
}

#[test]
fn a_call_back_needs_a_case() {
    let mut state = operator();
    calls::matched(&mut state);
    type_keys(&mut state, "<F8>");
    assert!(state.over.is_none());
    assert!(notice(&state).contains("F6"), "{}", notice(&state));
}

#[test]
fn f4_keeps_another_trouble_with_its_text() {
    let mut state = operator();
    calls::tried(&mut state, CaseView { case: None, ..views::under_review() });
    let opening = type_keys(&mut state, "<F4>券を失くした<Enter>");
    assert_eq!(asked(&opening), [format!("open {FACTS} #1 other=券を失くした")]);
    calls::done(&mut state, &opening, "open", views::under_review());
    type_keys(&mut state, "<F4>");
    assert!(state.over.is_none(), "a case has its trouble already");
}

#[test]
fn a_live_case_in_the_way_is_taken_over_with_the_number_the_caller_gave() {
    let mut state = operator();
    let trying = calls::four_facts(&mut state);
    type_keys(&mut state, "<C-t>");
    assert!(!notice(&state).is_empty(), "nothing is known of one yet");
    let live = Refusal::new(Code::LiveCase).with("case", CASE);
    let refused = Answer::Tried(Err(Failed::Refused(live)));
    answer(&mut state, request(&trying, "try"), refused);
    assert!(matches!(&state.call.tried, Tried::Refused(_, _, Some(case)) if case == CASE));
    let taking = type_keys(&mut state, "<C-t><C-t>");
    let number = InquiryNumber::fold(NUMBER).expect("a number");
    assert_eq!(asked(&taking), [format!("act {CASE} {:?} #1", Act::Take(number))]);
    calls::done(&mut state, &taking, "act", views::opened());
    assert_eq!(state.call.case.as_ref().and_then(|case| case.case.as_deref()), Some(CASE));
}

#[test]
fn a_question_is_answered_and_a_case_withdrawn_once_somebody_says_yes() {
    let mut state = operator();
    let question = Some("レシートは？".to_owned());
    let asks = CaseView { question, ..views::under_review() };
    calls::opened(&mut state, asks);
    let effects = type_keys(&mut state, "<C-a>あります<Enter>");
    assert_eq!(asked(&effects), [format!("act {CASE} Answer(\"あります\") #3")]);
    calls::done(&mut state, &effects, "act", views::under_review());
    type_keys(&mut state, "<C-a>");
    assert!(state.over.is_none(), "the question was answered");
    assert_eq!(asked(&type_keys(&mut state, "<C-w><Esc>")), Vec::<String>::new());
    assert_eq!(asked(&type_keys(&mut state, "<C-w><Enter>")), [format!("act {CASE} Withdraw #4")]);
}

#[test]
fn a_new_call_asks_before_typing_is_thrown_away() {
    let mut state = operator();
    calls::three_facts(&mut state);
    type_keys(&mut state, "<F2>");
    assert!(matches!(state.over, Some(Over::Confirm(Confirm::NewCall))));
    type_keys(&mut state, "<Esc>");
    assert!(!state.call.is_blank());
    let effects = type_keys(&mut state, "<F2><Enter>");
    assert!(state.call.is_blank());
    assert!(forgotten(&effects));
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<F2>");
    assert!(state.over.is_none() && state.call.is_blank(), "what a case keeps needs no question");
}

#[test]
fn a_note_that_waits_is_typing_too() {
    let mut state = operator();
    type_keys(&mut state, "<F7>お名前は伏せる<Enter><F2>");
    assert!(matches!(state.over, Some(Over::Confirm(Confirm::NewCall))));
}

#[test]
fn the_facts_of_an_open_case_stay_what_was_said() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<S-Tab><S-Tab><S-Tab>9<BS>");
    happens(&mut state, Msg::Paste("9999".to_owned()));
    assert_eq!(state.call.number.text(), NUMBER);
    assert!(notice(&state).contains("F2"));
}

#[test]
fn the_number_to_call_back_is_shown_on_demand() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<C-b>");
    assert_eq!(asked(&effects), [format!("reveal {CASE}")]);
    let phone = Answer::Phone(Ok(Some(Private::new("0742-00-1234"))));
    answer(&mut state, request(&effects, "reveal"), phone);
    assert!(screen_text(&drawn(&state, 80, 24)).contains("0742-00-1234"));
    type_keys(&mut state, "<Esc>");
    assert!(!screen_text(&drawn(&state, 80, 24)).contains("0742-00-1234"));
}

#[test]
fn whoever_reads_everything_sees_the_wall_and_an_operator_their_own_cases() {
    let mut state = operator();
    assert_eq!(asked(&type_keys(&mut state, "<F9>")), Vec::<String>::new());
    assert!(notice(&state).contains("SV"), "{}", notice(&state));
    let labels = madoguchi::desk::update::offered(&state);
    assert!(!labels.iter().any(|(action, _)| format!("{action:?}") == "BoardScreen"));
    for keys in ["<F12>", "<Esc><C-e>"] {
        assert_eq!(asked(&type_keys(&mut state, keys)), ["queue"], "{keys}");
    }
    assert_eq!(asked(&type_keys(&mut supervisor(), "<F9>")), ["board"]);
    assert_eq!(asked(&type_keys(&mut seated("au", Role::Auditor), "<F5>")), ["queue"]);
}
