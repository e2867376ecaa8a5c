//! Putting the candidates in order.

use std::cmp::Reverse;

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::alignment::{FAR, Prices, Rows, Said, TEXT_MAX, bits};
use super::candidates::Tally;
use super::company;
use super::hearing::{SoundCosts, SurfaceCosts};
use super::index::{Index, Spoken};
use super::letters::{self, LetterRows};
use super::query::{Asked, Segment};
use super::sound::{UNIT, bits_below};
use super::underline;
use super::{Hit, Query};

/// Ranked shops whose order the fuzzy matcher may still change, where fewer hits are wanted.
const TIES: usize = 24;
/// Likeliest shops compared letter by letter too, fewer of them by a query of many letters.
const LETTERS: usize = 64;
/// Letters of a query by which all those are compared.
const LETTERS_FEW: usize = 16;
/// Boosted shops looked at; a screen of them is a handful.
const BOOST_MAX: usize = 512;
/// Hits given at most.
const LIMIT_MAX: usize = 100;
/// What a boosted shop is spared: less than one sound misheard.
const BOOST: i32 = 14;
/// What the caller's prefecture spares.
const PREFECTURE: i32 = 8;
/// What two words' beginnings cost as an abbreviation of a name.
const ABBREVIATED: u16 = 12;
/// Fewest letters that are taken for the beginning of a name in latin letters before others.
const LATIN_MIN: usize = 3;
/// Longest surplus of a name that still counts against it.
const SURPLUS_MAX: usize = 24;

const SOUND_PRICES: Prices =
    Prices { at_word: 6, inside: 16, leap: 10, leap_inside: 24, open_end: 2 };
const SHORT_PRICES: Prices =
    Prices { at_word: 6, inside: 16, leap: 10, leap_inside: 16, open_end: 2 };
const SURFACE_PRICES: Prices =
    Prices { at_word: 6, inside: 12, leap: 10, leap_inside: 24, open_end: 2 };
const SEGMENT_PRICES: Prices =
    Prices { at_word: 1, inside: 4, leap: 10, leap_inside: 24, open_end: 1 };

/// What a search needs besides the index: one for each desk, used again for every keystroke.
pub struct Scratch {
    tally: Tally,
    shops: Vec<u32>,
    ranked: Vec<Ranked>,
    best: Vec<i32>,
    keep: usize,
    rows: Rows,
    letter_rows: LetterRows,
    letters: Vec<u8>,
    skim: SkimMatcherV2,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            shops: Vec::new(),
            ranked: Vec::new(),
            best: Vec::new(),
            keep: TIES,
            rows: Rows::default(),
            letter_rows: LetterRows::default(),
            letters: Vec::new(),
            skim: SkimMatcherV2::default(),
        }
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy)]
struct Ranked {
    cost: i32,
    /// 2 where the name is what was typed, letter by letter, 1 where it has it, else 0.
    literal: u8,
    fuzzy: i64,
    shop: u32,
}

impl Index {
    /// The shops that `query` may mean, the likeliest first; between equals the lower id.
    ///
    /// Any text is answered: only its first [`super::query::QUERY_MAX`] folded characters count,
    /// and at most a few hundred shops are compared. `limit` is at most 100.
    #[must_use]
    pub fn search(&self, query: &Query<'_>, scratch: &mut Scratch) -> Vec<Hit> {
        let asked = Asked::of(query.text, self.learned());
        let limit = query.limit.min(LIMIT_MAX);
        if asked.is_empty() || limit == 0 || self.is_empty() {
            return Vec::new();
        }
        let boost = &query.boost[..query.boost.len().min(BOOST_MAX)];
        let mut shops = std::mem::take(&mut scratch.shops);
        scratch.tally.candidates(self, &asked, query.prefecture, boost, &mut shops);
        scratch.keep = limit.max(TIES);
        scratch.rank(self, &asked, query.prefecture, boost, &shops);
        scratch.shops = shops;
        scratch.settle_ties(self, &asked);
        scratch.hits(self, &asked, limit)
    }
}

