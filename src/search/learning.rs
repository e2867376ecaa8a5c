//! Readings for records that have none, learned from those that have one.
//!
//! A dictionary reads better, and an import uses one where it can. But a list of merchants in
//! which half have a reading already says how its kanji are read: names and readings are laid
//! side by side, the kana they share cut them into short pieces, and the pieces are divided among
//! the kanji so that each is read as it usually is. Nothing but the records themselves is used.

use super::Shop;
use super::division::{ONE_MAX, Singles, TIMES_MAX, amount};
use super::fold::{Folded, is_kanji};
use super::lessons::{Lesson, lessons_of};
use super::packed::{self, Counts, UNIT_MAX};
use super::signwords;

/// Records learned from at most; more teach nothing new and only take time.
const LESSONS_MAX: usize = 100_000;
/// Worth of one, two or three kanji known together: more than the same kanji one by one.
const JOINED: [f32; UNIT_MAX] = [-1.0, 0.0, 3.0];
/// Readings made for one name at most.
pub const MADE_MAX: usize = 4;
/// A second reading is tried where it is at least this many thousandths as frequent as the first.
const DOUBT: u32 = 10;
/// Times the division is done over, each with what the last one taught.
const ROUNDS: usize = 2;

/// What a word known from signs weighs against readings counted in the records.
const SIGN_WORD: u32 = 400;
const SIGN_KANJI: u32 = 40;

/// How kanji, and two or three of them together, are read.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    /// By packed kanji, readings with their number, the most frequent first.
    units: Counts<u64, Vec<(u64, u32)>>,
}

impl Learned {
    /// Learns from every record that has a reading.
    #[must_use]
    pub fn from_records(shops: &[Shop]) -> Self {
        let taught = shops.iter().filter(|shop| !shop.kana.is_empty()).count();
        let mut lessons: Counts<Lesson, u32> = Counts::default();
        let step = taught.div_ceil(LESSONS_MAX).max(1);
        for shop in shops.iter().filter(|shop| !shop.kana.is_empty()).step_by(step) {
            for lesson in lessons_of(shop) {
                *lessons.entry(lesson).or_default() += 1;
            }
        }
        // In a fixed order, or the division of rare kanji could differ from run to run.
        let mut lessons: Vec<(Lesson, u32)> = lessons.into_iter().collect();
        lessons.sort_unstable();
        let mut singles = Singles::default();
        for ((kanji, kana), times) in lessons.iter().filter(|((kanji, _), _)| kanji.len() == 1) {
            if let Some(reading) = packed::reading(kana).filter(|_| kana.len() <= ONE_MAX) {
                singles.add(kanji[0], reading, *times);
            }
        }
        for _ in 0..ROUNDS {
            singles = singles.taught_by(&lessons);
        }
        Self::units(&singles, &lessons)
    }

    fn units(singles: &Singles, lessons: &[(Lesson, u32)]) -> Self {
        let mut counts: Counts<(u64, u64), u32> = Counts::default();
        for ((kanji, kana), times) in lessons {
            let Some(cuts) = singles.divide(kanji, kana) else {
                continue;
            };
            for from in 0..kanji.len() {
                for to in from + 1..=kanji.len().min(from + UNIT_MAX) {
                    if let Some(reading) = packed::reading(&kana[cuts[from]..cuts[to]]) {
                        *counts.entry((packed::unit(&kanji[from..to]), reading)).or_default() +=
                            (*times).min(TIMES_MAX);
                    }
                }
            }
        }
        add_sign_words(&mut counts);
        let mut units: Counts<u64, Vec<(u64, u32)>> = Counts::default();
        for ((unit, reading), times) in counts {
            units.entry(unit).or_default().push((reading, times));
        }
        for readings in units.values_mut() {
            readings.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            readings.truncate(MADE_MAX);
        }
        Self { units }
    }

    /// Readings for a name that has none, the likeliest first, words kept apart by spaces; kanji
    /// that nothing is known about stay in it. Empty if no kanji of the name can be read.
    #[must_use]
    pub fn readings(&self, name: &Folded) -> Vec<String> {
        if self.units.is_empty() {
            return Vec::new();
        }
        let pieces = self.pieces(name);
        let known = |piece: &Piece| piece.readings.is_some();
        if !pieces.iter().any(known) {
            return Vec::new();
        }
        // The second reading of the piece that is least sure makes the second name, and so on.
        let mut doubts: Vec<(u32, usize)> = pieces
            .iter()
            .enumerate()
            .filter_map(|(at, piece)| match piece.readings? {
                [first, second, ..] => Some((second.1 * 1000 / first.1.max(1), at)),
                _ => None,
            })
            .collect();
        doubts.sort_unstable_by_key(|&(doubt, at)| (std::cmp::Reverse(doubt), at));
        let other = doubts.into_iter().filter(|doubt| doubt.0 > DOUBT).map(|doubt| Some(doubt.1));
        std::iter::once(None)
            .chain(other)
            .take(MADE_MAX)
            .map(|other| spell(name, &pieces, other))
            .collect()
    }

