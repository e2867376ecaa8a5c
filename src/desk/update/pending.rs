//! Writes of the call screen. Their ids are made before they are sent and kept in the
//! draft until they are answered; one whose outcome is not known is asked for again under
//! the same id and never sent under a new one (specification, section 6).

use crate::desk::msg::{Answered, Effect, Failed, Sent};
use crate::desk::state::State;
use crate::desk::state::call::{Pending, PendingWhat};
use crate::domain::ids::CaseId;
use crate::domain::number::InquiryNumber;
use crate::domain::refusal::{Code, Refusal};
use crate::office::command::Act;
use crate::office::view::CaseView;
use crate::texts;

use super::{call, failed_to, review};

/// Begins a write: opens the case first where it is not open.
pub fn begin(state: &mut State, what: PendingWhat, out: &mut Vec<Effect>) {
    let case = state.call.case.as_ref().and_then(|case| case.case.clone());
    begin_on(state, case, what, out);
}

/// Begins a write on a case, or opens one where there is none. While another is under way
/// nothing is begun: a key pressed twice does nothing more.
pub fn begin_on(state: &mut State, case: Option<String>, what: PendingWhat, out: &mut Vec<Effect>) {
    if state.call.pending.is_some() {
        return;
    }
    let evidence = state.call.view().map(|view| view.evidence.clone()).unwrap_or_default();
    let open_id = case.is_none().then(|| (state.make_id)());
    let command_id = (state.make_id)();
    state.call.pending =
        Some(Pending { what, open_id, case, command_id, evidence, unknown: false });
    state.call.dirty = true;
    send(state, out);
}

/// Sends what is pending, the first time or again: always the same, under the same id.
fn send(state: &mut State, out: &mut Vec<Effect>) {
    let request = state.next_request();
    let Some(pending) = state.call.pending.clone() else { return };
    let effect = match (pending.case, pending.open_id) {
        (Some(case), _) => {
            command(request, &case, &pending.what, pending.command_id, pending.evidence)
        }
        (None, Some(open_id)) => {
            let other = match pending.what {
                PendingWhat::Other(text) => Some(text),
                _ => None,
            };
            call::request(state, other, open_id).map(|open| Effect::Open(request, open))
        }
        (None, None) => None,
    };
    match effect {
        Some(effect) => {
            state.call.asking = Some(request);
            out.push(effect);
        }
        None => {
            state.call.pending = None;
            state.call.asking = None;
            state.call.dirty = true;
        }
    }
}

fn command(
    request: u64,
    case: &str,
    what: &PendingWhat,
    command_id: String,
    evidence: String,
) -> Option<Effect> {
    let case_id: CaseId = case.parse().ok()?;
    let (act, evidence) = match what {
        PendingWhat::Restore => (Act::Restore, Some(evidence)),
        PendingWhat::Note(text) => (Act::Note(text.clone()), None),
        PendingWhat::Withdraw => (Act::Withdraw, None),
        PendingWhat::Answer(text) => (Act::Answer(text.clone()), None),
        PendingWhat::Take(number) => (Act::Take(InquiryNumber::fold(number).ok()?), None),
        PendingWhat::CallBack { due_at, phone } => {
            (Act::CallBack { due_at: *due_at, phone: phone.clone() }, None)
        }
        PendingWhat::Open | PendingWhat::Other(_) => return None,
    };
    Some(Effect::Act(request, case_id, act, Sent { command_id, evidence, version: None }))
}

/// Asks again for what is pending and was not answered.
pub fn ask_again(state: &mut State, out: &mut Vec<Effect>) {
    let waits = state.call.pending.as_ref().is_some_and(|pending| pending.unknown);
    if waits && state.call.asking.is_none() && state.person.is_some() {
        send(state, out);
    }
    review::ask_again(state, out);
}

/// Sends what a draft says was sent, once more.
pub fn resume(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(pending) = &mut state.call.pending {
        pending.unknown = true;
        send(state, out);
    }
}

/// Takes the answer, and goes on to the next step.
pub fn answered(state: &mut State, answer: Answered<Box<CaseView>>, out: &mut Vec<Effect>) {
    state.call.asking = None;
    let view = match answer {
        Ok(view) => view,
        Err(Failed::Refused(refused)) => return refuse(state, refused, out),
        Err(failed) => {
            failed_to(state, &failed);
            if let Some(pending) = &mut state.call.pending {
                pending.unknown = true;
                state.call.dirty = true;
            }
            return;
        }
    };
    let Some(mut pending) = state.call.pending.take() else { return };
    state.call.dirty = true;
    // Whoever was told to wait has what they waited for.
    let waiting = texts::word("tell.pending", state.look.lang);
    state.notice.take_if(|notice| notice.text == waiting);
    let opened_now = pending.case.is_none();
    let same_evidence = view.evidence == pending.evidence;
    let matched = view.state == "matched";
    pending.case.clone_from(&view.case);
    pending.unknown = false;
    state.call.case = Some(view);
    if opened_now {
        match &pending.what {
            PendingWhat::Restore if matched && same_evidence => {
                state.call.pending = Some(pending);
                return send(state, out);
            }
            PendingWhat::Note(text) if !text.is_empty() => {
                state.call.pending = Some(pending);
                return send(state, out);
            }
            // The records have changed since they were shown: the operator looks again.
            PendingWhat::Restore => {
                let refused = Refusal::new(Code::EvidenceChanged)
                    .with("case", pending.case.as_deref().unwrap_or_default());
                failed_to(state, &Failed::Refused(refused));
            }
            _ => {}
        }
    }
    if opened_now {
        tell_kept(state);
    }
    // A note written before the case was open goes along now.
    if let Some(note) = state.call.note.take() {
        begin(state, PendingWhat::Note(note), out);
    }
}

/// Says that the case is kept, and under which number.
pub fn tell_kept(state: &mut State) {
    if let Some(case) = state.call.case.as_ref().and_then(|case| case.case.clone()) {
        state.tell(texts::worded("tell.kept", state.look.lang, &[("case", &case)]), false);
    }
}

fn refuse(state: &mut State, refused: Refusal, out: &mut Vec<Effect>) {
    let case = state.call.pending.take().and_then(|pending| pending.case);
    state.call.dirty = true;
    failed_to(state, &Failed::Refused(refused));
    // After a draft was taken up the case, or what the facts come to, was not read yet.
    if state.call.view().is_none() {
        call::take_up(state, case.as_deref(), out);
    } else {
        call::refresh(state, out);
    }
}
