//! What happens when something has happened: `update(state, msg, now) -> effects`. Nothing
//! here reads a clock, a file or the database.

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::domain::staff::Permission;
use crate::domain::time::Instant;
use crate::texts::{self, Lang, refusal};

use super::action::{Action, Place};
use super::keymap::Key;
use super::msg::{Answer, Effect, Failed, Msg};
use super::state::call::Draft;
use super::state::over::{Confirm, Over};
use super::state::{Link, Screen, State};

mod call;
mod near;
mod over;
mod pending;
mod review;
mod shops;
mod sign_in;

pub use over::offered;

/// How often a desk says that its person is still here, and renews what it holds.
const BEAT_SECONDS: i64 = 30;
/// How often an operator's own list is read again behind a call.
const LIST_EVERY: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// Takes what has happened and says what is to be done.
pub fn update(state: &mut State, msg: Msg, now: Instant) -> Vec<Effect> {
    state.now = now;
    let mut out = Vec::new();
    match msg {
        Msg::Key(key) if key.kind != KeyEventKind::Release => {
            state.last_key_at = now;
            state.notice = None;
            on_key(state, &key, &mut out);
        }
        Msg::Paste(text) => {
            state.last_key_at = now;
            paste(state, &text, &mut out);
        }
        // The wheel turns lists and pages; it leaves no line that somebody types into.
        Msg::Wheel(up) => {
            let turns = match state.place() {
                Place::SignIn => false,
                Place::Call => call::in_list(state),
                _ => true,
            };
            if turns {
                act(state, if up { Action::Up } else { Action::Down }, &mut out);
            }
        }
        Msg::Tick => tick(state, &mut out),
        Msg::Changed => changed(state, &mut out),
        Msg::ShopsChanged => shops::changed(state, &mut out),
        Msg::Link(up) => {
            state.read_only = false;
            link(state, up, &mut out);
        }
        Msg::LinkReadOnly => {
            state.read_only = true;
            link(state, false, &mut out);
        }
        Msg::ClockOff(off) => state.clock_off = off,
        Msg::HangUp => close(state, &mut out),
        Msg::Answer(request, answer) => answered(state, request, answer, &mut out),
        Msg::Key(_) | Msg::Resize => {}
    }
    keep_draft(state, &mut out);
    out
}

/// Sits somebody down who has proved elsewhere who they are; the desk is theirs alone.
pub fn enter(state: &mut State, actor: crate::office::Actor) -> Vec<Effect> {
    let mut out = Vec::new();
    state.owner = Some(actor);
    sign_in::submit(state, false, &mut out);
    out
}

/// Does an action by its name, as [`update`] does one by its key.
pub fn act_on(state: &mut State, action: Action, now: Instant) -> Vec<Effect> {
    state.now = now;
    state.last_key_at = now;
    state.notice = None;
    let mut out = Vec::new();
    act(state, action, &mut out);
    keep_draft(state, &mut out);
    out
}

fn on_key(state: &mut State, key: &KeyEvent, out: &mut Vec<Effect>) {
    let place = state.place();
    if let Some(action) = state.keymap.action(place, Key::of(key)) {
        act(state, action, out);
        return;
    }
    match place {
        Place::SignIn => sign_in::typed(state, key),
        Place::Call => call::typed(state, key, out),
        Place::Queue => review::typed(state, key),
        Place::Over => over::typed(state, key),
        Place::Case | Place::Board => {}
    }
}

fn paste(state: &mut State, text: &str, out: &mut Vec<Effect>) {
    match state.place() {
        Place::SignIn => sign_in::paste(state, text),
        Place::Call => call::paste(state, text, out),
        Place::Queue => review::paste(state, text),
        Place::Over => over::paste(state, text),
        Place::Case | Place::Board => {}
    }
}

