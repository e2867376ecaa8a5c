//! The columns of the five kinds of file (specification, section 3).

use super::kind::Kind;

/// A column of a record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The English name; the one that stands in lists of bad rows.
    pub name: &'static str,
    /// The Japanese headers, the usual one first.
    pub ja: &'static [&'static str],
}

impl Column {
    /// The names a header may have, for a message: `holder (利用形態)`.
    #[must_use]
    pub fn accepted(&self) -> String {
        format!("{} ({})", self.name, self.ja.join(", "))
    }
}

const fn column(name: &'static str, ja: &'static [&'static str]) -> Column {
    Column { name, ja }
}

const MERCHANT_ID: Column = column("merchant_id", &["加盟店ID"]);
const INQUIRY_NUMBER: Column = column("inquiry_number", &["お問い合わせ番号"]);
const PREFECTURE: Column = column("prefecture", &["都道府県"]);
const PHONE: Column = column("phone", &["電話番号"]);

const MERCHANTS: [Column; 6] = [
    MERCHANT_ID,
    column("name", &["店舗名"]),
    column("kana", &["フリガナ"]),
    PREFECTURE,
    column("address", &["住所"]),
    PHONE,
];
const COUPONS: [Column; 9] = [
    INQUIRY_NUMBER,
    PREFECTURE,
    column("face_value", &["額面"]),
    column("balance", &["残額"]),
    column("expires_on", &["有効期限"]),
    column("holder", &["利用形態"]),
    PHONE,
    column("email", &["メールアドレス"]),
    column("issuer", &["発行店"]),
];
const SETTLEMENTS: [Column; 5] = [
    column("settlement_id", &["決済ID"]),
    INQUIRY_NUMBER,
    MERCHANT_ID,
    column("amount", &["金額"]),
    column("settled_at", &["決済日時"]),
];
const SALES: [Column; 7] = [
    column("sale_id", &["売上ID"]),
    MERCHANT_ID,
    column("sold_at", &["売上日時"]),
    column("total", &["合計"]),
    column("cash", &["現金等"]),
    INQUIRY_NUMBER,
    column("receipt", &["レシート番号"]),
];
const COVERAGE: [Column; 4] = [
    MERCHANT_ID,
    column("source", &["種別", "区分"]),
    column("covers_from", &["開始", "範囲開始"]),
    column("covers_until", &["終了", "範囲終了"]),
];

/// The most columns any kind has.
pub(super) const MOST_COLUMNS: usize = 9;

/// The columns of a kind of file. All of them must be there, in any order; the cells of
/// kana, address, phone, email, issuer, receipt and a sale's inquiry number may be empty.
#[must_use]
pub const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Merchants => &MERCHANTS,
        Kind::Coupons => &COUPONS,
        Kind::Settlements => &SETTLEMENTS,
        Kind::Sales => &SALES,
        Kind::Coverage => &COVERAGE,
    }
}
