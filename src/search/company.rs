//! Company forms: what stands before or after a name and nobody says.

use std::sync::LazyLock;

use super::sound::Sound;

/// As a name carries them; a longer one before any that it contains.
#[rustfmt::skip]
const WRITTEN: [&str; 18] = [
    "特定非営利活動法人", "独立行政法人", "一般社団法人", "一般財団法人", "公益社団法人",
    "公益財団法人", "医療法人社団", "医療法人財団", "社会福祉法人", "社会医療法人", "医療法人",
    "学校法人", "宗教法人", "npo法人", "株式会社", "有限会社", "合同会社", "合資会社",
];
/// Shortened to one kanji; only counted as such inside brackets.
const MARKS: &str = "株有合医社福財学資名同特独";
/// As they are said; a longer one before any that it contains.
#[rustfmt::skip]
const SAID: [&str; 18] = [
    "とくていひえいりかつどうほうじん", "いっぱんしゃだんほうじん", "いっぱんざいだんほうじん",
    "いりょうほうじんしゃだん", "いりょうほうじんざいだん", "しゃかいふくしほうじん",
    "しゃかいいりょうほうじん", "いりょうほうじん", "がっこうほうじん", "しゅうきょうほうじん",
    "えぬぴーおーほうじん", "かぶしきがいしゃ", "かぶしきかいしゃ", "ゆうげんがいしゃ",
    "ゆうげんかいしゃ", "ごうどうがいしゃ", "ごうどうかいしゃ", "ごうしがいしゃ",
];

/// Where a company form stands among folded characters, from and to, if one does.
#[must_use]
pub fn find(chars: &[char]) -> Option<(usize, usize)> {
    // Every form ends in one of two kanji; most names have neither and are done here.
    if !chars.iter().any(|&c| c == '社' || c == '人') {
        return None;
    }
    WRITTEN.iter().find_map(|form| {
        let len = form.chars().count();
        let from = chars.windows(len).position(|window| window.iter().copied().eq(form.chars()))?;
        Some((from, from + len))
    })
}

/// Length of a bracketed company mark at the front of a text not yet folded, `㈱` or `(株)`.
#[must_use]
pub fn bracketed(chars: &[char]) -> Option<usize> {
    match chars {
        ['㈱' | '㈲' | '㈳' | '㈶' | '㈾' | '㈴' | '㈻' | '㍿', ..] => Some(1),
        ['(' | '（', mark, ')' | '）', ..] if MARKS.contains(*mark) => Some(3),
        ['(' | '（', mark, second, ')' | '）', ..]
            if MARKS.contains(*mark) && MARKS.contains(*second) =>
        {
            Some(4)
        }
        _ => None,
    }
}

/// The sound keys of the company forms, a longer one before any that it contains.
#[must_use]
pub fn sounds() -> &'static [Vec<u8>] {
    static SOUNDS: LazyLock<Vec<Vec<u8>>> =
        LazyLock::new(|| SAID.iter().map(|form| Sound::of_kana(form).codes).collect());
    &SOUNDS
}
