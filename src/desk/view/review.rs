//! The review screen: what waits, and one case of it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::text::{fit, line_width, short_time, wrapped, yen};
use super::{Pen, cursor_in, evidence};
use crate::desk::saying;
use crate::desk::state::review::Open;
use crate::desk::theme::Role;
use crate::domain::case::State as CaseState;
use crate::domain::prefecture::Prefecture;
use crate::domain::reason::Reason;
use crate::domain::time::Instant;
use crate::office::view::CaseView;
use crate::store::desks::QueueRow;
use crate::texts::{self, Lang};

/// The lines that stand below the evidence at least: the amount, or why there is none.
const AFTER_EVIDENCE: usize = 2;

pub fn draw(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    match &pen.state.review.open {
        Some(open) => {
            case(frame, pen, area, open);
            None
        }
        None => Some(list(frame, pen, area)),
    }
}

/// How long ago, as short as it is still useful.
fn age(since: Instant, now: Instant, lang: Lang) -> String {
    let minutes = now.since(since).num_minutes().max(0);
    let (count, unit) = match minutes {
        0..60 => (minutes, ("分", "m")),
        60..1440 => (minutes / 60, ("時間", "h")),
        _ => (minutes / 1440, ("日", "d")),
    };
    format!("{count}{}", if lang == Lang::Ja { unit.0 } else { unit.1 })
}

fn list(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Position {
    let review = &pen.state.review;
    let count = review.shown.len().to_string();
    let all = review.rows.len().to_string();
    let words = [("count", count.as_str()), ("all", all.as_str())];
    let title = if review.own { "review.own-title" } else { "review.title" };
    let title = texts::worded(title, pen.state.look.lang, &words);
    let block = pen.frame(&title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [filter, head, rows] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(0)])
            .areas(inner);
    let label = pen.word("review.filter");
    let label_width = super::text::line_width(label) + 1;
    let field_width = usize::from(filter.width).saturating_sub(label_width);
    let (shown, column) = review.filter.shown(field_width);
    frame.render_widget(
        Line::from(vec![
            pen.span(fit(label, label_width), Role::Label),
            pen.span(fit(&shown, field_width), Role::Focus),
        ]),
        filter,
    );
    columns(frame, head, &headings(pen), pen.style(Role::Label));
    // Only what is on the screen is laid out, however many wait.
    let room = usize::from(rows.height);
    let first = review.selected.saturating_sub(room.saturating_sub(1));
    for (line, at) in (first..review.shown.len()).take(room).enumerate() {
        let Some(row) = review.shown.get(at).and_then(|i| review.rows.get(*i)) else { continue };
        let selected = at == review.selected;
        let role = match (selected, row.state.as_str()) {
            (true, _) => Role::Selected,
            (false, "contradicted") => Role::Bad,
            (false, "waiting") => Role::Dim,
            _ => Role::Text,
        };
        let y = rows.y + u16::try_from(line).unwrap_or(0);
        columns(frame, Rect { y, height: 1, ..rows }, &cells(pen, row), pen.style(role));
    }
    if review.shown.is_empty() {
        let key = match (review.loaded, review.rows.is_empty()) {
            (false, _) => "review.loading",
            (true, true) => "review.empty",
            (true, false) => "review.none",
        };
        frame.render_widget(Line::from(pen.span(pen.word(key), Role::Dim)), rows);
    }
    let at = Rect {
        x: filter.x + u16::try_from(label_width).unwrap_or(0),
        width: u16::try_from(field_width).unwrap_or(1),
        ..filter
    };
    cursor_in(at, column)
}

/// Case, age, state, reason, amount, shop, prefecture, opener, who has it.
type Cells = [String; 9];

fn headings(pen: Pen<'_>) -> Cells {
    [
        "review.case",
        "review.age",
        "review.state",
        "review.reason",
        "review.amount",
        "review.shop",
        "review.prefecture",
        "review.opened-by",
        "review.held-by",
    ]
    .map(|key| pen.word(key).to_owned())
}

