//! What lies over a screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::text::{fit, line_width, short_day, wrapped, yen};
use super::{Pen, cursor_in};
use crate::desk::action::{Action, Place};
use crate::desk::saying;
use crate::desk::state::over::{Confirm, Over, Write, palette};
use crate::desk::state::{Screen, State};
use crate::desk::theme::Role;
use crate::desk::update;
use crate::texts;

/// The widest frame over a screen.
const WIDTH: u16 = 76;

pub fn draw(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    match pen.state.over.as_ref()? {
        Over::Help(scroll) => page(frame, pen, area, "page.help", &help(pen), *scroll),
        Over::Page { title, lines, scroll } => page(frame, pen, area, title, lines, *scroll),
        Over::Confirm(confirm) => return Some(question(frame, pen, area, confirm)),
        Over::Write(write) => return Some(text(frame, pen, area, write)),
        Over::Palette { field, selected } => {
            let offered = update::offered(pen.state);
            let found = palette(field.text(), &offered);
            let height = u16::try_from(found.len()).unwrap_or(0).saturating_add(4);
            let inner = boxed(frame, pen, area, "page.palette", height);
            let width = usize::from(inner.width);
            let (shown, column) = field.shown(width.saturating_sub(2));
            let mut lines = vec![Line::from(pen.span(fit(&shown, width), Role::Focus))];
            let selected = (*selected).min(found.len().saturating_sub(1));
            let room = usize::from(inner.height).saturating_sub(1);
            let first = selected.saturating_sub(room.saturating_sub(1));
            for (i, action) in found.iter().enumerate().skip(first).take(room) {
                let entry = action.entry();
                let words = texts::action(entry.id, pen.state.look.lang);
                let key = pen.state.keymap.keys(*action);
                let here = if i == selected { pen.marks.here } else { " " };
                let words = format!("{here} {:<12} {}  {}", key, words.label, words.help);
                let role = if i == selected { Role::Selected } else { Role::Text };
                lines.push(Line::from(pen.span(fit(&words, width), role)));
            }
            frame.render_widget(Paragraph::new(lines), inner);
            return Some(cursor_in(Rect { height: 1, ..inner }, column));
        }
    }
    None
}

