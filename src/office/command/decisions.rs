//! The decisions that only look at the case and its records.

use super::{Draft, Drafted, Scene, Stop, damaged, take_outcome};
use crate::domain::case::{State, Who, allowed};
use crate::domain::number::InquiryNumber;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::domain::verification::{Afterwards, Award, afterwards};
use crate::office::{not_in_state, reason_needed};
use crate::store::StoreError;
use crate::store::rows::{CaseRow, CaseSaleRow};
use serde_json::json;
use std::collections::BTreeMap;

/// Nobody approves or decides their own case.
pub(super) fn not_own(scene: &Scene<'_>) -> Result<(), Stop> {
    if scene.actor == scene.case.opened_by {
        return Err(Refusal::new(Code::OwnCase).with("case", &scene.row.case_id).into());
    }
    Ok(())
}

/// Moves the case along an arrow of section 5.
pub(super) fn moved(scene: &Scene<'_>, to: State, who: Who) -> Result<CaseRow, Stop> {
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
pub(super) fn put_back(
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

pub(super) fn decline(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    let mut row = moved(scene, State::Declined, Who::Supervisor)?;
    not_own(scene)?;
    row.decided_by = Some(scene.actor.as_str().to_owned());
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "declined", "reason": reason})))
}

pub(super) fn withdraw(scene: &Scene<'_>, now: Instant) -> Drafted {
    let row = moved(scene, State::Withdrawn, Who::Operator)?;
    let mut draft = Draft::new(row, json!({"from": scene.row.state, "to": "withdrawn"}));
    draft.links = released(&scene.seen.links, &scene.actor, now);
    Ok(draft)
}

/// The links of a case that has ended for good: its sales are free for another.
pub(in crate::office) fn released(
    links: &[CaseSaleRow],
    by: &StaffId,
    now: Instant,
) -> Vec<CaseSaleRow> {
    let released = |link: &CaseSaleRow| CaseSaleRow {
        unlinked_by: Some(by.as_str().to_owned()),
        unlinked_at: Some(now.micros()),
        ..link.clone()
    };
    links.iter().map(released).collect()
}

pub(super) fn note(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    Ok(Draft::new(scene.row.clone(), json!({"text": text})))
}

pub(super) fn shop_call(scene: &Scene<'_>, who: &str, text: &str) -> Drafted {
    let (who, text) = (reason_needed(who)?, reason_needed(text)?);
    if scene.case.state == State::Review {
        not_own(scene)?;
    }
    Ok(Draft::new(scene.row.clone(), json!({"who": who, "text": text})))
}

pub(super) fn ask(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    if scene.case.state != State::Review {
        return Err(not_in_state(&scene.row.case_id, scene.case.state).into());
    }
    not_own(scene)?;
    let mut row = scene.row.clone();
    row.question = Some(text.clone());
    Ok(Draft::new(row, json!({"text": text})))
}

pub(super) fn answer(scene: &Scene<'_>, text: &str) -> Drafted {
    let text = reason_needed(text)?;
    if scene.case.question.is_none() {
        return Err(Refusal::new(Code::NoQuestion).with("case", &scene.row.case_id).into());
    }
    let mut row = scene.row.clone();
    row.question = None;
    Ok(Draft::new(row, json!({"text": text})))
}

pub(super) fn wait(scene: &Scene<'_>, reason: &str) -> Drafted {
    let reason = reason_needed(reason)?;
    let row = moved(scene, State::Waiting, Who::Supervisor)?;
    not_own(scene)?;
    Ok(Draft::new(row, json!({"from": scene.row.state, "to": "waiting", "reason": reason})))
}

/// `declined` → `review`, on new evidence: other records than it was declined on, or what
/// the shop said on the telephone.
pub(super) fn reopen(scene: &Scene<'_>, reason: &str) -> Drafted {
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
pub(super) fn judges(scene: &Scene<'_>) -> Result<(), Stop> {
    not_own(scene)?;
    let own = [&scene.case.approved_by, &scene.case.restored_by]
        .into_iter()
        .any(|by| by.as_ref() == Some(&scene.actor));
    if own {
        return Err(Refusal::new(Code::OwnDecision).with("case", &scene.row.case_id).into());
    }
    Ok(())
}

pub(super) fn keep(scene: &Scene<'_>, reason: &str) -> Drafted {
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
pub(super) fn reverse(scene: &Scene<'_>, reason: &str) -> Result<Drafted, StoreError> {
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
pub(super) fn take(scene: &Scene<'_>, number: &InquiryNumber) -> Drafted {
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
