//! Who acts: staff, their one role, and what a role may do (specification, sections 2 and 5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id a person signs in with: 1 to 32 of `a-z A-Z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StaffId(String);

/// A text that is no staff id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a staff id has 1 to 32 of the characters a-z A-Z 0-9 . _ -")]
pub struct StaffIdError;

impl StaffId {
    /// The program itself: it verifies again and lapses. Nobody can sign in under
    /// it, since `*` is in no staff id.
    #[must_use]
    pub fn system() -> Self {
        Self("*system".to_owned())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StaffId {
    type Err = StaffIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > 32 || !text.bytes().all(plain) {
            return Err(StaffIdError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for StaffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One person has one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes calls.
    Operator,
    /// Decides reviews, and may take calls too.
    Supervisor,
    /// Imports and exports records, keeps staff and settings, never touches a case.
    Admin,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Operator, Self::Supervisor, Self::Admin, Self::Auditor];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// A text that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of operator, supervisor, admin, auditor")]
pub struct RoleError;

/// Something a person asks the office for. [`may`] is the one table of who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look a number up, find a shop, open a case, restore, withdraw, answer.
    TakeCalls,
    /// Approve, decline, link, ask, send back, reopen, keep, reverse, release a lock.
    DecideReviews,
    /// Read any case and coupon.
    ReadEverything,
    /// List the shops that were heard.
    FindShops,
    /// Say how a shop is read.
    CorrectReadings,
    /// Write a note on a case.
    WriteNotes,
    /// Import record files.
    ImportRecords,
    /// Extend class A, lapse what still waits.
    RunCampaign,
    /// Verify waiting cases again.
    Recheck,
    /// Add, list and disable staff, set their passwords.
    KeepStaff,
    /// Recompute the audit chain.
    VerifyAudit,
    /// Move everything to another database.
    MoveDatabase,
}

/// Whether `role` may do it, before the case itself is looked at.
#[must_use]
pub const fn may(role: Role, what: Permission) -> bool {
    use Permission as P;
    match role {
        Role::Operator => matches!(what, P::TakeCalls | P::FindShops | P::WriteNotes | P::Recheck),
        Role::Supervisor => matches!(
            what,
            P::TakeCalls
                | P::DecideReviews
                | P::ReadEverything
                | P::FindShops
                | P::CorrectReadings
                | P::WriteNotes
                | P::RunCampaign
                | P::Recheck
                | P::VerifyAudit
        ),
        Role::Admin => matches!(
            what,
            P::FindShops
                | P::ImportRecords
                | P::RunCampaign
                | P::Recheck
                | P::KeepStaff
                | P::VerifyAudit
                | P::MoveDatabase
        ),
        Role::Auditor => matches!(what, P::ReadEverything | P::FindShops | P::VerifyAudit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_signs_in_as_the_system() {
        assert!("*system".parse::<StaffId>().is_err());
        assert!("".parse::<StaffId>().is_err());
        assert!("山田".parse::<StaffId>().is_err());
        assert!("op.yamada-1".parse::<StaffId>().is_ok());
    }

    #[test]
    fn an_admin_never_touches_a_case_and_an_auditor_changes_nothing() {
        for what in [Permission::TakeCalls, Permission::DecideReviews, Permission::WriteNotes] {
            assert!(!may(Role::Admin, what));
            assert!(!may(Role::Auditor, what));
        }
        for what in [
            Permission::ImportRecords,
            Permission::RunCampaign,
            Permission::KeepStaff,
            Permission::Recheck,
        ] {
            assert!(!may(Role::Auditor, what));
        }
        assert!(!may(Role::Operator, Permission::DecideReviews));
        assert!(!may(Role::Operator, Permission::ReadEverything));
    }
}
