//! The shops, filed by what they look and sound like.

use super::Shop;
use super::alignment::{Said, TEXT_MAX};
use super::arena::Arena;
use super::fold::{Folded, is_kana, is_kanji};
use super::grams::{self, Grams, Wanted};
use super::hearing::surface_code;
use super::learning::Learned;
use super::reading;

/// An immutable index of shops; desks share one in an `Arc`.
#[derive(Debug)]
pub struct Index {
    ids: Arena<u8>,
    names: Arena<u8>,
    prefectures: Vec<u8>,
    /// For each shop its place in the order of ids, the last word between equals.
    places: Vec<u32>,
    surfaces: Arena<u16>,
    surface_starts: Vec<u64>,
    readings: Arena<u8>,
    reading_starts: Vec<u64>,
    /// For each reading where its vowels are long; see [`super::sound::Sound::long`].
    reading_longs: Vec<u64>,
    /// For each reading its shop.
    reading_shops: Vec<u32>,
    /// For each shop its first reading; one more at the end.
    first_reading: Vec<u32>,
    /// For each shop the length of its shortest reading, or of its surface if it has none.
    lengths: Vec<u8>,
    /// Readings in the order of their sounds, for exact beginnings.
    sorted: Vec<u32>,
    grams: Grams,
    /// How kanji are read in these names.
    learned: Learned,
}

/// One reading of a shop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spoken<'a> {
    /// Its sounds.
    pub codes: &'a [u8],
    /// Bit `i` is set where a word begins.
    pub starts: u64,
    /// Bit `i` is set where a long vowel or `っ` was left out.
    pub long: u64,
}

impl Index {
    /// Files the shops. Their positions in `shops` are what a [`super::Hit`] names them by.
    #[must_use]
    pub fn build(shops: Vec<Shop>) -> Self {
        let mut index = Self::empty(shops.len());
        let learned = Learned::from_records(&shops);
        for shop in shops {
            index.push(&shop, &learned);
        }
        index.places = places(&index.ids);
        index.sort_readings();
        index.file();
        index.learned = learned;
        for arena in [&mut index.ids, &mut index.names, &mut index.readings] {
            arena.shrink();
        }
        index.surfaces.shrink();
        index
    }

    fn empty(count: usize) -> Self {
        Self {
            ids: Arena::with_capacity(count, 8),
            names: Arena::with_capacity(count, 36),
            prefectures: Vec::with_capacity(count),
            places: Vec::new(),
            surfaces: Arena::with_capacity(count, 12),
            surface_starts: Vec::with_capacity(count),
            readings: Arena::with_capacity(count, 16),
            reading_starts: Vec::with_capacity(count),
            reading_longs: Vec::with_capacity(count),
            reading_shops: Vec::with_capacity(count),
            first_reading: Vec::from([0]),
            lengths: Vec::with_capacity(count),
            sorted: Vec::new(),
            grams: Grams::build(0, |_, _| {}),
            learned: Learned::default(),
        }
    }

    fn push(&mut self, shop: &Shop, learned: &Learned) {
        let position = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(shop.id.as_bytes());
        self.names.push(shop.name.as_bytes());
        self.prefectures.push(shop.prefecture);
        let folded = Folded::with_company(&shop.name);
        let (codes, mut starts) = surface(&folded);
        starts |= after_company(&folded);
        let mut length = codes.len();
        self.surfaces.push(&codes);
        self.surface_starts.push(starts);
        for (which, sound) in
            reading::readings(&folded, &shop.kana, learned).into_iter().enumerate()
        {
            length = if which == 0 { sound.codes.len() } else { length.min(sound.codes.len()) };
            self.readings.push(&sound.codes);
            self.reading_starts.push(sound.starts);
            self.reading_longs.push(sound.long);
            self.reading_shops.push(position);
        }
        self.first_reading.push(u32::try_from(self.readings.len()).unwrap_or(u32::MAX));
        self.lengths.push(u8::try_from(length).unwrap_or(u8::MAX));
    }

