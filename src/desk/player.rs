//! The desk without a terminal: the same desk, driven by whoever has messages for it.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;
use super::meter::Unmetered;
use super::msg::Msg;
use super::session::{Begin, Desk, PATIENCE};
use super::state::State;
use super::state::call::{Heard, Tried};
use super::watch::Watch;
use crate::domain::time::Instant;
use crate::office::Office;

/// How long answers are waited for.
const SETTLE: Duration = Duration::from_secs(5);
/// How long it must be quiet before nothing more is expected.
const QUIET: Duration = Duration::from_millis(150);

/// A desk and whoever plays it.
pub struct Player {
    desk: Desk,
    office: Arc<Office>,
    _watch: Watch,
    /// The time that the desk shows, where it is not the office's.
    pub still: Option<Instant>,
}

impl Player {
    /// A desk at which nobody has signed in. `still`: the clock stands still at this time.
    #[must_use]
    pub fn new(begin: &Begin, office: &Arc<Office>, still: Option<Instant>) -> Self {
        let watch = Watch::start(Arc::clone(office));
        let mut state = begin.state(still.unwrap_or_else(|| office.now()));
        state.training = office.is_training();
        let desk = Desk::go_on(state, office, &watch, Arc::new(Unmetered));
        Self { desk, office: Arc::clone(office), _watch: watch, still }
    }

    /// What the desk shows and knows.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.desk.state
    }

    fn now(&self) -> Instant {
        self.still.unwrap_or_else(|| self.office.now())
    }

    /// Takes a message.
    pub fn take(&mut self, message: Msg) {
        let now = self.now();
        // There is neither a clipboard nor a mouse.
        let _ = self.desk.take(message, now);
    }

    /// Does an action by its name.
    pub fn act(&mut self, action: Action) {
        let now = self.now();
        let _ = self.desk.act(action, now);
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

    /// Waits until everything that was asked for is answered, or for some seconds.
    pub async fn settle(&mut self) {
        let until = tokio::time::Instant::now() + SETTLE;
        loop {
            let patience = if self.waits() { SETTLE } else { QUIET };
            let next = (tokio::time::Instant::now() + patience).min(until);
            match tokio::time::timeout_at(next, self.desk.next()).await {
                Ok(answer) => self.take(answer),
                Err(_) => return,
            }
        }
    }

    /// Takes what has come so far, and waits for nothing.
    pub fn catch_up(&mut self) {
        while let Some(answer) = self.desk.try_next() {
            self.take(answer);
        }
    }

    /// Lets the clock, or an answer that comes late, reach the desk.
    pub async fn idle(&mut self) {
        let answer = match tokio::time::timeout(Duration::from_secs(1), self.desk.next()).await {
            Ok(answer) => answer,
            Err(_) => self.desk.on_tick(),
        };
        self.take(answer);
    }

    /// Whether an answer is on its way.
    fn waits(&self) -> bool {
        let (state, call) = (self.state(), &self.state().call);
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
        self.desk.finish(PATIENCE).await;
    }
}