/// Does what a key, or the palette, asks for.
pub(super) fn act(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Help => {
            if matches!(state.over, Some(Over::Help(_))) {
                state.lift();
            } else {
                state.lay(Over::Help(0));
            }
        }
        Action::Language => {
            state.look.lang = match state.look.lang {
                Lang::Ja => Lang::En,
                Lang::En => Lang::Ja,
            };
        }
        Action::Theme => state.look.theme = state.look.theme.next(),
        Action::Mouse => {
            state.look.mouse = !state.look.mouse;
            out.push(Effect::Mouse(state.look.mouse));
        }
        Action::Quit => {
            let writing = matches!(state.over, Some(Over::Write(_))) || state.aside.is_some();
            let busy = state.call.pending.is_some() || !state.call.is_blank() || writing;
            let asked = matches!(state.over, Some(Over::Confirm(Confirm::Quit)));
            if state.person.is_some() && busy && !asked {
                state.lay(Over::Confirm(Confirm::Quit));
            } else {
                close(state, out);
            }
        }
        Action::Lock => lock(state),
        Action::Palette => over::open_palette(state),
        Action::CallScreen => state.screen = Screen::Call,
        Action::ReviewScreen => go(state, Screen::Review, out),
        Action::BoardScreen => {
            let back = if state.screen == Screen::Board { Screen::Review } else { Screen::Board };
            go(state, back, out);
        }
        Action::CopyCase => copy_case(state, out),
        Action::ShowPhone => {
            if let Some(case_id) = case_here(state).and_then(|case| case.parse().ok()) {
                let request = state.next_request();
                state.page = Some(request);
                out.push(Effect::Reveal(request, case_id));
            }
        }
        _ => match state.place() {
            Place::SignIn => sign_in::act(state, action, out),
            Place::Call => call::act(state, action, out),
            Place::Queue | Place::Case => review::act(state, action, out),
            Place::Board => board(state, action, out),
            Place::Over => over::act(state, action, out),
        },
    }
}

fn go(state: &mut State, screen: Screen, out: &mut Vec<Effect>) {
    let own_list = screen == Screen::Review && state.may(Permission::TakeCalls);
    if screen != Screen::Call && !own_list && !state.may(Permission::ReadEverything) {
        let words = texts::word("tell.supervisors-only", state.look.lang);
        state.tell(words, true);
        return;
    }
    state.screen = screen;
    match screen {
        Screen::Call => {}
        Screen::Review => review::read(state, out),
        Screen::Board => read_board(state, out),
    }
}

fn read_board(state: &mut State, out: &mut Vec<Effect>) {
    let request = state.next_request();
    out.push(Effect::Board(request));
}

fn board(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Refresh => read_board(state, out),
        Action::ReleaseLookUps => over::write(state, super::state::over::Purpose::Release),
        Action::Back => go(state, Screen::Review, out),
        _ => {}
    }
}

/// The case on the screen, or under the cursor.
fn case_here(state: &State) -> Option<String> {
    match state.screen {
        Screen::Review => match &state.review.open {
            Some(open) => Some(open.case_id.to_string()),
            None => state.review.selected_case().map(|row| row.case_id.clone()),
        },
        _ => state.call.case.as_ref().and_then(|case| case.case.clone()),
    }
}

fn copy_case(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(case) = case_here(state) {
        state.tell(texts::worded("tell.copied", state.look.lang, &[("case", &case)]), false);
        out.push(Effect::Copy(case));
    }
}

fn lock(state: &mut State) {
    if state.person.is_some() {
        state.locked = true;
        state.page = None;
        // A text half written comes back with the password; a question is asked anew.
        if let Some(Over::Write(write)) = state.over.take() {
            state.aside = Some(write);
        }
        state.sign_in = super::state::sign_in::SignIn::default();
    }
}

/// Leaves the desk to the next person: what was typed is kept, what was held is let go.
fn stand_up(state: &State, out: &mut Vec<Effect>) {
    if state.person.is_none() {
        return;
    }
    out.push(Effect::KeepDraft(draft_of(state)));
    if let Some(open) = &state.review.open {
        out.push(Effect::Unlease(open.case_id.clone()));
    }
    out.push(Effect::StandUp);
}

fn close(state: &mut State, out: &mut Vec<Effect>) {
    stand_up(state, out);
    state.closing = true;
    out.push(Effect::Close);
}

fn tick(state: &mut State, out: &mut Vec<Effect>) {
    if state.person.is_none() {
        return;
    }
    let idle = state.now.since(state.last_key_at);
    if !state.locked && idle >= chrono::TimeDelta::minutes(state.settings.desk.lock_minutes) {
        lock(state);
    }
    pending::ask_again(state, out);
    if state.now.since(state.beat_at) >= chrono::TimeDelta::seconds(BEAT_SECONDS) {
        state.beat_at = state.now;
        let request = state.next_request();
        state.beat = Some(request);
        out.push(Effect::StillSeated(request));
        if let Some(open) = &state.review.open {
            out.push(Effect::Lease(request, open.case_id.clone()));
        }
        if state.screen == Screen::Board {
            read_board(state, out);
        }
    }
}

/// Somebody else has written: what is on the screen is read again.
fn changed(state: &mut State, out: &mut Vec<Effect>) {
    if state.person.is_none() {
        return;
    }
    // Another desk may have taken over, and this one shows what belongs to it no more.
    let request = state.next_request();
    state.beat = Some(request);
    out.push(Effect::SeatLost(request));
    if state.locked {
        return;
    }
    match state.screen {
        Screen::Call => {
            call::refresh(state, out);
            // The operator's own list says whether a supervisor asks something; it need not
            // be of this second.
            let old = state.now.since(state.list_read_at);
            if !state.may(Permission::ReadEverything) && old >= LIST_EVERY {
                state.list_read_at = state.now;
                review::read(state, out);
            }
        }
        Screen::Review => review::read(state, out),
        Screen::Board => read_board(state, out),
    }
}

