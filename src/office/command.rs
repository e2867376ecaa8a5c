//! Commands on a case: one decision each, made inside the transaction that writes it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::callback::checked_phone;
use super::{acting, answered_before, not_in_state};
use crate::config::Settings;
use crate::domain::case::{Case, State};
use crate::domain::evidence::{EvidenceHash, FieldHasher};
use crate::domain::ids::{CaseId, SaleId};
use crate::domain::number::InquiryNumber;
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, Role, StaffId};
use crate::domain::time::Instant;
use crate::domain::verification::{Verification, verify};
use crate::domain::yen::Yen;
use crate::store::rows::{CallbackRow, CaseRow, CaseSaleRow};
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Decision, Job, StoreError};

mod decisions;
mod links;
mod writing;

pub(super) use decisions::released;
use decisions::{
    answer, ask, decline, keep, not_own, note, put_back, reopen, reverse, shop_call, take, wait,
    withdraw,
};

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
