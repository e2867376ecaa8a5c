//! Signing in, and back in after the idle lock.

use crossterm::event::KeyEvent;

use crate::desk::action::Action;
use crate::desk::msg::{Answered, Effect, SignedIn};
use crate::desk::state::over::{Confirm, Over};
use crate::desk::state::sign_in::SignIn;
use crate::desk::state::{Screen, State};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId};
use crate::texts::{self, refusal};

use super::{call, failed_to, go};

/// The password of everybody in the demo.
const DEMO_PASSWORD: &str = "demo";

pub fn typed(state: &mut State, key: &KeyEvent) {
    let locked = state.locked;
    if state.owner.is_some() && !locked {
        return;
    }
    let sign_in = &mut state.sign_in;
    let field =
        if sign_in.on_password || locked { &mut sign_in.password } else { &mut sign_in.staff };
    if field.key(key) == Some(true) {
        sign_in.wrong = None;
    }
}

pub fn paste(state: &mut State, text: &str) {
    if state.owner.is_some() && !state.locked {
        return;
    }
    let sign_in = &mut state.sign_in;
    let on_password = sign_in.on_password || state.locked;
    if on_password { sign_in.password.paste(text) } else { sign_in.staff.paste(text) }
}

pub fn act(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let people = state.demo.len();
    let sign_in = &mut state.sign_in;
    let listed = people > 0 && sign_in.staff.is_blank() && !state.locked;
    // At a desk that is somebody's alone there is nothing to type but their password.
    let owned = state.owner.is_some() && !state.locked;
    match action {
        Action::Accept if owned => submit(state, false, out),
        Action::NextField | Action::PreviousField | Action::Up | Action::Down if owned => {}
        Action::Up if listed => sign_in.chosen = sign_in.chosen.saturating_sub(1),
        Action::Down if listed => sign_in.chosen = (sign_in.chosen + 1).min(people - 1),
        Action::NextField | Action::PreviousField | Action::Up | Action::Down => {
            sign_in.on_password = !sign_in.on_password;
        }
        Action::Accept if listed => {
            let chosen = state.demo.get(sign_in.chosen).map(|(id, _)| id.clone());
            if let Some(staff_id) = chosen.and_then(|id| id.parse().ok()) {
                ask(state, staff_id, Private::new(DEMO_PASSWORD), false, out);
            }
        }
        Action::Accept if !state.locked && !sign_in.on_password => sign_in.on_password = true,
        Action::Accept => submit(state, false, out),
        // Somebody else may want the desk: what was typed is kept for its owner.
        Action::Back if state.locked && state.owner.is_some() => super::close(state, out),
        Action::Back if state.locked => {
            super::stand_up(state, out);
            sign_out(state);
        }
        Action::Back if sign_in.on_password => sign_in.on_password = false,
        _ => {}
    }
}

/// Signs in with what was typed.
pub fn submit(state: &mut State, take_over: bool, out: &mut Vec<Effect>) {
    if let Some(owner) = state.owner.clone().filter(|_| !state.locked) {
        if state.sign_in.asking.is_none() {
            let request = state.next_request();
            state.sign_in.asking = Some(request);
            state.sign_in.wrong = None;
            out.push(Effect::Enter(request, owner, take_over));
        }
        return;
    }
    let locked_for = state.person.as_ref().filter(|_| state.locked).map(|p| p.staff_id.clone());
    let typed = state.sign_in.staff.text().trim().parse::<StaffId>();
    let listed = state.sign_in.staff.is_blank() && locked_for.is_none();
    if listed && let Some((id, _)) = state.demo.get(state.sign_in.chosen) {
        if let Ok(id) = id.parse() {
            ask(state, id, Private::new(DEMO_PASSWORD), take_over, out);
        }
        return;
    }
    let Some(staff_id) = locked_for.or(typed.ok()) else {
        let sentence = refusal(&Refusal::new(Code::SignInFailed), state.look.lang);
        state.sign_in.wrong = Some(format!("{} {}", sentence.message, sentence.next));
        return;
    };
    let password = Private::new(state.sign_in.password.text());
    ask(state, staff_id, password, take_over, out);
}

fn ask(
    state: &mut State,
    staff_id: StaffId,
    password: Private,
    take_over: bool,
    out: &mut Vec<Effect>,
) {
    if state.sign_in.asking.is_some() {
        return;
    }
    let request = state.next_request();
    state.sign_in.asking = Some(request);
    state.sign_in.wrong = None;
    out.push(Effect::SignIn(request, staff_id, password, take_over));
}

pub fn answered(
    state: &mut State,
    request: u64,
    answer: Answered<SignedIn>,
    out: &mut Vec<Effect>,
) {
    if state.sign_in.asking != Some(request) {
        return;
    }
    state.sign_in.asking = None;
    let signed_in = match answer {
        Ok(signed_in) => signed_in,
        Err(failed) => {
            failed_to(state, &failed);
            state.sign_in.wrong = state.notice.take().map(|notice| notice.text);
            if state.sign_in.wrong.is_none() {
                let words = texts::word("link.down", state.look.lang);
                state.sign_in.wrong = Some(words.to_owned());
            }
            state.sign_in.password.clear();
            return;
        }
    };
    if signed_in.elsewhere.is_some() {
        // Asked once; the password stays until the answer.
        state.over = Some(Over::Confirm(Confirm::TakeSeat));
        return;
    }
    let back = state.locked;
    state.sign_in = SignIn::default();
    state.locked = false;
    state.last_key_at = state.now;
    state.beat_at = state.now;
    state.person = Some(signed_in.actor);
    if back {
        state.lift();
        // Nothing was read behind the lock.
        super::changed(state, out);
        return;
    }
    if let Some(draft) = signed_in.draft.and_then(|draft| serde_json::from_str(&draft).ok()) {
        call::resume(state, draft, out);
        state.tell(texts::word("tell.resumed", state.look.lang), false);
    } else if state.may(Permission::ReadEverything) {
        go(state, Screen::Review, out);
    } else {
        super::review::read(state, out);
    }
}

/// Nobody is signed in any more; nothing of what they did stays on the screen.
pub fn sign_out(state: &mut State) {
    state.person = None;
    state.locked = false;
    state.over = None;
    state.aside = None;
    state.page = None;
    state.beat = None;
    state.screen = Screen::Call;
    state.call = crate::desk::state::call::Call::default();
    state.review = crate::desk::state::review::Review::default();
    state.board = None;
    state.sign_in = SignIn::default();
}
