//! A screen as text.

use madoguchi::desk::state::State;
use madoguchi::desk::view;
use ratatui::Terminal;
use ratatui::backend::{Backend as _, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

/// The desk's screen at a size.
pub fn drawn(state: &State, width: u16, height: u16) -> Buffer {
    drawn_with_cursor(state, width, height).0
}

/// … and where the cursor stands, where it is shown.
pub fn drawn_with_cursor(state: &State, width: u16, height: u16) -> (Buffer, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    let size = terminal.size().expect("a size");
    assert_eq!(size, Size::new(width, height));
    // Whether the frame asked for the cursor cannot be seen from outside but by where it is.
    let nowhere = Position::new(u16::MAX, u16::MAX);
    terminal.backend_mut().set_cursor_position(nowhere).expect("a cursor");
    terminal.draw(|frame| view::draw(frame, state)).expect("a frame");
    let at = terminal.backend_mut().get_cursor_position().expect("a cursor");
    (terminal.backend().buffer().clone(), (at != nowhere).then_some(at))
}

/// How a run of letters is marked in a text.
fn marks(modifier: Modifier) -> (&'static str, &'static str) {
    if modifier.contains(Modifier::REVERSED) {
        ("⟦", "⟧")
    } else if modifier.contains(Modifier::UNDERLINED) {
        ("⟨", "⟩")
    } else {
        ("", "")
    }
}

/// The rows of a screen, what is behind a wide letter left out, blanks at the end too.
pub fn screen_text(buffer: &Buffer) -> String {
    rows(buffer, buffer.area, false)
}

/// As [`screen_text`], with ⟦ ⟧ around what is reversed (chosen, a key) and ⟨ ⟩ around what
/// is underlined (the line with the cursor, letters that fit).
pub fn screen_text_marked(buffer: &Buffer) -> String {
    rows(buffer, buffer.area, true)
}

/// … of a part of it.
pub fn text_within(buffer: &Buffer, area: Rect) -> String {
    rows(buffer, area, false)
}

fn rows(buffer: &Buffer, area: Rect, marked: bool) -> String {
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let (mut x, mut open) = (area.left(), ("", ""));
        while x < area.right() {
            let cell = &buffer[(x, y)];
            let now = if marked { marks(cell.modifier) } else { ("", "") };
            if now != open {
                row.push_str(open.1);
                row.push_str(now.0);
                open = now;
            }
            row.push_str(cell.symbol());
            x += u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        }
        row.push_str(open.1);
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
