//! Sixty-two shops that do not exist, in a town that might be Nara, and the ways in which an
//! operator may write what a caller says.

#![allow(dead_code, reason = "each test file uses its part of the street")]

use madoguchi::search::{Hit, Index, Query, Scratch, Shop};

pub mod spellings;

/// Id, name, reading, prefecture. All invented.
#[rustfmt::skip]
pub const SHOPS: [(&str, &str, &str, u8); 62] = [
    // A chain whose branches differ in their last word only.
    ("S01", "ならまち茶房 本店", "ナラマチサボウ ホンテン", 29),
    ("S02", "ならまち茶房 駅前店", "ナラマチサボウ エキマエテン", 29),
    ("S03", "ならまち食堂", "ナラマチショクドウ", 29),
    ("S04", "奈良町かりん", "ナラマチカリン", 29),
    ("S05", "鹿鳴製菓", "ロクメイセイカ", 29),
    ("S06", "鹿鳴庵", "ロクメイアン|シカナキアン", 29),
    ("S07", "株式会社ことのは書店", "カブシキガイシャコトノハショテン", 29),
    ("S08", "スーパーあおぞら 三条店", "スーパーアオゾラ サンジョウテン", 26),
    ("S09", "スーパーあおぞら 三条店", "スーパーアオゾラ サンジョウテン", 29),
    ("S10", "スーパーあおぞら 西の京店", "スーパーアオゾラ ニシノキョウテン", 29),
    ("S11", "髙澤鮨", "タカザワズシ", 13),
    ("S12", "焼き鳥とり源", "", 29),
    ("S13", "Cafe MOKA", "", 29),
    ("S14", "割烹 花水木", "カッポウ ハナミズキ", 27),
    ("S15", "シンバシ本舗", "シンバシホンポ", 13),
    ("S16", "ガーデンレストラン風見鶏", "ガーデンレストランカザミドリ", 28),
    ("S17", "藤和亭", "フジワテイ|トウワテイ", 29),
    ("S18", "まつかぜ温泉", "マツカゼオンセン", 29),
    ("S19", "松ヶ瀬園", "マツガセエン", 29),
    ("S20", "らーめん北斗星", "ラーメンホクトセイ", 1),
    ("S21", "渡邊時計店", "ワタナベトケイテン", 29),
    ("S22", "渡部自転車商会", "ワタベジテンシャショウカイ", 29),
    ("S23", "﨑山文具", "サキヤマブング", 29),
    ("S24", "有限会社斎藤電器", "ユウゲンガイシャサイトウデンキ", 29),
    ("S25", "濱﨑鮮魚店", "ハマサキセンギョテン", 30),
    ("S26", "廣瀨写真舘", "ヒロセシャシンカン", 29),
    ("S27", "嶋田珈琲", "シマダコーヒー", 29),
    ("S28", "櫻井呉服店", "サクライゴフクテン", 29),
    ("S29", "龍の髭うどん", "タツノヒゲウドン", 37),
    ("S30", "佐保路ベーカリー", "サホジベーカリー", 29),
    ("S31", "パン工房むぎわら", "パンコウボウムギワラ", 29),
    ("S32", "むぎのほ製パン", "ムギノホセイパン", 29),
    ("S33", "居酒屋 どんぐり", "イザカヤ ドングリ", 29),
    ("S34", "どんぐり保育用品", "ドングリホイクヨウヒン", 29),
    ("S35", "ひのきの湯", "ヒノキノユ", 29),
    ("S36", "しのぶ旅館", "シノブリョカン", 29),
    ("S37", "そば処 若草", "ソバドコロ ワカクサ", 29),
    ("S38", "若草クリーニング", "ワカクサクリーニング", 29),
    ("S39", "うぐいす薬局", "ウグイスヤッキョク", 29),
    ("S40", "まほろば酒販", "マホロバシュハン", 29),
    ("S41", "まほろばホテル", "マホロバホテル", 29),
    ("S42", "お好み焼き てっぺい", "オコノミヤキ テッペイ", 27),
    ("S43", "らくだ雑貨店", "ラクダザッカテン", 29),
    ("S44", "せせらぎ整骨院", "セセラギセイコツイン", 29),
    ("S45", "みかさ堂", "ミカサドウ", 29),
    ("S46", "三笠屋本舗", "ミカサヤホンポ", 29),
    ("S47", "朱雀門前茶屋", "スザクモンゼンチャヤ", 29),
    ("S48", "平群ぶどう園", "ヘグリブドウエン", 29),
    ("S49", "合同会社つきひ星", "ゴウドウガイシャツキヒボシ", 29),
    ("S50", "Bistro すずらん", "", 29),
    ("S51", "カラオケ ドレミ", "", 29),
    ("S52", "DINING BAR 灯", "ダイニングバー アカリ", 29),
    ("S53", "Flower Shop ミモザ", "", 29),
    ("S54", "ヘアサロン・リリー", "", 29),
    ("S55", "㈱大和園芸", "ヤマトエンゲイ", 29),
    ("S56", "手打ちうどん よしの川", "テウチウドン ヨシノガワ", 36),
    ("S57", "中華料理 紅龍", "チュウカリョウリ コウリュウ", 29),
    ("S58", "洋食のみやび", "", 29),
    ("S59", "たこ焼き八ちゃん", "タコヤキハッチャン", 27),
    ("S60", "串かつ でん助", "クシカツ デンスケ", 27),
    ("S61", "医療法人社団せきれい眼鏡", "イリョウホウジンシャダンセキレイメガネ", 29),
    ("S62", "スナック 夜来香", "スナック イエライシャン", 29),
];

/// The street as the records give it.
pub fn shops() -> Vec<Shop> {
    SHOPS.map(|(id, name, kana, prefecture)| shop(id, name, kana, prefecture)).into()
}

/// One shop.
pub fn shop(id: &str, name: &str, kana: &str, prefecture: u8) -> Shop {
    Shop { id: id.into(), name: name.into(), kana: kana.into(), prefecture }
}

/// Shops known by their names alone: `0`, `1` and so on.
pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Shop> {
    let shops = names.into_iter().enumerate();
    shops.map(|(at, name)| shop(&at.to_string(), name, "", 29)).collect()
}

/// A query that knows nothing besides the text.
pub fn asked(text: &str, limit: usize) -> Query<'_> {
    Query { text, prefecture: None, boost: &[], limit }
}

/// What a fresh desk finds.
pub fn found(index: &Index, query: &Query<'_>) -> Vec<Hit> {
    index.search(query, &mut Scratch::default())
}

/// The ids of what was found.
pub fn ids<'a>(index: &'a Index, hits: &[Hit]) -> Vec<&'a str> {
    hits.iter().map(|hit| index.id(hit.shop)).collect()
}

/// The ids of the first five that a text finds.
pub fn first_five<'a>(index: &'a Index, text: &str) -> Vec<&'a str> {
    ids(index, &found(index, &asked(text, 5)))
}
