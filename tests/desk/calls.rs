//! A call as far as a story needs it: the caller speaks, the office plays along.

use madoguchi::desk::msg::{Answer, Effect};
use madoguchi::desk::state::State;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::office::view::CaseView;

use super::views::{self, NUMBER};
use super::{answer, request, type_keys};

/// The number is typed, its line left, and the office knows it.
pub fn number(state: &mut State) -> Vec<Effect> {
    let effects = type_keys(state, &format!("{NUMBER}<Tab>"));
    number_known(state, &effects)
}

/// The office knows the number that was asked for.
pub fn number_known(state: &mut State, effects: &[Effect]) -> Vec<Effect> {
    let number = InquiryNumber::fold(NUMBER).expect("a number");
    answer(state, request(effects, "hear"), Answer::Number(number, Ok(Some(views::heard()))))
}

/// Number, expiry and prefecture, all of them the coupon's.
pub fn three_facts(state: &mut State) -> Vec<Effect> {
    number(state);
    type_keys(state, "2/24<Tab>奈良<Tab>")
}

/// All four facts; the office has been asked what they come to.
pub fn four_facts(state: &mut State) -> Vec<Effect> {
    three_facts(state);
    let effects = type_keys(state, "鹿鳴");
    answer(state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    type_keys(state, "<Enter>")
}

/// All four facts, and what they come to.
pub fn tried(state: &mut State, view: CaseView) -> Vec<Effect> {
    let effects = four_facts(state);
    answer(state, request(&effects, "try"), Answer::Tried(Ok(Box::new(view))))
}

/// All four facts, and the records agree that 1,500 yen are to be put back.
pub fn matched(state: &mut State) {
    tried(state, views::matched());
}

/// A case that was opened by F6 without a note.
pub fn opened(state: &mut State, view: CaseView) {
    tried(state, CaseView { case: None, ..view.clone() });
    let effects = type_keys(state, "<F6><Enter>");
    done(state, &effects, "open", view);
}

/// The office has done what was asked: the case as it stands now.
pub fn done(state: &mut State, effects: &[Effect], what: &str, view: CaseView) -> Vec<Effect> {
    answer(state, request(effects, what), Answer::Case(Ok(Box::new(view))))
}
