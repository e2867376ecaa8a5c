//! What was typed, taken apart.

use std::cmp::Reverse;

use super::alignment::{Prices, Rows, Said};
use super::company;
use super::fold::{Folded, is_kana, is_kanji};
use super::grams::{self, Wanted};
use super::hearing::{SoundCosts, lengthening};
use super::index::surface;
use super::learning::Learned;
use super::letters;
use super::romaji;
use super::sound::{Sound, bits_below};

/// Folded characters of a query that count.
pub const QUERY_MAX: usize = 64;
/// Queries of at most this many sounds are looked up by more kinds of grams.
const SHORT: usize = 8;
/// Sounds of an abbreviation at most.
const SHORTENED_MAX: usize = 6;
/// Ways of putting swapped letters back that are tried.
const UNSWAPPED_MAX: usize = 4;
/// What it costs to take a company form for something the record leaves out.
const COMPANY_LEFT_OUT: u16 = 12;
/// The same where so little follows it that many names begin so: more than any name costs that
/// begins with the form and goes on so.
const COMPANY_DOUBTED: u16 = 28;
/// Sounds that are so little.
const REST_SHORT: usize = 4;
/// Readings of kanji that are tried.
const READINGS_MAX: usize = 2;
/// What it costs to take kanji for their sound.
const READ: u16 = 24;
/// What a swap costs.
const UNSWAPPED: u16 = 10;
/// Most that a company form may be misheard by, of 40 for each sound.
const COMPANY_MISHEARD: u16 = 60;

/// A stretch of a query in kanji, or in kana and letters.
#[derive(Debug, Clone)]
pub enum Segment {
    /// Compared by what it looks like.
    Seen(Vec<u16>),
    /// Compared by what it sounds like.
    Heard(Vec<u8>),
}

/// A query made ready for comparison.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The folded text.
    pub folded: Folded,
    /// Its surface codes; empty if only the sound is to be compared.
    pub seen: Vec<u16>,
    /// Its surface codes without a company form, where it has one.
    pub seen_short: Vec<u16>,
    /// Its surface codes, if it is all kana or all latin letters: how the name may be written.
    pub written: Vec<u16>,
    /// Its sounds in each way they may be meant, the plainest first.
    pub heard: Vec<Heard>,
    /// Whether those are how its kanji are read.
    pub read: bool,
    /// Its letters, if it is all romaji.
    pub letters: Vec<u8>,
    /// Its stretches, if kanji and kana are mixed.
    pub segments: Vec<Segment>,
    /// The grams of sounds to look up.
    pub heard_grams: Vec<u32>,
    /// The grams of characters to look up.
    pub seen_grams: Vec<u32>,
}

/// One way in which what was typed may sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The sounds.
    pub codes: Vec<u8>,
    /// Where vowels are long; see [`Sound::long`].
    pub long: u64,
    /// What taking it so costs.
    pub price: u16,
}

impl Heard {
    /// What its long vowels cost against a reading of `len` sounds that begins with its codes.
    #[must_use]
    pub fn lengthening(&self, len: usize, long: u64, spelled: bool) -> u16 {
        lengthening(&self.codes, self.long, long, len == self.codes.len(), spelled)
    }

    /// Where, if this is the beginnings of two words, the second may begin: each is two morae, or
    /// three sounds where one mora is written with two kana. A long vowel is a mora too.
    #[must_use]
    pub fn second_words(&self) -> u64 {
        let len = self.codes.len();
        if len > SHORTENED_MAX {
            return 0;
        }
        let beginning = |from: usize, to: usize| {
            let long = (self.long & bits_below(to)) >> from;
            matches!(to - from, 1..=3) && matches!(to - from + long.count_ones() as usize, 2..=3)
        };
        let splits = (1..len).filter(|&at| beginning(0, at) && beginning(at, len));
        splits.fold(0, |mask, at| mask | 1 << at)
    }
}

impl Asked {
    /// Whether it is all romaji.
    #[must_use]
    pub fn is_spelled(&self) -> bool {
        !self.letters.is_empty()
    }

    /// Takes `text` apart; `learned` says how kanji in it may be read.
    #[must_use]
    pub fn of(text: &str, learned: &Learned) -> Self {
        let mut folded = Folded::with_company(text);
        folded.truncate(QUERY_MAX);
        let kanji = folded.chars.iter().copied().any(is_kanji);
        let spoken = folded.chars.iter().any(|&c| is_spoken(c));
        let plain_kana = folded.chars.iter().all(|&c| is_kana(c));
        let mut asked = Self::default();
        if !plain_kana {
            asked.seen = surface(&folded).0;
            let short = surface(&Folded::of(text)).0;
            if short.len() < asked.seen.len() {
                asked.seen_short = short;
                asked.seen_short.truncate(QUERY_MAX);
            }
        }
        let romaji = !folded.chars.is_empty() && folded.chars.iter().all(char::is_ascii_lowercase);
        if spoken && !kanji {
            asked.hear(&folded);
        }
        if spoken && kanji {
            asked.segments = segments(&folded);
        }
        if kanji {
            asked.read(&folded, learned);
        }
        if romaji {
            asked.hear_unswapped(&folded.text());
            letters::of_typed(&folded.text(), &mut asked.letters);
        }
        if plain_kana || romaji {
            asked.written = surface(&folded).0;
        }
        asked.folded = folded;
        asked.ask_grams();
        asked
    }

