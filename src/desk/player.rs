//! The desk without a terminal: the same state, update and runner, driven by whoever has
//! messages for it.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc;

use super::action::Action;
use super::msg::{Effect, Msg};
use super::runner::Runner;
use super::state::State;
use super::state::call::{Heard, Tried};
use super::terminal::{Begin, desk_id};
use super::update::{act_on, update};
use crate::domain::time::Instant;
use crate::office::Office;

/// How many messages may wait.
const MESSAGES: usize = 256;
/// How long answers are waited for.
const SETTLE: Duration = Duration::from_secs(5);
/// How long it must be quiet before nothing more is expected.
const QUIET: Duration = Duration::from_millis(150);
/// How long what was begun may take to be written when the desk closes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A desk and whoever plays it.
pub struct Player {
    /// What the desk shows and knows.
    pub state: State,
    office: Arc<Office>,
    runner: Runner,
    answers: mpsc::Receiver<Msg>,
    /// The time that the desk shows, where it is not the office's.
    pub still: Option<Instant>,
}

impl Player {
    /// A desk at which nobody has signed in. `still`: the clock stands still at this time.
    #[must_use]
    pub fn new(begin: &Begin, office: &Arc<Office>, still: Option<Instant>) -> Self {
        let mut state = begin.state(still.unwrap_or_else(|| office.now()));
        state.training = office.is_training();
        let (sender, answers) = mpsc::channel(MESSAGES);
        let runner = Runner::new(Arc::clone(office), desk_id(), sender, state.look.lang);
        Self { state, office: Arc::clone(office), runner, answers, still }
    }

    fn now(&self) -> Instant {
        self.still.unwrap_or_else(|| self.office.now())
    }

    /// Takes a message.
    pub fn take(&mut self, message: Msg) {
        let before = self.state.person.is_some();
        let now = self.now();
        let effects = update(&mut self.state, message, now);
        self.carry_out(before, effects);
    }

    /// Does an action by its name.
    pub fn act(&mut self, action: Action) {
        let before = self.state.person.is_some();
        let now = self.now();
        let effects = act_on(&mut self.state, action, now);
        self.carry_out(before, effects);
    }

    /// Presses a key.
    pub fn press(&mut self, code: KeyCode) {
        self.take(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    /// Types a text.
    pub fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            self.press(KeyCode::Char(letter));
        }
    }

    fn carry_out(&mut self, signed_in: bool, effects: Vec<Effect>) {
        if self.state.person.is_some() && !signed_in {
            self.runner.sign_in(self.state.person.clone());
        }
        for effect in effects {
            match effect {
                Effect::Close => self.state.closing = true,
                Effect::Copy(_) | Effect::Mouse(_) => {}
                effect => self.runner.run(effect),
            }
        }
        if self.state.person.is_none() && signed_in {
            self.runner.sign_in(None);
        }
    }

    /// Waits until everything that was asked for is answered, or for some seconds.
    pub async fn settle(&mut self) {
        let until = tokio::time::Instant::now() + SETTLE;
        loop {
            let patience = if self.waits() { SETTLE } else { QUIET };
            let next = (tokio::time::Instant::now() + patience).min(until);
            match tokio::time::timeout_at(next, self.answers.recv()).await {
                Ok(Some(answer)) => self.take(answer),
                _ => return,
            }
        }
    }

    /// Takes what has come so far, and waits for nothing.
    pub fn catch_up(&mut self) {
        while let Ok(answer) = self.answers.try_recv() {
            self.take(answer);
        }
    }

    /// Lets the clock, or an answer that comes late, reach the desk.
    pub async fn idle(&mut self) {
        match tokio::time::timeout(Duration::from_secs(1), self.answers.recv()).await {
            Ok(Some(answer)) => self.take(answer),
            Ok(None) => {}
            Err(_) => self.take(Msg::Tick),
        }
    }

    /// Whether an answer is on its way.
    fn waits(&self) -> bool {
        let (state, call) = (&self.state, &self.state.call);
        state.sign_in.asking.is_some()
            || matches!(call.heard, Heard::Asking(..))
            || matches!(call.tried, Tried::Asking(..))
            || call.list.asking.is_some()
            || call.asking.is_some()
            || state.review.asking.is_some()
            || state.review.open.as_ref().is_some_and(|open| open.view.is_none())
    }

    /// Waits until everything that was begun is written.
    pub async fn finish(self) {
        self.runner.finish(PATIENCE).await;
    }
}
