//! The call screen.

use crossterm::event::KeyEvent;

use crate::desk::action::Action;
use crate::desk::msg::{Answer, Effect, Failed};
use crate::desk::state::State;
use crate::desk::state::call::{
    Call, Draft, Fact, Heard, NearList, PendingWhat, Tried, number_is_whole,
};
use crate::desk::state::over::{Confirm, Over, Purpose};
use crate::domain::case::State as CaseState;
use crate::domain::ids::CaseId;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::yen::Yen;
use crate::office::cases::OpenRequest;
use crate::office::view::CaseView;
use crate::texts::{self, refusal};

use super::{failed_to, near, over, pending, shops};

pub fn act(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::NextField => leave(state, 1, out),
        Action::PreviousField => leave(state, -1, out),
        Action::Down if in_list(state) => {
            // After the last shop stands "none of these".
            let last = state.call.list.shops.len();
            state.call.list.selected = (state.call.list.selected + 1).min(last);
        }
        Action::Up if in_list(state) && state.call.list.selected > 0 => {
            state.call.list.selected -= 1;
        }
        Action::Up => leave(state, -1, out),
        Action::Down => leave(state, 1, out),
        Action::Accept if state.call.focus == Fact::Shop => shops::choose(state, out),
        Action::Accept => leave(state, 1, out),
        Action::NewCall => new_call(state),
        Action::Restore => restore(state),
        Action::HandOver => hand_over(state),
        Action::Note => over::write(state, Purpose::Note),
        Action::CallBack => on_open_case(state, Purpose::CallBack),
        Action::Answer => on_open_case(state, Purpose::Answer),
        Action::Other => other(state),
        Action::History => {
            match state.call.case.as_ref().and_then(|case| case.case.as_deref()?.parse().ok()) {
                Some(case_id) => {
                    let request = state.next_request();
                    state.page = Some(request);
                    out.push(Effect::History(request, case_id));
                }
                None => tell(state, "tell.no-case"),
            }
        }
        Action::Withdraw => {
            let live = state.call.case.as_ref().is_some_and(|case| {
                matches!(case.state.as_str(), "waiting" | "review" | "matched")
            });
            if live {
                state.over = Some(Over::Confirm(Confirm::Withdraw));
            } else {
                tell(state, "tell.no-case");
            }
        }
        Action::TakeOver => take_over(state, out),
        Action::NearNumber => near::take(state, out),
        Action::CorrectReading => shops::correct(state),
        _ => {}
    }
}

pub fn tell(state: &mut State, key: &'static str) {
    let words = texts::word(key, state.look.lang);
    state.tell(words, true);
}

pub fn in_list(state: &State) -> bool {
    let call = &state.call;
    call.focus == Fact::Shop && call.chosen.is_none() && !call.list.shops.is_empty()
}

pub fn year(state: &State) -> i32 {
    state.settings.campaign.year()
}

/// Whether the facts may still be changed.
pub fn open_to_change(state: &State) -> bool {
    state.call.case.is_none() && state.call.pending.is_none()
}

pub fn typed(state: &mut State, key: &KeyEvent, out: &mut Vec<Effect>) {
    let fact = state.call.focus;
    if !open_to_change(state) {
        // The cursor may move; the facts of a case stay what was said.
        let mut copy = state.call.field(fact).clone();
        match copy.key(key) {
            Some(true) => tell(state, "tell.case-open"),
            Some(false) => *state.call.field_mut(fact) = copy,
            None => {}
        }
        return;
    }
    if state.call.field_mut(fact).key(key) == Some(true) {
        changed(state, fact, out);
    }
}

pub fn paste(state: &mut State, text: &str, out: &mut Vec<Effect>) {
    if !open_to_change(state) {
        return tell(state, "tell.case-open");
    }
    let fact = state.call.focus;
    let before = state.call.field(fact).text().to_owned();
    state.call.field_mut(fact).paste(text);
    if state.call.field(fact).text() != before {
        changed(state, fact, out);
    }
}

