//! Kana in letters, in each of the three common spellings.

use super::fold::to_hiragana;
use super::romaji::{ROWS, VOWELS};

/// One way of spelling kana in letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// `shi`, `chi`, `tsu`, `fu`; long vowels not written, as on road signs.
    Hepburn,
    /// `si`, `ti`, `tu`, `hu`, `sya`.
    Kunrei,
    /// What is typed to make an input method write it: `shi`, `ou`, `-`, `nn` before な.
    WordProcessor,
}

impl Spelling {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Hepburn, Self::Kunrei, Self::WordProcessor];
}

/// `kana` in letters; katakana is taken too, anything that is no kana is passed through.
#[must_use]
pub fn from_kana(kana: &str, spelling: Spelling) -> String {
    let chars: Vec<char> = kana.chars().map(to_hiragana).collect();
    let mut out = String::with_capacity(chars.len() * 2);
    let mut doubled = false;
    let mut at = 0;
    while at < chars.len() {
        let mut used = 1;
        match chars[at] {
            'っ' => doubled = true,
            'ん' => push_n(&mut out, chars.get(at + 1).copied(), spelling),
            'ー' if spelling == Spelling::Hepburn => {}
            'ー' => out.push('-'),
            first => {
                let mut syllable = String::new();
                used = spell(first, chars.get(at + 1).copied(), spelling, &mut syllable);
                if std::mem::take(&mut doubled) {
                    push_doubled(&mut out, &syllable, spelling);
                }
                // うぃ is a syllable of its own and lengthens nothing.
                let long = used == 1 && lengthens(&out, first);
                if !(spelling == Spelling::Hepburn && long) {
                    out.push_str(&syllable);
                }
            }
        }
        at += used;
    }
    out
}

/// Whether `kana` only makes the vowel already written longer, in the Hepburn of road signs.
fn lengthens(out: &str, kana: char) -> bool {
    matches!((out.bytes().last(), kana), (Some(b'o'), 'う' | 'お') | (Some(b'u'), 'う'))
}

/// ん, kept apart from a vowel that would make another syllable of it.
fn push_n(out: &mut String, next: Option<char>, spelling: Spelling) {
    let before = |row: &str| next.is_some_and(|c| row.contains(c));
    if before("あいうえおぁぃぅぇぉやゆよゃゅょ") {
        out.push_str("n'");
    } else if before("なにぬねの") && spelling == Spelling::WordProcessor {
        out.push_str("nn");
    } else {
        out.push('n');
    }
}

fn push_doubled(out: &mut String, syllable: &str, spelling: Spelling) {
    match syllable.chars().next() {
        Some('c') if spelling == Spelling::Hepburn => out.push('t'),
        Some(first) if first.is_ascii_alphabetic() && !"aiueon".contains(first) => out.push(first),
        _ => {}
    }
}

/// Rows in the order in which each spelling prefers them.
fn preferred(spelling: Spelling) -> &'static [&'static str] {
    match spelling {
        Spelling::Kunrei => &[
            "", "k", "g", "s", "z", "t", "d", "n", "h", "b", "p", "m", "y", "r", "w", "ky", "gy",
            "sy", "zy", "ty", "ny", "hy", "by", "py", "my", "ry", "f", "v", "ts", "th", "dh", "tw",
            "dw", "kw", "x", "xy",
        ],
        _ => &[
            "", "k", "g", "sh", "ch", "ts", "j", "f", "s", "z", "t", "d", "n", "h", "b", "p", "m",
            "y", "r", "w", "ky", "gy", "ny", "hy", "by", "py", "my", "ry", "v", "th", "dh", "dy",
            "tw", "dw", "kw", "x", "xy",
        ],
    }
}

/// Spells one syllable of one or two kana into `out`; returns the kana used.
fn spell(first: char, second: Option<char>, spelling: Spelling, out: &mut String) -> usize {
    let mut pair = String::from(first);
    if let Some(small) = second {
        pair.push(small);
        if "ぁぃぅぇぉゃゅょ".contains(small) && spell_exactly(&pair, spelling, out) {
            return 2;
        }
    }
    if !spell_exactly(&pair[..first.len_utf8()], spelling, out) {
        out.push(first);
    }
    1
}

fn spell_exactly(kana: &str, spelling: Spelling, out: &mut String) -> bool {
    for before in preferred(spelling) {
        let Some((_, syllables)) = ROWS.iter().find(|row| row.0 == *before) else {
            continue;
        };
        if let Some(which) = syllables.iter().position(|syllable| *syllable == kana) {
            out.push_str(before);
            out.push(char::from(VOWELS[which]));
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_are_spelled_three_ways() {
        let kana = "とうきょうしんじゅくまっちゃほーむ";
        assert_eq!(from_kana(kana, Spelling::Hepburn), "tokyoshinjukumatchahomu");
        assert_eq!(from_kana(kana, Spelling::Kunrei), "toukyousinzyukumattyaho-mu");
        assert_eq!(from_kana(kana, Spelling::WordProcessor), "toukyoushinjukumacchaho-mu");
        assert_eq!(from_kana("とうぃんく", Spelling::Hepburn), "towinku");
    }
}
