//! Deciding a batch of commands that arrived together: what is common to every store.

use std::collections::{HashMap, HashSet};

use super::changes::Changes;
use super::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, EntryRow, ExtensionRow, OutboxRow, ReadingRow,
    StaffKeyRow, StaffRow,
};
use super::snapshot::{Need, Snapshot};
use super::{Job, NOTHING, Outcome, StoreError};

/// What became of each command of a batch, and what is to be written.
pub(super) struct Decided {
    /// One for each command; none where it must wait for the next batch.
    pub outcomes: Vec<Option<Outcome>>,
    /// What is to be written, each with the place of its command in the batch.
    pub changes: Vec<(usize, Box<Changes>)>,
}

/// Decides every command of the batch that touches nothing another one has changed.
/// `running`: the last numbers of cases that were given in each day, by this batch and by
/// others that are under way.
pub(super) fn decide(
    batch: &[(&Need, &dyn Job)],
    snapshots: &mut [Snapshot],
    running: &mut HashMap<String, i64>,
) -> Result<Decided, StoreError> {
    let mut touched: HashSet<String> = HashSet::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut changes: Vec<(usize, Box<Changes>)> = Vec::new();
    for (place, ((need, job), seen)) in batch.iter().zip(snapshots).enumerate() {
        let touches = touches(need, seen);
        if touches.iter().any(|key| touched.contains(key)) {
            outcomes.push(None);
            continue;
        }
        if let Some(day) = &need.opened_day {
            let last = running.get(day).copied().unwrap_or(0);
            seen.last_running = seen.last_running.max(last);
        }
        match job.decide(seen)? {
            Ok(change) => {
                if let Some(case) = change.case.as_ref().filter(|case| case.version == 1) {
                    running.insert(case.opened_day.clone(), case.running);
                }
                touched.extend(touches);
                outcomes.push(Some(match &change.refusal {
                    Some(refusal) => Err(refusal.clone()),
                    None => Ok(change.answer.clone()),
                }));
                changes.push((place, change));
            }
            Err(refusal) => outcomes.push(Some(Err(refusal))),
        }
    }
    // A command that was carried out before changes nothing now.
    changes.retain(|(_, change)| change.event.action != NOTHING);
    Ok(Decided { outcomes, changes })
}

/// What a command may change: its case, its coupon, its person, its command id, its sale, its
/// key.
fn touches(need: &Need, seen: &Snapshot) -> Vec<String> {
    let coupon = seen.coupon.as_ref().map(|coupon| &coupon.inquiry_number);
    [
        ("case", need.case_id.as_ref()),
        ("coupon", coupon.or(need.number.as_ref())),
        ("person", need.subject.as_ref().filter(|_| !need.watch)),
        ("command", need.command_id.as_ref()),
        ("sale", need.sale_id.as_ref()),
        ("key", need.fingerprint.as_ref()),
    ]
    .into_iter()
    .filter_map(|(what, key)| key.map(|key| format!("{what} {key}")))
    .collect()
}

/// The rows of a batch by what becomes of them, in the order they are written in: new cases
/// come before what refers to them, changed ones after the entries they are checked against.
pub(super) struct Lists<'a> {
    pub new_cases: Vec<&'a CaseRow>,
    pub cases: Vec<&'a CaseRow>,
    pub entries: Vec<&'a EntryRow>,
    pub extensions: Vec<&'a ExtensionRow>,
    pub new_links: Vec<&'a CaseSaleRow>,
    pub links: Vec<&'a CaseSaleRow>,
    pub outbox: Vec<&'a OutboxRow>,
    pub callbacks: Vec<&'a CallbackRow>,
    pub readings: Vec<&'a ReadingRow>,
    pub commands: Vec<&'a CommandRow>,
    pub new_staff: Vec<&'a StaffRow>,
    pub staff: Vec<&'a StaffRow>,
    pub new_keys: Vec<&'a StaffKeyRow>,
    pub keys: Vec<&'a StaffKeyRow>,
}

impl<'a> Lists<'a> {
    /// Sorts the rows of some changes.
    pub fn of(changes: &(impl Iterator<Item = &'a Changes> + Clone)) -> Self {
        let all = || changes.clone();
        let (new_cases, cases) =
            all().filter_map(|c| c.case.as_ref()).partition(|case| case.version == 1);
        let (new_links, links) =
            all().flat_map(|c| &c.links).partition(|link| link.unlinked_at.is_none());
        let (new_keys, keys) =
            all().filter_map(|c| c.key.as_ref()).partition(|key| key.revoked_at.is_none());
        let staff = |new| {
            let added = move |c: &&Changes| (c.event.action == "staff.add") == new;
            all().filter(added).filter_map(|c| c.staff.as_ref()).collect()
        };
        Self {
            new_cases,
            cases,
            entries: all().flat_map(|c| &c.entries).collect(),
            extensions: all().flat_map(|c| &c.extensions).collect(),
            new_links,
            links,
            outbox: all().flat_map(|c| &c.outbox).collect(),
            callbacks: all().filter_map(|c| c.callback.as_ref()).collect(),
            readings: all().filter_map(|c| c.reading.as_ref()).collect(),
            commands: all().filter_map(|c| c.command.as_ref()).collect(),
            new_staff: staff(true),
            staff: staff(false),
            new_keys,
            keys,
        }
    }
}
