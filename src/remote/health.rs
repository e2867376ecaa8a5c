//! The port on which a server is watched, over HTTP and on this machine only: `/metrics` for
//! Prometheus, `/healthz` while the process serves, `/readyz` while it can do its work.
//! Whoever asks is bounded in size, in time and in number.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::exposition;
use super::metrics::Metrics;

/// How many are answered at once; more wait before they are taken.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may last, in all. An answer is ready at once.
const MAX_LIFE: Duration = Duration::from_secs(5);
/// … and how long it may take to ask.
const MAX_ASKING: Duration = Duration::from_secs(2);
/// How large the head of a request may be: the least that the HTTP library allows.
const MAX_HEAD_BYTES: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// After a connection could not be taken (no file handle is free, say).
const PAUSE: Duration = Duration::from_millis(100);

/// Whether the server can do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does not know yet.
    Starting,
    /// It can.
    Ready,
    /// The database does not answer.
    DatabaseUnreachable,
    /// The database answers and cannot be written to.
    DatabaseReadOnly,
    /// It was told to stop: nobody is let in any more.
    Stopping,
}

impl Readiness {
    /// The word of it, as `/readyz` says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::DatabaseUnreachable => "database unreachable",
            Self::DatabaseReadOnly => "database read-only",
            Self::Stopping => "stopping",
        }
    }
}

/// Listens on `address`.
///
/// # Errors
/// `InvalidInput` for an address that is not of this machine alone: what is shown here is for
/// whoever runs it. Else whatever the system says.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    if !is_here(address) {
        let what = "the metrics may be on a loopback address only";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    TcpListener::bind(address).await
}

fn is_here(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Answers until `stop`.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    ready: watch::Receiver<Readiness>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped at the end, and whoever is still being answered with it.
    let mut answering = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            // Never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, taken) = tokio::select! {
            () = &mut stop => return,
            next = next => next,
        };
        match taken {
            Ok((stream, from)) if is_here(from) => {
                let (metrics, ready) = (Arc::clone(&metrics), ready.clone());
                answering.spawn(async move {
                    converse(stream, metrics, ready).await;
                    drop(place);
                });
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "nobody could be taken on the port for metrics");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while answering.try_join_next().is_some() {}
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, metrics: Arc<Metrics>, ready: watch::Receiver<Readiness>) {
    let service = service_fn(|request: Request<Incoming>| {
        let readiness = *ready.borrow();
        let answer = answer(request.method(), request.uri().path(), &metrics, readiness);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(MAX_ASKING)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(MAX_LIFE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a request on the port for metrics"),
        Err(_) => tracing::debug!("a request on the port for metrics took too long"),
    }
}

fn answer(
    method: &Method,
    path: &str,
    metrics: &Metrics,
    readiness: Readiness,
) -> Response<Full<Bytes>> {
    if method != Method::GET {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return answer;
    }
    match path {
        "/healthz" => plain(StatusCode::OK, "ok"),
        "/readyz" if readiness == Readiness::Ready => plain(StatusCode::OK, readiness.word()),
        "/readyz" => plain(StatusCode::SERVICE_UNAVAILABLE, readiness.word()),
        "/metrics" => with_body(StatusCode::OK, exposition::CONTENT_TYPE, metrics.text()),
        _ => plain(StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz"),
    }
}

fn plain(status: StatusCode, word: &str) -> Response<Full<Bytes>> {
    with_body(status, "text/plain; charset=utf-8", format!("{word}\n"))
}

fn with_body(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
