//! A desk without a terminal and without an office: a state, keys written as a text, the
//! office's answers by hand, and the screen as text.

#![allow(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends")]

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use madoguchi::config::Settings;
use madoguchi::desk::keymap::Keymap;
use madoguchi::desk::msg::{Answer, Effect, Msg, SignedIn};
use madoguchi::desk::state::{Look, State};
use madoguchi::desk::theme::Theme;
use madoguchi::desk::update::update;
use madoguchi::domain::private::Private;
use madoguchi::domain::staff::Role;
use madoguchi::domain::time::{Instant, parse_record_time};
use madoguchi::office::Actor;
use madoguchi::texts::Lang;

pub mod asked;
pub mod calls;
pub mod scenes;
pub mod screen;
pub mod views;

pub use asked::{asked, draft, forgotten, request};
pub use screen::{drawn, screen_text};

/// When every story happens, unless it says otherwise: the hotline answers.
pub const NOW: &str = "2023-03-13 10:42";

/// A time of day in Japan.
pub fn at(time: &str) -> Instant {
    parse_record_time(time).expect("a time")
}

/// The example settings.
pub fn settings() -> Settings {
    Settings::builtin().expect("the example")
}

/// The example settings with one text of the file replaced.
pub fn settings_with(from: &str, to: &str) -> Settings {
    let text = madoguchi::config::EXAMPLE;
    assert!(text.contains(from), "the example has no {from}");
    Settings::parse(&text.replace(from, to), "story.toml").expect("settings")
}

/// A desk at which nobody has signed in. Its command ids are #1, #2 and so on.
pub fn desk_with(settings: Settings) -> State {
    let look = Look { lang: Lang::Ja, theme: Theme::Dark, wide: false, mouse: false };
    let keymap = Keymap::new([]).expect("the defaults");
    let mut made = 0;
    let make_id = Box::new(move || {
        made += 1;
        format!("00000000-0000-7000-8000-{made:012}")
    });
    State::new(Arc::new(settings), Arc::new(keymap), look, at(NOW), make_id)
}

/// A desk under the example settings at which nobody has signed in.
pub fn desk() -> State {
    desk_with(settings())
}

/// Somebody, whose name is made of their id.
pub fn person(staff_id: &str, role: Role) -> Actor {
    Actor {
        staff_id: staff_id.parse().expect("an id"),
        role,
        name: Private::new(format!("佐保 {staff_id}")),
    }
}

/// What the office answers to a password that is right.
pub fn welcome(staff_id: &str, role: Role, draft: Option<&str>) -> Answer {
    Answer::SignedIn(Ok(SignedIn {
        actor: person(staff_id, role),
        elsewhere: None,
        draft: draft.map(str::to_owned),
    }))
}

/// Signs somebody in by typing, the office saying yes; what they had typed is `draft`.
pub fn sign_in(state: &mut State, staff_id: &str, role: Role, draft: Option<&str>) -> Vec<Effect> {
    let effects = type_keys(state, &format!("{staff_id}<Enter>correct horse<Enter>"));
    answer(state, request(&effects, "sign-in"), welcome(staff_id, role, draft))
}

/// A desk at which somebody has signed in.
pub fn seated(staff_id: &str, role: Role) -> State {
    let mut state = desk();
    sign_in(&mut state, staff_id, role, None);
    state
}

/// A desk at which an operator has signed in.
pub fn operator() -> State {
    seated("op", Role::Operator)
}

/// A desk at which a supervisor has signed in.
pub fn supervisor() -> State {
    seated("sv", Role::Supervisor)
}

/// Something happens at the desk's own time.
pub fn happens(state: &mut State, msg: Msg) -> Vec<Effect> {
    let now = state.now;
    update(state, msg, now)
}

/// The office answers.
pub fn answer(state: &mut State, request: u64, answer: Answer) -> Vec<Effect> {
    happens(state, Msg::Answer(request, answer))
}

/// The clock of the desk goes to `time` and ticks.
pub fn tick_at(state: &mut State, time: Instant) -> Vec<Effect> {
    update(state, Msg::Tick, time)
}

/// The clock ticks a second later.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let next = state.now.plus_seconds(1);
    tick_at(state, next)
}

/// Types keys; see [`keys`]. What the desk wants done for all of it together.
pub fn type_keys(state: &mut State, pressed: &str) -> Vec<Effect> {
    keys(pressed).into_iter().flat_map(|key| happens(state, Msg::Key(key))).collect()
}

/// The keys of `5335<Tab>2/24<F5>`: letters as they are, other keys by their names in
/// angles, with `C-` and `A-` for Ctrl and Alt.
pub fn keys(pressed: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = pressed;
    while let Some(first) = rest.chars().next() {
        let (key, after) = match rest.strip_prefix('<').and_then(|named| named.split_once('>')) {
            Some((name, after)) => (key(name), after),
            None => {
                let letter = KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE);
                (letter, &rest[first.len_utf8()..])
            }
        };
        keys.push(key);
        rest = after;
    }
    keys
}

/// A key by its name.
fn key(name: &str) -> KeyEvent {
    let (modifiers, plain) = match name.split_once('-') {
        Some(("C", letter)) => (KeyModifiers::CONTROL, letter),
        Some(("A", letter)) => (KeyModifiers::ALT, letter),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match plain {
        "Tab" => KeyCode::Tab,
        "S-Tab" => KeyCode::BackTab,
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PageUp" => KeyCode::PageUp,
        "PageDown" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "BS" => KeyCode::Backspace,
        "Del" => KeyCode::Delete,
        letter if letter.chars().count() == 1 => {
            KeyCode::Char(letter.chars().next().expect("a letter"))
        }
        function => {
            let number = function.strip_prefix('F').and_then(|number| number.parse().ok());
            KeyCode::F(number.unwrap_or_else(|| panic!("no key is called {name}")))
        }
    };
    KeyEvent::new(code, modifiers)
}

/// What the line above the footer says; nothing where it is empty.
pub fn notice(state: &State) -> &str {
    state.notice.as_ref().map_or("", |notice| notice.text.as_str())
}