    /// Bytes held, near enough.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let readings: usize = self.units.values().map(Vec::capacity).sum();
        self.units.capacity() * size_of::<(u64, Vec<(u64, u32)>)>()
            + readings * size_of::<(u64, u32)>()
    }

    fn pieces<'a>(&'a self, name: &Folded) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < name.chars.len() {
            if is_kanji(name.chars[at]) {
                let end = (at..name.chars.len())
                    .find(|&i| !is_kanji(name.chars[i]) || (i > at && name.starts[i]));
                let end = end.unwrap_or(name.chars.len());
                self.cut(&name.chars, at, end, &mut pieces);
                at = end;
            } else {
                pieces.push(Piece { from: at, to: at + 1, readings: None });
                at += 1;
            }
        }
        pieces
    }

    /// Cuts a run of kanji into known units, long and frequent ones first of all.
    fn cut<'a>(&'a self, chars: &[char], from: usize, to: usize, pieces: &mut Vec<Piece<'a>>) {
        let mut best: Vec<(f32, usize)> = vec![(f32::NEG_INFINITY, 0); to - from + 1];
        best[0].0 = 0.0;
        for start in 0..to - from {
            for len in 1..=UNIT_MAX.min(to - from - start) {
                let unit = self.units.get(&packed::unit(&chars[from + start..from + start + len]));
                let worth = match unit.and_then(|readings| readings.first()) {
                    Some(first) => amount(first.1).ln_1p() * 0.2 + JOINED[len - 1],
                    None if len == 1 => -8.0,
                    None => continue,
                };
                let reached = best[start].0 + worth;
                if reached > best[start + len].0 {
                    best[start + len] = (reached, start);
                }
            }
        }
        let mut cuts = vec![to - from];
        while let Some(&end) = cuts.last().filter(|&&end| end > 0) {
            cuts.push(best[end].1);
        }
        for pair in cuts.windows(2).rev() {
            let (end, start) = (from + pair[0], from + pair[1]);
            let readings = self.units.get(&packed::unit(&chars[start..end])).map(Vec::as_slice);
            pieces.push(Piece { from: start, to: end, readings });
        }
    }
}

/// Words known from signs count as often seen, those of several kanji as certain.
fn add_sign_words(counts: &mut Counts<(u64, u64), u32>) {
    for (word, reading) in signwords::words() {
        let kanji = Folded::with_company(word).chars;
        let kana: Vec<char> = reading.chars().collect();
        if let Some(reading) = packed::reading(&kana) {
            let times = if kanji.len() > 1 { SIGN_WORD } else { SIGN_KANJI };
            *counts.entry((packed::unit(&kanji), reading)).or_default() += times;
        }
    }
}

/// A stretch of a name, and how it may be read if it is kanji.
#[derive(Debug)]
struct Piece<'a> {
    from: usize,
    to: usize,
    readings: Option<&'a [(u64, u32)]>,
}

/// Writes the pieces out, the piece at `other` by its second reading.
fn spell(name: &Folded, pieces: &[Piece<'_>], other: Option<usize>) -> String {
    let mut kana = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        if name.starts[piece.from] {
            kana.push(' ');
        }
        let which = usize::from(other == Some(at));
        match piece.readings.and_then(|readings| readings.get(which)) {
            Some(&(reading, _)) => packed::unpack(reading, &mut kana),
            None => kana.extend(&name.chars[piece.from..piece.to]),
        }
    }
    kana
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(name: &str, kana: &str) -> Shop {
        Shop { id: name.into(), name: name.into(), kana: kana.into(), prefecture: 29 }
    }

    #[test]
    fn a_name_without_a_reading_is_read_as_its_neighbours_are() {
        let learned = Learned::from_records(&[
            shop("奈良食堂", "ナラショクドウ"),
            shop("奈良の宿", "ナラノヤド"),
            shop("花の食堂", "ハナノショクドウ"),
            shop("松風の宿", "マツカゼノヤド"),
            shop("松の家", "マツノヤ"),
            shop("花食堂", ""),
        ]);
        let read =
            |name: &str| learned.readings(&Folded::of(name)).first().cloned().unwrap_or_default();
        assert_eq!(read("花食堂").trim(), "はなしょくどう");
        assert_eq!(read("奈良 花宿").trim(), "なら はなやど");
        assert_eq!(read("花鱗").trim(), "はな鱗");
        assert_eq!(read("鱗"), "");
    }

    #[test]
    fn where_none_has_a_reading_only_words_of_signs_are_known() {
        let learned = Learned::from_records(&[shop("花", "")]);
        assert!(learned.readings(&Folded::of("花")).is_empty());
        assert_eq!(learned.readings(&Folded::of("花食堂"))[0].trim(), "花しょくどう");
    }
}
