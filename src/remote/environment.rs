//! What a client says of its person's terminal, as a desk goes by it.

use super::Opening;
use crate::desk::state::Look;
use crate::desk::theme::Theme;
use crate::texts::Lang;

/// The longest value that is kept, in bytes.
const MAX_VALUE_BYTES: usize = 64;

/// What a client says of its person's terminal.
#[derive(Default)]
pub(super) struct Environment {
    lc_all: Option<String>,
    lc_messages: Option<String>,
    lang: Option<String>,
    no_color: bool,
}

impl Environment {
    /// Keeps what a desk goes by; says whether it was that.
    pub(super) fn keep(&mut self, name: &str, value: &str) -> bool {
        let kept = || (value.len() <= MAX_VALUE_BYTES).then(|| value.to_owned());
        match name {
            "LC_ALL" => self.lc_all = kept(),
            "LC_MESSAGES" => self.lc_messages = kept(),
            "LANG" => self.lang = kept(),
            // It asks for no colour whatever it is set to, unless to nothing.
            "NO_COLOR" => self.no_color = !value.is_empty(),
            _ => return false,
        }
        true
    }

    /// The language that is asked for, in the order of the C library.
    fn asked(&self) -> Option<Lang> {
        let set = [&self.lc_all, &self.lc_messages, &self.lang];
        let set = set.into_iter().flatten().find(|value| !value.is_empty());
        set.map(|value| Lang::from_env_value(value))
    }

    /// The language of a session.
    pub(super) fn lang(&self, opening: &Opening) -> Lang {
        opening.lang.or_else(|| self.asked()).unwrap_or(opening.look.lang)
    }

    /// How a session looks.
    pub(super) fn look(&self, opening: &Opening) -> Look {
        let theme = if self.no_color { Theme::Mono } else { opening.look.theme };
        Look { lang: self.lang(opening), theme, ..opening.look }
    }
}
