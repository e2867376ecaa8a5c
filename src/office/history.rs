//! What people said in a case, taken from the audit trail.

use serde_json::Value;

use super::{Actor, Office, Result};
use crate::domain::ids::CaseId;
use crate::domain::time::Instant;
use crate::store::rows::AuditRow;

/// One line of a case's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// Who; `*system` for the program itself.
    pub staff: String,
    /// What, such as `case.restore`.
    pub action: String,
    /// What the person wrote: a reason, a note, a question, an answer; who answered a call
    /// to the shop, and what was said; when a call-back is due.
    pub text: Option<String>,
}

impl HistoryLine {
    fn new(event: &AuditRow) -> Self {
        Self {
            at: Instant::from_micros(event.at),
            staff: event.staff_id.clone(),
            action: event.action.clone(),
            text: text_of(&serde_json::from_str(&event.detail).unwrap_or_default()),
        }
    }
}

fn text_of(detail: &Value) -> Option<String> {
    let part = |name: &str| detail[name].as_str().filter(|text| !text.is_empty());
    match (part("who"), part("text")) {
        (Some(who), Some(text)) => Some(format!("{who}: {text}")),
        (None, Some(text)) => Some(text.to_owned()),
        _ => part("reason").or_else(|| part("due_at")).map(str::to_owned),
    }
}

impl Office {
    /// What has happened to a case, oldest first, in the words of those who did it.
    ///
    /// # Errors
    /// As [`Office::case_history`].
    pub async fn history_lines(&self, actor: &Actor, case_id: &CaseId) -> Result<Vec<HistoryLine>> {
        let events = self.case_history(actor, case_id).await?;
        Ok(events.iter().map(HistoryLine::new).collect())
    }
}
