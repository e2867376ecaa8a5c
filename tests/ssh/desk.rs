//! A desk as an SSH client has it: keys go in as packets, and what comes out is what a person
//! would see.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::client::{self, AuthResult, DisconnectReason, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::net::TcpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::{DEADLINE, Server};
use crate::common::PASSWORD;

/// Where words stand that an SSH client is told before it has a channel.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<String>>);

impl Told {
    fn add(&self, words: &str) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.push_str(words);
        told.push('\n');
    }

    /// All of them.
    pub fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a client goes by.
pub struct Client {
    told: Told,
    fingerprint: String,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn auth_banner(
        &mut self,
        banner: &str,
        _: &mut client::Session,
    ) -> Result<(), russh::Error> {
        self.told.add(banner);
        Ok(())
    }

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let known = key.fingerprint(russh::keys::HashAlg::Sha256).to_string();
        assert_eq!(known, self.fingerprint, "the server is known by what it printed");
        Ok(true)
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<russh::Error>,
    ) -> Result<(), russh::Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                self.told.add(&format!("{:?}: {}", info.reason_code, info.message));
                Ok(())
            }
            DisconnectReason::Error(error) => {
                self.told.add(&format!("{error:?}"));
                Err(error)
            }
        }
    }
}

/// A connection, nobody signed in.
pub struct Connection {
    pub session: client::Handle<Client>,
    pub told: Told,
}

impl Connection {
    /// Connects, or is told why not.
    pub async fn open(server: &Server) -> Result<Self, String> {
        Self::open_at(server, server.address).await
    }

    /// … by another address that leads to the server.
    pub async fn open_at(server: &Server, address: SocketAddr) -> Result<Self, String> {
        Self::open_from(server, address, [127, 0, 0, 1]).await
    }

    /// … and from another address of this machine.
    pub async fn open_from(
        server: &Server,
        address: SocketAddr,
        from: [u8; 4],
    ) -> Result<Self, String> {
        Self::open_known(&server.fingerprint, address, from).await
    }

    /// … to a server that is known by its fingerprint.
    pub async fn open_known(
        fingerprint: &str,
        address: SocketAddr,
        from: [u8; 4],
    ) -> Result<Self, String> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address");
        let stream = socket.connect(address).await.map_err(|error| error.to_string())?;
        let _ = stream.set_nodelay(true);
        let told = Told::default();
        let client = Client { told: told.clone(), fingerprint: fingerprint.to_owned() };
        let config = Arc::new(client::Config::default());
        match client::connect_stream(config, stream, client).await {
            Ok(session) => Ok(Self { session, told }),
            Err(error) => Err(format!("{}{error:?}", told.all())),
        }
    }

    /// Tries wrong passwords under a name until the server has had enough.
    pub async fn guess(address: SocketAddr, fingerprint: &str, staff: &str) {
        let client = Client { told: Told::default(), fingerprint: fingerprint.to_owned() };
        let config = Arc::new(client::Config::default());
        let Ok(mut session) = client::connect(config, address, client).await else { return };
        while session.authenticate_password(staff, "wrong horse").await.is_ok_and(|answer| {
            !matches!(&answer, AuthResult::Failure { remaining_methods, .. }
                if !remaining_methods.contains(&russh::MethodKind::Password))
        }) {}
    }

    /// Tries a password.
    pub async fn password(
        &mut self,
        staff: &str,
        password: &str,
    ) -> Result<AuthResult, russh::Error> {
        self.session.authenticate_password(staff, password).await
    }

    /// Tries a password in a dialogue; the words that come with the next question, if it was
    /// not the right one.
    pub async fn dialogue(&mut self, staff: &str, passwords: &[&str]) -> Result<(), Vec<String>> {
        use KeyboardInteractiveAuthResponse as Response;
        let mut words = Vec::new();
        let mut passwords = passwords.iter();
        let begun = self.session.authenticate_keyboard_interactive_start(staff, None).await;
        let mut response = begun.expect("an answer");
        loop {
            match response {
                Response::Success => return Ok(()),
                Response::Failure { .. } => return Err(words),
                Response::InfoRequest { instructions, prompts, .. } => {
                    words.push(instructions);
                    let given = |_| passwords.next().copied().unwrap_or_default().to_owned();
                    let given = prompts.iter().map(given).collect();
                    let answered =
                        self.session.authenticate_keyboard_interactive_respond(given).await;
                    response = answered.expect("an answer");
                }
            }
        }
    }

    /// Tries a key.
    pub async fn key(&mut self, staff: &str, key: &Arc<PrivateKey>) -> AuthResult {
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
        self.session.authenticate_publickey(staff, key).await.expect("an answer")
    }

    /// Waits until the server has ended the connection; what it has said.
    pub async fn ended(mut self) -> String {
        let ended = tokio::time::timeout(DEADLINE, &mut self.session).await;
        assert!(ended.is_ok(), "the connection is still there");
        self.told.all()
    }

    /// Opens a desk on it.
    pub async fn desk(self, (columns, rows): (u16, u16), env: &[(&str, &str)]) -> Desk {
        let channel = self.session.channel_open_session().await.expect("a channel");
        for (name, value) in env {
            channel.set_env(false, *name, *value).await.expect("asked");
        }
        let size = (u32::from(columns), u32::from(rows));
        channel
            .request_pty(false, "xterm-256color", size.0, size.1, 0, 0, &[])
            .await
            .expect("asked");
        channel.request_shell(false).await.expect("asked");
        Desk::on(self, channel, (columns, rows))
    }
}

