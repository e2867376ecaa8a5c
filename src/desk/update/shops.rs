//! The shop: found while it is typed, chosen, and how it is read.

use crate::desk::field::Field;
use crate::desk::msg::{Answered, Effect};
use crate::desk::state::State;
use crate::desk::state::call::{Fact, ShopList};
use crate::desk::state::over::{About, Over, Purpose, Write};
use crate::domain::ids::MerchantId;
use crate::domain::staff::Permission;
use crate::office::shop::RankedShop;

use super::call::{open_to_change, settle, tell, year};
use super::failed_to;

/// Letters of a shop's name before anything is looked for.
const SHOP_LETTERS: usize = 1;

/// Finds the shops that fit what is typed.
pub fn find(state: &mut State, out: &mut Vec<Effect>) {
    let text = state.call.shop.text().trim().to_owned();
    if text.chars().count() < SHOP_LETTERS {
        state.call.list = ShopList::default();
        return;
    }
    let request = state.next_request();
    state.call.list.asking = Some(request);
    state.call.list.answered = false;
    let prefecture = state.call.prefecture_read();
    out.push(Effect::FindShops(request, text, prefecture, state.call.likely.clone()));
}

/// Takes the selected shop; where none fits, the caller's shop is none that is known.
pub fn choose(state: &mut State, out: &mut Vec<Effect>) {
    if !open_to_change(state) {
        return;
    }
    if state.call.chosen.is_none() && !state.call.shop.is_blank() {
        match state.call.list.shops.get(state.call.list.selected) {
            Some(shop) => {
                let name = shop.name.clone();
                state.call.chosen = Some(shop.clone());
                state.call.shop = crate::desk::field::Field::with(&name);
            }
            // An answer may still be on its way: it is waited for.
            None if state.call.list.asking.is_some() => return,
            // Nobody has looked yet, or nobody could.
            None if !state.call.list.answered => return find(state, out),
            None => state.call.no_shop = true,
        }
        state.call.dirty = true;
    }
    // What is missing comes first.
    let year = year(state);
    let missing = Fact::ALL.into_iter().find(|fact| match fact {
        Fact::Number => state.call.number.is_blank(),
        Fact::Expiry => state.call.expiry_read(year).is_err(),
        Fact::Prefecture => state.call.prefecture_read().is_none(),
        Fact::Shop => false,
    });
    if let Some(missing) = missing {
        state.call.focus = missing;
    }
    settle(state, out);
}

/// Where the coupon was settled is known: those shops come first.
pub fn likely(state: &mut State, request: u64, merchants: Vec<MerchantId>, out: &mut Vec<Effect>) {
    if state.call.likely_asking.take_if(|asked| *asked == request).is_none() {
        return;
    }
    let news = state.call.likely != merchants;
    state.call.likely = merchants;
    if news && state.call.chosen.is_none() {
        find(state, out);
    }
}

/// The shops that fit.
pub fn found(
    state: &mut State,
    request: u64,
    shops: Answered<Vec<RankedShop>>,
    out: &mut Vec<Effect>,
) {
    if state.call.list.asking != Some(request) {
        return;
    }
    state.call.list.asking = None;
    match shops {
        Ok(shops) => {
            state.call.list.answered = true;
            // The cursor begins at the best again whenever the list changes.
            if state.call.list.shops != shops {
                state.call.list.selected = 0;
            }
            state.call.list.shops = shops;
            choose_again(state, out);
        }
        Err(failed) => failed_to(state, &failed),
    }
}

/// Shops were imported, or a reading was corrected: what is listed is found anew.
pub fn changed(state: &mut State, out: &mut Vec<Effect>) {
    if open_to_change(state) && state.call.chosen.is_none() {
        find(state, out);
    }
}

/// Asks a supervisor how the shop that is chosen, or under the cursor, is read.
pub fn correct(state: &mut State) {
    if !state.may(Permission::CorrectReadings) {
        return tell(state, "tell.supervisors-correct");
    }
    let call = &state.call;
    let shop = call.chosen.as_ref().or_else(|| call.list.shops.get(call.list.selected));
    let Some((shop, Ok(merchant_id))) = shop.map(|shop| (shop, shop.merchant_id.parse())) else {
        return tell(state, "tell.no-shop");
    };
    let about = About { merchant_id, name: shop.name.clone() };
    let fields = vec![Field::with(&shop.readings)];
    let write = Write { fields, about: Some(about), ..Write::new(Purpose::Reading) };
    state.over = Some(Over::Write(write));
}

/// After a draft was taken up: the shop that had been chosen is chosen again.
fn choose_again(state: &mut State, out: &mut Vec<Effect>) {
    let Some(wanted) = state.call.wanted.take() else { return };
    let found = state.call.list.shops.iter().find(|shop| shop.merchant_id == wanted);
    if let Some(shop) = found {
        state.call.chosen = Some(shop.clone());
        settle(state, out);
    }
}
