//! Commands on a case: one decision each, made inside the transaction that writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::callback::checked_phone;
use super::view::CaseView;
use super::{acting, answered_before, not_in_state, reason_needed};
use crate::config::Settings;
use crate::domain::case::{Case, State, Who, allowed};
use crate::domain::evidence::{EvidenceHash, FieldHasher};
use crate::domain::ids::{CaseId, SaleId};
use crate::domain::number::InquiryNumber;
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, Role, StaffId};
use crate::domain::time::Instant;
use crate::domain::verification::{Afterwards, Award, Verification, afterwards, verify};
use crate::domain::yen::Yen;
use crate::store::changes::{Changes, Event};
use crate::store::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, ExtensionRow, OutboxRow,
};
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Decision, Job, StoreError};

/// What is done to a case. Texts are checked when they come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Puts back what the records agree on.
    Restore,
    /// A supervisor puts back what the evidence comes to.
    Approve(String),
    /// A supervisor says that nothing is owed.
    Decline(String),
    /// The caller takes it back.
    Withdraw,
    /// A supervisor says that this sale belongs to it.
    Link(SaleId),
    /// A supervisor takes a link back.
    Unlink(SaleId),
    /// Anybody who may see it writes something down.
    Note(String),
    /// A supervisor notes a call to the shop: whom, and what was said.
    ShopCall(String, String),
    /// A supervisor sends it back to the operator with a question.
    Ask(String),
    /// The operator answers.
    Answer(String),
    /// A supervisor lets it wait for records.
    Wait(String),
    /// A supervisor takes up a declined case again.
    Reopen(String),
    /// A supervisor keeps a contradicted restoration.
    Keep(String),
    /// A supervisor takes a contradicted restoration back.
    Reverse(String),
    /// Another operator, with the caller on the line, takes it over.
    Take(InquiryNumber),
    /// The caller is to be called back.
    CallBack {
        /// When.
        due_at: Instant,
        /// Under which number: 6 to 20 digits, however written.
        phone: Private,
    },
}

impl Act {
    /// The action's name in the audit trail.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Restore => "case.restore",
            Self::Approve(_) => "case.approve",
            Self::Decline(_) => "case.decline",
            Self::Withdraw => "case.withdraw",
            Self::Link(_) => "case.link",
            Self::Unlink(_) => "case.unlink",
            Self::Note(_) => "case.note",
            Self::ShopCall(..) => "case.shop_call",
            Self::Ask(_) => "case.ask",
            Self::Answer(_) => "case.answer",
            Self::Wait(_) => "case.wait",
            Self::Reopen(_) => "case.reopen",
            Self::Keep(_) => "case.keep",
            Self::Reverse(_) => "case.reverse",
            Self::Take(_) => "case.take",
            Self::CallBack { .. } => "case.callback",
        }
    }

    /// Who may, before the case itself is looked at.
    #[must_use]
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Restore
            | Self::Withdraw
            | Self::Answer(_)
            | Self::Take(_)
            | Self::CallBack { .. } => Permission::TakeCalls,
            Self::Note(_) => Permission::WriteNotes,
            _ => Permission::DecideReviews,
        }
    }

    fn fingerprint(&self) -> Vec<String> {
        let mut parts = vec![self.action().to_owned()];
        match self {
            Self::Restore | Self::Withdraw => {}
            Self::Link(sale) | Self::Unlink(sale) => parts.push(sale.as_str().to_owned()),
            Self::ShopCall(who, text) => parts.extend([who.clone(), text.clone()]),
            Self::Take(number) => parts.push(number.as_str().to_owned()),
            Self::CallBack { due_at, phone } => {
                parts.extend([due_at.to_string(), phone.expose().to_owned()]);
            }
            Self::Approve(text)
            | Self::Decline(text)
            | Self::Note(text)
            | Self::Ask(text)
            | Self::Answer(text)
            | Self::Wait(text)
            | Self::Reopen(text)
            | Self::Keep(text)
            | Self::Reverse(text) => parts.push(text.clone()),
        }
        parts
    }
}

