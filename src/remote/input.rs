//! Stands in for the reading of keys, until that is here: letters, controls and the keys that
//! xterm sends.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::desk::msg::Msg;

/// How long a lone Esc waits for what may follow it.
pub const ESC_WAIT: Duration = Duration::from_millis(40);

/// What has come so far.
#[derive(Default)]
pub struct Input {
    waiting: Vec<u8>,
}

impl Input {
    /// Nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they come.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Msg>) {
        self.waiting.extend_from_slice(bytes);
        let taken = std::mem::take(&mut self.waiting);
        let mut rest = taken.as_slice();
        while let Some((&first, after)) = rest.split_first() {
            let mut modifiers = KeyModifiers::NONE;
            let (code, length) = match first {
                b'\r' => (KeyCode::Enter, 1),
                b'\t' => (KeyCode::Tab, 1),
                0x7f => (KeyCode::Backspace, 1),
                0x1b => match sequence(after) {
                    Some((code, length)) => (code, 1 + length),
                    None => break,
                },
                1..=26 => {
                    modifiers = KeyModifiers::CONTROL;
                    (KeyCode::Char(char::from(first + b'a' - 1)), 1)
                }
                _ => {
                    let length = match first {
                        0..0x80 => 1,
                        0x80..0xe0 => 2,
                        0xe0..0xf0 => 3,
                        _ => 4,
                    };
                    let Some(letter) = rest.get(..length) else { break };
                    let letter = std::str::from_utf8(letter).ok().and_then(|c| c.chars().next());
                    (letter.map_or(KeyCode::Null, KeyCode::Char), length)
                }
            };
            out.push(Msg::Key(KeyEvent::new(code, modifiers)));
            rest = rest.get(length..).unwrap_or_default();
        }
        self.waiting = rest.to_vec();
    }

    /// Whether something waits that may be complete.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.waiting.first() == Some(&0x1b)
    }

    /// What waits is complete.
    pub fn settle(&mut self, out: &mut Vec<Msg>) {
        self.waiting.clear();
        out.push(Msg::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    }
}

fn sequence(after: &[u8]) -> Option<(KeyCode, usize)> {
    let text = std::str::from_utf8(after.get(..after.len().min(6))?).ok()?;
    let known = [
        ("OP", KeyCode::F(1)),
        ("OQ", KeyCode::F(2)),
        ("OR", KeyCode::F(3)),
        ("OS", KeyCode::F(4)),
        ("[15~", KeyCode::F(5)),
        ("[17~", KeyCode::F(6)),
        ("[18~", KeyCode::F(7)),
        ("[19~", KeyCode::F(8)),
        ("[20~", KeyCode::F(9)),
        ("[A", KeyCode::Up),
        ("[B", KeyCode::Down),
    ];
    known
        .into_iter()
        .find(|(start, _)| text.starts_with(start))
        .map(|(start, code)| (code, start.len()))
}
