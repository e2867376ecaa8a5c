//! One shop by its number: first the hand-made ones the scenes play in, then as many as wanted.

use super::{
    Plan,
    cover::{Cover, Covers},
    draw::{Draw, Subject},
    words::{FIRST_BRANCHES, MUNICIPALITIES, PLACES, PREFIXES, THIRD_BRANCHES, TRADES, Word},
};

pub(super) const NARA: &str = "奈良県";
pub(super) const KYOTO: &str = "京都府";
pub(super) const OSAKA: &str = "大阪府";

/// The numbers of the hand-made shops.
pub(super) mod hand {
    pub(in crate::sample) const TEA_MAIN: u32 = 0;
    pub(in crate::sample) const TEA_STATION: u32 = 1;
    pub(in crate::sample) const TEA_WEST: u32 = 2;
    pub(in crate::sample) const DINER: u32 = 3;
    pub(in crate::sample) const DINER_ALIKE: u32 = 4;
    pub(in crate::sample) const SWEETS: u32 = 5;
    pub(in crate::sample) const COFFEE: u32 = 6;
    pub(in crate::sample) const GIFTS: u32 = 7;
    pub(in crate::sample) const BATH: u32 = 8;
    pub(in crate::sample) const SAKE: u32 = 9;
    pub(in crate::sample) const SOBA: u32 = 10;
    pub(in crate::sample) const STAR_NARA: u32 = 11;
    pub(in crate::sample) const PAPER: u32 = 12;
    pub(in crate::sample) const BAKERY: u32 = 13;
    pub(in crate::sample) const STAR_KYOTO: u32 = 14;
    pub(in crate::sample) const STAR_OSAKA: u32 = 15;
}

/// A shop named by hand; no ordinary coupon is used there, so that its records stay as written.
#[derive(Debug)]
pub(super) struct HandMade {
    name: Word,
    prefecture: &'static str,
    pub(super) covers: Covers,
}

/// Everything in one piece, the usual case.
const COMPLETE: Covers = Covers { settlements: Cover::Whole, sales: Cover::Whole };

const fn in_nara(name: &'static str, kana: &'static str, covers: Covers) -> HandMade {
    HandMade { name: (name, kana), prefecture: NARA, covers }
}

/// Shops of the same name in different prefectures: a caller's word alone does not tell them apart.
const fn star(prefecture: &'static str) -> HandMade {
    HandMade {
        name: ("星あかり橋雑貨店", "ホシアカリバシザッカテン"),
        prefecture,
        covers: COMPLETE,
    }
}

/// In the order of the numbers in [`hand`].
static HAND_MADE: [HandMade; FIRST_ORDINARY as usize] = [
    in_nara("鹿鳴坂の茶房 本店", "ロクメイザカノサボウホンテン", COMPLETE),
    in_nara(
        "鹿鳴坂の茶房 駅前店",
        "ロクメイザカノサボウエキマエテン",
        Covers { settlements: Cover::Halves, ..COMPLETE },
    ),
    in_nara(
        "鹿鳴坂の茶房 西口店",
        "ロクメイザカノサボウニシグチテン",
        Covers { sales: Cover::Halves, ..COMPLETE },
    ),
    in_nara("かのこ辻食堂", "カノコツジショクドウ", COMPLETE),
    in_nara("鹿乃子辻食堂", "カノコツジショクドウ", Covers { sales: Cover::Halves, ..COMPLETE }),
    in_nara("かのこ辻菓子舗", "カノコツジカシホ", COMPLETE),
    in_nara("霧見台珈琲店", "キリミダイコーヒーテン", COMPLETE),
    in_nara(
        "月影橋みやげ館",
        "ツキカゲバシミヤゲカン",
        Covers { settlements: Cover::Missing, ..COMPLETE },
    ),
    in_nara(
        "湯の音谷温泉売店",
        "ユノネダニオンセンバイテン",
        Covers { settlements: Cover::Early, ..COMPLETE },
    ),
    in_nara("ふくろう坂酒店", "フクロウザカサケテン", Covers { sales: Cover::Missing, ..COMPLETE }),
    in_nara(
        "糸つむぎ橋そば処",
        "イトツムギバシソバドコロ",
        Covers { sales: Cover::Early, ..COMPLETE },
    ),
    star(NARA),
    in_nara(
        "雪花小路和紙工房",
        "ユキハナコウジワシコウボウ",
        Covers { settlements: Cover::Gap, ..COMPLETE },
    ),
    in_nara("BAKERY むぎの音坂", "ベーカリームギノネザカ", COMPLETE),
    star(KYOTO),
    star(OSAKA),
];

