//! How the terminal desk looks and which keys do what: all of it may be left out.

use super::error::{ConfigError, What};
use super::file::{Desk, OneOrMany};
use super::page::Page;
use super::value::Entry;

/// The themes' names.
pub const THEMES: [&str; 4] = ["dark", "light", "high-contrast", "mono"];
/// The longest time without a key before the desk locks, minutes.
const MAX_LOCK_MINUTES: i64 = 60;

/// How the terminal desk looks and which keys do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskSettings {
    /// One of [`THEMES`].
    pub theme: &'static str,
    /// Whether the terminal draws ambiguous characters two columns wide.
    pub wide: bool,
    /// Whether the terminal reports the mouse from the start.
    pub mouse: bool,
    /// After so many minutes without a key personal data is blanked.
    pub lock_minutes: i64,
    /// Actions moved to other keys.
    pub keys: Vec<KeyChange>,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self { theme: THEMES[0], wide: false, mouse: false, lock_minutes: 5, keys: Vec::new() }
    }
}

/// An action moved to other keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// The action's name.
    pub action: String,
    /// The keys, none to take them all away.
    pub keys: Vec<String>,
    /// The file, for a message.
    file: String,
    /// The line it stands on.
    line: Option<usize>,
}

impl KeyChange {
    /// The refusal of this change.
    #[must_use]
    pub fn wrong(&self, ja: &str, en: &str) -> ConfigError {
        let key = format!("desk.keys.{}", self.action);
        ConfigError::new(&self.file, self.line, Some(key), What::new(ja, en))
    }
}

pub(super) fn desk(page: &Page<'_>, raw: &Desk) -> Result<DeskSettings, ConfigError> {
    let mut desk = DeskSettings::default();
    if let Some(leaf) = &raw.theme {
        desk.theme = one_of(&Entry::new(page, "desk.theme", leaf), &THEMES)?;
    }
    if let Some(leaf) = &raw.ambiguous_width {
        let entry = Entry::new(page, "desk.ambiguous_width", leaf);
        desk.wide = one_of(&entry, &["narrow", "wide"])? == "wide";
    }
    if let Some(leaf) = &raw.mouse {
        let entry = Entry::new(page, "desk.mouse", leaf);
        desk.mouse = one_of(&entry, &["off", "on"])? == "on";
    }
    if let Some(leaf) = &raw.lock_minutes {
        let entry = Entry::new(page, "desk.lock_minutes", leaf);
        desk.lock_minutes = entry.integer(1..=MAX_LOCK_MINUTES)?;
    }
    for (action, keys) in raw.keys.iter().flat_map(|keys| keys.iter()) {
        let name = format!("desk.keys.{action}");
        let texts = match keys.get_ref() {
            OneOrMany::One(key) => vec![key.clone()],
            OneOrMany::Many(many) => many
                .iter()
                .map(|leaf| Entry::new(page, &name, leaf).text().map(str::to_owned))
                .collect::<Result<_, _>>()?,
        };
        let place = page.wrong(&name, keys.span(), What::new("", ""));
        desk.keys.push(KeyChange {
            action: action.clone(),
            keys: texts,
            file: place.file,
            line: place.line,
        });
    }
    Ok(desk)
}

fn one_of(entry: &Entry<'_>, known: &[&'static str]) -> Result<&'static str, ConfigError> {
    let given = entry.text()?;
    known.iter().find(|known| **known == given).copied().ok_or_else(|| {
        let list = known.iter().map(|known| format!("\"{known}\"")).collect::<Vec<_>>();
        entry.wrong(
            format!("{} のどれかでなければなりません", list.join("、")),
            format!("this must be one of {}", list.join(", ")),
        )
    })
}
