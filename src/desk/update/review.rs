//! The review screen: the list of what waits, and the case that is open.

use crossterm::event::KeyEvent;

use crate::desk::action::Action;
use crate::desk::msg::{Answered, Effect, Failed, Sent};
use crate::desk::state::State;
use crate::desk::state::over::Purpose;
use crate::desk::state::review::{Deciding, Open};
use crate::domain::ids::CaseId;
use crate::domain::refusal::Refusal;
use crate::domain::staff::Permission;
use crate::office::command::Act;
use crate::office::view::CaseView;
use crate::store::desks::QueueRow;
use crate::texts;

use super::{failed_to, over};

/// Rows that PageUp and PageDown move by.
const PAGE: usize = 10;

/// Reads the list, and the open case.
pub fn read(state: &mut State, out: &mut Vec<Effect>) {
    let request = state.next_request();
    state.review.asking = Some(request);
    out.push(Effect::Queue(request));
    if let Some(open) = &state.review.open {
        let case_id = open.case_id.clone();
        let request = state.next_request();
        out.push(Effect::Reread(request, case_id));
    }
}

pub fn typed(state: &mut State, key: &KeyEvent) {
    if state.review.filter.key(key) == Some(true) {
        state.review.selected = 0;
        state.review.arrange();
    }
}

pub fn paste(state: &mut State, text: &str) {
    state.review.filter.paste(text);
    state.review.arrange();
}

pub fn act(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if state.review.open.is_some() {
        in_case(state, action, out);
    } else {
        in_list(state, action, out);
    }
}

fn in_list(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let review = &mut state.review;
    let last = review.shown.len().saturating_sub(1);
    match action {
        Action::Up => review.selected = review.selected.saturating_sub(1),
        Action::Down => review.selected = (review.selected + 1).min(last),
        Action::PageUp => review.selected = review.selected.saturating_sub(PAGE),
        Action::PageDown => review.selected = (review.selected + PAGE).min(last),
        Action::Group => {
            review.grouped = !review.grouped;
            review.arrange();
        }
        Action::Filter => {
            review.filter.clear();
            review.arrange();
        }
        Action::Refresh => read(state, out),
        Action::ReleaseLookUps => over::write(state, Purpose::Release),
        Action::ShopCall => {
            // Kept as they are now: while the call is written down the list may change.
            review.calling =
                review.of_same_shop().iter().filter_map(|row| row.case_id.parse().ok()).collect();
            if review.calling.is_empty() {
                let words = texts::word("tell.no-case", state.look.lang);
                state.tell(words, true);
            } else {
                over::write(state, Purpose::ShopCallAll);
            }
        }
        Action::Accept => {
            if let Some(row) = review.selected_case()
                && let Ok(case_id) = row.case_id.parse::<CaseId>()
            {
                if review.own {
                    super::call::open_own(state, &case_id, out);
                } else {
                    open(state, case_id, out);
                }
            }
        }
        Action::Back if !review.filter.text().is_empty() => {
            review.filter.clear();
            review.arrange();
        }
        Action::Back => state.screen = crate::desk::state::Screen::Call,
        _ => {}
    }
}

fn open(state: &mut State, case_id: CaseId, out: &mut Vec<Effect>) {
    let lease = state.next_request();
    let show = state.next_request();
    out.push(Effect::Lease(lease, case_id.clone()));
    out.push(Effect::Show(show, case_id.clone()));
    state.review.open =
        Some(Open { case_id, view: None, sale: 0, held_by: None, asked_on: None, deciding: None });
}

fn leave(state: &mut State, out: &mut Vec<Effect>) {
    if waits(state) {
        return;
    }
    if let Some(open) = state.review.open.take() {
        out.push(Effect::Unlease(open.case_id));
    }
    read(state, out);
}

