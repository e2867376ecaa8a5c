//! Kana: morae, words, and half-width letters.

use std::collections::HashMap;
use std::sync::LazyLock;

use madoguchi::search::fold::to_hiragana;
use unicode_normalization::UnicodeNormalization as _;

/// A reading in hiragana without spaces, or none if it is empty or anything but kana.
pub fn plain(reading: &str) -> Option<String> {
    let joined = words(reading).concat();
    let kana = |c: char| matches!(c, 'ぁ'..='ゔ' | 'ー');
    (!joined.is_empty() && joined.chars().all(kana)).then_some(joined)
}

/// The words of a reading in hiragana.
pub fn words(reading: &str) -> Vec<String> {
    let folded =
        |word: &str| -> String { word.nfkc().filter(|&c| c != '・').map(to_hiragana).collect() };
    reading.split_whitespace().map(folded).filter(|word| !word.is_empty()).collect()
}

/// The morae of hiragana: a small vowel belongs to what stands before it.
pub fn morae(kana: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    for (at, c) in kana.char_indices() {
        if starts.is_empty() || !"ぁぃぅぇぉゃゅょゎ".contains(c) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([kana.len()]);
    starts.iter().zip(ends).map(|(&from, to)| &kana[from..to]).collect()
}

/// Katakana, for hiragana; anything else as it is.
pub fn to_katakana(c: char) -> char {
    match c {
        'ぁ'..='ゔ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        other => other,
    }
}

/// Half-width katakana, as old terminals print them.
pub fn half_width(kana: &str) -> String {
    static TABLE: LazyLock<HashMap<char, String>> = LazyLock::new(half_width_letters);
    let half = |c: char| TABLE.get(&to_katakana(c)).cloned().unwrap_or_else(|| c.to_string());
    kana.chars().map(half).collect()
}

fn half_width_letters() -> HashMap<char, String> {
    let mut table = HashMap::new();
    for letter in '\u{ff66}'..='\u{ff9d}' {
        for mark in ["", "\u{ff9e}", "\u{ff9f}"] {
            let half = format!("{letter}{mark}");
            let mut full = half.nfkc();
            // Two characters are a letter that takes no such mark.
            if let (Some(c), None) = (full.next(), full.next()) {
                table.insert(c, half);
            }
        }
    }
    table
}
