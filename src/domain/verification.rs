//! Verification (specification, section 4): from what the caller said and what the
//! records hold to an outcome that carries its evidence. Pure, so that it can be
//! recomputed at any time and compared.

use serde::{Deserialize, Serialize};

use super::case::{Claim, State};
use super::coupon::Coupon;
use super::evidence::{EvidenceHash, FieldHasher};
use super::ids::SettlementId;
use super::merchant::Merchant;
use super::reason::Reason;
use super::settlement::{Sale, Settlement};
use super::subset;
use super::time::{Window, covers};
use super::yen::{Yen, YenOverflow};

/// Sales that name the coupon count from this many minutes before the outage.
pub const LINKED_BEFORE_MINUTES: i64 = 10;
/// … to this many minutes after it.
pub const LINKED_AFTER_MINUTES: i64 = 60;
/// Unnamed sales count from this many minutes before the first settlement.
pub const UNNAMED_BEFORE_MINUTES: i64 = 10;
/// … to this many minutes after the last.
pub const UNNAMED_AFTER_MINUTES: i64 = 60;

/// What one fact came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// Agrees with the record.
    Match,
    /// Differs from the record.
    Differs,
    /// There is no record to hold it against.
    Unknown,
}

/// The four facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// F1, お問い合わせ番号.
    pub number: Fact,
    /// F2, 有効期限.
    pub expiry: Fact,
    /// F3, ご旅行先の都道府県.
    pub prefecture: Fact,
    /// F4, ご利用店舗名.
    pub shop: Fact,
}

impl Facts {
    /// Whether all four agree.
    #[must_use]
    pub fn all_match(&self) -> bool {
        [self.number, self.expiry, self.prefecture, self.shop]
            .iter()
            .all(|fact| *fact == Fact::Match)
    }
}

/// The records that one claim can be held against.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The coupon with the number said.
    pub coupon: Option<Coupon>,
    /// The merchant the claim names.
    pub merchant: Option<Merchant>,
    /// The coupon's settlements, everywhere and at any time.
    pub settlements: Vec<Settlement>,
    /// The merchant's sales that name the coupon, those linked by hand, and the unnamed
    /// ones near the settlements.
    pub sales: Vec<Sale>,
    /// For when the coupon system's records of the merchant are complete.
    pub settlements_covered: Vec<Window>,
    /// For when the shop's own are.
    pub sales_covered: Vec<Window>,
}

/// A part of one settlement to put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// Which.
    pub settlement_id: SettlementId,
    /// How much of it.
    pub amount: Yen,
}

/// What a verification came to, with its evidence.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The four facts.
    pub facts: Facts,
    /// `waiting`, `review`, `matched` or `declined`.
    pub state: State,
    /// Fact reasons first, the record reason after them.
    pub reasons: Vec<Reason>,
    /// What was paid too much; none where lines 1 to 8 of the table decided.
    pub over: Option<Yen>,
    /// What a restoration puts back: the whole settlements of line 13; empty unless matched.
    pub restore: Vec<Award>,
    /// What a supervisor's approval puts back: computed, never typed.
    pub approve: Vec<Award>,
    /// The coupon's settlements at the merchant in the outage, oldest first.
    pub settled_here: Vec<Settlement>,
    /// The sales held against them.
    pub linked: Vec<Sale>,
    /// Unnamed sales near the settlements that nobody has linked.
    pub unnamed: Vec<Sale>,
    /// The hash of all of it.
    pub evidence: EvidenceHash,
}

impl Verification {
    /// What a restoration would put back (0 unless matched).
    #[must_use]
    pub fn restorable(&self) -> Yen {
        total(&self.restore)
    }

    /// What an approval would put back.
    #[must_use]
    pub fn approvable(&self) -> Yen {
        total(&self.approve)
    }
}

/// The yen of some awards. Each is at most a settlement's amount and the whole at most
/// a face value, so the sum cannot leave an `i64`.
fn total(awards: &[Award]) -> Yen {
    awards
        .iter()
        .fold(Yen::ZERO, |sum, award| Yen::new(sum.get().saturating_add(award.amount.get())))
}

