//! What the SSH library is told: what clients are offered, and how much of anything.

use std::borrow::Cow;
use std::time::Duration;

use russh::server::Config;
use russh::{MethodKind, MethodSet, SshId};

use super::host_key::HostKey;
use crate::config::{ServeSettings, SignInBy};

/// How long an answer to a wrong sign-in takes at least, so that it tells nothing by its speed.
const REJECTION: Duration = Duration::from_millis(200);
/// How many answers of any kind may be wrong: whoever has an agent offers all its keys first.
const MAX_REJECTIONS: usize = 20;
/// How long a client may be silent before it is asked whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How often it is asked in vain.
const KEEPALIVES: usize = 3;
/// How many bytes a client may send before it hears that they were taken.
const WINDOW_BYTES: u32 = 64 * 1024;
/// The longest packet that is taken, in bytes.
const PACKET_BYTES: u32 = 16 * 1024;
/// How many packets may wait for a desk that is busy; its client waits, too, then.
const PACKETS: usize = 32;
/// How many pieces of a frame may wait for the line.
const PIECES: usize = 2;

/// The settings as the SSH library takes them. How long somebody may be idle is not its
/// business: to it a client is busy that answers when it is asked whether it is there.
pub(super) fn config(settings: &ServeSettings, host_key: HostKey) -> Config {
    Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-madoguchi")),
        methods: methods(settings),
        auth_rejection_time: REJECTION,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host_key.into_key()],
        window_size: WINDOW_BYTES,
        maximum_packet_size: PACKET_BYTES,
        channel_buffer_size: PACKETS,
        event_buffer_size: PIECES,
        max_auth_attempts: MAX_REJECTIONS,
        inactivity_timeout: None,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..Config::default()
    }
}

/// How people may sign in. A password may be given in a dialogue as well: there words can be
/// said that the plain method has no place for.
pub(super) fn methods(settings: &ServeSettings) -> MethodSet {
    let mut methods = MethodSet::empty();
    if settings.takes(SignInBy::Key) {
        methods.push(MethodKind::PublicKey);
    }
    if settings.takes(SignInBy::Password) {
        methods.push(MethodKind::KeyboardInteractive);
        methods.push(MethodKind::Password);
    }
    methods
}
