//! Cases: opening them, showing them, and handing commands to the store.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::json;

use super::command::{Act, CaseCommand, damaged, take_outcome};
use super::view::{CaseView, NearNumber};
use super::{Actor, Deciding, Office, OfficeError, Result, acting, answered_before, watch};
use crate::domain::case::{Claim, State};
use crate::domain::evidence::{EvidenceHash, FieldHasher};
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId, may};
use crate::domain::text;
use crate::domain::time::Instant;
use crate::domain::verification::verify;
use crate::store::changes::{Changes, Event};
use crate::store::rows::{AuditRow, CaseRow, CommandRow};
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{CaseFilter, Decision, StoreError};

/// The longest text a person may write on a case.
const MAX_TEXT_CHARS: usize = 2_000;
/// The longest shop name that is kept as it was typed.
const MAX_SHOP_CHARS: usize = 200;

/// What the operator took down.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// お問い合わせ番号.
    pub number: InquiryNumber,
    /// 有効期限.
    pub expiry: NaiveDate,
    /// ご旅行先の都道府県.
    pub prefecture: Prefecture,
    /// ご利用店舗名, as typed.
    pub shop_said: String,
    /// The merchant, where it is one.
    pub merchant_id: Option<MerchantId>,
    /// Another trouble's text.
    pub other: Option<String>,
    /// Made before sending.
    pub command_id: Option<String>,
}

/// What goes along with a command on a case.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Made before sending: the same id gets the first answer again.
    pub command_id: Option<String>,
    /// The version that was shown.
    pub version: Option<i64>,
    /// The evidence that was shown.
    pub evidence: Option<EvidenceHash>,
}

/// A text that may be kept.
///
/// # Errors
/// `BAD_INPUT` with what is wrong about it.
pub fn checked_text(name: &str, value: &str) -> Result<String> {
    let text = text::for_terminal_bounded(value.trim(), MAX_TEXT_CHARS + 1);
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Refusal::new(Code::BadInput)
            .with("key", name)
            .with("what", "at most 2,000 characters")
            .with("what_ja", "2,000文字までです")
            .into());
    }
    Ok(text)
}

impl Office {
    /// Opens a case (specification, section 4).
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `LOOK_UPS_LOCKED`, `LIVE_CASE` with the number of the live one,
    /// `COMMAND_REUSED`, or what the store answers.
    pub async fn open_case(&self, actor: &Actor, request: OpenRequest) -> Result<CaseView> {
        actor.must(Permission::TakeCalls)?;
        self.look_ups_open(actor).await?;
        let mut opening = self.opening(actor, request);
        if self.store.look_up(&opening.request.number).await?.is_none() {
            opening.near = Some(self.near_numbers(&opening.request).await?);
        }
        let need = opening.need(self.outage_micros());
        let answer =
            self.store.submit(Deciding::job(need, move |seen| opening.decide(seen))).await??;
        let view: CaseView = read(&answer)?;
        if view.coupon.is_none() {
            self.look_ups_changed(actor);
        }
        // What the answer holds: a command sent again gets what was found the first time.
        self.note_near(actor, view.near.as_deref().unwrap_or_default());
        Ok(view)
    }

    /// What opening a case would come to, without opening it. Somebody who sees records
    /// only through cases of their own gets them only when all four facts agree, and the
    /// look-up is noted either way.
    ///
    /// # Errors
    /// As [`Office::open_case`].
    pub async fn try_case(&self, actor: &Actor, request: OpenRequest) -> Result<CaseView> {
        self.tried(actor, request, true).await
    }

    /// As [`Office::try_case`], for what is on a screen already and may have changed: the
    /// look-up was noted when it came there.
    ///
    /// # Errors
    /// As [`Office::open_case`].
    pub async fn retry_case(&self, actor: &Actor, request: OpenRequest) -> Result<CaseView> {
        self.tried(actor, request, false).await
    }

    async fn tried(&self, actor: &Actor, request: OpenRequest, note: bool) -> Result<CaseView> {
        actor.must(Permission::TakeCalls)?;
        self.look_ups_open(actor).await?;
        let opening = self.opening(actor, request);
        let need = opening.need(self.outage_micros());
        let mut seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        seen.prior = None;
        let changes = opening.decide(&seen)??;
        let mut view: CaseView = read(&changes.answer)?;
        view.case = None;
        if seen.coupon.is_none() {
            self.count_miss(actor).await?;
            let found = self.near_numbers(&opening.request).await?;
            self.note_near(actor, &found);
            view.near = Some(found);
        } else if note {
            let event = Event::new(self.now(), &actor.staff_id, "look_up")
                .on_coupon(Some(opening.request.number.clone()));
            self.store.jot(event);
        }
        let sees_all = may(actor.role, Permission::ReadEverything) || view.facts.all_match();
        Ok(if sees_all { view } else { view.without_records() })
    }

