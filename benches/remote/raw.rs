//! The raw engine: an SSH server that lets everybody in and answers each key with a frame by
//! ratatui, as long as the desk's are and with as many cells compared, and no desk behind it.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;
use ratatui::{Terminal, TerminalOptions, Viewport};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, run_stream};
use russh::{Channel, ChannelId, Error, Pty};
use tokio::net::TcpListener;

/// The process of the server.
pub fn play() {
    let frame_bytes = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let frame_bytes: usize = frame_bytes.expect("how long a frame is");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        // Nobody has to trust it.
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
        let config = Arc::new(Config { keys: vec![key], nodelay: true, ..Config::default() });
        let listener = TcpListener::bind((IpAddr::from([127, 0, 0, 1]), 0)).await.expect("bound");
        println!("{}", listener.local_addr().expect("an address"));
        loop {
            let (stream, _) = listener.accept().await.expect("accepted");
            stream.set_nodelay(true).expect("no delay");
            let (config, engine) =
                (Arc::clone(&config), Engine { frame_bytes, page: Page::default(), screen: None });
            tokio::spawn(async move {
                if let Ok(session) = run_stream(config, stream, engine).await {
                    let _ = session.await;
                }
            });
        }
    });
}

type Screen = Terminal<CrosstermBackend<Page>>;

/// What a frame is drawn into.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Engine {
    frame_bytes: usize,
    page: Page,
    screen: Option<(Screen, usize)>,
}

impl Engine {
    /// Another letter in as many cells as make a frame of that length.
    fn frame(&mut self) -> Vec<u8> {
        let Some((screen, turn)) = &mut self.screen else { return Vec::new() };
        *turn += 1;
        let changed = [["a"], ["b"]][*turn % 2].concat().repeat(self.frame_bytes);
        screen
            .draw(|frame| frame.render_widget(page(&changed, frame.area()), frame.area()))
            .expect("drawn");
        std::mem::take(&mut *self.page.bytes())
    }
}

/// A full screen: what changes in its first lines, and what stays.
fn page(changed: &str, area: Rect) -> Paragraph<'static> {
    let columns = usize::from(area.width);
    let mut letters = changed.chars().chain("奈良県の茶房 ".chars().cycle());
    let lines =
        (0..area.height).map(|_| letters.by_ref().take(columns * 2 / 3).collect::<String>());
    Paragraph::new(lines.collect::<Vec<_>>().join("\n"))
}

impl Handler for Engine {
    type Error = Error;

    async fn auth_password(&mut self, _: &str, _: &str) -> Result<Auth, Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Error> {
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        _: ChannelId,
        _: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        _: &mut Session,
    ) -> Result<(), Error> {
        let within = |told: u32| u16::try_from(told).unwrap_or(u16::MAX);
        let viewport = Viewport::Fixed(Rect::new(0, 0, within(columns), within(rows)));
        let backend = CrosstermBackend::new(self.page.clone());
        let options = TerminalOptions { viewport };
        self.screen = Some((Terminal::with_options(backend, options)?, 0));
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        session.data(id, self.frame())
    }

    async fn data(&mut self, id: ChannelId, _: &[u8], session: &mut Session) -> Result<(), Error> {
        session.data(id, self.frame())
    }
}
