//! The desk survives any window, from one cell to more than a wall has.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

mod desk;

use desk::scenes::SCENES;
use desk::screen::{drawn_with_cursor, screen_text};
use desk::{operator, type_keys};
use madoguchi::desk::state::State;
use madoguchi::desk::state::over::{Over, Purpose, Write};
use madoguchi::texts::Lang;
use unicode_width::UnicodeWidthStr as _;

/// The edges of what changes with the size, and steps that meet every remainder.
fn sizes() -> Vec<(u16, u16)> {
    let widths = (80..=120).step_by(13).chain([81, 109, 110, 111, 120]);
    let widths: Vec<u16> = widths.collect();
    let heights = [24, 25, 31, 40].into_iter();
    let mut sizes: Vec<(u16, u16)> =
        heights.flat_map(|height| widths.iter().map(move |width| (*width, height))).collect();
    sizes.extend([(300, 24), (80, 100), (300, 100)]);
    sizes
}

/// Draws the desk; no row is wider than the window, and the cursor stands within it.
fn fits(name: &str, state: &State, (width, height): (u16, u16)) {
    let (buffer, cursor) = drawn_with_cursor(state, width, height);
    for (y, row) in screen_text(&buffer).lines().enumerate() {
        assert!(row.width() <= usize::from(width), "{name} {width}x{height} line {y}: {row}");
    }
    if let Some(at) = cursor {
        assert!(at.x < width && at.y < height, "{name} {width}x{height}: cursor at {at}");
    }
}

#[test]
fn a_window_of_any_size_below_the_smallest_says_so_and_spills_nothing() {
    // Nothing else is drawn there, whatever the moment: one stands for all of them.
    let mut state = desk::scenes::scene("confirm-restore");
    for lang in [Lang::Ja, Lang::En] {
        state.look.lang = lang;
        let heights = [1, 2, 3, 8, 23];
        for (width, height) in (1..=81).flat_map(|width| heights.map(|height| (width, height))) {
            fits("too small", &state, (width, height));
        }
        for size in [(1, 100), (79, 100), (300, 1), (300, 23)] {
            fits("too small", &state, size);
        }
    }
}

#[test]
fn every_moment_fits_every_window() {
    for (name, make) in SCENES {
        let mut state = make();
        for (i, size) in sizes().into_iter().enumerate() {
            state.look.lang = if i % 2 == 0 { Lang::Ja } else { Lang::En };
            state.look.wide = i % 3 == 0;
            fits(name, &state, size);
        }
    }
}

#[test]
fn every_text_that_can_be_written_fits_every_window() {
    for purpose in Purpose::ALL {
        let mut state = operator();
        let mut write = Write::new(purpose);
        write.wrong = Some("長すぎます（2,000文字まで）。".to_owned());
        state.over = Some(Over::Write(write));
        type_keys(&mut state, &"長い文章を書きます。".repeat(30));
        for size in sizes() {
            fits(purpose.as_str(), &state, size);
        }
    }
}

#[test]
fn long_pages_and_scrolls_beyond_their_end_fit_every_window() {
    let lines: Vec<String> =
        (0..200).map(|i| format!("{i} {}", "とても長い履歴の行です。".repeat(12))).collect();
    let mut state = operator();
    for scroll in [0, 3, 10_000, usize::MAX] {
        let lines = lines.clone();
        state.over = Some(Over::Page { title: "page.history", lines, scroll });
        for size in sizes().into_iter().step_by(5) {
            fits("page", &state, size);
        }
    }
}

#[test]
fn long_names_and_long_lists_fit_every_window() {
    let mut state = desk::scenes::scene("board");
    if let Some(board) = &mut state.board {
        board.opened_by_hour = [99_999_999; 24];
        board.restored_per_day = [999_999_999_999; 14];
        for merchant in &mut board.waited_for {
            merchant.name = "鹿鳴坂の茶房".repeat(40);
            merchant.cases = i64::MAX;
        }
    }
    state.locked_staff = (0..60).map(|i| format!("operator.{i}")).collect();
    let mut list = desk::scenes::scene("review-list");
    let row = list.review.rows[0].clone();
    let rows = (0..2_000).map(|i| {
        let mut row = row.clone();
        row.case_id = format!("R-20230313-{i:04}");
        row.shop = "かのこ辻食堂".repeat(30);
        row.opened_by = "somebody-with-a-very-long-name-x".to_owned();
        row
    });
    list.review.take(rows.collect());
    type_keys(&mut list, &"<PageDown>".repeat(30));
    for size in sizes() {
        fits("board", &state, size);
        fits("list", &list, size);
    }
}

#[test]
fn a_line_longer_than_its_field_shows_its_end_and_the_cursor() {
    let mut state = operator();
    type_keys(&mut state, &format!("<S-Tab>{}<F1><Esc>", "鹿鳴坂の茶房".repeat(20)));
    for size in sizes() {
        fits("field", &state, size);
    }
    let (buffer, cursor) = drawn_with_cursor(&state, 80, 24);
    assert!(cursor.is_some());
    assert!(screen_text(&buffer).contains("坂の茶房"));
}
