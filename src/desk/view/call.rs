//! The call screen: the four facts, the evidence beside them, and what to say.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::text::{cut, fit, line_width, wrapped};
use super::{Pen, cursor_in, evidence};
use crate::desk::action::Action;
use crate::desk::saying;
use crate::desk::state::State;
use crate::desk::state::call::{Call, Check, Fact, Heard, Tried};
use crate::desk::theme::Role;
use crate::domain::case::State as CaseState;
use crate::domain::day;
use crate::domain::number::InquiryNumber;
use crate::domain::reason::Reason;
use crate::office::coupon::ClassA;
use crate::office::shop::RankedShop;
use crate::texts::{self, Lang};

/// The width of a label: お問い合わせ番号.
const LABEL: usize = 17;
/// The width of a mark.
const MARK: usize = 3;
/// The least height of what is said, with its frame.
const SAY: u16 = 6;
/// What the facts and the evidence keep, however much is said.
const UPPER: u16 = 12;

pub fn draw(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    let said = said(pen, usize::from(area.width.saturating_sub(2)));
    let high = u16::try_from(said.len()).unwrap_or(u16::MAX).saturating_add(2);
    let say = high.clamp(SAY, area.height.saturating_sub(UPPER).max(SAY));
    let [upper, say] = Layout::vertical([Constraint::Min(0), Constraint::Length(say)]).areas(area);
    let half = (area.width * 48 / 100).clamp(38, 58);
    let [left, right] =
        Layout::horizontal([Constraint::Length(half), Constraint::Min(0)]).areas(upper);
    let cursor = facts(frame, pen, left);
    beside(frame, pen, right);
    let block = pen.frame(pen.word("call.say"));
    let inner = block.inner(say);
    frame.render_widget(block, say);
    frame.render_widget(Paragraph::new(said), inner);
    cursor
}

fn facts(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) -> Option<Position> {
    let block = pen.frame(pen.word("call.facts"));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let call = &pen.state.call;
    let year = pen.state.settings.campaign.year();
    let mut y = inner.y;
    let mut cursor = None;
    for fact in Fact::ALL {
        if y >= inner.bottom() {
            break;
        }
        let check = call.check(fact, year);
        let focused = call.focus == fact;
        let line = Rect { x: inner.x, y, width: inner.width, height: 1 };
        let field_width = usize::from(inner.width).saturating_sub(LABEL + MARK);
        let field = call.field(fact);
        // A line that is not being typed is read from its beginning.
        let still = !focused || (fact == Fact::Shop && call.chosen.is_some());
        let (text, column) = if still {
            (field.text().to_owned(), line_width(field.text()))
        } else {
            field.shown(field_width)
        };
        let (mark, role) = mark(pen, check);
        let spans = vec![
            pen.span(fit(pen.word(label(fact)), LABEL), Role::Label),
            pen.span(fit(&text, field_width), if focused { Role::Focus } else { Role::Text }),
            pen.span(format!(" {mark}"), role),
        ];
        frame.render_widget(Line::from(spans), line);
        if focused {
            let at = Rect {
                x: inner.x + u16::try_from(LABEL).unwrap_or(0),
                width: u16::try_from(field_width).unwrap_or(1),
                ..line
            };
            cursor = Some(cursor_in(at, column));
        }
        y += 1;
        let echo = echo(pen, fact, check);
        let role = if check == Check::Differs { Role::Bad } else { Role::Dim };
        let echo = wrapped(&echo, usize::from(inner.width).saturating_sub(2));
        for part in echo.into_iter().filter(|part| !part.is_empty()).take(3) {
            if y < inner.bottom() {
                let line = Rect { y, ..line };
                frame.render_widget(Line::from(pen.span(format!("  {part}"), role)), line);
                y += 1;
            }
        }
    }
    let rest = Rect { y, height: inner.bottom().saturating_sub(y), ..inner };
    shops(frame, pen, rest);
    cursor
}

const fn label(fact: Fact) -> &'static str {
    match fact {
        Fact::Number => "call.number",
        Fact::Expiry => "call.expiry",
        Fact::Prefecture => "call.prefecture",
        Fact::Shop => "call.shop",
    }
}

fn mark(pen: Pen<'_>, check: Check) -> (&'static str, Role) {
    match check {
        Check::Agrees => (pen.marks.agrees, Role::Good),
        Check::Near => (pen.marks.near, Role::Warn),
        Check::Differs => (pen.marks.differs, Role::Bad),
        Check::Open => (pen.marks.open, Role::Dim),
    }
}

