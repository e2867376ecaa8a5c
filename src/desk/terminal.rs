//! The desk in a terminal: keys in, frames out, and the terminal given back whatever
//! happens.

use std::future::Future;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::time::Duration;

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
use tokio::time::MissedTickBehavior;

use super::keymap::Keymap;
use super::msg::{Effect, Msg};
use super::runner::Runner;
use super::state::{Link, Look, State};
use super::update::update;
use super::view;
use crate::config::Settings;
use crate::office::Office;
use crate::office::clock::Clock;

/// How many messages may wait for the screen.
const MESSAGES: usize = 256;
/// How long what was begun may take to be written when the desk closes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a desk begins with.
pub struct Begin {
    /// The campaign's particulars.
    pub settings: Arc<Settings>,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// How it looks.
    pub look: Look,
    /// Whom the demo offers to sign in as: staff id and what to show.
    pub demo: Vec<(String, String)>,
}

impl Begin {
    /// The state of a desk at which nobody sits, at the time of `clock`.
    #[must_use]
    pub fn state(&self, now: crate::domain::time::Instant) -> State {
        let make_id = Box::new(|| uuid::Uuid::now_v7().to_string());
        let settings = Arc::clone(&self.settings);
        let mut state = State::new(settings, Arc::clone(&self.keymap), self.look, now, make_id);
        state.demo.clone_from(&self.demo);
        state
    }
}

/// A name for this desk, for the seats: never the same twice.
#[must_use]
pub fn desk_id() -> String {
    format!("desk-{}", uuid::Uuid::now_v7())
}

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

type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

fn draw(screen: &mut Screen, state: &State) -> io::Result<()> {
    crossterm::queue!(screen.backend_mut(), BeginSynchronizedUpdate)?;
    screen.draw(|frame| view::draw(frame, state))?;
    crossterm::queue!(screen.backend_mut(), EndSynchronizedUpdate)?;
    Write::flush(screen.backend_mut())
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
    let mut screen = Terminal::new(CrosstermBackend::new(output))?;
    let mut state = begin.state(Clock::real().now());
    state.ready = false;
    if state.look.mouse {
        execute!(screen.backend_mut(), EnableMouseCapture)?;
    }
    draw(&mut screen, &state)?;
    let office = tokio::select! {
        office = opening => office?,
        () = ends.any() => return Ok(()),
    };
    state.ready = true;
    state.training = office.is_training();
    state.now = office.now();
    state.last_key_at = state.now;
    let ended = serve(&mut screen, &mut state, &office, &mut ends).await;
    drop(guard);
    Ok(ended?)
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

async fn serve(
    screen: &mut Screen,
    state: &mut State,
    office: &Arc<Office>,
    ends: &mut Ends,
) -> io::Result<()> {
    let (sender, answers) = mpsc::channel(MESSAGES);
    let mut runner = Runner::new(Arc::clone(office), desk_id(), sender, state.look.lang);
    let ended = converse(screen, state, office, &mut runner, answers, ends).await;
    if ended.is_err() {
        // The terminal is gone, whether or not anybody has said so yet: it has hung up.
        for effect in update(state, Msg::HangUp, office.now()) {
            runner.run(effect);
        }
    }
    runner.finish(PATIENCE).await;
    ended
}

/// Takes what comes and draws what follows, until the desk closes or the terminal is gone.
async fn converse(
    screen: &mut Screen,
    state: &mut State,
    office: &Office,
    runner: &mut Runner,
    mut answers: mpsc::Receiver<Msg>,
    ends: &mut Ends,
) -> io::Result<()> {
    let mut events = read_events()?;
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    draw(screen, state)?;
    while !state.closing {
        let first = tokio::select! {
            event = events.recv() => Some(event.unwrap_or(Msg::HangUp)),
            answer = answers.recv() => answer,
            _ = clock.tick() => Some(Msg::Tick),
            () = ends.any() => Some(Msg::HangUp),
        };
        let mut worth_drawing = false;
        let mut next = first;
        // Everything that has arrived meanwhile is taken before one frame is drawn.
        let mut bound = MESSAGES;
        while let Some(message) = next {
            worth_drawing |= take(screen, state, runner, office, message)?;
            bound -= 1;
            if state.closing || bound == 0 {
                break;
            }
            next = events.try_recv().or_else(|_| answers.try_recv()).ok();
        }
        if worth_drawing && !state.closing {
            draw(screen, state)?;
        }
    }
    Ok(())
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

/// Takes one message; says whether the screen may have changed by it.
fn take(
    screen: &mut Screen,
    state: &mut State,
    runner: &mut Runner,
    office: &Office,
    message: Msg,
) -> io::Result<bool> {
    #[cfg(debug_assertions)]
    panic_if_asked(&message);
    if matches!(message, Msg::Resize) {
        // A window that shrank and grew between two frames has lost what stood there, though
        // its size is what it was: everything is drawn anew.
        let size = screen.size()?;
        screen.resize(Rect::new(0, 0, size.width, size.height))?;
    }
    let before = glance(state);
    let quiet = matches!(
        message,
        Msg::Tick | Msg::Link(_) | Msg::LinkReadOnly | Msg::ClockOff(_) | Msg::Changed
    );
    let person = state.person.as_ref().map(|person| person.staff_id.clone());
    let effects = update(state, message, office.now());
    let now = state.person.as_ref().map(|person| person.staff_id.clone());
    if now.is_some() && now != person {
        runner.sign_in(state.person.clone());
    }
    for effect in effects {
        match effect {
            Effect::Copy(text) => copy(screen, &text)?,
            Effect::Mouse(true) => execute!(screen.backend_mut(), EnableMouseCapture)?,
            Effect::Mouse(false) => execute!(screen.backend_mut(), DisableMouseCapture)?,
            Effect::Close => state.closing = true,
            effect => runner.run(effect),
        }
    }
    if now.is_none() && person.is_some() {
        runner.sign_in(None);
    }
    Ok(!quiet || before != glance(state))
}

/// Panics at the key that the environment names, so that a test sees the terminal given back.
/// There is no such thing in a release.
#[cfg(debug_assertions)]
fn panic_if_asked(message: &Msg) {
    use super::keymap::Key;
    if let Msg::Key(key) = message
        && let Ok(wanted) = std::env::var("MADOGUCHI_PANIC_ON_KEY")
    {
        assert_ne!(wanted.parse(), Ok(Key::of(key)), "asked for by MADOGUCHI_PANIC_ON_KEY");
    }
}

/// What the clock and the line alone can change on the screen.
fn glance(state: &State) -> (bool, bool, i64, i64) {
    let minute = state.now.micros().div_euclid(60_000_000);
    let down = match state.link {
        Link::Up => -1,
        Link::Down(since) => state.now.since(since).num_seconds(),
    };
    (state.locked, state.person.is_some(), minute, down)
}

/// Puts a text on the clipboard by OSC 52, which reaches through SSH and tmux.
fn copy(screen: &mut Screen, text: &str) -> io::Result<()> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    write!(screen.backend_mut(), "\x1b]52;c;{encoded}\x07")?;
    Write::flush(screen.backend_mut())
}
