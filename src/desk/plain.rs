//! The desk line by line, for screen readers: the same state and the same update, read out
//! as lines and answered with lines. A line goes into the field that is asked for; a line
//! that begins with `:` does an action by its name (`:help` lists them).

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc;

use super::action::{Action, Place};
use super::msg::Msg;
use super::player::Player;
use super::saying;
use super::session::Begin;
use super::state::call::{Check, Fact};
use super::state::over::{Confirm, Over};
use super::state::{Link, Screen, State};
use super::view::{evidence_text, shop_words};
use crate::domain::case::State as CaseState;
use crate::domain::text::for_terminal;
use crate::office::Office;
use crate::office::view::CaseView;
use crate::texts;

/// How many lines may wait.
const LINES: usize = 256;
/// The most rows of a list that are read out.
const ROWS: usize = 20;

/// Runs the desk on standard input and output until it is closed or the input ends.
///
/// # Errors
/// The terminal's own error.
pub async fn run(begin: &Begin, office: &Arc<Office>) -> io::Result<()> {
    let mut player = Player::new(begin, office, None);
    let mut lines = read_lines()?;
    let mut said: Vec<String> = Vec::new();
    while !player.state().closing {
        player.settle().await;
        said = read_out(player.state(), &said)?;
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => take_line(&mut player, &line),
                None => player.take(Msg::HangUp),
            },
            () = player.idle() => {}
        }
    }
    player.finish().await;
    Ok(())
}

fn read_lines() -> io::Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::Builder::new().name("lines".to_owned()).spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// A line is an action, or a text and Enter.
fn take_line(player: &mut Player, line: &str) {
    let line = line.trim_end_matches(['\r', '\n']);
    if let Some(id) = line.trim().strip_prefix(':') {
        match Action::of_id(id.trim()) {
            Some(action) if action.at(player.state().place()) => player.act(action),
            _ => {
                let words = [("action", id.trim())];
                let words = texts::worded("plain.no-action", player.state().look.lang, &words);
                let _ = writeln!(io::stdout(), "{}", for_terminal(&words));
            }
        }
        return;
    }
    if !line.is_empty() {
        // A line replaces what its field held.
        if player.state().place() == Place::Call {
            player.press(KeyCode::End);
            let clear = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
            player.take(Msg::Key(clear));
        }
        player.take(Msg::Paste(line.to_owned()));
        // The shops are read out first; an empty line takes the first of them.
        let call = &player.state().call;
        if player.state().place() == Place::Call
            && call.focus == Fact::Shop
            && call.chosen.is_none()
        {
            return;
        }
    }
    player.press(KeyCode::Enter);
}

/// Reads out what has changed since the last time, and what is asked for.
fn read_out(state: &State, before: &[String]) -> io::Result<Vec<String>> {
    let lines = describe(state);
    let mut out = io::stdout().lock();
    for line in lines.iter().filter(|line| !before.contains(line)) {
        writeln!(out, "{}", for_terminal(line))?;
    }
    out.flush()?;
    Ok(lines)
}

/// The screen in words.
#[must_use]
pub fn describe(state: &State) -> Vec<String> {
    let lang = state.look.lang;
    let word = |key: &str| texts::word(key, lang).to_owned();
    let mut lines = Vec::new();
    if let Link::Down(_) = state.link {
        lines.push(word("link.down"));
    }
    lines.extend(state.notice.as_ref().map(|notice| notice.text.clone()));
    if let Some(over) = &state.over {
        lines.extend(describe_over(state, over));
        return lines;
    }
    if state.person.is_none() || state.locked {
        lines.extend(describe_sign_in(state));
        return lines;
    }
    match state.screen {
        Screen::Call => lines.extend(describe_call(state)),
        Screen::Review => match &state.review.open {
            Some(open) => {
                lines.extend(open.view.iter().flat_map(|view| describe_case(state, view)));
            }
            None => {
                let shown = state.review.shown.iter().filter_map(|i| state.review.rows.get(*i));
                lines.extend(shown.take(ROWS).enumerate().map(|(i, row)| {
                    let here = if i == state.review.selected { "> " } else { "" };
                    let reason = row.reasons.first().and_then(|code| code.parse().ok());
                    let label = reason.map_or("", |r| texts::reason(r, lang).label.as_str());
                    format!("{here}{} {} {label} {}", row.case_id, row.state, row.shop)
                }));
                lines.push(word(if state.review.rows.is_empty() {
                    "review.empty"
                } else {
                    "plain.queue"
                }));
            }
        },
        Screen::Board => {
            for open in state.board.iter().flat_map(|board| &board.open) {
                lines.push(format!("{} {}", open.state, open.cases));
            }
        }
    }
    lines
}

