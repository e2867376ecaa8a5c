//! What the bytes mean that come from a terminal at the other end of a line.
//!
//! They arrive split anywhere, from whatever terminal the client runs in, and from whoever
//! has a password: what is kept of them is bounded, and nothing that comes can make the keys
//! after it unheard. What a key is called is read by termina's parser; `cut` gives it whole
//! pieces only, `keys` those it reads rightly.

use std::time::Duration;

use crate::desk::msg::Msg;

mod cut;
mod keys;
mod paste;

use cut::Cutter;
use keys::Keys;

/// How long a lone Esc waits for what would make it the beginning of something else.
pub const ESC_WAIT: Duration = Duration::from_millis(40);

/// How much of a pasted text is kept; the rest is swallowed up to its end. Four times over
/// what the longest field of the desk takes.
pub const MAX_PASTE_BYTES: usize = 8192;

/// Makes messages of bytes.
#[derive(Debug, Default)]
pub struct Input {
    cutter: Cutter,
    keys: Keys,
}

impl Input {
    /// One to which nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they arrive, split anywhere, and appends what they mean to `out`. It
    /// keeps a few kilobytes at most, whatever comes.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Msg>) {
        let Self { cutter, keys } = self;
        for byte in bytes {
            cutter.push(*byte, &mut |piece| out.extend(keys.message(piece)));
        }
    }

    /// Whether something waits that may be complete already, such as a lone Esc. Then
    /// [`Self::settle`] is to be called when [`ESC_WAIT`] has passed without more bytes, and
    /// again each time it has, for as long as this says yes.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.cutter.is_pending()
    }

    /// Says that [`ESC_WAIT`] has passed without more bytes. A lone Esc is a key then; what
    /// else has no end is given up after several of these, since a slow line can hold back
    /// the second half of something by more than one.
    pub fn settle(&mut self, out: &mut Vec<Msg>) {
        let Self { cutter, keys } = self;
        cutter.settle(&mut |piece| out.extend(keys.message(piece)));
    }
}

#[cfg(test)]
mod tests;