/// A command on a case, with everything its decision depends on.
pub struct CaseCommand {
    /// Who acts.
    pub actor: StaffId,
    /// On which case.
    pub case_id: CaseId,
    /// What.
    pub act: Act,
    /// When.
    pub now: Instant,
    /// Made before sending: the same id gets the first answer again.
    pub command_id: Option<String>,
    /// The version that was shown, where one was.
    pub version: Option<i64>,
    /// The evidence that was shown, where one was.
    pub evidence: Option<EvidenceHash>,
    /// The campaign's particulars.
    pub settings: Arc<Settings>,
}

/// What a command looks at, checked.
struct Scene<'a> {
    actor: StaffId,
    role: Role,
    row: &'a CaseRow,
    case: Case,
    outcome: Verification,
    seen: &'a Snapshot,
}

impl Job for CaseCommand {
    fn need(&self) -> Need {
        let outage = self.settings.campaign.outage;
        let sale_id = match &self.act {
            Act::Link(sale) | Act::Unlink(sale) => Some(sale.as_str().to_owned()),
            _ => None,
        };
        Need {
            actor: Some(self.actor.as_str().to_owned()),
            case_id: Some(self.case_id.as_str().to_owned()),
            command_id: self.command_id.clone(),
            sale_id,
            outage: (outage.from().micros(), outage.until().micros()),
            ..Need::default()
        }
    }

    fn decide(&self, seen: &Snapshot) -> Result<Decision, StoreError> {
        if let Some(prior) = &seen.prior {
            return Ok(if prior.fingerprint == self.fingerprint() {
                Ok(answered_before(prior, self.now))
            } else {
                Err(Code::CommandReused.into())
            });
        }
        let scene = match self.scene(seen)? {
            Ok(scene) => scene,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match self.act(&scene)? {
            Ok(draft) => self.finish(&scene, draft).map(Ok),
            Err(Stop::Refuse(refusal)) => Ok(Err(refusal)),
            Err(Stop::Changed(refusal)) => self.refreshed(&scene, refusal),
        }
    }
}

/// Why a command goes no further.
enum Stop {
    Refuse(Refusal),
    /// The records have changed since the evidence was shown: the case is brought up to
    /// date and the command refused.
    Changed(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(refusal)
    }
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Refuse(code.into())
    }
}

/// What a command changes, before it is numbered and answered.
struct Draft {
    row: CaseRow,
    entries: Vec<(String, i64)>,
    extend: bool,
    links: Vec<CaseSaleRow>,
    callback: Option<CallbackRow>,
    instruction: Option<&'static str>,
    detail: Value,
    /// The records as they are after the change.
    outcome: Option<Verification>,
}

impl Draft {
    fn new(row: CaseRow, detail: Value) -> Self {
        Self {
            row,
            entries: Vec::new(),
            extend: false,
            links: Vec::new(),
            callback: None,
            instruction: None,
            detail,
            outcome: None,
        }
    }
}

type Drafted = Result<Draft, Stop>;

impl CaseCommand {
    /// SHA-256 over what was asked, so that a command id is not used for something else.
    fn fingerprint(&self) -> String {
        let mut hasher = FieldHasher::new();
        hasher.text(self.actor.as_str()).text(self.case_id.as_str());
        for part in self.act.fingerprint() {
            hasher.text(&part);
        }
        hasher.text(self.evidence.as_ref().map_or("", EvidenceHash::as_str));
        hasher.finish_hex()
    }