/// A fact was changed: what followed from it does not hold any more.
pub fn changed(state: &mut State, fact: Fact, out: &mut Vec<Effect>) {
    state.call.dirty = true;
    state.call.tried = Tried::Nothing;
    state.call.retrying = None;
    state.call.near = NearList::default();
    match fact {
        Fact::Number => {
            state.call.heard = Heard::Nothing;
            state.call.likely.clear();
            state.call.likely_for = None;
            state.call.likely_asking = None;
            if number_is_whole(&state.settings.number_pattern, state.call.number.text()) {
                hear_number(state, out);
            }
        }
        Fact::Expiry => {}
        Fact::Prefecture => {
            if state.call.chosen.is_none() {
                shops::find(state, out);
            }
        }
        Fact::Shop => {
            state.call.chosen = None;
            state.call.no_shop = false;
            shops::find(state, out);
        }
    }
    settle(state, out);
}

/// Opens one of the operator's own cases on the call screen, unless a call is under way
/// there.
pub fn open_own(state: &mut State, case_id: &CaseId, out: &mut Vec<Effect>) {
    if state.call.pending.is_some() || (state.call.case.is_none() && !state.call.is_blank()) {
        return tell(state, "tell.call-first");
    }
    reset(state);
    state.screen = crate::desk::state::Screen::Call;
    take_up(state, Some(case_id.as_str()), out);
}

/// Looks the number up, once for each number. A case's number opens the case: callers are
/// told to note it down.
pub fn hear_number(state: &mut State, out: &mut Vec<Effect>) {
    if let Ok(case_id) = state.call.number.text().trim().to_uppercase().parse::<CaseId>() {
        reset(state);
        return take_up(state, Some(case_id.as_str()), out);
    }
    let Ok(number) = state.settings.number_pattern.parse(state.call.number.text()) else {
        return;
    };
    if state.call.number_asked() == Some(&number) {
        return;
    }
    let request = state.next_request();
    state.call.heard = Heard::Asking(number.clone(), request);
    out.push(Effect::HearNumber(request, number));
}

/// Asks what now follows: where the coupon was settled, once three facts agree, and what
/// the four come to, once all are there. Nothing of the records is asked for before.
pub fn settle(state: &mut State, out: &mut Vec<Effect>) {
    let year = year(state);
    if state.call.three_agree(year)
        && let (Heard::Known(number, _), Ok(expiry), Some(prefecture)) =
            (&state.call.heard, state.call.expiry_read(year), state.call.prefecture_read())
    {
        let asked = (number.clone(), expiry, prefecture);
        if state.call.likely_for.as_ref() != Some(&asked) {
            state.call.likely_for = Some(asked.clone());
            let request = state.next_request();
            state.call.likely_asking = Some(request);
            out.push(Effect::Likely(request, asked.0, asked.1, asked.2));
        }
    }
    let Some(claimed) = state.call.claimed(year) else { return };
    if matches!(state.call.heard, Heard::Unknown(_)) && state.call.case.is_none() {
        near::ask(state, &claimed, out);
    }
    let known = matches!(state.call.heard, Heard::Known(..));
    let asked = match &state.call.tried {
        Tried::Nothing => None,
        Tried::Asking(asked, _) | Tried::Done(asked, _) | Tried::Refused(asked, ..) => Some(asked),
    };
    // A number that does not exist was counted when it was looked up: not once more.
    if known && state.call.case.is_none() && asked != Some(&claimed) {
        let request = state.next_request();
        state.call.tried = Tried::Asking(claimed, request);
        if let Some(open) = self::request(state, None, String::new()) {
            out.push(Effect::Try(request, OpenRequest { command_id: None, ..open }));
        }
    }
}

/// The four facts as the office takes them.
pub fn request(state: &State, other: Option<String>, open_id: String) -> Option<OpenRequest> {
    let year = year(state);
    let number = state.settings.number_pattern.parse(state.call.number.text()).ok()?;
    let chosen = state.call.chosen.as_ref();
    if chosen.is_none() && state.call.shop.is_blank() {
        return None;
    }
    // What a draft had chosen belongs to what it says was sent.
    let merchant_id = chosen.map(|shop| &shop.merchant_id).or(state.call.wanted.as_ref());
    Some(OpenRequest {
        number,
        expiry: state.call.expiry_read(year).ok()?,
        prefecture: state.call.prefecture_read()?,
        shop_said: match chosen {
            Some(shop) if state.call.shop.is_blank() => shop.name.clone(),
            _ => state.call.shop.text().trim().to_owned(),
        },
        merchant_id: merchant_id.and_then(|id| id.parse().ok()),
        other,
        command_id: Some(open_id),
    })
}

