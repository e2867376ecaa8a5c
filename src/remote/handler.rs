//! What a client may ask for: to sign in as somebody on the staff, and for one desk. All else
//! is refused, in words where the protocol has a place for them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt as _;
use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Msg as ToClient, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{
    Channel, ChannelId, ChannelOpenFailure, Disconnect, Error, MethodKind, MethodSet, Pty,
};
use tokio::sync::mpsc;

use super::Shared;
use super::doors::{Full, Place};
use super::keys;
use super::line::Size;
use super::metrics::{By, Refused};
use super::presence::Who;
use super::session::{Opened, words};
use super::turned_away;
use crate::config::SignInBy;
use crate::desk::state::Look;
use crate::desk::theme::Theme;
use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::texts::{self, Lang};

/// How many passwords one connection may try.
const TRIES: u32 = 3;
/// The longest value of an environment that is kept, in bytes.
const MAX_VALUE_BYTES: usize = 64;
/// The stream beside the output that words of a refusal go to.
const STANDARD_ERROR: u32 = 1;

/// What the connection's own task is asked to do.
pub(super) enum Step {
    /// Somebody has signed in and opens the desk.
    Open(Box<Opened>),
    /// They are told why they are not let in, and the connection ends.
    Refuse(Disconnect, Refusal),
}

/// What a client says of its person's terminal.
#[derive(Default)]
struct Environment {
    lc_all: Option<String>,
    lc_messages: Option<String>,
    lang: Option<String>,
    no_color: bool,
}

impl Environment {
    /// Keeps what a desk goes by; says whether it was that.
    fn keep(&mut self, name: &str, value: &str) -> bool {
        let kept = || (value.len() <= MAX_VALUE_BYTES).then(|| value.to_owned());
        match name {
            "LC_ALL" => self.lc_all = kept(),
            "LC_MESSAGES" => self.lc_messages = kept(),
            "LANG" => self.lang = kept(),
            // It asks for no colour whatever it is set to, unless to nothing.
            "NO_COLOR" => self.no_color = !value.is_empty(),
            _ => return false,
        }
        true
    }

    /// The language that is asked for, in the order of the C library.
    fn lang(&self) -> Option<Lang> {
        let set = [&self.lc_all, &self.lc_messages, &self.lang];
        let set = set.into_iter().flatten().find(|value| !value.is_empty());
        set.map(|value| Lang::from_env_value(value))
    }
}

/// One connection's handler.
pub(super) struct Handler {
    shared: Arc<Shared>,
    from: IpAddr,
    place: Arc<Place>,
    steps: mpsc::Sender<Step>,
    who: Option<Who>,
    tries: u32,
    environment: Environment,
    /// Whether there was a session already: there is one for each connection.
    opened: bool,
    channel: Option<Channel<ToClient>>,
    size: Option<Size>,
}

impl Handler {
    pub(super) fn new(
        shared: Arc<Shared>,
        from: IpAddr,
        place: Arc<Place>,
        steps: mpsc::Sender<Step>,
    ) -> Self {
        Self {
            shared,
            from,
            place,
            steps,
            who: None,
            tries: 0,
            environment: Environment::default(),
            opened: false,
            channel: None,
            size: None,
        }
    }

    fn takes(&self, by: SignInBy) -> bool {
        self.shared.opening.settings.serve.takes(by)
    }

    /// By what somebody may go on trying: by any number of keys, by so many passwords.
    fn rejected(&self) -> Auth {
        let mut left = MethodSet::empty();
        if self.takes(SignInBy::Key) {
            left.push(MethodKind::PublicKey);
        }
        if self.takes(SignInBy::Password) && self.tries < TRIES {
            left.push(MethodKind::KeyboardInteractive);
            left.push(MethodKind::Password);
        }
        Auth::Reject { proceed_with_methods: Some(left), partial_success: false }
    }