/// Holds `claim` against `records` for an outage (specification, section 4).
///
/// # Errors
/// [`YenOverflow`] where amounts in a damaged database leave the range of an `i64`.
pub fn verify(
    claim: &Claim,
    records: &Records,
    outage: Window,
) -> Result<Verification, YenOverflow> {
    let (facts, mut reasons) = facts_of(claim, records);
    let weighed = match (&records.coupon, &records.merchant) {
        (Some(coupon), Some(merchant)) => Some(weigh(coupon, merchant, records, outage)?),
        _ => None,
    };
    let mut state = State::Review;
    if let Some(weighed) = &weighed {
        if reasons.is_empty() {
            state = weighed.state;
        }
        reasons.push(weighed.reason);
    }
    if claim.other.is_some() {
        state = State::Review;
        reasons = vec![Reason::Other];
    }
    let weighed = weighed.unwrap_or_default();
    let restore = if state == State::Matched { weighed.restore } else { Vec::new() };
    let mut outcome = Verification {
        facts,
        state,
        reasons,
        over: if claim.other.is_some() { None } else { weighed.over },
        restore,
        approve: weighed.approve,
        settled_here: weighed.settled_here,
        linked: weighed.linked,
        unnamed: weighed.unnamed,
        evidence: EvidenceHash::from_hex(""),
    };
    outcome.evidence = evidence_of(claim, &outcome);
    Ok(outcome)
}

/// The facts and the reasons they give, in their order.
fn facts_of(claim: &Claim, records: &Records) -> (Facts, Vec<Reason>) {
    let judged = |agrees: bool| if agrees { Fact::Match } else { Fact::Differs };
    let (number, expiry, prefecture) = match &records.coupon {
        None => (Fact::Unknown, Fact::Unknown, Fact::Unknown),
        Some(coupon) => (
            Fact::Match,
            judged(coupon.ever_expired_on(claim.expiry)),
            judged(coupon.prefecture == claim.prefecture),
        ),
    };
    let shop = if records.merchant.is_some() { Fact::Match } else { Fact::Unknown };
    let reasons = [
        (number == Fact::Unknown, Reason::NumberUnknown),
        (expiry == Fact::Differs, Reason::ExpiryDiffers),
        (prefecture == Fact::Differs, Reason::PrefectureDiffers),
        (shop == Fact::Unknown, Reason::ShopUnknown),
    ];
    let reasons = reasons.into_iter().filter(|(given, _)| *given).map(|(_, reason)| reason);
    (Facts { number, expiry, prefecture, shop }, reasons.collect())
}

/// What the records come to, before the facts have their say.
struct Weighed {
    state: State,
    reason: Reason,
    over: Option<Yen>,
    restore: Vec<Award>,
    approve: Vec<Award>,
    settled_here: Vec<Settlement>,
    linked: Vec<Sale>,
    unnamed: Vec<Sale>,
}

impl Default for Weighed {
    fn default() -> Self {
        Self {
            state: State::Review,
            reason: Reason::Other,
            over: None,
            restore: Vec::new(),
            approve: Vec::new(),
            settled_here: Vec::new(),
            linked: Vec::new(),
            unnamed: Vec::new(),
        }
    }
}

/// Gathers what belongs together and walks the thirteen lines of the table.
fn weigh(
    coupon: &Coupon,
    merchant: &Merchant,
    records: &Records,
    outage: Window,
) -> Result<Weighed, YenOverflow> {
    let (mut here, elsewhere): (Vec<&Settlement>, Vec<&Settlement>) = records
        .settlements
        .iter()
        .filter(|settlement| outage.contains(settlement.settled_at))
        .partition(|settlement| settlement.merchant_id == merchant.merchant_id);
    here.sort_by(|a, b| (a.settled_at, &a.settlement_id).cmp(&(b.settled_at, &b.settlement_id)));
    let mut linked = linked_sales(coupon, merchant, &records.sales, outage);
    linked.sort_by(|a, b| (a.sold_at, &a.sale_id).cmp(&(b.sold_at, &b.sale_id)));
    let mut unnamed = unnamed_sales(merchant, &records.sales, &here);
    unnamed.sort_by(|a, b| (a.sold_at, &a.sale_id).cmp(&(b.sold_at, &b.sale_id)));

    let deducted = Yen::sum(here.iter().map(|s| s.amount))?;
    let restored = Yen::sum(here.iter().map(|s| s.restored))?;
    let sold = Yen::sum(linked.iter().map(|s| s.total))?;
    let cash = Yen::sum(linked.iter().map(|s| s.cash))?;
    let left = deducted.minus(restored)?;
    let over = left.plus(cash)?.minus(sold)?;
    let sums = Sums { deducted: left, over, restored, linked: !linked.is_empty() };
    let table = Table {
        none_here: here.is_empty(),
        elsewhere: !elsewhere.is_empty(),
        settlements_covered: covers(&records.settlements_covered, outage),
        sales_covered: covers(&records.sales_covered, outage),
        unnamed: !unnamed.is_empty(),
        sums,
    };
    let latest_first: Vec<&Settlement> = here.iter().rev().copied().collect();
    let whole = whole_settlements(&latest_first, over);
    let (state, reason) = table.decide(whole.is_some(), coupon)?;
    let computed = !matches!(
        reason,
        Reason::SettlementsMissing
            | Reason::NotSettledHere
            | Reason::NoSettlement
            | Reason::SalesMissing
            | Reason::UnnamedSale
            | Reason::ShopSilent
    ) && left > Yen::ZERO;
    let restore = if state == State::Matched { whole.unwrap_or_default() } else { Vec::new() };
    let approve = approvable(&latest_first, &sums, coupon)?;
    Ok(Weighed {
        state,
        reason,
        over: computed.then_some(over),
        restore,
        approve: if table.waits() { Vec::new() } else { approve },
        settled_here: here.into_iter().cloned().collect(),
        linked: linked.into_iter().cloned().collect(),
        unnamed: unnamed.into_iter().cloned().collect(),
    })
}

