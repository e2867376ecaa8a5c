//! Kana and romaji, in whatever spelling the operator's fingers know.
//!
//! Reading is lenient: Hepburn, Kunrei and what a word processor takes are all read at once, and
//! what cannot be read yet (`ch` of `naramach`) or at all (letters swapped in haste) stays as a
//! single consonant in its place, for the search to treat as half a mora.

pub use super::spelling::{Spelling, from_kana};

/// Syllables by what stands before the vowel.
#[rustfmt::skip]
pub(super) const ROWS: [(&str, [&str; 5]); 52] = [
    ("", ["あ", "い", "う", "え", "お"]),
    ("k", ["か", "き", "く", "け", "こ"]),
    ("c", ["か", "し", "く", "せ", "こ"]),
    ("q", ["くぁ", "くぃ", "く", "くぇ", "くぉ"]),
    ("g", ["が", "ぎ", "ぐ", "げ", "ご"]),
    ("s", ["さ", "し", "す", "せ", "そ"]),
    ("z", ["ざ", "じ", "ず", "ぜ", "ぞ"]),
    ("t", ["た", "ち", "つ", "て", "と"]),
    ("d", ["だ", "ぢ", "づ", "で", "ど"]),
    ("n", ["な", "に", "ぬ", "ね", "の"]),
    ("h", ["は", "ひ", "ふ", "へ", "ほ"]),
    ("b", ["ば", "び", "ぶ", "べ", "ぼ"]),
    ("p", ["ぱ", "ぴ", "ぷ", "ぺ", "ぽ"]),
    ("m", ["ま", "み", "む", "め", "も"]),
    ("y", ["や", "い", "ゆ", "いぇ", "よ"]),
    ("r", ["ら", "り", "る", "れ", "ろ"]),
    ("l", ["ら", "り", "る", "れ", "ろ"]),
    ("w", ["わ", "うぃ", "う", "うぇ", "を"]),
    ("f", ["ふぁ", "ふぃ", "ふ", "ふぇ", "ふぉ"]),
    ("v", ["ゔぁ", "ゔぃ", "ゔ", "ゔぇ", "ゔぉ"]),
    ("j", ["じゃ", "じ", "じゅ", "じぇ", "じょ"]),
    ("x", ["ぁ", "ぃ", "ぅ", "ぇ", "ぉ"]),
    ("ky", ["きゃ", "きぃ", "きゅ", "きぇ", "きょ"]),
    ("gy", ["ぎゃ", "ぎぃ", "ぎゅ", "ぎぇ", "ぎょ"]),
    ("sy", ["しゃ", "しぃ", "しゅ", "しぇ", "しょ"]),
    ("sh", ["しゃ", "し", "しゅ", "しぇ", "しょ"]),
    ("zy", ["じゃ", "じぃ", "じゅ", "じぇ", "じょ"]),
    ("jy", ["じゃ", "じぃ", "じゅ", "じぇ", "じょ"]),
    ("ty", ["ちゃ", "ちぃ", "ちゅ", "ちぇ", "ちょ"]),
    ("cy", ["ちゃ", "ちぃ", "ちゅ", "ちぇ", "ちょ"]),
    ("ch", ["ちゃ", "ち", "ちゅ", "ちぇ", "ちょ"]),
    ("ts", ["つぁ", "つぃ", "つ", "つぇ", "つぉ"]),
    ("th", ["てゃ", "てぃ", "てゅ", "てぇ", "てょ"]),
    ("dh", ["でゃ", "でぃ", "でゅ", "でぇ", "でょ"]),
    ("dy", ["ぢゃ", "ぢぃ", "ぢゅ", "ぢぇ", "ぢょ"]),
    ("tw", ["とぁ", "とぃ", "とぅ", "とぇ", "とぉ"]),
    ("dw", ["どぁ", "どぃ", "どぅ", "どぇ", "どぉ"]),
    ("ny", ["にゃ", "にぃ", "にゅ", "にぇ", "にょ"]),
    ("hy", ["ひゃ", "ひぃ", "ひゅ", "ひぇ", "ひょ"]),
    ("by", ["びゃ", "びぃ", "びゅ", "びぇ", "びょ"]),
    ("py", ["ぴゃ", "ぴぃ", "ぴゅ", "ぴぇ", "ぴょ"]),
    ("my", ["みゃ", "みぃ", "みゅ", "みぇ", "みょ"]),
    ("ry", ["りゃ", "りぃ", "りゅ", "りぇ", "りょ"]),
    ("ly", ["りゃ", "りぃ", "りゅ", "りぇ", "りょ"]),
    ("fy", ["ふゃ", "ふぃ", "ふゅ", "ふぇ", "ふょ"]),
    ("vy", ["ゔゃ", "ゔぃ", "ゔゅ", "ゔぇ", "ゔょ"]),
    ("wh", ["うぁ", "うぃ", "う", "うぇ", "うぉ"]),
    ("kw", ["くぁ", "くぃ", "くぅ", "くぇ", "くぉ"]),
    ("gw", ["ぐぁ", "ぐぃ", "ぐぅ", "ぐぇ", "ぐぉ"]),
    ("qu", ["くぁ", "くぃ", "く", "くぇ", "くぉ"]),
    ("xy", ["ゃ", "ぃ", "ゅ", "ぇ", "ょ"]),
    ("xts", ["っ", "っ", "っ", "っ", "っ"]),
];

