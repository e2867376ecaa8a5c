//! The auditor's question: is everything as it was written?

use super::{Actor, Office, Result};
use crate::domain::staff::Permission;
use crate::store::AuditReport;
use crate::store::moving::Mover;

impl Office {
    /// Recomputes chain, ledger, balances and the hash of every row.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, or what the store answers. A wrong row is no error: the report
    /// names it.
    pub async fn verify_audit(&self, actor: &Actor) -> Result<AuditReport> {
        actor.must(Permission::VerifyAudit)?;
        self.store.flush().await?;
        Ok(self.store.verify_audit().await?)
    }

    /// Who moves everything to another database, and when, if they may.
    ///
    /// # Errors
    /// `NOT_ALLOWED`.
    pub fn mover(&self, actor: &Actor) -> Result<Mover> {
        actor.must(Permission::MoveDatabase)?;
        Ok(Mover { staff_id: actor.staff_id.clone(), at: self.now() })
    }
}
