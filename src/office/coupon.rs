//! Looking coupons up. Every look-up is noted, and a run of numbers that do not exist locks.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Actor, Office, Result};
use crate::domain::ids::MerchantId;
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, may};
use crate::domain::time::Instant;
use crate::store::changes::Event;
use crate::store::rows::CouponRow;
use crate::store::{CaseFilter, CouponFile};

/// Whether a coupon qualifies as class A, for the sentence the caller hears at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassA {
    /// It does not.
    No,
    /// It does, and waits to be extended.
    Due,
    /// It does, and has been extended.
    Extended,
}

/// What an operator hears of a number that exists, to hold the caller's words against:
/// neither balance nor records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberHeard {
    /// The coupon's prefecture.
    pub prefecture: Prefecture,
    /// Every last day it ever had: the printed one, then those it was extended to.
    pub expiries: Vec<NaiveDate>,
    /// Whether it is class A.
    pub class_a: ClassA,
}

impl Office {
    /// What a number tells while the caller is still speaking; none where it does not
    /// exist. Noted and throttled as [`Office::look_up`].
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, or what the store answers.
    pub async fn hear_number(
        &self,
        actor: &Actor,
        number: &InquiryNumber,
    ) -> Result<Option<NumberHeard>> {
        let Some((row, extended)) = self.look_up(actor, number).await? else {
            return Ok(None);
        };
        let coupon = row.to_domain(&extended)?;
        let mut expiries = vec![coupon.printed_expires_on];
        expiries.extend(coupon.extended_to);
        let class_a = self.class_a(&row);
        Ok(Some(NumberHeard { prefecture: coupon.prefecture, expiries, class_a }))
    }

    /// The merchants where a coupon was settled in the outage, to rank what is heard next.
    /// Expiry and prefecture must be the coupon's, or there are none: who has not the
    /// coupon in hand learns nothing. It belongs to the look-up before it and is not noted
    /// again; a number that does not exist counts as any does.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, or what the store answers.
    pub async fn likely_shops(
        &self,
        actor: &Actor,
        number: &InquiryNumber,
        expiry: NaiveDate,
        prefecture: Prefecture,
    ) -> Result<Vec<MerchantId>> {
        actor.must(Permission::TakeCalls)?;
        self.look_ups_open(actor).await?;
        let Some((row, extended)) = self.store.look_up(number).await? else {
            self.count_miss(actor).await?;
            return Ok(Vec::new());
        };
        let coupon = row.to_domain(&extended)?;
        if coupon.prefecture != prefecture || !coupon.ever_expired_on(expiry) {
            return Ok(Vec::new());
        }
        let outage = self.settings.campaign.outage;
        Ok(self.store.settled_at(number, outage.from(), outage.until()).await?)
    }

    /// Whether a number exists: the first thing a desk asks. The coupon stays with the
    /// office; what the caller says is held against it when a case is opened.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, or what the store answers.
    pub async fn look_up(
        &self,
        actor: &Actor,
        number: &InquiryNumber,
    ) -> Result<Option<(CouponRow, Vec<String>)>> {
        if actor.must(Permission::TakeCalls).is_err() {
            actor.must(Permission::ReadEverything)?;
        }
        self.look_ups_open(actor).await?;
        let found = self.store.look_up(number).await?;
        if found.is_some() {
            let event = Event::new(self.now(), &actor.staff_id, "look_up");
            self.store.jot(event.on_coupon(Some(number.clone())));
        } else {
            self.count_miss(actor).await?;
        }
        Ok(found)
    }