    /// Signs somebody in by a password, or says why not, in as long as the failures of their
    /// address have come to.
    async fn sign_in(&mut self, user: &str, password: &str) -> Result<(), Refusal> {
        if !self.takes(SignInBy::Password) || self.tries >= TRIES {
            return Err(Code::SignInFailed.into());
        }
        self.tries += 1;
        let password = Private::new(password);
        let signed_in = match user.parse::<StaffId>() {
            Ok(staff_id) => self.shared.sign_in_by_password(&staff_id, &password, self.from).await,
            Err(_) => Err(Code::SignInFailed.into()),
        };
        self.shared.metrics.sign_in(By::Password, signed_in.is_ok());
        match signed_in {
            Ok(who) => {
                self.who = Some(who);
                Ok(())
            }
            Err(error) => {
                let refusal = error.to_refusal();
                if refusal.code == Code::SignInFailed {
                    self.wait_for_failures().await;
                }
                Err(refusal)
            }
        }
    }

    async fn wait_for_failures(&self) {
        let wait = self.shared.failures.failed(self.from, Instant::now());
        if !wait.is_zero() {
            tracing::warn!(from = %self.from, ?wait, "many failures to sign in from one address");
            self.shared.metrics.refused(Refused::AddressThrottled);
            tokio::time::sleep(wait).await;
        }
    }

    /// The connection ends, its person told why.
    fn refuse(&self, reason: Disconnect, refusal: impl Into<Refusal>) {
        // A connection whose task has more to do than it takes is ending already.
        let _ = self.steps.try_send(Step::Refuse(reason, refusal.into()));
    }

    /// The language that a session speaks.
    fn lang(&self) -> Lang {
        let opening = &self.shared.opening;
        opening.lang.or_else(|| self.environment.lang()).unwrap_or(opening.look.lang)
    }

    fn look(&self) -> Look {
        let usual = self.shared.opening.look;
        let theme = if self.environment.no_color { Theme::Mono } else { usual.theme };
        Look { lang: self.lang(), theme, ..usual }
    }

    /// What has come to the channel before its desk is open was heard here.
    fn let_go_of_what_was_heard(&mut self) {
        if let Some(channel) = &mut self.channel {
            while let Some(Some(_)) = channel.wait().now_or_never() {}
        }
    }

