//! A line between a client and the server that can be held up or cut.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What happens to what the server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    HeldUp,
    Cut,
}

/// A line. Dropping it cuts it.
pub struct Line {
    /// Where clients connect.
    pub address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    task: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.state.send_replace(State::Cut);
        self.task.abort();
    }
}

impl Line {
    /// A line to the server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(watch::Sender::new(State::Open));
        let kept = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.expect("the server");
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_client, to_server, kept.subscribe(), false));
                tokio::spawn(carry(from_server, to_client, kept.subscribe(), true));
            }
        });
        Self { address, state, task }
    }

    /// From now on nothing that the server sends is taken, while what the client sends arrives.
    pub fn hold_up(&self) {
        self.state.send_replace(State::HeldUp);
    }

    /// What the server sends is taken again.
    pub fn go_on(&self) {
        self.state.send_replace(State::Open);
    }

    /// Both ends are gone, without a word.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    can_be_held_up: bool,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let now = *state.borrow_and_update();
        let held = now == State::HeldUp && can_be_held_up;
        if now == State::Cut {
            return;
        }
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            read = from.read(&mut bytes), if !held => {
                let count = read.unwrap_or(0);
                if count == 0 || to.write_all(&bytes[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