    /// Checks who acts and on what.
    fn scene<'a>(&self, seen: &'a Snapshot) -> Result<Result<Scene<'a>, Refusal>, StoreError> {
        let (actor, role) = match acting(seen.actor.as_ref(), self.act.permission()) {
            Ok(acting) => acting,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(row) = &seen.case else {
            return Ok(Err(Refusal::new(Code::CaseUnknown).with("case", &self.case_id)));
        };
        let case = row.to_domain()?;
        // A case that was taken over is restored by whoever has it open now.
        let opened = case.opened_by == actor && !matches!(self.act, Act::Restore);
        let own = case.held_by == actor || opened;
        if role == Role::Operator && !own && !matches!(self.act, Act::Take(_)) {
            return Ok(Err(Refusal::new(Code::NotYourCase).with("case", &self.case_id)));
        }
        if self.version.is_some_and(|version| version != row.version) {
            return Ok(Err(Refusal::new(Code::CaseChanged).with("case", &self.case_id)));
        }
        let outcome = verify(&case.claim, &seen.records, self.settings.campaign.outage)
            .map_err(|error| damaged(row, error))?;
        Ok(Ok(Scene { actor, role, row, case, outcome, seen }))
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Drafted, StoreError> {
        Ok(match &self.act {
            Act::Restore => self.restore(scene),
            Act::Approve(reason) => self.approve(scene, reason),
            Act::Decline(reason) => decline(scene, reason),
            Act::Withdraw => withdraw(scene, self.now),
            Act::Link(sale) => return self.link(scene, sale),
            Act::Unlink(sale) => return self.unlink(scene, sale),
            Act::Note(text) => note(scene, text),
            Act::ShopCall(who, text) => shop_call(scene, who, text),
            Act::Ask(text) => ask(scene, text),
            Act::Answer(text) => answer(scene, text),
            Act::Wait(reason) => wait(scene, reason),
            Act::Reopen(reason) => reopen(scene, reason),
            Act::Keep(reason) => keep(scene, reason),
            Act::Reverse(reason) => return reverse(scene, reason),
            Act::Take(number) => take(scene, number),
            Act::CallBack { due_at, phone } => self.call_back(scene, *due_at, phone),
        })
    }

    /// `matched` → `restored` (specification, sections 5 and 6).
    fn restore(&self, scene: &Scene<'_>) -> Drafted {
        if scene.case.state != State::Matched {
            return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
        }
        self.unchanged(scene)?;
        let amount = scene.outcome.restorable();
        let guards = &self.settings.guards;
        let other_supervisor =
            scene.role == Role::Supervisor && scene.actor != scene.case.opened_by;
        if guards.needs_supervisor(amount) && !other_supervisor {
            return Err(Refusal::new(Code::SupervisorNeeded)
                .with("amount", amount)
                .with("limit", guards.operator_limit)
                .into());
        }
        let approved_by = other_supervisor.then(|| scene.actor.clone());
        Ok(put_back(scene, &scene.outcome.restore, approved_by, None))
    }

    /// `review` → `restored`, and `matched` above the operator's limit.
    fn approve(&self, scene: &Scene<'_>, reason: &str) -> Drafted {
        not_own(scene)?;
        let awards = match scene.case.state {
            State::Matched => &scene.outcome.restore,
            // Section 5 wants a reason here, section 7's `approve ID` has none: it is kept
            // where it is given.
            State::Review => &scene.outcome.approve,
            state => return Err(not_in_state(&scene.row.case_id, state).into()),
        };
        self.unchanged(scene)?;
        if awards.is_empty() {
            return Err(Refusal::new(Code::NothingToRestore).with("case", &self.case_id).into());
        }
        if scene.outcome.linked.is_empty() && !scene.seen.shop_called {
            return Err(Refusal::new(Code::ShopCallNeeded).with("case", &self.case_id).into());
        }
        Ok(put_back(scene, awards, Some(scene.actor.clone()), Some(reason)))
    }

    /// Notes when the caller of a live case is to be called back. The audit trail names the
    /// time and not the number.
    fn call_back(&self, scene: &Scene<'_>, due_at: Instant, phone: &Private) -> Drafted {
        if !scene.case.state.is_live() {
            return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
        }
        let phone = checked_phone(phone)?;
        let mut draft = Draft::new(scene.row.clone(), json!({"due_at": due_at}));
        draft.callback = Some(CallbackRow {
            audit_seq: 0,
            case_id: scene.row.case_id.clone(),
            due_at: due_at.micros(),
            phone,
            staff_id: scene.actor.as_str().to_owned(),
            at: self.now.micros(),
        });
        Ok(draft)
    }

    /// The evidence is the one that was shown: that of the case, and the one the command
    /// names.
    fn unchanged(&self, scene: &Scene<'_>) -> Result<(), Stop> {
        let now = &scene.outcome.evidence;
        let refusal = Refusal::new(Code::EvidenceChanged).with("case", &self.case_id);
        if *now != scene.case.evidence {
            return Err(Stop::Changed(refusal));
        }
        match &self.evidence {
            Some(shown) if shown != now => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// A supervisor links a sale of the shop.
    fn link(&self, scene: &Scene<'_>, sale_id: &SaleId) -> Result<Drafted, StoreError> {
        if scene.case.state != State::Review {
            return Ok(Err(not_in_state(&scene.row.case_id, scene.case.state).into()));
        }
        if let Err(stop) = not_own(scene) {
            return Ok(Err(stop));
        }
        let refuse = |code| Ok(Err(Refusal::new(code).with("sale", sale_id).into()));
        let Some(sale) = &scene.seen.sale else {
            return refuse(Code::SaleUnknown);
        };
        if scene.row.merchant_id.as_deref() != Some(sale.merchant_id.as_str()) {
            return refuse(Code::SaleOfAnother);
        }
        if sale.inquiry_number.is_some() && sale.inquiry_number != scene.row.inquiry_number {
            return refuse(Code::SaleOfAnother);
        }
        if let Some(case) = &scene.seen.sale_linked_to {
            let refusal = Refusal::new(Code::SaleLinked).with("sale", sale_id).with("case", case);
            return Ok(Err(refusal.into()));
        }
        let mut records = scene.seen.records.clone();
        records.sales.retain(|known| known.sale_id != *sale_id);
        records.sales.push(sale.to_domain(true)?);
        let link = CaseSaleRow {
            case_id: scene.row.case_id.clone(),
            sale_id: sale_id.as_str().to_owned(),
            linked_by: scene.actor.as_str().to_owned(),
            linked_at: self.now.micros(),
            unlinked_by: None,
            unlinked_at: None,
            linked_seq: 0,
            audit_seq: 0,
        };
        self.relinked(scene, &records, link).map(Ok)
    }

    /// A supervisor takes a link back.
    fn unlink(&self, scene: &Scene<'_>, sale_id: &SaleId) -> Result<Drafted, StoreError> {
        if scene.case.state != State::Review {
            return Ok(Err(not_in_state(&scene.row.case_id, scene.case.state).into()));
        }
        if let Err(stop) = not_own(scene) {
            return Ok(Err(stop));
        }
        let link = scene.seen.links.iter().find(|link| link.sale_id == sale_id.as_str());
        let Some(mut link) = link.cloned() else {
            return Ok(Err(Refusal::new(Code::SaleNotLinked).with("sale", sale_id).into()));
        };
        let mut records = scene.seen.records.clone();
        for sale in records.sales.iter_mut().filter(|sale| sale.sale_id == *sale_id) {
            sale.linked_by_hand = false;
        }
        link.unlinked_by = Some(scene.actor.as_str().to_owned());
        link.unlinked_at = Some(self.now.micros());
        self.relinked(scene, &records, link).map(Ok)
    }

    /// The case after a link was made or taken back: still in review, with the sum that
    /// follows.
    fn relinked(
        &self,
        scene: &Scene<'_>,
        records: &crate::domain::verification::Records,
        link: CaseSaleRow,
    ) -> Result<Draft, StoreError> {
        let outcome = verify(&scene.case.claim, records, self.settings.campaign.outage)
            .map_err(|error| damaged(scene.row, error))?;
        let mut row = scene.row.clone();
        take_outcome(&mut row, &outcome, State::Review);
        let mut draft = Draft::new(row, json!({"sale": link.sale_id}));
        draft.links.push(link);
        draft.outcome = Some(outcome);
        Ok(draft)
    }

    /// Brings the case up to date and refuses the command.
    fn refreshed(&self, scene: &Scene<'_>, refusal: Refusal) -> Result<Decision, StoreError> {
        let mut row = scene.row.clone();
        let state = match scene.case.state {
            State::Matched => scene.outcome.state,
            state => state,
        };
        take_outcome(&mut row, &scene.outcome, state);
        let detail = json!({"from": scene.row.state, "to": row.state});
        let mut draft = Draft::new(row, detail);
        draft.outcome = None;
        let mut changes = self.finish(scene, draft)?;
        changes.event.action = super::recheck::VERIFIED_AGAIN;
        changes.event.staff_id = StaffId::system();
        changes.command = None;
        changes.refusal = Some(refusal);
        Ok(Ok(changes))
    }

    /// Rows, instruction, audit event and answer of a draft.
    fn finish(&self, scene: &Scene<'_>, mut draft: Draft) -> Result<Box<Changes>, StoreError> {
        draft.row.version += 1;
        let mut after = scene.seen.clone();
        let event = Event::new(self.now, &scene.actor, self.act.action())
            .on_case(self.case_id.clone())
            .on_coupon(scene.seen.records.coupon.as_ref().map(|c| c.inquiry_number.clone()));
        let mut changes = Changes::event(event);
        if let Some(coupon) = &mut after.coupon {
            self.move_money(&draft, coupon, &mut changes);
        }
        let mut outcome = draft.outcome.unwrap_or_else(|| scene.outcome.clone());
        settle(&mut outcome, &draft.entries);
        changes.links.extend(draft.links);
        if draft.callback.is_some() {
            after.callback.clone_from(&draft.callback);
            changes.callback = draft.callback;
        }
        if let Value::Object(detail) = &mut draft.detail {
            detail.insert("version".to_owned(), json!(draft.row.version));
            if let Some(command_id) = &self.command_id {
                detail.insert("command".to_owned(), json!(command_id));
            }
        }
        changes.event.detail = draft.detail;
        let view = CaseView::new(&draft.row, &outcome, &after)?;
        changes.answer = serde_json::to_string(&view)
            .map_err(|error| StoreError::Constraint(error.to_string()))?;
        changes.command = self.command_id.as_ref().map(|command_id| CommandRow {
            command_id: command_id.clone(),
            staff_id: self.actor.as_str().to_owned(),
            fingerprint: self.fingerprint(),
            answer: changes.answer.clone(),
            at: self.now.micros(),
            audit_seq: 0,
        });
        changes.case = Some(draft.row);
        Ok(Box::new(changes))
    }

    /// Ledger entries, extension and the instruction to the coupon system.
    fn move_money(&self, draft: &Draft, coupon: &mut CouponRow, changes: &mut Changes) {
        let at = self.now.micros();
        let case_id = draft.row.case_id.clone();
        for (line, (settlement_id, amount)) in (0_i64..).zip(&draft.entries) {
            coupon.balance += amount;
            changes.entries.push(EntryRow {
                audit_seq: 0,
                line,
                inquiry_number: coupon.inquiry_number.clone(),
                case_id: case_id.clone(),
                settlement_id: settlement_id.clone(),
                kind: if *amount > 0 { "restoration" } else { "reversal" }.to_owned(),
                amount: *amount,
                at,
            });
        }
        let to_on = self.settings.campaign.extended_expiry.to_string();
        if draft.extend && coupon.expires_on < to_on {
            changes.extensions.push(ExtensionRow {
                inquiry_number: coupon.inquiry_number.clone(),
                audit_seq: 0,
                from_on: coupon.expires_on.clone(),
                to_on: to_on.clone(),
                case_id: Some(case_id.clone()),
                at,
            });
            coupon.expires_on = to_on;
        }
        if let Some(instruction) = draft.instruction {
            let payload = json!({
                "inquiry_number": coupon.inquiry_number,
                "amount": draft.entries.iter().map(|(_, amount)| amount).sum::<i64>(),
                "balance": coupon.balance,
                "expires_on": coupon.expires_on,
                "settlements": draft.entries,
            });
            changes.outbox.push(OutboxRow {
                audit_seq: 0,
                line: 0,
                case_id,
                inquiry_number: coupon.inquiry_number.clone(),
                instruction: instruction.to_owned(),
                payload: payload.to_string(),
                at,
            });
        }
    }
}

/// Writes what a verification came to into the case's row.
pub(super) fn take_outcome(row: &mut CaseRow, outcome: &Verification, state: State) {
    let codes: Vec<&str> = outcome.reasons.iter().map(|reason| reason.code()).collect();
    row.state = state.as_str().to_owned();
    row.reasons = codes.join(" ");
    row.over = outcome.over.map(Yen::get);
    row.restorable = if state == State::Matched { outcome.restorable().get() } else { 0 };
    row.evidence = outcome.evidence.as_str().to_owned();
}

pub(super) fn damaged(row: &CaseRow, error: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged { table: "cases", key: row.case_id.clone(), what: error.to_string() }
}

/// The settlements in the answer show what was put back.
fn settle(outcome: &mut Verification, entries: &[(String, i64)]) {
    for (settlement_id, amount) in entries {
        for settlement in &mut outcome.settled_here {
            if settlement.settlement_id.as_str() == settlement_id {
                settlement.restored = Yen::new(settlement.restored.get() + amount);
            }
        }
    }
}

/// Nobody approves or decides their own case.
fn not_own(scene: &Scene<'_>) -> Result<(), Stop> {
    if scene.actor == scene.case.opened_by {
        return Err(Refusal::new(Code::OwnCase).with("case", &scene.row.case_id).into());
    }
    Ok(())
}

/// Moves the case along an arrow of section 5.
fn moved(scene: &Scene<'_>, to: State, who: Who) -> Result<CaseRow, Stop> {
    if !allowed(Some(scene.case.state), to, who) {
        return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
    }
    let mut row = scene.row.clone();
    row.state = to.as_str().to_owned();
    row.restorable = 0;
    row.question = None;
    Ok(row)
}

/// Puts `awards` back. The caller has checked that it may be.
fn put_back(
    scene: &Scene<'_>,
    awards: &[Award],
    approved_by: Option<StaffId>,
    reason: Option<&str>,
) -> Draft {
    let entries: Vec<(String, i64)> = awards
        .iter()
        .map(|award| (award.settlement_id.as_str().to_owned(), award.amount.get()))
        .collect();
    let amount: i64 = entries.iter().map(|(_, amount)| amount).sum();
    let mut row = scene.row.clone();
    row.state = State::Restored.as_str().to_owned();
    row.restorable = 0;
    row.restored += amount;
    row.restored_by = Some(scene.actor.as_str().to_owned());
    row.approved_by = approved_by.map(|id| id.as_str().to_owned());
    row.decided_by = None;
    row.question = None;
    let detail = json!({
        "from": scene.row.state, "to": row.state, "amount": amount, "settlements": entries,
        "evidence": scene.row.evidence, "reason": reason,
    });
    let mut draft = Draft::new(row, detail);
    draft.entries = entries;
    draft.extend = true;
    draft.instruction = Some("restore");
    draft
}

fn decline(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    let mut row = moved(scene, State::Declined, Who::Supervisor)?;
    not_own(scene)?;
    row.decided_by = Some(scene.actor.as_str().to_owned());
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "declined", "reason": reason})))
}

