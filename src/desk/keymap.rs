//! Which key does what: the defaults of [`Action::TABLE`] with what the settings change.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Place};

/// A key with its modifiers, as somebody presses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Key {
    /// The key of an event of the terminal. Some terminals send Shift-Tab as Tab with
    /// Shift, some as a key of its own; letters with Ctrl may come in either case.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let shift = event.modifiers & KeyModifiers::SHIFT;
        match event.code {
            KeyCode::Tab if !shift.is_empty() => Self { code: KeyCode::BackTab, modifiers },
            KeyCode::Char(letter) if !modifiers.is_empty() => {
                Self { code: KeyCode::Char(letter.to_ascii_lowercase()), modifiers }
            }
            code => Self { code, modifiers },
        }
    }
}

const NAMED: [(&str, KeyCode); 13] = [
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Insert", KeyCode::Insert),
];

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no key: F1 to F12, Ctrl-A, Alt-A, Tab, Shift-Tab, Enter, Esc, Up, PageDown …")]
pub struct KeyError(String);

impl FromStr for Key {
    type Err = KeyError;

    /// Reads `F5`, `Ctrl-P`, `Alt-X`, `Shift-Tab`, `Enter` …; a bare letter is no command,
    /// since an input method may be on.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError(text.chars().take(40).collect());
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Self { code: *code, modifiers: KeyModifiers::NONE });
        }
        if let Some(number) = text.strip_prefix(['F', 'f']) {
            let number: u8 = number.parse().map_err(|_| wrong())?;
            return (1..=12)
                .contains(&number)
                .then_some(Self { code: KeyCode::F(number), modifiers: KeyModifiers::NONE })
                .ok_or_else(wrong);
        }
        let (modifier, letter) = text.split_once('-').ok_or_else(wrong)?;
        let modifiers = match modifier.to_ascii_lowercase().as_str() {
            "ctrl" => KeyModifiers::CONTROL,
            "alt" => KeyModifiers::ALT,
            _ => return Err(wrong()),
        };
        let mut letters = letter.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii_alphanumeric() => {
                // A terminal sends the same byte for these as for Tab, Enter, Backspace and Esc.
                let taken = modifiers == KeyModifiers::CONTROL
                    && matches!(letter.to_ascii_lowercase(), 'i' | 'm' | 'h' | 'j' | 'c');
                if taken {
                    return Err(wrong());
                }
                Ok(Self { code: KeyCode::Char(letter.to_ascii_lowercase()), modifiers })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Char(letter) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "^{}", letter.to_ascii_uppercase())
            }
            KeyCode::Char(letter) => write!(f, "{}", letter.to_ascii_uppercase()),
            code => {
                let name = NAMED.iter().find(|(_, named)| *named == code);
                f.write_str(name.map_or("?", |(name, _)| name))
            }
        }
    }
}

/// A change of the settings that cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No action has this name.
    #[error("there is no action “{0}”")]
    NoSuchAction(String),
    /// It names no key.
    #[error(transparent)]
    NoSuchKey(#[from] KeyError),
    /// Without a key for it nobody could sign in, or leave a question.
    #[error("“{0}” needs a key")]
    NoKeyLeft(&'static str),
    /// Two actions want the same key at the same place.
    #[error("{key} would do both “{one}” and “{other}”")]
    Clash {
        /// The key.
        key: String,
        /// One action's name.
        one: &'static str,
        /// The other's.
        other: &'static str,
    },
}

impl KeymapError {
    /// The same in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        match self {
            Self::NoSuchAction(id) => format!("「{id}」という操作はありません"),
            Self::NoSuchKey(KeyError(key)) => format!(
                "「{key}」はキーの名前ではありません（F1～F12、Ctrl-A、Alt-A、Tab、Enter など）"
            ),
            Self::NoKeyLeft(id) => format!("「{id}」のキーはなくせません"),
            Self::Clash { key, one, other } => {
                format!("{key} が「{one}」と「{other}」の両方に使われています")
            }
        }
    }
}

