//! Answers that come late belong to a question nobody asks any more.

use madoguchi::desk::msg::{Answer, Failed, Msg};
use madoguchi::desk::state::call::{Check, Fact, Heard};
use madoguchi::desk::state::over::Over;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::domain::staff::Role;

use crate::desk::views::{self, CASE, NUMBER};
use crate::desk::{
    answer, asked, calls, drawn, happens, operator, request, screen_text, sign_in, supervisor,
    tick_at, type_keys,
};

#[test]
fn the_answer_to_a_number_that_was_changed_meanwhile_is_dropped() {
    let mut state = operator();
    let first = type_keys(&mut state, &format!("{NUMBER}<Tab>"));
    let second = type_keys(&mut state, "<S-Tab><BS>3<Tab>");
    calls::number_known(&mut state, &first);
    assert!(matches!(state.call.heard, Heard::Asking(..)));
    let number = InquiryNumber::fold("533500010003").expect("a number");
    answer(&mut state, request(&second, "hear"), Answer::Number(number, Ok(None)));
    assert!(matches!(state.call.heard, Heard::Unknown(_)));
}

#[test]
fn shops_for_what_was_typed_before_are_dropped() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let first = type_keys(&mut state, "鹿");
    let second = type_keys(&mut state, "鳴");
    answer(&mut state, request(&second, "shops"), Answer::Shops(Ok(views::shops())));
    let old = Answer::Shops(Ok(vec![views::shop("M-9", "鹿の子屋")]));
    answer(&mut state, request(&first, "shops"), old);
    assert_eq!(state.call.list.shops, views::shops());
}

#[test]
fn what_the_facts_came_to_before_one_was_changed_is_dropped() {
    let mut state = operator();
    let first = calls::four_facts(&mut state);
    type_keys(&mut state, "<S-Tab><S-Tab><BS>6");
    let late = Answer::Tried(Ok(Box::new(views::matched())));
    answer(&mut state, request(&first, "try"), late);
    assert!(state.call.view().is_none());
}

#[test]
fn likely_shops_of_the_number_before_are_dropped() {
    let mut state = operator();
    calls::number(&mut state);
    let effects = type_keys(&mut state, "2/24<Tab>奈良<Tab>");
    type_keys(&mut state, "<Tab><BS>3");
    let merchants = Answer::Likely(vec!["M-2".parse().expect("an id")]);
    answer(&mut state, request(&effects, "likely"), merchants);
    assert!(state.call.likely.is_empty(), "where another coupon was used");
}

#[test]
fn a_case_that_was_read_before_it_changed_does_not_come_back() {
    let mut state = operator();
    calls::opened(&mut state, views::opened());
    let reading = happens(&mut state, Msg::Changed);
    let restoring = type_keys(&mut state, "<F5><Enter>");
    calls::done(&mut state, &restoring, "act", views::restored());
    let old = Answer::Shown(Ok(Box::new(views::opened())));
    answer(&mut state, request(&reading, "reread"), old);
    let case = state.call.case.as_ref().expect("a case");
    assert_eq!((case.state.as_str(), case.version), ("restored", 2));
}

#[test]
fn only_the_case_of_the_draft_is_taken_up() {
    let mut state = crate::desk::desk();
    let draft = format!(
        r#"{{"number":"{NUMBER}","expiry":"","prefecture":"","shop":"",
        "merchant_id":null,"case":"{CASE}","note":null,"pending":null}}"#
    );
    sign_in(&mut state, "sv", Role::Supervisor, Some(&draft));
    // Before it was read the supervisor opened another one out of the list.
    let list = type_keys(&mut state, "<F12>");
    let other = "R-20230313-0002";
    let rows = vec![views::queue_row(other, "review", "M-1", "op2")];
    answer(&mut state, request(&list, "queue"), Answer::Queue(Ok(rows)));
    let reading = type_keys(&mut state, "<Enter>");
    let mut view = views::under_review();
    view.case = Some(other.to_owned());
    answer(&mut state, request(&reading, "show"), Answer::Shown(Ok(Box::new(view))));
    assert_eq!(state.call.case.as_ref().and_then(|case| case.case.as_deref()), None);
}

