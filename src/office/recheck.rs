//! Verifying again: cases that wait for records, and restored ones that later records
//! speak of (specification, sections 3 and 6).

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinHandle;

use super::command::{damaged, take_outcome};
use super::{Actor, Deciding, Office, Result};
use crate::config::Settings;
use crate::domain::case::{State, Who, allowed};
use crate::domain::ids::CaseId;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId};
use crate::domain::time::Instant;
use crate::domain::verification::{Afterwards, Verification, afterwards, verify};
use crate::domain::yen::Yen;
use crate::store::changes::{Changes, Event};
use crate::store::rows::CaseRow;
use crate::store::snapshot::{Need, Snapshot};
use crate::store::{Ask, Decision, Job, NOTHING, Store, StoreError};

/// The action in the audit trail.
pub const VERIFIED_AGAIN: &str = "case.verify";
/// How many cases are verified at a time.
const STEP: i64 = 1000;
/// How many steps are read and weighed at once.
const AT_ONCE: usize = 3;

/// What verifying again came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rechecked {
    /// Cases verified.
    pub verified: u64,
    /// Of them, those that changed.
    pub changed: u64,
}

/// What became of one case.
const CHANGED: &str = "changed";
const SAME: &str = "same";

impl Office {
    /// Verifies every live case again, and every restored one that an import since the
    /// last time speaks of.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn recheck(&self, actor: &Actor) -> Result<Rechecked> {
        actor.must(Permission::Recheck)?;
        self.verify_again().await
    }

    /// As [`Office::recheck`], by the program itself after an import.
    pub(crate) async fn verify_again(&self) -> Result<Rechecked> {
        let mut total = Rechecked::default();
        let upto = self.store.rechecked_upto().await?;
        let (restored, last_import) = self.store.restored_since(upto).await?;
        // Live cases first: one that ends makes way for a contradicted one.
        self.verify_live(&mut total).await?;
        let mut all_done = true;
        for ids in restored.chunks(usize::try_from(STEP).unwrap_or(1)) {
            let asks = ids.iter().map(|id| Ask { job: Arc::new(self.job(id)), seen: None });
            all_done &= self.step(asks.collect(), &mut total).await?;
        }
        if last_import > upto && all_done {
            let event = Event::new(self.now(), &StaffId::system(), "recheck.done").detail(json!({
                "upto_import": last_import, "verified": total.verified, "changed": total.changed,
            }));
            let job = Deciding::job(Need::default(), move |_| {
                Ok(Ok(Box::new(Changes::event(event.clone()))))
            });
            self.store.submit(job).await??;
        }
        Ok(total)
    }

    /// Verifies the live cases: read and weighed some steps at once, and only those that
    /// have changed are decided again, by the writer.
    async fn verify_live(&self, total: &mut Rechecked) -> Result<()> {
        let states = [State::Waiting, State::Matched, State::Review].map(State::as_str);
        let mut after: Option<CaseId> = None;
        let mut under_way: VecDeque<JoinHandle<Result<Vec<Ask>>>> = VecDeque::new();
        let mut more = true;
        while more || !under_way.is_empty() {
            while more && under_way.len() < AT_ONCE {
                let ids = self.store.case_ids(&states, after.as_ref(), STEP).await?;
                more = ids.len() == usize::try_from(STEP).unwrap_or(usize::MAX);
                after = ids.last().and_then(|last| last.parse().ok());
                more &= after.is_some();
                total.verified += u64::try_from(ids.len()).unwrap_or(0);
                let jobs: Vec<VerifyAgain> = ids.iter().map(|id| self.job(id)).collect();
                under_way.push_back(tokio::spawn(changed(Arc::clone(&self.store), jobs)));
            }
            let Some(step) = under_way.pop_front() else { break };
            let asks = step.await.map_err(|e| StoreError::Unreachable(e.to_string()))??;
            let mut decided = Rechecked::default();
            self.step(asks, &mut decided).await?;
            total.changed += decided.changed;
        }
        Ok(())
    }

    fn job(&self, case_id: &str) -> VerifyAgain {
        VerifyAgain {
            case_id: case_id.to_owned(),
            now: self.now(),
            settings: Arc::clone(&self.settings),
        }
    }

    /// Whether all of the step's cases could be verified.
    async fn step(&self, asks: Vec<Ask>, total: &mut Rechecked) -> Result<bool> {
        let mut all_done = true;
        for outcome in self.store.submit_all(asks).await? {
            match outcome {
                Ok(answer) => {
                    total.verified += 1;
                    total.changed += u64::from(answer == CHANGED);
                }
                // Another live case is in the way: tried again with the next import.
                Err(_) => all_done = false,
            }
        }
        Ok(all_done)
    }
}