    fn sort_readings(&mut self) {
        // The first eight sounds as a number decide nearly all comparisons without a look-up.
        let mut keyed: Vec<(u64, u32)> = (0u32..)
            .zip(0..self.readings.len())
            .map(|(reading, at)| (leading(self.readings.get(at)), reading))
            .collect();
        keyed.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| {
                self.readings
                    .get(a.1 as usize)
                    .cmp(self.readings.get(b.1 as usize))
                    .then(a.1.cmp(&b.1))
            })
        });
        self.sorted = keyed.into_iter().map(|(_, reading)| reading).collect();
    }

    fn file(&mut self) {
        let count = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let filed = Grams::build(count, |shop, grams| {
            for Spoken { codes, starts, .. } in self.sounds(shop) {
                grams::of_sound(codes, starts, Wanted::Filed, grams);
            }
            grams::of_surface(self.surfaces.get(shop as usize), grams);
        });
        self.grams = filed;
    }

    /// Number of shops.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prefectures.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prefectures.is_empty()
    }

    /// The id of the shop at `position`; empty if there is none.
    #[must_use]
    pub fn id(&self, position: u32) -> &str {
        std::str::from_utf8(self.ids.get(position as usize)).unwrap_or_default()
    }

    /// The name of the shop at `position`, as it stood in the record; empty if there is none.
    #[must_use]
    pub fn name(&self, position: u32) -> &str {
        std::str::from_utf8(self.names.get(position as usize)).unwrap_or_default()
    }

    /// The prefecture of the shop at `position`, 0 if there is none.
    #[must_use]
    pub fn prefecture(&self, position: u32) -> u8 {
        self.prefectures.get(position as usize).copied().unwrap_or(0)
    }

    /// Its place in the order of ids.
    pub(super) fn place(&self, position: u32) -> u32 {
        self.places.get(position as usize).copied().unwrap_or(u32::MAX)
    }

    pub(super) fn prefectures(&self) -> &[u8] {
        &self.prefectures
    }

    pub(super) fn lengths(&self) -> &[u8] {
        &self.lengths
    }

    pub(super) fn learned(&self) -> &Learned {
        &self.learned
    }

    pub(super) fn filed(&self) -> &Grams {
        &self.grams
    }

    pub(super) fn surface(&self, position: u32) -> Said<'_, u16> {
        let at = position as usize;
        let starts = self.surface_starts.get(at).copied().unwrap_or(0);
        Said { items: self.surfaces.get(at), starts }
    }

    /// The readings of a shop.
    pub(super) fn sounds(&self, position: u32) -> impl Iterator<Item = Spoken<'_>> {
        let at = position as usize;
        let (from, to) = match (self.first_reading.get(at), self.first_reading.get(at + 1)) {
            (Some(&from), Some(&to)) => (from as usize, to as usize),
            _ => (0, 0),
        };
        (from..to).map(|reading| self.spoken(reading))
    }

    fn spoken(&self, reading: usize) -> Spoken<'_> {
        Spoken {
            codes: self.readings.get(reading),
            starts: self.reading_starts[reading],
            long: self.reading_longs[reading],
        }
    }

    /// Shops whose reading begins with `codes`, and that reading, as a stretch of the sorted
    /// readings.
    pub(super) fn beginning_with(&self, codes: &[u8]) -> impl Iterator<Item = (u32, Spoken<'_>)> {
        let key = |reading: u32| self.readings.get(reading as usize);
        let from = self.sorted.partition_point(|&reading| key(reading) < codes);
        let len = self.sorted[from..].partition_point(|&reading| key(reading).starts_with(codes));
        self.sorted[from..from + len]
            .iter()
            .map(|&reading| reading as usize)
            .map(move |reading| (self.reading_shops[reading], self.spoken(reading)))
    }

    /// Bytes held by the index, names and ids included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let words = self.places.capacity()
            + self.reading_shops.capacity()
            + self.first_reading.capacity()
            + self.sorted.capacity();
        let masks = self.surface_starts.capacity()
            + self.reading_starts.capacity()
            + self.reading_longs.capacity();
        self.ids.bytes()
            + self.names.bytes()
            + self.readings.bytes()
            + self.surfaces.bytes()
            + self.grams.bytes()
            + self.learned.bytes()
            + words * size_of::<u32>()
            + masks * size_of::<u64>()
            + self.prefectures.capacity()
            + self.lengths.capacity()
    }
}

/// A company form kept in a surface is a word by itself.
fn after_company(folded: &Folded) -> u64 {
    match folded.find_company() {
        // `ー` never stands in a company form or before one, so positions agree nearly always; a
        // start in the wrong place costs a point.
        Some((from, to)) if to < folded.chars.len().min(TEXT_MAX) => 1 << from | 1 << to,
        _ => 0,
    }
}

fn leading(codes: &[u8]) -> u64 {
    // One is added so that a short reading sorts before a longer one that goes on with code 0.
    (0..8).fold(0, |key, at| key << 8 | codes.get(at).map_or(0, |&code| u64::from(code) + 1))
}

fn places(ids: &Arena<u8>) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).zip(0..ids.len()).map(|(position, _)| position).collect();
    order.sort_unstable_by_key(|&position| (ids.get(position as usize), position));
    let mut places = vec![0; order.len()];
    for (place, position) in (0u32..).zip(order) {
        places[position as usize] = place;
    }
    places
}

/// The surface codes of a folded text and where its words begin: after anything dropped, and
/// where the script changes from or to kanji. `ー` is left out, like any other dash.
pub(super) fn surface(folded: &Folded) -> (Vec<u16>, u64) {
    let mut codes = Vec::with_capacity(folded.chars.len());
    let mut starts = 0;
    let mut before = None;
    let mut gap = false;
    for (&c, &start) in folded.chars.iter().zip(&folded.starts) {
        gap |= start;
        if c == 'ー' {
            continue;
        }
        if codes.len() == TEXT_MAX {
            break;
        }
        let script = (is_kanji(c), is_kana(c));
        if gap || before.is_some_and(|other| other != script) {
            starts |= 1 << codes.len();
        }
        gap = false;
        before = Some(script);
        codes.push(surface_code(c));
    }
    (codes, starts)
}
