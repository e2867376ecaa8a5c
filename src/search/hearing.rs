//! How far what was heard is from what was said.
//!
//! Two tables of costs, one for sounds and one for written characters, which
//! `super::alignment` adds up. All costs are in fortieths of "another sound altogether".

use std::sync::LazyLock;

use super::fold::is_kana;
use super::sound::{self, CODES, N, UNIT, UNREAD, bits_below};

/// What one step of an alignment costs.
pub trait Costs {
    /// One element of the two sequences.
    type Item: Copy;
    /// What it costs that `heard` stands where the argument should: one row of the table, taken
    /// once for all the cells that need it.
    fn substitute(&self, heard: Self::Item) -> impl Fn(Self::Item) -> u16;
    /// `heard` was never said.
    fn added(&self, heard: Self::Item) -> u16;
    /// `said` was not heard.
    fn lost(&self, said: Self::Item) -> u16;
}

/// Costs between the codes of `super::sound`.
#[derive(Debug)]
pub struct SoundCosts {
    substitute: Vec<[u8; WIDTH]>,
    lost: [u8; WIDTH],
}

/// Codes are below this power of two, so that a mask stands in for a check of bounds.
const WIDTH: usize = 128;
const _: () = assert!(CODES <= WIDTH);

impl SoundCosts {
    /// The table, made once.
    #[must_use]
    pub fn get() -> &'static Self {
        static TABLE: LazyLock<SoundCosts> = LazyLock::new(SoundCosts::new);
        &TABLE
    }

    fn new() -> Self {
        let mut substitute = vec![[0; WIDTH]; WIDTH];
        let mut lost = [0; WIDTH];
        for (heard, row) in (0u8..).zip(&mut substitute) {
            for (said, cell) in (0u8..).zip(row.iter_mut()) {
                *cell = substitution(heard, said);
            }
        }
        for (said, cell) in (0u8..).zip(&mut lost) {
            *cell = losing(said);
        }
        Self { substitute, lost }
    }
}

impl Costs for SoundCosts {
    type Item = u8;

    #[inline]
    fn substitute(&self, heard: u8) -> impl Fn(u8) -> u16 {
        let row = &self.substitute[usize::from(heard) % WIDTH];
        |said| u16::from(row[usize::from(said) % WIDTH])
    }

    #[inline]
    fn added(&self, heard: u8) -> u16 {
        u16::from(self.lost[usize::from(heard) % WIDTH])
    }

    #[inline]
    fn lost(&self, said: u8) -> u16 {
        self.added(said)
    }
}

const OTHER: u8 = 40;

/// Cost of writing `heard` for `said`.
fn substitution(heard: u8, said: u8) -> u8 {
    if heard == said {
        return 0;
    }
    if heard == UNREAD || said == UNREAD {
        return 14;
    }
    if sound::is_lone(heard) || sound::is_lone(said) {
        return lone_substitution(heard, said);
    }
    if heard == N || said == N {
        let other = if heard == N { said } else { heard };
        return if other / 5 == 7 { 14 } else { 34 };
    }
    if sound::coarse(heard) == sound::coarse(said) {
        return 12;
    }
    let (heard_row, said_row) = (heard / 5, said / 5);
    if heard % 5 == said % 5 {
        return if near(heard_row, said_row) { 20 } else { 26 };
    }
    if heard_row == said_row { 22 } else { OTHER }
}

/// A consonant without its vowel is most likely the one typed last.
fn lone_substitution(heard: u8, said: u8) -> u8 {
    let (a, vowel_a) = sound::letters(heard);
    let (b, vowel_b) = sound::letters(said);
    if a == b && a != 0 {
        2
    } else if vowel_a != 0 && vowel_b != 0 {
        OTHER
    } else if near_letters(a, b) {
        14
    } else {
        OTHER
    }
}

fn near_letters(a: u8, b: u8) -> bool {
    const PAIRS: [&[u8; 2]; 6] = [b"kg", b"sz", b"td", b"hb", b"hp", b"bp"];
    PAIRS.iter().any(|pair| **pair == [a, b] || **pair == [b, a])
}

/// Rows of the syllabary (see `super::sound`) that are confused before the same vowel.
fn near(a: u8, b: u8) -> bool {
    // k0=1 g=2 s=3 z=4 t=5 d=6 n=7 h=8 b=9 p=10 m=11 y=12 r=13 w=14, 0 for a bare vowel.
    const PAIRS: [(u8, u8); 18] = [
        (6, 13),
        (7, 13),
        (7, 11),
        (3, 8),
        (1, 5),
        (5, 10),
        (9, 11),
        (2, 7),
        (0, 12),
        (0, 14),
        (4, 6),
        (3, 5),
        (1, 8),
        (0, 8),
        (1, 10),
        (2, 9),
        (6, 9),
        (2, 6),
    ];
    PAIRS.contains(&(a.min(b), a.max(b)))
}

/// の, which stands between words or does not.
const NO: u8 = 39;

/// の is swallowed first, then vowels, や/ゆ/よ and ん.
fn losing(code: u8) -> u8 {
    match code {
        NO => 10,
        0..=4 | 60..=64 | N => 20,
        UNREAD => 10,
        code if sound::is_lone(code) => 16,
        _ => 32,
    }
}

/// A long vowel or っ that was typed and is not said.
const LONG_TYPED: u32 = 8;
/// One that is said and was not typed.
const LONG_SAID: u32 = 6;
/// More such slips cost no more.
const LONG_MAX: u32 = 16;

/// What it costs that vowels are long, or followed by っ, in one of two keys only that are
/// otherwise the same as far as `codes` go. `typed` and `said` are the masks of the two; `whole`
/// says that what is said ends there, or else more of the last sound may still be typed. What is
/// `spelled` in letters may be so as on road signs, where no long vowel is written.
#[must_use]
pub fn lengthening(codes: &[u8], typed: u64, said: u64, whole: bool, spelled: bool) -> u16 {
    let len = codes.len();
    if typed == said & bits_below(len) {
        return 0;
    }
    let written = if spelled { 0 } else { bits_below(len) };
    let common = bits_below(if whole { len } else { len.saturating_sub(1) });
    let extra = (typed & !said & bits_below(len)).count_ones();
    let left_out = (said & !typed & written & common).count_ones();
    u16::try_from((extra * LONG_TYPED + left_out * LONG_SAID).min(LONG_MAX)).unwrap_or(0)
}

/// Costs between the characters of two surface keys.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceCosts;

/// A folded character as the index keeps it: sixteen bits, small kana large.
#[must_use]
pub fn surface_code(c: char) -> u16 {
    let large = match c {
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' => {
            c as u32 + 1
        }
        _ => c as u32,
    };
    // Rare kanji beyond sixteen bits share codes with the private area: a collision there costs
    // nothing but a wrong neighbour among names hardly anybody types.
    u16::try_from(large).unwrap_or(0xe000 | u16::try_from(large & 0x0fff).unwrap_or(0))
}

fn is_kana_code(code: u16) -> bool {
    char::from_u32(u32::from(code)).is_some_and(is_kana)
}

impl Costs for SurfaceCosts {
    type Item = u16;

    #[inline]
    fn substitute(&self, heard: u16) -> impl Fn(u16) -> u16 {
        move |said| if heard == said { 0 } else { UNIT }
    }

    #[inline]
    fn added(&self, heard: u16) -> u16 {
        if is_kana_code(heard) { 24 } else { 34 }
    }

    #[inline]
    fn lost(&self, said: u16) -> u16 {
        self.added(said)
    }
}
