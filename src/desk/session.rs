//! One person's desk while it is open: takes what comes, and draws what follows. Wherever
//! the screen is, in this terminal or at the other end of a line, it is the same desk.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::keymap::Keymap;
use super::meter::Meter;
use super::msg::{Effect, Msg};
use super::runner::Runner;
use super::state::{Link, Look, State};
use super::update::update;
use super::watch::{News, Watch};
use crate::config::Settings;
use crate::domain::refusal::Code;
use crate::domain::time::Instant;
use crate::office::{Actor, Office};

/// How many messages may wait for a desk.
pub const MESSAGES: usize = 256;
/// How long what was begun may take to be written when a desk closes.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What a desk begins with.
#[derive(Clone)]
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
    /// The state of a desk at which nobody sits, at the time of `now`.
    #[must_use]
    pub fn state(&self, now: Instant) -> State {
        let make_id = Box::new(|| uuid::Uuid::now_v7().to_string());
        let settings = Arc::clone(&self.settings);
        let mut state = State::new(settings, Arc::clone(&self.keymap), self.look, now, make_id);
        state.demo.clone_from(&self.demo);
        state
    }
}

/// Where a desk is shown.
pub trait Screen {
    /// Whether a frame may be drawn now: the one before is out.
    fn is_free(&self) -> bool;

    /// Waits until a frame may be drawn. Nothing is lost where the future is dropped.
    fn freed(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Draws a frame and says how many bytes it was, where that is known.
    ///
    /// # Errors
    /// The screen is gone.
    fn draw(&mut self, state: &State) -> io::Result<usize>;

    /// The screen may have another size, or have lost what stood on it: the next frame is
    /// drawn whole.
    ///
    /// # Errors
    /// The screen is gone.
    fn resized(&mut self) -> io::Result<()>;

    /// Puts a text on the clipboard beside the screen.
    ///
    /// # Errors
    /// The screen is gone.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Has the mouse reported, or not.
    ///
    /// # Errors
    /// The screen is gone.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
}

/// Why a desk is ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The line is cut, or the terminal gone.
    HangUp,
    /// Whoever sits here may not any more, and why.
    PutOut(Code),
    /// The program was told to end.
    Stopped,
}

/// One desk.
pub struct Desk {
    /// What it shows and knows.
    pub state: Box<State>,
    office: Arc<Office>,
    runner: Runner,
    answers: mpsc::Receiver<Msg>,
    news: News,
    meter: Arc<dyn Meter>,
}

/// A name for a desk, for the seats: never the same twice.
fn desk_id() -> String {
    format!("desk-{}", uuid::Uuid::now_v7())
}

impl Desk {
    /// A desk at which nobody sits.
    #[must_use]
    pub fn new(begin: &Begin, office: &Arc<Office>, watch: &Watch, meter: Arc<dyn Meter>) -> Self {
        let mut state = begin.state(office.now());
        state.training = office.is_training();
        Self::go_on(state, office, watch, meter)
    }

    /// The desk whose state is shown already.
    #[must_use]
    pub fn go_on(state: State, office: &Arc<Office>, watch: &Watch, meter: Arc<dyn Meter>) -> Self {
        let (sender, answers) = mpsc::channel(MESSAGES);
        let (office, news) = (Arc::clone(office), watch.news());
        let lang = state.look.lang;
        let runner = Runner::new(Arc::clone(&office), desk_id(), sender, lang, Arc::clone(&meter));
        Self { state: Box::new(state), office, runner, answers, news, meter }
    }

    /// Sits somebody down who has proved elsewhere who they are. The desk is theirs alone:
    /// nobody else can sign in at it.
    pub fn enter(&mut self, actor: Actor) {
        for effect in super::update::enter(&mut self.state, actor) {
            self.runner.run(effect);
        }
    }

    /// Takes what comes and draws what follows, until the desk closes; says what ended it
    /// from outside, if anything did. No more `events` are a terminal that is gone.
    ///
    /// # Errors
    /// The screen is gone; what was typed is kept, and what was held let go.
    pub async fn converse<S: Screen>(
        &mut self,
        screen: &mut S,
        events: &mut mpsc::Receiver<Msg>,
        ends: impl Future<Output = End>,
    ) -> io::Result<Option<End>> {
        let talked = self.talk(screen, events, ends).await;
        if talked.is_err() {
            // Whether or not anybody has said so yet: it has hung up.
            let now = self.office.now();
            self.take(Msg::HangUp, now);
        }
        talked
    }

