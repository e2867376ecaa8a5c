//! The 47 prefectures, and the many ways of writing one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

use super::text::{fold, for_terminal_bounded};

mod table;
use table::TABLE;

/// One prefecture, known by its JIS X 0401 code (1 = 北海道 … 47 = 沖縄県). Ordered by that code,
/// which runs from north to south and is the order every Japanese list has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefecture(u8);

/// What was written is no prefecture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{value}” is not a prefecture")]
pub struct UnknownPrefecture {
    /// What was written, safe to print, at most 40 characters.
    pub value: String,
}

impl UnknownPrefecture {
    /// The refusal as an operator reads it in Japanese.
    #[must_use]
    pub fn message_ja(&self) -> String {
        format!("「{}」という都道府県はありません", self.value)
    }
}

impl Prefecture {
    /// The prefecture of a JIS X 0401 code; `None` outside 1..=47.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        (1..=47).contains(&code).then_some(Self(code))
    }

    /// The JIS X 0401 code, 1..=47.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// The full name: `奈良県`. The form that is stored and exported.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The reading of the full name in hiragana: `ならけん`.
    #[must_use]
    pub fn kana(self) -> &'static str {
        self.row().kana
    }

    /// The usual English spelling, without marks on long vowels: `Nara`, `Kyoto`.
    #[must_use]
    pub fn romaji(self) -> &'static str {
        self.row().romaji
    }

    /// All 47, in the order of their codes.
    #[must_use]
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        ALL.iter().copied()
    }

    fn row(self) -> &'static table::Row {
        &TABLE[usize::from(self.0) - 1]
    }
}

const ALL: [Prefecture; 47] = {
    let mut all = [Prefecture(1); 47];
    let mut code = 1;
    while code <= 47 {
        all[code as usize - 1] = Prefecture(code);
        code += 1;
    }
    all
};

impl fmt::Display for Prefecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads any usual spelling: the name with or without 県, 府, 都 (北海道 only whole), the reading
/// in hiragana or katakana of either width, romaji in Hepburn, Kunrei or as typed, with endings
/// such as `-ken` and `Prefecture`, or the JIS code in one or two digits. An ending must be the
/// prefecture's own: 奈良府 is refused, not guessed.
impl FromStr for Prefecture {
    type Err = UnknownPrefecture;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        // Record files have millions of full names and hardly anything else.
        if let Some(found) = Self::all().find(|p| p.name() == s) {
            return Ok(found);
        }
        let folded = fold(s);
        let found = match folded.as_bytes() {
            [] => None,
            [.., b'0'..=b'9'] => read_code(folded.as_bytes()),
            // No spelling is longer; a wrong column should not cost more than a right one.
            bytes if bytes.len() > 80 => None,
            _ => read_spelling(&folded),
        };
        found.ok_or_else(|| UnknownPrefecture { value: for_terminal_bounded(s, 40) })
    }
}

fn read_code(digits: &[u8]) -> Option<Prefecture> {
    let code = match digits {
        [one @ b'0'..=b'9'] => one - b'0',
        [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => (ten - b'0') * 10 + (one - b'0'),
        _ => return None,
    };
    Prefecture::from_code(code)
}

fn read_spelling(folded: &str) -> Option<Prefecture> {
    let joined: String = folded
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '\'' | '\u{2019}' | '\u{2010}'))
        .collect();
    let first = joined.chars().next()?;
    if matches!(first, '\u{3041}'..='\u{30FF}') {
        return read_kana(&joined);
    }
    // Taken apart, Ō is O and a macron.
    if std::iter::once(first).nfd().next().is_some_and(|c| c.is_ascii_alphabetic()) {
        return read_romaji(&joined);
    }
    Prefecture::all().find(|p| {
        let name = p.name();
        name == joined || short_name(name) == joined
    })
}

/// 道 is part of the name of 北海道, the other endings are not.
fn short_name(name: &str) -> &str {
    name.strip_suffix(['県', '府', '都']).unwrap_or(name)
}

/// The reading without that of 県, 府 or 都.
fn short_kana(row: &table::Row) -> &'static str {
    let ending = match row.name.chars().next_back() {
        Some('県') => "けん",
        Some('府') => "ふ",
        Some('都') => "と",
        _ => "",
    };
    row.kana.strip_suffix(ending).unwrap_or(row.kana)
}

fn read_kana(joined: &str) -> Option<Prefecture> {
    // 茨城 is いばらき, and half the country says いばらぎ.
    let plain = plain_kana(joined).replace("いばらぎ", "いばらき");
    // A ー stands for う in トーキョー and for お in オーサカ.
    let spellings = [plain.replace('ー', "う"), plain.replace('ー', "お")];
    Prefecture::all().find(|p| {
        let long = plain_kana(p.kana());
        let short = plain_kana(short_kana(p.row()));
        spellings.iter().any(|s| *s == long || *s == short)
    })
}

/// Hiragana with full-sized や, ゆ, よ and つ: banks and old systems write キヨウト.
fn plain_kana(kana: &str) -> String {
    kana.chars()
        .map(|c| match c {
            'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
            c => c,
        })
        .map(|c| match c {
            'ゃ' => 'や',
            'ゅ' => 'ゆ',
            'ょ' => 'よ',
            'っ' => 'つ',
            c => c,
        })
        .collect()
}

fn read_romaji(joined: &str) -> Option<Prefecture> {
    let lower: String = joined
        .nfd()
        // The macron and circumflex of ō and ô.
        .filter(|c| !matches!(c, '\u{304}' | '\u{302}'))
        .flat_map(char::to_lowercase)
        .collect();
    let written = ["prefecture", "pref", "metropolis"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .unwrap_or(&lower);
    let key = romaji_key(written).replace("ibaragi", "ibaraki");
    Prefecture::all().find(|p| {
        let row = p.row();
        key == row.key || key.strip_prefix(row.key) == Some(ending_key(row.name))
    })
}

/// The prefecture's own ending as [`romaji_key`] writes it; 北海道 has none to take off.
fn ending_key(name: &str) -> &'static str {
    match name.chars().next_back() {
        Some('県') => "ken",
        Some('府') => "hu",
        Some('都') => "to",
        _ => "",
    }
}

/// One key for all romanisations: Kunrei syllables, long vowels short, n before b, m and p.
fn romaji_key(lower: &str) -> String {
    let mut key = lower.to_owned();
    for (from, to) in [
        ("shi", "si"),
        ("chi", "ti"),
        ("tsu", "tu"),
        ("fu", "hu"),
        ("ji", "zi"),
        ("mm", "nm"),
        ("ou", "o"),
        ("oo", "o"),
        ("uu", "u"),
    ] {
        if key.contains(from) {
            key = key.replace(from, to);
        }
    }
    key
}

impl Serialize for Prefecture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Prefecture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        written.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