/// What a fact was understood as, or what is wrong with it.
fn echo(pen: Pen<'_>, fact: Fact, check: Check) -> String {
    let state = pen.state;
    let call = &state.call;
    let lang = state.look.lang;
    match fact {
        Fact::Number => match &call.heard {
            Heard::Asking(..) => pen.word("call.asking").to_owned(),
            Heard::Unknown(_) => pen.word("call.number-unknown").to_owned(),
            Heard::Known(number, _) => saying::read_back(number, lang),
            Heard::Nothing => String::new(),
        },
        Fact::Expiry if call.expiry.is_blank() => String::new(),
        Fact::Expiry => match call.expiry_read(state.settings.campaign.year()) {
            Ok(day) => texts::pick(lang, &day::echo(day), &day::echo_en(day)),
            // While somebody types, a text is no day yet.
            Err(_) if call.focus == Fact::Expiry => String::new(),
            Err(error) => texts::pick(lang, &error.message_ja(), &error.to_string()),
        },
        Fact::Prefecture if call.prefecture.is_blank() => String::new(),
        Fact::Prefecture => match call.prefecture_read() {
            Some(prefecture) if call.prefecture.text() == prefecture.name() => String::new(),
            Some(prefecture) => texts::pick(lang, prefecture.name(), prefecture.romaji()),
            None if call.focus == Fact::Prefecture => String::new(),
            None => pen.word("call.prefecture-unknown").to_owned(),
        },
        Fact::Shop => match (&call.chosen, check) {
            (Some(shop), Check::Differs) => {
                let shop = shop_words(shop);
                texts::worded("call.shop-differs", lang, &[("shop", &shop)])
            }
            (Some(shop), _) => shop_words(shop),
            (None, _) if call.no_shop => pen.word("call.shop-unknown").to_owned(),
            (None, _) => String::new(),
        },
    }
}

/// Where a shop is. An address often begins with its prefecture: once is enough.
pub fn shop_words(shop: &RankedShop) -> String {
    let address = shop.address.trim();
    let rest = address.strip_prefix(shop.prefecture).unwrap_or(address);
    format!("{} {}", shop.prefecture, rest.trim_start())
}

/// The shops that fit, best first, with what fits underlined.
fn shops(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) {
    let call = &pen.state.call;
    if call.chosen.is_some() || call.case.is_some() {
        return;
    }
    let width = usize::from(area.width);
    let name_width = (width * 6 / 10).max(10);
    let count = call.list.shops.len();
    if count == 0 {
        return;
    }
    let room = usize::from(area.height);
    let first = call.list.selected.saturating_sub(room.saturating_sub(1));
    let here_said = call.prefecture_read().map_or("", crate::domain::prefecture::Prefecture::name);
    for (line, i) in (first..=count).take(room).enumerate() {
        let selected = i == call.list.selected;
        let here = if selected { pen.marks.here } else { " " };
        let role = if selected { Role::Selected } else { Role::Text };
        let mut spans = vec![pen.span(format!(" {here} "), role)];
        if let Some(shop) = call.list.shops.get(i) {
            spans.extend(underlined(pen, shop, name_width, role));
            // Where every shop is in the prefecture that was said, its name tells nothing.
            let place = shop_words(shop);
            let place = place.strip_prefix(here_said).unwrap_or(&place).trim_start();
            let place = fit(&format!(" {place}"), width.saturating_sub(name_width + 3));
            spans.push(pen.span(place, if selected { Role::Selected } else { Role::Dim }));
        } else {
            let none = fit(pen.word("call.none-of-these"), width.saturating_sub(3));
            spans.push(pen.span(none, role));
        }
        let y = area.y + u16::try_from(line).unwrap_or(0);
        frame.render_widget(Line::from(spans), Rect { y, height: 1, ..area });
    }
}

/// A shop's name with the letters that fit what was typed underlined.
fn underlined(pen: Pen<'_>, shop: &RankedShop, width: usize, role: Role) -> Vec<Span<'static>> {
    let plain = pen.style(role);
    let marked = plain.patch(pen.style(Role::Found));
    let shown = cut(&shop.name, width);
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (at, letter) in shown.chars().enumerate() {
        let found = u32::try_from(at).is_ok_and(|at| shop.matched.contains(&at));
        let style = if found { marked } else { plain };
        match spans.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push(letter),
            _ => spans.push(Span::styled(letter.to_string(), style)),
        }
    }
    let gap = width.saturating_sub(line_width(&shown));
    spans.push(Span::styled(" ".repeat(gap), plain));
    spans
}

