//! What a client may ask for: to sign in as somebody on the staff, and for one desk. All else
//! is refused, in words where the protocol has a place for them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use russh::server::{
    Auth, ChannelOpenHandle, Msg as ToClient, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Disconnect, Error, Pty};
use tokio::sync::mpsc;

use super::doors::Place;
use super::environment::Environment;
use super::line::Size;
use super::metrics::Refused;
use super::session::{Opened, words};
use super::signing_in::{SigningIn, in_both};
use super::{Shared, turned_away};
use crate::domain::refusal::{Code, Refusal};
use crate::texts::{self, Lang};

/// How long a client has for the words of a refusal before the refusal itself.
const READING: Duration = Duration::from_millis(200);
/// The stream beside the output that words of a refusal go to.
const STANDARD_ERROR: u32 = 1;

/// What the connection's own task is asked to do.
pub(super) enum Step {
    /// Somebody has signed in and opens the desk.
    Open(Box<Opened>),
    /// They are told why they are not let in, and the connection ends.
    Refuse(Disconnect, Refusal),
}

/// One connection's handler.
pub(super) struct Handler {
    shared: Arc<Shared>,
    from: IpAddr,
    place: Arc<Place>,
    steps: mpsc::Sender<Step>,
    signing_in: SigningIn,
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
            signing_in: SigningIn::new(Arc::clone(&shared), from),
            shared,
            from,
            place,
            steps,
            environment: Environment::default(),
            opened: false,
            channel: None,
            size: None,
        }
    }

    /// The connection ends, its person told why.
    fn refuse(&self, reason: Disconnect, refusal: impl Into<Refusal>) {
        // A connection whose task has more to do than it takes is ending already.
        let _ = self.steps.try_send(Step::Refuse(reason, refusal.into()));
    }

    /// Nothing that could still be tried would help: the connection ends, its person told why.
    fn barred(&self, refusal: Refusal) -> Auth {
        self.refuse(Disconnect::NoMoreAuthMethodsAvailable, refusal);
        self.signing_in.rejected()
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
        let mut said = words(why, self.environment.lang(&self.shared.opening)).join("\r\n");
        said.push_str("\r\n");
        session.extended_data(channel, STANDARD_ERROR, said.into_bytes())?;
        let handle = session.handle();
        tokio::spawn(async move {
            // OpenSSH ends at the refusal, and shows what was said before only if it has the
            // time to.
            tokio::time::sleep(READING).await;
            let _ = handle.channel_failure(channel).await;
            let _ = handle.exit_status_request(channel, 1).await;
            let _ = handle.eof(channel).await;
            let _ = handle.close(channel).await;
        });
        Ok(())
    }
}

impl russh::server::Handler for Handler {
    type Error = Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Error> {
        if self.shared.doors.are_full() {
            self.signing_in.close();
            self.shared.metrics.refused(Refused::Full);
            self.refuse(Disconnect::TooManyConnections, Code::ServerFull);
            return Ok(Some(in_both(&Code::ServerFull.into())));
        }
        let words = Lang::ALL.map(|lang| texts::word("ssh.banner", lang));
        Ok(Some(words.join("\r\n") + "\r\n"))
    }

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Error> {
        Ok(self.signing_in.rejected())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Error> {
        let answer = match self.signing_in.by_password(user, password).await {
            Ok(()) => Auth::Accept,
            // A wrong password is said so by the client itself; all else has to be told.
            Err(refusal) if refusal.code != Code::SignInFailed => self.barred(refusal),
            Err(_) => self.signing_in.rejected(),
        };
        Ok(answer)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        Ok(match response {
            None => self.signing_in.begin_dialogue(),
            Some(mut response) => self.signing_in.go_on(user, response.next()).await,
        })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Error> {
        Ok(match self.signing_in.offered(user, offer.public_key).await {
            Ok(true) => Auth::Accept,
            // Clients offer all the keys they have: no failure of anybody.
            Ok(false) => self.signing_in.rejected(),
            Err(refusal) => self.barred(refusal),
        })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Error> {
        Ok(match self.signing_in.by_key(user, key.public_key).await {
            Ok(()) => Auth::Accept,
            Err(refusal) => self.barred(refusal),
        })
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Error> {
        if let Err(full) = self.place.sit_down() {
            tracing::warn!(from = %self.from, ?full, "no desk is left");
            self.shared.metrics.refused(full.counted());
            self.signing_in.take();
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
        if self.opened || !self.signing_in.is_done() {
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
        let look = self.environment.look(&self.shared.opening);
        let (Some(channel), Some(who)) = (self.channel.take(), self.signing_in.take()) else {
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
