//! The wallboard: how the day goes.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::Pen;
use super::text::{fit, fit_right, line_width, yen};
use crate::desk::theme::Role;
use crate::domain::case::State as CaseState;
use crate::domain::reason::Reason;
use crate::store::desks::Board;
use crate::texts;

pub fn draw(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    let Some(board) = &pen.state.board else {
        frame.render_widget(Line::from(pen.span(pen.word("review.loading"), Role::Dim)), area);
        return None;
    };
    let [upper, lower] =
        Layout::vertical([Constraint::Percentage(52), Constraint::Min(0)]).areas(area);
    let [hours, open] =
        Layout::horizontal([Constraint::Percentage(55), Constraint::Min(0)]).areas(upper);
    let [days, waited] =
        Layout::horizontal([Constraint::Percentage(55), Constraint::Min(0)]).areas(lower);
    part(frame, pen, hours, "board.hours", |width, height| by_hour(pen, board, width, height));
    part(frame, pen, open, "board.open", |width, _| open_cases(pen, board, width));
    part(frame, pen, days, "board.days", |width, height| by_day(pen, board, width, height));
    part(frame, pen, waited, "board.waited", |width, _| waited_for(pen, board, width));
    None
}

fn part(
    frame: &mut Frame<'_>,
    pen: Pen<'_>,
    area: Rect,
    title: &str,
    lines: impl FnOnce(usize, usize) -> Vec<Line<'static>>,
) {
    let block = pen.frame(pen.word(title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = lines(usize::from(inner.width), usize::from(inner.height));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// A line with a bar whose length stands for `value`, of `most`.
fn bar(
    pen: Pen<'_>,
    label: &str,
    value: i64,
    most: i64,
    words: &str,
    width: usize,
) -> Line<'static> {
    let room = width.saturating_sub(line_width(label) + line_width(words) + 2);
    let of = usize::try_from(value.max(0)).unwrap_or(0) * room;
    let length = of.checked_div(usize::try_from(most.max(1)).unwrap_or(1)).unwrap_or(0).min(room);
    let length = if value > 0 { length.max(1) } else { 0 };
    Line::from(vec![
        pen.span(format!("{label} "), Role::Label),
        pen.span(pen.marks.bar.repeat(length), Role::Good),
        pen.span(format!(" {words}"), Role::Text),
    ])
}

/// The hours of the day on which anything happened or the hotline answers.
fn by_hour(pen: Pen<'_>, board: &Board, width: usize, height: usize) -> Vec<Line<'static>> {
    let hours = &pen.state.settings.campaign.hours;
    let from = usize::try_from(hours.opens_minute / 60).unwrap_or(0);
    let until = usize::try_from(hours.closes_minute.div_ceil(60)).unwrap_or(24);
    let most = board.opened_by_hour.iter().copied().max().unwrap_or(0);
    let shown = (0..24).filter(|hour| {
        (from..until).contains(hour)
            || board.opened_by_hour[*hour] > 0
            || board.restored_by_hour[*hour] > 0
    });
    shown
        .take(height)
        .map(|hour| {
            let (opened, restored) = (board.opened_by_hour[hour], board.restored_by_hour[hour]);
            let (opened_words, restored_words) = (opened.to_string(), restored.to_string());
            let words = [("opened", opened_words.as_str()), ("restored", restored_words.as_str())];
            let words = texts::worded("board.hour", pen.state.look.lang, &words);
            bar(pen, &fit_right(&format!("{hour}"), 2), opened, most, &words, width)
        })
        .collect()
}

fn open_cases(pen: Pen<'_>, board: &Board, width: usize) -> Vec<Line<'static>> {
    let lang = pen.state.look.lang;
    let mut lines = Vec::new();
    for open in &board.open {
        let state: Option<CaseState> = open.state.parse().ok();
        let name = state.map_or("", |state| texts::state(state, lang));
        let hours = pen.state.now.since(open.oldest).num_hours().max(0).to_string();
        let count = open.cases.to_string();
        let words = [("state", name), ("count", count.as_str()), ("hours", hours.as_str())];
        let words = texts::worded("board.state", lang, &words);
        lines.push(Line::from(pen.span(fit(&words, width), Role::Text)));
    }
    if board.open.is_empty() {
        lines.push(Line::from(pen.span(pen.word("review.empty"), Role::Dim)));
    }
    lines.push(Line::default());
    for (code, count) in &board.open_by_reason {
        let reason: Option<Reason> = code.parse().ok();
        let label = reason.map_or(code.clone(), |reason| texts::reason(reason, lang).label.clone());
        let words = format!("{} {count}", fit(&label, 18));
        lines.push(Line::from(pen.span(fit(&words, width), Role::Text)));
    }
    if !pen.state.locked_staff.is_empty() {
        let staff = pen.state.locked_staff.join(" ");
        let words = texts::worded("board.locked", lang, &[("staff", &staff)]);
        lines.push(Line::from(pen.span(words, Role::Warn)));
    }
    lines
}

fn by_day(pen: Pen<'_>, board: &Board, width: usize, height: usize) -> Vec<Line<'static>> {
    let today = pen.state.now.jst_day();
    let most = board.restored_per_day.iter().copied().max().unwrap_or(0);
    let count = board.restored_per_day.len();
    let skipped = count.saturating_sub(height);
    board
        .restored_per_day
        .iter()
        .enumerate()
        .skip(skipped)
        .map(|(i, amount)| {
            let back = u64::try_from(count - 1 - i).unwrap_or(0);
            let day = today.checked_sub_days(chrono::Days::new(back)).unwrap_or(today);
            let label = fit_right(&super::text::short_day(day), 5);
            bar(pen, &label, *amount, most, &yen(*amount), width)
        })
        .collect()
}

fn waited_for(pen: Pen<'_>, board: &Board, width: usize) -> Vec<Line<'static>> {
    if board.waited_for.is_empty() {
        return vec![Line::from(pen.span(pen.word("board.nothing"), Role::Dim))];
    }
    board
        .waited_for
        .iter()
        .map(|merchant| {
            let count = fit_right(&merchant.cases.to_string(), 5);
            let words = format!("{count} {}", merchant.name);
            Line::from(pen.span(fit(&words, width), Role::Text))
        })
        .collect()
}