/// The sums of section 4.
#[derive(Clone, Copy)]
struct Sums {
    /// D − R.
    deducted: Yen,
    /// D − R + K − T.
    over: Yen,
    /// R.
    restored: Yen,
    /// Whether any sale is linked.
    linked: bool,
}

/// The conditions of the table.
struct Table {
    none_here: bool,
    elsewhere: bool,
    settlements_covered: bool,
    sales_covered: bool,
    unnamed: bool,
    sums: Sums,
}

impl Table {
    /// The first line that holds decides; the lines are numbered as in section 4.
    fn decide(&self, whole: bool, coupon: &Coupon) -> Result<(State, Reason), YenOverflow> {
        let Sums { deducted, over, restored, linked } = self.sums;
        Ok(if self.none_here && !self.settlements_covered {
            (State::Waiting, Reason::SettlementsMissing) // 1
        } else if self.none_here && self.elsewhere {
            (State::Review, Reason::NotSettledHere) // 2
        } else if self.none_here {
            (State::Declined, Reason::NoSettlement) // 3
        } else if !self.settlements_covered {
            (State::Waiting, Reason::SettlementsMissing) // 4
        } else if deducted == Yen::ZERO {
            (State::Declined, Reason::AlreadyRestored) // 5
        } else if !self.sales_covered {
            (State::Waiting, Reason::SalesMissing) // 6
        } else if !linked && self.unnamed {
            (State::Review, Reason::UnnamedSale) // 7
        } else if !linked {
            (State::Review, Reason::ShopSilent) // 8
        } else if over <= Yen::ZERO && restored > Yen::ZERO {
            (State::Declined, Reason::AlreadyRestored) // 9
        } else if over <= Yen::ZERO {
            (State::Declined, Reason::NotOverpaid) // 9
        } else if over > deducted {
            (State::Review, Reason::CashExceeds) // 10
        } else if !whole {
            (State::Review, Reason::Partial) // 11
        } else if coupon.balance.plus(over)? > coupon.face_value {
            (State::Review, Reason::OverFace) // 12
        } else {
            (State::Matched, Reason::Matched) // 13
        })
    }

    /// Whether records are missing, so that nobody can decide yet.
    fn waits(&self) -> bool {
        !self.settlements_covered || !self.sales_covered
    }
}

/// Sales at the merchant that name the coupon, sold near the outage, and those linked
/// by hand, whenever they were.
fn linked_sales<'a>(
    coupon: &Coupon,
    merchant: &Merchant,
    sales: &'a [Sale],
    outage: Window,
) -> Vec<&'a Sale> {
    let from = outage.from().plus_minutes(-LINKED_BEFORE_MINUTES);
    let until = outage.until().plus_minutes(LINKED_AFTER_MINUTES);
    sales
        .iter()
        .filter(|sale| sale.merchant_id == merchant.merchant_id)
        .filter(|sale| {
            let named = sale.inquiry_number.as_ref() == Some(&coupon.inquiry_number);
            sale.linked_by_hand || (named && sale.sold_at >= from && sale.sold_at <= until)
        })
        .collect()
}

/// Sales at the merchant that name no coupon, near the settlements (line 7).
fn unnamed_sales<'a>(
    merchant: &Merchant,
    sales: &'a [Sale],
    oldest_first: &[&Settlement],
) -> Vec<&'a Sale> {
    let (Some(first), Some(last)) = (oldest_first.first(), oldest_first.last()) else {
        return Vec::new();
    };
    let from = first.settled_at.plus_minutes(-UNNAMED_BEFORE_MINUTES);
    let until = last.settled_at.plus_minutes(UNNAMED_AFTER_MINUTES);
    sales
        .iter()
        .filter(|sale| sale.merchant_id == merchant.merchant_id)
        .filter(|sale| sale.inquiry_number.is_none() && !sale.linked_by_hand)
        .filter(|sale| sale.sold_at >= from && sale.sold_at <= until)
        .collect()
}

