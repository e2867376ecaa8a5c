//! A pasted text between its two marks, of which the beginning is kept.

use super::MAX_PASTE_BYTES;
use super::cut::ESC;

const ENDS: &[u8] = b"\x1b[201~";

#[derive(Debug, Default)]
pub(super) struct Paste {
    kept: Vec<u8>,
    /// How much of the mark at its end has been seen.
    end_seen: usize,
}

impl Paste {
    /// Takes one byte; says whether it was the last.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        if ENDS.get(self.end_seen) == Some(&byte) {
            self.end_seen += 1;
            return self.end_seen == ENDS.len();
        }
        // The mark begins with Esc and has no other: it can only begin anew here.
        let seen = ENDS.get(..self.end_seen).unwrap_or_default();
        let belongs = seen.iter().copied().chain((byte != ESC).then_some(byte));
        let room = MAX_PASTE_BYTES.saturating_sub(self.kept.len());
        self.kept.extend(belongs.take(room));
        self.end_seen = usize::from(byte == ESC);
        false
    }

    /// What was kept, and its memory with it.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self).kept
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.capacity()
    }
}
