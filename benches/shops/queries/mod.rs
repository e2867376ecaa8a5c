//! Queries made by rule from the names and readings of shops.
//!
//! ```text
//! spelled   the whole name in each script and spelling    heard    misheard
//! parts     its beginning, one word of it, abbreviated    without  something left out, or moved
//! written   kanji mistaken or old, latin letters in other shapes
//! ```
//!
//! The rules are written from what people do and not from what the search knows: none of its
//! tables is used here but the three spellings of romaji.

mod heard;
mod parts;
mod spelled;
mod without;
mod written;

use std::collections::HashSet;

use crate::chance::Chance;
use crate::kana;
use crate::names::Names;

/// Shops tried for each query wanted, until a class is given up: few names have brackets.
const TRIES: usize = 400;

/// A query and what answers it.
#[derive(Debug, Clone)]
pub struct Case {
    pub class: String,
    pub text: String,
    /// The shops of which any one is right.
    pub right: Vec<u32>,
    /// Whether the reading behind it came with the record.
    pub official: bool,
}

/// A shop that a query is made from.
struct Source<'a> {
    at: u32,
    name: &'a str,
    /// Its reading in hiragana without spaces.
    kana: &'a str,
    /// The words of the reading, as far as it has spaces.
    words: Vec<String>,
}

impl Source<'_> {
    fn morae(&self) -> Vec<&str> {
        kana::morae(self.kana)
    }
}

/// What was made.
struct Made {
    text: String,
    right: Right,
}

/// What answers it.
enum Right {
    /// The shop itself and those exactly like it. What happens to be another shop's whole name is
    /// no query: nobody could know.
    Itself,
    /// The shop itself, those like it, and any other whose whole name this is.
    ItselfOrWhole,
    /// These, the shop itself among them, and those like it.
    These(Vec<u32>),
}

impl Made {
    fn itself(text: String) -> Self {
        Self { text, right: Right::Itself }
    }

    fn or_whole(text: String) -> Self {
        Self { text, right: Right::ItselfOrWhole }
    }

    fn of(text: String, right: Vec<u32>) -> Self {
        Self { text, right: Right::These(right) }
    }
}

type Rule = fn(&Source<'_>, &Names<'_>, &mut Chance) -> Option<Made>;

/// Every class with its rule.
const CLASSES: [(&str, Rule); 41] = [
    ("abbr_2x2", parts::abbreviation),
    ("bracket_reading", without::all_but_bracket),
    ("drop_bracket", without::bracket),
    ("drop_legal_kana", without::company_kana),
    ("drop_legal_surface", without::company_surface),
    ("drop_particle", without::particle),
    ("drop_ten_kana", without::ten_kana),
    ("drop_ten_surface", without::ten_surface),
    ("halfkana", spelled::half_width),
    ("hiragana", spelled::hiragana),
    ("kana_letter_inside", spelled::letter_inside),
    ("kana_letter_tail", parts::kana_letter_tail),
    ("kanji_homophone", written::kanji_homophone),
    ("kanji_variant", written::kanji_variant),
    ("kanji_wrong1", written::kanji_wrong),
    ("katakana", spelled::katakana),
    ("latin_fullwidth", written::latin_full_width),
    ("latin_lower", written::latin_lower),
    ("latin_nospace_upper", written::latin_upper),
    ("long_vowel", heard::long_vowel),
    ("misheard_del1", heard::lost),
    ("misheard_prefix", heard::prefix),
    ("misheard_sub1", heard::other_sound),
    ("misheard_sub1_romaji", heard::other_sound_romaji),
    ("misheard_two", heard::two),
    ("misheard_voice1", heard::voiced),
    ("mixed_surface_kana", without::second_word_in_kana),
    ("prefix_kana", parts::prefix_kana),
    ("prefix_romaji", parts::prefix_romaji),
    ("prefix_surface", parts::prefix_surface),
    ("romaji_hepburn", spelled::hepburn),
    ("romaji_kunrei", spelled::kunrei),
    ("romaji_transpose", spelled::transposed),
    ("romaji_wapuro", spelled::word_processor),
    ("small_tsu", heard::small_tsu),
    ("surface_nospace", spelled::surface),
    ("swap_kana", without::moved_kana),
    ("swap_kana_nospace", without::moved_kana_joined),
    ("swap_surface", without::moved_surface),
    ("word_only_kana", parts::word_kana),
    ("word_only_romaji", parts::word_romaji),
];

/// At most `per_class` queries of each class, the same for the same seed.
pub fn make(names: &Names<'_>, seed: u64, per_class: usize) -> Vec<Case> {
    let known: Vec<u32> = (0..)
        .zip(&names.readings)
        .filter(|(_, reading)| reading.is_some())
        .map(|(at, _)| at)
        .collect();
    let mut cases = Vec::new();
    for (class, rule) in CLASSES {
        let mut chance = Chance::new(seed, class);
        let mut texts = HashSet::new();
        for _ in 0..per_class * TRIES {
            let Some(case) = one(names, &known, class, rule, &mut chance) else { continue };
            if texts.insert(case.text.clone()) {
                cases.push(case);
            }
            if texts.len() == per_class {
                break;
            }
        }
    }
    cases
}

fn one(
    names: &Names<'_>,
    known: &[u32],
    class: &str,
    rule: Rule,
    chance: &mut Chance,
) -> Option<Case> {
    let at = *chance.pick(known)?;
    let shop = &names.shops[at as usize];
    let kana = names.readings[at as usize].as_deref()?;
    let source = Source { at, name: &shop.name, kana, words: kana::words(&shop.kana) };
    let made = rule(&source, names, chance)?;
    let right = match made.right {
        Right::These(mut right) => {
            // Those like it of which no reading is known.
            right.extend(names.alike(source.at));
            right
        }
        Right::Itself => {
            let right = names.alike(source.at);
            if names.exactly(&made.text).iter().any(|other| !right.contains(other)) {
                return None;
            }
            right
        }
        Right::ItselfOrWhole => {
            let mut right = names.alike(source.at);
            right.extend(names.exactly(&made.text));
            right
        }
    };
    Some(Case { class: class.to_owned(), text: made.text, right, official: true })
}
