//! Codes, names and readings as JIS X 0401 has them.

/// What is known of one prefecture.
pub(super) struct Row {
    /// `奈良県`
    pub name: &'static str,
    /// `ならけん`
    pub kana: &'static str,
    /// `Nara`
    pub romaji: &'static str,
    /// The romaji in the one form that all romanisations are brought to; a test holds it equal
    /// to what the reader makes of `romaji`.
    pub key: &'static str,
}

const fn row(
    name: &'static str,
    kana: &'static str,
    romaji: &'static str,
    key: &'static str,
) -> Row {
    Row { name, kana, romaji, key }
}

/// In the order of the codes: the row of code n is at n − 1.
pub(super) static TABLE: [Row; 47] = [
    row("北海道", "ほっかいどう", "Hokkaido", "hokkaido"),
    row("青森県", "あおもりけん", "Aomori", "aomori"),
    row("岩手県", "いわてけん", "Iwate", "iwate"),
    row("宮城県", "みやぎけん", "Miyagi", "miyagi"),
    row("秋田県", "あきたけん", "Akita", "akita"),
    row("山形県", "やまがたけん", "Yamagata", "yamagata"),
    row("福島県", "ふくしまけん", "Fukushima", "hukusima"),
    row("茨城県", "いばらきけん", "Ibaraki", "ibaraki"),
    row("栃木県", "とちぎけん", "Tochigi", "totigi"),
    row("群馬県", "ぐんまけん", "Gunma", "gunma"),
    row("埼玉県", "さいたまけん", "Saitama", "saitama"),
    row("千葉県", "ちばけん", "Chiba", "tiba"),
    row("東京都", "とうきょうと", "Tokyo", "tokyo"),
    row("神奈川県", "かながわけん", "Kanagawa", "kanagawa"),
    row("新潟県", "にいがたけん", "Niigata", "niigata"),
    row("富山県", "とやまけん", "Toyama", "toyama"),
    row("石川県", "いしかわけん", "Ishikawa", "isikawa"),
    row("福井県", "ふくいけん", "Fukui", "hukui"),
    row("山梨県", "やまなしけん", "Yamanashi", "yamanasi"),
    row("長野県", "ながのけん", "Nagano", "nagano"),
    row("岐阜県", "ぎふけん", "Gifu", "gihu"),
    row("静岡県", "しずおかけん", "Shizuoka", "sizuoka"),
    row("愛知県", "あいちけん", "Aichi", "aiti"),
    row("三重県", "みえけん", "Mie", "mie"),
    row("滋賀県", "しがけん", "Shiga", "siga"),
    row("京都府", "きょうとふ", "Kyoto", "kyoto"),
    row("大阪府", "おおさかふ", "Osaka", "osaka"),
    row("兵庫県", "ひょうごけん", "Hyogo", "hyogo"),
    row("奈良県", "ならけん", "Nara", "nara"),
    row("和歌山県", "わかやまけん", "Wakayama", "wakayama"),
    row("鳥取県", "とっとりけん", "Tottori", "tottori"),
    row("島根県", "しまねけん", "Shimane", "simane"),
    row("岡山県", "おかやまけん", "Okayama", "okayama"),
    row("広島県", "ひろしまけん", "Hiroshima", "hirosima"),
    row("山口県", "やまぐちけん", "Yamaguchi", "yamaguti"),
    row("徳島県", "とくしまけん", "Tokushima", "tokusima"),
    row("香川県", "かがわけん", "Kagawa", "kagawa"),
    row("愛媛県", "えひめけん", "Ehime", "ehime"),
    row("高知県", "こうちけん", "Kochi", "koti"),
    row("福岡県", "ふくおかけん", "Fukuoka", "hukuoka"),
    row("佐賀県", "さがけん", "Saga", "saga"),
    row("長崎県", "ながさきけん", "Nagasaki", "nagasaki"),
    row("熊本県", "くまもとけん", "Kumamoto", "kumamoto"),
    row("大分県", "おおいたけん", "Oita", "oita"),
    row("宮崎県", "みやざきけん", "Miyazaki", "miyazaki"),
    row("鹿児島県", "かごしまけん", "Kagoshima", "kagosima"),
    row("沖縄県", "おきなわけん", "Okinawa", "okinawa"),
];
