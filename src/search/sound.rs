//! What a name sounds like over a telephone, one byte for each mora.
//!
//! A code is `consonant * 5 + vowel`. Small kana are written large, lengthening vowels, `ー` and
//! `っ` are left out, ぢ/づ are じ/ず, ゔ is ぶ: all of these are lost on a bad line or typed by
//! taste. Two sounds of one key are compared by [`substitution`], whose costs say how easily one
//! is heard as the other.

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

    /// The sound of a name or a reading as it stands in a record.
    #[must_use]
    pub fn of_name(folded: &Folded) -> Self {
        Self::read(folded, Latin::Sign)
    }

    fn read(folded: &Folded, latin: Latin) -> Self {
        let mut writer = Writer::new();
        let chars = &folded.chars;
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
        for form in company_sounds() {
            if self.codes.len() <= form.len() {
                continue;
            }
            let rest = self.codes.len() - form.len();
            let mut short = self.clone();
            if self.codes.starts_with(form) {
                short.cut(0, form.len());
            } else if self.codes.ends_with(form) {
                short.cut(rest, self.codes.len());
            } else {
                continue;
            }
            short.limit();
            return Some(short);
        }
        None
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.codes.drain(from..to);
        self.origin.drain(from..to);
        let below = self.starts & bits_below(from);
        let above = self.starts.checked_shr(u32::try_from(to).unwrap_or(u32::MAX)).unwrap_or(0);
        self.starts = below | (above << from) | (1 << from);
        self.starts &= bits_below(self.codes.len());
    }

    fn limit(&mut self) {
        self.codes.truncate(SOUND_MAX);
        self.origin.truncate(SOUND_MAX);
        self.starts &= bits_below(self.codes.len());
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
                }
            }
            None => {}
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
    /// Codes of `ぁ` to `ん`, one pass over the syllabary instead of a search for each letter.
    const TABLE: [u8; 84] = code_table();
    match kana {
        'ゔ' => Some(9 * 5 + 2),
        'ぁ'..='ん' => {
            let code = TABLE[kana as usize - 'ぁ' as usize];
            (code != u8::MAX).then_some(code)
        }
        _ => None,
    }
}

/// Codes of hiragana in the order of Unicode; `MAX` for っ, which is not heard.
const fn code_table() -> [u8; 84] {
    let mut table = [u8::MAX; 84];
    // ぁあ … ぉお: small and large alternate.
    let mut i = 0;
    while i < 10 {
        table[i] = (i / 2) as u8;
        i += 1;
    }
    // かが … ぢ: plain and voiced alternate, k/g then s/z.
    let mut row = 0;
    while row < 2 {
        let mut v = 0;
        while v < 5 {
            table[10 + row * 10 + v * 2] = ((1 + row * 2) * 5 + v) as u8;
            table[11 + row * 10 + v * 2] = ((2 + row * 2) * 5 + v) as u8;
            v += 1;
        }
        row += 1;
    }
    // ただちぢっつづてでとど: ぢ and づ sound as じ and ず.
    let t: [u8; 11] = [25, 30, 26, 21, u8::MAX, 27, 22, 28, 33, 29, 34];
    i = 0;
    while i < 11 {
        table[30 + i] = t[i];
        i += 1;
    }
    i = 0;
    while i < 5 {
        table[41 + i] = (35 + i) as u8; // な
        table[46 + i * 3] = (40 + i) as u8; // は
        table[47 + i * 3] = (45 + i) as u8; // ば
        table[48 + i * 3] = (50 + i) as u8; // ぱ
        table[61 + i] = (55 + i) as u8; // ま
        table[72 + i] = (65 + i) as u8; // ら
        i += 1;
    }
    // ゃやゅゆょよ, then ゎわゐゑをん.
    let tail: [(usize, u8); 12] = [
        (66, 60),
        (67, 60),
        (68, 62),
        (69, 62),
        (70, 64),
        (71, 64),
        (77, 70),
        (78, 70),
        (79, 1),
        (80, 3),
        (81, 4),
        (82, N),
    ];
    i = 0;
    while i < 12 {
        table[tail[i].0] = tail[i].1;
        i += 1;
    }
    table
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

/// Company forms as they sound, longest first.
pub(super) fn company_sounds() -> &'static [Vec<u8>] {
    static SOUNDS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
        [
            "とくていひえいりかつどうほうじん",
            "いっぱんしゃだんほうじん",
            "いっぱんざいだんほうじん",
            "いりょうほうじんしゃだん",
            "いりょうほうじんざいだん",
            "しゃかいふくしほうじん",
            "しゃかいいりょうほうじん",
            "いりょうほうじん",
            "がっこうほうじん",
            "しゅうきょうほうじん",
            "えぬぴーおーほうじん",
            "かぶしきがいしゃ",
            "かぶしきかいしゃ",
            "ゆうげんがいしゃ",
            "ゆうげんかいしゃ",
            "ごうどうがいしゃ",
            "ごうどうかいしゃ",
            "ごうしがいしゃ",
        ]
        .iter()
        .map(|form| {
            let mut writer = Writer::new();
            writer.kana(form, 0);
            writer.sound.codes
        })
        .collect()
    });
    &SOUNDS
}
