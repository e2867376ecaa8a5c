//! Japanese takes as many columns as the desk thinks it does: what is measured is what is
//! drawn, for everything that can get onto the screen.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use madoguchi::desk::field::Field;
use madoguchi::desk::view::text::{cut, fit, fit_right, line_width, wrapped};
use proptest::prelude::{any, proptest};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::text::Line;

/// Texts that went wrong somewhere, sometime.
const CORPUS: &[&str] = &[
    "ﾊﾞﾅﾅﾊﾟﾌｪ ｶﾞｰﾃﾞﾝ",
    "ｶﾞｷﾞｸﾞｹﾞｺﾞﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟｳﾞ",
    "①②③⑩㊤㊦㈱㍿℡№",
    "※ご注意…→←↑↓■□●○◎★☆",
    "か\u{3099}き\u{3099}は\u{309a}",
    "e\u{301}cole Café A\u{30a}",
    "１２３ＡＢＣ　（株）～−―─",
    "“引用” ‘quote’ ×÷±°¥￥",
    "𠮷野家 髙島屋 﨑陽軒 葛\u{E0100}城",
    "ヴァイオリン・カフェ ゟ ヿ",
    "ー゛゜ヽヾゝゞ々〆〇",
    "한국어 中文 ไทย हिन्दी",
    "لا \u{FEF5}\u{113CC} لآ",
];

fn typed(text: &str) -> Field {
    let mut field = Field::default();
    for letter in text.chars() {
        field.key(&KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
    }
    field
}

/// The columns a text takes where it is drawn: what stands behind it tells.
fn columns_drawn(text: &str) -> usize {
    let mut terminal = Terminal::new(TestBackend::new(700, 1)).expect("a terminal");
    let line = Line::from(vec![text.to_owned().into(), "|end".into()]);
    terminal.draw(|frame| frame.render_widget(line, frame.area())).expect("a frame");
    let buffer = terminal.backend().buffer();
    let ends = (0..697).rev().find(|x| {
        let symbol = |by: u16| buffer[(x + by, 0)].symbol();
        symbol(0) == "|" && symbol(1) == "e" && symbol(2) == "n"
    });
    usize::from(ends.unwrap_or_else(|| panic!("{text:?} is not followed by its end")))
}

/// Measured by a line, by the desk, and drawn: the same.
fn agrees(text: &str) {
    let drawn = columns_drawn(text);
    assert_eq!(Line::from(text).width(), drawn, "{text:?}");
    assert_eq!(line_width(text), drawn, "{text:?}");
    for width in [0, 1, 7, 16, 40] {
        let (left, right) = (fit(text, width), fit_right(text, width));
        assert_eq!(columns_drawn(&left), width, "{text:?} in {width}");
        assert_eq!(columns_drawn(&right), width, "{text:?} in {width}");
        assert!(columns_drawn(&cut(text, width)) <= width, "{text:?} in {width}");
    }
    for line in wrapped(text, 20) {
        assert!(columns_drawn(&line) <= 20, "{line:?}");
    }
}

#[test]
fn every_shop_of_the_sample_is_as_wide_as_it_is_measured() {
    let rows = include_str!("../assets/demo/merchants.csv");
    let mut shops = 0;
    for row in rows.lines().skip(1) {
        let mut cells = row.split(',').skip(1);
        let (name, kana) = (cells.next().expect("a name"), cells.next().expect("its kana"));
        agrees(name);
        agrees(kana);
        agrees(typed(name).text());
        shops += 1;
    }
    assert!(shops > 300);
}

#[test]
fn what_was_typed_or_pasted_is_as_wide_as_it_is_measured() {
    for text in CORPUS {
        agrees(typed(text).text());
        agrees(Field::with(text).text());
    }
}

#[test]
fn every_kana_and_every_mark_that_can_be_typed_after_another_is_as_wide_as_it_is_measured() {
    let kana = ('\u{ff61}'..='\u{ff9f}').chain('\u{3041}'..='\u{30ff}');
    for letter in kana {
        for mark in ["", "ﾞ", "ﾟ", "\u{3099}", "\u{309a}"] {
            let field = typed(&format!("{letter}{mark}あ"));
            let text = field.text();
            assert_eq!(line_width(text), columns_drawn(text), "{letter}{mark}: {text:?}");
        }
    }
}

#[test]
fn the_cursor_stands_behind_what_was_typed() {
    for text in CORPUS {
        let field = typed(text);
        let (shown, column) = field.shown(200);
        assert_eq!(column, columns_drawn(&shown), "{text:?}");
        for width in [1, 2, 5, 12] {
            let (shown, column) = field.shown(width);
            assert!(column <= width, "{text:?} in {width}: {shown:?} {column}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_pasted_is_as_wide_as_it_is_measured(text in any::<String>()) {
        let field = Field::with(&text);
        let text: String = field.text().chars().take(60).collect();
        proptest::prop_assert_eq!(line_width(&text), columns_drawn(&text));
        let (shown, column) = field.shown(20);
        proptest::prop_assert!(column <= 20, "{:?} {}", shown, column);
    }
}