fn in_case(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let sales = state.review.open.as_ref().and_then(|open| Some(open.view.as_ref()?.sales.len()));
    match action {
        Action::Back => leave(state, out),
        Action::Up => move_sale(state, |sale| sale.saturating_sub(1)),
        Action::Down => {
            let last = sales.unwrap_or(0).saturating_sub(1);
            move_sale(state, |sale| (sale + 1).min(last));
        }
        Action::LinkSale => link(state, out),
        Action::Approve => ask_for(state, Purpose::Approve),
        Action::Decline => ask_for(state, Purpose::Decline),
        Action::AskBack => ask_for(state, Purpose::AskBack),
        Action::Note => ask_for(state, Purpose::Note),
        Action::ShopCall => ask_for(state, Purpose::ShopCall),
        Action::Wait => ask_for(state, Purpose::Wait),
        Action::Reopen => ask_for(state, Purpose::Reopen),
        Action::Keep => ask_for(state, Purpose::Keep),
        Action::Reverse => ask_for(state, Purpose::Reverse),
        Action::History => {
            if let Some(open) = &state.review.open {
                let case_id = open.case_id.clone();
                let request = state.next_request();
                state.page = Some(request);
                out.push(Effect::History(request, case_id));
            }
        }
        // The next case of the list, so that many are worked through without going back.
        Action::NextField | Action::PageDown => step(state, 1, out),
        Action::PreviousField | Action::PageUp => step(state, -1, out),
        _ => {}
    }
}

fn move_sale(state: &mut State, to: impl Fn(usize) -> usize) {
    if let Some(open) = &mut state.review.open {
        open.sale = to(open.sale);
    }
}

/// Whether the answer to a decision is still waited for: who left now would never learn
/// what it came to, and nobody would ask again.
fn waits(state: &mut State) -> bool {
    let waits = state.review.open.as_ref().is_some_and(|open| open.deciding.is_some());
    if waits {
        let words = texts::word("tell.pending", state.look.lang);
        state.tell(words, true);
    }
    waits
}

/// Opens the next or the previous case of the list.
fn step(state: &mut State, by: isize, out: &mut Vec<Effect>) {
    if waits(state) {
        return;
    }
    let Some(open_now) = &state.review.open else { return };
    let review = &state.review;
    let at = review.shown.iter().position(|row| {
        review.rows.get(*row).is_some_and(|row| row.case_id == open_now.case_id.as_str())
    });
    // A case that was decided has left the list: the cursor stands where it was.
    let next = match at {
        Some(at) => at.saturating_add_signed(by),
        None => review.selected,
    };
    let next = next.min(review.shown.len().saturating_sub(1));
    let case_id = review
        .shown
        .get(next)
        .and_then(|row| review.rows.get(*row)?.case_id.parse::<CaseId>().ok());
    if let Some(case_id) = case_id
        && case_id != open_now.case_id
    {
        out.push(Effect::Unlease(open_now.case_id.clone()));
        state.review.selected = next;
        open(state, case_id, out);
    }
}

/// Asks for the reason, unless it is plain already that it would be refused.
fn ask_for(state: &mut State, purpose: Purpose) {
    let Some(open) = &state.review.open else { return };
    if open.deciding.is_some() {
        let words = texts::word("tell.pending", state.look.lang);
        return state.tell(words, true);
    }
    let own = open.view.as_ref().is_some_and(|view| {
        state.person.as_ref().is_some_and(|person| person.staff_id.as_str() == view.opened_by)
    });
    let decision = !matches!(purpose, Purpose::Note | Purpose::ShopCall);
    if own && decision {
        let refused =
            Refusal::new(crate::domain::refusal::Code::OwnCase).with("case", open.case_id.as_str());
        return failed_to(state, &Failed::Refused(refused));
    }
    if let Some(open) = &mut state.review.open {
        open.asked_on = open.view.as_ref().map(|view| view.evidence.clone());
    }
    over::write(state, purpose);
}

/// Links the sale under the cursor, or takes its link back.
fn link(state: &mut State, out: &mut Vec<Effect>) {
    let Some(open) = &state.review.open else { return };
    let Some(view) = &open.view else { return };
    let Some(sale) = view.sales.get(open.sale) else { return };
    let Ok(sale_id) = sale.sale_id.parse() else { return };
    let act = if sale.linked { Act::Unlink(sale_id) } else { Act::Link(sale_id) };
    decide(state, act, out);
}