fn cells(pen: Pen<'_>, row: &QueueRow) -> Cells {
    let lang = pen.state.look.lang;
    let state: Option<CaseState> = row.state.parse().ok();
    let reason: Option<Reason> = row.reasons.first().and_then(|code| code.parse().ok());
    let prefecture = Prefecture::from_code(row.prefecture);
    let own = pen.state.person.as_ref().is_some_and(|p| p.staff_id.as_str() == row.opened_by);
    let opener = if own {
        format!("{}{}", row.opened_by, pen.word("review.own"))
    } else {
        row.opened_by.clone()
    };
    [
        row.case_id.clone(),
        age(row.opened_at, pen.state.now, lang),
        if row.question {
            pen.word("review.asked").to_owned()
        } else {
            state.map_or("", |state| texts::state(state, lang)).to_owned()
        },
        match row.callback_due {
            Some(due) => texts::worded("review.call-back", lang, &[("at", &short_time(due))]),
            None => {
                reason.map_or(String::new(), |reason| texts::reason(reason, lang).label.clone())
            }
        },
        row.amount.map_or(String::new(), yen),
        row.shop.clone(),
        prefecture.map_or("", Prefecture::name).to_owned(),
        opener,
        row.lease.as_ref().map_or(String::new(), |lease| lease.staff_id.to_string()),
    ]
}

/// Writes the cells into their columns; what has no room is left out from the right. Only
/// what is there is written, not the blanks between: a list is drawn with every key.
fn columns(frame: &mut Frame<'_>, line: Rect, cells: &Cells, style: Style) {
    let width = usize::from(line.width);
    let fixed: [usize; 9] = if width >= 110 {
        [16, 7, 13, 14, 10, 0, 9, 12, 10]
    } else {
        [16, 6, 11, 14, 10, 0, 0, 0, 0]
    };
    let used: usize = fixed.iter().sum::<usize>() + fixed.iter().filter(|w| **w > 0).count();
    let shop = width.saturating_sub(used + 1);
    let buffer = frame.buffer_mut();
    buffer.set_style(line, style);
    let mut x = line.x;
    for (i, cell) in cells.iter().enumerate() {
        let column = if i == SHOP { shop } else { fixed[i] };
        let room = usize::from(line.right().saturating_sub(x)).min(column);
        if room == 0 {
            continue;
        }
        let before = if i == AMOUNT { room.saturating_sub(line_width(cell)) } else { 0 };
        let at = x.saturating_add(u16::try_from(before).unwrap_or(0));
        buffer.set_stringn(at, line.y, cell, room - before, style);
        x = x.saturating_add(u16::try_from(column + 1).unwrap_or(u16::MAX));
    }
}

/// The column that stands to the right.
const AMOUNT: usize = 4;
/// The column that takes what room is left.
const SHOP: usize = 5;

