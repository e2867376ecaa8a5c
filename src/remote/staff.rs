//! Who may come in, and who may stay, as the office says.

use std::net::IpAddr;

use super::Shared;
use super::presence::Who;
use crate::domain::private::Private;
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::office::Result;

impl Shared {
    /// Whether the key is kept with the staff. Asking changes nothing.
    pub(super) async fn has_key(&self, staff_id: &StaffId, key: &Fingerprint) -> Result<bool> {
        self.office.has_key(staff_id, key).await
    }

    /// Signs somebody in who has proved that they have the key.
    pub(super) async fn sign_in_by_key(
        &self,
        staff_id: &StaffId,
        key: &Fingerprint,
        from: IpAddr,
    ) -> Result<Who> {
        let actor = self.office.sign_in_by_key(staff_id, key, from).await?;
        Ok(Who { actor, key: Some(key.clone()) })
    }

    /// Signs somebody in by their password.
    pub(super) async fn sign_in_by_password(
        &self,
        staff_id: &StaffId,
        password: &Private,
        from: IpAddr,
    ) -> Result<Who> {
        let actor = self.office.sign_in_from(staff_id, password, from).await?;
        Ok(Who { actor, key: None })
    }

    /// Of people who sit here, the places in the list of those who may not any more.
    pub(super) async fn put_out(
        &self,
        people: &[(StaffId, Option<Fingerprint>)],
    ) -> Result<Vec<usize>> {
        self.office.put_out(people).await
    }
}
