//! Whether the server can do its work: what is seen of the database, and whether it was told
//! to end.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Shared;
use super::health::{self, Readiness};
use crate::desk::watch::Line;

/// Counts the state of the database, and tells it at the port for health where there is one.
pub(super) async fn run(shared: Arc<Shared>, health: Option<TcpListener>) {
    let (ready, readiness) = watch::channel(Readiness::Starting);
    let telling = async {
        match health {
            Some(listener) => {
                let metrics = Arc::clone(&shared.metrics);
                health::serve(listener, metrics, readiness, std::future::pending()).await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = telling => {}
        () = follow(&shared, &ready) => {}
    }
}

async fn follow(shared: &Shared, ready: &watch::Sender<Readiness>) {
    let mut seen = shared.watch.seen();
    loop {
        let line = seen.borrow_and_update().line;
        shared.metrics.database(line != Line::Down, line == Line::Up);
        let readiness = match line {
            _ if *shared.stops.borrow() => Readiness::Stopping,
            Line::Up => Readiness::Ready,
            Line::Down => Readiness::DatabaseUnreachable,
            Line::ReadOnly => Readiness::DatabaseReadOnly,
        };
        ready.send_if_modified(|before| std::mem::replace(before, readiness) != readiness);
        tokio::select! {
            () = shared.stopped(), if readiness != Readiness::Stopping => {}
            changed = seen.changed() => {
                if changed.is_err() {
                    // Nobody looks any more: the server has ended.
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}
