//! The evidence beside the claim: the settlements, the shop's sales, which belong
//! together, the sum in one line, and what will change.

use ratatui::text::Line;

use super::Pen;
use super::text::{fit, line_width, short_day, wrapped, yen};
use crate::desk::state::Screen;
use crate::desk::theme::Role;
use crate::domain::time::Instant;
use crate::office::view::CaseView;
use crate::texts;

/// The width of the settlements' column.
const LEFT: usize = 16;
/// The width of what stands between the two columns.
const BETWEEN: usize = 6;

fn clock(at: Instant) -> String {
    let (hour, minute, second) = at.jst_hour_minute_second();
    format!("{hour:02}:{minute:02}:{second:02}")
}

fn short_clock(at: Instant) -> String {
    let (hour, minute, _) = at.jst_hour_minute_second();
    format!("{hour:02}:{minute:02}")
}

/// The lines, so many columns wide and lines high: where there is no room for all of the
/// records, the sum and what will change stay. `sale` is the sale under the cursor, where
/// there is one.
pub fn lines(
    pen: Pen<'_>,
    view: &CaseView,
    (width, height): (usize, usize),
    sale: Option<usize>,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if view.coupon.is_none() {
        return lines;
    }
    let right = width.saturating_sub(LEFT + BETWEEN);
    lines.push(Line::from(vec![
        pen.span(fit(pen.word("evidence.settlements"), LEFT + BETWEEN), Role::Label),
        pen.span(fit(pen.word("evidence.sales"), right), Role::Label),
    ]));
    let count = view.settlements.len().max(view.sales.len());
    let below: Vec<Line<'static>> =
        sum(pen, view, width).into_iter().chain(change(pen, view)).collect();
    // The headings, an empty line, and how many more there are.
    let room = height.saturating_sub(below.len() + 3).clamp(1, MAX_LINES);
    let rows = |i| row(pen, view, i, right, sale);
    // The sale under the cursor is among those shown.
    let first = sale.map_or(0, |sale| (sale + 1).saturating_sub(room));
    let mut shown = 0;
    for i in first..count {
        let row = rows(i);
        let under_cursor = sale == Some(i);
        if lines.len() + row.len() > room + 1 && shown > 0 && !under_cursor {
            break;
        }
        lines.extend(row);
        shown += 1;
    }
    if count > shown {
        let more = (count - shown).to_string();
        let more = texts::worded("evidence.more", pen.state.look.lang, &[("count", &more)]);
        lines.push(Line::from(pen.span(more, Role::Dim)));
    }
    if count == 0 {
        lines.push(Line::from(pen.span(pen.word("evidence.none"), Role::Dim)));
    }
    lines.push(Line::default());
    lines.extend(below);
    lines
}

/// The most settlements or sales that are shown.
const MAX_LINES: usize = 12;

fn row(
    pen: Pen<'_>,
    view: &CaseView,
    i: usize,
    right: usize,
    sale: Option<usize>,
) -> Vec<Line<'static>> {
    let mut spans = Vec::new();
    let settlement = view.settlements.get(i);
    let other = view.sales.get(i);
    match settlement {
        Some(settlement) => {
            let text = format!("{} {:>7}", clock(settlement.settled_at), yen(settlement.amount));
            let role = if settlement.restore { Role::Money } else { Role::Text };
            // An amount is never cut: a large one takes of what stands behind it.
            let left = line_width(&text).max(LEFT);
            spans.push(pen.span(fit(&text, left), role));
            let joined = other.is_some_and(|sale| sale.linked) && !settlement.restore;
            let between = if settlement.restore {
                format!("{}{}", pen.marks.back, pen.word("evidence.back"))
            } else if settlement.restored > 0 {
                pen.word("evidence.restored").to_owned()
            } else if joined {
                pen.marks.joined.to_owned()
            } else {
                String::new()
            };
            let role = if settlement.restore { Role::Money } else { Role::Dim };
            spans.push(pen.span(fit(&between, (LEFT + BETWEEN).saturating_sub(left)), role));
        }
        None => spans.push(pen.span(" ".repeat(LEFT + BETWEEN), Role::Text)),
    }
    if let Some(shown) = other {
        let words = format!(
            "{}{} {}{}",
            if sale == Some(i) { pen.marks.here } else { "" },
            short_clock(shown.sold_at),
            pen.word("evidence.total"),
            yen(shown.total),
        );
        let mut cash = format!("{}{}", pen.word("evidence.cash"), yen(shown.cash));
        if !shown.linked {
            cash = format!("{cash} {}", pen.word("evidence.unnamed"));
        }
        let role = match (sale == Some(i), shown.linked) {
            (true, _) => Role::Selected,
            (false, true) => Role::Text,
            (false, false) => Role::Dim,
        };
        let both = format!("{words} {cash}");
        // Where there is no room beside it, the cash stands below.
        if line_width(&both) > right {
            spans.push(pen.span(fit(&words, right), role));
            let gap = pen.span(" ".repeat(LEFT + BETWEEN), Role::Text);
            let cash = pen.span(fit(&format!("  {cash}"), right), role);
            return vec![Line::from(spans), Line::from(vec![gap, cash])];
        }
        spans.push(pen.span(fit(&both, right), role));
    }
    vec![Line::from(spans)]
}