/// The fewest and latest whole, unrestored settlements that sum to `over`.
fn whole_settlements(latest_first: &[&Settlement], over: Yen) -> Option<Vec<Award>> {
    let whole: Vec<&&Settlement> =
        latest_first.iter().filter(|s| s.restored == Yen::ZERO).collect();
    let amounts: Vec<i64> = whole.iter().map(|s| s.amount.get()).collect();
    let chosen = subset::fewest_latest(&amounts, over.get())?;
    Some(
        chosen
            .into_iter()
            .map(|position| Award {
                settlement_id: whole[position].settlement_id.clone(),
                amount: whole[position].amount,
            })
            .collect(),
    )
}

/// What a supervisor's approval puts back. With a sale held against the settlements it
/// is what was paid too much, else all that was deducted; in both cases at most what is
/// not yet restored and at most what fits under the face value. Whole settlements where
/// they make it up, else the latest first, in part.
fn approvable(
    latest_first: &[&Settlement],
    sums: &Sums,
    coupon: &Coupon,
) -> Result<Vec<Award>, YenOverflow> {
    let owed = if sums.linked { sums.over } else { sums.deducted };
    let room = coupon.face_value.minus(coupon.balance)?;
    let amount = owed.min(sums.deducted).min(room);
    if amount <= Yen::ZERO {
        return Ok(Vec::new());
    }
    if let Some(whole) = whole_settlements(latest_first, amount) {
        return Ok(whole);
    }
    let mut left = amount;
    let mut awards = Vec::new();
    for settlement in latest_first {
        let part = settlement.unrestored().min(left);
        if part > Yen::ZERO {
            awards.push(Award { settlement_id: settlement.settlement_id.clone(), amount: part });
            left = left.minus(part)?;
        }
    }
    Ok(awards)
}

/// Hashes what was looked at and what it came to. The coupon's balance enters only by
/// its effect (line 12): the same coupon used elsewhere leaves the evidence as it was.
fn evidence_of(claim: &Claim, outcome: &Verification) -> EvidenceHash {
    let mut hasher = FieldHasher::new();
    hasher
        .text("madoguchi evidence 1")
        .text(claim.number.as_str())
        .text(&claim.expiry.to_string())
        .number(i64::from(claim.prefecture.code()))
        .text(claim.merchant_id.as_ref().map_or("", |id| id.as_str()))
        .text(claim.other.as_deref().unwrap_or(""));
    hasher.number(i64::try_from(outcome.settled_here.len()).unwrap_or(i64::MAX));
    for settlement in &outcome.settled_here {
        hasher
            .text(settlement.settlement_id.as_str())
            .number(settlement.amount.get())
            .number(settlement.settled_at.micros())
            .number(settlement.restored.get());
    }
    for sales in [&outcome.linked, &outcome.unnamed] {
        hasher.number(i64::try_from(sales.len()).unwrap_or(i64::MAX));
        for sale in sales {
            hasher
                .text(sale.sale_id.as_str())
                .number(sale.sold_at.micros())
                .number(sale.total.get())
                .number(sale.cash.get());
        }
    }
    hasher.text(outcome.state.as_str());
    for reason in &outcome.reasons {
        hasher.text(reason.code());
    }
    hasher.number(outcome.over.map_or(i64::MIN, Yen::get));
    for awards in [&outcome.restore, &outcome.approve] {
        hasher.number(i64::try_from(awards.len()).unwrap_or(i64::MAX));
        for award in awards {
            hasher.text(award.settlement_id.as_str()).number(award.amount.get());
        }
    }
    hasher.finish_evidence()
}

/// How a restored case looks in the light of the records as they are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// As it was decided.
    Stands,
    /// Later records give `excess` yen less than was restored.
    Contradicted {
        /// What was restored and is not owed.
        excess: Yen,
    },
    /// Later records give `more` yen more: a supplementary case is proposed.
    MoreDue {
        /// What a supplementary case would put back.
        more: Yen,
    },
}

/// Checks a restored case again (specification, section 6, "Later records"). `restored`
/// is what this case has put back. A sale must be held against the settlements before
/// anything is said to be contradicted or due.
///
/// # Errors
/// [`YenOverflow`] where amounts in a damaged database leave the range of an `i64`.
pub fn afterwards(now: &Verification, restored: Yen) -> Result<Afterwards, YenOverflow> {
    if now.linked.is_empty() {
        return Ok(Afterwards::Stands);
    }
    let left = Yen::sum(now.settled_here.iter().map(Settlement::unrestored))?;
    let cash = Yen::sum(now.linked.iter().map(|s| s.cash))?;
    let sold = Yen::sum(now.linked.iter().map(|s| s.total))?;
    let over = left.plus(cash)?.minus(sold)?;
    if over < Yen::ZERO && restored > Yen::ZERO {
        let excess = Yen::ZERO.minus(over)?.min(restored);
        return Ok(Afterwards::Contradicted { excess });
    }
    let more = now.approvable();
    Ok(if more > Yen::ZERO { Afterwards::MoreDue { more } } else { Afterwards::Stands })
}
