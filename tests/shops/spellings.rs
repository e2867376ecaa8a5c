//! The ways in which one reading is written.

use unicode_normalization::UnicodeNormalization;

use madoguchi::search::spelling::{Spelling, from_kana};

/// A reading in every script of kana, whole and half as wide, composed and not.
pub fn in_every_kana(reading: &str) -> Vec<String> {
    vec![
        to_hiragana(reading),
        to_katakana(reading),
        to_half_width(reading),
        decomposed(&to_hiragana(reading)),
        decomposed(&to_katakana(reading)),
    ]
}

/// A reading in every spelling of romaji, in small, capital and full-width letters.
pub fn in_every_romaji(reading: &str) -> Vec<String> {
    let small = Spelling::ALL.map(|spelling| from_kana(reading, spelling));
    let capital = small.iter().map(|letters| letters.to_uppercase());
    let wide = small.iter().map(|letters| to_full_width(letters));
    capital.chain(wide).chain(small.iter().cloned()).collect()
}

/// Hiragana as katakana, anything else as it is.
pub fn to_katakana(kana: &str) -> String {
    let katakana = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        other => other,
    };
    kana.chars().map(katakana).collect()
}

/// Katakana as hiragana, anything else as it is.
pub fn to_hiragana(kana: &str) -> String {
    kana.chars().map(madoguchi::search::fold::to_hiragana).collect()
}

/// Kana at half width, voice marks as letters of their own.
pub fn to_half_width(kana: &str) -> String {
    /// In the order in which they stand at half width, from U+FF66.
    const WIDE: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    let narrow = |c: char| match c {
        '\u{3099}' => 'ﾞ',
        '\u{309a}' => 'ﾟ',
        '　' => ' ',
        _ => ('ｦ'..='ﾝ').zip(WIDE.chars()).find(|pair| pair.1 == c).map_or(c, |pair| pair.0),
    };
    decomposed(&to_katakana(kana)).chars().map(narrow).collect()
}

/// ASCII as wide as kana, as a keyboard left in the wrong mode writes it.
pub fn to_full_width(letters: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        other => other,
    };
    letters.chars().map(wide).collect()
}

/// Kana with their voice marks as combining characters, as some systems store them.
pub fn decomposed(kana: &str) -> String {
    kana.nfd().collect()
}
