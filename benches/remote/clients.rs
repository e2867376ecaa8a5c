//! The clients, in a process of their own: they sign in, type, and look at a clock.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;

use crate::campaign::{PASSWORD, operator};
use crate::server::again;

/// What everybody types over and over: the four facts of a call, and away with them.
const CALL: &[&str] = &[
    "7", "8", "4", "5", "1", "9", "4", "7", "9", "0", "9", "5", "4", "\t", "2", "/", "2", "4",
    "\t", "奈", "良", "\t", "か", "す", "が", "や", "\x7f", "\x1b[B", "\x1bOQ", "\r",
];

/// The process of the clients, as the one that measures holds it.
pub struct Clients {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What came of typing.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Typed {
    keys: usize,
    unanswered: usize,
    bytes: u64,
    p50_micros: u32,
    p99_micros: u32,
    max_micros: u32,
}

impl Typed {
    pub fn p50(&self) -> f64 {
        f64::from(self.p50_micros)
    }

    pub fn p99(&self) -> f64 {
        f64::from(self.p99_micros)
    }

    /// How many bytes a key brings.
    pub fn frame_bytes(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or_default() / self.keys.max(1)
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |micros: u32| f64::from(micros) / 1000.0;
        write!(
            f,
            "p50 {:.2}, p99 {:.2}, max {:.1} ms; {} keys, {} bytes each, {} without an answer",
            ms(self.p50_micros),
            ms(self.p99_micros),
            ms(self.max_micros),
            self.keys,
            self.frame_bytes(),
            self.unanswered
        )
    }
}

impl Clients {
    pub fn start(port: u16, (columns, rows): (u32, u32)) -> Self {
        let mut command = again("clients");
        command.args([port.to_string(), columns.to_string(), rows.to_string()]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
        let orders = child.stdin.take().expect("its input");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, orders, answers }
    }

    fn ask(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").expect("told");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        assert!(!answer.is_empty(), "the clients are gone");
        answer
    }

    /// So many more sign in at once; how many seconds until all see their desk.
    pub fn sign_in(&mut self, desks: usize) -> f64 {
        self.ask(&format!("in {desks}")).trim().parse().expect("seconds")
    }

    /// Everybody types.
    pub fn type_for(&mut self, seconds: u64) -> Typed {
        serde_json::from_str(&self.ask(&format!("type {seconds}"))).expect("JSON")
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one desk reports.
enum Told {
    In,
    Typed { micros: Vec<u32>, unanswered: usize, bytes: u64 },
}

/// The process of the clients itself.
pub fn play() {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let mut next = || words.next().expect("port, columns and rows");
    let at: (u32, u32, u32) = (next(), next(), next());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (typing, typed) = watch::channel(false);
        let (tell, mut told) = mpsc::channel(1024);
        let mut desks = 0;
        for order in std::io::stdin().lines() {
            let order = order.expect("an order");
            let (what, number) = order.split_once(' ').expect("an order");
            let number: usize = number.parse().expect("a number");
            if what == "in" {
                let begun = Instant::now();
                for desk in desks..desks + number {
                    tokio::spawn(desk_of(desk, at, typed.clone(), tell.clone()));
                }
                desks += number;
                for _ in 0..number {
                    assert!(matches!(told.recv().await, Some(Told::In)), "a desk is gone");
                }
                println!("{}", begun.elapsed().as_secs_f64());
            } else {
                typing.send_replace(true);
                tokio::time::sleep(Duration::from_secs(number as u64)).await;
                typing.send_replace(false);
                println!("{}", gathered(desks, &mut told).await);
            }
        }
    });
}

/// What all desks have to tell of their typing, as JSON.
async fn gathered(desks: usize, told: &mut mpsc::Receiver<Told>) -> String {
    let mut all = Vec::new();
    let (mut without, mut sum) = (0, 0);
    for _ in 0..desks {
        let Some(Told::Typed { micros, unanswered, bytes }) = told.recv().await else {
            panic!("a desk is gone");
        };
        all.extend(micros);
        without += unanswered;
        sum += bytes;
    }
    all.sort_unstable();
    let at = |share: usize| all.get((all.len() * share / 100).min(all.len().saturating_sub(1)));
    let typed = Typed {
        keys: all.len(),
        unanswered: without,
        bytes: sum,
        p50_micros: at(50).copied().unwrap_or_default(),
        p99_micros: at(99).copied().unwrap_or_default(),
        max_micros: all.last().copied().unwrap_or_default(),
    };
    serde_json::to_string(&typed).expect("JSON")
}

struct Client;

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// Signs in and asks for a desk.
async fn opened(
    n: usize,
    (port, columns, rows): (u32, u32, u32),
) -> (Handle<Client>, Channel<client::Msg>) {
    let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
    let port = u16::try_from(port).expect("a port");
    let mut handle = client::connect(config, ("127.0.0.1", port), Client).await.expect("connected");
    let signed_in = handle.authenticate_password(operator(n), PASSWORD).await.expect("answered");
    assert!(signed_in.success(), "the password is wrong");
    let channel = handle.channel_open_session().await.expect("a channel");
    channel.request_pty(false, "xterm-256color", columns, rows, 0, 0, &[]).await.expect("a pty");
    channel.request_shell(false).await.expect("a desk");
    (handle, channel)
}

async fn desk_of(
    n: usize,
    at: (u32, u32, u32),
    mut typing: watch::Receiver<bool>,
    tell: mpsc::Sender<Told>,
) {
    let (_handle, mut channel) = opened(n, at).await;
    while !matches!(channel.wait().await.expect("the desk is gone"), ChannelMsg::Data { .. }) {}
    tell.send(Told::In).await.expect("heard");
    // Somewhere in the second, and never together with the neighbours.
    let phase = Duration::from_micros((n as u64).wrapping_mul(618_034) % 1_000_000);
    let mut next = Instant::now();
    let mut keys = CALL.iter().cycle();
    let mut pressed: Option<Instant> = None;
    let (mut micros, mut unanswered, mut bytes) = (Vec::new(), 0, 0);
    loop {
        let typing_now = *typing.borrow();
        tokio::select! {
            message = channel.wait() => match message.expect("the desk is gone") {
                ChannelMsg::Data { data } => {
                    let took = pressed.take().map(|at| at.elapsed().as_micros());
                    micros.extend(took.and_then(|took| u32::try_from(took).ok()));
                    bytes += if typing_now { data.len() as u64 } else { 0 };
                }
                ChannelMsg::Close | ChannelMsg::Eof => panic!("the desk was closed"),
                _ => {}
            },
            changed = typing.changed() => {
                changed.expect("the process lives");
                if *typing.borrow() {
                    next = Instant::now() + phase;
                } else {
                    // A key that was pressed just now may still be answered.
                    pressed = None;
                    let micros = std::mem::take(&mut micros);
                    let told = Told::Typed { micros, unanswered, bytes };
                    (unanswered, bytes) = (0, 0);
                    tell.send(told).await.expect("heard");
                }
            }
            () = sleep_until(next.into()), if typing_now => {
                unanswered += usize::from(pressed.is_some());
                let key = keys.next().expect("they never end");
                pressed = Some(Instant::now());
                channel.data_bytes(key.as_bytes()).await.expect("sent");
                next += Duration::from_secs(1);
            }
        }
    }
}
