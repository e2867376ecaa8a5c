//! Signing in, by a password or a key, at a desk or from elsewhere. What fails is written down
//! before it is answered, so that the wait after wrong passwords is the same everywhere.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::{Actor, Deciding, Office, OfficeError, Result, watch};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::store::changes::{Changes, Event};
use crate::store::rows::StaffRow;
use crate::store::snapshot::{Need, Snapshot};

/// How many people's passwords may be looked at side by side: more than there are cores to work
/// them out.
const TURNS: usize = 64;

/// One password of a person is looked at after the other. Side by side, any number of guesses
/// could be made before the first failure is written down, which makes the next one wait.
pub(super) struct Turns {
    turns: Vec<Mutex<()>>,
    /// Nobody outside can tell who shares a turn with whom.
    places: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        let turns = (0..TURNS).map(|_| Mutex::default()).collect();
        Self { turns, places: RandomState::new() }
    }
}

impl Turns {
    async fn of(&self, staff_id: &StaffId) -> Option<MutexGuard<'_, ()>> {
        let turns = u64::try_from(self.turns.len()).unwrap_or(1).max(1);
        let place = self.places.hash_one(staff_id) % turns;
        let turn = usize::try_from(place).ok().and_then(|place| self.turns.get(place))?;
        Some(turn.lock().await)
    }
}

/// What the audit trail says of a way in.
fn particulars(from: Option<IpAddr>, key: Option<&Fingerprint>) -> Value {
    let mut detail = json!({});
    if let Some(from) = from {
        // One address has one spelling, however the client came by it.
        detail["from"] = from.to_canonical().to_string().into();
    }
    if let Some(key) = key {
        detail["key"] = key.as_str().into();
    }
    detail
}

impl Office {
    /// Signs somebody in at a desk of this machine.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED` (which does not tell whether the person exists), `SIGN_IN_LATER`
    /// after several failures, `STAFF_DISABLED` with the right password.
    pub async fn sign_in(&self, staff_id: &StaffId, password: &Private) -> Result<Actor> {
        self.by_password(staff_id, password, None).await
    }

    /// Signs somebody in who comes from another machine. The audit trail names its address,
    /// whether the password is right or wrong.
    ///
    /// # Errors
    /// As [`Office::sign_in`].
    pub async fn sign_in_from(
        &self,
        staff_id: &StaffId,
        password: &Private,
        from: IpAddr,
    ) -> Result<Actor> {
        self.by_password(staff_id, password, Some(from)).await
    }

    /// Signs somebody in who has proved to hold a key. Wrong passwords do not keep its holder
    /// out: whoever guesses those has no key.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED` where the key is not the person's, or not any more; `STAFF_DISABLED`.
    pub async fn sign_in_by_key(
        &self,
        staff_id: &StaffId,
        fingerprint: &Fingerprint,
        from: IpAddr,
    ) -> Result<Actor> {
        let seen = self.key_and_person(staff_id, fingerprint).await?;
        let row = match holder(&seen, staff_id) {
            Some(row) if row.disabled == 0 => row,
            other => {
                let code = if other.is_some() { Code::StaffDisabled } else { Code::SignInFailed };
                self.jot_refused(staff_id, code, Some(from), Some(fingerprint));
                return Err(code.into());
            }
        };
        let detail = particulars(Some(from), Some(fingerprint));
        self.store.jot(self.about_sign_in(staff_id, watch::BY_KEY, detail));
        actor(staff_id, row)
    }