fn withdraw(scene: &Scene<'_>, now: Instant) -> Drafted {
    let row = moved(scene, State::Withdrawn, Who::Operator)?;
    let mut draft = Draft::new(row, json!({"from": scene.row.state, "to": "withdrawn"}));
    draft.links = released(&scene.seen.links, &scene.actor, now);
    Ok(draft)
}

/// The links of a case that has ended for good: its sales are free for another.
pub(super) fn released(links: &[CaseSaleRow], by: &StaffId, now: Instant) -> Vec<CaseSaleRow> {
    let released = |link: &CaseSaleRow| CaseSaleRow {
        unlinked_by: Some(by.as_str().to_owned()),
        unlinked_at: Some(now.micros()),
        ..link.clone()
    };
    links.iter().map(released).collect()
}

fn note(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    Ok(Draft::new(scene.row.clone(), json!({"text": text})))
}

fn shop_call(scene: &Scene<'_>, who: &str, text: &str) -> Drafted {
    let (who, text) = (reason_needed(who)?, reason_needed(text)?);
    if scene.case.state == State::Review {
        not_own(scene)?;
    }
    Ok(Draft::new(scene.row.clone(), json!({"who": who, "text": text})))
}

fn ask(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    if scene.case.state != State::Review {
        return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
    }
    not_own(scene)?;
    let mut row = scene.row.clone();
    row.question = Some(text.clone());
    Ok(Draft::new(row, json!({"text": text})))
}

