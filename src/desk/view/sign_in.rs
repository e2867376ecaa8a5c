//! Signing in, and back in after the idle lock.

use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::text::{fit, wrapped};
use super::{Pen, cursor_in};
use crate::desk::theme::Role;

/// The width of the frame.
const WIDTH: u16 = 60;
/// The width of a label.
const LABEL: usize = 14;

pub fn draw(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    let state = pen.state;
    let sign_in = &state.sign_in;
    let listed = !state.demo.is_empty() && sign_in.staff.is_blank() && !state.locked;
    let height = 8 + u16::try_from(if state.locked { 0 } else { state.demo.len() }).unwrap_or(0);
    let [area] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    let [area] = Layout::horizontal([Constraint::Length(WIDTH)]).flex(Flex::Center).areas(area);
    let title = if state.locked { "sign-in.locked" } else { "sign-in.title" };
    let block = pen.frame(pen.word(title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let width = usize::from(inner.width);
    let field_width = width.saturating_sub(LABEL);
    if !state.locked && !state.demo.is_empty() {
        lines.push(Line::from(pen.span(pen.word("sign-in.demo"), Role::Label)));
        for (i, (id, name)) in state.demo.iter().enumerate() {
            let chosen = listed && i == sign_in.chosen;
            let here = if chosen { pen.marks.here } else { " " };
            let words = fit(&format!(" {here} {id}  {name}"), width);
            lines.push(Line::from(
                pen.span(words, if chosen { Role::Selected } else { Role::Text }),
            ));
        }
    }
    let on_password = sign_in.on_password || state.locked;
    // Nothing is typed here by whoever has proved already who they are.
    let owned = state.owner.is_some() && !state.locked;
    let (staff, staff_column) = match (&state.person, &state.owner) {
        (Some(person), _) if state.locked => (person.staff_id.to_string(), 0),
        (_, Some(owner)) => (owner.staff_id.to_string(), 0),
        _ => sign_in.staff.shown(field_width),
    };
    let (password, password_column) = sign_in.password.shown(field_width);
    let at = inner.y + u16::try_from(lines.len()).unwrap_or(0);
    for (label, text, focused) in
        [("sign-in.staff", staff, !on_password), ("sign-in.password", password, on_password)]
    {
        if owned && label == "sign-in.password" {
            lines.push(Line::default());
            continue;
        }
        lines.push(Line::from(vec![
            pen.span(fit(pen.word(label), LABEL), Role::Label),
            pen.span(fit(&text, field_width), if focused { Role::Focus } else { Role::Text }),
        ]));
    }
    lines.push(Line::default());
    let (words, role) = match (&sign_in.wrong, sign_in.asking) {
        _ if !state.ready => (pen.word("sign-in.opening").to_owned(), Role::Dim),
        (_, Some(_)) => (pen.word("sign-in.asking").to_owned(), Role::Dim),
        (Some(wrong), None) => (wrong.clone(), Role::Bad),
        (None, None) if state.locked && state.owner.is_some() => {
            (pen.word("sign-in.unlock-own").to_owned(), Role::Dim)
        }
        (None, None) if state.locked => (pen.word("sign-in.unlock").to_owned(), Role::Dim),
        (None, None) if owned => (pen.word("sign-in.sit-down").to_owned(), Role::Dim),
        (None, None) => (pen.word("sign-in.hint").to_owned(), Role::Dim),
    };
    lines.extend(wrapped(&words, width).into_iter().map(|line| Line::from(pen.span(line, role))));
    frame.render_widget(Paragraph::new(lines), inner);
    let (y, column) = if on_password { (at + 1, password_column) } else { (at, staff_column) };
    let line = Rect {
        x: inner.x + u16::try_from(LABEL).unwrap_or(0),
        y: y.min(inner.bottom().saturating_sub(1)),
        width: u16::try_from(field_width).unwrap_or(1),
        height: 1,
    };
    Some(cursor_in(line, column))
}
