//! Drawing. It reads the state and changes nothing; the same state always draws the same.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::action::Action;
use super::state::{Link, Screen, State};
use super::theme::{Marks, Role};
use crate::texts;

mod board;
mod call;
mod evidence;
mod over;
mod review;
mod sign_in;
pub mod text;

pub use call::shop_words;

use text::{cut, line_width};

/// The smallest size at which the desk can be used.
pub const SMALLEST: (u16, u16) = (80, 24);

/// The screen's parts.
struct Parts {
    bar: Rect,
    body: Rect,
    notice: Rect,
    footer: Rect,
}

/// The evidence of a case in lines of text.
#[must_use]
pub fn evidence_text(state: &State, view: &crate::office::view::CaseView) -> Vec<String> {
    let lines = evidence::lines(Pen::new(state), view, (76, usize::MAX), None);
    lines.iter().map(|line| line.to_string().trim().to_owned()).filter(|l| !l.is_empty()).collect()
}

/// What is read back before anything is put back, in lines of text.
#[must_use]
pub fn restoring_text(state: &State) -> Vec<String> {
    over::restoring(Pen::new(state)).into_iter().map(|(text, _)| text).collect()
}

/// The numbers near one that does not exist, in lines of text.
#[must_use]
pub fn near_text(state: &State) -> Vec<String> {
    let lines = call::near_lines(state).into_iter().map(|(text, _)| text);
    lines.filter(|text| !text.is_empty()).collect()
}

/// What every part of a screen is drawn with.
#[derive(Clone, Copy)]
pub(super) struct Pen<'a> {
    pub state: &'a State,
    pub marks: &'static Marks,
}

impl<'a> Pen<'a> {
    fn new(state: &'a State) -> Self {
        Self { state, marks: Marks::of(state.look.wide) }
    }

    pub(super) fn style(&self, role: Role) -> ratatui::style::Style {
        self.state.look.theme.style(role)
    }

    pub(super) fn span(&self, text: impl Into<String>, role: Role) -> Span<'static> {
        Span::styled(text.into(), self.style(role))
    }

    pub(super) fn word(&self, key: &str) -> &'static str {
        texts::word(key, self.state.look.lang)
    }

    pub(super) fn frame(&self, title: &str) -> Block<'static> {
        Block::bordered()
            .border_set(self.marks.frame)
            .border_style(self.style(Role::Dim))
            .title(Span::styled(format!(" {title} "), self.style(Role::Title)))
    }
}

/// Draws the whole screen, with the cursor where an input method shall open its window.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let pen = Pen::new(state);
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, pen, area);
    }
    let notice = notice_lines(pen, usize::from(area.width));
    let [bar, body, below, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(u16::try_from(notice.len()).unwrap_or(1)),
        Constraint::Length(1),
    ])
    .areas(area);
    let parts = Parts { bar, body, notice: below, footer };
    draw_bar(frame, pen, parts.bar);
    let signed_in = state.person.is_some() && !state.locked;
    let cursor = match state.screen {
        _ if !signed_in => sign_in::draw(frame, pen, parts.body),
        Screen::Call => call::draw(frame, pen, parts.body),
        Screen::Review => review::draw(frame, pen, parts.body),
        Screen::Board => board::draw(frame, pen, parts.body),
    };
    frame.render_widget(Paragraph::new(notice), parts.notice);
    draw_footer(frame, pen, parts.footer);
    let over = over::draw(frame, pen, parts.body);
    let cursor = if state.over.is_some() { over } else { cursor };
    if let Some(at) = cursor {
        frame.set_cursor_position(at);
    }
    if state.look.wide {
        plain_letters(frame.buffer_mut());
    }
}

