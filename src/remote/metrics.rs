//! Stands in for what is counted, until that is here.

use std::time::Duration;

use crate::desk::meter::{Meter, Work};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The operator closed the desk.
    Closed,
    /// The line went.
    HungUp,
    /// Nobody touched it for as long as the setting says.
    Idle,
    /// The key was revoked, or the person disabled.
    PutOut,
    /// The server stopped.
    ServerStopped,
    /// Something failed that should not have.
    Failed,
}

/// Why a connection did not become a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// As many desks as the setting allows.
    Full,
    /// As many from this address as the setting allows.
    FullFromAddress,
    /// Too many that have not signed in yet.
    TooManyWaiting,
    /// The address failed to sign in too often.
    AddressThrottled,
    /// It did not sign in within its time.
    TooSlow,
    /// A command, a file transfer or a forwarding was asked for: there are desks only.
    NotADesk,
    /// What came is not the protocol.
    Protocol,
    /// The server stops.
    Stopping,
}

/// What somebody signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A public key.
    Key,
    /// The staff password.
    Password,
}

/// Counts nothing yet.
#[derive(Debug, Default)]
pub struct Metrics;

impl Metrics {
    /// Nothing was counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Somebody sits down.
    pub fn session_began(&self) {}

    /// They have got up.
    pub fn session_ended(&self, _: Ended) {}

    /// Somebody did not get a desk.
    pub fn refused(&self, _: Refused) {}

    /// Somebody has tried to sign in.
    pub fn sign_in(&self, _: By, _: bool) {}
}

impl Meter for Metrics {
    fn began(&self, _: Work) {}

    fn ended(&self, _: Work, _: Duration, _: bool) {}

    fn frame(&self, _: usize, _: Duration) {}
}
