//! Romaji compared letter by letter.
//!
//! Two letters swapped in haste (`taagjou` for `tagajou`) break the morae around them; seen as
//! letters they are one small slip. Only names that are near already are compared so.

use super::sound;

/// Letters of a query looked at.
const LETTERS_MAX: usize = 64;
const SWAP: u16 = 12;
const INSIDE: u16 = 16;

/// The letters of a sound key: one spelling for each sound, long vowels gone.
pub fn of_sound(codes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    for &code in codes {
        let (consonant, vowel) = sound::letters(code);
        // しや and しゃ have one key; both are written `sya`.
        if consonant == b'y' && out.last() == Some(&b'i') && out.len() > 1 {
            out.pop();
        }
        if consonant != 0 {
            out.push(consonant);
        }
        if vowel != 0 {
            out.push(vowel);
        }
    }
    out.truncate(LETTERS_MAX);
}

/// The letters typed, brought to the same spelling as far as that can be done letter by letter.
pub fn of_typed(text: &str, out: &mut Vec<u8>) {
    out.clear();
    let bytes: Vec<u8> = text.bytes().filter(u8::is_ascii_lowercase).take(LETTERS_MAX).collect();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        at += write_usual(rest, out);
    }
}

/// Writes one sound's consonant as `of_sound` would; returns the letters used.
fn write_usual(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let vowel_next = |at: usize| rest.get(at).copied().unwrap_or(0);
    let (letters, used): (&[u8], usize) = match rest {
        [b's', b'h', ..] => (if vowel_next(2) == b'i' { b"s" } else { b"sy" }, 2),
        [b'c', b'h', ..] => (if vowel_next(2) == b'i' { b"t" } else { b"ty" }, 2),
        [b't', b's', ..] => (b"t", 2),
        [b'j', b'y', ..] => (b"zy", 2),
        [b'j', ..] => (if vowel_next(1) == b'i' { b"z" } else { b"zy" }, 1),
        [b'f', ..] => (if vowel_next(1) == b'u' { b"h" } else { b"hu" }, 1),
        [b'c' | b'q', ..] => (b"k", 1),
        [b'v', ..] => (b"b", 1),
        [b'l', ..] => (b"r", 1),
        [b'm', b'b' | b'p', ..] => (b"n", 1),
        [first, ..] => (std::slice::from_ref(first), 1),
        [] => return 1,
    };
    for &letter in letters {
        let doubled = out.last() == Some(&letter);
        let lengthens = matches!((out.last(), letter), (Some(b'o'), b'u') | (Some(b'e'), b'i'));
        if !doubled && !lengthens {
            out.push(letter);
        }
    }
    used
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'i' | b'u' | b'e' | b'o')
}

fn substitute(a: u8, b: u8) -> u16 {
    if a == b {
        return 0;
    }
    match (a.min(b), a.max(b)) {
        (b'g', b'k') | (b's', b'z') | (b'd', b't') | (b'b', b'h' | b'p') | (b'h', b'p') => 12,
        (b'd' | b'n', b'r') | (b'm', b'n') | (b'h', b's') => 20,
        (x, y) if is_vowel(x) && is_vowel(y) => 22,
        (x, y) if is_vowel(x) == is_vowel(y) => 26,
        _ => 40,
    }
}

fn gap(letter: u8) -> u16 {
    match letter {
        b'n' | b'y' | b'h' => 14,
        b'?' => 10,
        letter if is_vowel(letter) => 16,
        _ => 24,
    }
}

/// Letters of the alphabet and one for anything else, padded to a power of two.
const WIDTH: usize = 32;

fn number(letter: u8) -> usize {
    match letter {
        b'a'..=b'z' => usize::from(letter - b'a'),
        _ => 26,
    }
}

/// Rows of the table of costs, kept between calls.
#[derive(Debug, Clone)]
pub struct LetterRows {
    rows: [[u16; LETTERS_MAX + 1]; 3],
    gaps: [u16; LETTERS_MAX],
    substitute: Vec<[u16; WIDTH]>,
}

impl Default for LetterRows {
    fn default() -> Self {
        let letter = |at: u8| if at < 26 { b'a' + at } else { b'?' };
        let row = |a: u8| {
            std::array::from_fn(|b| substitute(letter(a), letter(u8::try_from(b).unwrap_or(26))))
        };
        Self {
            rows: [[0; LETTERS_MAX + 1]; 3],
            gaps: [0; LETTERS_MAX],
            substitute: (0..27).map(row).collect(),
        }
    }
}

impl LetterRows {
    /// Cost of `typed` at the beginning of `said` (or, for a price, inside), neighbours swapped
    /// counting as one slip; [`super::alignment::FAR`] as soon as it must exceed `limit`.
    pub fn cost(&mut self, typed: &[u8], said: &[u8], limit: u16) -> u16 {
        let len = said.len().min(LETTERS_MAX);
        let said = &said[..len];
        self.begin(said);
        let [older, old, new] = &mut self.rows;
        let mut before = 0;
        for &letter in typed {
            let row = &self.substitute[number(letter)];
            let added = gap(letter);
            new[0] = old[0] + added;
            let (mut least, mut left, mut other_before) = (new[0], new[0], 0);
            for (j, &other) in said.iter().enumerate() {
                let mut best =
                    (old[j] + row[number(other)]).min(old[j + 1] + added).min(left + self.gaps[j]);
                if letter == other_before && before == other && letter != other {
                    best = best.min(older[j - 1] + SWAP);
                }
                new[j + 1] = best;
                left = best;
                least = least.min(best);
                other_before = other;
            }
            if least > limit {
                return super::alignment::FAR;
            }
            before = letter;
            std::mem::swap(older, old);
            std::mem::swap(old, new);
        }
        let open = old[..len].iter().copied().min().unwrap_or(0).saturating_add(2);
        old[len].min(open)
    }

    fn begin(&mut self, said: &[u8]) {
        let old = &mut self.rows[1];
        old[..=said.len()].fill(INSIDE);
        old[0] = 0;
        for (price, &letter) in self.gaps.iter_mut().zip(said) {
            *price = gap(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fold::Folded;
    use crate::search::sound::Sound;

    fn cost(typed: &str, kana: &str) -> u16 {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        of_typed(typed, &mut a);
        of_sound(&Sound::of_name(&Folded::of(kana)).codes, &mut b);
        LetterRows::default().cost(&a, &b, u16::MAX)
    }

    #[test]
    fn two_letters_swapped_are_one_slip() {
        assert_eq!(cost("tagajou", "たがじょう"), 0);
        assert_eq!(cost("tagajo", "たがじょう"), 0);
        assert!(cost("taagjou", "たがじょう") <= 2 * SWAP);
        assert!(cost("tkyo", "とうきょう") > 0);
    }
}
