//! The whole name in each script and spelling.

use madoguchi::search::spelling::{Spelling, from_kana};

use super::{Made, Source};
use crate::chance::Chance;
use crate::kana;
use crate::names::Names;

pub fn surface(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(source.name.split_whitespace().collect()))
}

pub fn hiragana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(source.kana.to_owned()))
}

pub fn katakana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(source.kana.chars().map(kana::to_katakana).collect()))
}

pub fn half_width(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(kana::half_width(source.kana)))
}

pub fn hepburn(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(from_kana(source.kana, Spelling::Hepburn)))
}

pub fn kunrei(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(from_kana(source.kana, Spelling::Kunrei)))
}

pub fn word_processor(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(from_kana(source.kana, Spelling::WordProcessor)))
}

/// Two letters that changed places in haste.
pub fn transposed(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let mut letters: Vec<char> = from_kana(source.kana, Spelling::WordProcessor).chars().collect();
    let places: Vec<usize> = (1..letters.len())
        .filter(|&at| letters[at - 1] != letters[at])
        .filter(|&at| letters[at - 1].is_ascii_lowercase() && letters[at].is_ascii_lowercase())
        .collect();
    let &at = chance.pick(&places)?;
    letters.swap(at - 1, at);
    Some(Made::itself(letters.into_iter().collect()))
}

/// A mora whose vowel was never typed: the input method leaves its consonant standing.
pub fn letter_inside(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let morae = source.morae();
    if morae.len() < 4 {
        return None;
    }
    let at = 1 + chance.below(morae.len() - 2);
    let consonant = consonant(morae[at])?;
    Some(Made::itself(
        [&morae[..at].concat(), consonant.as_str(), &morae[at + 1..].concat()].concat(),
    ))
}

/// The letters typed before the vowel of a mora, if there are any.
pub fn consonant(mora: &str) -> Option<String> {
    let letters = from_kana(mora, Spelling::WordProcessor);
    let consonant = letters.strip_suffix(['a', 'i', 'u', 'e', 'o'])?;
    let typed = !consonant.is_empty() && consonant.chars().all(|c| c.is_ascii_lowercase());
    typed.then(|| consonant.to_owned())
}