    fn opening(&self, actor: &Actor, request: OpenRequest) -> Opening {
        let mut request = request;
        request.shop_said = text::for_terminal_bounded(request.shop_said.trim(), MAX_SHOP_CHARS);
        Opening {
            actor: actor.staff_id.clone(),
            request,
            now: self.now(),
            near: None,
            settings: Arc::clone(&self.settings),
        }
    }

    /// Carries a command on a case out.
    ///
    /// # Errors
    /// The refusal, or what the store answers.
    pub async fn on_case(
        &self,
        actor: &Actor,
        case_id: &CaseId,
        act: Act,
        shown: Shown,
    ) -> Result<CaseView> {
        actor.must(act.permission())?;
        let command = CaseCommand {
            actor: actor.staff_id.clone(),
            case_id: case_id.clone(),
            act,
            now: self.now(),
            command_id: shown.command_id,
            version: shown.version,
            evidence: shown.evidence,
            settings: Arc::clone(&self.settings),
        };
        let answer = self.store.submit(Arc::new(command)).await??;
        read(&answer)
    }

    /// One case as it stands, with what the records say now.
    ///
    /// # Errors
    /// `CASE_UNKNOWN`, `NOT_YOUR_CASE`, `NOT_ALLOWED`.
    pub async fn show_case(&self, actor: &Actor, case_id: &CaseId) -> Result<CaseView> {
        self.shown(actor, case_id, true).await
    }

    /// As [`Office::show_case`], for a case that is on a screen already and may have
    /// changed: that it was read was noted when it came there.
    ///
    /// # Errors
    /// As [`Office::show_case`].
    pub async fn reread_case(&self, actor: &Actor, case_id: &CaseId) -> Result<CaseView> {
        self.shown(actor, case_id, false).await
    }

    async fn shown(&self, actor: &Actor, case_id: &CaseId, note: bool) -> Result<CaseView> {
        let need = Need {
            case_id: Some(case_id.as_str().to_owned()),
            outage: self.outage_micros(),
            ..Need::default()
        };
        let seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        let row = Self::visible(actor, case_id, seen.case.as_ref())?;
        let outcome = verify(&row.claim()?, &seen.records, self.settings.campaign.outage)
            .map_err(|error| damaged(row, error))?;
        if note {
            self.note_reading(actor, row);
        }
        Ok(CaseView::new(row, &outcome, &seen)?)
    }

    /// What has happened to a case, oldest first.
    ///
    /// # Errors
    /// As [`Office::show_case`].
    pub async fn case_history(&self, actor: &Actor, case_id: &CaseId) -> Result<Vec<AuditRow>> {
        let need = Need { case_id: Some(case_id.as_str().to_owned()), ..Need::default() };
        let seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        Self::visible(actor, case_id, seen.case.as_ref())?;
        Ok(self.store.history(case_id).await?)
    }

    /// Cases, newest first: an operator's own, anybody's for those who may read all.
    ///
    /// # Errors
    /// `NOT_ALLOWED`.
    pub async fn list_cases(&self, actor: &Actor, state: Option<State>) -> Result<Vec<CaseRow>> {
        let all = may(actor.role, Permission::ReadEverything);
        if !all {
            actor.must(Permission::TakeCalls)?;
        }
        let filter = CaseFilter {
            state: state.map(|state| state.as_str().to_owned()),
            staff_id: (!all).then(|| actor.staff_id.as_str().to_owned()),
            number: None,
            limit: 10_000,
        };
        Ok(self.store.cases(&filter).await?)
    }

    pub(super) fn visible<'a>(
        actor: &Actor,
        case_id: &CaseId,
        row: Option<&'a CaseRow>,
    ) -> Result<&'a CaseRow> {
        let all = may(actor.role, Permission::ReadEverything);
        if !all {
            actor.must(Permission::TakeCalls)?;
        }
        let row = row.ok_or_else(|| Refusal::new(Code::CaseUnknown).with("case", case_id))?;
        let id = actor.staff_id.as_str();
        if all || row.opened_by == id || row.held_by == id {
            Ok(row)
        } else {
            Err(Refusal::new(Code::NotYourCase).with("case", case_id).into())
        }
    }

    fn note_reading(&self, actor: &Actor, row: &CaseRow) {
        let mut event = Event::new(self.now(), &actor.staff_id, "case.show");
        event.case_id = row.case_id.parse().ok();
        self.store.jot(event);
    }
}

fn read(answer: &str) -> Result<CaseView> {
    serde_json::from_str(answer).map_err(|error| {
        OfficeError::Store(StoreError::Damaged {
            table: "command",
            key: String::new(),
            what: error.to_string(),
        })
    })
}

/// The decision to open a case.
struct Opening {
    actor: StaffId,
    request: OpenRequest,
    now: Instant,
    /// Numbers to confirm with the caller, where this one did not exist a moment ago.
    near: Option<Vec<NearNumber>>,
    settings: Arc<crate::config::Settings>,
}

