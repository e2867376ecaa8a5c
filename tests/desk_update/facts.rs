//! The four facts as they are typed: what is looked up when, and what nobody sees before.

use madoguchi::desk::msg::Answer;
use madoguchi::desk::state::State;
use madoguchi::desk::state::call::{Check, Fact};
use madoguchi::domain::number::InquiryNumber;
use madoguchi::office::coupon::{ClassA, NumberHeard};

use crate::desk::views::{self, NUMBER};
use crate::desk::{
    answer, asked, calls, desk_with, drawn, operator, request, screen_text, settings_with, sign_in,
    type_keys,
};

/// The mark of every fact, as the screen has it: + agrees, ~ near, - differs, . open.
fn marks(state: &State) -> String {
    let year = state.settings.campaign.year();
    let mark = |fact| match state.call.check(fact, year) {
        Check::Agrees => '+',
        Check::Near => '~',
        Check::Differs => '-',
        Check::Open => '.',
    };
    Fact::ALL.into_iter().map(mark).collect()
}

fn numbered(text: &str) -> InquiryNumber {
    InquiryNumber::fold(text).expect("a number")
}

#[test]
fn the_number_is_looked_up_when_its_line_is_left_and_only_once() {
    let mut state = operator();
    assert_eq!(asked(&type_keys(&mut state, NUMBER)), Vec::<String>::new());
    assert_eq!(asked(&type_keys(&mut state, "<Tab>")), [format!("hear {NUMBER}")]);
    assert_eq!(asked(&type_keys(&mut state, "<S-Tab><Tab>")), Vec::<String>::new());
    let mut state = operator();
    calls::number(&mut state);
    let again = type_keys(&mut state, "<Up><Down><S-Tab><Tab><Up><Enter>");
    assert_eq!(asked(&again), Vec::<String>::new(), "the answer is there");
}

#[test]
fn a_number_that_was_changed_is_looked_up_again() {
    let mut state = operator();
    calls::number(&mut state);
    let effects = type_keys(&mut state, "<S-Tab><BS>3<Tab>");
    assert_eq!(asked(&effects), ["hear 533500010003"]);
    assert_eq!(marks(&state), "....", "the old answer does not hold for it");
}

#[test]
fn a_number_of_fixed_length_is_looked_up_at_its_last_digit() {
    let settings = settings_with("\"[0-9A-Z]{4,32}\"", "\"[0-9]{13}\"");
    let mut state = desk_with(settings);
    sign_in(&mut state, "op", madoguchi::domain::staff::Role::Operator, None);
    assert_eq!(asked(&type_keys(&mut state, "533500010002")), Vec::<String>::new());
    assert_eq!(asked(&type_keys(&mut state, "1")), ["hear 5335000100021"]);
    assert_eq!(asked(&type_keys(&mut state, "<Tab>")), Vec::<String>::new());
    let spoken = type_keys(&mut state, "<S-Tab><C-u>5335-0001-0002-2");
    assert_eq!(asked(&spoken), ["hear 5335000100022"], "with the hyphens of the coupon");
}

#[test]
fn each_fact_shows_how_it_stands_as_soon_as_it_can_be_known() {
    let mut state = operator();
    assert_eq!(marks(&state), "....");
    let effects = type_keys(&mut state, &format!("{NUMBER}<Tab>2/24<Tab>奈良<Tab>"));
    assert_eq!(marks(&state), "....", "there is nothing yet to hold it against");
    calls::number_known(&mut state, &effects);
    assert_eq!(marks(&state), "+++.");
    let effects = type_keys(&mut state, "鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    assert_eq!(marks(&state), "+++~");
    type_keys(&mut state, "<Enter>");
    assert_eq!(marks(&state), "++++");
}

#[test]
fn what_differs_is_marked_at_once_and_the_caller_is_asked_again() {
    let mut state = operator();
    calls::number(&mut state);
    type_keys(&mut state, "2/25");
    assert_eq!(marks(&state), "+-..");
    type_keys(&mut state, "<BS>4<Tab>京都");
    assert_eq!(marks(&state), "++-.");
    let effects = type_keys(&mut state, "<Tab>ない店");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(Vec::new())));
    type_keys(&mut state, "<Enter>");
    assert_eq!(marks(&state), "++--");
    let unknown = type_keys(&mut state, "<Tab><C-u>533500019999<Tab>");
    let nobody = Answer::Number(numbered("533500019999"), Ok(None));
    answer(&mut state, request(&unknown, "hear"), nobody);
    assert!(marks(&state).starts_with('-'), "{}", marks(&state));
}

