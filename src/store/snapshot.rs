//! What a decision looks at: asked for as a [`Need`], answered as a [`Snapshot`] that
//! was read in the very transaction that will write, or before it where nothing that
//! matters has been written since.

use serde::Serialize;

use super::StoreError;
use super::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, MerchantRow, SaleRow,
    SettlementRow, StaffKeyRow, StaffRow,
};
use crate::domain::case::{Case, Claim, State};
use crate::domain::coupon::Coupon;
use crate::domain::evidence::EvidenceHash;
use crate::domain::ids::CaseId;
use crate::domain::merchant::Merchant;
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::settlement::{Sale, Settlement};
use crate::domain::time::{Instant, Window};
use crate::domain::verification::Records;
use crate::domain::yen::Yen;

/// Which rows a decision needs to see.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Need {
    /// The person who acts.
    pub actor: Option<String>,
    /// The person acted upon.
    pub subject: Option<String>,
    /// The case; its coupon and merchant come with it.
    pub case_id: Option<String>,
    /// A coupon, where there is no case yet.
    pub number: Option<String>,
    /// A merchant, where there is no case yet.
    pub merchant_id: Option<String>,
    /// A sale to link.
    pub sale_id: Option<String>,
    /// The command, in case it has been carried out before.
    pub command_id: Option<String>,
    /// A public key, by its fingerprint.
    pub fingerprint: Option<String>,
    /// The day in Japan on which a case is opened.
    pub opened_day: Option<String>,
    /// Whether the recent sign-ins and look-ups of the subject are needed.
    pub watch: bool,
    /// The outage, microseconds from and until: unnamed sales are looked for near it.
    pub outage: (i64, i64),
    /// Whether only the case and what the records say of it are needed: no people, and
    /// nothing of what has been done to the case.
    pub records_only: bool,
}

/// A recent event about a person: a failed sign-in, a look-up of a number that does not
/// exist, a lock, a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedEvent {
    /// What.
    pub action: String,
    /// When.
    pub at: Instant,
}

/// The last link of a chain of the audit trail: the chain, how many links it has, the hash.
pub(super) type ChainHead = (String, i64, String);

/// What the store holds of a [`Need`].
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The chains that what is decided may be noted in, where there are several.
    pub(super) chains: Vec<ChainHead>,
    /// The last import when it was read.
    pub(super) imports: i64,
    /// The last event of the audit trail when it was read.
    pub head_seq: i64,
    /// The person who acts.
    pub actor: Option<StaffRow>,
    /// The person acted upon.
    pub subject: Option<StaffRow>,
    /// The key, if it is live: whoever it is given to.
    pub key: Option<StaffKeyRow>,
    /// How many admins can sign in.
    pub admins: i64,
    /// The case.
    pub case: Option<CaseRow>,
    /// The coupon, as a row.
    pub coupon: Option<CouponRow>,
    /// The merchant, as a row.
    pub merchant: Option<MerchantRow>,
    /// The records that a claim is held against.
    pub records: Records,
    /// The live case on the coupon and merchant, if any.
    pub live_case: Option<String>,
    /// The last running number of the day.
    pub last_running: i64,
    /// The case's links, taken back ones left out.
    pub links: Vec<CaseSaleRow>,
    /// The case's ledger entries.
    pub entries: Vec<EntryRow>,
    /// The sale to link.
    pub sale: Option<SaleRow>,
    /// The case that the sale is linked to now.
    pub sale_linked_to: Option<String>,
    /// Whether a call to the shop is noted on the case.
    pub shop_called: bool,
    /// Whether one was noted after the last decision on it.
    pub shop_called_since: bool,
    /// The call-back that was last promised on the case.
    pub callback: Option<CallbackRow>,
    /// The command, where it has been carried out before.
    pub prior: Option<CommandRow>,
    /// Recent events about the subject, newest first.
    pub watched: Vec<WatchedEvent>,
}

/// A row that cannot be what the store wrote.
fn damaged(table: &'static str, key: &str, what: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged { table, key: key.to_owned(), what: what.to_string() }
}

fn parse<T: std::str::FromStr>(table: &'static str, key: &str, text: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| damaged(table, key, error))
}

fn prefecture(table: &'static str, key: &str, code: i64) -> Result<Prefecture, StoreError> {
    u8::try_from(code)
        .ok()
        .and_then(Prefecture::from_code)
        .ok_or_else(|| damaged(table, key, "no prefecture has this code"))
}

fn number(table: &'static str, key: &str, text: &str) -> Result<InquiryNumber, StoreError> {
    InquiryNumber::fold(text).map_err(|error| damaged(table, key, error))
}

