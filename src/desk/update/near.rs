//! A number that does not exist: those one slip away with which the other facts agree.

use crate::desk::field::Field;
use crate::desk::msg::{Answered, Effect, Failed};
use crate::desk::state::State;
use crate::desk::state::call::{Claimed, Fact, NearList};
use crate::office::cases::OpenRequest;
use crate::office::view::NearNumber;

use super::call;

/// Asks for them, once for what was said.
pub fn ask(state: &mut State, claimed: &Claimed, out: &mut Vec<Effect>) {
    if claimed.merchant_id.is_none() || state.call.near.asked.as_ref() == Some(claimed) {
        return;
    }
    let Some(open) = call::request(state, None, String::new()) else { return };
    let request = state.next_request();
    state.call.near =
        NearList { asked: Some(claimed.clone()), asking: Some(request), ..NearList::default() };
    out.push(Effect::Near(request, OpenRequest { command_id: None, ..open }));
}

pub fn answered(state: &mut State, request: u64, numbers: Answered<Vec<NearNumber>>) {
    if state.call.near.asking.take_if(|asked| *asked == request).is_none() {
        return;
    }
    match numbers {
        Ok(numbers) => state.call.near.numbers = numbers,
        Err(failed) => {
            // Nothing is known of them. What the line kept from asking is asked when it is
            // back; what was refused is not asked again by itself.
            let refused = matches!(failed, Failed::Refused(_));
            let asked = state.call.near.asked.take().filter(|_| refused);
            state.call.near = NearList { asked, unknown: true, ..NearList::default() };
            super::failed_to(state, &failed);
        }
    }
}

/// Puts the next of them in the number's line, once the caller has read it out again.
pub fn take(state: &mut State, out: &mut Vec<Effect>) {
    if state.call.pending.is_some() {
        return call::tell(state, "tell.pending");
    }
    if !call::open_to_change(state) {
        return call::tell(state, "tell.case-open");
    }
    let near = std::mem::take(&mut state.call.near);
    let Some(number) = near.numbers.get(near.next).map(|near| near.inquiry_number.clone()) else {
        state.call.near = near;
        return call::tell(state, "tell.no-near");
    };
    state.call.number = Field::with(&number);
    state.call.focus = Fact::Shop;
    call::changed(state, Fact::Number, out);
    call::hear_number(state, out);
    // The others stay at hand.
    let next = (near.next + 1) % near.numbers.len();
    state.call.near = NearList { next, asking: None, ..near };
}
