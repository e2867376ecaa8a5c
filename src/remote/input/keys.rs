//! What a piece means: a key as the desk's keymap knows it, a paste, a turn of the wheel.
//!
//! Termina's parser reads the keys of xterm, which most terminals send. What others send for
//! the same keys is said in xterm's words first. Only what it knows for certain is put before
//! it: it takes the tail of anything else for typed letters.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use termina::event::{
    KeyCode as Code, KeyEvent as Pressed, KeyEventKind, Modifiers, MouseEventKind,
};
use termina::{Event, Parser};

use super::cut::{ESC, Piece};
use crate::desk::msg::Msg;
use crate::domain::text::check_clean;

/// What stands in xterm's `Esc [ N ~` for F1 to F12.
const FUNCTION: [u8; 12] = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24];
/// What the application keypad sends as `j` to `y`.
const KEYPAD: &[u8; 16] = b"*+,-./0123456789";
const SHIFT: u8 = 2;
const CTRL: u8 = 5;
const CTRL_SHIFT: u8 = 6;

/// Reads pieces.
#[derive(Debug, Default)]
pub(super) struct Keys {
    parser: Parser,
}

impl Keys {
    /// What the piece means to a desk, if anything.
    pub(super) fn message(&mut self, piece: Piece<'_>) -> Option<Msg> {
        let key = match piece {
            Piece::Paste(text) => return pasted(text).map(Msg::Paste),
            Piece::Key(key) => key,
        };
        let (alt, key) = match key {
            // Linux sends this for Shift-Tab; with Alt the tab goes to another window.
            [ESC, b'\t'] => (false, &b"\x1b[Z"[..]),
            [ESC, rest @ ..] if rest.len() == 1 || rest.first() == Some(&ESC) => (true, rest),
            key => (false, key),
        };
        if alt && key.len() > 1 && !matches!(key, [ESC, b'[' | b'O', _, ..]) {
            // Alt with what would have begun a sequence: the second Esc says Alt once more.
            return self.message(Piece::Key(key));
        }
        let xterm = match key {
            [ESC, b'O', body @ ..] => single(body)?,
            [ESC, b'[', body @ ..] => control(body)?,
            b"\n" => b"\r".to_vec(),
            b"\x08" => b"\x7f".to_vec(),
            key => key.to_vec(),
        };
        match self.read(&xterm)? {
            Event::Key(key) => desk_key(key, alt).map(Msg::Key),
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => Some(Msg::Wheel(true)),
                MouseEventKind::ScrollDown => Some(Msg::Wheel(false)),
                _ => None,
            },
            _ => None,
        }
    }

    fn read(&mut self, xterm: &[u8]) -> Option<Event> {
        self.parser.parse(xterm, false);
        let event = self.parser.pop();
        if event.is_none() || self.parser.pop().is_some() {
            // Not what was meant: nothing of it may stay before the next key.
            self.parser = Parser::default();
            return None;
        }
        event
    }
}

/// `Esc O …`: arrows and keypad in application mode, and function keys: F1 to F4 of xterm, all
/// twelve of PuTTY as a VT100+. Older ones put the modifiers in between.
fn single(body: &[u8]) -> Option<Vec<u8>> {
    let (last, numbers) = body.split_last()?;
    let modifiers = numbers.rsplit(|byte| *byte == b';').next().and_then(number);
    let modifiers = modifiers.unwrap_or(1);
    Some(match last {
        b'A'..=b'D' | b'F' | b'H' => with_modifiers(modifiers, *last),
        // 7 of the keypad is `w`, as is End of PuTTY in one of its modes: a number that is
        // read out to somebody must not lose its sevens.
        b'j'..=b'y' => vec![KEYPAD[usize::from(last - b'j')]],
        b'M' => b"\r".to_vec(),
        b'I' => b"\t".to_vec(),
        b' ' => b" ".to_vec(),
        b'P'..=b'[' => function(last - b'P', modifiers)?,
        // rxvt: arrows with Ctrl.
        b'a'..=b'd' => with_modifiers(CTRL, last.to_ascii_uppercase()),
        _ => return None,
    })
}

