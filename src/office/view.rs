//! A case as programs and screens see it: the JSON of the specification's section 7.

use serde::{Deserialize, Serialize};

use crate::domain::case::State;
use crate::domain::time::Instant;
use crate::domain::verification::{Afterwards, Facts, Verification, afterwards};
use crate::store::StoreError;
use crate::store::rows::{CallbackRow, CaseRow};
use crate::store::snapshot::Snapshot;

/// The coupon's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponView {
    /// お問い合わせ番号.
    pub inquiry_number: String,
    /// Yen left.
    pub balance: i64,
    /// Yen when issued.
    pub face_value: i64,
    /// The last day in force.
    pub expires_on: String,
}

/// The merchant's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantView {
    /// 加盟店ID.
    pub merchant_id: String,
    /// 店舗名.
    pub name: String,
    /// 電話番号, for whoever calls the shop; no part of the JSON.
    #[serde(skip)]
    pub phone: String,
    /// 住所; no part of the JSON.
    #[serde(skip)]
    pub address: String,
}

/// One settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementView {
    /// 決済ID.
    pub settlement_id: String,
    /// Yen deducted.
    pub amount: i64,
    /// When, RFC 3339 with +09:00.
    pub settled_at: Instant,
    /// Yen put back so far.
    pub restored: i64,
    /// Whether a restoration would put it back.
    pub restore: bool,
}

/// One sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleView {
    /// 売上ID.
    pub sale_id: String,
    /// When, RFC 3339 with +09:00.
    pub sold_at: Instant,
    /// Yen sold.
    pub total: i64,
    /// Yen paid by anything but the coupon.
    pub cash: i64,
    /// Whether it is held against the settlements.
    pub linked: bool,
}

/// A number that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearNumber {
    /// お問い合わせ番号.
    pub inquiry_number: String,
    /// The slip that makes one of the other: see [`crate::search::near::Near::why`].
    pub why: String,
}

/// A call-back that was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackView {
    /// When to call, RFC 3339 with +09:00.
    pub due_at: Instant,
    /// The caller's number, all but its end hidden.
    pub phone_masked: String,
    /// Who noted it.
    pub by: String,
}

impl CallbackView {
    fn new(row: &CallbackRow) -> Self {
        Self {
            due_at: Instant::from_micros(row.due_at),
            phone_masked: row.phone.masked(),
            by: row.staff_id.clone(),
        }
    }
}

/// A case with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseView {
    /// Its number; none for a dry run.
    pub case: Option<String>,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reasons: Vec<String>,
    /// Paid too much; none where it was not computed.
    pub over: Option<i64>,
    /// What a `restore` would put back (0 unless matched).
    pub restorable: i64,
    /// What an `approve` would put back.
    pub approvable: i64,
    /// What the case has put back.
    pub restored: i64,
    /// What a supplementary case would add.
    pub supplement: i64,
    /// What of a contradicted case's restoration later records do not bear out.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub excess: i64,
    /// The four facts.
    pub facts: Facts,
    /// Where the number does not exist: numbers one slip away with which the other three
    /// facts agree, the likeliest first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub near: Option<Vec<NearNumber>>,
    /// The coupon, where the number is known.
    pub coupon: Option<CouponView>,
    /// The merchant, where one fits.
    pub merchant: Option<MerchantView>,
    /// The coupon's settlements there in the outage.
    pub settlements: Vec<SettlementView>,
    /// The sales linked, and the unnamed ones near.
    pub sales: Vec<SaleView>,
    /// The inquiry number as it was said, folded.
    pub number_said: String,
    /// The expiry as it was said, YYYY-MM-DD.
    pub expiry_said: String,
    /// The prefecture as it was said: its name.
    pub prefecture_said: String,
    /// The shop as it was typed.
    pub shop_said: String,
    /// Another trouble's text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<String>,
    /// A supervisor's open question.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub question: Option<String>,
    /// The call-back that was last promised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub callback: Option<CallbackView>,
    /// Who opened it.
    pub opened_by: String,
    /// When, RFC 3339 with +09:00.
    pub opened_at: Instant,
    /// Who has it open.
    pub held_by: String,
    /// The evidence's hash: a restoration names the one that was shown.
    pub evidence: String,
    /// Counts every change.
    pub version: i64,
}