/// What stands beside the facts: the evidence, once all four are there.
fn beside(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) {
    let state = pen.state;
    let call = &state.call;
    let lang = state.look.lang;
    let block = pen.frame(pen.word("call.evidence"));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    if let Some(view) = call.view() {
        lines.push(Line::from(headline(pen, view)));
        for code in &view.reasons {
            let reason: Option<Reason> = code.parse().ok();
            let open = view.state == "matched";
            if let Some(reason) = reason.filter(|reason| *reason != Reason::Matched || open) {
                let text = texts::reason(reason, lang);
                for part in wrapped(&format!("{} {}", text.label, text.meaning), width) {
                    lines.push(Line::from(pen.span(part, Role::Text)));
                }
            }
        }
        if let Some(question) = &view.question {
            let words = format!("{} {question}", pen.word("call.question"));
            for part in wrapped(&words, width) {
                lines.push(Line::from(pen.span(part, Role::Warn)));
            }
        }
        let after = usize::from(view.callback.is_some()) + usize::from(view.supplement > 0);
        let room = usize::from(inner.height).saturating_sub(lines.len() + after);
        lines.extend(evidence::lines(pen, view, (width, room), None));
        if let Some(callback) = &view.callback {
            let due = super::text::short_time(callback.due_at);
            let words = [("at", due.as_str()), ("phone", callback.phone_masked.as_str())];
            let words = texts::worded("call.call-back", lang, &words);
            lines.push(Line::from(pen.span(words, Role::Warn)));
        }
        if view.supplement > 0 {
            let amount = super::text::yen(view.supplement);
            let words = texts::worded("evidence.supplement", lang, &[("amount", &amount)]);
            lines.push(Line::from(pen.span(words, Role::Warn)));
        }
    } else {
        let words = match &call.tried {
            Tried::Asking(..) => pen.word("call.verifying").to_owned(),
            Tried::Refused(_, sentence, _) => format!("{} {}", sentence.message, sentence.next),
            _ if near_asked(call) => String::new(),
            _ => beside_facts(pen),
        };
        lines
            .extend(wrapped(&words, width).into_iter().map(|l| Line::from(pen.span(l, Role::Dim))));
    }
    if call.view().is_none() {
        for (text, role) in near_lines(state) {
            let parts = wrapped(&text, width).into_iter();
            lines.extend(parts.map(|part| Line::from(pen.span(part, role))));
        }
    }
    if let Some(note) = &call.note {
        let words = format!("{} {note}", pen.word("call.note-waits"));
        for part in wrapped(&words, width) {
            lines.push(Line::from(pen.span(part, Role::Dim)));
        }
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Whether it is known which numbers are near the one that does not exist.
fn near_asked(call: &Call) -> bool {
    let near = &call.near;
    let answered = near.asked.is_some() && near.asking.is_none() && !near.unknown;
    answered && matches!(call.heard, Heard::Unknown(_))
}

/// The numbers near one that does not exist, and what to do with them.
pub fn near_lines(state: &State) -> Vec<(String, Role)> {
    if !near_asked(&state.call) {
        return Vec::new();
    }
    let lang = state.look.lang;
    let near = &state.call.near.numbers;
    if near.is_empty() {
        let key = state.keymap.keys(Action::HandOver);
        return vec![(texts::worded("call.near-none", lang, &[("key", &key)]), Role::Text)];
    }
    let mut lines = vec![(texts::word("call.near", lang).to_owned(), Role::Warn)];
    lines.extend(near.iter().map(|near| {
        let number = InquiryNumber::fold(&near.inquiry_number);
        let number = number.map(|number| number.grouped()).unwrap_or_default();
        (format!("{number}  {}", near.why), Role::Title)
    }));
    let key = state.keymap.keys(Action::NearNumber);
    lines.push((texts::worded("call.near-next", lang, &[("key", &key)]), Role::Text));
    lines
}

/// What stands beside the facts before all four are in: for a class A coupon, that it
/// needs no call.
fn beside_facts(pen: Pen<'_>) -> String {
    let call = &pen.state.call;
    let year = pen.state.settings.campaign.year();
    let class_a = call.known().is_some_and(|known| known.class_a != ClassA::No);
    let first = pen.word("call.facts-first");
    if class_a && call.three_agree(year) {
        format!("{} {first}", pen.word("call.class-a"))
    } else {
        first.to_owned()
    }
}

/// The case's number and where it stands.
fn headline(pen: Pen<'_>, view: &crate::office::view::CaseView) -> Vec<Span<'static>> {
    let lang = pen.state.look.lang;
    let state: Option<CaseState> = view.state.parse().ok();
    let name = state.map_or("", |state| texts::state(state, lang));
    let role = match state {
        Some(CaseState::Matched | CaseState::Restored) => Role::Good,
        Some(CaseState::Declined | CaseState::Contradicted | CaseState::Reversed) => Role::Bad,
        _ => Role::Warn,
    };
    let case = view.case.clone().unwrap_or_else(|| pen.word("call.not-open").to_owned());
    vec![pen.span(format!("{case}  "), Role::Title), pen.span(name, role)]
}

/// What is read to the caller, `width` columns wide, and above it what is under way.
fn said(pen: Pen<'_>, width: usize) -> Vec<Line<'static>> {
    let state = pen.state;
    let said = saying::now(state);
    let said = match state.look.lang {
        Lang::Ja => format!("「{said}」"),
        Lang::En => format!("“{said}”"),
    };
    let busy = busy(pen, state);
    let mut lines: Vec<Line<'static>> = wrapped(&said, width)
        .into_iter()
        .map(|line| Line::from(pen.span(line, Role::Say)))
        .collect();
    if let Some(busy) = busy {
        lines.insert(0, Line::from(busy));
    }
    lines
}

/// A write under way, or one whose outcome is not known.
fn busy(pen: Pen<'_>, state: &State) -> Option<Span<'static>> {
    let pending = state.call.pending.as_ref()?;
    Some(if pending.unknown {
        pen.span(pen.word("call.unknown"), Role::Bad)
    } else {
        pen.span(pen.word("call.writing"), Role::Warn)
    })
}