/// Goes to another line; the number is looked up when its line is left.
fn leave(state: &mut State, by: isize, out: &mut Vec<Effect>) {
    if state.call.focus == Fact::Number && open_to_change(state) {
        hear_number(state, out);
    }
    let at = Fact::ALL.iter().position(|fact| *fact == state.call.focus).unwrap_or(0);
    let count = Fact::ALL.len();
    let next = (at + count).saturating_add_signed(by) % count;
    state.call.focus = Fact::ALL[next];
    settle(state, out);
}

fn new_call(state: &mut State) {
    if state.call.pending.is_some() {
        return tell(state, "tell.pending");
    }
    if state.call.case.is_none() && !state.call.is_blank() {
        state.over = Some(Over::Confirm(Confirm::NewCall));
    } else {
        reset(state);
    }
}

/// A clean screen for the next caller.
pub fn reset(state: &mut State) {
    state.call = Call { dirty: true, ..Call::default() };
}

/// F5: asks once, with what will change.
fn restore(state: &mut State) {
    if state.call.pending.is_some() {
        return tell(state, "tell.pending");
    }
    let Some(view) = state.call.view() else {
        return tell(state, "tell.facts-first");
    };
    if view.state != "matched" {
        let live = view.state.parse::<CaseState>().is_ok_and(CaseState::is_live);
        let done = view.case.is_some() && !live;
        return tell(state, if done { "tell.case-done" } else { "tell.not-matched" });
    }
    let evidence = view.evidence.clone();
    let guards = &state.settings.guards;
    let own = view.case.is_none()
        || state.person.as_ref().is_some_and(|person| person.staff_id.as_str() == view.opened_by);
    let supervisor = state.may(crate::domain::staff::Permission::DecideReviews);
    if guards.needs_supervisor(Yen::new(view.restorable)) && (own || !supervisor) {
        let refused = Refusal::new(Code::SupervisorNeeded)
            .with("amount", Yen::new(view.restorable))
            .with("limit", guards.operator_limit);
        return failed_to(state, &Failed::Refused(refused));
    }
    state.call.read_back = Some(evidence);
    state.over = Some(Over::Confirm(Confirm::Restore));
}

/// F6: leaves the case with the supervisors.
fn hand_over(state: &mut State) {
    if state.call.pending.is_some() {
        return tell(state, "tell.pending");
    }
    if state.call.case.is_none() && request(state, None, String::new()).is_none() {
        return tell(state, "tell.facts-first");
    }
    over::write(state, Purpose::HandOver);
}

fn other(state: &mut State) {
    if state.call.case.is_some() || state.call.pending.is_some() {
        return tell(state, "tell.case-open");
    }
    if request(state, None, String::new()).is_none() {
        return tell(state, "tell.facts-first");
    }
    over::write(state, Purpose::Other);
}

fn on_open_case(state: &mut State, purpose: Purpose) {
    match &state.call.case {
        None => tell(state, "tell.no-case"),
        Some(case) if purpose == Purpose::Answer && case.question.is_none() => {
            tell(state, "tell.no-question");
        }
        Some(_) => over::write(state, purpose),
    }
}

/// Takes the live case over that is in the way of this call.
fn take_over(state: &mut State, out: &mut Vec<Effect>) {
    let Tried::Refused(claimed, _, Some(case)) = &state.call.tried else {
        return tell(state, "tell.no-live-case");
    };
    let (case, number) = (case.clone(), claimed.number.to_string());
    pending::begin_on(state, Some(case), PendingWhat::Take(number), out);
}

/// Fills the screen with what was kept, and asks about what was sent.
pub fn resume(state: &mut State, draft: Draft, out: &mut Vec<Effect>) {
    use crate::desk::field::Field;
    state.call = Call {
        number: Field::with(&draft.number),
        expiry: Field::with(&draft.expiry),
        prefecture: Field::with(&draft.prefecture),
        shop: Field::with(&draft.shop),
        pending: draft.pending,
        note: draft.note,
        wanted: draft.merchant_id,
        ..Call::default()
    };
    if state.call.pending.is_some() {
        pending::resume(state, out);
    } else {
        take_up(state, draft.case.as_deref(), out);
    }
}