/// What was paid, less what was sold: the rule in one line.
fn sum(pen: Pen<'_>, view: &CaseView, width: usize) -> Vec<Line<'static>> {
    let Some(over) = view.over else { return Vec::new() };
    let settled: i64 = view.settlements.iter().map(|s| s.amount.saturating_sub(s.restored)).sum();
    let linked = || view.sales.iter().filter(|sale| sale.linked);
    let cash: i64 = linked().map(|sale| sale.cash).sum();
    let sold: i64 = linked().map(|sale| sale.total).sum();
    // A case that is done shows what it did; the records have moved on since.
    if view.restored > 0 {
        let (amount, excess) = (yen(view.restored), yen(view.excess));
        let key = if view.excess > 0 { "evidence.excess" } else { "evidence.done" };
        let words = [("amount", amount.as_str()), ("excess", excess.as_str())];
        let words = texts::worded(key, pen.state.look.lang, &words);
        return vec![Line::from(pen.span(words, Role::Money))];
    }
    let role = if over > 0 { Role::Money } else { Role::Text };
    let (paid, sold, over) = (yen(settled.saturating_add(cash)), yen(sold), yen(over));
    let words = [
        ("paid", paid.as_str()),
        ("sold", sold.as_str()),
        ("over", over.as_str()),
        ("minus", pen.marks.minus),
    ];
    let words = texts::worded("evidence.sum", pen.state.look.lang, &words);
    wrapped(&words, width).into_iter().map(|part| Line::from(pen.span(part, role))).collect()
}

/// What a restoration would change on the coupon.
fn change(pen: Pen<'_>, view: &CaseView) -> Vec<Line<'static>> {
    let Some(coupon) = &view.coupon else { return Vec::new() };
    let lang = pen.state.look.lang;
    // An operator is promised nothing that a supervisor has yet to decide.
    let reviews = pen.state.screen == Screen::Review && view.state == "review";
    let amount = if reviews { view.approvable } else { view.restorable };
    let Ok(expires) = coupon.expires_on.parse::<chrono::NaiveDate>() else { return Vec::new() };
    if amount == 0 || view.restored > 0 {
        let balance = yen(coupon.balance);
        let day = short_day(expires);
        let words = [("day", day.as_str()), ("balance", balance.as_str())];
        return vec![Line::from(
            pen.span(texts::worded("evidence.as-is", lang, &words), Role::Text),
        )];
    }
    let extended = expires.max(pen.state.settings.campaign.extended_expiry);
    let (from, until) = (short_day(expires), short_day(extended));
    let balance = yen(coupon.balance);
    let after = yen(coupon.balance.saturating_add(amount));
    let words = [
        ("from", from.as_str()),
        ("until", until.as_str()),
        ("to", pen.marks.to),
        ("balance", balance.as_str()),
        ("after", after.as_str()),
    ];
    vec![
        Line::from(pen.span(texts::worded("evidence.expiry", lang, &words), Role::Text)),
        Line::from(pen.span(texts::worded("evidence.balance", lang, &words), Role::Text)),
    ]
}
