//! Names misheard over a telephone.

use madoguchi::search::spelling::{Spelling, from_kana};

use super::{Made, Source, parts};
use crate::chance::Chance;
use crate::names::Names;

/// Fewest morae of a name in which one is misheard, and in which two are.
const ONE_MIN: usize = 4;
const TWO_MIN: usize = 7;
/// Morae of a beginning that are heard beyond those that tell few enough shops apart: with one of
/// these alone misheard nobody could know.
const BEYOND: usize = 2;

/// The syllabary by row; a space where there is none.
const ROWS: [&str; 15] = [
    "あいうえお",
    "かきくけこ",
    "がぎぐげご",
    "さしすせそ",
    "ざじずぜぞ",
    "たちつてと",
    "だぢづでど",
    "なにぬねの",
    "はひふへほ",
    "ばびぶべぼ",
    "ぱぴぷぺぽ",
    "まみむめも",
    "や ゆ よ",
    "らりるれろ",
    "わ   を",
];

/// Rows that differ by their voice.
const VOICED: [(char, char); 6] =
    [('か', 'が'), ('さ', 'ざ'), ('た', 'だ'), ('は', 'ば'), ('は', 'ぱ'), ('ば', 'ぱ')];

/// Rows that are mistaken for each other, and the columns in which they are.
const NEAR: [(char, char, &str); 13] = [
    ('ら', 'だ', "あえお"),
    ('ら', 'な', "あいうえお"),
    ('な', 'ま', "あいうえお"),
    ('ば', 'だ', "あえお"),
    ('が', 'ば', "あいうえお"),
    ('か', 'た', "あいえお"),
    ('か', 'ぱ', "あいうえお"),
    ('た', 'ぱ', "あえお"),
    ('さ', 'は', "いう"),
    ('さ', 'た', "いう"),
    ('ざ', 'だ', "あえお"),
    ('ら', 'ざ', "い"),
    ('や', 'わ', "あ"),
];

/// Columns that are.
const VOWELS: [(usize, usize); 3] = [(1, 3), (2, 4), (0, 4)];

pub fn voiced(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    changed(source, ONE_MIN, chance, &[with_voice]).map(Made::itself)
}

pub fn other_sound(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    changed(source, ONE_MIN, chance, &[nearly]).map(Made::itself)
}

pub fn other_sound_romaji(
    source: &Source<'_>,
    names: &Names<'_>,
    chance: &mut Chance,
) -> Option<Made> {
    let kana = changed(source, ONE_MIN, chance, &[nearly])?;
    // Romaji are no name of anybody's, so what they say is asked.
    let right = names.alike(source.at);
    let unknowable = names.exactly(&kana).iter().any(|other| !right.contains(other));
    (!unknowable).then(|| Made::itself(from_kana(&kana, Spelling::WordProcessor)))
}

pub fn lost(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    changed(source, ONE_MIN + 1, chance, &[nothing]).map(Made::itself)
}

pub fn two(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let kinds: [Change; 3] = [nearly, with_voice, nothing];
    let (first, second) = (*chance.pick(&kinds)?, *chance.pick(&kinds)?);
    changed(source, TWO_MIN, chance, &[first, second]).map(Made::itself)
}

/// The beginning of a name with one sound misheard; right is who begins as was said.
pub fn prefix(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let (said, right) = parts::beginning(source, names, chance, BEYOND)?;
    let heard = Source { kana: &said, words: Vec::new(), ..*source };
    let heard = changed(&heard, ONE_MIN + 1, chance, &[nearly])?;
    (names.beginning_with(&heard) == 0).then(|| Made::of(heard, right))
}

/// A long vowel lost, or heard where there is none.
pub fn long_vowel(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let mut morae = source.morae();
    let places: Vec<usize> =
        (1..morae.len()).filter(|&at| lengthens(morae[at - 1], morae[at])).collect();
    if let Some(&at) = chance.pick(&places) {
        morae.remove(at);
    } else {
        let at = 1 + chance.below(morae.len());
        morae.insert(at, "ー");
    }
    Some(Made::itself(morae.concat()))
}

