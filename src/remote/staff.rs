//! Who may come in, and who may stay, as the office says.

use std::net::IpAddr;

use super::Shared;
use super::keys::Fingerprint;
use super::presence::Who;
use crate::domain::private::Private;
use crate::domain::refusal::Code;
use crate::domain::staff::StaffId;
use crate::office::Result;

impl Shared {
    /// Whether the key is kept with the staff. Asking changes nothing.
    pub(super) async fn has_key(&self, _: &StaffId, _: &Fingerprint) -> Result<bool> {
        std::future::ready(Ok(false)).await
    }

    /// Signs somebody in who has proved that they have the key.
    pub(super) async fn sign_in_by_key(
        &self,
        _: &StaffId,
        _: &Fingerprint,
        _: IpAddr,
    ) -> Result<Who> {
        std::future::ready(Err(Code::SignInFailed.into())).await
    }

    /// Signs somebody in by their password.
    pub(super) async fn sign_in_by_password(
        &self,
        staff_id: &StaffId,
        password: &Private,
        _: IpAddr,
    ) -> Result<Who> {
        let actor = self.office.sign_in(staff_id, password).await?;
        Ok(Who { actor, key: None })
    }

    /// Of people who sit here, the places in the list of those who may not any more.
    pub(super) async fn put_out(&self, _: &[(StaffId, Option<Fingerprint>)]) -> Result<Vec<usize>> {
        std::future::ready(Ok(Vec::new())).await
    }
}