fn answer(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    if scene.case.question.is_none() {
        return Err(Refusal::new(Code::NoQuestion).with("case", &scene.row.case_id).into());
    }
    let mut row = scene.row.clone();
    row.question = None;
    Ok(Draft::new(row, json!({"text": text})))
}

fn wait(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    let row = moved(scene, State::Waiting, Who::Supervisor)?;
    not_own(scene)?;
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "waiting", "reason": reason})))
}

/// `declined` → `review`, on new evidence: other records than it was declined on, or what
/// the shop said on the telephone.
fn reopen(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    let mut row = moved(scene, State::Review, Who::Supervisor)?;
    if scene.outcome.evidence == scene.case.evidence && !scene.seen.shop_called_since {
        return Err(Refusal::new(Code::NoNewEvidence).with("case", &scene.row.case_id).into());
    }
    if let Some(live) = &scene.seen.live_case {
        return Err(Refusal::new(Code::LiveCase).with("case", live).into());
    }
    take_outcome(&mut row, &scene.outcome, State::Review);
    row.decided_by = None;
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "review", "reason": reason})))
}

/// Nobody judges their own approval, nor their own case.
fn judges(scene: &Scene<'_>) -> Result<(), Stop> {
    not_own(scene)?;
    let own = [&scene.case.approved_by, &scene.case.restored_by]
        .into_iter()
        .any(|by| by.as_ref() == Some(&scene.actor));
    if own {
        return Err(Refusal::new(Code::OwnDecision).with("case", &scene.row.case_id).into());
    }
    Ok(())
}