/// What the client has seen of the desk.
struct Seen {
    parser: vt100::Parser,
    /// What came beside the screen.
    errors: String,
    /// How it ended, once it has.
    status: Option<u32>,
    over: bool,
    bytes: usize,
}

/// Shared with the task that reads.
struct Watched {
    seen: Mutex<Seen>,
    news: Notify,
}

impl Watched {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A desk at the other end of a connection.
pub struct Desk {
    pub connection: Connection,
    writing: ChannelWriteHalf<Msg>,
    watched: Arc<Watched>,
    reader: JoinHandle<()>,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a size")
}

impl Desk {
    /// Somebody signs in and sits down, in Japanese.
    pub async fn of(server: &Server, staff: &str, size: (u16, u16)) -> Self {
        Self::at(server, server.address, staff, size).await
    }

    /// … by another address that leads to the server.
    pub async fn at(server: &Server, at: SocketAddr, staff: &str, size: (u16, u16)) -> Self {
        let mut connection = Connection::open_at(server, at).await.expect("connected");
        let signed_in = connection.password(staff, PASSWORD).await.expect("an answer");
        assert!(signed_in.success(), "{}", connection.told.all());
        connection.desk(size, &[("LANG", "ja_JP.UTF-8")]).await
    }

    /// … and is at work.
    pub async fn at_work(server: &Server, staff: &str, size: (u16, u16)) -> Self {
        let desk = Self::of(server, staff, size).await;
        desk.wait_for("お客様の4点").await;
        desk
    }

    fn on(connection: Connection, channel: Channel<Msg>, (columns, rows): (u16, u16)) -> Self {
        let (reading, writing) = channel.split();
        let seen = Seen {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            errors: String::new(),
            status: None,
            over: false,
            bytes: 0,
        };
        let watched = Arc::new(Watched { seen: Mutex::new(seen), news: Notify::new() });
        let reader = tokio::spawn(read(reading, Arc::clone(&watched)));
        Self { connection, writing, watched, reader }
    }

    /// Sends keys, as bytes of a keyboard.
    pub async fn keys(&self, keys: &str) {
        self.writing.data_bytes(keys.as_bytes().to_vec()).await.expect("sent");
    }

    /// Sends keys, each byte in a packet of its own.
    pub async fn keys_split(&self, keys: &str) {
        for byte in keys.bytes() {
            self.writing.data_bytes(vec![byte]).await.expect("sent");
        }
    }

    /// Pastes a text, as a terminal does that was asked to say so.
    pub async fn paste(&self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~")).await;
    }

    /// Gives the window another size.
    pub async fn resize(&self, (columns, rows): (u16, u16)) {
        self.watched.seen().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.writing.window_change(columns.into(), rows.into(), 0, 0).await.expect("sent");
    }

    /// Says that the window has a size.
    pub async fn claims_to_be(&self, (columns, rows): (u32, u32)) {
        self.writing.window_change(columns, rows, 0, 0).await.expect("sent");
    }

    /// Opens nothing more on the connection, and lets go of it without a word.
    pub fn cut(self) {
        self.reader.abort();
        drop(self);
    }