impl Opening {
    fn need(&self, outage: (i64, i64)) -> Need {
        let actor = self.actor.as_str().to_owned();
        Need {
            actor: Some(actor.clone()),
            subject: Some(actor),
            number: Some(self.request.number.as_str().to_owned()),
            merchant_id: self.request.merchant_id.as_ref().map(|id| id.as_str().to_owned()),
            command_id: self.request.command_id.clone(),
            opened_day: Some(self.now.jst_day().to_string()),
            watch: true,
            outage,
            ..Need::default()
        }
    }

    fn fingerprint(&self) -> String {
        let request = &self.request;
        let mut hasher = FieldHasher::new();
        hasher
            .text("case.open")
            .text(self.actor.as_str())
            .text(request.number.as_str())
            .text(&request.expiry.to_string())
            .text(request.prefecture.name())
            .text(&request.shop_said)
            .text(request.merchant_id.as_ref().map_or("", |id| id.as_str()))
            .text(request.other.as_deref().unwrap_or(""));
        hasher.finish_hex()
    }

    fn decide(&self, seen: &Snapshot) -> std::result::Result<Decision, StoreError> {
        if let Some(prior) = &seen.prior {
            return Ok(if prior.fingerprint == self.fingerprint() {
                Ok(answered_before(prior, self.now))
            } else {
                Err(Code::CommandReused.into())
            });
        }
        let (actor, _) = match acting(seen.actor.as_ref(), Permission::TakeCalls) {
            Ok(acting) => acting,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let guards = &self.settings.guards;
        if let Some(until) = watch::locked_until(&seen.watched, guards, self.now) {
            return Ok(Err(watch::locked(until, self.now)));
        }
        if let Some(live) = &seen.live_case {
            return Ok(Err(Refusal::new(Code::LiveCase).with("case", live)));
        }
        self.opened(&actor, seen).map(Ok)
    }

    fn opened(
        &self,
        actor: &StaffId,
        seen: &Snapshot,
    ) -> std::result::Result<Box<Changes>, StoreError> {
        let request = &self.request;
        let day = self.now.jst_day();
        let case_id = CaseId::new(day, seen.last_running + 1);
        let claim = Claim {
            number: request.number.clone(),
            expiry: request.expiry,
            prefecture: request.prefecture,
            shop_said: request.shop_said.clone(),
            merchant_id: seen.records.merchant.as_ref().map(|m| m.merchant_id.clone()),
            other: request.other.clone(),
        };
        let mut row = self.row(&case_id, &claim, seen);
        let outcome = verify(&claim, &seen.records, self.settings.campaign.outage)
            .map_err(|error| damaged(&row, error))?;
        take_outcome(&mut row, &outcome, outcome.state);
        let coupon = seen.records.coupon.as_ref().map(|c| c.inquiry_number.clone());
        let mut event = Event::new(self.now, actor, watch::OPENED_ON_UNKNOWN)
            .on_case(case_id)
            .on_coupon(coupon)
            .detail(json!({
                "state": row.state, "reasons": row.reasons, "over": row.over,
                "restorable": row.restorable, "evidence": row.evidence,
            }));
        if seen.coupon.is_none() {
            // Counted like any other look-up of a number that does not exist.
            event = event.about(actor.as_str());
        }
        let mut changes = Changes::event(event);
        let mut view = CaseView::new(&row, &outcome, seen)?;
        if seen.coupon.is_none() {
            view.near.clone_from(&self.near);
        }
        changes.answer = serde_json::to_string(&view)
            .map_err(|error| StoreError::Constraint(error.to_string()))?;
        changes.command = request.command_id.as_ref().map(|command_id| CommandRow {
            command_id: command_id.clone(),
            staff_id: actor.as_str().to_owned(),
            fingerprint: self.fingerprint(),
            answer: changes.answer.clone(),
            at: self.now.micros(),
            audit_seq: 0,
        });
        changes.case = Some(row);
        Ok(Box::new(changes))
    }

    fn row(&self, case_id: &CaseId, claim: &Claim, seen: &Snapshot) -> CaseRow {
        CaseRow {
            case_id: case_id.as_str().to_owned(),
            opened_day: self.now.jst_day().to_string(),
            running: seen.last_running + 1,
            number_said: claim.number.as_str().to_owned(),
            expiry_said: claim.expiry.to_string(),
            prefecture_said: i64::from(claim.prefecture.code()),
            shop_said: claim.shop_said.clone(),
            other_text: claim.other.clone(),
            inquiry_number: seen.coupon.as_ref().map(|c| c.inquiry_number.clone()),
            merchant_id: claim.merchant_id.as_ref().map(|id| id.as_str().to_owned()),
            opened_by: self.actor.as_str().to_owned(),
            opened_at: self.now.micros(),
            held_by: self.actor.as_str().to_owned(),
            state: State::Review.as_str().to_owned(),
            reasons: String::new(),
            over: None,
            restorable: 0,
            evidence: String::new(),
            seen_evidence: String::new(),
            version: 1,
            restored: 0,
            restored_by: None,
            approved_by: None,
            decided_by: None,
            supplement: 0,
            question: None,
            audit_seq: 0,
        }
    }
}