    /// Whether the key is one that the person may sign in with, disabled or not. Asks only:
    /// for a key that is offered, before its holder has proved anything.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn has_key(&self, staff_id: &StaffId, fingerprint: &Fingerprint) -> Result<bool> {
        let seen = self.key_and_person(staff_id, fingerprint).await?;
        Ok(holder(&seen, staff_id).is_some())
    }

    /// Of people who are signed in (with which key, if with one), the places in the list of
    /// those who may not be any more: they are disabled, or the key was revoked. One question
    /// to the database, whatever their number.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn put_out(&self, people: &[(StaffId, Option<Fingerprint>)]) -> Result<Vec<usize>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.barred(people).await?)
    }

    async fn key_and_person(
        &self,
        staff_id: &StaffId,
        fingerprint: &Fingerprint,
    ) -> Result<Snapshot> {
        let need = Need {
            subject: Some(staff_id.as_str().to_owned()),
            fingerprint: Some(fingerprint.as_str().to_owned()),
            ..Need::default()
        };
        Ok(self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default())
    }

    async fn by_password(
        &self,
        staff_id: &StaffId,
        password: &Private,
        from: Option<IpAddr>,
    ) -> Result<Actor> {
        let _turn = self.turns.of(staff_id).await;
        let now = self.now();
        let need =
            Need { subject: Some(staff_id.as_str().to_owned()), watch: true, ..Need::default() };
        let seen = self.store.snapshot(&[need]).await?.into_iter().next().unwrap_or_default();
        if let Some(until) = watch::backoff_until(&seen.watched, now) {
            let minutes = (until.micros() - now.micros()).div_euclid(60_000_000) + 1;
            let refusal = Refusal::new(Code::SignInLater);
            return Err(refusal.with("until", until).with("minutes", minutes).into());
        }
        let kept = seen.subject.as_ref().map(|row| &row.password_hash);
        if !self.hashing.verify(password, kept).await {
            let failed = self.about_sign_in(staff_id, watch::FAILED, particulars(from, None));
            self.note(failed).await?;
            return Err(Code::SignInFailed.into());
        }
        let Some(row) = &seen.subject else {
            return Err(Code::SignInFailed.into());
        };
        if row.disabled != 0 {
            self.jot_refused(staff_id, Code::StaffDisabled, from, None);
            return Err(Code::StaffDisabled.into());
        }
        let done = self.about_sign_in(staff_id, watch::SIGNED_IN, particulars(from, None));
        if watch::failures(&seen.watched).next().is_some() {
            self.note(done).await?;
        } else if from.is_some() {
            self.store.jot(done);
        }
        actor(staff_id, row)
    }

    /// Notes that somebody is who they say, and is not let in. Nobody comes to a desk of this
    /// machine by themselves: only who comes from elsewhere is noted.
    fn jot_refused(
        &self,
        staff_id: &StaffId,
        code: Code,
        from: Option<IpAddr>,
        key: Option<&Fingerprint>,
    ) {
        if from.is_some() {
            let mut detail = particulars(from, key);
            detail["code"] = code.as_str().into();
            self.store.jot(self.about_sign_in(staff_id, watch::REFUSED, detail));
        }
    }

    fn about_sign_in(&self, staff_id: &StaffId, action: &'static str, detail: Value) -> Event {
        Event::new(self.now(), staff_id, action).about(staff_id.as_str()).detail(detail)
    }

    async fn note(&self, event: Event) -> Result<()> {
        let job = Deciding::job(Need::default(), move |_| {
            Ok(Ok(Box::new(Changes::event(event.clone()))))
        });
        self.store.submit(job).await??;
        Ok(())
    }
}

/// The person, if the key that was read is theirs.
fn holder<'a>(seen: &'a Snapshot, staff_id: &StaffId) -> Option<&'a StaffRow> {
    let held = seen.key.as_ref().is_some_and(|key| key.staff_id == staff_id.as_str());
    seen.subject.as_ref().filter(|_| held)
}

/// Whoever the row says, signed in.
fn actor(staff_id: &StaffId, row: &StaffRow) -> Result<Actor> {
    let role = row.role.parse().map_err(|_| OfficeError::from(Code::SignInFailed))?;
    Ok(Actor { staff_id: staff_id.clone(), role, name: row.name.clone() })
}