#[test]
fn every_expiry_the_coupon_ever_had_agrees() {
    let mut state = operator();
    let effects = type_keys(&mut state, &format!("{NUMBER}<Tab>"));
    let mut expiries = views::heard().expiries;
    expiries.push("2023-02-26".parse().expect("a day"));
    let heard = NumberHeard { expiries, class_a: ClassA::No, ..views::heard() };
    let known = Answer::Number(numbered(NUMBER), Ok(Some(heard)));
    answer(&mut state, request(&effects, "hear"), known);
    for (said, stands) in [("2/24", "++.."), ("2/26", "++.."), ("2/25", "+-..")] {
        type_keys(&mut state, &format!("<C-u>{said}"));
        assert_eq!(marks(&state), stands, "{said}");
    }
}

#[test]
fn nothing_of_the_records_is_asked_for_or_shown_before_all_four_facts_are_in() {
    let mut state = operator();
    let mut effects = calls::three_facts(&mut state);
    let shops = type_keys(&mut state, "鹿鳴");
    answer(&mut state, request(&shops, "shops"), Answer::Shops(Ok(views::shops())));
    effects.extend(shops);
    effects.extend(type_keys(&mut state, "<Up><Down><S-Tab><Tab><F5><F6><F9><F3>"));
    let asked = asked(&effects);
    assert!(asked.iter().all(|what| !what.starts_with("try")), "{asked:?}");
    for (width, height) in [(80, 24), (120, 40)] {
        let screen = screen_text(&drawn(&state, width, height));
        for amount in ["7,430", "10,000", "1,500", "¥"] {
            assert!(!screen.contains(amount), "{amount} in\n{screen}");
        }
    }
}

#[test]
fn the_fourth_fact_asks_once_what_all_of_them_come_to() {
    let mut state = operator();
    let effects = calls::four_facts(&mut state);
    let wanted = format!("try {NUMBER} 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1");
    assert_eq!(asked(&effects), [wanted]);
    assert_eq!(asked(&type_keys(&mut state, "<Tab><Tab><Tab><Tab>")), Vec::<String>::new());
}

#[test]
fn the_fourth_fact_may_come_first() {
    let mut state = operator();
    let effects = type_keys(&mut state, "<S-Tab>鹿鳴");
    assert_eq!(asked(&effects), ["shops 鹿 anywhere []", "shops 鹿鳴 anywhere []"]);
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    type_keys(&mut state, "<Enter>");
    assert_eq!(state.call.focus, Fact::Number, "what is missing comes next");
    let effects = type_keys(&mut state, &format!("{NUMBER}<Tab>2/24<Tab>奈良<Tab>"));
    let effects = calls::number_known(&mut state, &effects);
    assert!(asked(&effects).iter().any(|what| what.starts_with("try ")), "{:?}", asked(&effects));
}

#[test]
fn where_three_facts_agree_the_likely_shops_are_asked_for_once_and_ranked_first() {
    let mut state = operator();
    calls::number(&mut state);
    let effects = type_keys(&mut state, "2/24<Tab>奈良<Tab>鹿");
    let likely = format!("likely {NUMBER} 2023-02-24 奈良県");
    assert_eq!(asked(&effects), [likely.as_str(), "shops 鹿 奈良県 []"]);
    let merchants = Answer::Likely(vec!["M-2".parse().expect("an id")]);
    let effects = answer(&mut state, request(&effects, "likely"), merchants);
    assert_eq!(asked(&effects), ["shops 鹿 奈良県 [\"M-2\"]"]);
    let mut state = operator();
    calls::number(&mut state);
    let effects = type_keys(&mut state, "2/25<Tab>奈良<Tab>鹿");
    assert_eq!(asked(&effects), ["shops 鹿 奈良県 []"], "who errs learns nothing");
}

#[test]
fn a_number_that_does_not_exist_is_not_counted_twice() {
    let mut state = operator();
    let effects = type_keys(&mut state, &format!("{NUMBER}<Tab>"));
    let nobody = Answer::Number(numbered(NUMBER), Ok(None));
    answer(&mut state, request(&effects, "hear"), nobody);
    let effects = type_keys(&mut state, "2/24<Tab>奈良<Tab>鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    let effects = type_keys(&mut state, "<Enter>");
    // Its neighbours are asked for, which counts only where there is none.
    let near = format!("near {NUMBER} 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1");
    assert_eq!(asked(&effects), [near]);
}