    /// The lines of the screen.
    pub fn screen(&self) -> String {
        text_of(self.watched.seen().parser.screen())
    }

    /// Whether anything on the screen has a colour.
    pub fn is_coloured(&self) -> bool {
        let seen = self.watched.seen();
        let screen = seen.parser.screen();
        let (rows, columns) = screen.size();
        let mut cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |at| (row, at)));
        cells.any(|(row, at)| {
            let cell = screen.cell(row, at);
            cell.is_some_and(|cell| {
                cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
            })
        })
    }

    /// How many bytes have come.
    pub fn bytes(&self) -> usize {
        self.watched.seen().bytes
    }

    /// Whether a text is on the screen now, broken into lines or not.
    pub fn shows(&self, text: &str) -> bool {
        squeezed(&self.screen()).contains(&squeezed(text))
    }

    /// The line of the screen that holds a text.
    pub fn line_with(&self, text: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| squeezed(line).contains(&squeezed(text)));
        line.unwrap_or_else(|| panic!("no line has “{text}”:\n{screen}")).to_owned()
    }

    /// Waits until a text is on the screen.
    pub async fn wait_for(&self, text: &str) {
        let wanted = squeezed(text);
        let so = |seen: &Seen| squeezed(&text_of(seen.parser.screen())).contains(&wanted);
        self.wait_until(&format!("“{text}” appears"), so).await;
    }

    /// Waits until a text is on the screen no more.
    pub async fn wait_gone(&self, text: &str) {
        let wanted = squeezed(text);
        let so = |seen: &Seen| !squeezed(&text_of(seen.parser.screen())).contains(&wanted);
        self.wait_until(&format!("“{text}” goes"), so).await;
    }

    /// Waits until the screen is as it shall be.
    pub async fn wait_screen(&self, what: &str, so: impl Fn(&str) -> bool) {
        self.wait_until(what, |seen| so(&text_of(seen.parser.screen()))).await;
    }

    async fn wait_until(&self, what: &str, so: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + DEADLINE;
        loop {
            let news = self.watched.news.notified();
            let over = {
                let seen = self.watched.seen();
                if so(&seen) {
                    return;
                }
                seen.over
            };
            let late = over || timeout_at(until, news).await.is_err();
            assert!(!late, "waited in vain until {what}; over: {over}\n{}", self.screen());
        }
    }

    /// Waits until the desk is over: its status, and what stands on the screen that was given
    /// back.
    pub async fn ended(self) -> (Option<u32>, String) {
        self.wait_until("the desk is over", |seen| seen.over).await;
        let seen = self.watched.seen();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "still the other screen:\n{}", text_of(screen));
        assert!(!screen.hide_cursor(), "no cursor");
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        (seen.status, text_of(screen))
    }
}

/// Reads what comes until the channel is closed.
async fn read(mut reading: ChannelReadHalf, watched: Arc<Watched>) {
    loop {
        let next = reading.wait().await;
        let mut seen = watched.seen();
        match next {
            Some(ChannelMsg::Data { data }) => {
                seen.bytes += data.len();
                seen.parser.process(&data);
            }
            Some(ChannelMsg::ExtendedData { data, .. }) => {
                seen.errors.push_str(&String::from_utf8_lossy(&data));
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => seen.status = Some(exit_status),
            None | Some(ChannelMsg::Close) => seen.over = true,
            Some(_) => {}
        }
        let over = seen.over;
        drop(seen);
        watched.news.notify_waiters();
        if over {
            return;
        }
    }
}

/// What a channel is answered until it is closed: whether the request was taken, the words
/// beside the screen, and the status.
pub async fn answered(channel: &mut Channel<Msg>) -> (Option<bool>, String, Option<u32>) {
    let (mut taken, mut words, mut status) = (None, Vec::new(), None);
    let until = Instant::now() + DEADLINE;
    while let Some(next) = timeout_at(until, channel.wait()).await.expect("an answer") {
        match next {
            ChannelMsg::Success => taken = Some(true),
            ChannelMsg::Failure => taken = Some(false),
            ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } => words.extend(data),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            ChannelMsg::Close => break,
            _ => {}
        }
    }
    (taken, String::from_utf8(words).expect("text"), status)
}

fn text_of(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let rows: Vec<String> =
        screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n")
}

/// A text without blanks, line ends and frames.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !('\u{2500}'..='\u{257f}').contains(c)).collect()
}
