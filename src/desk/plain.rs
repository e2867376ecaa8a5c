//! The desk line by line, for screen readers: the same state and the same update, read out
//! as lines and answered with lines. A line goes into the field that is asked for; a line
//! that begins with `:` does an action by its name (`:help` lists them).

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc;

use super::action::{Action, Place};
use super::msg::{Effect, Msg};
use super::runner::Runner;
use super::saying;
use super::state::call::Fact;
use super::state::over::{Confirm, Over};
use super::state::{Link, Screen, State};
use super::terminal::{Begin, desk_id};
use super::update::{act_on, update};
use super::view::evidence_text;
use crate::domain::case::State as CaseState;
use crate::domain::text::for_terminal;
use crate::office::Office;
use crate::office::view::CaseView;
use crate::texts;

/// How many messages may wait.
const MESSAGES: usize = 256;
/// How long answers are waited for before the next line is asked for.
const SETTLE: Duration = Duration::from_secs(5);
/// How long it must be quiet before what has changed is read out.
const QUIET: Duration = Duration::from_millis(150);
/// How long what was begun may take to be written when the desk closes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the desk on standard input and output until it is closed or the input ends.
///
/// # Errors
/// The terminal's own error.
pub async fn run(begin: &Begin, office: &Arc<Office>) -> io::Result<()> {
    let mut state = begin.state(office.now());
    state.training = office.is_training();
    let (sender, mut answers) = mpsc::channel(MESSAGES);
    let mut runner = Runner::new(Arc::clone(office), desk_id(), sender, state.look.lang);
    let mut lines = read_lines()?;
    let mut said: Vec<String> = Vec::new();
    while !state.closing {
        settle(&mut state, &mut runner, office, &mut answers).await;
        said = read_out(&state, &said)?;
        let message = tokio::select! {
            line = lines.recv() => line,
            () = clock(&mut state, &mut runner, office, &mut answers) => continue,
        };
        match message {
            Some(line) => take_line(&mut state, &mut runner, office, &line),
            None => take(&mut state, &mut runner, office, Msg::HangUp),
        }
    }
    runner.finish(PATIENCE).await;
    Ok(())
}

/// Lets the clock and the answers that come late reach the desk; it ends when something
/// worth reading out may have happened.
async fn clock(
    state: &mut State,
    runner: &mut Runner,
    office: &Office,
    answers: &mut mpsc::Receiver<Msg>,
) {
    tokio::select! {
        answer = answers.recv() => {
            if let Some(answer) = answer {
                take(state, runner, office, answer);
            }
        }
        () = tokio::time::sleep(Duration::from_secs(1)) => take(state, runner, office, Msg::Tick),
    }
}

fn read_lines() -> io::Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(MESSAGES);
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

fn take(state: &mut State, runner: &mut Runner, office: &Office, message: Msg) {
    let before = state.person.is_some();
    let effects = update(state, message, office.now());
    carry_out(state, runner, before, effects);
}

fn carry_out(state: &mut State, runner: &mut Runner, signed_in: bool, effects: Vec<Effect>) {
    if state.person.is_some() && !signed_in {
        runner.sign_in(state.person.clone());
    }
    for effect in effects {
        match effect {
            Effect::Close => state.closing = true,
            Effect::Copy(_) | Effect::Mouse(_) => {}
            effect => runner.run(effect),
        }
    }
    if state.person.is_none() && signed_in {
        runner.sign_in(None);
    }
}

/// A line is an action, or a text and Enter.
fn take_line(state: &mut State, runner: &mut Runner, office: &Office, line: &str) {
    let line = line.trim_end_matches(['\r', '\n']);
    if let Some(id) = line.trim().strip_prefix(':') {
        let before = state.person.is_some();
        match Action::of_id(id.trim()) {
            Some(action) if action.at(state.place()) => {
                let effects = act_on(state, action, office.now());
                carry_out(state, runner, before, effects);
            }
            _ => {
                let words = [("action", id.trim())];
                let words = texts::worded("plain.no-action", state.look.lang, &words);
                let _ = writeln!(io::stdout(), "{}", for_terminal(&words));
            }
        }
        return;
    }
    if !line.is_empty() {
        clear_field(state, runner, office);
        take(state, runner, office, Msg::Paste(line.to_owned()));
    }
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    if state.place() == Place::Call && state.call.focus == Fact::Shop && state.call.chosen.is_none()
    {
        // The list is read out first; an empty line takes its first shop.
        if !line.is_empty() {
            return;
        }
    }
    take(state, runner, office, Msg::Key(enter));
}

/// A line replaces what its field held.
fn clear_field(state: &mut State, runner: &mut Runner, office: &Office) {
    let clear = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
    if state.place() == Place::Call {
        take(state, runner, office, Msg::Key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE)));
        take(state, runner, office, Msg::Key(clear));
    }
}

/// Waits until everything that was asked for is answered, or for a while.
async fn settle(
    state: &mut State,
    runner: &mut Runner,
    office: &Office,
    answers: &mut mpsc::Receiver<Msg>,
) {
    let until = tokio::time::Instant::now() + SETTLE;
    loop {
        let patience = if waits(state) { SETTLE } else { QUIET };
        let next = (tokio::time::Instant::now() + patience).min(until);
        match tokio::time::timeout_at(next, answers.recv()).await {
            Ok(Some(answer)) => take(state, runner, office, answer),
            _ => return,
        }
    }
}

/// Whether an answer is on its way.
fn waits(state: &State) -> bool {
    use super::state::call::{Heard, Tried};
    let call = &state.call;
    state.sign_in.asking.is_some()
        || matches!(call.heard, Heard::Asking(..))
        || matches!(call.tried, Tried::Asking(..))
        || call.list.asking.is_some()
        || call.asking.is_some()
        || state.review.asking.is_some()
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
                lines.extend(shown.take(20).enumerate().map(|(i, row)| {
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
    use super::state::call::Check;
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
            lines.push(format!("{}. {} {} {}", i + 1, shop.name, shop.prefecture, shop.address));
        }
        lines.push(texts::word("plain.shops", lang).to_owned());
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
        if let Ok(reason) = code.parse() {
            let text = texts::reason(reason, lang);
            lines.push(format!("{}: {}", text.label, text.meaning));
        }
    }
    lines.extend(evidence_text(state, view));
    let said = saying::of_case(view, &state.settings, lang);
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
            let mut lines = vec![word(&format!("write.{name}"))];
            if write.fields.len() > 1 {
                lines.push(word(&format!("write.{name}.{}", write.focus + 1)));
            }
            lines.extend(write.wrong.clone());
            lines.push(word("plain.write"));
            lines
        }
    }
}
