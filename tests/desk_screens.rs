//! How the desk looks: one file under `snapshots` for each moment, in both languages and at
//! two sizes. ⟦ ⟧ is reversed (chosen, a key), ⟨ ⟩ underlined (the line with the cursor).

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod desk;

use std::fmt::Write as _;

use desk::scenes::{SCENES, scene};
use desk::screen::{drawn_with_cursor, screen_text_marked};
use desk::{drawn, screen_text};
use madoguchi::desk::state::State;
use madoguchi::desk::theme::Theme;
use madoguchi::texts::{self, Lang};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// The sizes a desk has most often: the smallest, and a comfortable one.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// One screen under a line that says what it is, and where the cursor stands.
fn sheet(state: &State, width: u16, height: u16) -> String {
    let (buffer, cursor) = drawn_with_cursor(state, width, height);
    let cursor = cursor.map_or("none".to_owned(), |at| format!("{},{}", at.x, at.y));
    let lang = state.look.lang.as_str();
    let screen = screen_text_marked(&buffer);
    format!("== {lang} {width}x{height} cursor {cursor}\n{screen}")
}

fn in_both(mut state: State, size: (u16, u16)) -> String {
    let mut text = String::new();
    for lang in [Lang::Ja, Lang::En] {
        state.look.lang = lang;
        let _ = writeln!(text, "{}", sheet(&state, size.0, size.1));
    }
    text
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn every_moment_looks_as_it_did() {
    settings().bind(|| {
        for (name, make) in SCENES {
            let sheets: Vec<String> = SIZES.iter().map(|size| in_both(make(), *size)).collect();
            insta::assert_snapshot!(*name, sheets.concat());
        }
    });
}

#[test]
fn a_window_that_is_too_small_says_so_in_both_languages() {
    settings().bind(|| {
        insta::assert_snapshot!("too-small", in_both(scene("call-matched"), (40, 12)));
    });
}

#[test]
fn without_colour_focus_choice_and_marks_can_still_be_seen() {
    let mut text = String::new();
    for name in ["call-near", "call-matched", "review-list"] {
        let mut state = scene(name);
        state.look.theme = Theme::Mono;
        let _ = writeln!(text, "{}", sheet(&state, 80, 24));
        let buffer = drawn(&state, 80, 24);
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
        }
    }
    settings().bind(|| insta::assert_snapshot!("mono", text));
}

#[test]
fn a_terminal_with_wide_ambiguous_letters_gets_frames_and_marks_of_ascii() {
    let mut text = String::new();
    for name in ["call-near", "call-matched", "review-case", "board"] {
        let mut state = scene(name);
        state.look.wide = true;
        let _ = writeln!(text, "{}", in_both(state, (80, 24)));
    }
    settings().bind(|| insta::assert_snapshot!("wide", text));
}

