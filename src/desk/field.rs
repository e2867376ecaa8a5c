//! A line that somebody types into.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::domain::text::for_terminal;

/// The longest text that is taken, in characters; the rest of a paste is dropped.
pub const MAX_CHARS: usize = 500;

/// One line of text with its cursor. What is typed is kept in NFKC: half-width kana and
/// full-width digits draw and measure differently from what they mean.
#[derive(Clone, Debug, Default)]
pub struct Field {
    input: Input,
    /// Hidden on the screen: a password.
    secret: bool,
}

impl Field {
    /// A field whose text is not shown.
    #[must_use]
    pub fn secret() -> Self {
        Self { secret: true, ..Self::default() }
    }

    /// A field with a text in it, the cursor at its end.
    #[must_use]
    pub fn with(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether nothing but blanks was typed.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// What the screen shows, and the cursor's column in it, where `width` columns are free.
    #[must_use]
    pub fn shown(&self, width: usize) -> (String, usize) {
        if self.secret {
            let count = self.text().chars().count();
            let dots = count.min(width.saturating_sub(1));
            return ("*".repeat(dots), dots);
        }
        let scroll = self.input.visual_scroll(width.max(1).saturating_sub(1));
        let mut skipped = 0;
        let mut shown = String::new();
        for letter in self.text().chars() {
            let wide = unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0);
            if skipped < scroll {
                skipped += wide;
                continue;
            }
            shown.push(letter);
        }
        (shown, self.input.visual_cursor().saturating_sub(skipped))
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Takes a pasted text: one line of it, without what does not belong on a screen.
    pub fn paste(&mut self, text: &str) {
        let line = text.trim_start_matches(['\r', '\n']);
        let line = line.split(['\r', '\n']).next().unwrap_or_default();
        let room = MAX_CHARS.saturating_sub(self.text().chars().count());
        let line: String = line.chars().take(room.saturating_mul(4)).collect();
        for letter in for_terminal(&line).chars().take(room) {
            self.input.handle(InputRequest::InsertChar(letter));
        }
        self.normalise();
    }

    /// Whether the key was meant for the text, and whether it changed it.
    pub fn key(&mut self, key: &KeyEvent) -> Option<bool> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let request = match key.code {
            // An input method that commits right after Esc makes the terminal say Alt.
            KeyCode::Char(letter) if !ctrl && (!alt || !letter.is_ascii()) => {
                if letter.is_control() || self.text().chars().count() >= MAX_CHARS {
                    return Some(false);
                }
                InputRequest::InsertChar(letter)
            }
            KeyCode::Char('u') if ctrl => InputRequest::DeleteLine,
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return None,
        };
        let changed = self.input.handle(request).is_some_and(|changed| changed.value);
        if changed {
            self.normalise();
        }
        Some(changed)
    }

    /// NFKC, where it differs, and nothing that is not as wide as it is drawn; the cursor
    /// stays behind the same letters.
    fn normalise(&mut self) {
        let before: String = self.text().chars().take(self.input.cursor()).collect();
        let whole: String = self.text().nfkc().collect();
        let whole = if self.secret { whole } else { drawable(whole) };
        if whole == self.text() {
            return;
        }
        let cursor = before.nfkc().count().min(whole.chars().count());
        self.input = Input::new(whole).with_cursor(cursor);
    }
}

/// Letters of some scripts join into one that is narrower than the two by themselves, and the
/// terminal's cells are counted by letter: what stands behind them would be drawn over.
fn drawable(text: String) -> String {
    let joins = |text: &str| {
        text.width() != text.graphemes(true).map(|letter| letter.width()).sum::<usize>()
    };
    if text.is_ascii() || !joins(&text) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for letter in text.graphemes(true) {
        let before = kept.len();
        kept.push_str(letter);
        if joins(&kept) {
            kept.truncate(before);
            kept.extend(letter.chars().map(|_| '\u{FFFD}'));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Field {
        let mut field = Field::default();
        for letter in text.chars() {
            field.key(&KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
        }
        field
    }

    #[test]
    fn half_width_kana_become_what_they_mean() {
        // Typed one by one, the voicing mark joins the letter before it.
        assert_eq!(typed("ｶﾞｷﾞ").text(), "ガギ");
        assert_eq!(typed("１２３４").text(), "1234");
        assert_eq!(Field::with("ﾅﾗﾏﾁ ﾊﾟﾝ").text(), "ナラマチ パン");
    }

    #[test]
    fn a_paste_is_one_line_and_bounded() {
        assert_eq!(Field::with("1234\r\n5678").text(), "1234");
        assert!(!Field::with("a\u{1b}[31mb").text().contains('\u{1b}'));
        assert_eq!(Field::with(&"あ".repeat(100_000)).text().chars().count(), MAX_CHARS);
    }

    #[test]
    fn the_cursor_stays_in_the_window() {
        let field = typed(&"奈".repeat(60));
        let (shown, cursor) = field.shown(20);
        assert!(cursor < 20, "{cursor}");
        assert!(unicode_width::UnicodeWidthStr::width(shown.as_str()) <= 20);
        let secret = {
            let mut field = Field::secret();
            field.paste("opensesame");
            field
        };
        assert_eq!(secret.shown(20).0, "**********");
    }

    #[test]
    fn a_letter_after_esc_is_a_letter() {
        let mut field = Field::default();
        let taken = field.key(&KeyEvent::new(KeyCode::Char('奈'), KeyModifiers::ALT));
        assert_eq!((taken, field.text()), (Some(true), "奈"));
        assert_eq!(field.key(&KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL)), None);
    }
}
