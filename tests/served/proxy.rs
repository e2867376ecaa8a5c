//! A wire between desks and their server that can be cut after any byte.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Which way a byte goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// To the desks.
    Down,
}

/// What becomes of a connection after its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Both sides learn of it.
    Closed,
    /// Nobody learns of anything: what comes later is dropped, either way.
    Dropped,
}

/// The next cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    way: Way,
    /// How many bytes still pass.
    left: usize,
    end: End,
}

#[derive(Default)]
struct Inner {
    cut: Mutex<Option<Cut>>,
    passed: [AtomicUsize; 2],
    made: AtomicUsize,
}

/// The wire.
pub struct Proxy {
    port: u16,
    inner: Arc<Inner>,
    task: AbortHandle,
}

impl Proxy {
    /// To a port of this machine.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let inner = Arc::new(Inner::default());
        let task = tokio::spawn(accept(listener, server, Arc::clone(&inner))).abort_handle();
        Self { port, inner, task }
    }

    /// The port that leads to it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the connection over which the last of so many bytes goes this way, counted over
    /// all connections from now on. Those made later are whole.
    pub fn cut(&self, way: Way, after: usize, end: End) {
        *self.inner.cut() = Some(Cut { way, left: after, end });
    }

    /// Takes a cut back that has not happened; whether there was one.
    pub fn uncut(&self) -> bool {
        self.inner.cut().take().is_some()
    }

    /// The bytes that went up and down so far.
    pub fn passed(&self) -> [usize; 2] {
        [0, 1].map(|way| self.inner.passed[way].load(Ordering::Relaxed))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    fn cut(&self) -> std::sync::MutexGuard<'_, Option<Cut>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of these bytes pass, and how it ends with them, where it does.
    fn pass(&self, way: Way, count: usize) -> (usize, Option<End>) {
        let mut cut = self.cut();
        let (count, end) = match &mut *cut {
            Some(next) if next.way == way && next.left <= count => {
                let (left, end) = (next.left, next.end);
                *cut = None;
                (left, Some(end))
            }
            Some(next) if next.way == way => {
                next.left -= count;
                (count, None)
            }
            _ => (count, None),
        };
        self.passed[usize::from(way == Way::Down)].fetch_add(count, Ordering::Relaxed);
        (count, end)
    }
}

async fn accept(listener: TcpListener, server: u16, inner: Arc<Inner>) {
    while let Ok((desk, _)) = listener.accept().await {
        inner.made.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(carry(desk, server, Arc::clone(&inner)));
    }
}

/// Carries bytes both ways until one side ends, or the wire is cut.
async fn carry(mut desk: TcpStream, server: u16, inner: Arc<Inner>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let _ = (desk.set_nodelay(true), server.set_nodelay(true));
    let (mut from_desk, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let (way, count) = tokio::select! {
            count = desk.read(&mut from_desk) => (Way::Up, count.unwrap_or(0)),
            count = server.read(&mut from_server) => (Way::Down, count.unwrap_or(0)),
        };
        if count == 0 {
            return;
        }
        let (passing, end) = inner.pass(way, count);
        let sent = match way {
            Way::Up => server.write_all(&from_desk[..passing]).await,
            Way::Down => desk.write_all(&from_server[..passing]).await,
        };
        match end {
            None if sent.is_ok() => {}
            Some(End::Dropped) => {
                // Both stay open, and hear nothing of each other any more.
                let gone =
                    async { while desk.read(&mut from_desk).await.is_ok_and(|count| count > 0) {} };
                gone.await;
                return;
            }
            _ => return,
        }
    }
}
