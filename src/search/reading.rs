//! The readings of one shop, as the index keeps them.

use super::fold::{Folded, is_kana, is_kanji};
use super::learning::Learned;
use super::sound::{Sound, bits_below};

/// Readings kept of one shop: a generator that is unsure gives two or three.
pub const READINGS_MAX: usize = 6;
/// Fewest kana of a name that are looked for in its reading to find where words end.
const WORD_MIN: usize = 3;

/// The readings of a name: those of `kana`, several separated by `|`; without them those that
/// `learned` makes; failing that what can be read in the name itself, each kanji counting as
/// something unread.
#[must_use]
pub fn readings(folded_name: &Folded, kana: &str, learned: &Learned) -> Vec<Sound> {
    let mut readings: Vec<Sound> = Vec::new();
    let legible = !folded_name.chars.iter().copied().any(is_kanji);
    let made = if kana.is_empty() && !legible { learned.readings(folded_name) } else { Vec::new() };
    let given = kana.split('|').chain(made.iter().map(String::as_str));
    for alternative in given.filter(|text| !text.is_empty()).take(READINGS_MAX) {
        let mut sound = Sound::of_name(&Folded::with_company(alternative));
        if sound.is_heard() && readings.iter().all(|known| known.codes != sound.codes) {
            if !legible {
                mark_words(&mut sound, folded_name);
            }
            let short = sound.without_company();
            readings.push(sound);
            readings.extend(short);
        }
    }
    // A name in kana is its own reading, whatever the record says besides.
    if readings.is_empty() || legible {
        let own = Sound::of_name(folded_name);
        match readings.iter_mut().find(|known| known.codes == own.codes) {
            Some(known) => known.starts |= own.starts,
            None if own.is_heard() => readings.push(own),
            None => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(name: &str, kana: &str) -> Vec<usize> {
        let found = readings(&Folded::with_company(name), kana, &Learned::default());
        (0..64).filter(|at| found[0].starts >> at & 1 == 1).collect()
    }

    #[test]
    fn words_of_a_reading_without_spaces_are_found_in_the_name() {
        assert_eq!(starts("ならまち食堂", "ナラマチショクドウ"), [0, 4]);
        assert_eq!(starts("松風ガーデン別館", "マツカゼガーデンベッカン"), [0, 4, 7]);
        assert_eq!(starts("松風", "マツカゼ"), [0]);
    }

    #[test]
    fn several_readings_are_kept_and_a_company_form_is_left_out_of_one_more() {
        let of = |name: &str, kana: &str| {
            readings(&Folded::with_company(name), kana, &Learned::default()).len()
        };
        assert_eq!(of("藤和亭", "フジワテイ|トウワテイ"), 2);
        assert_eq!(of("藤和亭", "フジワテイ|フジワテエ"), 1);
        assert_eq!(of("株式会社藤和", "カブシキガイシャフジワ"), 2);
        assert_eq!(of("藤和亭", ""), 0);
        assert_eq!(of("ふじわ亭", ""), 1);
        assert_eq!(of("ふじわ", "フジワテイ"), 2);
    }
}
