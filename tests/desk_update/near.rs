//! A number that does not exist: those one slip away, taken with a key; and how a shop is
//! read, which supervisors say.

use madoguchi::desk::msg::{Answer, Effect, Failed, Msg};
use madoguchi::desk::state::State;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::refusal::{Code, Refusal};
use madoguchi::domain::staff::Role;
use madoguchi::office::view::NearNumber;

use crate::desk::views::{self, NUMBER};
use crate::desk::{
    NOW, answer, asked, at, drawn, operator, request, screen_text, sign_in, type_keys,
};

const TYPED: &str = "533500010009";
const OTHER: &str = "533500070009";

fn near() -> Vec<NearNumber> {
    let number = |inquiry_number: &str, why: &str| NearNumber {
        inquiry_number: inquiry_number.to_owned(),
        why: why.to_owned(),
    };
    vec![number(NUMBER, "2↔9"), number(OTHER, "1↔7")]
}

/// A call on a number that does not exist, all four facts taken down; what is asked then.
fn misheard(state: &mut State) -> Vec<Effect> {
    let effects = type_keys(state, &format!("{TYPED}<Tab>"));
    let number = InquiryNumber::fold(TYPED).expect("a number");
    answer(state, request(&effects, "hear"), Answer::Number(number, Ok(None)));
    let effects = type_keys(state, "2/24<Tab>奈良<Tab>鹿鳴");
    answer(state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    type_keys(state, "<Enter>")
}

fn screen(state: &State) -> String {
    screen_text(&drawn(state, 100, 28))
}

#[test]
fn near_numbers_are_asked_for_once_all_four_facts_are_in() {
    let mut state = operator();
    let effects = misheard(&mut state);
    assert_eq!(asked(&effects), [format!("near {TYPED} 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1")]);
    assert!(!screen(&state).contains("近い番号"), "nothing is shown before it is answered");
    answer(&mut state, request(&effects, "near"), Answer::Near(Ok(near())));
    let shown = screen(&state);
    assert!(
        shown.contains("5335-0001-0002  2↔9") && shown.contains("5335-0007-0009  1↔7"),
        "{shown}"
    );
    assert!(shown.contains("^D"), "{shown}");
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), Vec::<String>::new(), "not once more");
}

#[test]
fn a_key_takes_the_number_that_the_caller_has_read_again_and_then_the_next() {
    let mut state = operator();
    let effects = misheard(&mut state);
    answer(&mut state, request(&effects, "near"), Answer::Near(Ok(near())));
    let effects = type_keys(&mut state, "<C-d>");
    assert_eq!(asked(&effects), [format!("hear {NUMBER}")]);
    assert_eq!(state.call.number.text(), NUMBER);
    assert!(!screen(&state).contains("近い番号"));
    assert_eq!(asked(&type_keys(&mut state, "<C-d>")), [format!("hear {OTHER}")]);
    assert_eq!(asked(&type_keys(&mut state, "<C-d>")), [format!("hear {NUMBER}")]);
    // From here on it is a call like any other.
    let number = InquiryNumber::fold(NUMBER).expect("a number");
    let effects = type_keys(&mut state, "<C-d>");
    assert_eq!(asked(&effects), [format!("hear {OTHER}")]);
    let effects = type_keys(&mut state, "<C-d>");
    let heard = Answer::Number(number, Ok(Some(views::heard())));
    let effects = answer(&mut state, request(&effects, "hear"), heard);
    let wanted = format!("try {NUMBER} 2023-02-24 奈良県 鹿鳴坂の茶房 本店 M-1");
    assert!(asked(&effects).contains(&wanted), "{:?}", asked(&effects));
}

#[test]
fn what_was_said_otherwise_has_no_near_numbers_any_more() {
    for keys in ["<S-Tab>大阪", "<S-Tab><S-Tab><C-u>2/25", "<S-Tab><S-Tab><S-Tab>1", "駅前"] {
        let mut state = operator();
        let effects = misheard(&mut state);
        answer(&mut state, request(&effects, "near"), Answer::Near(Ok(near())));
        type_keys(&mut state, keys);
        assert!(state.call.near.numbers.is_empty(), "{keys}");
        let before = state.call.number.text().to_owned();
        assert_eq!(asked(&type_keys(&mut state, "<C-d>")), Vec::<String>::new(), "{keys}");
        assert_eq!(state.call.number.text(), before, "{keys}");
        assert!(screen(&state).contains("近い番号はありません"), "{keys}");
    }
}

#[test]
fn an_answer_that_comes_too_late_is_dropped_and_a_refusal_is_told() {
    let mut state = operator();
    let effects = misheard(&mut state);
    let late = request(&effects, "near");
    type_keys(&mut state, "駅");
    answer(&mut state, late, Answer::Near(Ok(near())));
    assert!(state.call.near.numbers.is_empty());
    let mut state = operator();
    let effects = misheard(&mut state);
    let locked = Failed::Refused(Code::LookUpsLocked.into());
    answer(&mut state, request(&effects, "near"), Answer::Near(Err(locked)));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("照会")));
    assert!(!screen(&state).contains("聞き違い一つで説明のつく"), "nobody has looked");
}