pub(super) const VOWELS: &[u8; 5] = b"aiueo";

/// Letters of a text in which a swap that only may be one is put back.
const DOUBTFUL_MAX: usize = 20;

fn vowel(letter: u8) -> Option<usize> {
    VOWELS.iter().position(|&v| v == letter)
}

/// Kana for `letters` in any of the spellings, lower or upper case; letters that make no syllable
/// become the kana they must begin (`sh` し, `ky` き and `y`) or stay as one consonant. Anything that is
/// no ASCII letter, `-` or `'` is passed through.
#[must_use]
pub fn to_kana(letters: &str) -> String {
    let mut kana = String::with_capacity(letters.len() * 3);
    let lower = letters.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_lowercase() {
            at += read_one(&bytes[at..], &mut kana);
        } else {
            // Whole characters pass through; the next boundary is where the next one begins.
            let end = (at + 1..=bytes.len()).find(|&to| lower.is_char_boundary(to));
            let end = end.unwrap_or(bytes.len());
            match &lower[at..end] {
                "-" => kana.push('ー'),
                "'" => {}
                other => kana.push_str(other),
            }
            at = end;
        }
    }
    kana
}

/// Reads one syllable or one consonant from the front; returns the letters used, at least one.
fn read_one(bytes: &[u8], kana: &mut String) -> usize {
    let next = bytes.get(1).copied().unwrap_or(0);
    match bytes[0] {
        b'n' if next != b'y' && vowel(next).is_none() => {
            kana.push('ん');
            return read_syllabic_n(bytes);
        }
        b'm' if matches!(next, b'b' | b'p') => {
            kana.push('ん');
            return 1;
        }
        b't' if bytes.starts_with(b"tch") => {
            kana.push('っ');
            return 1;
        }
        first if first == next && vowel(first).is_none() => {
            kana.push('っ');
            return 1;
        }
        _ => {}
    }
    if let Some(used) = read_syllable(bytes, kana) {
        return used;
    }
    read_lone_consonant(bytes, kana)
}

/// How many letters a syllabic `n` took: `n'` two; `nn` two unless a vowel or `y` follows, which
/// the second one begins (`konna`, `konnyaku`).
fn read_syllabic_n(bytes: &[u8]) -> usize {
    match (bytes.get(1), bytes.get(2)) {
        (Some(b'n'), Some(&third)) if vowel(third).is_some() || third == b'y' => 1,
        (Some(b'n' | b'\''), _) => 2,
        _ => 1,
    }
}

fn read_syllable(bytes: &[u8], kana: &mut String) -> Option<usize> {
    for len in (0..=3).rev() {
        let Some(which) = bytes.get(len).copied().and_then(vowel) else {
            continue;
        };
        let row = ROWS.iter().find(|(before, _)| before.as_bytes() == &bytes[..len]);
        if let Some((_, syllables)) = row {
            kana.push_str(syllables[which]);
            return Some(len + 1);
        }
    }
    None
}

