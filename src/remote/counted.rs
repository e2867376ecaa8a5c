//! What is told apart when a server counts, and the words for it: they are label values, and
//! stand in alerts that somebody has written. `assets/docs/ssh-desks.md` lists them.

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

impl Ended {
    pub(super) const ALL: [Self; 6] =
        [Self::Closed, Self::HungUp, Self::Idle, Self::PutOut, Self::ServerStopped, Self::Failed];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HungUp => "hung_up",
            Self::Idle => "idle",
            Self::PutOut => "put_out",
            Self::ServerStopped => "server_stopped",
            Self::Failed => "failed",
        }
    }
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

impl Refused {
    pub(super) const ALL: [Self; 8] = [
        Self::Full,
        Self::FullFromAddress,
        Self::TooManyWaiting,
        Self::AddressThrottled,
        Self::TooSlow,
        Self::NotADesk,
        Self::Protocol,
        Self::Stopping,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FullFromAddress => "full_from_address",
            Self::TooManyWaiting => "too_many_waiting",
            Self::AddressThrottled => "address_throttled",
            Self::TooSlow => "too_slow",
            Self::NotADesk => "not_a_desk",
            Self::Protocol => "protocol",
            Self::Stopping => "stopping",
        }
    }
}

/// What somebody signs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A public key.
    Key,
    /// The staff password.
    Password,
}

impl By {
    pub(super) const ALL: [Self; 2] = [Self::Key, Self::Password];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Password => "password",
        }
    }
}
