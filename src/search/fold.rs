//! What two spellings of one name have in common.
//!
//! Two keys are made of a text. The *surface key* is what it looks like once nothing is left that
//! a keyboard chooses by chance: width, case, script of kana, old kanji, punctuation, company
//! form. The *sound key* is what it sounds like over a telephone; `super::sound` makes it.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::company;
use super::variants::Variants;

/// Characters of a text that are looked at, and of a key; a name is shorter, a paste is not.
pub const TEXT_MAX: usize = 512;
/// Marks kept on one letter: Japanese has one; more are noise made to hurt.
const MARKS_MAX: usize = 4;
static VARIANTS: LazyLock<Variants> = LazyLock::new(Variants::new);

/// A text folded, each character still knowing where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// The folded characters: letters, digits, hiragana, kanji, `ー`.
    pub chars: Vec<char>,
    /// For each of them the position of the character of the text that it came from.
    pub origin: Vec<u32>,
    /// For each of them whether something that separates words stands before it.
    pub starts: Vec<bool>,
}

impl Folded {
    /// Folds `text`, company forms dropped unless nothing would be left.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut folded = Self::with_company(text);
        folded.drop_company();
        folded
    }

    /// Folds `text` and keeps the company forms.
    #[must_use]
    pub fn with_company(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(TEXT_MAX).collect();
        let mut folded = Self {
            chars: Vec::with_capacity(chars.len()),
            origin: Vec::with_capacity(chars.len()),
            starts: Vec::with_capacity(chars.len()),
        };
        let mut gap = true;
        let mut at = 0;
        // One character may fold to eighteen (ﷺ), so the key has its own bound.
        while at < chars.len() && folded.chars.len() < TEXT_MAX {
            if let Some(skip) = company::bracketed(&chars[at..]) {
                at += skip;
                gap = true;
                continue;
            }
            let origin = at;
            let first = chars[at];
            at += 1;
            let marks_from = at;
            while at < chars.len() && is_mark(chars[at]) {
                at += 1;
            }
            let marks = &chars[marks_from..at.min(marks_from + MARKS_MAX)];
            folded.push_folded(first, marks, origin, &mut gap);
        }
        folded.truncate(TEXT_MAX);
        folded
    }

    /// One letter with its marks: NFKC, lower case, usual form, and out if it is no letter.
    fn push_folded(&mut self, first: char, marks: &[char], origin: usize, gap: &mut bool) {
        if marks.is_empty() && is_plain(first) {
            self.push(usual_form(first), origin, gap);
            return;
        }
        let composed = std::iter::once(first).chain(marks.iter().copied()).nfkc();
        let lowered: String = composed.flat_map(char::to_lowercase).collect();
        for c in lowered.nfkc() {
            if keeps(c) {
                self.push(usual_form(c), origin, gap);
            } else if !is_combining_mark(c) {
                *gap = true;
            }
        }
    }

    fn push(&mut self, c: char, origin: usize, gap: &mut bool) {
        self.chars.push(c);
        self.origin.push(u32::try_from(origin).unwrap_or(u32::MAX));
        self.starts.push(*gap);
        *gap = false;
    }

    /// Keeps the first `len` characters.
    pub(super) fn truncate(&mut self, len: usize) {
        self.chars.truncate(len);
        self.origin.truncate(len);
        self.starts.truncate(len);
    }

    /// Takes company forms out until none is left; what was inside may join into another.
    fn drop_company(&mut self) {
        if self.find_company().is_none() {
            return;
        }
        let mut kept = self.clone();
        while let Some((from, to)) = kept.find_company() {
            kept.chars.drain(from..to);
            kept.origin.drain(from..to);
            kept.starts.drain(from..to);
            if let Some(start) = kept.starts.get_mut(from) {
                *start = true;
            }
        }
        if !kept.chars.is_empty() {
            *self = kept;
        }
    }

    /// Where a company form stands, if one does.
    pub(super) fn find_company(&self) -> Option<(usize, usize)> {
        company::find(&self.chars)
    }

    /// The folded characters as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }
}