/// Letters of the texts that the terminal would draw two columns wide, by ones it does not.
fn plain_letters(buffer: &mut ratatui::buffer::Buffer) {
    for cell in &mut buffer.content {
        let plain = match cell.symbol() {
            "“" | "”" => "\"",
            "‘" | "’" => "'",
            "…" => ".",
            "×" => "x",
            "↑" => "^",
            "↓" => "v",
            "→" | "›" => ">",
            "←" => "<",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}

fn too_small(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) {
    let (width, height) = (area.width.to_string(), area.height.to_string());
    let words = [("width", width.as_str()), ("height", height.as_str())];
    let text = texts::worded("screen.too-small", pen.state.look.lang, &words);
    // Paragraph's own wrapping puts half of a wide letter over the edge (ratatui 0.30.2).
    let width = usize::from(area.width);
    let lines = text::wrapped(&text, width).into_iter().map(|line| Line::from(cut(&line, width)));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// The bar at the top: the campaign, the hours, the deadline, who sits here.
fn draw_bar(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) {
    let state = pen.state;
    let campaign = &state.settings.campaign;
    let (hour, minute, _) = state.now.jst_hour_minute_second();
    let time = format!("{hour}:{minute:02}");
    let closes = campaign.hours.closes_minute;
    let until = format!("{}:{:02}", closes / 60, closes % 60);
    let open = campaign.hours.open_at(state.now);
    let hours = texts::worded(
        if open { "bar.open" } else { "bar.closed" },
        state.look.lang,
        &[("time", &time), ("until", &until)],
    );
    let left = campaign.extended_expiry.signed_duration_since(state.now.jst_day()).num_days();
    let day = text::short_day(campaign.extended_expiry);
    let days = left.to_string();
    let deadline = texts::worded(
        if left >= 0 { "bar.deadline" } else { "bar.deadline-over" },
        state.look.lang,
        &[("day", &day), ("days", &days)],
    );
    let person = state.person.as_ref().map_or(String::new(), |person| {
        let role = pen.word(&format!("role.{}", person.role.as_str()));
        if state.locked { role.to_owned() } else { format!("{} {role}", person.name.expose()) }
    });
    let mut right =
        if state.ready { format!("{hours}  {deadline}  {person} ") } else { String::new() };
    let bar = pen.style(Role::Bar);
    let mut left = format!(" {} ", pen.word("bar.name"));
    if state.training {
        left.push_str(pen.word("bar.training"));
        left.push(' ');
    }
    let width = usize::from(area.width);
    right = cut(&right, width.saturating_sub(line_width(&left)));
    let room = width.saturating_sub(line_width(&left) + line_width(&right));
    let name = cut(&format!(" {}", campaign.name), room.saturating_sub(1));
    let gap = " ".repeat(room.saturating_sub(line_width(&name)));
    frame.render_widget(Line::styled(format!("{left}{name}{gap}{right}"), bar), area);
}

/// The line above the footer, two where it is long: what has just happened, or that the line is down.
fn notice_lines(pen: Pen<'_>, width: usize) -> Vec<Line<'static>> {
    let state = pen.state;
    let line = if let Link::Down(since) = state.link {
        let seconds = state.now.since(since).num_seconds().max(0).to_string();
        let key = if state.read_only { "link.read-only" } else { "link.waiting" };
        let text = texts::worded(key, state.look.lang, &[("seconds", &seconds)]);
        pen.span(format!("{} {text}", pen.marks.differs), Role::Bad)
    } else if let Some(notice) = &state.notice {
        let (mark, role) = if notice.grave {
            (pen.marks.differs, Role::Warn)
        } else {
            (pen.marks.agrees, Role::Good)
        };
        pen.span(format!("{mark} {}", notice.text), role)
    } else if let Some(off) = state.clock_off {
        let key = if off > 0 { "link.clock-ahead" } else { "link.clock-behind" };
        let seconds = off.abs().to_string();
        let text = texts::worded(key, state.look.lang, &[("seconds", &seconds)]);
        pen.span(format!("{} {text}", pen.marks.differs), Role::Warn)
    } else if let Some(count) = questions(state) {
        let count = count.to_string();
        let key = state.keymap.keys(Action::ReviewScreen);
        let words = [("count", count.as_str()), ("key", key.as_str())];
        let words = texts::worded("tell.questions", state.look.lang, &words);
        pen.span(format!("{} {words}", pen.marks.near), Role::Warn)
    } else if state.ready && !state.settings.campaign.hours.open_at(state.now) {
        pen.span(pen.word("bar.out-of-hours"), Role::Warn)
    } else {
        return vec![Line::default()];
    };
    let parts = text::wrapped(&line.content, width).into_iter().take(2);
    parts.map(|part| Line::styled(part, line.style)).collect()
}

/// How many of the operator's cases have a supervisor's question, if any.
fn questions(state: &State) -> Option<usize> {
    if !state.review.own || state.locked {
        return None;
    }
    let count = state.review.rows.iter().filter(|row| row.question).count();
    (count > 0).then_some(count)
}

/// The keys of this place, as many as there is room for.
fn draw_footer(frame: &mut Frame<'_>, pen: Pen<'_>, area: Rect) {
    let state = pen.state;
    let place = state.place();
    let mut spans = Vec::new();
    let mut used = 0;
    // The way to all the other keys comes first: there is not always room for all of them.
    let help = Action::TABLE.iter().filter(|entry| entry.action == Action::Help);
    let rest = Action::TABLE.iter().filter(|entry| entry.action != Action::Help);
    for entry in help.chain(rest) {
        if !entry.footer || !entry.places.contains(&place) || !shown_here(state, entry.action) {
            continue;
        }
        let Some(key) = state.keymap.key(entry.action) else { continue };
        let label = texts::action(entry.id, state.look.lang).label;
        let width = line_width(&key) + line_width(&label) + 2;
        if used + width > usize::from(area.width) {
            break;
        }
        used += width;
        spans.push(pen.span(key, Role::Key));
        spans.push(pen.span(format!("{label}  "), Role::Text));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Whether the footer has a use for the action now.
fn shown_here(state: &State, action: Action) -> bool {
    use crate::domain::staff::Permission;
    match action {
        Action::BoardScreen => state.may(Permission::ReadEverything),
        _ => true,
    }
}

/// Where the cursor goes in a field that is drawn at `area`.
pub(super) fn cursor_in(area: Rect, column: usize) -> Position {
    let column = u16::try_from(column).unwrap_or(u16::MAX);
    let last = area.width.saturating_sub(1);
    Position::new(area.x + column.min(last), area.y)
}