fn case(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect, open: &Open) {
    let lang = pen.state.look.lang;
    let block = pen.frame(open.case_id.as_str());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(view) = &open.view else {
        let words = pen.word("review.loading");
        frame.render_widget(Line::from(pen.span(words, Role::Dim)), inner);
        return;
    };
    let width = usize::from(inner.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let state: Option<CaseState> = view.state.parse().ok();
    lines.push(Line::from(vec![
        pen.span(state.map_or("", |state| texts::state(state, lang)), Role::Title),
        pen.span(format!("  {}", opened(pen, view)), Role::Text),
    ]));
    if let Some(held_by) = &open.held_by {
        let words = texts::worded("review.held", lang, &[("staff", held_by)]);
        lines.push(Line::from(pen.span(words, Role::Warn)));
    }
    if let Some(deciding) = &open.deciding {
        let key = if deciding.request.is_some() { "call.writing" } else { "call.unknown" };
        lines.push(Line::from(pen.span(pen.word(key), Role::Warn)));
    }
    lines.extend(facts(pen, view, width));
    if let Some(merchant) = &view.merchant
        && !(merchant.phone.is_empty() && merchant.address.is_empty())
    {
        let words =
            format!("{} {}  {}", pen.word("review.shop-at"), merchant.phone, merchant.address);
        lines.extend(
            wrapped(&words, width).into_iter().map(|l| Line::from(pen.span(l, Role::Text))),
        );
    }
    if let Some(coupon) = &view.coupon {
        let face = yen(coupon.face_value);
        let words = texts::worded("review.face", lang, &[("face", &face)]);
        lines.push(Line::from(pen.span(words, Role::Dim)));
    }
    for code in &view.reasons {
        if let Ok(reason) = code.parse::<Reason>() {
            let text = texts::reason(reason, lang);
            for part in wrapped(&format!("{}  {}", text.label, text.meaning), width) {
                lines.push(Line::from(pen.span(part, Role::Text)));
            }
        }
    }
    for (key, text) in [("call.other", &view.other), ("call.question", &view.question)] {
        if let Some(text) = text {
            for part in wrapped(&format!("{} {text}", pen.word(key)), width) {
                lines.push(Line::from(pen.span(part, Role::Warn)));
            }
        }
    }
    lines.push(Line::default());
    let room = usize::from(inner.height).saturating_sub(lines.len() + AFTER_EVIDENCE);
    let sale = (view.state == "review").then_some(open.sale);
    lines.extend(evidence::lines(pen, view, (width, room), sale));
    if view.approvable > 0 && view.state == "review" {
        let amount = yen(view.approvable);
        let words = texts::worded("review.approvable", lang, &[("amount", &amount)]);
        lines.push(Line::from(pen.span(words, Role::Money)));
    }
    let own = pen.state.person.as_ref().is_some_and(|p| p.staff_id.as_str() == view.opened_by);
    if own {
        lines.push(Line::from(pen.span(pen.word("review.own-case"), Role::Bad)));
    }
    lines.push(Line::default());
    let said = saying::of_case(view, &pen.state.settings, pen.state.now, lang);
    for part in wrapped(&format!("{} {said}", pen.word("call.say")), width) {
        lines.push(Line::from(pen.span(part, Role::Dim)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn opened(pen: Pen<'_>, view: &CaseView) -> String {
    let at = view.opened_at.to_string();
    let at = at.get(..16).unwrap_or(&at).replace('T', " ");
    let words = [("at", at.as_str()), ("staff", view.opened_by.as_str())];
    texts::worded("review.opened", pen.state.look.lang, &words)
}

/// The four facts in two lines, each with its mark.
fn facts(pen: Pen<'_>, view: &CaseView, width: usize) -> Vec<Line<'static>> {
    use crate::domain::verification::Fact as Held;
    let mark = |held: Held| match held {
        Held::Match => (pen.marks.agrees, Role::Good),
        Held::Differs => (pen.marks.differs, Role::Bad),
        Held::Unknown => (pen.marks.open, Role::Dim),
    };
    let shop = view.merchant.as_ref().map_or(&view.shop_said, |merchant| &merchant.name);
    let facts = &view.facts;
    let half = width / 2;
    let pair = |cells: [(&str, &str, Held); 2]| {
        let mut spans = Vec::new();
        for (label, text, held) in cells {
            let (mark, role) = mark(held);
            let label = format!("{} ", pen.word(label));
            let room = half.saturating_sub(super::text::line_width(&label) + 4);
            spans.push(pen.span(label, Role::Label));
            spans.push(pen.span(fit(text, room), Role::Text));
            spans.push(pen.span(fit(mark, 4), role));
        }
        Line::from(spans)
    };
    vec![
        pair([
            ("call.number", view.number_said.as_str(), facts.number),
            ("call.expiry", view.expiry_said.as_str(), facts.expiry),
        ]),
        pair([
            ("call.prefecture", view.prefecture_said.as_str(), facts.prefecture),
            ("call.shop", shop.as_str(), facts.shop),
        ]),
    ]
}