/// The surface key of a name or of what was typed: NFKC, lower case, katakana as hiragana, old
/// and variant kanji in their usual form, symbols, spaces and company forms dropped.
///
/// Folding a key again gives the key.
#[must_use]
pub fn surface_key(text: &str) -> String {
    Folded::of(text).text()
}

/// Hiragana, for katakana; anything else as it is.
#[must_use]
pub fn to_hiragana(c: char) -> char {
    match c {
        'ァ'..='ヴ' | 'ヽ' | 'ヾ' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
        'ヵ' => 'か',
        'ヶ' => 'け',
        _ => c,
    }
}

/// Whether `c` is a kanji (or the repetition sign, which stands for one).
///
/// Twelve kanji, `﨑` among them, stand among the compatibility characters and are none: NFKC leaves
/// them as they are.
#[must_use]
pub fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{323af}' | '\u{fa0e}'..='\u{fa29}' | '々' | '〆')
}

/// Whether `c` is hiragana as the surface key writes all kana.
#[must_use]
pub fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ー')
}

/// The usual form of an old or variant kanji (髙 高, 﨑 崎); anything else as it is.
#[must_use]
pub fn usual_kanji(c: char) -> char {
    if is_kanji(c) { VARIANTS.usual(c) } else { c }
}

fn usual_form(c: char) -> char {
    if is_kanji(c) {
        return VARIANTS.usual(c);
    }
    match to_hiragana(c.to_ascii_lowercase()) {
        'ゖ' => 'け',
        'ゕ' => 'か',
        hiragana => hiragana,
    }
}

/// Characters that NFKC leaves alone and that are kept: nearly all of a Japanese name.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, 'ぁ'..='ゔ' | 'ァ'..='ヴ' | 'ー' | '\u{4e00}'..='\u{9fff}')
}

/// What a key keeps. Letters that join with their neighbours (Hangul pieces) are left out: once
/// the symbols between them are gone they would join, and the key would not be stable.
fn keeps(c: char) -> bool {
    is_plain(c)
        || is_kanji(c)
        || matches!(c, 'ヵ' | 'ヶ' | 'ゕ' | 'ゖ')
        || (c.is_alphanumeric()
            && !is_combining_mark(c)
            && !matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}'))
}

fn is_mark(c: char) -> bool {
    // Most letters are plain; only for the others is the table of marks worth asking.
    matches!(c, '\u{ff9e}' | '\u{ff9f}') || (c >= '\u{300}' && !is_plain(c) && is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_every_width_and_script() {
        let wanted = surface_key("ガーデンかふぇ");
        for spelling in
            ["ｶﾞｰﾃﾞﾝｶﾌｪ", "がーでん・カフェ", " ガーデン　カフェ！", "カ\u{3099}ーデンカフェ"]
        {
            assert_eq!(surface_key(spelling), wanted, "{spelling}");
        }
        assert_eq!(surface_key("髙﨑"), "高崎");
        assert_eq!(surface_key("Ｃａｆｅ　ＭＯＫＡ"), "cafemoka");
    }

    #[test]
    fn company_forms_go_and_a_name_that_is_only_one_stays() {
        assert_eq!(surface_key("（株）山田商店"), "山田商店");
        assert_eq!(surface_key("㈲山田商店"), "山田商店");
        assert_eq!(surface_key("山田商店株式会社"), "山田商店");
        assert_eq!(surface_key("株式株式会社会社山田"), "山田");
        assert_eq!(surface_key("株式会社"), "株式会社");
    }

    #[test]
    fn a_folded_letter_knows_its_place_in_the_name() {
        let folded = Folded::of("㈱ ｶﾞｽﾄ 奈良");
        assert_eq!(folded.text(), "がすと奈良");
        assert_eq!(folded.origin, [2, 4, 5, 7, 8]);
        assert_eq!(folded.starts, [true, false, false, true, false]);
    }

    #[test]
    fn a_tower_of_marks_is_cut() {
        let tower = format!("か{}な", "\u{301}".repeat(100_000));
        assert!(surface_key(&tower).chars().count() <= TEXT_MAX);
    }
}