    /// One coupon with all that belongs to it: for those who read everything, and for an
    /// operator who has a case on it.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, `COUPON_UNKNOWN`, `NOT_YOUR_CASE`.
    pub async fn coupon(&self, actor: &Actor, number: &InquiryNumber) -> Result<CouponFile> {
        if self.look_up(actor, number).await?.is_none() {
            return Err(Refusal::new(Code::CouponUnknown).with("number", number).into());
        }
        if !may(actor.role, Permission::ReadEverything) {
            let own = CaseFilter {
                staff_id: Some(actor.staff_id.as_str().to_owned()),
                number: Some(number.as_str().to_owned()),
                limit: 1,
                ..CaseFilter::default()
            };
            if self.store.cases(&own).await?.is_empty() {
                return Err(Refusal::new(Code::NotYourCase).with("number", number).into());
            }
        }
        let file = self.store.coupon_file(number).await?;
        file.ok_or_else(|| Refusal::new(Code::CouponUnknown).with("number", number).into())
    }

    /// Whether the coupon is class A.
    #[must_use]
    pub fn class_a(&self, coupon: &CouponRow) -> ClassA {
        let campaign = &self.settings.campaign;
        let prefecture = u8::try_from(coupon.prefecture)
            .ok()
            .and_then(crate::domain::prefecture::Prefecture::from_code);
        let printed = coupon.printed_expires_on.parse();
        let (Some(prefecture), Ok(printed)) = (prefecture, printed) else {
            return ClassA::No;
        };
        if !campaign.is_class_a(printed, prefecture) || coupon.balance < 1 {
            ClassA::No
        } else if coupon.expires_on >= campaign.extended_expiry.to_string() {
            ClassA::Extended
        } else {
            ClassA::Due
        }
    }
}

/// The JSON of the specification's section 7: the coupon with `settlements`, `cases`,
/// `expiries` and `entries`. Telephone number and mail address are masked.
#[must_use]
pub fn coupon_json(file: &CouponFile) -> Value {
    let at = |micros: i64| Instant::from_micros(micros).to_string();
    let coupon = &file.coupon;
    let mut expiries = vec![json!({
        "expires_on": coupon.printed_expires_on, "since": file.imported_at, "why": "printed",
    })];
    expiries.extend(file.extensions.iter().map(|extension| {
        let why = if extension.case_id.is_some() { "restoration" } else { "class_a" };
        json!({
            "expires_on": extension.to_on, "since": at(extension.at), "why": why,
            "case": extension.case_id,
        })
    }));
    let mut balance = coupon.opening_balance;
    let mut entries = vec![json!({
        "kind": "opening", "amount": coupon.opening_balance, "balance": balance,
        "at": file.imported_at,
    })];
    for entry in &file.entries {
        balance += entry.amount;
        entries.push(json!({
            "kind": entry.kind, "amount": entry.amount, "balance": balance, "at": at(entry.at),
            "case": entry.case_id, "settlement_id": entry.settlement_id,
        }));
    }
    json!({
        "inquiry_number": coupon.inquiry_number,
        "prefecture": u8::try_from(coupon.prefecture).ok()
            .and_then(crate::domain::prefecture::Prefecture::from_code)
            .map(crate::domain::prefecture::Prefecture::name),
        "face_value": coupon.face_value,
        "balance": coupon.balance,
        "expires_on": coupon.expires_on,
        "holder": coupon.holder,
        "phone": coupon.phone.masked(),
        "email": coupon.email.masked(),
        "issuer": coupon.issuer,
        "settlements": file.settlements.iter().map(|(settlement, merchant)| json!({
            "settlement_id": settlement.settlement_id,
            "merchant_id": settlement.merchant_id,
            "merchant": merchant,
            "amount": settlement.amount,
            "settled_at": at(settlement.settled_at),
            "restored": settlement.restored,
        })).collect::<Vec<_>>(),
        "cases": file.cases.iter().map(|case| json!({
            "case": case.case_id, "state": case.state, "restored": case.restored,
            "reasons": case.reasons.split_whitespace().collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "expiries": expiries,
        "entries": entries,
        "history": file.history.iter().map(|event| json!({
            "at": at(event.at), "staff": event.staff_id, "action": event.action,
            "case": event.case_id,
        })).collect::<Vec<_>>(),
    })
}
