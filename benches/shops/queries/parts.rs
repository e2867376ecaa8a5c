//! A part of a name: its beginning, one word, the usual abbreviation.

use madoguchi::search::fold::surface_key;
use madoguchi::search::spelling::{Spelling, from_kana};

use super::spelled::consonant;
use super::{Made, Source};
use crate::chance::Chance;
use crate::kana;
use crate::names::{Names, abbreviation as shorten};

/// Fewest morae of a beginning or a word, and fewest characters of a written beginning.
const MORAE_MIN: usize = 3;
const CHARS_MIN: usize = 2;
/// Morae or characters that are typed, at most, after few enough shops are left.
const MORE: usize = 3;
/// Shops that begin with a word, at most, for anybody to abbreviate it: nobody makes ほうねこ of
/// 訪問介護事業所 ねこの手.
const HEADS_MAX: usize = 100;

pub fn prefix_kana(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let (text, right) = beginning(source, names, chance, 0)?;
    Some(Made::of(text, right))
}

/// The shortest beginning of a reading that few enough shops share, or a little more of it, and
/// `beyond` morae longer.
pub fn beginning(
    source: &Source<'_>,
    names: &Names<'_>,
    chance: &mut Chance,
    beyond: usize,
) -> Option<(String, Vec<u32>)> {
    let morae = source.morae();
    let least = (MORAE_MIN..morae.len())
        .find(|&len| names.reading_begins(&morae[..len].concat()).is_some())?;
    let len = (least + beyond + chance.below(MORE)).min(morae.len() - 1);
    if len < least + beyond {
        return None;
    }
    let text = morae[..len].concat();
    let right = names.reading_begins(&text)?;
    Some((text, right))
}

/// The same in romaji, half the time with a consonant whose vowel is still to come.
pub fn prefix_romaji(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let (kana, right) = beginning(source, names, chance, 0)?;
    // What っ doubles is not typed yet, and so neither is it.
    if kana.ends_with('っ') {
        return None;
    }
    let next = kana::morae(&source.kana[kana.len()..]).first().copied().and_then(consonant);
    let tail = next.filter(|_| chance.toss()).unwrap_or_default();
    let right = going_on(names, right, &kana, &tail);
    Some(Made::of(from_kana(&kana, Spelling::WordProcessor) + &tail, right))
}

/// The beginning in kana and a consonant: an input method at work.
pub fn kana_letter_tail(
    source: &Source<'_>,
    names: &Names<'_>,
    chance: &mut Chance,
) -> Option<Made> {
    let (kana, right) = beginning(source, names, chance, 0)?;
    let tail = consonant(kana::morae(&source.kana[kana.len()..]).first()?)?;
    let right = going_on(names, right, &kana, &tail);
    Some(Made::of(kana + &tail, right))
}

/// Those of `shops`, all of which begin with `kana`, that go on with `letters`.
fn going_on(names: &Names<'_>, mut shops: Vec<u32>, kana: &str, letters: &str) -> Vec<u32> {
    shops.retain(|&at| {
        let reading = names.readings[at as usize].as_deref();
        let rest = reading.and_then(|reading| reading.strip_prefix(kana));
        // Of a shop without a reading only the name is known; it stays.
        rest.is_none_or(|rest| from_kana(rest, Spelling::WordProcessor).starts_with(letters))
    });
    shops
}

pub fn prefix_surface(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let chars: Vec<char> = surface_key(source.name).chars().collect();
    let text = |len: usize| chars[..len].iter().collect::<String>();
    let least = (CHARS_MIN..chars.len()).find(|&len| names.surface_begins(&text(len)).is_some())?;
    let text = text((least + chance.below(MORE)).min(chars.len() - 1));
    let right = names.surface_begins(&text)?;
    Some(Made::of(text, right))
}

pub fn word_kana(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let (text, right) = word(source, names, chance)?;
    Some(Made::of(text, right))
}

pub fn word_romaji(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let (text, right) = word(source, names, chance)?;
    Some(Made::of(from_kana(&text, Spelling::WordProcessor), right))
}

/// One word of several, of those that tell shops apart.
fn word(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<(String, Vec<u32>)> {
    if source.words.len() < 2 {
        return None;
    }
    let word = chance.pick(&source.words)?;
    if kana::morae(word).len() < MORAE_MIN {
        return None;
    }
    let right = names.contain(word)?;
    Some((word.clone(), right))
}

pub fn abbreviation(source: &Source<'_>, names: &Names<'_>, _: &mut Chance) -> Option<Made> {
    if names.beginning_with(source.words.first()?) > HEADS_MAX {
        return None;
    }
    let text = shorten(&source.words)?;
    let right = names.abbreviated(&text)?;
    Some(Made::of(text, right))
}
