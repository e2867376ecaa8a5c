//! Drafts: what a person has typed and not sent, so that a hang-up loses nothing. Each has
//! one, and nobody sees another's.

use super::{Actor, Office, Result};
use crate::domain::refusal::{Code, Refusal};

/// The longest draft.
pub const MAX_DRAFT_BYTES: usize = 64 * 1024;

impl Office {
    /// Keeps what the actor has typed, instead of what was kept before; none deletes it.
    ///
    /// # Errors
    /// `BAD_INPUT` above [`MAX_DRAFT_BYTES`], or what the store answers.
    pub async fn keep_draft(&self, actor: &Actor, body: Option<&str>) -> Result<()> {
        if body.is_some_and(|body| body.len() > MAX_DRAFT_BYTES) {
            return Err(Refusal::new(Code::BadInput)
                .with("key", "draft")
                .with("what", "at most 64 KiB")
                .with("what_ja", "64 KiBまでです")
                .into());
        }
        Ok(self.store.keep_draft(&actor.staff_id, body, self.now()).await?)
    }

    /// What was kept of the actor's.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn draft(&self, actor: &Actor) -> Result<Option<String>> {
        Ok(self.store.draft(&actor.staff_id).await?)
    }
}
