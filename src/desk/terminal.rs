//! The desk in a terminal: keys in, frames out, and the terminal given back whatever
//! happens.

use std::future::Future;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;

use base64::Engine as _;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event,
    MouseEventKind,
};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use tokio::sync::{Notify, mpsc};

use super::meter::Unmetered;
use super::msg::Msg;
use super::session::{Begin, Desk, End, MESSAGES, PATIENCE, Screen};
use super::state::State;
use super::view;
use super::watch::Watch;
use crate::office::Office;
use crate::office::clock::Clock;

/// The terminal in the desk's hands; dropping it gives the terminal back.
struct Guard;

impl Guard {
    /// Takes the terminal. A panic, wherever it happens, gives it back and tells `panicked`.
    fn take(panicked: &Arc<Notify>) -> io::Result<Self> {
        enable_raw_mode()?;
        let guard = Self;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        // A panic shall be read on a terminal that is a terminal again.
        let before = std::panic::take_hook();
        let panicked = Arc::clone(panicked);
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
            panicked.notify_one();
        }));
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    // Nothing can be done about a terminal that is gone.
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let _ = disable_raw_mode();
}

/// The screen of this terminal.
struct Local(Terminal<CrosstermBackend<BufWriter<Stdout>>>);

impl Screen for Local {
    fn is_free(&self) -> bool {
        true
    }

    async fn freed(&mut self) -> io::Result<()> {
        std::future::pending().await
    }

    fn draw(&mut self, state: &State) -> io::Result<usize> {
        let Self(screen) = self;
        crossterm::queue!(screen.backend_mut(), BeginSynchronizedUpdate)?;
        screen.draw(|frame| view::draw(frame, state))?;
        crossterm::queue!(screen.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(screen.backend_mut())?;
        Ok(0)
    }

    fn resized(&mut self) -> io::Result<()> {
        // A window that shrank and grew between two frames has lost what stood there, though
        // its size is what it was: everything is drawn anew.
        let size = self.0.size()?;
        self.0.resize(Rect::new(0, 0, size.width, size.height))
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        clipboard(self.0.backend_mut(), text)
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        let backend = self.0.backend_mut();
        if on {
            execute!(backend, EnableMouseCapture)
        } else {
            execute!(backend, DisableMouseCapture)
        }
    }
}

/// Puts a text on the clipboard by OSC 52, which reaches through SSH and tmux.
///
/// # Errors
/// The terminal is gone.
pub fn clipboard(terminal: &mut impl Write, text: &str) -> io::Result<()> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    write!(terminal, "\x1b]52;c;{encoded}\x07")?;
    terminal.flush()
}

/// Runs the desk until it is closed. The first frame is drawn before `opening` (the
/// database) is waited for.
///
/// # Errors
/// What `opening` answers, or the terminal's own error.
pub async fn run<E: From<io::Error>>(
    begin: Begin,
    opening: impl Future<Output = Result<Arc<Office>, E>>,
) -> Result<(), E> {
    // A signal that comes before the database is open finds the terminal taken already.
    let mut ends = Ends { signals: Signals::new()?, panicked: Arc::default() };
    let guard = Guard::take(&ends.panicked)?;
    let output = BufWriter::with_capacity(1 << 16, io::stdout());
    let mut screen = Local(Terminal::new(CrosstermBackend::new(output))?);
    let mut state = begin.state(Clock::real().now());
    state.ready = false;
    if state.look.mouse {
        screen.mouse(true)?;
    }
    screen.draw(&state)?;
    let office = tokio::select! {
        office = opening => office?,
        () = ends.any() => return Ok(()),
    };
    state.ready = true;
    state.training = office.is_training();
    state.now = office.now();
    state.last_key_at = state.now;
    let mut events = read_events()?;
    let watch = Watch::start(Arc::clone(&office));
    let mut desk = Desk::go_on(state, &office, &watch, Arc::new(Unmetered));
    let hung_up = async {
        ends.any().await;
        End::HangUp
    };
    let ended = desk.converse(&mut screen, &mut events, hung_up).await;
    desk.finish(PATIENCE).await;
    drop(guard);
    ended?;
    Ok(())
}

/// Signals that end the desk, its draft kept: the line is cut, or the machine goes down.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::hangup())?, signal(SignalKind::terminate())?))
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn any(&mut self) {
        std::future::pending().await
    }
}

/// What ends a desk from outside: a signal, or a panic in a task beside it, which leaves a
/// terminal that is given back already.
struct Ends {
    signals: Signals,
    panicked: Arc<Notify>,
}

impl Ends {
    async fn any(&mut self) {
        tokio::select! {
            () = self.signals.any() => {}
            () = self.panicked.notified() => {}
        }
    }
}

/// Reads the terminal on a thread of its own, so that no key waits for anything else. The
/// thread ends with the desk's last frame or with the terminal, whichever goes first.
fn read_events() -> io::Result<mpsc::Receiver<Msg>> {
    let (sender, events) = mpsc::channel(MESSAGES);
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
        loop {
            let event = crossterm::event::read();
            let gone = event.is_err();
            let message = message_of(event);
            let told = message.is_none_or(|message| sender.blocking_send(message).is_ok());
            if gone || !told {
                return;
            }
        }
    })?;
    Ok(events)
}

/// What an event of the terminal is to the desk. A terminal that is gone has hung up.
fn message_of(event: io::Result<Event>) -> Option<Msg> {
    Some(match event {
        Ok(Event::Key(key)) => Msg::Key(key),
        Ok(Event::Paste(text)) => Msg::Paste(text),
        Ok(Event::Resize(..)) => Msg::Resize,
        Ok(Event::Mouse(mouse)) => match mouse.kind {
            MouseEventKind::ScrollUp => Msg::Wheel(true),
            MouseEventKind::ScrollDown => Msg::Wheel(false),
            _ => return None,
        },
        Ok(_) => return None,
        Err(_) => Msg::HangUp,
    })
}
