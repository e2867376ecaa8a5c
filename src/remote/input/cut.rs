//! Cuts the bytes of a terminal into pieces that mean something by themselves: a character,
//! a control key, an escape sequence, a paste.
//!
//! Termina's parser takes bytes split anywhere as well. It is written for the terminal of the
//! person who runs the program, and here anybody may be at the other end:
//!
//! * What has no end yet (a paste, a device's answer) it keeps whole, however long.
//! * For what never ends it waits for ever, and no key is heard any more.
//! * An unknown sequence it gives up at the first odd byte; what is left of it is then typed.
//! * Two Escs at once are one to it, and a terminal that says Alt by a second Esc types its
//!   arrows as letters.
//!
//! So it is given one whole piece at a time, and what that needs is here: where a piece ends
//! (ECMA-48, section 5.4), and what to do when it does not.

use super::paste::Paste;

pub(super) const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// The longest sequence that any terminal sends for a key or the mouse has half of this.
const MAX_SEQUENCE: usize = 64;
/// How many times `settle` is called before the rest of a sequence is not waited for any more.
const SEQUENCE_WAITS: u32 = 10;
/// The same for the rest of a paste, two seconds: what comes after that is typed, line breaks
/// and all, so that a slow line must have its time.
const PASTE_WAITS: u32 = 50;

const PASTE_BEGINS: &[u8] = b"200~";

/// What a terminal sends as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A whole character, a control byte, an escape sequence, or any of them behind an Esc
    /// that means Alt.
    Key(&'a [u8]),
    /// A pasted text, cut at [`super::MAX_PASTE_BYTES`].
    Paste(&'a [u8]),
}

/// Where pieces go.
type Taker<'a> = dyn FnMut(Piece<'_>) + 'a;

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Nothing,
    /// A character of several bytes.
    Character,
    /// One Esc, or two.
    Escaped,
    /// `Esc [`: a control sequence.
    Control,
    /// `Esc [ [`: the first function keys of the Linux console.
    Console,
    /// `Esc [ M`: three bytes about the mouse, or F1 of a console of SCO.
    Mouse,
    /// `Esc O`: a key of the keypad, or an arrow.
    Single,
    /// `Esc ]`, `Esc P`, `Esc _`: a device answers something that nobody has asked.
    Answer,
    /// An Esc in such an answer: most likely its end.
    AnswerEscaped,
    Paste,
}

#[derive(Debug, Default)]
pub(super) struct Cutter {
    state: State,
    /// The piece so far.
    held: Vec<u8>,
    /// There was more of it than is held: it is dropped when it ends.
    over_long: bool,
    paste: Paste,
    after_cr: bool,
    /// How many times `settle` was called since the last byte.
    quiet: u32,
}

impl Cutter {
    pub(super) fn is_pending(&self) -> bool {
        !matches!(self.state, State::Nothing | State::Character)
    }

    /// Takes one byte.
    pub(super) fn push(&mut self, byte: u8, give: &mut Taker<'_>) {
        self.quiet = 0;
        match self.state {
            State::Nothing => self.begin(byte, give),
            State::Character => self.in_character(byte, give),
            State::Escaped => self.after_esc(byte, give),
            State::Control => self.in_control(byte, give),
            State::Console => match byte {
                b' '..=b'~' => {
                    self.hold(byte);
                    self.finish(give);
                }
                _ => self.begin_anew(byte, give),
            },
            State::Mouse => self.in_mouse(byte, give),
            State::Single => match byte {
                b'0'..=b'9' | b';' => self.hold(byte),
                b' ' | b'@'..=b'~' => {
                    self.hold(byte);
                    self.finish(give);
                }
                _ => self.begin_anew(byte, give),
            },
            State::Answer => match byte {
                BEL => self.forget(),
                ESC => {
                    self.forget();
                    self.held.push(ESC);
                    self.state = State::AnswerEscaped;
                }
                // No answer has a control byte in it, but somebody may press Enter.
                0..b' ' | 0x7f => self.begin_anew(byte, give),
                _ => self.over_long = true,
            },
            State::AnswerEscaped if byte == b'\\' => self.forget(),
            State::AnswerEscaped => {
                self.state = State::Escaped;
                self.after_esc(byte, give);
            }
            State::Paste => {
                if self.paste.push(byte) {
                    self.finish_paste(give);
                }
            }
        }
    }

    /// What is held has waited once more and nothing came.
    pub(super) fn settle(&mut self, give: &mut Taker<'_>) {
        self.quiet = self.quiet.saturating_add(1);
        let bare = self.is_bare();
        let waits = match self.state {
            State::Escaped | State::AnswerEscaped | State::Mouse => 1,
            State::Answer if bare => 1,
            State::Paste => PASTE_WAITS,
            _ => SEQUENCE_WAITS,
        };
        if !self.is_pending() || self.quiet < waits {
            return;
        }
        match self.state {
            State::Escaped | State::AnswerEscaped => {
                self.held.iter().for_each(|_| give(Piece::Key(&[ESC])));
                self.forget();
            }
            State::Mouse => self.was_no_mouse(give),
            State::Paste => self.finish_paste(give),
            // Alt and the letter that would have begun it.
            _ if bare => self.finish(give),
            _ => self.forget(),
        }
    }

