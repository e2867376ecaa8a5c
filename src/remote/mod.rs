//! The desk over SSH: `serve` shows the same desk to everybody who has an SSH client, from
//! one process. Nobody gets a shell, a file or a forwarded port; whoever signs in sits down at
//! a desk and at nothing else.
//!
//! | room | what is there |
//! |---|---|
//! | [`accept`] | takes connections, and sees each through from its first byte to its last |
//! | [`doors`] | how many may be inside, and who must wait |
//! | [`turned_away`] | how somebody is told for whom there is no place |
//! | [`address`] | failures by address, which make the next answer slower |
//! | [`handler`] | what a client may ask for: signing in and one desk |
//! | [`signing_in`] | by a key or by a password, before there is anything else |
//! | [`environment`] | a session's language and colours |
//! | [`session`] | one desk on one channel |
//! | [`input`] | what the bytes mean that come from a terminal |
//! | [`screen`] | the frames of a desk on their way out, never more than one |
//! | [`line`](mod@line) | what a desk and its channel share |
//! | [`presence`] | who sits at the desks, and who must get up |
//! | [`staff`] | who may come in and who may stay, as the office says; [`keys`] reads their keys |
//! | [`host_key`] | the key by which clients know this server |
//! | [`watched`] | whether the server can do its work; [`health`] tells it outside |
//! | [`metrics`], [`log`] | what is counted, and what is written down |

use std::future::Future;
use std::sync::Arc;

use russh::server::Config;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Settings;
use crate::desk::keymap::Keymap;
use crate::desk::state::Look;
use crate::desk::watch::Watch;
use crate::office::Office;
use crate::texts::Lang;

mod accept;
mod address;
mod config;
mod counted;
mod doors;
mod environment;
mod exposition;
mod handler;
pub mod health;
pub mod host_key;
pub mod input;
pub mod keys;
mod line;
pub mod log;
pub mod metrics;
mod presence;
mod screen;
mod session;
mod signing_in;
mod socket;
mod staff;
mod turned_away;
mod watched;

use address::Failures;
use doors::Doors;
use host_key::HostKey;
use metrics::Metrics;
use presence::Presence;

/// What every desk of a server begins with.
pub struct Opening {
    /// The campaign's particulars.
    pub settings: Arc<Settings>,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// How a desk looks whose client does not say.
    pub look: Look,
    /// The language that all desks speak, whatever their clients say; none where those decide.
    pub lang: Option<Lang>,
}

/// What all connections of a server share.
struct Shared {
    opening: Opening,
    office: Arc<Office>,
    watch: Watch,
    metrics: Arc<Metrics>,
    config: Arc<Config>,
    doors: Doors,
    failures: Failures,
    presence: Presence,
    /// Whether the server was told to end.
    stops: watch::Receiver<bool>,
}

impl Shared {
    /// Waits until the server is told to end.
    async fn stopped(&self) {
        let mut stops = self.stops.clone();
        // A server that is gone has ended.
        let _ = stops.wait_for(|stops| *stops).await;
    }
}

/// A server of desks.
pub struct Server {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// A server of desks of `office`, known by `host_key`; it listens where it is told to run.
    #[must_use]
    pub fn new(
        opening: Opening,
        office: Arc<Office>,
        host_key: HostKey,
        metrics: Arc<Metrics>,
    ) -> Self {
        // Whether a desk is in colour is decided for each, and not by where the server runs.
        crossterm::style::force_color_output(true);
        let (stop, stops) = watch::channel(false);
        let config = Arc::new(config::config(&opening.settings.serve, host_key));
        let doors = Doors::new(&opening.settings.serve);
        let shared = Arc::new(Shared {
            watch: Watch::start(Arc::clone(&office)),
            opening,
            office,
            metrics,
            config,
            doors,
            failures: Failures::default(),
            presence: Presence::default(),
            stops,
        });
        Self { shared, stop }
    }

    /// Serves whoever comes to `listener` until `stop`, and tells at `health` how it is. Then
    /// nobody is let in any more, every desk is told, and what they have begun is written;
    /// that takes some seconds at most.
    pub async fn run(
        self,
        listener: TcpListener,
        health: Option<TcpListener>,
        stop: impl Future<Output = ()>,
    ) {
        let Self { shared, stop: tell } = self;
        let telling = watched::run(Arc::clone(&shared), health);
        let watching = presence::watch(Arc::clone(&shared));
        let accepting = accept::run(Arc::clone(&shared), listener);
        let stopping = async {
            stop.await;
            tracing::info!("told to end");
            tell.send_replace(true);
            // What follows is up to the desks.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = accepting => {}
            () = stopping => {}
            () = watching => {}
            () = telling => {}
        }
    }
}
