//! Something of a name left out, or its words moved.

use super::{Made, Source};
use crate::chance::Chance;
use crate::kana;
use crate::names::Names;

/// Fewest characters that must be left.
const LEFT_MIN: usize = 3;

/// Company forms as they are written and said.
const COMPANIES: [(&str, &str); 11] = [
    ("株式会社", "かぶしきがいしゃ"),
    ("有限会社", "ゆうげんがいしゃ"),
    ("合同会社", "ごうどうがいしゃ"),
    ("医療法人社団", "いりょうほうじんしゃだん"),
    ("医療法人財団", "いりょうほうじんざいだん"),
    ("社会医療法人", "しゃかいいりょうほうじん"),
    ("医療法人", "いりょうほうじん"),
    ("社会福祉法人", "しゃかいふくしほうじん"),
    ("特定非営利活動法人", "とくていひえいりかつどうほうじん"),
    ("一般社団法人", "いっぱんしゃだんほうじん"),
    ("一般財団法人", "いっぱんざいだんほうじん"),
];

fn enough(text: &str) -> Option<String> {
    let text = text.trim();
    (text.chars().count() >= LEFT_MIN).then(|| text.to_owned())
}

fn company<'a>(source: &'a Source<'_>) -> Option<(&'a str, &'a str)> {
    COMPANIES.iter().find_map(|&(written, said)| {
        let name = source.name.strip_prefix(written)?;
        Some((name, source.kana.strip_prefix(said)?))
    })
}

pub fn company_surface(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    enough(company(source)?.0).map(Made::or_whole)
}

pub fn company_kana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    enough(company(source)?.1).map(Made::or_whole)
}

pub fn ten_surface(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    enough(source.name.strip_suffix('店')?).map(Made::or_whole)
}

pub fn ten_kana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    source.name.strip_suffix('店')?;
    enough(source.kana.strip_suffix("てん")?).map(Made::or_whole)
}

/// The particle の: the only one of the reading, and in the name between two characters of which
/// the second is not hiragana, so that it is no part of a word as in なのはな.
pub fn particle(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let chars: Vec<char> = source.name.chars().collect();
    let particle = |three: &&[char]| three[1] == 'の' && !matches!(three[2], 'ぁ'..='ゖ');
    let written = chars.windows(3).filter(particle).count();
    if written != 1 || source.kana.matches('の').count() != 1 {
        return None;
    }
    enough(&source.kana.replace('の', "")).map(Made::or_whole)
}

/// What stands before, inside and after the first brackets of a name.
fn brackets(name: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = name.split_once(['(', '（'])?;
    let (inside, after) = rest.split_once([')', '）'])?;
    Some((before, inside, after))
}

pub fn bracket(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let (before, inside, after) = brackets(source.name)?;
    // A company form in brackets is no part of the name.
    (inside.chars().count() >= 2).then_some(())?;
    enough(&format!("{before}{after}")).map(Made::or_whole)
}

/// The reading in the brackets, and nothing else.
pub fn all_but_bracket(source: &Source<'_>, names: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let (before, inside, _) = brackets(source.name)?;
    let reading = kana::plain(inside).filter(|reading| reading.chars().count() >= LEFT_MIN)?;
    let right = names.contain(&reading)?;
    (!before.is_empty()).then(|| Made::of(reading, right))
}

pub fn moved_kana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    moved(&source.words, " ").map(Made::or_whole)
}

pub fn moved_kana_joined(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    moved(&source.words, "").map(Made::or_whole)
}

pub fn moved_surface(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let words: Vec<String> = source.name.split_whitespace().map(str::to_owned).collect();
    moved(&words, " ").map(Made::or_whole)
}

/// The last word first.
fn moved(words: &[String], between: &str) -> Option<String> {
    let (last, before) = words.split_last()?;
    let moved: Vec<&str> = std::iter::once(last).chain(before).map(String::as_str).collect();
    (moved.len() >= 2).then(|| moved.join(between))
}

/// The first word as it is written, the rest as it is said.
pub fn second_word_in_kana(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let written: Vec<&str> = source.name.split_whitespace().collect();
    if written.len() < 2 || written.len() != source.words.len() {
        return None;
    }
    let said = source.words[1..].join(" ");
    Some(Made::or_whole(format!("{} {said}", written[0])))
}