    fn begin(&mut self, byte: u8, give: &mut Taker<'_>) {
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        match byte {
            ESC => self.wait_in(State::Escaped, byte),
            // A terminal in new-line mode sends both for one Enter.
            b'\n' if after_cr => {}
            0..=0x7f => give(Piece::Key(&[byte])),
            0xc2..=0xf4 => self.wait_in(State::Character, byte),
            _ => {}
        }
    }

    /// What is held comes to nothing; `byte` is none of it.
    fn begin_anew(&mut self, byte: u8, give: &mut Taker<'_>) {
        self.forget();
        self.begin(byte, give);
    }

    fn in_character(&mut self, byte: u8, give: &mut Taker<'_>) {
        if !matches!(byte, 0x80..=0xbf) {
            self.begin_anew(byte, give);
            return;
        }
        self.hold(byte);
        let wanted = match self.held.first() {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            _ => 2,
        };
        if self.held.len() == wanted {
            self.over_long = std::str::from_utf8(&self.held).is_err();
            self.finish(give);
        }
    }

    fn after_esc(&mut self, byte: u8, give: &mut Taker<'_>) {
        let twice = self.held.len() > 1;
        match byte {
            ESC if twice => give(Piece::Key(&[ESC])),
            ESC => self.hold(byte),
            b'[' => self.wait_in(State::Control, byte),
            b'O' => self.wait_in(State::Single, byte),
            b']' | b'P' | b'_' => self.wait_in(State::Answer, byte),
            _ => {
                if twice {
                    give(Piece::Key(&[ESC]));
                }
                self.forget();
                if byte.is_ascii() {
                    give(Piece::Key(&[ESC, byte]));
                } else {
                    // An input method that commits right after Esc: no letter has an Alt.
                    self.begin(byte, give);
                }
            }
        }
    }

    fn in_control(&mut self, byte: u8, give: &mut Taker<'_>) {
        let body = self.body();
        match byte {
            b'[' if body.is_empty() => self.wait_in(State::Console, byte),
            b'M' if body.is_empty() => self.wait_in(State::Mouse, byte),
            // To rxvt this is the end: a key with Shift.
            b'$' if !body.is_empty() && body.iter().all(u8::is_ascii_digit) => {
                self.hold(byte);
                self.finish(give);
            }
            b' '..=b'?' => self.hold(byte),
            b'@'..=b'~' => {
                self.hold(byte);
                if self.body() == PASTE_BEGINS {
                    self.forget();
                    self.state = State::Paste;
                } else {
                    self.finish(give);
                }
            }
            _ => self.begin_anew(byte, give),
        }
    }

    fn in_mouse(&mut self, byte: u8, give: &mut Taker<'_>) {
        if byte < b' ' {
            self.was_no_mouse(give);
            self.push(byte, give);
            return;
        }
        self.hold(byte);
        if self.body().len() == 4 {
            self.finish(give);
        }
    }

    /// The function key, and what was typed after it.
    fn was_no_mouse(&mut self, give: &mut Taker<'_>) {
        let typed = self.body().get(1..).unwrap_or_default().to_vec();
        self.held.truncate(self.held.len() - typed.len());
        self.finish(give);
        for byte in typed {
            self.push(byte, give);
        }
    }

    fn finish_paste(&mut self, give: &mut Taker<'_>) {
        let pasted = self.paste.take();
        self.forget();
        give(Piece::Paste(&pasted));
    }

    fn wait_in(&mut self, state: State, byte: u8) {
        self.state = state;
        self.hold(byte);
    }

    fn hold(&mut self, byte: u8) {
        if self.held.len() < MAX_SEQUENCE {
            self.held.push(byte);
        } else {
            self.over_long = true;
        }
    }

    /// What comes after the Escs and the byte that says what it is.
    fn body(&self) -> &[u8] {
        let escs = self.held.iter().take_while(|byte| **byte == ESC).count();
        self.held.get(escs + 1..).unwrap_or_default()
    }

    /// Whether nothing has come yet but what begins a sequence.
    fn is_bare(&self) -> bool {
        self.body().is_empty() && !self.over_long
    }

    fn finish(&mut self, give: &mut Taker<'_>) {
        if !self.over_long {
            give(Piece::Key(&self.held));
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.state = State::Nothing;
        self.held.clear();
        self.over_long = false;
    }

    /// How much memory it holds.
    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.held.capacity() + self.paste.kept_bytes()
    }
}
