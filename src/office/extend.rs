//! Class A, and the end of the campaign: what the office does to many at once.

use std::sync::Arc;

use serde_json::json;

use super::{Actor, Deciding, Office, Result, acting};
use crate::domain::case::State;
use crate::domain::ids::CaseId;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::Permission;
use crate::store::changes::{Changes, Event};
use crate::store::rows::CaseRow;
use crate::store::snapshot::Need;
use crate::store::{CaseFilter, ExtendStep, Extended, Job};

/// Places in the coupon table that one step looks at. Measured: the writer is held for
/// some tens of milliseconds.
const SPAN: i64 = 20_000;
/// How many cases are looked at a time when lapsing.
const STEP: i64 = 1000;

impl Office {
    /// Extends every coupon that qualifies as class A (specification, section 4), in
    /// bounded steps; a step that is done stays done, and running it again changes nothing.
    /// `progress` hears how far it has come.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn extend(
        &self,
        actor: &Actor,
        dry_run: bool,
        mut progress: impl FnMut(&Extended) + Send,
    ) -> Result<Extended> {
        actor.must(Permission::RunCampaign)?;
        let campaign = &self.settings.campaign;
        let mut total = Extended::default();
        let mut after = String::new();
        loop {
            let step = ExtendStep {
                after,
                span: SPAN,
                printed: campaign.class_a_expiries.iter().map(ToString::to_string).collect(),
                prefectures: campaign
                    .prefectures
                    .as_ref()
                    .map(|named| named.iter().map(|prefecture| prefecture.code()).collect()),
                to_on: campaign.extended_expiry.to_string(),
                dry_run,
            };
            let event = Event::new(self.now(), &actor.staff_id, "extend.step");
            let done = self.store.extend(&step, event).await?;
            total.eligible += done.eligible;
            total.extended += done.extended;
            total.already += done.already;
            progress(&total);
            match done.next {
                Some(next) => after = next,
                None => return Ok(total),
            }
        }
    }

    /// Cases that end with the campaign: those that still wait or lie in review.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers.
    pub async fn lapsing(&self, actor: &Actor) -> Result<Vec<CaseRow>> {
        actor.must(Permission::RunCampaign)?;
        let mut found = Vec::new();
        for state in [State::Waiting, State::Review] {
            let filter = CaseFilter {
                state: Some(state.as_str().to_owned()),
                limit: i64::MAX,
                ..CaseFilter::default()
            };
            found.extend(self.store.cases(&filter).await?);
        }
        found.sort_by(|a, b| a.case_id.cmp(&b.case_id));
        Ok(found)
    }

    /// Whether supervisors are to be warned that cases will lapse.
    #[must_use]
    pub fn lapse_is_near(&self) -> bool {
        let campaign = &self.settings.campaign;
        let warn_from = campaign.last_day - chrono::Days::new(campaign.lapse_warning_days.into());
        self.now().jst_day() >= warn_from
    }

    /// Ends what still waits after the campaign's last day.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `CAMPAIGN_NOT_OVER`, or what the store answers.
    pub async fn lapse(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.must(Permission::RunCampaign)?;
        let now = self.now();
        let campaign = &self.settings.campaign;
        if !campaign.over_at(now) {
            return Err(Refusal::new(Code::CampaignNotOver).with("day", campaign.last_day).into());
        }
        let mut lapsed = Vec::new();
        loop {
            let states = [State::Waiting, State::Review].map(State::as_str);
            let ids = self.store.case_ids(&states, None, STEP).await?;
            if ids.is_empty() {
                return Ok(lapsed);
            }
            let jobs = ids.iter().map(|id| self.lapse_job(actor, id).into()).collect();
            let before = lapsed.len();
            for (id, outcome) in ids.into_iter().zip(self.store.submit_all(jobs).await?) {
                if outcome.is_ok() {
                    lapsed.push(id);
                }
            }
            if lapsed.len() == before {
                return Ok(lapsed);
            }
        }
    }

    fn lapse_job(&self, actor: &Actor, case_id: &str) -> Arc<dyn Job> {
        let now = self.now();
        let need = Need {
            actor: Some(actor.staff_id.as_str().to_owned()),
            case_id: Some(case_id.to_owned()),
            ..Need::default()
        };
        Deciding::job(need, move |seen| {
            let (by, _) = match acting(seen.actor.as_ref(), Permission::RunCampaign) {
                Ok(acting) => acting,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Some(row) = &seen.case else {
                return Ok(Err(Code::CaseUnknown.into()));
            };
            let state = row.to_domain()?.state;
            if !crate::domain::case::allowed(
                Some(state),
                State::Lapsed,
                crate::domain::case::Who::System,
            ) {
                return Ok(Err(super::not_in_state(&row.case_id, state)));
            }
            let mut next = row.clone();
            State::Lapsed.as_str().clone_into(&mut next.state);
            next.version += 1;
            next.restorable = 0;
            next.question = None;
            let mut event = Event::new(now, &by, "case.lapse")
                .detail(json!({"from": row.state, "to": "lapsed", "version": next.version}));
            event.case_id = row.case_id.parse::<CaseId>().ok();
            event.inquiry_number =
                seen.records.coupon.as_ref().map(|coupon| coupon.inquiry_number.clone());
            let mut changes = Changes::event(event);
            changes.links = super::command::released(&seen.links, &by, now);
            changes.case = Some(next);
            Ok(Ok(Box::new(changes)))
        })
    }
}