/// Sends a decision on the open case, under an id of its own.
pub fn decide(state: &mut State, act: Act, out: &mut Vec<Effect>) {
    let command_id = (state.make_id)();
    let Some(open) = &mut state.review.open else { return };
    if open.deciding.is_some() {
        return;
    }
    let decides = matches!(act, Act::Approve(_) | Act::Decline(_) | Act::Keep(_) | Act::Reverse(_));
    let evidence = open.asked_on.take().filter(|_| decides);
    let sent = Sent { command_id, evidence, version: None };
    open.deciding = Some(Deciding { act, sent, request: None });
    send(state, out);
}

/// Sends the decision, the first time or again: always the same, under the same id.
fn send(state: &mut State, out: &mut Vec<Effect>) {
    let request = state.next_request();
    let Some(open) = &mut state.review.open else { return };
    let Some(deciding) = &mut open.deciding else { return };
    deciding.request = Some(request);
    let (act, sent) = (deciding.act.clone(), deciding.sent.clone());
    out.push(Effect::Act(request, open.case_id.clone(), act, sent));
}

/// Asks again for a decision whose outcome is not known.
pub fn ask_again(state: &mut State, out: &mut Vec<Effect>) {
    let open = state.review.open.as_ref();
    let deciding = open.and_then(|open| open.deciding.as_ref());
    if deciding.is_some_and(|deciding| deciding.request.is_none()) {
        send(state, out);
    }
}

/// Sends the same to every case of the selected shop that is under review. Each case is
/// still decided on its own evidence.
pub fn decide_all(state: &mut State, act: Act, out: &mut Vec<Effect>) {
    let cases = std::mem::take(&mut state.review.calling);
    let cases = cases.into_iter().map(|case_id| (case_id, (state.make_id)())).collect();
    let request = state.next_request();
    out.push(Effect::ActOnAll(request, cases, act));
}

pub fn decided(
    state: &mut State,
    request: u64,
    answer: Answered<Box<CaseView>>,
    out: &mut Vec<Effect>,
) {
    let Some(open) = &mut state.review.open else { return };
    if open.deciding.as_ref().is_none_or(|deciding| deciding.request != Some(request)) {
        return;
    }
    match answer {
        Ok(view) => {
            open.deciding = None;
            open.view = Some(view);
            state.tell(texts::word("tell.done", state.look.lang), false);
            read(state, out);
        }
        Err(Failed::Refused(refused)) => {
            open.deciding = None;
            failed_to(state, &Failed::Refused(refused));
            read(state, out);
        }
        Err(failed) => {
            if let Some(deciding) = &mut open.deciding {
                deciding.request = None;
            }
            failed_to(state, &failed);
        }
    }
}

pub fn many(
    state: &mut State,
    done: usize,
    of: usize,
    refused: Option<&Refusal>,
    out: &mut Vec<Effect>,
) {
    let (done, of) = (done.to_string(), of.to_string());
    let words = [("done", done.as_str()), ("of", of.as_str())];
    let mut told = texts::worded("tell.many", state.look.lang, &words);
    if let Some(refused) = refused {
        let sentence = texts::refusal(refused, state.look.lang);
        told = format!("{told} {} {}", sentence.message, sentence.next);
    }
    state.tell(told, refused.is_some());
    read(state, out);
}

pub fn queue(state: &mut State, request: u64, rows: Answered<Vec<QueueRow>>) {
    if state.review.asking != Some(request) {
        return;
    }
    state.review.asking = None;
    match rows {
        Ok(rows) => {
            state.review.own = !state.may(Permission::ReadEverything);
            state.review.take(rows);
        }
        Err(failed) => failed_to(state, &failed),
    }
}

pub fn shown(state: &mut State, view: Box<CaseView>) {
    if let Some(open) = &mut state.review.open
        && view.case.as_deref() == Some(open.case_id.as_str())
        // What was read before the case changed comes too late.
        && open.view.as_ref().is_none_or(|shown| shown.version <= view.version)
    {
        open.sale = open.sale.min(view.sales.len().saturating_sub(1));
        open.view = Some(view);
    }
}

pub fn leased(state: &mut State, case_id: &CaseId, held_by: Option<String>) {
    if let Some(open) = &mut state.review.open
        && open.case_id == *case_id
    {
        open.held_by = held_by;
    }
}
