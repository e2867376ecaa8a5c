//! Japanese as it reaches a terminal: from an input method, full-width, half-width, pasted.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use madoguchi::desk::msg::{Answer, Msg};
use madoguchi::desk::state::call::{Check, Fact};

use crate::desk::views::{self, NUMBER};
use crate::desk::{answer, asked, calls, happens, operator, request, type_keys};

#[test]
fn full_width_digits_are_digits() {
    let mut state = operator();
    let effects = type_keys(&mut state, "５３３５－０００１－０００２<Tab>２／２４<Tab>");
    assert_eq!(asked(&effects), [format!("hear {NUMBER}")]);
    calls::number_known(&mut state, &effects);
    let year = state.settings.campaign.year();
    assert_eq!(state.call.check(Fact::Expiry, year), Check::Agrees);
}

#[test]
fn an_era_and_a_japanese_date_are_read_too() {
    let mut state = operator();
    calls::number(&mut state);
    let year = state.settings.campaign.year();
    for said in ["2月24日", "令和5年2月24日", "２０２３．２．２４", "R5.2.24", "二月二十四日"]
    {
        type_keys(&mut state, &format!("<C-u>{said}"));
        assert_eq!(state.call.check(Fact::Expiry, year), Check::Agrees, "{said}");
    }
}

#[test]
fn half_width_kana_become_kana_with_their_marks() {
    let mut state = operator();
    type_keys(&mut state, "<S-Tab>ﾛｸﾒｲｻﾞｶﾉｻﾎﾞｳ ﾊﾟﾝ");
    assert_eq!(state.call.shop.text(), "ロクメイザカノサボウ パン");
    type_keys(&mut state, "<Left><Left><BS>ﾃﾞ");
    assert_eq!(state.call.shop.text(), "ロクメイザカノサボウデパン");
}

#[test]
fn what_an_input_method_commits_after_esc_is_text_and_no_command() {
    let mut state = operator();
    type_keys(&mut state, "<S-Tab>");
    for letter in "鹿鳴".chars() {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
        happens(&mut state, Msg::Key(key));
    }
    assert_eq!(state.call.shop.text(), "鹿鳴");
    type_keys(&mut state, "<A-p><A-q>");
    assert_eq!(state.call.shop.text(), "鹿鳴", "an Alt letter is no text");
}

#[test]
fn a_pasted_number_loses_its_line_end_and_what_comes_after_it() {
    let mut state = operator();
    happens(&mut state, Msg::Paste("\r\n5335-0001-0002\r\nrm -rf\r\n".to_owned()));
    assert_eq!(state.call.number.text(), "5335-0001-0002");
    let effects = type_keys(&mut state, "<Tab>");
    assert_eq!(asked(&effects), [format!("hear {NUMBER}")]);
}

#[test]
fn an_empty_paste_changes_nothing() {
    let mut state = operator();
    calls::number(&mut state);
    type_keys(&mut state, "<S-Tab>");
    let effects = happens(&mut state, Msg::Paste("\n".to_owned()));
    assert_eq!(asked(&effects), Vec::<String>::new());
    let year = state.settings.campaign.year();
    assert_eq!(state.call.check(Fact::Number, year), Check::Agrees);
}

#[test]
fn the_wheel_turns_lists_and_looks_nothing_up() {
    let mut state = operator();
    type_keys(&mut state, "5335");
    let effects = happens(&mut state, Msg::Wheel(false));
    assert_eq!(asked(&effects), Vec::<String>::new(), "half a number");
    assert_eq!(state.call.focus, Fact::Number);
}

#[test]
fn the_arrows_choose_among_the_shops_and_enter_takes_one() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = type_keys(&mut state, "鹿鳴");
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), Vec::<String>::new(), "still asked for");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    // The last line is "none of these".
    type_keys(&mut state, "<Down><Down><Down><Down><Up><Up>");
    let effects = type_keys(&mut state, "<Enter>");
    assert!(asked(&effects).concat().ends_with("鹿鳴坂の茶房 駅前店 M-2"), "{:?}", asked(&effects));
}

#[test]
fn a_shop_that_is_none_of_the_list_is_said_to_be_none() {
    let mut state = operator();
    calls::three_facts(&mut state);
    let effects = type_keys(&mut state, "存在しない店");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    let effects = type_keys(&mut state, "<Down><Down><Down><Down><Enter>");
    assert!(asked(&effects).concat().ends_with("存在しない店 -"), "{:?}", asked(&effects));
    assert!(state.call.no_shop && state.call.chosen.is_none());
}

#[test]
fn a_case_number_in_the_place_of_the_inquiry_number_opens_the_case() {
    let mut state = operator();
    let effects = type_keys(&mut state, "r-20230313-0004<Tab>");
    assert_eq!(asked(&effects), ["show R-20230313-0004"], "and no number is looked up");
}

#[test]
fn going_down_too_far_in_the_palette_costs_one_key_to_come_back() {
    let mut state = operator();
    type_keys(&mut state, "<C-p>lock");
    let found = |state: &madoguchi::desk::state::State| match &state.over {
        Some(madoguchi::desk::state::over::Over::Palette { selected, .. }) => *selected,
        other => panic!("no palette: {other:?}"),
    };
    type_keys(&mut state, &"<Down>".repeat(40));
    let far = found(&state);
    let many =
        madoguchi::desk::state::over::palette("lock", &madoguchi::desk::update::offered(&state))
            .len();
    assert!(far < many, "{far} of {many}");
}

#[test]
fn help_does_not_throw_away_what_is_being_written() {
    let mut state = operator();
    calls::opened(&mut state, views::under_review());
    type_keys(&mut state, "<F7>書きかけ<F1><Esc>");
    match &state.over {
        Some(madoguchi::desk::state::over::Over::Write(write)) => {
            assert_eq!(write.text(0), "書きかけ");
        }
        other => panic!("the note is gone: {other:?}"),
    }
}