#[test]
fn near_numbers_that_a_lost_line_kept_back_are_asked_for_once_it_is_back() {
    let mut state = operator();
    let effects = misheard(&mut state);
    let gone = Failed::Unreachable(Refusal::new(Code::DatabaseUnreachable));
    answer(&mut state, request(&effects, "near"), Answer::Near(Err(gone)));
    assert!(!screen(&state).contains("聞き違い一つで説明のつく"), "nobody has looked");
    let effects = madoguchi::desk::update::update(&mut state, Msg::Link(true), at(NOW));
    answer(&mut state, request(&effects, "near"), Answer::Near(Ok(Vec::new())));
    assert!(screen(&state).contains("聞き違い一つで説明のつく"), "{}", screen(&state));
}

#[test]
fn without_a_shop_nothing_near_is_asked_for() {
    let mut state = operator();
    let effects = type_keys(&mut state, &format!("{TYPED}<Tab>"));
    let number = InquiryNumber::fold(TYPED).expect("a number");
    answer(&mut state, request(&effects, "hear"), Answer::Number(number, Ok(None)));
    let effects = type_keys(&mut state, "2/24<Tab>奈良<Tab>無名");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(Vec::new())));
    assert_eq!(asked(&type_keys(&mut state, "<Enter>")), Vec::<String>::new());
}

fn supervisor_at_a_list() -> State {
    let mut state = crate::desk::desk();
    sign_in(&mut state, "sv", Role::Supervisor, None);
    type_keys(&mut state, "<F11>");
    let effects = type_keys(&mut state, "<Tab><Tab><Tab>鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    state
}

#[test]
fn a_supervisor_says_how_the_shop_under_the_cursor_is_read() {
    let mut state = supervisor_at_a_list();
    type_keys(&mut state, "<Down><C-f>");
    let shown = screen(&state);
    assert!(shown.contains("「鹿鳴坂の茶房 駅前店」の読み"), "{shown}");
    assert!(shown.contains("ロクメイザカノサボウ"), "what is known stands there: {shown}");
    // What is no kana stays to be mended.
    type_keys(&mut state, "<C-u>鹿鳴<Enter>");
    assert!(screen(&state).contains("かなで書いてください") && screen(&state).contains("鹿鳴"));
    let effects = type_keys(&mut state, "<C-u>ろくめいざか えきまえ<Enter>");
    assert_eq!(asked(&effects), ["reading M-2 ロクメイザカ エキマエ"]);
    let effects = answer(&mut state, request(&effects, "reading"), Answer::Reading(Ok(())));
    assert_eq!(asked(&effects), ["shops 鹿鳴 anywhere []"], "the list is found anew");
    assert!(screen(&state).contains("読みを残しました"));
}

#[test]
fn nobody_else_says_how_a_shop_is_read() {
    let mut state = operator();
    let effects = type_keys(&mut state, "<Tab><Tab><Tab>鹿鳴");
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(views::shops())));
    type_keys(&mut state, "<C-f>");
    assert!(state.over.is_none());
    assert!(screen(&state).contains("読みの訂正はSV"));
    // And not without a shop.
    let mut state = crate::desk::desk();
    sign_in(&mut state, "sv", Role::Supervisor, None);
    type_keys(&mut state, "<F11><C-f>");
    assert!(state.over.is_none());
}

#[test]
fn all_readings_stand_in_the_line_so_that_none_is_lost() {
    let mut state = crate::desk::desk();
    sign_in(&mut state, "sv", Role::Supervisor, None);
    type_keys(&mut state, "<F11>");
    let effects = type_keys(&mut state, "<Tab><Tab><Tab>鹿鳴");
    let mut shops = views::shops();
    shops[0].readings = "ロクメイ|シカナキ".to_owned();
    answer(&mut state, request(&effects, "shops"), Answer::Shops(Ok(shops)));
    let effects = type_keys(&mut state, "<C-f><Enter>");
    assert_eq!(asked(&effects), ["reading M-1 ロクメイ|シカナキ"]);
}

#[test]
fn the_screen_is_blanked_from_a_box_too_and_what_was_written_comes_back() {
    let mut state = supervisor_at_a_list();
    type_keys(&mut state, "<C-f><C-u>ろくめい<C-l>");
    assert!(state.locked && !screen(&state).contains("ろくめい"), "{}", screen(&state));
    let effects = type_keys(&mut state, "correct horse<Enter>");
    let back = crate::desk::welcome("sv", Role::Supervisor, None);
    answer(&mut state, request(&effects, "sign-in"), back);
    assert!(screen(&state).contains("ろくめい"), "{}", screen(&state));
}

#[test]
fn imported_shops_come_into_the_list_that_is_open() {
    let mut state = supervisor_at_a_list();
    let effects = madoguchi::desk::update::update(&mut state, Msg::ShopsChanged, at(NOW));
    assert_eq!(asked(&effects), ["shops 鹿鳴 anywhere []"]);
    // A shop that was chosen stays chosen.
    type_keys(&mut state, "<Enter>");
    let effects = madoguchi::desk::update::update(&mut state, Msg::ShopsChanged, at(NOW));
    assert_eq!(asked(&effects), Vec::<String>::new());
}
