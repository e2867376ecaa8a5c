//! `serve`: the same desk for everybody who has an SSH client.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;

use super::{Context, Done, Failure, desk};
use crate::desk::state::Look;
use crate::desk::theme::Theme;
use crate::domain::refusal::{Code, Refusal};
use crate::remote::health;
use crate::remote::host_key::{self, HostKey};
use crate::remote::metrics::Metrics;
use crate::remote::{Opening, Server};

/// Where the host key is: what is relative is beside the database file.
pub fn host_key_place(context: &Context) -> PathBuf {
    host_key::place(context.database(), &context.settings.serve.host_key)
}

/// Serves desks until the program is told to end.
pub async fn run(context: &Context, listen: Option<SocketAddr>, make_host_key: bool) -> Done {
    // A signal that comes while the database is opened is not lost.
    let stop = told_to_end().map_err(|error| Failure::Office(error.into()))?;
    let place = host_key_place(context);
    let host_key = if make_host_key { HostKey::make(&place)? } else { HostKey::read(&place)? };
    let listen = listen.unwrap_or(context.settings.serve.listen);
    let bound = async {
        let listener = TcpListener::bind(listen).await?;
        Ok((listener.local_addr()?, listener))
    };
    let (address, listener) = bound.await.map_err(|error| cannot(listen, &error))?;
    let (watched, health) = match context.settings.serve.metrics {
        Some(at) => {
            let bound = async {
                let listener = health::listen(at).await?;
                Ok((listener.local_addr()?, listener))
            };
            let (watched, health) = bound.await.map_err(|error| cannot(at, &error))?;
            (Some(watched.to_string()), Some(health))
        }
        None => (None, None),
    };
    let opening = Opening {
        settings: Arc::clone(&context.settings),
        keymap: Arc::new(desk::keymap(context)?),
        look: look(context),
        lang: context.lang,
    };
    let office = Arc::new(context.office().await?);
    let fingerprint = host_key.fingerprint();
    let metrics = Arc::new(Metrics::new());
    let server = Server::new(opening, Arc::clone(&office), host_key, metrics);
    let begun = json!({
        "listen": address.to_string(),
        "host_key": fingerprint,
        "metrics": watched,
    });
    context.out.result(&begun, || {
        let ja = format!("{address} で待ち受けています。ホスト鍵の指紋: {fingerprint}");
        let en = format!("Listening on {address}. The host key's fingerprint: {fingerprint}");
        vec![context.out.pick(&ja, &en).to_owned()]
    });
    server.run(listener, health, stop).await;
    office.close().await?;
    context.out.note("終了しました。", "Stopped.");
    Ok(())
}

fn cannot(listen: SocketAddr, error: &std::io::Error) -> Failure {
    let refusal = Refusal::new(Code::CannotListen);
    Failure::Office(refusal.with("what", format_args!("{listen}: {error}")).into())
}

/// How a desk looks whose client says nothing of it.
fn look(context: &Context) -> Look {
    let desk = &context.settings.desk;
    let theme = Theme::of(desk.theme).unwrap_or(Theme::Dark);
    Look { lang: context.out.lang(), theme, wide: desk.wide, mouse: desk.mouse }
}

/// The signals that end the program.
#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
