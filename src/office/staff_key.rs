//! The keys of the staff: an admin gives them out and revokes them.

use serde_json::json;

use super::{Actor, Deciding, Office, OfficeError, Result, acting};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId};
use crate::domain::staff_key::{Fingerprint, KeyAlgorithm, StaffKey};
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::changes::{Changes, Event};
use crate::store::rows::StaffKeyRow;
use crate::store::snapshot::{Need, Snapshot};

/// The actions in the audit trail.
const ADD: &str = "staff.key_add";
const REVOKE: &str = "staff.key_revoke";

/// A key that is kept, live or revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// Whose.
    pub staff_id: StaffId,
    /// Its name.
    pub fingerprint: Fingerprint,
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// What its owner calls it.
    pub comment: Private,
    /// Who gave it out.
    pub added_by: StaffId,
    /// When.
    pub added_at: Instant,
    /// Who revoked it, and when.
    pub revoked: Option<(StaffId, Instant)>,
}

impl KeptKey {
    fn of(row: StaffKeyRow) -> Result<Self> {
        fn read<T: std::str::FromStr>(row: &StaffKeyRow, text: &str) -> Result<T>
        where
            T::Err: std::fmt::Display,
        {
            text.parse().map_err(|error: T::Err| {
                let (key, what) = (row.fingerprint.clone(), error.to_string());
                OfficeError::from(StoreError::Damaged { table: "staff_key", key, what })
            })
        }
        let revoked = match (&row.revoked_by, row.revoked_at) {
            (Some(by), Some(at)) => Some((read(&row, by)?, Instant::from_micros(at))),
            _ => None,
        };
        Ok(Self {
            staff_id: read(&row, &row.staff_id)?,
            fingerprint: read(&row, &row.fingerprint)?,
            algorithm: read(&row, &row.algorithm)?,
            added_by: read(&row, &row.added_by)?,
            added_at: Instant::from_micros(row.added_at),
            revoked,
            comment: row.comment,
        })
    }
}

impl Office {
    /// Gives a key to somebody: from now on they may sign in with it.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`, `STAFF_DISABLED`; `KEY_EXISTS` where the person has it
    /// already, or somebody else: a key proves who somebody is.
    pub async fn add_key(&self, actor: &Actor, staff_id: &StaffId, key: &StaffKey) -> Result<()> {
        actor.must(Permission::KeepStaff)?;
        let (now, added_by) = (self.now(), actor.staff_id.as_str().to_owned());
        let row = StaffKeyRow {
            fingerprint: key.fingerprint.as_str().to_owned(),
            staff_id: staff_id.as_str().to_owned(),
            algorithm: key.algorithm.as_str().to_owned(),
            blob: key.blob_base64.clone(),
            comment: key.comment.clone(),
            added_by,
            added_at: now.micros(),
            revoked_by: None,
            revoked_at: None,
            added_seq: 0,
            audit_seq: 0,
        };
        self.change_key(actor, staff_id, &key.fingerprint, ADD, move |seen, _| {
            if seen.subject.as_ref().is_some_and(|person| person.disabled != 0) {
                return Err(Refusal::new(Code::StaffDisabled).with("staff", &row.staff_id));
            }
            match &seen.key {
                Some(known) => Err(Refusal::new(Code::KeyExists).with("staff", &known.staff_id)),
                None => Ok(row.clone()),
            }
        })
        .await
    }

    /// Revokes somebody's key, for good: nobody signs in with it any more, unless it is given
    /// out again.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`, `KEY_UNKNOWN` where it is not the person's, or not any
    /// more.
    pub async fn revoke_key(
        &self,
        actor: &Actor,
        staff_id: &StaffId,
        fingerprint: &Fingerprint,
    ) -> Result<()> {
        actor.must(Permission::KeepStaff)?;
        let (now, whose) = (self.now(), staff_id.clone());
        self.change_key(actor, staff_id, fingerprint, REVOKE, move |seen, by| {
            let live = seen.key.as_ref().filter(|key| key.staff_id == whose.as_str());
            let mut row = live
                .cloned()
                .ok_or_else(|| Refusal::new(Code::KeyUnknown).with("staff", &whose))?;
            row.revoked_by = Some(by.as_str().to_owned());
            row.revoked_at = Some(now.micros());
            Ok(row)
        })
        .await
    }

    /// The keys of one person, or of everyone, revoked ones too, in the order they were given
    /// out in.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`.
    pub async fn keys(&self, actor: &Actor, staff_id: Option<&StaffId>) -> Result<Vec<KeptKey>> {
        if actor.must(Permission::KeepStaff).is_err() {
            actor.must(Permission::ReadEverything)?;
        }
        if let Some(staff_id) = staff_id {
            let need = Need { subject: Some(staff_id.as_str().to_owned()), ..Need::default() };
            let seen = self.store.snapshot(&[need]).await?;
            if seen.first().is_none_or(|seen| seen.subject.is_none()) {
                return Err(Refusal::new(Code::StaffUnknown).with("staff", staff_id).into());
            }
        }
        self.store.staff_keys(staff_id).await?.into_iter().map(KeptKey::of).collect()
    }

    async fn change_key(
        &self,
        actor: &Actor,
        staff_id: &StaffId,
        fingerprint: &Fingerprint,
        action: &'static str,
        change: impl Fn(&Snapshot, &StaffId) -> std::result::Result<StaffKeyRow, Refusal>
        + Send
        + Sync
        + 'static,
    ) -> Result<()> {
        let now = self.now();
        let need = Need {
            actor: Some(actor.staff_id.as_str().to_owned()),
            subject: Some(staff_id.as_str().to_owned()),
            fingerprint: Some(fingerprint.as_str().to_owned()),
            ..Need::default()
        };
        let subject = staff_id.clone();
        let job = Deciding::job(need, move |seen| {
            let by = acting(seen.actor.as_ref(), Permission::KeepStaff).map(|(by, _)| by);
            Ok(by.and_then(|by| {
                if seen.subject.is_none() {
                    return Err(Refusal::new(Code::StaffUnknown).with("staff", &subject));
                }
                let row = change(seen, &by)?;
                let event = Event::new(now, &by, action)
                    .about(subject.as_str())
                    .detail(json!({"key": row.fingerprint, "algorithm": row.algorithm}));
                let mut changes = Changes::event(event);
                changes.key = Some(row);
                Ok(Box::new(changes))
            }))
        });
        self.store.submit(job).await??;
        Ok(())
    }
}
