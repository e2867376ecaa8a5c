//! Takes connections, and sees each through: signing in within its time, its desk, its end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::Disconnect;
use russh::server::{Handle, RunningSession, run_stream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tracing::Instrument as _;

use super::doors::{Full, Place};
use super::handler::{Handler, Step};
use super::metrics::Refused;
use super::socket::Socket;
use super::turned_away::{turn_away, words};
use super::{Shared, session};
use crate::desk::session::PATIENCE;
use crate::domain::refusal::{Code, Refusal};

/// How long a client may take to close what is over.
const GRACE: Duration = Duration::from_secs(2);
/// How long all desks together may take to end when the server does.
const LAST_PATIENCE: Duration = Duration::from_secs(2 * PATIENCE.as_secs() + 10);
/// How long nobody is let in after the system could not.
const PAUSE: Duration = Duration::from_millis(100);
/// How many are told at once that there is no place; the others are let go of without a word.
const TOLD_AT_ONCE: usize = 64;

/// Takes connections until the server is told to end, and then sees all of them to their end.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    let telling = Arc::new(Semaphore::new(TOLD_AT_ONCE));
    loop {
        tokio::select! {
            () = shared.stopped() => break,
            Some(ended) = connections.join_next() => note(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let from = from.ip().to_canonical();
                    match shared.doors.enter(from) {
                        Ok(place) => {
                            let shared = Arc::clone(&shared);
                            let session = tracing::info_span!("session", id = place.id(), %from);
                            let seen_through = see_through(shared, stream, from, place);
                            connections.spawn(seen_through.instrument(session));
                        }
                        Err(full) => {
                            shared.metrics.refused(full.counted());
                            tracing::warn!(%from, ?full, "turned away");
                            if let Ok(turn) = Arc::clone(&telling).try_acquire_owned() {
                                connections.spawn(async move {
                                    turn_away(stream, full).await;
                                    drop(turn);
                                });
                            }
                        }
                    }
                }
                Err(error) => {
                    // The system is out of something; those who are inside keep theirs.
                    tracing::error!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let all = async {
        while let Some(ended) = connections.join_next().await {
            note(ended);
        }
    };
    if timeout(LAST_PATIENCE, all).await.is_err() {
        tracing::error!(left = connections.len(), "not every desk has ended in time");
    }
}

/// A connection whose task has panicked has ended like any other, but for the log.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a fault");
    }
}

/// One connection from its first byte to its last.
async fn see_through(shared: Arc<Shared>, stream: TcpStream, from: IpAddr, place: Place) {
    // Else the system waits for more to send together, and every key for its frame.
    let _ = stream.set_nodelay(true);
    let deadline = Instant::now() + shared.opening.settings.serve.sign_in_time;
    // Dropped with this task, they cut whatever the connection is still waiting for.
    let (socket, _scissors) = Socket::new(stream);
    let place = Arc::new(place);
    let (steps, mut next) = mpsc::channel(4);
    let handler = Handler::new(Arc::clone(&shared), from, Arc::clone(&place), steps);
    let beginning = run_stream(Arc::clone(&shared.config), socket, handler);
    let mut session = tokio::select! {
        begun = timeout_at(deadline, beginning) => match begun {
            Ok(Ok(session)) => session,
            Ok(Err(_)) => return shared.metrics.refused(Refused::Protocol),
            Err(_) => return shared.metrics.refused(Refused::TooSlow),
        },
        () = place.given_away() => return shared.metrics.refused(Refused::TooManyWaiting),
        () = shared.stopped() => return shared.metrics.refused(Refused::Stopping),
    };
    let handle = session.handle();
    let (counted, reason, why) = tokio::select! {
        _ = &mut session => return,
        Some(step) = next.recv() => match step {
            Step::Open(opened) => {
                session::run(&shared, *opened).await;
                return part(session, &handle, None).await;
            }
            Step::Refuse(reason, why) => (None, reason, why),
        },
        () = sleep_until(deadline) => {
            (Some(Refused::TooSlow), Disconnect::ByApplication, Code::SignInTooSlow.into())
        }
        () = place.given_away() => {
            let why = Full::Waiting.code().into();
            (Some(Refused::TooManyWaiting), Disconnect::TooManyConnections, why)
        }
        () = shared.stopped() => {
            (Some(Refused::Stopping), Disconnect::ByApplication, Code::ServerStops.into())
        }
    };
    if let Some(counted) = counted {
        shared.metrics.refused(counted);
    }
    part(session, &handle, Some((reason, why))).await;
}

/// Ends a connection: its client closes it, or is told that it is over, or it is cut.
async fn part(
    mut session: RunningSession<Handler>,
    handle: &Handle,
    why: Option<(Disconnect, Refusal)>,
) {
    if why.is_none() && timeout(GRACE, &mut session).await.is_ok() {
        return;
    }
    let (reason, said) = match why {
        Some((reason, why)) => (reason, words(&why)),
        None => (Disconnect::ByApplication, String::new()),
    };
    let told = async {
        let _ = handle.disconnect(reason, said, "en".to_owned()).await;
        let _ = session.await;
    };
    let _ = timeout(GRACE, told).await;
}