impl Scratch {
    fn rank(
        &mut self,
        index: &Index,
        asked: &Asked,
        prefecture: Option<u8>,
        boost: &[u32],
        shops: &[u32],
    ) {
        self.ranked.clear();
        self.best.clear();
        let by_letters = LETTERS * LETTERS_FEW / asked.letters.len().max(LETTERS_FEW);
        for (at, &shop) in shops.iter().enumerate() {
            let mut spared = 0;
            if prefecture.is_some() && prefecture == Some(index.prefecture(shop)) {
                spared += PREFECTURE;
            }
            if boost.contains(&shop) {
                spared += BOOST;
            }
            let worst = self.best.last().copied().filter(|_| self.best.len() == self.keep);
            let limit = worst.map_or(FAR - 1, |worst| u16::try_from(worst + spared).unwrap_or(0));
            let cost = self.cost(index, asked, shop, limit, at < by_letters);
            if cost < FAR {
                let cost = i32::from(cost) - spared;
                self.note(cost);
                self.ranked.push(Ranked { cost, literal: 0, fuzzy: 0, shop });
            }
        }
        self.ranked.sort_unstable_by_key(|ranked| (ranked.cost, index.place(ranked.shop)));
        self.ranked.truncate(self.keep);
    }

    /// Remembers the lowest costs; a shop above the last of them need not be compared to the end.
    fn note(&mut self, cost: i32) {
        let at = self.best.partition_point(|&known| known <= cost);
        if at < self.keep {
            self.best.truncate(self.keep - 1);
            self.best.insert(at, cost);
        }
    }

    /// The least cost of what was asked in any of the ways this shop can be written or said.
    fn cost(&mut self, index: &Index, asked: &Asked, shop: u32, limit: u16, letters: bool) -> u16 {
        let mut best = FAR;
        let surface = index.surface(shop);
        if !asked.seen.is_empty() {
            let surplus = surplus(asked.seen.len(), surface.items.len());
            let cost = self.rows.cost(&SurfaceCosts, &SURFACE_PRICES, &asked.seen, surface, limit);
            best = best.min(cost + surplus);
            if !asked.seen_short.is_empty() {
                let short = self.rows.cost(
                    &SurfaceCosts,
                    &SURFACE_PRICES,
                    &asked.seen_short,
                    surface,
                    limit,
                );
                best = best.min(short + surplus + 2);
            }
        }
        if !asked.written.is_empty() && surface.items.starts_with(&asked.written) {
            best = best.min(as_written(asked, surface.items.len()));
        }
        let costs = SoundCosts::get();
        for heard in &asked.heard {
            let codes = &heard.codes;
            if best <= heard.price {
                continue;
            }
            let second = heard.second_words();
            let prices = if codes.len() <= 6 { &SHORT_PRICES } else { &SOUND_PRICES };
            for spoken in index.sounds(shop) {
                let Spoken { codes: items, starts, long } = spoken;
                let always = heard.price + surplus(codes.len(), items.len());
                let cost = if items.starts_with(codes) {
                    // What a table would find without asking for it, and then the long vowels.
                    ending(prices, &spoken, codes.len())
                        + heard.lengthening(items.len(), long, asked.is_spelled())
                } else {
                    let room = limit.min(best).saturating_sub(always);
                    self.rows.cost(costs, prices, codes, Said { items, starts }, room)
                };
                best = best.min(cost + always);
                if second != 0 && abbreviates(codes, second, &spoken) {
                    let surplus = surplus(codes.len(), items.len()) / 4;
                    best = best.min(ABBREVIATED + heard.price + surplus);
                }
            }
        }
        if letters && !asked.letters.is_empty() && best > 8 {
            best = best.min(self.letter_cost(index, asked, shop, limit.min(best)));
        }
        if !asked.segments.is_empty() {
            best = best.min(self.segments_cost(index, asked, shop, limit.min(best)));
        }
        best
    }

    fn letter_cost(&mut self, index: &Index, asked: &Asked, shop: u32, limit: u16) -> u16 {
        let mut best = FAR;
        let heard = asked.heard.first().map_or(0, |heard| heard.codes.len());
        for Spoken { codes, .. } in index.sounds(shop) {
            letters::of_sound(codes, &mut self.letters);
            let cost = self.letter_rows.cost(&asked.letters, &self.letters, limit);
            best = best.min(cost + surplus(heard, codes.len()));
        }
        best
    }

    /// Kanji by their looks and kana by their sound, each wherever it fits.
    fn segments_cost(&mut self, index: &Index, asked: &Asked, shop: u32, limit: u16) -> u16 {
        let surface = index.surface(shop);
        let mut total = surplus(asked.seen.len(), surface.items.len()) + 4;
        for segment in &asked.segments {
            total += match segment {
                Segment::Seen(codes) => {
                    self.rows.cost(&SurfaceCosts, &SEGMENT_PRICES, codes, surface, limit)
                }
                Segment::Heard(codes) => index
                    .sounds(shop)
                    .map(|spoken| {
                        let said = Said { items: spoken.codes, starts: spoken.starts };
                        self.rows.cost(SoundCosts::get(), &SEGMENT_PRICES, codes, said, limit)
                    })
                    .min()
                    .unwrap_or(FAR),
            };
            if total > limit {
                return FAR;
            }
        }
        total
    }

