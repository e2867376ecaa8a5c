//! Staff: keeping the list of who may sign in.

use serde_json::json;

use super::{Actor, Deciding, Office, Result, acting, watch};
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, Role, StaffId};
use crate::domain::text;
use crate::store::changes::{Changes, Event};
use crate::store::rows::StaffRow;
use crate::store::snapshot::Need;

/// The longest name.
const MAX_NAME_CHARS: usize = 80;

/// Somebody on the list.
#[derive(Clone, Debug)]
pub struct Member {
    /// Signs in with it.
    pub staff_id: StaffId,
    /// The person's name.
    pub name: Private,
    /// The one role.
    pub role: Role,
    /// Whether signing in is barred.
    pub disabled: bool,
    /// Whether look-ups are locked now.
    pub locked: bool,
}

/// A name that may stand on a screen.
///
/// # Errors
/// `BAD_INPUT`.
pub fn checked_name(name: &str) -> Result<Private> {
    let name = name.trim();
    let good = !name.is_empty()
        && name.chars().count() <= MAX_NAME_CHARS
        && text::check_clean(name).is_ok();
    if good {
        Ok(Private::new(name))
    } else {
        Err(Refusal::new(Code::BadInput)
            .with("key", "--name")
            .with("what", "1 to 80 characters, without control characters")
            .with("what_ja", "1～80文字で、制御文字は使えません")
            .into())
    }
}

impl Office {
    /// Adds somebody.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_EXISTS`, `PASSWORD_WEAK`, `BAD_INPUT` for the name.
    pub async fn add_staff(
        &self,
        actor: &Actor,
        staff_id: &StaffId,
        role: Role,
        name: &str,
        password: &Private,
    ) -> Result<()> {
        actor.must(Permission::KeepStaff)?;
        let row = StaffRow {
            staff_id: staff_id.as_str().to_owned(),
            name: checked_name(name)?,
            role: role.as_str().to_owned(),
            password_hash: self.hashed(password).await?,
            disabled: 0,
            audit_seq: 0,
        };
        self.change_staff(actor, staff_id, "staff.add", move |known, _| match known {
            Some(_) => Err(Refusal::new(Code::StaffExists).with("staff", &row.staff_id)),
            None => Ok(row.clone()),
        })
        .await
    }

    /// Bars somebody from signing in.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`, `LAST_ADMIN`.
    pub async fn disable_staff(&self, actor: &Actor, staff_id: &StaffId) -> Result<()> {
        actor.must(Permission::KeepStaff)?;
        let name = staff_id.clone();
        self.change_staff(actor, staff_id, "staff.disable", move |known, admins| {
            let mut row = known
                .cloned()
                .ok_or_else(|| Refusal::new(Code::StaffUnknown).with("staff", &name))?;
            if row.role == Role::Admin.as_str() && row.disabled == 0 && admins <= 1 {
                return Err(Code::LastAdmin.into());
            }
            row.disabled = 1;
            Ok(row)
        })
        .await
    }

    /// Sets a password: an admin anybody's, everybody their own.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`, `PASSWORD_WEAK`.
    pub async fn set_password(
        &self,
        actor: &Actor,
        staff_id: &StaffId,
        password: &Private,
    ) -> Result<()> {
        if actor.staff_id != *staff_id {
            actor.must(Permission::KeepStaff)?;
        }
        let hash = self.hashed(password).await?;
        let name = staff_id.clone();
        self.change_staff(actor, staff_id, watch::PASSWORD, move |known, _| {
            let mut row = known
                .cloned()
                .ok_or_else(|| Refusal::new(Code::StaffUnknown).with("staff", &name))?;
            row.password_hash = hash.clone();
            Ok(row)
        })
        .await
    }

    async fn change_staff(
        &self,
        actor: &Actor,
        staff_id: &StaffId,
        action: &'static str,
        change: impl Fn(Option<&StaffRow>, i64) -> std::result::Result<StaffRow, Refusal>
        + Send
        + Sync
        + 'static,
    ) -> Result<()> {
        let now = self.now();
        let own = actor.staff_id == *staff_id && action == watch::PASSWORD;
        let need = Need {
            actor: Some(actor.staff_id.as_str().to_owned()),
            subject: Some(staff_id.as_str().to_owned()),
            ..Need::default()
        };
        let subject = staff_id.as_str().to_owned();
        let me = actor.staff_id.clone();
        let job = Deciding::job(need, move |seen| {
            let by = if own {
                Ok(me.clone())
            } else {
                acting(seen.actor.as_ref(), Permission::KeepStaff).map(|(by, _)| by)
            };
            Ok(by.and_then(|by| {
                let row = change(seen.subject.as_ref(), seen.admins)?;
                let event = Event::new(now, &by, action)
                    .about(&subject)
                    .detail(json!({"role": row.role, "disabled": row.disabled}));
                let mut changes = Changes::event(event);
                changes.staff = Some(row);
                Ok(Box::new(changes))
            }))
        });
        self.store.submit(job).await??;
        Ok(())
    }

    /// Those whose look-ups are locked now, for a supervisor to release.
    ///
    /// # Errors
    /// `NOT_ALLOWED`.
    pub async fn locked_staff(&self, actor: &Actor) -> Result<Vec<Member>> {
        let mut members = self.list_staff(actor).await?;
        members.retain(|member| member.locked);
        Ok(members)
    }

    /// Everyone on the list.
    ///
    /// # Errors
    /// `NOT_ALLOWED`.
    pub async fn list_staff(&self, actor: &Actor) -> Result<Vec<Member>> {
        if actor.must(Permission::KeepStaff).is_err() {
            actor.must(Permission::ReadEverything)?;
        }
        let rows = self.store.staff().await?;
        let needs: Vec<Need> = rows
            .iter()
            .map(|row| Need { subject: Some(row.staff_id.clone()), watch: true, ..Need::default() })
            .collect();
        let seen = self.store.snapshot(&needs).await?;
        let now = self.now();
        Ok(rows
            .into_iter()
            .zip(seen)
            .filter_map(|(row, seen)| {
                let locked = watch::locked_until(&seen.watched, &self.settings.guards, now);
                Some(Member {
                    staff_id: row.staff_id.parse().ok()?,
                    name: row.name,
                    role: row.role.parse().ok()?,
                    disabled: row.disabled != 0,
                    locked: locked.is_some(),
                })
            })
            .collect())
    }
}