impl CouponRow {
    /// The coupon, with the days it was extended to.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn to_domain(&self, extended_to: &[String]) -> Result<Coupon, StoreError> {
        let key = &self.inquiry_number;
        let extended_to: Result<_, _> =
            extended_to.iter().map(|day| parse("extension", key, day)).collect();
        Ok(Coupon {
            inquiry_number: number("coupon", key, key)?,
            prefecture: prefecture("coupon", key, self.prefecture)?,
            face_value: Yen::new(self.face_value),
            balance: Yen::new(self.balance),
            printed_expires_on: parse("coupon", key, &self.printed_expires_on)?,
            expires_on: parse("coupon", key, &self.expires_on)?,
            extended_to: extended_to?,
            holder: parse("coupon", key, &self.holder)?,
        })
    }
}

impl MerchantRow {
    /// The merchant.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn to_domain(&self) -> Result<Merchant, StoreError> {
        let key = &self.merchant_id;
        Ok(Merchant {
            merchant_id: parse("merchant", key, key)?,
            name: self.name.clone(),
            kana: self.kana.clone(),
            prefecture: prefecture("merchant", key, self.prefecture)?,
            address: self.address.clone(),
            phone: self.phone.clone(),
        })
    }
}

impl SettlementRow {
    /// The settlement.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn to_domain(&self) -> Result<Settlement, StoreError> {
        let key = &self.settlement_id;
        Ok(Settlement {
            settlement_id: parse("settlement", key, key)?,
            inquiry_number: number("settlement", key, &self.inquiry_number)?,
            merchant_id: parse("settlement", key, &self.merchant_id)?,
            amount: Yen::new(self.amount),
            settled_at: Instant::from_micros(self.settled_at),
            restored: Yen::new(self.restored),
        })
    }
}

impl SaleRow {
    /// The sale.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn to_domain(&self, linked_by_hand: bool) -> Result<Sale, StoreError> {
        let key = &self.sale_id;
        let named = self.inquiry_number.as_deref();
        Ok(Sale {
            sale_id: parse("sale", key, key)?,
            merchant_id: parse("sale", key, &self.merchant_id)?,
            sold_at: Instant::from_micros(self.sold_at),
            total: Yen::new(self.total),
            cash: Yen::new(self.cash),
            inquiry_number: named.map(|text| number("sale", key, text)).transpose()?,
            receipt: self.receipt.clone(),
            linked_by_hand,
        })
    }
}

impl CaseRow {
    /// What was said in the case.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn claim(&self) -> Result<Claim, StoreError> {
        let key = &self.case_id;
        let merchant = self.merchant_id.as_deref();
        Ok(Claim {
            number: number("cases", key, &self.number_said)?,
            expiry: parse("cases", key, &self.expiry_said)?,
            prefecture: prefecture("cases", key, self.prefecture_said)?,
            shop_said: self.shop_said.clone(),
            merchant_id: merchant.map(|id| parse("cases", key, id)).transpose()?,
            other: self.other_text.clone(),
        })
    }

    /// The case.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn to_domain(&self) -> Result<Case, StoreError> {
        let key = &self.case_id;
        let person =
            |id: &Option<String>| id.as_deref().map(|id| parse("cases", key, id)).transpose();
        let reasons: Result<_, _> =
            self.reasons.split_whitespace().map(|code| parse("cases", key, code)).collect();
        Ok(Case {
            case_id: parse::<CaseId>("cases", key, key)?,
            claim: self.claim()?,
            coupon_known: self.inquiry_number.is_some(),
            opened_by: parse("cases", key, &self.opened_by)?,
            opened_at: Instant::from_micros(self.opened_at),
            held_by: parse("cases", key, &self.held_by)?,
            state: parse::<State>("cases", key, &self.state)?,
            reasons: reasons?,
            over: self.over.map(Yen::new),
            restorable: Yen::new(self.restorable),
            evidence: EvidenceHash::from_hex(&self.evidence),
            version: self.version,
            restored: Yen::new(self.restored),
            restored_by: person(&self.restored_by)?,
            approved_by: person(&self.approved_by)?,
            supplement: Yen::new(self.supplement),
            question: self.question.clone(),
        })
    }
}

/// An interval of coverage from its two ends.
///
/// # Errors
/// [`StoreError::Damaged`] where the interval is empty.
pub fn window(from: i64, until: i64) -> Result<Window, StoreError> {
    Window::new(Instant::from_micros(from), Instant::from_micros(until))
        .map_err(|error| damaged("coverage", "", error))
}