/// Which key does what, where.
#[derive(Clone, Debug)]
pub struct Keymap {
    by_key: HashMap<(Place, Key), Action>,
    by_action: HashMap<Action, Vec<Key>>,
}

impl Keymap {
    /// The defaults, with the actions named in `changes` moved to other keys.
    ///
    /// # Errors
    /// [`KeymapError`] for a name or a key that does not exist, and for a clash.
    pub fn new<'a>(
        changes: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, KeymapError> {
        let mut by_action: HashMap<Action, Vec<Key>> = HashMap::new();
        for entry in Action::TABLE {
            let keys: Result<_, _> = entry.keys.iter().map(|key| key.parse()).collect();
            by_action.insert(entry.action, keys?);
        }
        for (id, keys) in changes {
            let action =
                Action::of_id(id).ok_or_else(|| KeymapError::NoSuchAction(id.to_owned()))?;
            let keys: Result<Vec<Key>, _> = keys.iter().map(|key| key.parse()).collect();
            let keys = keys?;
            if keys.is_empty() && matches!(action, Action::Accept | Action::Back) {
                return Err(KeymapError::NoKeyLeft(action.entry().id));
            }
            by_action.insert(action, keys);
        }
        let mut by_key: HashMap<(Place, Key), Action> = HashMap::new();
        for entry in Action::TABLE {
            for key in by_action.get(&entry.action).into_iter().flatten() {
                for place in entry.places {
                    if let Some(other) = by_key.insert((*place, *key), entry.action) {
                        return Err(KeymapError::Clash {
                            key: key.to_string(),
                            one: other.entry().id,
                            other: entry.id,
                        });
                    }
                }
            }
        }
        Ok(Self { by_key, by_action })
    }

    /// What the key does at `place`.
    #[must_use]
    pub fn action(&self, place: Place, key: Key) -> Option<Action> {
        self.by_key.get(&(place, key)).copied()
    }

    /// The keys of an action, as people write them; empty where it has none.
    #[must_use]
    pub fn keys(&self, action: Action) -> String {
        let keys = self.by_action.get(&action).into_iter().flatten();
        keys.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The first key of an action.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<String> {
        self.by_action.get(&action)?.first().map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_do_not_clash() {
        Keymap::new([]).expect("no clash");
    }

    #[test]
    fn keys_read_as_they_are_written() {
        for key in ["F5", "Ctrl-P", "Alt-X", "Shift-Tab", "Enter", "PageDown"] {
            let read: Key = key.parse().expect("a key");
            let shown = read.to_string().replace('^', "Ctrl-");
            assert_eq!(shown.parse::<Key>().expect("a key"), read);
        }
        for wrong in ["", "a", "F0", "F13", "Ctrl-", "Ctrl-ab", "Ctrl-M", "Hyper-A", "Ctrl-あ"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_clash_is_refused_by_name_and_elsewhere_the_same_key_is_free() {
        let to = |key: &str| vec![key.to_owned()];
        let clash = Keymap::new([("note", to("F5").as_slice())]).expect_err("a clash");
        assert!(clash.to_string().contains("F5"), "{clash}");
        assert!(Keymap::new([("note", to("F3").as_slice())]).is_err());
        let moved = Keymap::new([("new-call", to("Alt-N").as_slice())]).expect("free");
        assert_eq!(
            moved.action(Place::Call, "Alt-N".parse().expect("a key")),
            Some(Action::NewCall)
        );
        assert_eq!(moved.action(Place::Call, "F2".parse().expect("a key")), None);
        assert!(Keymap::new([("nothing", to("F5").as_slice())]).is_err());
    }

    #[test]
    fn a_letter_with_shift_and_ctrl_is_the_same_key() {
        let key = |code, modifiers| Key::of(&KeyEvent::new(code, modifiers));
        let wanted: Key = "Ctrl-P".parse().expect("a key");
        assert_eq!(key(KeyCode::Char('P'), KeyModifiers::CONTROL | KeyModifiers::SHIFT), wanted);
        assert_eq!(key(KeyCode::Tab, KeyModifiers::SHIFT), "Shift-Tab".parse().expect("a key"));
    }
}