impl CaseView {
    /// The case's row with what the records say.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a column cannot be what was written.
    pub fn new(row: &CaseRow, outcome: &Verification, seen: &Snapshot) -> Result<Self, StoreError> {
        let case = row.to_domain()?;
        let live = case.state.is_live() && case.state != State::Contradicted;
        Ok(Self {
            case: Some(row.case_id.clone()),
            state: row.state.clone(),
            reasons: row.reasons.split_whitespace().map(str::to_owned).collect(),
            over: row.over,
            restorable: row.restorable,
            approvable: if live { outcome.approvable().get() } else { 0 },
            restored: row.restored,
            supplement: row.supplement,
            excess: excess(&case, outcome),
            facts: outcome.facts,
            near: None,
            coupon: seen.coupon.as_ref().map(|coupon| CouponView {
                inquiry_number: coupon.inquiry_number.clone(),
                balance: coupon.balance,
                face_value: coupon.face_value,
                expires_on: coupon.expires_on.clone(),
            }),
            merchant: seen.merchant.as_ref().map(|merchant| MerchantView {
                merchant_id: merchant.merchant_id.clone(),
                name: merchant.name.clone(),
                phone: merchant.phone.expose().to_owned(),
                address: merchant.address.clone(),
            }),
            settlements: settlements(outcome, case.state == State::Matched),
            sales: sales(outcome),
            number_said: row.number_said.clone(),
            expiry_said: row.expiry_said.clone(),
            prefecture_said: case.claim.prefecture.name().to_owned(),
            shop_said: row.shop_said.clone(),
            other: row.other_text.clone(),
            question: row.question.clone(),
            callback: seen.callback.as_ref().map(CallbackView::new),
            opened_by: row.opened_by.clone(),
            opened_at: Instant::from_micros(row.opened_at),
            held_by: row.held_by.clone(),
            evidence: row.evidence.clone(),
            version: row.version,
        })
    }

    /// Without the coupon's balance and records: what somebody may see who has not all
    /// four facts and opens no case.
    #[must_use]
    pub fn without_records(mut self) -> Self {
        self.coupon = None;
        self.settlements.clear();
        self.sales.clear();
        self.over = None;
        self.approvable = 0;
        // Amounts enter the hash, and who knows the rest could try them out.
        self.evidence.clear();
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

fn excess(case: &crate::domain::case::Case, outcome: &Verification) -> i64 {
    match afterwards(outcome, case.restored) {
        Ok(Afterwards::Contradicted { excess }) if case.state == State::Contradicted => {
            excess.get()
        }
        _ => 0,
    }
}

fn settlements(outcome: &Verification, matched: bool) -> Vec<SettlementView> {
    outcome
        .settled_here
        .iter()
        .map(|settlement| SettlementView {
            settlement_id: settlement.settlement_id.as_str().to_owned(),
            amount: settlement.amount.get(),
            settled_at: settlement.settled_at,
            restored: settlement.restored.get(),
            restore: matched
                && outcome.restore.iter().any(|a| a.settlement_id == settlement.settlement_id),
        })
        .collect()
}

fn sales(outcome: &Verification) -> Vec<SaleView> {
    let view = |sale: &crate::domain::settlement::Sale, linked| SaleView {
        sale_id: sale.sale_id.as_str().to_owned(),
        sold_at: sale.sold_at,
        total: sale.total.get(),
        cash: sale.cash.get(),
        linked,
    };
    let linked = outcome.linked.iter().map(|sale| view(sale, true));
    linked.chain(outcome.unnamed.iter().map(|sale| view(sale, false))).collect()
}