    /// Refuses what was asked for on a channel, in words, and closes it.
    fn turn_down(&self, channel: ChannelId, why: Code, session: &mut Session) -> Result<(), Error> {
        tracing::info!(from = %self.from, code = why.as_str(), "asked for what there is not");
        self.shared.metrics.refused(Refused::NotADesk);
        let mut said = words(why, self.lang()).join("\r\n");
        said.push_str("\r\n");
        session.extended_data(channel, STANDARD_ERROR, said.into_bytes())?;
        session.channel_failure(channel)?;
        session.exit_status_request(channel, 1)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// In both languages: nobody has said yet which is theirs.
fn in_both(refusal: &Refusal) -> String {
    let said = Lang::ALL.map(|lang| {
        let sentence = texts::refusal(refusal, lang);
        format!("{} {}", sentence.message, sentence.next)
    });
    said.join("\r\n") + "\r\n"
}

impl russh::server::Handler for Handler {
    type Error = Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Error> {
        if self.shared.doors.are_full() {
            self.refuse(Disconnect::TooManyConnections, Code::ServerFull);
            return Ok(Some(in_both(&Code::ServerFull.into())));
        }
        let words = Lang::ALL.map(|lang| texts::word("ssh.banner", lang));
        Ok(Some(words.join("\r\n") + "\r\n"))
    }

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Error> {
        Ok(self.rejected())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Error> {
        match self.sign_in(user, password).await {
            Ok(()) => Ok(Auth::Accept),
            Err(refusal) => {
                // A wrong password is said so by the client itself; all else has to be told.
                if refusal.code != Code::SignInFailed {
                    self.refuse(Disconnect::NoMoreAuthMethodsAvailable, refusal);
                }
                Ok(self.rejected())
            }
        }
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        if !self.takes(SignInBy::Password) || self.tries >= TRIES {
            return Ok(self.rejected());
        }
        let Some(mut response) = response else { return Ok(asked(String::new(), true)) };
        let Some(password) = response.next() else { return Ok(self.rejected()) };
        let password = String::from_utf8_lossy(&password);
        match self.sign_in(user, &password).await {
            Ok(()) => Ok(Auth::Accept),
            Err(refusal) => {
                let again = refusal.code == Code::SignInFailed && self.tries < TRIES;
                if !again {
                    self.tries = TRIES;
                }
                Ok(asked(in_both(&refusal), again))
            }
        }
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Error> {
        let Some((staff_id, key)) = self.key_of(user, offer.public_key) else {
            return Ok(self.rejected());
        };
        match self.shared.has_key(&staff_id, &key).await {
            Ok(true) => Ok(Auth::Accept),
            // Clients offer all the keys they have: no failure of anybody.
            Ok(false) => Ok(self.rejected()),
            Err(error) => {
                self.refuse(Disconnect::ServiceNotAvailable, error.to_refusal());
                Ok(self.rejected())
            }
        }
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Error> {
        let Some((staff_id, key)) = self.key_of(user, key.public_key) else {
            return Ok(self.rejected());
        };
        let signed_in = self.shared.sign_in_by_key(&staff_id, &key, self.from).await;
        self.shared.metrics.sign_in(By::Key, signed_in.is_ok());
        match signed_in {
            Ok(who) => {
                self.who = Some(who);
                Ok(Auth::Accept)
            }
            Err(error) => {
                self.refuse(Disconnect::NoMoreAuthMethodsAvailable, error.to_refusal());
                Ok(self.rejected())
            }
        }
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Error> {
        if let Err(full) = self.place.sit_down() {
            tracing::warn!(from = %self.from, ?full, "no desk is left");
            self.shared.metrics.refused(of(full));
            self.who = None;
            let said = turned_away::words(&full.code().into());
            session.disconnect(Disconnect::TooManyConnections, &said, "en")?;
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<ToClient>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Error> {
        if self.opened || self.who.is_none() {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        self.opened = true;
        self.channel = Some(channel);
        reply.accept().await;
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the library's own")]
    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Error> {
        self.let_go_of_what_was_heard();
        if self.channel.is_none() {
            return session.channel_failure(channel);
        }
        self.size = Some(Size::told(columns, rows));
        session.channel_success(channel)
    }

    async fn window_change_request(
        &mut self,
        _: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &mut Session,
    ) -> Result<(), Error> {
        // Once the desk is open it hears of it by its channel.
        self.let_go_of_what_was_heard();
        if self.size.is_some() {
            self.size = Some(Size::told(columns, rows));
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        self.let_go_of_what_was_heard();
        if self.channel.is_some() && self.environment.keep(name, value) {
            session.channel_success(channel)
        } else {
            session.channel_failure(channel)
        }
    }

    async fn data(&mut self, _: ChannelId, _: &[u8], _: &mut Session) -> Result<(), Error> {
        self.let_go_of_what_was_heard();
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        self.let_go_of_what_was_heard();
        let Some(size) = self.size else {
            return self.turn_down(id, Code::TerminalNeeded, session);
        };
        let look = self.look();
        let (Some(channel), Some(who)) = (self.channel.take(), self.who.take()) else {
            return session.channel_failure(id);
        };
        let (reading, writing) = channel.split();
        let opened = Box::new(Opened { who, look, size, reading, writing });
        session.channel_success(id)?;
        let _ = self.steps.try_send(Step::Open(opened));
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        self.turn_down(channel, Code::DesksOnly, session)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        self.turn_down(channel, Code::DesksOnly, session)
    }

    #[allow(clippy::too_many_arguments, reason = "the library's own")]
    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), Error> {
        session.channel_failure(channel)
    }
}

impl Handler {
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

/// As it is counted.
pub(super) const fn of(full: Full) -> Refused {
    match full {
        Full::Desks => Refused::Full,
        Full::Address => Refused::FullFromAddress,
        Full::Waiting => Refused::TooManyWaiting,
    }
}