    /// Between shops that cost the same, a name that is or has just what was typed comes first
    /// (ビール and ビル sound the same here); then the fuzzy matcher decides.
    fn settle_ties(&mut self, index: &Index, asked: &Asked) {
        let ties = self.ranked.len();
        let pattern: String = asked.folded.chars.iter().collect();
        let spoken: Option<String> = asked.heard.first().map(|heard| spelled(&heard.codes));
        for at in 0..ties {
            let cost = self.ranked[at].cost;
            let alone = (at == 0 || self.ranked[at - 1].cost != cost)
                && self.ranked.get(at + 1).is_none_or(|next| next.cost != cost);
            if alone {
                continue;
            }
            let shop = self.ranked[at].shop;
            let name = super::fold::surface_key(index.name(shop));
            let fuzzy = match &spoken {
                Some(pattern) => index
                    .sounds(shop)
                    .filter_map(|said| self.skim.fuzzy_match(&spelled(said.codes), pattern))
                    .max(),
                None => self.skim.fuzzy_match(&name, &pattern),
            };
            self.ranked[at].literal = u8::from(name == pattern) + u8::from(name.contains(&pattern));
            self.ranked[at].fuzzy = fuzzy.unwrap_or(0);
        }
        self.ranked[..ties].sort_by_key(|ranked| {
            let literal = Reverse(ranked.literal);
            (ranked.cost, literal, Reverse(ranked.fuzzy), index.place(ranked.shop))
        });
    }

    fn hits(&mut self, index: &Index, asked: &Asked, limit: usize) -> Vec<Hit> {
        let whole =
            f32::from(u16::try_from(asked.length().max(1)).unwrap_or(u16::MAX)) * f32::from(UNIT);
        self.ranked
            .iter()
            .take(limit)
            .map(|ranked| {
                let cost = u16::try_from(ranked.cost.max(0)).unwrap_or(u16::MAX);
                Hit {
                    shop: ranked.shop,
                    score: (1.0 - f32::from(cost) / whole).clamp(0.0, 1.0),
                    matched: underline::matched(index, asked, ranked.shop, &self.skim),
                }
            })
            .collect()
    }
}

/// What a name costs that is written with exactly what was typed at its beginning. For letters it
/// is less than for any name that only sounds so.
fn as_written(asked: &Asked, name: usize) -> u16 {
    let typed = asked.written.len();
    match (typed == name, asked.is_spelled()) {
        (true, _) => 0,
        (false, true) if typed >= LATIN_MIN => 1 + surplus(typed, name) / 4,
        (false, _) => SOUND_PRICES.open_end + surplus(typed, name),
    }
}

/// Whether `codes` are the beginnings of the first word of a reading and of any other, cut at one
/// of the places of `second`. Nobody shortens a name by its company form.
fn abbreviates(codes: &[u8], second: u64, spoken: &Spoken<'_>) -> bool {
    let of_two_words = bits(second).any(|cut| {
        let (first, other) = codes.split_at(cut);
        let others = spoken.starts & !bits_below(cut);
        spoken.codes.starts_with(first)
            && bits(others).any(|at| spoken.codes.get(at..).unwrap_or(&[]).starts_with(other))
    });
    of_two_words && !company::sounds().iter().any(|form| spoken.codes.starts_with(form))
}

/// What it costs to end after the first `at` sounds of a reading.
fn ending(prices: &Prices, spoken: &Spoken<'_>, at: usize) -> u16 {
    if at == spoken.codes.len() {
        0
    } else if at < TEXT_MAX && spoken.starts >> at & 1 == 1 {
        prices.open_end / 2
    } else {
        prices.open_end
    }
}

/// What a name longer than what was asked costs: little, and bounded.
fn surplus(asked: usize, name: usize) -> u16 {
    u16::try_from(name.saturating_sub(asked).min(SURPLUS_MAX)).unwrap_or(0)
}

/// A sound key as a text for the fuzzy matcher, one letter for each code.
fn spelled(codes: &[u8]) -> String {
    codes.iter().filter_map(|&code| char::from_u32('ぁ' as u32 + u32::from(code))).collect()
}
