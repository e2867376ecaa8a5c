//! What a name sounds like over a telephone, one byte for each mora.
//!
//! A code is `consonant * 5 + vowel`. Small kana are written large, lengthening vowels, `ー` and
//! `っ` are left out, ぢ/づ are じ/ず, ゔ is ぶ: all of these are lost on a bad line or typed by
//! taste. Two sounds of one key are compared by the costs of
//! `super::hearing`, which say how easily one is heard as the other.

use super::company;
use super::fold::{Folded, is_kana, is_kanji};
use super::loanwords;
use super::romaji;

/// Longest sound key kept; nothing said over a telephone is longer.
pub const SOUND_MAX: usize = 64;
/// Number of different codes.
pub const CODES: usize = 96;
/// ん.
pub const N: u8 = 75;
/// A kanji whose reading nobody gave: one to three morae, unknown which.
pub const UNREAD: u8 = 76;
/// Codes from here on are consonants whose vowel is missing.
const LONE: u8 = 80;

/// Cost of hearing any sound for any other; every cost is in these units.
pub const UNIT: u16 = 40;

/// Consonants by row; the rows of the syllabary with voiced ones after their plain ones.
const CONSONANTS: &[u8; 15] = b" kgsztdnhbpmyrw";

/// A sound key, and where its words begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sound {
    /// One code for each mora.
    pub codes: Vec<u8>,
    /// Bit `i` is set where a word begins at `codes[i]`.
    pub starts: u64,
    /// Bit `i` is set where a long vowel or `っ` after `codes[i]` was left out.
    pub long: u64,
    /// For each code the folded character it came from.
    pub origin: Vec<u32>,
}

/// How latin letters of a text are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Latin {
    /// As romaji: somebody is typing.
    Typed,
    /// As a sign: known words, acronyms by letter, else romaji.
    Sign,
}

impl Sound {
    /// The sound of what an operator typed.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self::typed_folded(&Folded::of(text))
    }

    /// The same, of a text folded already.
    #[must_use]
    pub fn typed_folded(folded: &Folded) -> Self {
        Self::read(folded, Latin::Typed)
    }

    /// The same, latin words read as on a sign.
    #[must_use]
    pub fn typed_as_sign(folded: &Folded) -> Self {
        Self::read(folded, Latin::Sign)
    }

    /// The sound of plain kana.
    #[must_use]
    pub fn of_kana(kana: &str) -> Self {
        let mut writer = Writer::new();
        writer.kana(kana, 0);
        writer.sound
    }

    /// The sound of a name or a reading as it stands in a record.
    #[must_use]
    pub fn of_name(folded: &Folded) -> Self {
        Self::read(folded, Latin::Sign)
    }

    fn read(folded: &Folded, latin: Latin) -> Self {
        let mut writer = Writer::new();
        let chars = &folded.chars;
        // A kana is a mora or less, a kanji counts as one: nearly always there is room enough.
        writer.sound.codes.reserve(chars.len());
        writer.sound.origin.reserve(chars.len());
        let mut at = 0;
        while at < chars.len() && writer.sound.codes.len() < SOUND_MAX {
            if folded.starts[at] {
                writer.word();
            }
            if chars[at].is_ascii_alphabetic() {
                let same = |i: usize| chars[i].is_ascii_alphabetic() && !folded.starts[i];
                let end = (at + 1..chars.len()).find(|&i| !same(i)).unwrap_or(chars.len());
                let word: String = chars[at..end].iter().collect();
                writer.word_if_known(latin);
                writer.kana(&read_latin(&word, latin), at);
                at = end;
            } else {
                writer.letter(chars[at], at);
                at += 1;
            }
        }
        let mut sound = writer.sound;
        sound.limit();
        sound
    }

    /// The same without the company form it begins or ends with, or none if it has none.
    #[must_use]
    pub fn without_company(&self) -> Option<Self> {
        let len = self.codes.len();
        for form in company::sounds().iter().filter(|form| form.len() < len) {
            let (from, to) = if self.codes.starts_with(form) {
                (0, form.len())
            } else if self.codes.ends_with(form) {
                (len - form.len(), len)
            } else {
                continue;
            };
            let mut short = self.clone();
            short.cut(from, to);
            short.limit();
            return Some(short);
        }
        None
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.codes.drain(from..to);
        self.origin.drain(from..to);
        let below = self.starts & bits_below(from);
        let above = self.starts.checked_shr(shift(to)).unwrap_or(0);
        self.starts = below | (above << from) | (1 << from);
        self.starts &= bits_below(self.codes.len());
        let above = self.long.checked_shr(shift(to)).unwrap_or(0);
        self.long = (self.long & bits_below(from)) | above.checked_shl(shift(from)).unwrap_or(0);
    }

    /// What follows the first `len` codes.
    #[must_use]
    pub fn after(&self, len: usize) -> Self {
        let mut rest = self.clone();
        rest.cut(0, len.min(self.codes.len()));
        rest.limit();
        rest
    }

    fn limit(&mut self) {
        self.codes.truncate(SOUND_MAX);
        self.origin.truncate(SOUND_MAX);
        self.starts &= bits_below(self.codes.len());
        self.long &= bits_below(self.codes.len());
        if !self.codes.is_empty() {
            self.starts |= 1;
        }
    }

    /// Whether it holds anything that can be heard.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.codes.iter().any(|&code| code != UNREAD)
    }
}