#[test]
fn a_telephone_number_that_comes_after_the_desk_was_locked_is_not_shown() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<C-b><C-l>");
    let phone = Private::new("0742-00-1234");
    answer(&mut state, request(&effects, "reveal"), Answer::Phone(Ok(Some(phone))));
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(!screen.contains("0742-00-1234"), "{screen}");
}

#[test]
fn a_history_that_comes_while_a_note_is_written_does_not_throw_the_note_away() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    let effects = type_keys(&mut state, "<F3><F7>折り返しをご希望");
    let lines = vec!["03/13 10:42:00  op  受付".to_owned()];
    answer(&mut state, request(&effects, "history"), Answer::History(Ok(lines)));
    match &state.over {
        Some(Over::Write(write)) => assert_eq!(write.text(0), "折り返しをご希望"),
        other => panic!("the note is gone: {other:?}"),
    }
}

#[test]
fn a_seat_that_the_one_before_has_left_is_not_the_next_ones_loss() {
    let mut state = operator();
    let later = state.now.plus_seconds(31);
    let beat = tick_at(&mut state, later);
    type_keys(&mut state, "<C-l><Esc>");
    sign_in(&mut state, "op2", Role::Operator, None);
    answer(&mut state, request(&beat, "seated?"), Answer::Seated(false));
    let person = state.person.as_ref().map(|person| person.staff_id.as_str());
    assert_eq!(person, Some("op2"));
}

#[test]
fn a_list_that_was_overtaken_is_dropped() {
    let mut state = supervisor();
    let first = type_keys(&mut state, "<F12>");
    let second = type_keys(&mut state, "<F5>");
    answer(&mut state, request(&second, "queue"), Answer::Queue(Ok(views::queue())));
    answer(&mut state, request(&first, "queue"), Answer::Queue(Ok(Vec::new())));
    assert_eq!(state.review.rows.len(), 4);
}

#[test]
fn shops_that_could_not_be_looked_for_are_not_shops_that_do_not_exist() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = type_keys(&mut state, "鹿鳴");
    let gone = Failed::Unreachable(Refusal::new(Code::DatabaseUnreachable));
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Err(gone)));
    type_keys(&mut state, "<Enter>");
    let year = state.settings.campaign.year();
    assert_ne!(state.call.check(Fact::Shop, year), Check::Differs, "nobody has looked");
}

#[test]
fn a_seat_that_another_desk_has_taken_is_noticed_with_the_next_change() {
    for keys in ["", "<C-l>"] {
        let mut state = operator();
        calls::matched(&mut state);
        type_keys(&mut state, keys);
        let effects = happens(&mut state, Msg::Changed);
        answer(&mut state, request(&effects, "seat-lost?"), Answer::Seated(false));
        assert!(state.person.is_none() && state.call.is_blank(), "{keys}");
        let screen = screen_text(&drawn(&state, 100, 28));
        assert!(
            screen.contains("別の端末でサインインした") && !screen.contains(NUMBER),
            "{screen}"
        );
    }
}

#[test]
fn a_number_that_could_not_be_looked_up_is_looked_up_once_the_line_is_back() {
    let mut state = operator();
    let effects = type_keys(&mut state, &format!("{NUMBER}<Tab>2/24"));
    let gone = Failed::Unreachable(Refusal::new(Code::DatabaseUnreachable));
    let number = InquiryNumber::fold(NUMBER).expect("a number");
    answer(&mut state, request(&effects, "hear"), Answer::Number(number, Err(gone)));
    let effects = happens(&mut state, Msg::Link(true));
    assert_eq!(asked(&effects), [format!("hear {NUMBER}"), "seat-lost?".to_owned()]);
}