    fn hear(&mut self, folded: &Folded) {
        let typed = Sound::typed_folded(folded);
        let short = without_company(&typed);
        self.add(typed, 0);
        self.add(Sound::typed_as_sign(folded), 2);
        if let Some(short) = short {
            let price = company_left_out(&short);
            self.add(short, price);
        }
    }

    /// What an input method made of what was heard may be written otherwise on the sign, in
    /// other kanji or in kana (奈良町 for ならまち).
    fn read(&mut self, folded: &Folded, learned: &Learned) {
        let mut readings = learned.readings(folded);
        readings.truncate(READINGS_MAX);
        for (which, reading) in (0u16..).zip(readings) {
            if !reading.contains(is_kanji) {
                self.read = true;
                self.add(Sound::typed(&reading), READ + which);
            }
        }
    }

    fn hear_unswapped(&mut self, letters: &str) {
        // `nna` is んな to some and んあ to those who type for an input method.
        if letters.contains("nn") {
            self.add(Sound::typed(&letters.replace("nn", "n'")), 1);
        }
        for meant in romaji::unswapped(letters, UNSWAPPED_MAX) {
            let sound = Sound::typed(&meant);
            let short = without_company(&sound);
            self.add(sound, UNSWAPPED);
            if let Some(short) = short {
                let price = UNSWAPPED + company_left_out(&short);
                self.add(short, price);
            }
        }
    }

    fn add(&mut self, sound: Sound, price: u16) {
        let Sound { codes, long, .. } = sound;
        if !codes.is_empty() && self.heard.iter().all(|known| known.codes != codes) {
            self.heard.push(Heard { codes, long, price });
        }
    }

    fn ask_grams(&mut self) {
        for heard in &self.heard {
            let wanted =
                if heard.codes.len() <= SHORT { Wanted::AskedShort } else { Wanted::Asked };
            let starts = 1 | heard.second_words();
            grams::of_sound(&heard.codes, starts, wanted, &mut self.heard_grams);
        }
        for segment in &self.segments {
            if let Segment::Heard(codes) = segment {
                grams::of_sound(codes, 1, Wanted::Asked, &mut self.heard_grams);
            }
        }
        grams::of_surface(&self.seen, &mut self.seen_grams);
        grams::of_surface(&self.seen_short, &mut self.seen_grams);
        for grams in [&mut self.heard_grams, &mut self.seen_grams] {
            grams.sort_unstable();
            grams.dedup();
        }
    }

    /// The sounds to underline: the plainest way of hearing the whole, or each heard stretch.
    pub fn sounds(&self) -> impl Iterator<Item = &[u8]> {
        let stretches = self.segments.iter().filter_map(|segment| match segment {
            Segment::Heard(codes) => Some(codes.as_slice()),
            Segment::Seen(_) => None,
        });
        self.heard.iter().take(1).map(|heard| heard.codes.as_slice()).chain(stretches)
    }

    /// Number of elements compared, by which a cost is judged.
    #[must_use]
    pub fn length(&self) -> usize {
        let heard = self.heard.first().map_or(0, |heard| heard.codes.len());
        if heard > 0 { heard } else { self.seen.len() }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.heard.is_empty()
    }
}

/// What follows a company form, said well or badly, at the beginning of a query.
fn without_company(sound: &Sound) -> Option<Sound> {
    const WHOLE: Prices =
        Prices { at_word: 400, inside: 400, leap: 400, leap_inside: 400, open_end: 400 };
    // The cheapest form, and of two as cheap the one that takes more away.
    let mut best: Option<(u16, Reverse<usize>)> = None;
    let mut rows = Rows::default();
    let codes = &sound.codes;
    for form in company::sounds() {
        for len in form.len() - 1..=form.len() + 1 {
            let Some(front) = codes.get(..len).filter(|_| codes.len() > len) else {
                continue;
            };
            let said = Said { items: form, starts: 0 };
            let cost = rows.cost(SoundCosts::get(), &WHOLE, front, said, COMPANY_MISHEARD);
            let found = (cost, Reverse(len));
            if cost <= COMPANY_MISHEARD && best.is_none_or(|best| found < best) {
                best = Some(found);
            }
        }
    }
    best.map(|(_, Reverse(len))| sound.after(len))
}

/// What it costs to leave a company form out before `rest`.
fn company_left_out(rest: &Sound) -> u16 {
    if rest.codes.len() <= REST_SHORT { COMPANY_DOUBTED } else { COMPANY_LEFT_OUT }
}

fn is_spoken(c: char) -> bool {
    is_kana(c) || c.is_ascii_alphanumeric()
}

fn segments(folded: &Folded) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut from = 0;
    while from < folded.chars.len() {
        let spoken = is_spoken(folded.chars[from]);
        let same = |&at: &usize| is_spoken(folded.chars[at]) == spoken;
        let to = (from..folded.chars.len()).find(|at| !same(at)).unwrap_or(folded.chars.len());
        let part = Folded {
            chars: folded.chars[from..to].to_vec(),
            origin: folded.origin[from..to].to_vec(),
            starts: folded.starts[from..to].to_vec(),
        };
        if spoken {
            let codes = Sound::typed_folded(&part).codes;
            if !codes.is_empty() {
                segments.push(Segment::Heard(codes));
            }
        } else {
            segments.push(Segment::Seen(surface(&part).0));
        }
        from = to;
    }
    segments
}