fn shift(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A mask of the bits below `at`.
#[must_use]
pub fn bits_below(at: usize) -> u64 {
    if at >= 64 { u64::MAX } else { (1 << at) - 1 }
}

fn read_latin(word: &str, latin: Latin) -> String {
    if latin == Latin::Typed {
        return romaji::to_kana(word);
    }
    if let Some(reading) = loanwords::reading(word) {
        return reading.to_owned();
    }
    let kana = romaji::to_kana(word);
    let unread = kana.chars().filter(char::is_ascii_alphabetic).count();
    if word.len() <= 3 && unread > 0 {
        return word.chars().map(loanwords::letter_name).collect();
    }
    kana
}

/// Builds a key, leaving out what only lengthens the vowel before.
struct Writer {
    sound: Sound,
    vowel: Option<u8>,
    word: bool,
}

impl Writer {
    fn new() -> Self {
        Self { sound: Sound::default(), vowel: None, word: true }
    }

    fn word(&mut self) {
        self.word = true;
    }

    /// A latin word on a sign is a word of its own.
    fn word_if_known(&mut self, latin: Latin) {
        self.word |= latin == Latin::Sign;
    }

    fn kana(&mut self, kana: &str, origin: usize) {
        for c in kana.chars() {
            self.letter(c, origin);
        }
    }

    fn letter(&mut self, c: char, origin: usize) {
        if c.is_ascii_digit() {
            for part in loanwords::letter_name(c).chars() {
                self.letter(part, origin);
            }
        } else if is_kanji(c) {
            self.push(UNREAD, None, origin);
        } else if is_kana(c) {
            self.one_kana(c, origin);
        } else if let Some(code) = lone_consonant(c) {
            self.push(code, None, origin);
        }
    }

    fn one_kana(&mut self, c: char, origin: usize) {
        match code_of(c) {
            Some(N) => self.push(N, None, origin),
            Some(code) => {
                let vowel = code % 5;
                if code >= 5 || !self.lengthens(vowel) {
                    self.push(code, Some(vowel), origin);
                } else {
                    self.lengthen();
                }
            }
            None => self.lengthen(),
        }
    }

    fn lengthen(&mut self) {
        let len = self.sound.codes.len();
        if (1..=SOUND_MAX).contains(&len) {
            self.sound.long |= 1 << (len - 1);
        }
    }

    fn lengthens(&self, vowel: u8) -> bool {
        match self.vowel {
            Some(before) => before == vowel || matches!((before, vowel), (4, 2) | (3, 1)),
            None => false,
        }
    }

    fn push(&mut self, code: u8, vowel: Option<u8>, origin: usize) {
        let at = self.sound.codes.len();
        if std::mem::take(&mut self.word) && at < SOUND_MAX {
            self.sound.starts |= 1 << at;
        }
        self.sound.codes.push(code);
        self.sound.origin.push(u32::try_from(origin).unwrap_or(u32::MAX));
        self.vowel = vowel;
    }
}

/// The code of one hiragana; none for っ, ー and what is no kana.
#[must_use]
pub fn code_of(kana: char) -> Option<u8> {
    /// What has no sound of its own.
    const MUTE: u8 = u8::MAX;
    /// Codes of `ぁ` to `ん` in the order of Unicode.
    #[rustfmt::skip]
    const TABLE: [u8; 83] = [
        // ぁあ to ぉお: small and large alternate.
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
        // かが to こご: plain and voiced alternate.
        5, 10, 6, 11, 7, 12, 8, 13, 9, 14,
        // さざ to そぞ.
        15, 20, 16, 21, 17, 22, 18, 23, 19, 24,
        // ただ to とど, mute っ after ぢ.
        25, 30, 26, 21, MUTE, 27, 22, 28, 33, 29, 34,
        // な to の.
        35, 36, 37, 38, 39,
        // はばぱ to ほぼぽ.
        40, 45, 50, 41, 46, 51, 42, 47, 52, 43, 48, 53, 44, 49, 54,
        // ま to も.
        55, 56, 57, 58, 59,
        // ゃや to ょよ.
        60, 60, 62, 62, 64, 64,
        // ら to ろ.
        65, 66, 67, 68, 69,
        // ゎわゐゑをん.
        70, 70, 1, 3, 4, 75,
    ];
    match kana {
        'ゔ' => Some(9 * 5 + 2),
        'ぁ'..='ん' => {
            let code = TABLE[kana as usize - 'ぁ' as usize];
            (code != MUTE).then_some(code)
        }
        _ => None,
    }
}

fn lone_consonant(c: char) -> Option<u8> {
    let at = CONSONANTS.iter().position(|&letter| char::from(letter) == c)?;
    let at = u8::try_from(at).ok()?;
    (at > 0).then_some(LONE + at)
}

/// Whether `code` is a consonant still waiting for its vowel.
#[must_use]
pub fn is_lone(code: u8) -> bool {
    code > LONE
}

/// The morae that a consonant without its vowel may become; none for any other code.
pub fn continuations(code: u8) -> impl Iterator<Item = u8> {
    let row = if is_lone(code) { (code - LONE) * 5 } else { 0 };
    (row..row + 5).filter(move |_| row > 0)
}

/// The code without its voice: か for が, は for ば and ぱ. Grams are made of these, so that a
/// voiced sound heard as unvoiced still finds its names.
#[must_use]
pub fn coarse(code: u8) -> u8 {
    let (consonant, vowel) = (code / 5, code % 5);
    let plain = match consonant {
        2 => 1,
        4 => 3,
        6 => 5,
        9 | 10 => 8,
        other if other < 15 => other,
        _ => return code,
    };
    plain * 5 + vowel
}

/// Letters of one code for comparison letter by letter: consonant (0 for none) and vowel.
#[must_use]
pub fn letters(code: u8) -> (u8, u8) {
    match code {
        N => (b'n', 0),
        UNREAD => (b'?', 0),
        0..=74 => {
            let consonant = CONSONANTS[usize::from(code / 5)];
            (if consonant == b' ' { 0 } else { consonant }, b"aiueo"[usize::from(code % 5)])
        }
        _ => (CONSONANTS.get(usize::from(code.saturating_sub(LONE))).copied().unwrap_or(b'?'), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_telephone_loses_is_left_out() {
        let key = |text: &str| Sound::typed(text).codes;
        assert_eq!(key("とうきょう"), key("ときよ"));
        assert_eq!(key("らーめん"), key("らめん"));
        assert_eq!(key("まっちゃ"), key("まちや"));
        assert_eq!(key("ぢづを"), key("じずお"));
        assert_eq!(key("けいたい"), key("けたい"));
        assert_ne!(key("さとう"), key("さたう"));
    }

    #[test]
    fn a_sign_is_read_as_a_sign_and_typing_as_romaji() {
        let sign = |text: &str| Sound::of_name(&Folded::of(text)).codes;
        assert_eq!(sign("Garden"), sign("がーでん"));
        assert_eq!(sign("JR 24"), sign("じぇいあーるによん"));
        assert_eq!(Sound::typed("moka").codes, sign("もか"));
    }

    #[test]
    fn every_voiced_sound_has_a_plain_one() {
        for (voiced, plain) in "がじずでぼぴか".chars().zip("かしすてほひか".chars())
        {
            assert_eq!(code_of(voiced).map(coarse), code_of(plain), "{voiced}");
        }
    }
}
