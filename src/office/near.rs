//! Numbers near one that does not exist, for the caller to confirm.

use super::cases::OpenRequest;
use super::view::NearNumber;
use super::{Actor, Office, Result};
use crate::domain::number::InquiryNumber;
use crate::domain::staff::Permission;
use crate::search::near::near;
use crate::store::NearQuestion;
use crate::store::changes::Event;

/// How many are shown at most.
const SHOWN: i64 = 5;

impl Office {
    /// As [`Office::open_case`] finds them, before a case is opened. Where none is found it
    /// counts as one more look-up of a number that does not exist: nobody tries shops and
    /// days out until one answers.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, or what the store answers.
    pub async fn near(&self, actor: &Actor, request: &OpenRequest) -> Result<Vec<NearNumber>> {
        actor.must(Permission::TakeCalls)?;
        self.look_ups_open(actor).await?;
        if self.store.look_up(&request.number).await?.is_some() {
            return Ok(Vec::new());
        }
        let found = self.near_numbers(request).await?;
        if found.is_empty() {
            self.count_miss(actor).await?;
        }
        self.note_near(actor, &found);
        Ok(found)
    }

    /// The coupons whose numbers are one slip away from the one that was said, where expiry,
    /// prefecture and shop all agree with them: whoever has only some of the facts in hand
    /// learns nothing. Whoever shows them notes it: [`Office::note_near`].
    pub(super) async fn near_numbers(&self, request: &OpenRequest) -> Result<Vec<NearNumber>> {
        let Some(merchant_id) = &request.merchant_id else {
            return Ok(Vec::new());
        };
        let pattern = &self.settings.number_pattern;
        let slips = near(request.number.as_str(), |number| pattern.parse(number).is_ok());
        let question = NearQuestion {
            numbers: slips.iter().map(|near| near.number.clone()).collect(),
            expiry: request.expiry.to_string(),
            prefecture: request.prefecture.code(),
            merchant_id: merchant_id.as_str().to_owned(),
            outage: self.outage_micros(),
            limit: SHOWN,
        };
        let found = self.store.near_numbers(&question).await?;
        let shown = slips.into_iter().filter(|near| found.contains(&near.number));
        Ok(shown.map(|near| NearNumber { inquiry_number: near.number, why: near.why }).collect())
    }

    /// Each that is shown is noted as looked up.
    pub(super) fn note_near(&self, actor: &Actor, shown: &[NearNumber]) {
        for near in shown {
            let event = Event::new(self.now(), &actor.staff_id, "look_up.near")
                .on_coupon(InquiryNumber::fold(&near.inquiry_number).ok());
            self.store.jot(event);
        }
    }
}