/// What cannot be read as a syllable: the kana it must become whatever vowel follows (`sh` as し),
/// else one consonant letter.
fn read_lone_consonant(bytes: &[u8], kana: &mut String) -> usize {
    let (read, used) = match bytes {
        [b's', b'h', ..] => ("し", 2),
        [b'c', b'h', ..] => ("ち", 2),
        [b't', b's', ..] => ("つ", 2),
        [b'j', b'y', ..] => ("じy", 2),
        [b'j', ..] => ("じ", 1),
        [b'f', ..] => ("ふ", 1),
        [first, b'y', ..] => {
            // きゃ, きゅ and きょ all begin with き.
            let row = ROWS.iter().find(|(before, _)| before.as_bytes() == [*first]);
            kana.push_str(row.map_or("", |(_, syllables)| syllables[1]));
            kana.push('y');
            return 2;
        }
        [b'c' | b'q', ..] => ("k", 1),
        [b'v', ..] => ("b", 1),
        [b'l', ..] => ("r", 1),
        [first, ..] => {
            kana.push(char::from(*first));
            return 1;
        }
        [] => return 1,
    };
    kana.push_str(read);
    used
}

/// Splits off the consonants of a syllable not yet finished: `naramach` is `narama` and `ch`.
/// A text that ends in a vowel, in kana or in `n` has no tail.
#[must_use]
pub fn unfinished_tail(text: &str) -> (&str, &str) {
    let is_consonant = |c: char| c.is_ascii_alphabetic() && !"aiueoAIUEO".contains(c);
    let from = text.trim_end_matches(is_consonant).len();
    let (head, tail) = text.split_at(from);
    // A lone `n` is ん already; it may still become な, which the ranking allows for.
    if tail.eq_ignore_ascii_case("n") { (text, "") } else { (head, tail) }
}

/// Other ways in which letters swapped in haste may have been meant: each has two neighbours put
/// back and reads better than `letters` does, or as well where `n` or two vowels changed places. Of
/// a long text only the former: a doubtful slip more or less does not hide it.
#[must_use]
pub fn unswapped(letters: &str, most: usize) -> Vec<String> {
    let bytes = letters.as_bytes();
    let broken = unread(letters);
    let mut better = Vec::new();
    let mut doubtful = Vec::new();
    for at in 1..bytes.len() {
        let (first, second) = (bytes[at - 1], bytes[at]);
        if first == second || !first.is_ascii_lowercase() || !second.is_ascii_lowercase() {
            continue;
        }
        let mut swapped = bytes.to_vec();
        swapped.swap(at - 1, at);
        let Ok(swapped) = String::from_utf8(swapped) else {
            continue;
        };
        let left = unread(&swapped);
        if left < broken {
            better.push((left, swapped));
        } else if left == broken
            && bytes.len() <= DOUBTFUL_MAX
            && (first == b'n'
                || second == b'n'
                || (vowel(first).is_some() && vowel(second).is_some()))
        {
            doubtful.push((left, swapped));
        }
    }
    better.sort_by_key(|(left, _)| *left);
    better.append(&mut doubtful);
    better.truncate(most);
    better.into_iter().map(|(_, swapped)| swapped).collect()
}

/// Consonants of `letters` that no vowel follows, an unfinished tail not counted.
fn unread(letters: &str) -> usize {
    let kana = to_kana(letters);
    let lone = kana.chars().filter(char::is_ascii_lowercase).count();
    let tail = usize::from(kana.ends_with(|c: char| c.is_ascii_lowercase()));
    lone.saturating_sub(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_of_one_name_are_read_alike() {
        for letters in ["shinjuku", "sinzyuku", "SHINJUKU"] {
            assert_eq!(to_kana(letters), "しんじゅく", "{letters}");
        }
        assert_eq!(to_kana("matcha"), "まっちゃ");
        assert_eq!(to_kana("shimbashi"), "しんばし");
        assert_eq!(to_kana("konna"), "こんな");
        assert_eq!(to_kana("kon'ya"), "こんや");
        assert_eq!(to_kana("ho-mu"), "ほーむ");
    }

    #[test]
    fn what_is_not_finished_or_swapped_stays_as_a_consonant() {
        assert_eq!(to_kana("naramach"), "ならまち");
        assert_eq!(to_kana("naraky"), "ならきy");
        assert_eq!(to_kana("narag"), "ならg");
        assert_eq!(to_kana("taagjou"), "たあgじょう");
        assert_eq!(to_kana("なrま"), "なrま");
        assert_eq!(unfinished_tail("naramach"), ("narama", "ch"));
        assert_eq!(unfinished_tail("nan"), ("nan", ""));
    }
}
