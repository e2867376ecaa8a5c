//! A server watched from outside: over the loopback port, as Prometheus, a load balancer and
//! somebody with ill intent would.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use madoguchi::desk::meter::{Meter as _, Work};
use madoguchi::remote::health::{self, Readiness};
use madoguchi::remote::metrics::Metrics;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// Somebody who waits longer than this waits for nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server's port, and what stands behind it.
struct Watched {
    address: SocketAddr,
    metrics: Arc<Metrics>,
    readiness: watch::Sender<Readiness>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn watched() -> Watched {
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = health::listen(here).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let metrics = Arc::new(Metrics::new());
    let (readiness, ready) = watch::channel(Readiness::Starting);
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(health::serve(listener, Arc::clone(&metrics), ready, async {
        let _ = stopped.await;
    }));
    Watched { address, metrics, readiness, stop, serving }
}

impl Watched {
    async fn connected(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// What is answered to these bytes, until the connection is closed.
    async fn told(&self, request: &[u8]) -> String {
        let mut stream = self.connected().await;
        // Whoever says too much is cut off while they are still speaking.
        let _ = stream.write_all(request).await;
        rest(&mut stream).await
    }

    /// The status and the body of a page.
    async fn page(&self, path: &str) -> (u16, String) {
        let told = self.told(format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await;
        let (head, body) = told.split_once("\r\n\r\n").expect("a head");
        (status(head), body.to_owned())
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("the connection is closed by the server");
    String::from_utf8(bytes).expect("text")
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status")
}

#[tokio::test]
async fn a_server_says_whether_it_lives_and_whether_it_can_work() {
    let server = watched().await;
    assert_eq!(server.page("/healthz").await, (200, "ok\n".to_owned()));
    for (readiness, expected, word) in [
        (Readiness::Starting, 503, "starting\n"),
        (Readiness::Ready, 200, "ready\n"),
        (Readiness::DatabaseUnreachable, 503, "database unreachable\n"),
        (Readiness::DatabaseReadOnly, 503, "database read-only\n"),
        (Readiness::Stopping, 503, "stopping\n"),
    ] {
        server.readiness.send_replace(readiness);
        assert_eq!(server.page("/readyz").await, (expected, word.to_owned()));
        assert_eq!(server.page("/healthz").await.0, 200, "{readiness:?}: it lives all the same");
    }
    server.stop.send(()).expect("it serves");
    server.serving.await.expect("it ends");
    let gone = TcpStream::connect(server.address).await;
    assert!(gone.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn prometheus_reads_what_was_counted() {
    let server = watched().await;
    server.metrics.session_began();
    server.metrics.began(Work::LookUp);
    server.metrics.ended(Work::LookUp, Duration::from_millis(2), true);
    let told = server.told(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n").await;
    let (head, body) = told.split_once("\r\n\r\n").expect("a head");
    let head = head.to_lowercase();
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    for line in [
        "# TYPE madoguchi_sessions_begun_total counter",
        "madoguchi_sessions_begun_total 1",
        "madoguchi_sessions 1",
        "# TYPE madoguchi_work_seconds histogram",
        "madoguchi_work_seconds_count{work=\"look_up\",outcome=\"done\"} 1",
    ] {
        assert!(body.lines().any(|each| each == line), "no {line} in\n{body}");
    }
    // Every line is a comment, or a name, labels and a number.
    for line in body.lines().filter(|line| !line.starts_with("# ")) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(series.starts_with("madoguchi_") || series.starts_with("process_"), "{line}");
    }
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() {
    let server = watched().await;
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"] {
        let request = format!("{method} /metrics HTTP/1.1\r\nHost: here\r\n\r\n");
        assert_eq!(status(&server.told(request.as_bytes()).await), 405, "{method}");
    }
    for path in ["/", "/metrics/", "/debug", "/../metrics"] {
        assert_eq!(server.page(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn whoever_says_too_much_or_rubbish_is_cut_off() {
    let server = watched().await;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
    let header = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET /healthz HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(1000));
    for request in [long.as_bytes(), header.as_bytes(), many.as_bytes(), b"SSH-2.0-x\r\n\r\n"] {
        let told = server.told(request).await;
        assert!(told.is_empty() || (400..500).contains(&status(&told)), "{told}");
    }
    // A second request over the same connection is not read.
    let twice = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(server.told(twice).await.matches("HTTP/1.1 200").count(), 1);
    assert_eq!(server.page("/healthz").await.0, 200);
}

#[tokio::test]
async fn those_who_say_nothing_do_not_keep_others_out() {
    let server = watched().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(server.connected().await);
    }
    silent[0].write_all(b"GET /healthz HT").await.expect("half a request");
    // They are closed when their time is over, so many at once.
    assert_eq!(rest(&mut silent[0]).await.find("HTTP/1.1 200"), None);
    drop(silent);
    let page = tokio::time::timeout(PATIENCE, server.page("/healthz")).await;
    assert_eq!(page.expect("an answer").0, 200);
}

#[tokio::test]
async fn the_port_is_not_opened_to_the_network() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().expect("an address");
        let refused = health::listen(address).await.expect_err("refused");
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{address}");
    }
}