/// An empty frame in the middle; what it returns is its inside.
fn boxed(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect, title: &str, height: u16) -> Rect {
    let height = height.min(area.height);
    let width = WIDTH.min(area.width);
    let [area] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    let [area] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(area);
    let block = pen.frame(pen.word(title)).border_style(pen.style(Role::Title));
    let inner = block.inner(area);
    // The half of a wide letter beside the frame would hide the frame's own line.
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.top()..area.bottom() {
            let cell = &mut frame.buffer_mut()[(x, y)];
            if line_width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}

fn page(
    frame: &mut Frame<'_>,
    pen: Pen<'_>,
    area: Rect,
    title: &str,
    lines: &[String],
    scroll: usize,
) {
    let width = usize::from(WIDTH.min(area.width).saturating_sub(2));
    let lines: Vec<String> = lines.iter().flat_map(|line| wrapped(line, width)).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = boxed(frame, pen, area, title, height);
    // The last page stays full, however far somebody scrolls.
    let last = lines.len().saturating_sub(usize::from(inner.height));
    let shown = lines.into_iter().skip(scroll.min(last)).take(usize::from(inner.height));
    let shown: Vec<Line<'static>> =
        shown.map(|line| Line::from(pen.span(line, Role::Text))).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// The keys of the place under the help, each with what it does.
fn help(pen: Pen<'_>) -> Vec<String> {
    let state = pen.state;
    let place = match (&state.person, state.locked, state.screen) {
        (None, ..) | (_, true, _) => Place::SignIn,
        (_, _, Screen::Call) => Place::Call,
        (_, _, Screen::Review) if state.review.open.is_some() => Place::Case,
        (_, _, Screen::Review) => Place::Queue,
        (_, _, Screen::Board) => Place::Board,
    };
    help_lines(state, place)
}

/// The key table of a place.
pub fn help_lines(state: &State, place: Place) -> Vec<String> {
    Action::TABLE
        .iter()
        .filter(|entry| entry.places.contains(&place))
        .map(|entry| {
            let words = texts::action(entry.id, state.look.lang);
            let keys = state.keymap.keys(entry.action);
            format!("{} {}  {}", fit(&keys, 12), fit(&words.label, 16), words.help)
        })
        .collect()
}

fn question(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect, confirm: &Confirm) -> Position {
    let state = pen.state;
    let width = usize::from(WIDTH.min(area.width).saturating_sub(2));
    let mut words: Vec<(String, Role)> = Vec::new();
    match confirm {
        Confirm::Restore => words.extend(restoring(pen)),
        Confirm::Withdraw => words.push((pen.word("confirm.withdraw").to_owned(), Role::Text)),
        Confirm::NewCall => words.push((pen.word("confirm.new-call").to_owned(), Role::Text)),
        Confirm::Quit => words.push((pen.word("confirm.quit").to_owned(), Role::Text)),
        Confirm::TakeSeat => words.push((pen.word("confirm.take-seat").to_owned(), Role::Text)),
    }
    let mut lines: Vec<Line<'static>> = words
        .into_iter()
        .flat_map(|(text, role)| {
            let parts = wrapped(&text, width);
            parts.into_iter().map(move |part| (part, role))
        })
        .map(|(text, role)| Line::from(pen.span(text, role)))
        .collect();
    lines.push(Line::default());
    let keys = texts::worded(
        "confirm.keys",
        state.look.lang,
        &[("yes", &state.keymap.keys(Action::Accept)), ("no", &state.keymap.keys(Action::Back))],
    );
    lines.push(Line::from(pen.span(keys.clone(), Role::Title)));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = boxed(frame, pen, area, "confirm.title", height);
    let last = u16::try_from(lines.len()).unwrap_or(1).saturating_sub(1);
    frame.render_widget(Paragraph::new(lines), inner);
    let line = Rect { y: inner.y + last.min(inner.height.saturating_sub(1)), height: 1, ..inner };
    cursor_in(line, line_width(&keys))
}

/// What is read back, and what will change, before anything is put back.
pub fn restoring(pen: Pen<'_>) -> Vec<(String, Role)> {
    let state = pen.state;
    let Some(view) = state.call.view() else { return Vec::new() };
    let Some(coupon) = &view.coupon else { return Vec::new() };
    let lang = state.look.lang;
    let number = state.call.number_asked().map(|number| saying::read_back(number, lang));
    let shop = view.merchant.as_ref().map(|merchant| merchant.name.clone());
    let expires: Option<chrono::NaiveDate> = coupon.expires_on.parse().ok();
    let last = expires.map(|day| day.max(state.settings.campaign.extended_expiry));
    let until = last.map(short_day).unwrap_or_default();
    // Past the last day nothing is extended, and nobody is told so.
    let late = last.is_some_and(|last| state.now.jst_day() > last);
    let said = texts::spoken_yen(view.restorable, lang);
    let day = last.map(|last| texts::spoken_day(last, lang)).unwrap_or_default();
    let amount = yen(view.restorable);
    let balance = yen(coupon.balance);
    let after = yen(coupon.balance.saturating_add(view.restorable));
    let number = number.unwrap_or_default();
    let shop = shop.unwrap_or_default();
    let words = [
        ("number", number.as_str()),
        ("shop", shop.as_str()),
        ("amount", amount.as_str()),
        ("until", until.as_str()),
        ("balance", balance.as_str()),
        ("after", after.as_str()),
        ("to", pen.marks.to),
        ("said", said.as_str()),
        ("day", day.as_str()),
    ];
    let (read_back, restore) = if late {
        ("confirm.read-back-late", "confirm.restore-late")
    } else {
        ("confirm.read-back", "confirm.restore")
    };
    vec![
        (texts::worded(read_back, lang, &words), Role::Say),
        (texts::worded(restore, lang, &words), Role::Money),
        (texts::worded("confirm.change", lang, &words), Role::Text),
    ]
}

fn text(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect, write: &Write) -> Position {
    let lang = pen.state.look.lang;
    let width = usize::from(WIDTH.min(area.width).saturating_sub(2));
    let name = write.purpose.as_str();
    let asked = wrapped(&write.asked(lang), width);
    let rows = asked.len() + 2 * write.fields.len() + 3;
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let inner = boxed(frame, pen, area, "write.title", height);
    let mut lines: Vec<Line<'static>> =
        asked.into_iter().map(|line| Line::from(pen.span(line, Role::Label))).collect();
    let mut cursor = cursor_in(Rect { height: 1, ..inner }, 0);
    for (i, field) in write.fields.iter().enumerate() {
        if write.fields.len() > 1 {
            let label = pen.word(&format!("write.{name}.{}", i + 1));
            lines.push(Line::from(pen.span(label, Role::Dim)));
        }
        let (shown, column) = field.shown(width);
        if i == write.focus {
            let y = inner.y + u16::try_from(lines.len()).unwrap_or(0);
            let y = y.min(inner.bottom().saturating_sub(1));
            cursor = cursor_in(Rect { y, height: 1, ..inner }, column);
        }
        let role = if i == write.focus { Role::Focus } else { Role::Text };
        lines.push(Line::from(pen.span(fit(&shown, width), role)));
    }
    lines.push(Line::default());
    if let Some(wrong) = &write.wrong {
        lines.push(Line::from(pen.span(wrong.clone(), Role::Bad)));
    }
    let keys = [
        ("yes", pen.state.keymap.keys(Action::Accept)),
        ("no", pen.state.keymap.keys(Action::Back)),
    ];
    let keys: Vec<(&str, &str)> = keys.iter().map(|(name, key)| (*name, key.as_str())).collect();
    lines.push(Line::from(pen.span(texts::worded("write.keys", lang, &keys), Role::Dim)));
    frame.render_widget(Paragraph::new(lines), inner);
    cursor
}