/// Whether `mora` only makes the vowel of the one before it longer.
fn lengthens(before: &str, mora: &str) -> bool {
    let letters = from_kana(before, Spelling::Kunrei);
    matches!((mora, letters.bytes().last()), ("ー", _) | ("う", Some(b'o' | b'u')))
}

/// A small っ lost, or heard where there is none.
pub fn small_tsu(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let mut morae = source.morae();
    let places: Vec<usize> = (0..morae.len()).filter(|&at| morae[at] == "っ").collect();
    if let Some(&at) = chance.pick(&places) {
        morae.remove(at);
    } else {
        // Only a stop or a hiss can be held before it is let go.
        let stops = |mora: &str| {
            mora.starts_with(|c| "かきくけこさしすせそたちつてとぱぴぷぺぽ".contains(c))
        };
        let places: Vec<usize> = (1..morae.len()).filter(|&at| stops(morae[at])).collect();
        morae.insert(*chance.pick(&places)?, "っ");
    }
    Some(Made::itself(morae.concat()))
}

/// What becomes of a mora; none if nothing can.
type Change = fn(&str, &mut Chance) -> Option<String>;

/// A name of at least `least` morae in which each of `changes` happens to another one.
fn changed(
    source: &Source<'_>,
    least: usize,
    chance: &mut Chance,
    changes: &[Change],
) -> Option<String> {
    let mut morae: Vec<String> = source.morae().into_iter().map(str::to_owned).collect();
    if morae.len() < least {
        return None;
    }
    let mut places: Vec<usize> = (0..morae.len()).collect();
    for change in changes {
        // Not every mora can be misheard in every way.
        let done = (0..20).find_map(|_| {
            let which = chance.below(places.len());
            let heard = change(&morae[places[which]], chance)?;
            Some((places.swap_remove(which), heard))
        });
        let (at, heard) = done?;
        morae[at] = heard;
    }
    Some(morae.concat())
}

fn with_voice(mora: &str, chance: &mut Chance) -> Option<String> {
    let (row, column) = place(mora)?;
    let others: Vec<usize> = VOICED.iter().filter_map(|&(a, b)| other_row(row, a, b)).collect();
    put(mora, *chance.pick(&others)?, column)
}

fn nearly(mora: &str, chance: &mut Chance) -> Option<String> {
    let (row, column) = place(mora)?;
    let vowel = "あいうえお".chars().nth(column)?;
    let rows = NEAR.iter().filter(|near| near.2.contains(vowel));
    let rows = rows.filter_map(|&(a, b, _)| other_row(row, a, b)).map(|other| (other, column));
    // A mora of two kana keeps its vowel, which is the second one's.
    let single = mora.chars().count() == 1;
    let columns = VOWELS.iter().filter(|_| single).filter_map(|&(a, b)| match column {
        _ if column == a => Some((row, b)),
        _ if column == b => Some((row, a)),
        _ => None,
    });
    let others: Vec<(usize, usize)> = rows.chain(columns).collect();
    let &(row, column) = chance.pick(&others)?;
    put(mora, row, column)
}

/// A mora lost; those that only lengthen have classes of their own.
fn nothing(mora: &str, _: &mut Chance) -> Option<String> {
    (!matches!(mora, "ー" | "っ")).then(String::new)
}

fn place(mora: &str) -> Option<(usize, usize)> {
    let first = mora.chars().next()?;
    let at = |row: &str| row.chars().position(|c| c == first);
    ROWS.iter().enumerate().find_map(|(row, kana)| Some((row, at(kana)?)))
}

fn other_row(row: usize, a: char, b: char) -> Option<usize> {
    let of = |first: char| ROWS.iter().position(|kana| kana.starts_with(first));
    let (a, b) = (of(a)?, of(b)?);
    if row == a { Some(b) } else { (row == b).then_some(a) }
}

/// `mora` with its first kana replaced.
fn put(mora: &str, row: usize, column: usize) -> Option<String> {
    let first = ROWS[row].chars().nth(column).filter(|&c| c != ' ')?;
    Some(std::iter::once(first).chain(mora.chars().skip(1)).collect())
}