fn describe_sign_in(state: &State) -> Vec<String> {
    let word = |key: &str| texts::word(key, state.look.lang).to_owned();
    let mut lines: Vec<String> = state.sign_in.wrong.iter().cloned().collect();
    if !state.demo.is_empty() && !state.locked {
        lines.push(word("plain.demo"));
        for (i, (id, name)) in state.demo.iter().enumerate() {
            let here = if i == state.sign_in.chosen { "> " } else { "" };
            lines.push(format!("{here}{id} {name}"));
        }
    }
    let key = match (state.locked, state.sign_in.on_password) {
        (true, _) => "sign-in.unlock",
        (false, true) => "sign-in.password",
        (false, false) => "sign-in.staff",
    };
    lines.push(word(key));
    lines
}

fn describe_call(state: &State) -> Vec<String> {
    let lang = state.look.lang;
    let call = &state.call;
    let year = state.settings.campaign.year();
    let mut lines = Vec::new();
    let names = ["call.number", "call.expiry", "call.prefecture", "call.shop"];
    for (fact, name) in Fact::ALL.into_iter().zip(names) {
        let text = call.field(fact).text();
        if text.is_empty() {
            continue;
        }
        let check = match call.check(fact, year) {
            Check::Agrees => "plain.agrees",
            Check::Near => "plain.near",
            Check::Differs => "plain.differs",
            Check::Open => "plain.open",
        };
        lines.push(format!("{}: {text}: {}", texts::word(name, lang), texts::word(check, lang)));
    }
    if call.chosen.is_none() && call.case.is_none() && !call.shop.is_blank() {
        for (i, shop) in call.list.shops.iter().take(5).enumerate() {
            lines.push(format!("{}. {} {}", i + 1, shop.name, shop_words(shop)));
        }
        lines.push(texts::word("plain.shops", lang).to_owned());
    }
    if call.view().is_none() {
        lines.extend(super::view::near_text(state));
    }
    match call.view() {
        Some(view) => lines.extend(describe_case(state, view)),
        None => lines.push(format!("{}: {}", texts::word("call.say", lang), saying::now(state))),
    }
    if let Some(pending) = &call.pending {
        let key = if pending.unknown { "call.unknown" } else { "call.writing" };
        lines.push(texts::word(key, lang).to_owned());
    }
    lines
}

fn describe_case(state: &State, view: &CaseView) -> Vec<String> {
    let lang = state.look.lang;
    let name = view.state.parse::<CaseState>().map_or("", |state| texts::state(state, lang));
    let case = view.case.clone().unwrap_or_else(|| texts::word("call.not-open", lang).to_owned());
    let mut lines = vec![format!("{case}: {name}")];
    for code in &view.reasons {
        // That the records agree does not mean that it can be put back now.
        let told = view.state == "matched" || code != "M00_MATCHED";
        if let Some(reason) = code.parse().ok().filter(|_| told) {
            let text = texts::reason(reason, lang);
            lines.push(format!("{}: {}", text.label, text.meaning));
        }
    }
    lines.extend(evidence_text(state, view));
    let said = saying::of_case(view, &state.settings, state.now, lang);
    lines.push(format!("{}: {said}", texts::word("call.say", lang)));
    lines
}

fn describe_over(state: &State, over: &Over) -> Vec<String> {
    let lang = state.look.lang;
    let word = |key: &str| texts::word(key, lang).to_owned();
    match over {
        Over::Help(_) => {
            let mut lines = vec![word("plain.help")];
            lines.extend(Action::TABLE.iter().filter(|entry| entry.places != [Place::Over]).map(
                |entry| {
                    let text = texts::action(entry.id, lang);
                    format!(":{} {} {}", entry.id, text.label, text.help)
                },
            ));
            lines
        }
        Over::Page { lines, .. } => lines.clone(),
        Over::Palette { .. } => vec![word("plain.help")],
        Over::Confirm(confirm) => {
            let mut lines = match confirm {
                Confirm::Restore => super::view::restoring_text(state),
                Confirm::Withdraw => vec![word("confirm.withdraw")],
                Confirm::NewCall => vec![word("confirm.new-call")],
                Confirm::Quit => vec![word("confirm.quit")],
                Confirm::TakeSeat => vec![word("confirm.take-seat")],
            };
            lines.push(word("plain.confirm"));
            lines
        }
        Over::Write(write) => {
            let name = write.purpose.as_str();
            let mut lines = vec![write.asked(lang)];
            if write.fields.len() > 1 {
                lines.push(word(&format!("write.{name}.{}", write.focus + 1)));
            }
            lines.extend(write.wrong.clone());
            lines.push(word("plain.write"));
            lines
        }
    }
}