    async fn talk<S: Screen>(
        &mut self,
        screen: &mut S,
        events: &mut mpsc::Receiver<Msg>,
        ends: impl Future<Output = End>,
    ) -> io::Result<Option<End>> {
        let mut clock = tokio::time::interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut ends = std::pin::pin!(ends);
        let mut ended = None;
        let mut worth_drawing = true;
        while !self.state.closing {
            if worth_drawing && screen.is_free() {
                self.draw(screen)?;
                worth_drawing = false;
            }
            let first = tokio::select! {
                event = events.recv() => event.unwrap_or_else(|| {
                    ended = Some(End::HangUp);
                    Msg::HangUp
                }),
                Some(answer) = self.answers.recv() => answer,
                news = self.news.next() => news,
                _ = clock.tick() => self.on_tick(),
                freed = screen.freed(), if worth_drawing => {
                    freed?;
                    continue;
                }
                end = &mut ends => {
                    ended = Some(end);
                    Msg::HangUp
                }
            };
            // Everything that has arrived meanwhile is taken before one frame is drawn.
            let mut next = Some(first);
            let mut bound = MESSAGES;
            while let Some(message) = next {
                worth_drawing |= self.show(screen, message)?;
                bound -= 1;
                if self.state.closing || bound == 0 {
                    break;
                }
                next = events.try_recv().ok().or_else(|| self.try_next());
            }
        }
        Ok(ended)
    }

    fn draw<S: Screen>(&self, screen: &mut S) -> io::Result<()> {
        let begun = tokio::time::Instant::now();
        let bytes = screen.draw(&self.state)?;
        self.meter.frame(bytes, begun.elapsed());
        Ok(())
    }

    /// Takes one message; says whether the screen may have changed by it.
    fn show<S: Screen>(&mut self, screen: &mut S, message: Msg) -> io::Result<bool> {
        #[cfg(debug_assertions)]
        panic_if_asked(&message);
        if matches!(message, Msg::Resize) {
            screen.resized()?;
        }
        let before = glance(&self.state);
        let quiet = matches!(
            message,
            Msg::Tick | Msg::Link(_) | Msg::LinkReadOnly | Msg::ClockOff(_) | Msg::Changed
        );
        let now = self.office.now();
        for effect in self.take(message, now) {
            match effect {
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Mouse(on) => screen.mouse(on)?,
                _ => {}
            }
        }
        Ok(!quiet || before != glance(&self.state))
    }

    /// Takes one message at `now`; gives back what is left to be done at the screen.
    pub fn take(&mut self, message: Msg, now: Instant) -> Vec<Effect> {
        let before = self.seated();
        let effects = update(&mut self.state, message, now);
        self.carry_out(before.as_ref(), effects)
    }

    /// Does an action by its name at `now`; gives back what is left to be done at the screen.
    pub fn act(&mut self, action: super::action::Action, now: Instant) -> Vec<Effect> {
        let before = self.seated();
        let effects = super::update::act_on(&mut self.state, action, now);
        self.carry_out(before.as_ref(), effects)
    }

    fn seated(&self) -> Option<crate::domain::staff::StaffId> {
        self.state.person.as_ref().map(|person| person.staff_id.clone())
    }

    fn carry_out(
        &mut self,
        before: Option<&crate::domain::staff::StaffId>,
        effects: Vec<Effect>,
    ) -> Vec<Effect> {
        let seated = self.seated();
        if seated.is_some() && seated.as_ref() != before {
            self.runner.sign_in(self.state.person.clone());
        }
        let mut left = Vec::new();
        for effect in effects {
            match effect {
                Effect::Copy(_) | Effect::Mouse(_) => left.push(effect),
                Effect::Close => self.state.closing = true,
                effect => self.runner.run(effect),
            }
        }
        // What they did last was done in their name.
        if seated.is_none() && before.is_some() {
            self.runner.sign_in(None);
        }
        left
    }

    /// What has come from the office or the outside, if anything has.
    pub fn try_next(&mut self) -> Option<Msg> {
        self.answers.try_recv().ok().or_else(|| self.news.try_next())
    }

    /// Waits for what comes from the office or the outside.
    pub async fn next(&mut self) -> Msg {
        tokio::select! {
            Some(answer) = self.answers.recv() => answer,
            news = self.news.next() => news,
        }
    }

    /// What the clock brings: time goes on, or the desk learns that the database answers
    /// again of which it had learnt by itself that it does not.
    pub fn on_tick(&self) -> Msg {
        match self.state.link {
            Link::Down(since) => self.news.since_down(since).unwrap_or(Msg::Tick),
            Link::Up => Msg::Tick,
        }
    }

    /// Waits until everything that was begun is written, at most so long.
    pub async fn finish(self, patience: Duration) {
        self.runner.finish(patience).await;
    }
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
fn glance(state: &State) -> (bool, bool, bool, Option<i64>, i64, i64) {
    let minute = state.now.micros().div_euclid(60_000_000);
    let down = match state.link {
        Link::Up => -1,
        Link::Down(since) => state.now.since(since).num_seconds(),
    };
    (state.locked, state.person.is_some(), state.read_only, state.clock_off, minute, down)
}