/// How many of the hand-made shops lie outside Nara.
pub(super) const NAMESAKES: u32 = 2;

/// How many of the hand-made shops lie in Nara.
pub(super) const HAND_MADE_IN_NARA: u32 = FIRST_ORDINARY - NAMESAKES;

/// The number of the first shop that is not hand-made.
pub(super) const FIRST_ORDINARY: u32 = 16;

pub(super) fn hand_made(index: u32) -> Option<&'static HandMade> {
    HAND_MADE.get(index as usize)
}

/// One row of the merchant file.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) prefecture: &'static str,
    pub(super) address: String,
    pub(super) phone: String,
}

/// The merchant id of a shop.
pub(super) fn id(index: u32) -> String {
    format!("M{:05}", index + 1)
}

/// The shop with this number.
pub(super) fn shop(plan: &Plan, index: u32) -> Shop {
    let mut draw = Draw::new(plan.seed, Subject::Shop, index.into());
    let (name, kana, prefecture) = match hand_made(index) {
        Some(shop) => (shop.name.0.to_owned(), shop.name.1.to_owned(), shop.prefecture),
        None => ordinary_name(index - FIRST_ORDINARY),
    };
    let (municipality, code) = match prefecture {
        KYOTO => ("京都市", "075-000"),
        OSAKA => ("大阪市", "06-0000"),
        _ => *draw.pick(&MUNICIPALITIES),
    };
    let town = draw.pick(&PLACES).0;
    let block = draw.below(380) + 1;
    let house = draw.below(24) + 1;
    // No exchange in Japan begins with 0: these numbers reach nobody.
    let exchange = if prefecture == NARA { "-00" } else { "" };
    Shop {
        name,
        kana,
        prefecture,
        address: format!("{prefecture}{municipality}{town}町{block}-{house}"),
        phone: format!("{code}{exchange}-{:04}", draw.below(10_000)),
    }
}

/// Of every ten shops seven stand alone and three are one chain, so that search meets branches.
fn ordinary_name(index: u32) -> (String, String, &'static str) {
    let group = index / 10;
    let place_in_group = index % 10;
    let (mut name, mut kana) = base_name(group * 8 + place_in_group.min(7));
    let branch = match place_in_group {
        0..=6 => ("", ""),
        7 | 8 => FIRST_BRANCHES[place_in_group as usize - 7],
        _ => THIRD_BRANCHES[group as usize % THIRD_BRANCHES.len()],
    };
    name.push_str(branch.0);
    kana.push_str(branch.1);
    (name, kana, NARA)
}

/// A place and a trade, one name in five with something before them; different for different
/// numbers.
fn base_name(number: u32) -> (String, String) {
    const PAIRS: usize = PLACES.len() * TRADES.len();
    const STRIDE: usize = 1_307; // prime, and so meets every pair before it meets one again
    let number = number as usize;
    let pair = (number % PAIRS * STRIDE) % PAIRS;
    let round = number / PAIRS;
    let place = PLACES[pair % PLACES.len()];
    let trade = TRADES[pair / PLACES.len()];
    let first_prefix = if pair.is_multiple_of(5) { 1 + pair % 11 } else { 0 };
    let prefix = PREFIXES[(first_prefix + round) % PREFIXES.len()];
    let mut name = format!("{}{}{}", prefix.0, place.0, trade.0);
    let mut kana = format!("{}{}{}", prefix.1, place.1, trade.1);
    let house = round / PREFIXES.len() + 1;
    if house > 1 {
        name = format!("{name}{house}号館");
        kana = format!("{kana}{house}ゴウカン");
    }
    (name, kana)
}
