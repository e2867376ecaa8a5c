//! Kanji mistaken or old, latin letters in other shapes.

use madoguchi::search::fold::is_kanji;

use super::{Made, Source};
use crate::chance::Chance;
use crate::names::Names;

/// Kanji that are said alike and chosen for each other by an input method.
const ALIKE: [&str; 44] = [
    "園苑円縁宴遠",
    "院員印",
    "花華",
    "川河",
    "和輪話",
    "恵絵江",
    "光晃",
    "幸孝康高",
    "会海界",
    "聖清生成",
    "誠真信",
    "健建研",
    "福複服",
    "愛相藍",
    "寿樹",
    "安案庵",
    "里郷",
    "町街",
    "丘岡",
    "桂圭経",
    "敬啓慶",
    "明昭",
    "仁人",
    "協共教",
    "森守杜",
    "緑翠",
    "泉和泉",
    "岩磐",
    "店展点",
    "室質",
    "亭邸庭",
    "堂道同",
    "家屋",
    "病評",
    "介会",
    "護後",
    "所署処",
    "西斉",
    "北喜多",
    "中仲",
    "宮美也",
    "松末",
    "桜佐倉",
    "大多",
];

/// Usual kanji and the old or personal form that is registered for some.
const OLD: [(char, char); 44] = [
    ('高', '髙'),
    ('崎', '﨑'),
    ('辺', '邊'),
    ('辺', '邉'),
    ('沢', '澤'),
    ('斎', '齋'),
    ('広', '廣'),
    ('国', '國'),
    ('会', '會'),
    ('学', '學'),
    ('桜', '櫻'),
    ('竜', '龍'),
    ('島', '嶋'),
    ('富', '冨'),
    ('浜', '濱'),
    ('吉', '𠮷'),
    ('館', '舘'),
    ('医', '醫'),
    ('栄', '榮'),
    ('恵', '惠'),
    ('真', '眞'),
    ('万', '萬'),
    ('寿', '壽'),
    ('円', '圓'),
    ('条', '條'),
    ('鉄', '鐵'),
    ('芸', '藝'),
    ('来', '來'),
    ('豊', '豐'),
    ('柳', '栁'),
    ('滝', '瀧'),
    ('関', '關'),
    ('静', '靜'),
    ('実', '實'),
    ('駅', '驛'),
    ('宝', '寶'),
    ('声', '聲'),
    ('緑', '綠'),
    ('黒', '黑'),
    ('横', '橫'),
    ('薬', '藥'),
    ('湾', '灣'),
    ('渓', '溪'),
    ('峰', '峯'),
];

/// Fewest kanji of a name in which one is mistaken for any other.
const KANJI_MIN: usize = 3;

pub fn kanji_wrong(source: &Source<'_>, names: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    // With fewer nothing might be left to know the shop by.
    if source.name.chars().filter(|&c| is_kanji(c)).count() < KANJI_MIN {
        return None;
    }
    // Another name's kanji: as common ones are taken for each other as there are common ones.
    let other = chance.pick(names.shops)?;
    let kanji: Vec<char> = other.name.chars().filter(|&c| is_kanji(c)).collect();
    let wrong = *chance.pick(&kanji)?;
    replace(source.name, chance, |c, _| (is_kanji(c) && c != wrong).then_some(wrong))
}

pub fn kanji_homophone(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    replace(source.name, chance, |c, chance| {
        let group: Vec<char> = ALIKE.iter().find(|group| group.contains(c))?.chars().collect();
        chance.pick(&group).copied().filter(|&other| other != c)
    })
}

pub fn kanji_variant(source: &Source<'_>, _: &Names<'_>, chance: &mut Chance) -> Option<Made> {
    let made = replace(source.name, chance, |c, chance| {
        let old: Vec<char> = OLD.iter().filter(|pair| pair.0 == c).map(|pair| pair.1).collect();
        chance.pick(&old).copied()
    })?;
    Some(Made::or_whole(made.text))
}

/// One character of a name of at least three replaced by what `by` makes of it.
fn replace(
    name: &str,
    chance: &mut Chance,
    by: impl Fn(char, &mut Chance) -> Option<char>,
) -> Option<Made> {
    let mut chars: Vec<char> = name.chars().filter(|c| !c.is_whitespace()).collect();
    let mut places: Vec<(usize, char)> = Vec::new();
    for (at, &c) in chars.iter().enumerate() {
        if let Some(other) = by(c, chance) {
            places.push((at, other));
        }
    }
    let &(at, other) = chance.pick(&places)?;
    chars[at] = other;
    (chars.len() >= 3).then(|| Made::itself(chars.into_iter().collect()))
}

/// A name with three latin letters or more in plain ones.
fn latin(source: &Source<'_>) -> Option<String> {
    let plain: String = source.name.chars().map(half).collect();
    (plain.chars().filter(char::is_ascii_alphabetic).count() >= 3).then_some(plain)
}

fn half(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '　' => ' ',
        other => other,
    }
}

fn full(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        ' ' => '　',
        other => other,
    }
}

pub fn latin_lower(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(latin(source)?.to_lowercase()))
}

pub fn latin_full_width(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    Some(Made::or_whole(latin(source)?.chars().map(full).collect()))
}

pub fn latin_upper(source: &Source<'_>, _: &Names<'_>, _: &mut Chance) -> Option<Made> {
    let joined: String = latin(source)?.split_whitespace().collect();
    Some(Made::or_whole(joined.to_uppercase()))
}
