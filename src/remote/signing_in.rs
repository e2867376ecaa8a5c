//! Signing in over one connection: by any number of keys and by so many passwords, and slower
//! the more of them were wrong that came from its address.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use russh::keys::PublicKey;
use russh::server::Auth;
use russh::{MethodKind, MethodSet};

use super::metrics::{By, Refused};
use super::presence::Who;
use super::{Shared, keys};
use crate::config::SignInBy;
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::texts::{self, Lang};

/// How many passwords one connection may try.
const TRIES: u32 = 3;

/// How far somebody has come.
pub(super) struct SigningIn {
    shared: Arc<Shared>,
    from: IpAddr,
    tries: u32,
    /// Whether there is no room for anybody, whatever they try.
    closed: bool,
    who: Option<Who>,
}

impl SigningIn {
    pub(super) fn new(shared: Arc<Shared>, from: IpAddr) -> Self {
        Self { shared, from, tries: 0, closed: false, who: None }
    }

    /// Whether somebody has proved who they are, and not sat down yet.
    pub(super) fn is_done(&self) -> bool {
        self.who.is_some()
    }

    /// Who it is.
    pub(super) fn take(&mut self) -> Option<Who> {
        self.who.take()
    }

    /// Nobody signs in on this connection.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    fn takes(&self, by: SignInBy) -> bool {
        let left = by == SignInBy::Key || self.tries < TRIES;
        left && !self.closed && self.shared.opening.settings.serve.takes(by)
    }

    /// That did not help; what may be tried now.
    pub(super) fn rejected(&self) -> Auth {
        let mut left = MethodSet::empty();
        if self.takes(SignInBy::Key) {
            left.push(MethodKind::PublicKey);
        }
        if self.takes(SignInBy::Password) {
            left.push(MethodKind::KeyboardInteractive);
            left.push(MethodKind::Password);
        }
        Auth::Reject { proceed_with_methods: Some(left), partial_success: false }
    }

    /// By a password. A wrong one is answered as late as the failures of its address have come
    /// to; whoever has the right one does not wait.
    pub(super) async fn by_password(&mut self, user: &str, password: &str) -> Result<(), Refusal> {
        if !self.takes(SignInBy::Password) {
            return Err(Code::SignInFailed.into());
        }
        self.tries += 1;
        let password = Private::new(password);
        let signed_in = match user.parse::<StaffId>() {
            Ok(staff_id) => self.shared.sign_in_by_password(&staff_id, &password, self.from).await,
            Err(_) => Err(Code::SignInFailed.into()),
        };
        self.shared.metrics.sign_in(By::Password, signed_in.is_ok());
        let refusal = match signed_in {
            Ok(who) => {
                self.who = Some(who);
                return Ok(());
            }
            Err(error) => error.to_refusal(),
        };
        if refusal.code == Code::SignInFailed {
            self.wait_for_failures().await;
        }
        Err(refusal)
    }

    async fn wait_for_failures(&self) {
        let wait = self.shared.failures.failed(self.from, Instant::now());
        if !wait.is_zero() {
            tracing::warn!(from = %self.from, ?wait, "many failures to sign in from one address");
            self.shared.metrics.refused(Refused::AddressThrottled);
            tokio::time::sleep(wait).await;
        }
    }

    /// By a password in a dialogue, in which words can be said: asks for it.
    pub(super) fn begin_dialogue(&self) -> Auth {
        if self.takes(SignInBy::Password) { asked(String::new(), true) } else { self.rejected() }
    }

    /// Takes what was answered.
    pub(super) async fn go_on(&mut self, user: &str, answer: Option<impl AsRef<[u8]>>) -> Auth {
        let Some(password) = answer.filter(|_| self.takes(SignInBy::Password)) else {
            return self.rejected();
        };
        let password = String::from_utf8_lossy(password.as_ref());
        match self.by_password(user, &password).await {
            Ok(()) => Auth::Accept,
            Err(refusal) => {
                if refusal.code != Code::SignInFailed {
                    // No other password would help now.
                    self.tries = TRIES;
                }
                asked(in_both(&refusal), self.takes(SignInBy::Password))
            }
        }
    }

    /// Whether a key that is offered would do. Asking changes nothing.
    pub(super) async fn offered(&self, user: &str, key: &PublicKey) -> Result<bool, Refusal> {
        let Some((staff_id, key)) = self.key_of(user, key) else { return Ok(false) };
        self.shared.has_key(&staff_id, &key).await.map_err(|error| error.to_refusal())
    }

    /// By a key that the client has proved to have.
    pub(super) async fn by_key(&mut self, user: &str, key: &PublicKey) -> Result<(), Refusal> {
        let Some((staff_id, key)) = self.key_of(user, key) else {
            return Err(Code::SignInFailed.into());
        };
        let signed_in = self.shared.sign_in_by_key(&staff_id, &key, self.from).await;
        self.shared.metrics.sign_in(By::Key, signed_in.is_ok());
        self.who = Some(signed_in.map_err(|error| error.to_refusal())?);
        Ok(())
    }

    fn key_of(&self, user: &str, key: &PublicKey) -> Option<(StaffId, Fingerprint)> {
        if !self.takes(SignInBy::Key) {
            return None;
        }
        Some((user.parse().ok()?, keys::fingerprint(key)?))
    }
}

/// Says something, and asks for the password, unless that is all.
fn asked(instructions: String, for_password: bool) -> Auth {
    let words = Lang::ALL.map(|lang| texts::word("sign-in.password", lang));
    let prompt = || (format!("{}: ", words.join(" / ")).into(), false);
    let prompts = if for_password { vec![prompt()] } else { Vec::new() };
    Auth::Partial { name: "".into(), instructions: instructions.into(), prompts: prompts.into() }
}

/// In both languages: nobody has said yet which is theirs.
pub(super) fn in_both(refusal: &Refusal) -> String {
    let said = Lang::ALL.map(|lang| {
        let sentence = texts::refusal(refusal, lang);
        format!("{} {}", sentence.message, sentence.next)
    });
    said.join("\r\n") + "\r\n"
}
