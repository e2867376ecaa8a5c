//! From a decision to the rows that are written: entries, extension, instruction, audit event
//! and answer, all or none.

use super::{CaseCommand, Draft, Scene, take_outcome};
use crate::domain::case::State;
use crate::domain::refusal::Refusal;
use crate::domain::staff::StaffId;
use crate::domain::verification::Verification;
use crate::domain::yen::Yen;
use crate::office::view::CaseView;
use crate::store::changes::{Changes, Event};
use crate::store::rows::{CommandRow, CouponRow, EntryRow, ExtensionRow, OutboxRow};
use crate::store::{Decision, StoreError};
use serde_json::{Value, json};

impl CaseCommand {
    /// Brings the case up to date and refuses the command.
    pub(super) fn refreshed(
        &self,
        scene: &Scene<'_>,
        refusal: Refusal,
    ) -> Result<Decision, StoreError> {
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
        changes.event.action = crate::office::recheck::VERIFIED_AGAIN;
        changes.event.staff_id = StaffId::system();
        changes.command = None;
        changes.refusal = Some(refusal);
        Ok(Ok(changes))
    }

    /// Rows, instruction, audit event and answer of a draft.
    pub(super) fn finish(
        &self,
        scene: &Scene<'_>,
        mut draft: Draft,
    ) -> Result<Box<Changes>, StoreError> {
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
