//! Which shops have which two sounds, or two characters, side by side.
//!
//! One table from *gram* to the shops that contain it. Grams of sounds have their own number;
//! grams of characters are hashed, for there are too many, and a collision only adds a candidate
//! that the ranking throws out again.

use super::fold::is_kanji;
use super::sound::{self, CODES, N, UNREAD};

/// Stands before the first sound or character.
const START: u8 = 95;
const WIDTH: u32 = 96;
const PAIRS: u32 = WIDTH * WIDTH;
const _: () = assert!(CODES == WIDTH as usize);
const SKIPS: u32 = PAIRS;
const WORDS: u32 = 2 * PAIRS;
const SURFACE: u32 = 3 * PAIRS;
const SURFACE_BITS: u32 = 17;
/// Number of different grams.
pub const GRAMS: usize = (SURFACE + (1 << SURFACE_BITS)) as usize;

fn pair(kind: u32, first: u8, second: u8) -> u32 {
    kind + u32::from(first) * WIDTH + u32::from(second)
}

fn audible(code: u8) -> bool {
    code != UNREAD && !sound::is_lone(code)
}

/// Which of the grams of a sound key are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All: what a shop is filed under.
    Filed,
    /// What a query asks for: neighbours, the first sound.
    Asked,
    /// What a short query asks for too: sounds with one between them, beginnings of words.
    AskedShort,
}

/// Adds the grams of a sound key to `grams`; bit `i` of `starts` is set where a word begins, or, of
/// what is asked, may begin.
pub fn of_sound(codes: &[u8], starts: u64, wanted: Wanted, grams: &mut Vec<u32>) {
    let coarse = |at: usize| sound::coarse(codes[at]);
    if let Some(&first) = codes.first().filter(|&&code| audible(code)) {
        grams.push(pair(0, START, sound::coarse(first)));
    }
    for at in 1..codes.len() {
        if audible(codes[at - 1]) && audible(codes[at]) {
            grams.push(pair(0, coarse(at - 1), coarse(at)));
            let begins = starts >> (at - 1) & 1 == 1;
            if wanted == Wanted::Filed && begins {
                grams.push(pair(WORDS, coarse(at - 1), coarse(at)));
            }
        }
        if wanted != Wanted::Asked && at >= 2 && audible(codes[at - 2]) && audible(codes[at]) {
            grams.push(pair(SKIPS, coarse(at - 2), coarse(at)));
        }
    }
    if wanted != Wanted::Filed {
        of_tail(codes, grams);
    }
    if wanted == Wanted::AskedShort {
        of_abbreviation(codes, starts, grams);
    }
}

/// A consonant typed last may still take any of five vowels; so may ん, which an `n` typed last is
/// read as.
fn of_tail(codes: &[u8], grams: &mut Vec<u32>) {
    let Some((&last, before)) = codes.split_last() else {
        return;
    };
    let first = match before.last() {
        Some(&code) if audible(code) => sound::coarse(code),
        Some(_) => return,
        None => START,
    };
    let n_row = (35..40).filter(|_| last == N);
    for code in sound::continuations(last).chain(n_row) {
        grams.push(pair(0, first, sound::coarse(code)));
    }
}

/// A short query may be the beginnings of two words, where `starts` has them begin.
fn of_abbreviation(codes: &[u8], starts: u64, grams: &mut Vec<u32>) {
    for at in (0..codes.len()).filter(|at| starts >> at & 1 == 1) {
        if let Some(&[first, second]) = codes.get(at..at + 2)
            && audible(first)
            && audible(second)
        {
            grams.push(pair(WORDS, sound::coarse(first), sound::coarse(second)));
        }
    }
}

fn hashed(first: u16, second: u16) -> u32 {
    let mixed = (u32::from(first) << 16 | u32::from(second)).wrapping_mul(0x9e37_79b1);
    SURFACE + (mixed >> (32 - SURFACE_BITS))
}

/// Adds the grams of a surface key to `grams`: neighbours, and each kanji by itself.
pub fn of_surface(codes: &[u16], grams: &mut Vec<u32>) {
    let mut before = 1;
    for &code in codes {
        grams.push(hashed(before, code));
        if char::from_u32(u32::from(code)).is_some_and(is_kanji) {
            grams.push(hashed(2, code));
        }
        before = code;
    }
}

/// Shops by gram.
#[derive(Debug)]
pub struct Grams {
    from: Vec<u32>,
    shops: Vec<u32>,
}

impl Grams {
    /// Files `count` shops under the grams that `grams_of` writes for each. It is asked twice for
    /// every shop, which costs less than keeping ten million grams in between.
    #[must_use]
    pub fn build(count: u32, mut grams_of: impl FnMut(u32, &mut Vec<u32>)) -> Self {
        let mut from = vec![0u32; GRAMS + 1];
        let mut grams = Vec::new();
        // Which shop a gram was last seen in: a name that has it twice is filed once.
        let mut seen = vec![u32::MAX; GRAMS];
        for shop in 0..count {
            grams.clear();
            grams_of(shop, &mut grams);
            for &gram in &grams {
                let gram = gram as usize;
                if seen[gram] != shop {
                    seen[gram] = shop;
                    from[gram + 1] += 1;
                }
            }
        }
        for gram in 0..GRAMS {
            from[gram + 1] += from[gram];
        }
        let mut shops = vec![0u32; from[GRAMS] as usize];
        seen.fill(u32::MAX);
        for shop in 0..count {
            grams.clear();
            grams_of(shop, &mut grams);
            for &gram in &grams {
                let gram = gram as usize;
                if seen[gram] != shop {
                    seen[gram] = shop;
                    shops[from[gram] as usize] = shop;
                    from[gram] += 1;
                }
            }
        }
        // Filling moved every beginning to the next one's place; move them back.
        from.rotate_right(1);
        from[0] = 0;
        Self { from, shops }
    }

    /// Shops filed under `gram`, in the order of their positions.
    #[must_use]
    pub fn shops(&self, gram: u32) -> &[u32] {
        let at = gram as usize;
        match (self.from.get(at), self.from.get(at + 1)) {
            (Some(&from), Some(&to)) => &self.shops[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        (self.from.capacity() + self.shops.capacity()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_is_filed_once_under_each_gram_in_order() {
        let filed = Grams::build(3, |shop, grams| grams.extend([7, shop, 7]));
        assert_eq!(filed.shops(7), [0, 1, 2]);
        assert_eq!(filed.shops(1), [1]);
        assert_eq!(filed.shops(3), [0; 0]);
        assert_eq!(filed.shops(u32::MAX), [0; 0]);
    }

    #[test]
    fn an_unfinished_syllable_asks_for_its_five_vowels() {
        let asked = |codes: &[u8]| {
            let mut grams = Vec::new();
            of_sound(codes, 1, Wanted::Asked, &mut grams);
            grams.len()
        };
        let lone_k = crate::search::sound::Sound::typed("k").codes;
        assert_eq!(asked(&lone_k), 5);
        assert_eq!(asked(&[35, lone_k[0]]), 6);
        assert_eq!(asked(&[35, N]), 7);
        assert_eq!(asked(&[UNREAD]), 0);
    }
}
