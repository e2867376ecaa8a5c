//! Which characters of a name to underline.
//!
//! What was typed is found in the name's characters where it looks alike, and else in its reading;
//! a part of a reading is led back to the kana it stands for, or to the whole run of kanji.

use std::ops::Range;

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::fold::{Folded, is_kanji};
use super::hearing::surface_code;
use super::index::{Index, Spoken};
use super::query::Asked;
use super::sound::Sound;

/// Fewest sounds in a row that count as found.
const RUN_MIN: usize = 2;

/// Positions of the characters of the shop's name that what was asked for matched, ascending.
#[must_use]
pub fn matched(index: &Index, asked: &Asked, shop: u32, skim: &SkimMatcherV2) -> Vec<u32> {
    let folded = Folded::with_company(index.name(shop));
    let mut marks = vec![false; folded.chars.len()];
    if asked.heard.is_empty() || !asked.seen.is_empty() {
        mark_seen(&folded, asked, skim, &mut marks);
    }
    if !marks.contains(&true) || !asked.segments.is_empty() {
        mark_heard(index, asked, shop, &folded, &mut marks);
    }
    let mut positions: Vec<u32> = folded
        .origin
        .iter()
        .zip(&marks)
        .filter_map(|(&origin, &mark)| mark.then_some(origin))
        .collect();
    // One character of the name may fold to several (㌔), all from the same place.
    positions.dedup();
    positions
}

/// Characters as typed: in their order if all are there, else whatever runs of them are.
fn mark_seen(folded: &Folded, asked: &Asked, skim: &SkimMatcherV2, marks: &mut [bool]) {
    if let Some((_, found)) = skim.fuzzy_indices(&folded.text(), &asked.folded.text()) {
        for at in found {
            if let Some(mark) = marks.get_mut(at) {
                *mark = true;
            }
        }
        return;
    }
    // Latin letters are matched by sound unless the name has just these letters.
    if asked.heard.is_empty() || asked.read {
        let name: Vec<u16> = folded.chars.iter().map(|&c| surface_code(c)).collect();
        let typed: Vec<u16> = asked.folded.chars.iter().map(|&c| surface_code(c)).collect();
        mark_runs(&typed, &name, 0, 1, &mut |at| marks[at] = true);
    }
}

/// Sounds as heard, in the reading that has most of them.
fn mark_heard(index: &Index, asked: &Asked, shop: u32, folded: &Folded, marks: &mut [bool]) {
    let mut best: (usize, &[u8], u64, Vec<bool>) = (0, &[], 0, Vec::new());
    for Spoken { codes, starts, .. } in index.sounds(shop) {
        let mut found = vec![false; codes.len()];
        for heard in asked.sounds() {
            mark_runs(heard, codes, 0, RUN_MIN.min(heard.len()), &mut |at| {
                found[at] = true;
            });
        }
        let count = found.iter().filter(|&&mark| mark).count();
        if count > best.0 {
            best = (count, codes, starts, found);
        }
    }
    let (_, codes, starts, found) = best;
    for (range, place) in places(folded, codes, starts) {
        if found.get(range).is_some_and(|part| part.contains(&true)) {
            marks[place].fill(true);
        }
    }
}

/// Marks the longest run of `wanted` in `text`, then goes on left and right of it.
fn mark_runs<T: PartialEq>(
    wanted: &[T],
    text: &[T],
    offset: usize,
    least: usize,
    mark: &mut dyn FnMut(usize),
) {
    let Some((from, at, len)) = longest_run(wanted, text).filter(|run| run.2 >= least.max(1))
    else {
        return;
    };
    (at..at + len).for_each(|place| mark(offset + place));
    mark_runs(&wanted[..from], &text[..at], offset, least, mark);
    mark_runs(&wanted[from + len..], &text[at + len..], offset + at + len, least, mark);
}

/// The longest run that two sequences share: where in the first, where in the second, how long.
fn longest_run<T: PartialEq>(a: &[T], b: &[T]) -> Option<(usize, usize, usize)> {
    let mut best: Option<(usize, usize, usize)> = None;
    for from in 0..a.len() {
        for at in 0..b.len() {
            let len = a[from..].iter().zip(&b[at..]).take_while(|(x, y)| x == y).count();
            if len > best.map_or(0, |run| run.2) {
                best = Some((from, at, len));
            }
        }
    }
    best
}

/// Which stretch of a reading belongs to which characters of the name: its kana one by one as far
/// as they are found, and what lies between them to the run of kanji there.
fn places(folded: &Folded, codes: &[u8], starts: u64) -> Vec<(Range<usize>, Range<usize>)> {
    let own = Sound::of_name(folded);
    let mut places = Vec::new();
    let (mut said, mut written) = (0, 0);
    let mut at = 0;
    while at < own.codes.len() {
        let kanji =
            |at: usize| folded.chars.get(own.origin[at] as usize).copied().is_some_and(is_kanji);
        if kanji(at) {
            at += 1;
            continue;
        }
        let end = (at..own.codes.len()).find(|&i| kanji(i)).unwrap_or(own.codes.len());
        let run = &own.codes[at..end];
        let found =
            codes.get(said..).and_then(|rest| rest.windows(run.len()).position(|w| w == run));
        if let Some(found) = found.map(|found| found + said) {
            let first = own.origin[at] as usize;
            if found > said && first > written {
                by_words(folded, starts, said..found, written..first, &mut places);
            }
            for (i, &origin) in own.origin[at..end].iter().enumerate() {
                places.push((found + i..found + i + 1, origin as usize..origin as usize + 1));
            }
            said = found + run.len();
            written = own.origin[end - 1] as usize + 1;
        }
        at = end;
    }
    if said < codes.len() && written < folded.chars.len() {
        let rest = written..folded.chars.len();
        by_words(folded, starts, said..codes.len(), rest, &mut places);
    }
    places
}

/// A stretch of kanji and its reading, word by word where both have as many words.
fn by_words(
    folded: &Folded,
    starts: u64,
    said: Range<usize>,
    written: Range<usize>,
    places: &mut Vec<(Range<usize>, Range<usize>)>,
) {
    let begins = |at: usize| at < 64 && starts >> at & 1 == 1;
    let heard: Vec<usize> = said.clone().skip(1).filter(|&at| begins(at)).collect();
    let seen: Vec<usize> = written.clone().skip(1).filter(|&at| folded.starts[at]).collect();
    if heard.len() != seen.len() {
        places.push((said, written));
        return;
    }
    let (mut from, mut first) = (said.start, written.start);
    for (to, next) in heard.into_iter().zip(seen).chain([(said.end, written.end)]) {
        places.push((from..to, first..next));
        (from, first) = (to, next);
    }
}
