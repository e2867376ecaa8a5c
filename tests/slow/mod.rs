//! A desk on a slow database: everything is as at the terminal, but for the glass.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyEvent;
use madoguchi::config::Settings;
use madoguchi::desk::keymap::Keymap;
use madoguchi::desk::msg::Msg;
use madoguchi::desk::player::Player;
use madoguchi::desk::session::Begin;
use madoguchi::desk::state::Look;
use madoguchi::desk::theme::Theme;
use madoguchi::domain::time::Instant;
use madoguchi::office::Office;
use madoguchi::store::Store;
use madoguchi::texts::Lang;

use crate::common::books::{number, opened};
use crate::common::{Office as Front, PASSWORD};
use crate::desk::{drawn, keys, screen_text};

mod store;

use store::SlowStore;

/// How long the database takes for every answer.
const SLOW: Duration = Duration::from_secs(2);
/// How long a story waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a story looks away between two looks.
const BLINK: Duration = Duration::from_millis(5);

/// The desk of an operator who signed in while the database was still quick.
pub struct SlowDesk {
    front: Front,
    office: Arc<Office>,
    player: Player,
    /// The line to the database.
    pub line: Arc<SlowStore>,
}

impl SlowDesk {
    /// `op` signs in at a desk on this campaign; then the database becomes slow, before
    /// anything that begins with the sign-in gets its turn: the shops, the list.
    pub async fn on(front: Front) -> Self {
        let desk = Self::while_quick(front).await;
        desk.slow_down();
        desk
    }

    /// `op` signs in, and the database is quick.
    pub async fn while_quick(front: Front) -> Self {
        let line = Arc::new(SlowStore::before(front.store().await));
        let store: Arc<dyn Store> = Arc::<SlowStore>::clone(&line);
        let settings = Arc::new(Settings::builtin().expect("settings"));
        let office = Office::open(store, Arc::clone(&settings)).await.expect("an office");
        let office = Arc::new(office);
        let look = Look { lang: Lang::Ja, theme: Theme::Dark, wide: false, mouse: false };
        let keymap = Arc::new(Keymap::new([]).expect("the defaults"));
        let begin = Begin { settings, keymap, look, demo: Vec::new() };
        let mut player = Player::new(&begin, &office, None);
        for key in keys(&format!("op<Enter>{PASSWORD}<Enter>")) {
            player.take(Msg::Key(key));
        }
        while player.state().person.is_none() {
            player.idle().await;
        }
        Self { front, office, player, line }
    }

    /// From now on the database is slow.
    pub fn slow_down(&self) {
        self.line.takes(SLOW);
    }

    /// The screen as it would be drawn now.
    pub fn screen(&self) -> String {
        screen_text(&drawn(self.player.state(), 120, 40))
    }

    /// What stands in the line of a fact, with its mark.
    pub fn fact(&self, label: &str) -> String {
        let screen = self.screen();
        let row = screen.lines().find_map(|row| row.strip_prefix('│')?.strip_prefix(label));
        let row = row.unwrap_or_else(|| panic!("no {label} on the screen:\n{screen}"));
        row.split('│').next().unwrap_or_default().trim().to_owned()
    }

    /// Presses keys; between two of them everything that has come reaches the desk.
    pub async fn press(&mut self, pressed: &str) {
        for key in keys(pressed) {
            self.press_one(key).await;
        }
    }

    async fn press_one(&mut self, key: KeyEvent) {
        self.player.take(Msg::Key(key));
        tokio::time::sleep(BLINK).await;
        self.player.catch_up();
    }

    /// Types into the line of a fact; after each letter, and before anything is waited for,
    /// all of them stand there.
    pub async fn type_into(&mut self, label: &str, text: &str) {
        let mut typed = String::new();
        for key in keys(text) {
            typed.push_str(key.code.as_char().map(String::from).unwrap_or_default().as_str());
            self.player.take(Msg::Key(key));
            let line = self.fact(label);
            assert!(line.starts_with(&typed), "“{typed}” was typed, the line says “{line}”");
            tokio::time::sleep(BLINK).await;
            self.player.catch_up();
        }
    }

    /// Types a text anywhere; after each letter all of them stand on the screen.
    pub async fn type_seen(&mut self, text: &str) {
        let mut typed = String::new();
        for letter in text.chars() {
            typed.push(letter);
            for key in keys(&letter.to_string()) {
                self.player.take(Msg::Key(key));
            }
            self.sees(&typed);
            tokio::time::sleep(BLINK).await;
            self.player.catch_up();
        }
    }

    /// The clock of the desk goes to a time and ticks.
    pub fn tick_at(&mut self, time: Instant) {
        self.player.still = Some(time);
        self.player.take(Msg::Tick);
    }

    /// Waits until the database has been asked something that it has not answered.
    pub async fn asked(&self, question: &str) {
        let asked = async {
            while !self.line.is_asked(question) {
                tokio::time::sleep(BLINK).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, asked).await;
        in_time.unwrap_or_else(|_| panic!("nobody asks for {question}"));
    }

    /// Takes what comes until the screen says so.
    pub async fn until(&mut self, words: &str) {
        self.until_with(words, |_| ()).await;
    }

    /// … while something holds before each of the answers, and after the last.
    pub async fn until_with(&mut self, words: &str, holds: impl Fn(&Self)) {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            holds(self);
            let screen = self.screen();
            if screen.contains(words) {
                return;
            }
            assert!(tokio::time::Instant::now() < end, "“{words}” never comes:\n{screen}");
            self.player.idle().await;
        }
    }

    /// The screen says so.
    pub fn sees(&self, words: &str) {
        let screen = self.screen();
        assert!(screen.contains(words), "no “{words}” on the screen:\n{screen}");
    }

    /// The screen does not say so.
    pub fn sees_no(&self, words: &str) {
        let screen = self.screen();
        assert!(!screen.contains(words), "“{words}” on the screen:\n{screen}");
    }

    /// How many rows the database has of a table, past the line.
    pub fn rows_of(&self, table: &str) -> i64 {
        number(&opened(self.front.database()), &format!("SELECT count(*) FROM {table}"))
    }

    /// The desk closes, the line being quick again; the campaign is left.
    pub async fn leave(self) -> Front {
        self.line.takes(Duration::ZERO);
        self.line.go_on();
        self.player.finish().await;
        self.office.close().await.expect("closed");
        self.front
    }
}