/// `Esc [ …`: everything else.
fn control(body: &[u8]) -> Option<Vec<u8>> {
    Some(match body {
        [b'[', key @ b'A'..=b'E'] => function(key - b'A', 1)?,
        // Three ways to tell of the mouse. Only its button is of use.
        [b'<', mouse @ .., b'M'] => wheel(first_number(mouse)?),
        [b'M', button, _, _] => wheel(button.checked_sub(b' ')?),
        [mouse @ .., b'M'] if !mouse.is_empty() => wheel(first_number(mouse)?.checked_sub(b' ')?),
        [key @ (b'A'..=b'D' | b'F' | b'H' | b'Z')] => vec![ESC, b'[', *key],
        // A console of SCO or FreeBSD, and PuTTY in that mode. Two of its keys are not heard,
        // F3 (`O`) and PageUp (`I`): a window that loses or gains the focus says the same, and
        // nobody has pressed anything then.
        [key @ (b'M' | b'N' | b'P'..=b'X')] => function(key - b'M', 1)?,
        [b'G'] => special(6, 1),
        [b'L'] => special(2, 1),
        // rxvt: arrows with Shift, and what it puts for `~` with Shift and Ctrl.
        [key @ b'a'..=b'd'] => with_modifiers(SHIFT, key.to_ascii_uppercase()),
        [key @ .., b'$'] => special(number(key)?, SHIFT),
        [key @ .., b'^'] => special(number(key)?, CTRL),
        [key @ .., b'@'] => special(number(key)?, CTRL_SHIFT),
        // xterm where it says every key's modifiers.
        [b'2', b'7', b';', both @ .., b'~'] => {
            let mut both = both.split(|byte| *byte == b';');
            let (modifiers, letter) = (number(both.next()?)?, both.next()?);
            let letter: u32 = std::str::from_utf8(letter).ok()?.parse().ok()?;
            format!("\x1b[{letter};{modifiers}u").into_bytes()
        }
        [first @ b'0'..=b'9', rest @ .., b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S' | b'u' | b'~']
            if rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')) =>
        {
            let last = body.last()?;
            [&[ESC, b'[', *first], rest, &[*last]].concat()
        }
        _ => return None,
    })
}

fn first_number(list: &[u8]) -> Option<u8> {
    list.split(|byte| *byte == b';').next().and_then(number)
}

fn number(digits: &[u8]) -> Option<u8> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn function(from_f1: u8, modifiers: u8) -> Option<Vec<u8>> {
    FUNCTION.get(usize::from(from_f1)).map(|number| special(*number, modifiers))
}

fn special(number: u8, modifiers: u8) -> Vec<u8> {
    format!("\x1b[{number};{modifiers}~").into_bytes()
}

fn with_modifiers(modifiers: u8, last: u8) -> Vec<u8> {
    format!("\x1b[1;{modifiers}{}", char::from(last)).into_bytes()
}

fn wheel(button: u8) -> Vec<u8> {
    format!("\x1b[<{button};1;1M").into_bytes()
}

/// The key as the desk at this machine would get it. Nothing comes of a key let go, of keys
/// that are only modifiers, and of characters that do not belong into a text.
fn desk_key(pressed: Pressed, alt: bool) -> Option<KeyEvent> {
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    let code = match pressed.code {
        Code::Char(letter) => {
            check_clean(letter.encode_utf8(&mut [0; 4])).ok()?;
            KeyCode::Char(letter)
        }
        Code::Enter => KeyCode::Enter,
        Code::Backspace => KeyCode::Backspace,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Escape => KeyCode::Esc,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Insert => KeyCode::Insert,
        Code::Delete => KeyCode::Delete,
        Code::Function(number) => KeyCode::F(number),
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (theirs, ours) in [
        (Modifiers::SHIFT, KeyModifiers::SHIFT),
        (Modifiers::CONTROL, KeyModifiers::CONTROL),
        (Modifiers::ALT, KeyModifiers::ALT),
    ] {
        modifiers.set(ours, pressed.modifiers.contains(theirs));
    }
    modifiers |= if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
    if matches!(code, KeyCode::Char(letter) if !letter.is_ascii()) {
        modifiers -= KeyModifiers::ALT;
    }
    Some(KeyEvent::new(code, modifiers))
}

/// The text of a paste. What is no text is marked as the desk's fields mark it: dropped, it
/// would join what stood apart.
fn pasted(bytes: &[u8]) -> Option<String> {
    let letters = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    let text: String = letters
        .map(|letter| match letter {
            '\t' | '\r' | '\n' => letter,
            _ if check_clean(letter.encode_utf8(&mut [0; 4])).is_ok() => letter,
            _ => char::REPLACEMENT_CHARACTER,
        })
        .collect();
    (!text.is_empty()).then_some(text)
}
