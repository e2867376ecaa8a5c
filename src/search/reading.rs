//! The readings of one shop, as the index keeps them.

use super::fold::{Folded, is_kana, is_kanji};
use super::sound::{Sound, bits_below};

/// Readings kept of one shop: a generator that is unsure gives two or three.
pub const READINGS_MAX: usize = 4;
/// Fewest kana of a name that are looked for in its reading to find where words end.
const WORD_MIN: usize = 3;

/// The readings of a name: those of `kana`, several separated by `|`; without them what can be
/// read in the name itself, each kanji counting as something unread.
#[must_use]
pub fn readings(folded_name: &Folded, kana: &str) -> Vec<Sound> {
    let own = Sound::of_name(folded_name);
    let mut readings: Vec<Sound> = Vec::new();
    for alternative in kana.split('|').take(READINGS_MAX) {
        let mut sound = Sound::of_name(&Folded::with_company(alternative));
        if sound.is_heard() && readings.iter().all(|known| known.codes != sound.codes) {
            mark_words(&mut sound, folded_name);
            let short = sound.without_company();
            readings.push(sound);
            readings.extend(short);
        }
    }
    // A name in kana is its own reading, whatever the record says besides.
    let legible = !folded_name.chars.iter().copied().any(is_kanji);
    let wanted = readings.is_empty() || legible;
    if wanted && own.is_heard() && readings.iter().all(|known| known.codes != own.codes) {
        readings.push(own);
    }
    readings.truncate(READINGS_MAX);
    readings
}

/// Finds the kana words of the name in its reading: words begin before and after them, which a
/// reading written without spaces does not say.
fn mark_words(sound: &mut Sound, name: &Folded) {
    let mut searched_from = 0;
    for run in kana_runs(name) {
        let part = Folded {
            chars: name.chars[run.clone()].to_vec(),
            origin: vec![0; run.len()],
            starts: vec![false; run.len()],
        };
        let word = Sound::of_name(&part).codes;
        if word.is_empty() {
            continue;
        }
        let rest = sound.codes.get(searched_from..).unwrap_or(&[]);
        let found = rest.windows(word.len()).position(|window| window == word);
        if let Some(at) = found.map(|at| at + searched_from) {
            let end = at + word.len();
            sound.starts |= (1 << at) & bits_below(sound.codes.len());
            if end < sound.codes.len() {
                sound.starts |= 1 << end;
            }
            searched_from = end;
        }
    }
}

/// Runs of kana of a name, long enough to be words.
fn kana_runs(name: &Folded) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut from = None;
    for at in 0..=name.chars.len() {
        let kana =
            name.chars.get(at).is_some_and(|&c| is_kana(c)) && !(name.starts[at] && from.is_some());
        match (kana, from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                if at - start >= WORD_MIN {
                    runs.push(start..at);
                }
                // The kana that begins the next word must not be lost.
                from = name.chars.get(at).filter(|&&c| is_kana(c)).map(|_| at);
            }
            _ => {}
        }
    }
    runs
}