/// Those of the cases that would change, with what was seen of them.
async fn changed(store: Arc<dyn Store>, jobs: Vec<VerifyAgain>) -> Result<Vec<Ask>> {
    let needs: Vec<Need> = jobs.iter().map(Job::need).collect();
    let seen = store.snapshot(&needs).await?;
    let mut changed = Vec::new();
    for (job, seen) in jobs.into_iter().zip(seen) {
        let same = matches!(job.decide(&seen)?, Ok(changes) if changes.answer == SAME);
        if !same {
            changed.push(Ask { job: Arc::new(job), seen: Some(Box::new(seen)) });
        }
    }
    Ok(changed)
}

/// The decision on one case.
struct VerifyAgain {
    case_id: String,
    now: Instant,
    settings: Arc<Settings>,
}

impl Job for VerifyAgain {
    fn need(&self) -> Need {
        let outage = self.settings.campaign.outage;
        Need {
            case_id: Some(self.case_id.clone()),
            outage: (outage.from().micros(), outage.until().micros()),
            records_only: true,
            ..Need::default()
        }
    }

    fn decide(&self, seen: &Snapshot) -> std::result::Result<Decision, StoreError> {
        let Some(row) = &seen.case else {
            return Ok(Err(Refusal::new(Code::CaseUnknown).with("case", &self.case_id)));
        };
        let claim = row.claim()?;
        let outcome = verify(&claim, &seen.records, self.settings.campaign.outage)
            .map_err(|error| damaged(row, error))?;
        let evidence = outcome.evidence.as_str();
        let state: State = row.to_domain()?.state;
        // A supervisor may let a review wait, and then it does so until the records change;
        // what the records settle does not wait for anybody.
        let settled = matches!(outcome.state, State::Matched | State::Declined);
        let waits_for_nothing = state == State::Waiting && settled;
        if (row.evidence == evidence || row.seen_evidence == evidence) && !waits_for_nothing {
            return Ok(Ok(self.same()));
        }
        match state {
            State::Waiting | State::Matched => {
                let to = outcome.state;
                if to != state && !allowed(Some(state), to, Who::System) {
                    return Ok(Ok(self.same()));
                }
                Ok(Ok(self.moved(row, &outcome, to, seen)?))
            }
            // A supervisor decides it: only what the records say is brought up to date.
            State::Review => Ok(Ok(self.moved(row, &outcome, State::Review, seen)?)),
            State::Restored => self.restored(row, &outcome, seen),
            _ => Ok(Ok(self.same())),
        }
    }
}

impl VerifyAgain {
    fn same(&self) -> Box<Changes> {
        let mut changes = Changes::event(Event::new(self.now, &StaffId::system(), NOTHING));
        SAME.clone_into(&mut changes.answer);
        Box::new(changes)
    }

    fn changes(&self, row: CaseRow, seen: &Snapshot, detail: serde_json::Value) -> Changed {
        let mut event = Event::new(self.now, &StaffId::system(), VERIFIED_AGAIN)
            .on_coupon(seen.records.coupon.as_ref().map(|c| c.inquiry_number.clone()))
            .detail(detail);
        event.case_id = Some(row.case_id.parse().map_err(|error| damaged(&row, error))?);
        let mut changes = Changes::event(event);
        CHANGED.clone_into(&mut changes.answer);
        changes.case = Some(row);
        Ok(Box::new(changes))
    }

    fn moved(&self, row: &CaseRow, outcome: &Verification, to: State, seen: &Snapshot) -> Changed {
        let mut row = row.clone();
        let from = row.state.clone();
        take_outcome(&mut row, outcome, to);
        row.version += 1;
        let detail = json!({
            "from": from, "to": row.state, "reasons": row.reasons, "over": row.over,
            "restorable": row.restorable, "evidence": row.evidence, "version": row.version,
        });
        self.changes(row, seen, detail)
    }

    /// A restored case: less due, more due, or as it was.
    fn restored(
        &self,
        row: &CaseRow,
        outcome: &Verification,
        seen: &Snapshot,
    ) -> std::result::Result<Decision, StoreError> {
        let found = afterwards(outcome, Yen::new(row.restored)).map_err(|e| damaged(row, e))?;
        let mut next = row.clone();
        outcome.evidence.as_str().clone_into(&mut next.seen_evidence);
        next.version += 1;
        let detail = match found {
            Afterwards::Stands if row.supplement == 0 => return Ok(Ok(self.same())),
            Afterwards::Stands => {
                next.supplement = 0;
                json!({"supplement": 0})
            }
            Afterwards::MoreDue { more } if row.supplement == more.get() => {
                return Ok(Ok(self.same()));
            }
            Afterwards::MoreDue { more } => {
                next.supplement = more.get();
                json!({"supplement": more})
            }
            Afterwards::Contradicted { excess } => {
                if let Some(live) = &seen.live_case {
                    return Ok(Err(Refusal::new(Code::LiveCase).with("case", live)));
                }
                State::Contradicted.as_str().clone_into(&mut next.state);
                next.supplement = 0;
                json!({"from": row.state, "to": next.state, "excess": excess})
            }
        };
        self.changes(next, seen, detail).map(Ok)
    }
}

type Changed = std::result::Result<Box<Changes>, StoreError>;
