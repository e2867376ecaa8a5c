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
    let cannot = |error: std::io::Error| {
        let refusal = Refusal::new(Code::CannotListen);
        Failure::Office(refusal.with("what", format_args!("{listen}: {error}")).into())
    };
    let listener = TcpListener::bind(listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
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
    context.out.result(&json!({"listen": address.to_string(), "host_key": fingerprint}), || {
        let ja = format!("{address} で待ち受けています。ホスト鍵の指紋: {fingerprint}");
        let en = format!("Listening on {address}. The host key's fingerprint: {fingerprint}");
        vec![context.out.pick(&ja, &en).to_owned()]
    });
    server.run(listener, stop).await;
    office.close().await?;
    context.out.note("終了しました。", "Stopped.");
    Ok(())
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