fn keep(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    if scene.case.state != State::Contradicted {
        return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
    }
    let mut row = moved(scene, State::Restored, Who::Supervisor)?;
    judges(scene)?;
    row.decided_by = Some(scene.actor.as_str().to_owned());
    // Kept in the light of these records: only others raise the question again.
    row.seen_evidence = scene.outcome.evidence.as_str().to_owned();
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "restored", "reason": reason})))
}

/// `contradicted` → `reversed`: takes back what is not owed, at most the balance; the rest
/// is written off.
fn reverse(scene: &Scene<'_>, reason: &str) -> Result<Drafted, StoreError> {
    let begun = reason_needed(reason).map_err(Stop::from).and_then(|reason| {
        let row = moved(scene, State::Reversed, Who::Supervisor)?;
        judges(scene)?;
        Ok((reason, row))
    });
    let (reason, mut row) = match begun {
        Ok(begun) => begun,
        Err(stop) => return Ok(Err(stop)),
    };
    let state = afterwards(&scene.outcome, scene.case.restored)
        .map_err(|error| damaged(scene.row, error))?;
    let Afterwards::Contradicted { excess } = state else {
        let refusal = Refusal::new(Code::NothingToReverse).with("case", &scene.row.case_id);
        return Ok(Err(refusal.into()));
    };
    let balance = scene.seen.coupon.as_ref().map_or(0, |coupon| coupon.balance);
    let mut left = excess.get().min(balance);
    let written_off = excess.get() - left;
    let mut put_back: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in &scene.seen.entries {
        *put_back.entry(&entry.settlement_id).or_default() += entry.amount;
    }
    let mut entries = Vec::new();
    for (settlement_id, amount) in put_back {
        let part = amount.min(left);
        if part > 0 {
            entries.push((settlement_id.to_owned(), -part));
            left -= part;
        }
    }
    let taken: i64 = entries.iter().map(|(_, amount)| -amount).sum();
    row.restored -= taken;
    row.decided_by = Some(scene.actor.as_str().to_owned());
    let detail = json!({
        "from": scene.row.state, "to": "reversed", "reason": reason, "excess": excess.get(),
        "taken_back": taken, "written_off": written_off,
    });
    let mut draft = Draft::new(row, detail);
    draft.instruction = (taken > 0).then_some("reverse");
    draft.entries = entries;
    Ok(Ok(draft))
}

/// Another operator takes a live case over, with the number as the proof that the caller
/// is on the line.
fn take(scene: &Scene<'_>, number: &InquiryNumber) -> Drafted {
    if !scene.case.state.is_live() {
        return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
    }
    if scene.case.claim.number != *number {
        return Err(Refusal::new(Code::CaseUnknown).with("case", &scene.row.case_id).into());
    }
    let mut row = scene.row.clone();
    row.held_by = scene.actor.as_str().to_owned();
    Ok(Draft::new(row, json!({"from": scene.row.held_by, "to": scene.actor})))
}
