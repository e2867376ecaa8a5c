//! Which shops a text fits: what decides whether an answer is right.

use std::collections::HashMap;

use madoguchi::search::Shop;
use madoguchi::search::fold::surface_key;

use crate::kana;

/// A query is about so many shops at most; one that fits more is no test of the search.
pub const SHARED_MAX: usize = 5;

/// The names and readings of all shops, by several keys.
pub struct Names<'a> {
    pub shops: &'a [Shop],
    /// For each shop its reading in hiragana, if it has one and it is nothing but kana.
    pub readings: Vec<Option<String>>,
    surfaces: Vec<String>,
    by_surface: HashMap<String, Vec<u32>>,
    by_reading: HashMap<String, Vec<u32>>,
    by_abbreviation: HashMap<String, Vec<u32>>,
    sorted_readings: Vec<(String, u32)>,
    sorted_surfaces: Vec<(String, u32)>,
}

impl<'a> Names<'a> {
    pub fn of(shops: &'a [Shop]) -> Self {
        let mut names = Names {
            shops,
            readings: shops.iter().map(|shop| kana::plain(&shop.kana)).collect(),
            surfaces: shops.iter().map(|shop| surface_key(&shop.name)).collect(),
            by_surface: HashMap::new(),
            by_reading: HashMap::new(),
            by_abbreviation: HashMap::new(),
            sorted_readings: Vec::new(),
            sorted_surfaces: Vec::new(),
        };
        for (at, shop) in (0..).zip(shops) {
            names.file(at, shop);
        }
        names.sorted_readings.sort_unstable();
        names.sorted_surfaces.sort_unstable();
        names
    }

    fn file(&mut self, at: u32, shop: &Shop) {
        let surface = self.surfaces[at as usize].clone();
        // A name without a reading can at least be read where it is kana itself.
        let reading = self.readings[at as usize].clone().unwrap_or_else(|| surface.clone());
        self.by_surface.entry(surface.clone()).or_default().push(at);
        self.by_reading.entry(reading.clone()).or_default().push(at);
        if let Some(short) = abbreviation(&kana::words(&shop.kana)) {
            self.by_abbreviation.entry(short).or_default().push(at);
        }
        self.sorted_readings.push((reading, at));
        self.sorted_surfaces.push((surface, at));
    }

    /// The shops that nobody could tell from this one by its name or its reading.
    pub fn alike(&self, at: u32) -> Vec<u32> {
        let surface = self.by_surface.get(&self.surfaces[at as usize]);
        let reading = self.readings[at as usize].as_ref().and_then(|key| self.by_reading.get(key));
        let all = surface.into_iter().chain(reading).flatten().copied();
        sorted(all.chain([at]).collect())
    }

    /// The shops whose whole name or reading `text` is.
    pub fn exactly(&self, text: &str) -> Vec<u32> {
        let surface = self.by_surface.get(&surface_key(text));
        let reading = kana::plain(text).and_then(|key| self.by_reading.get(&key));
        sorted(surface.into_iter().chain(reading).flatten().copied().collect())
    }

    /// The shops whose reading begins with `prefix`, if they are few enough.
    pub fn reading_begins(&self, prefix: &str) -> Option<Vec<u32>> {
        begins(&self.sorted_readings, prefix)
    }

    /// How many readings begin with `prefix`.
    pub fn beginning_with(&self, prefix: &str) -> usize {
        let from = self.sorted_readings.partition_point(|entry| entry.0.as_str() < prefix);
        self.sorted_readings[from..].partition_point(|entry| entry.0.starts_with(prefix))
    }

    /// The shops whose folded name begins with `prefix`, if they are few enough.
    pub fn surface_begins(&self, prefix: &str) -> Option<Vec<u32>> {
        begins(&self.sorted_surfaces, prefix)
    }

    /// The shops in whose reading, or name in kana, `word` stands, if they are few enough.
    pub fn contain(&self, word: &str) -> Option<Vec<u32>> {
        let with = |entry: &&(String, u32)| entry.0.contains(word);
        let found = self.sorted_readings.iter().filter(with).take(SHARED_MAX + 1);
        few(found.map(|&(_, at)| at).collect())
    }

    /// The shops that `short` is the usual abbreviation or the beginning of, if they are few
    /// enough.
    pub fn abbreviated(&self, short: &str) -> Option<Vec<u32>> {
        let mut found = self.by_abbreviation.get(short)?.clone();
        if self.beginning_with(short) > 0 {
            found.extend(self.reading_begins(short)?);
        }
        few(sorted(found))
    }
}

fn begins(entries: &[(String, u32)], prefix: &str) -> Option<Vec<u32>> {
    let from = entries.partition_point(|entry| entry.0.as_str() < prefix);
    let found = entries[from..].iter().take_while(|entry| entry.0.starts_with(prefix));
    few(found.take(SHARED_MAX + 1).map(|&(_, at)| at).collect())
}

fn few(shops: Vec<u32>) -> Option<Vec<u32>> {
    (1..=SHARED_MAX).contains(&shops.len()).then(|| sorted(shops))
}

fn sorted(mut shops: Vec<u32>) -> Vec<u32> {
    shops.sort_unstable();
    shops.dedup();
    shops
}

/// Two morae of each of the first two words, as パソコン is made; what only lengthens is left out.
pub fn abbreviation(words: &[String]) -> Option<String> {
    let mut words = words.iter();
    let (first, second) = (words.next()?, words.next()?);
    let two = |word: &str| {
        let morae = kana::morae(word).into_iter().filter(|mora| !matches!(*mora, "ー" | "っ"));
        let two: Vec<&str> = morae.take(2).collect();
        (two.len() == 2).then(|| two.concat())
    };
    Some(two(first)? + &two(second)?)
}