fn link(state: &mut State, up: bool, out: &mut Vec<Effect>) {
    match (state.link, up) {
        (Link::Up, false) => state.link = Link::Down(state.now),
        (Link::Down(_), true) => {
            state.link = Link::Up;
            pending::ask_again(state, out);
            call::ask_again(state, out);
            changed(state, out);
        }
        _ => {}
    }
}

fn answered(state: &mut State, request: u64, answer: Answer, out: &mut Vec<Effect>) {
    match answer {
        Answer::SignedIn(signed_in) => sign_in::answered(state, request, signed_in, out),
        Answer::Number(..) | Answer::Tried(_) => call::answered(state, request, answer, out),
        Answer::Likely(merchants) => shops::likely(state, request, merchants, out),
        Answer::Shops(found) => shops::found(state, request, found, out),
        Answer::Near(numbers) => near::answered(state, request, numbers),
        Answer::Reading(done) => match done {
            Ok(()) => {
                state.tell(texts::word("tell.reading-kept", state.look.lang), false);
                shops::changed(state, out);
            }
            Err(failed) => failed_to(state, &failed),
        },
        Answer::Case(case) => {
            if state.call.asking == Some(request) {
                pending::answered(state, case, out);
            } else {
                review::decided(state, request, case, out);
            }
        }
        Answer::Shown(shown) => match shown {
            Ok(view) => {
                call::shown(state, &view);
                review::shown(state, view);
            }
            Err(failed) => failed_to(state, &failed),
        },
        // A page is for whoever still waits for it: not for the next thing on the screen,
        // and never for a locked one.
        Answer::History(_) | Answer::Phone(_)
            if state.page.take_if(|page| *page == request).is_none() || state.over.is_some() => {}
        Answer::History(lines) => match lines {
            Ok(lines) => state.over = Some(Over::Page { title: "page.history", lines, scroll: 0 }),
            Err(failed) => failed_to(state, &failed),
        },
        Answer::Phone(phone) => match phone {
            Ok(Some(phone)) => {
                let lines = vec![phone.expose().to_owned()];
                state.over = Some(Over::Page { title: "page.phone", lines, scroll: 0 });
            }
            Ok(None) => {
                let words = texts::word("tell.no-call-back", state.look.lang);
                state.tell(words, true);
            }
            Err(failed) => failed_to(state, &failed),
        },
        Answer::Queue(rows) => review::queue(state, request, rows),
        Answer::Board(board) => match board {
            Ok((board, locked)) => {
                state.board = Some(*board);
                state.locked_staff = locked;
            }
            Err(failed) => failed_to(state, &failed),
        },
        Answer::Lease(case_id, held_by) => review::leased(state, &case_id, held_by),
        Answer::Many(done, of, refused) => review::many(state, done, of, refused.as_ref(), out),
        Answer::Seated(_) if state.beat != Some(request) => {}
        Answer::Seated(true) => {}
        Answer::Seated(false) => {
            // Another desk took over: this one shows nothing of the person any more.
            let name = state.look.lang;
            sign_in::sign_out(state);
            state.tell(texts::word("tell.seat-taken", name), true);
        }
        Answer::Done(done) => match done {
            Ok(()) => state.tell(texts::word("tell.done", state.look.lang), false),
            Err(failed) => failed_to(state, &failed),
        },
    }
}

/// Tells why something was not done.
pub(super) fn failed_to(state: &mut State, failed: &Failed) {
    let lang = state.look.lang;
    match failed {
        Failed::Refused(refused) => {
            let sentence = refusal(refused, lang);
            state.tell(format!("{} {}", sentence.message, sentence.next), true);
        }
        Failed::Unreachable(_) | Failed::Unknown => {
            if state.link == Link::Up {
                state.link = Link::Down(state.now);
            }
        }
    }
}

fn draft_of(state: &State) -> Option<String> {
    Draft::of(&state.call).and_then(|draft| serde_json::to_string(&draft).ok())
}

/// What was typed is kept whenever it has changed.
fn keep_draft(state: &mut State, out: &mut Vec<Effect>) {
    if std::mem::take(&mut state.call.dirty) && state.person.is_some() {
        // Before whatever follows from it: the ids of a command are kept before it is sent.
        out.insert(0, Effect::KeepDraft(draft_of(state)));
    }
}
