//! What a decision changes, as data: the store writes all of it or none.

use serde_json::Value;

use super::rows::{
    AuditRow, CallbackRow, CaseRow, CaseSaleRow, CommandRow, EntryRow, ExtensionRow, MetaRow,
    OutboxRow, ReadingRow, Row, StaffKeyRow, StaffRow,
};
use crate::domain::ids::CaseId;
use crate::domain::number::InquiryNumber;
use crate::domain::refusal::Refusal;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::records::Digest;

/// The actions of events that write many rows of one kind, and vouch for all of them by the
/// sum of their hashes.
pub(super) const STEPS: [&str; 2] = ["extend.step", "reading.made"];

/// Who did what, when and on what: one line of the audit trail before it is numbered.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Who.
    pub staff_id: StaffId,
    /// What, such as `case.restore`.
    pub action: &'static str,
    /// The staff member, import or sale it is about.
    pub subject: Option<String>,
    /// On which case.
    pub case_id: Option<CaseId>,
    /// On which coupon.
    pub inquiry_number: Option<InquiryNumber>,
    /// The particulars; no personal data.
    pub detail: Value,
}

impl Event {
    /// An event about nothing in particular yet.
    #[must_use]
    pub fn new(at: Instant, staff_id: &StaffId, action: &'static str) -> Self {
        Self {
            at,
            staff_id: staff_id.clone(),
            action,
            subject: None,
            case_id: None,
            inquiry_number: None,
            detail: Value::Object(serde_json::Map::new()),
        }
    }

    /// Names the staff member, import or sale it is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Names the coupon.
    #[must_use]
    pub fn on_coupon(mut self, number: Option<InquiryNumber>) -> Self {
        self.inquiry_number = number;
        self
    }

    /// Names the case.
    #[must_use]
    pub fn on_case(mut self, case_id: CaseId) -> Self {
        self.case_id = Some(case_id);
        self
    }

    /// Gives the particulars.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Everything one command writes. `audit_seq` of the rows is filled in by the store.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The line in the audit trail.
    pub event: Event,
    /// The case, new (version 1) or changed.
    pub case: Option<CaseRow>,
    /// Ledger entries.
    pub entries: Vec<EntryRow>,
    /// Extensions of expiry.
    pub extensions: Vec<ExtensionRow>,
    /// Links made or taken back.
    pub links: Vec<CaseSaleRow>,
    /// Instructions to the coupon system.
    pub outbox: Vec<OutboxRow>,
    /// A call-back that was promised.
    pub callback: Option<CallbackRow>,
    /// A reading of a shop that was corrected.
    pub reading: Option<ReadingRow>,
    /// The command and its first answer.
    pub command: Option<CommandRow>,
    /// A member of staff, new or changed.
    pub staff: Option<StaffRow>,
    /// A key of the staff, given out or revoked.
    pub key: Option<StaffKeyRow>,
    /// The answer for whoever asked, JSON.
    pub answer: String,
    /// Written all the same, but what was asked for is refused: a failed sign-in, a case
    /// whose evidence has changed.
    pub refusal: Option<Refusal>,
}

impl Changes {
    /// Only a line in the audit trail.
    #[must_use]
    pub fn event(event: Event) -> Self {
        Self {
            event,
            case: None,
            entries: Vec::new(),
            extensions: Vec::new(),
            links: Vec::new(),
            outbox: Vec::new(),
            callback: None,
            reading: None,
            command: None,
            staff: None,
            key: None,
            answer: "{}".to_owned(),
            refusal: None,
        }
    }

    /// Numbers the rows with the event's place in the chain and links the event to the
    /// one before.
    pub(super) fn seal(&mut self, seq: i64, previous_hash: &str) -> AuditRow {
        let mut wrote: Vec<[String; 3]> = Vec::new();
        if let Some(case) = &mut self.case {
            case.audit_seq = seq;
            wrote.push(case.note());
        }
        for row in &mut self.entries {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        for row in &mut self.extensions {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        for row in &mut self.links {
            row.audit_seq = seq;
            if row.unlinked_at.is_none() {
                row.linked_seq = seq;
            }
            wrote.push(row.note());
        }
        for row in &mut self.outbox {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        if let Some(row) = &mut self.callback {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        if let Some(row) = &mut self.reading {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        if let Some(row) = &mut self.command {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        if let Some(row) = &mut self.staff {
            row.audit_seq = seq;
            wrote.push(row.note());
        }
        if let Some(row) = &mut self.key {
            row.audit_seq = seq;
            if row.revoked_at.is_none() {
                row.added_seq = seq;
            }
            wrote.push(row.note());
        }
        seal_event(&self.event, &wrote, seq, previous_hash)
    }
}

/// The first event: it writes what the database says of itself, and its first admin.
pub(super) fn first_event(
    meta: &[MetaRow],
    admin: &mut StaffRow,
    event: &Event,
    seq: i64,
    previous_hash: &str,
) -> AuditRow {
    admin.audit_seq = seq;
    let mut wrote: Vec<[String; 3]> = meta.iter().map(Row::note).collect();
    wrote.push(admin.note());
    seal_event(event, &wrote, seq, previous_hash)
}

/// What the event of a step notes of the rows it writes.
pub(super) fn step_note<R: Row>(rows: &[R]) -> [String; 3] {
    let mut digest = Digest::default();
    for row in rows {
        digest.add(&row.row_hash());
    }
    [R::TABLE.to_owned(), format!("{} rows", rows.len()), digest.hex()]
}

/// Links one event into the chain.
pub(super) fn seal_event(
    event: &Event,
    wrote: &[[String; 3]],
    seq: i64,
    previous_hash: &str,
) -> AuditRow {
    let mut row = AuditRow {
        seq,
        at: event.at.micros(),
        staff_id: event.staff_id.as_str().to_owned(),
        action: event.action.to_owned(),
        subject: event.subject.clone(),
        case_id: event.case_id.as_ref().map(|id| id.as_str().to_owned()),
        inquiry_number: event.inquiry_number.as_ref().map(|n| n.as_str().to_owned()),
        detail: event.detail.to_string(),
        // A list of strings always serialises.
        wrote: serde_json::to_string(wrote).unwrap_or_default(),
        previous_hash: previous_hash.to_owned(),
        hash: String::new(),
    };
    row.hash = row.chain_hash();
    row
}