#[test]
fn a_terminal_with_wide_ambiguous_letters_gets_none_of_them_from_the_desk() {
    let mut found = Vec::new();
    for (name, make) in SCENES {
        let mut state = make();
        state.look.wide = true;
        for lang in [Lang::Ja, Lang::En] {
            state.look.lang = lang;
            let text = screen_text(&drawn(&state, 120, 40));
            let rows = text.lines().filter(|row| row.width() != row.width_cjk());
            found.extend(rows.map(|row| format!("{name} {}: {}", lang.as_str(), row.trim())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_said_is_never_cut_off() {
    let mut cut = Vec::new();
    for (name, make) in SCENES.iter().filter(|(name, _)| name.starts_with("call-")) {
        let mut state = make();
        for (lang, closing) in [(Lang::Ja, "」"), (Lang::En, "”")] {
            state.look.lang = lang;
            let text = screen_text(&drawn(&state, 80, 24));
            let said: Vec<&str> = text.lines().skip(16).take(6).collect();
            if !said.iter().any(|line| line.contains(closing)) {
                cut.push(format!("{name} {}:\n{}", lang.as_str(), said.join("\n")));
            }
        }
    }
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn no_reason_has_a_sentence_that_does_not_fit() {
    let mut cut = Vec::new();
    for lang in [Lang::Ja, Lang::En] {
        for reason in madoguchi::domain::reason::Reason::ALL {
            let said = texts::reason_say(*reason, &texts::Spoken::default(), lang);
            let lines = madoguchi::desk::view::text::wrapped(&format!("“{said}”"), 78);
            if lines.len() > 4 {
                cut.push(format!("{reason:?} {}: {} lines", lang.as_str(), lines.len()));
            }
        }
    }
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn an_amount_is_shown_whole_or_not_at_all() {
    for amount in [1_500, 10_000, 120_000, 1_234_567] {
        let mut state = scene("call-matched");
        if let madoguchi::desk::state::call::Tried::Done(_, view) = &mut state.call.tried {
            view.settlements[1].amount = amount;
            view.sales[0].cash = amount;
            view.restorable = amount;
            view.over = Some(amount);
        }
        let mut list = scene("review-list");
        list.review.rows.iter_mut().for_each(|row| row.amount = Some(amount));
        let wanted = madoguchi::desk::view::text::yen(amount);
        for (width, height) in SIZES {
            let screen = screen_text(&drawn(&state, width, height));
            // Settlement, cash of the sale, the sum.
            let found = screen.matches(&wanted).count();
            assert!(found >= 3, "{wanted} {found} times at {width}:\n{screen}");
            let screen = screen_text(&drawn(&list, width, height));
            let found = screen.matches(&wanted).count();
            assert_eq!(found, 4, "{wanted} at {width}:\n{screen}");
        }
    }
}

#[test]
fn however_many_settlements_there_are_the_sum_and_the_change_are_on_the_screen() {
    for count in [1, 5, 12, 30] {
        let mut state = scene("call-matched");
        if let madoguchi::desk::state::call::Tried::Done(_, view) = &mut state.call.tried {
            let one = view.settlements[1].clone();
            view.settlements = vec![one; count];
        }
        for (width, height) in SIZES {
            let screen = screen_text(&drawn(&state, width, height));
            assert!(screen.contains("残額"), "{count} at {width}x{height}:\n{screen}");
        }
    }
}

#[test]
fn the_frame_over_a_screen_is_whole_whatever_letters_lie_beside_it() {
    let mut open = Vec::new();
    for name in ["confirm-restore", "write-call-back", "help-call", "palette", "history"] {
        let buffer = drawn(&scene(name), 80, 24);
        // The frame is 76 of 80 columns wide; no other one has a line in its last column.
        let rows = (0..24).filter(|y| "┐│┘".contains(buffer[(77, *y)].symbol()));
        let rows: Vec<u16> = rows.collect();
        assert!(rows.len() >= 3, "{name} has no frame");
        let torn = rows.iter().filter(|y| !"┌│└".contains(buffer[(2, **y)].symbol()));
        open.extend(torn.map(|y| format!("{name}, line {y}")));
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_sale_under_the_cursor_is_on_the_screen_however_many_there_are() {
    let mut state = scene("review-case");
    if let Some(view) = state.review.open.as_mut().and_then(|open| open.view.as_mut()) {
        let one = view.sales[1].clone();
        view.sales = vec![one; 20];
    }
    desk::type_keys(&mut state, &"<Down>".repeat(19));
    let screen = screen_text(&drawn(&state, 80, 24));
    assert!(screen.contains('›'), "{screen}");
}

#[test]
fn in_every_theme_the_line_with_the_cursor_and_the_chosen_one_differ_from_the_rest() {
    for theme in Theme::ALL {
        let mut state = scene("call-near");
        state.look.theme = theme;
        let buffer = drawn(&state, 80, 24);
        let has = |modifier| buffer.content.iter().any(|cell| cell.modifier.contains(modifier));
        assert!(has(Modifier::UNDERLINED) && has(Modifier::REVERSED), "{theme:?}");
    }
}
