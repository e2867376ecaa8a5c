//! The auditor's question: is everything as it was written?

use super::{Actor, Office, Result};
use crate::domain::staff::Permission;
use crate::store::AuditReport;

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
}