/// Reads the case that a draft was about; where there is none, asks again about the facts.
pub fn take_up(state: &mut State, case: Option<&str>, out: &mut Vec<Effect>) {
    if let Some(case_id) = case.and_then(|case| case.parse::<CaseId>().ok()) {
        let request = state.next_request();
        state.call.resuming = Some(case_id.clone());
        out.push(Effect::Show(request, case_id));
    } else {
        hear_number(state, out);
        if state.call.chosen.is_none() {
            shops::find(state, out);
        }
    }
}

/// The line is back: what could not be asked is asked now.
pub fn ask_again(state: &mut State, out: &mut Vec<Effect>) {
    if !open_to_change(state) {
        return;
    }
    if state.call.focus != Fact::Number && state.call.number_asked().is_none() {
        hear_number(state, out);
    }
    settle(state, out);
    let list = &state.call.list;
    if state.call.chosen.is_none() && list.asking.is_none() && !list.answered {
        shops::find(state, out);
    }
}

/// What was read back has changed since: nothing is restored, and the caller hears of it.
pub fn evidence_changed(state: &mut State) {
    let case = state.call.view().and_then(|view| view.case.clone()).unwrap_or_default();
    let refused = Refusal::new(Code::EvidenceChanged).with("case", case);
    failed_to(state, &Failed::Refused(refused));
}

/// Reads the case on the screen again.
pub fn refresh(state: &mut State, out: &mut Vec<Effect>) {
    let case = state.call.case.as_ref().and_then(|case| case.case.as_deref()?.parse().ok());
    if state.call.pending.is_some() {
        return;
    }
    match case {
        Some(case_id) => {
            let request = state.next_request();
            out.push(Effect::Reread(request, case_id));
        }
        // Records may have come in: the facts are held against them again.
        None => {
            let again = matches!(state.call.tried, Tried::Done(..));
            match self::request(state, None, String::new()).filter(|_| again) {
                Some(open) => {
                    let request = state.next_request();
                    state.call.retrying = Some(request);
                    out.push(Effect::Retry(request, OpenRequest { command_id: None, ..open }));
                }
                None => settle(state, out),
            }
        }
    }
}

/// A case was read: it belongs on this screen if it is the one there.
pub fn shown(state: &mut State, view: &CaseView) {
    let case = state.call.case.as_ref();
    // What was read before the case changed comes too late.
    let here = case.is_some_and(|case| case.case == view.case && case.version <= view.version);
    let resumed = state.call.resuming.as_ref().map(CaseId::as_str);
    if here || (resumed.is_some() && resumed == view.case.as_deref()) {
        state.call.resuming = None;
        state.call.case = Some(Box::new(view.clone()));
    }
}

pub fn answered(state: &mut State, request: u64, answer: Answer, out: &mut Vec<Effect>) {
    match answer {
        Answer::Number(number, found) => {
            if !matches!(&state.call.heard, Heard::Asking(_, asked) if *asked == request) {
                return;
            }
            match found {
                Ok(Some(known)) => state.call.heard = Heard::Known(number, known),
                Ok(None) => state.call.heard = Heard::Unknown(number),
                Err(failed) => {
                    state.call.heard = Heard::Nothing;
                    failed_to(state, &failed);
                }
            }
            settle(state, out);
        }
        Answer::Tried(view) => {
            let retried = state.call.retrying == Some(request);
            let claimed = match &state.call.tried {
                Tried::Asking(claimed, asked) if *asked == request => claimed.clone(),
                Tried::Done(claimed, _) if retried => claimed.clone(),
                _ => return,
            };
            state.call.retrying = None;
            match view {
                Ok(view) => state.call.tried = Tried::Done(claimed, view),
                Err(Failed::Refused(refused)) => {
                    let sentence = refusal(&refused, state.look.lang);
                    let live = (refused.code == Code::LiveCase)
                        .then(|| refused.values.iter().find(|(name, _)| *name == "case"))
                        .flatten()
                        .map(|(_, case)| case.clone());
                    state.call.tried = Tried::Refused(claimed, sentence, live);
                }
                Err(failed) => {
                    if !retried {
                        state.call.tried = Tried::Nothing;
                    }
                    failed_to(state, &failed);
                }
            }
        }
        _ => {}
    }
}
