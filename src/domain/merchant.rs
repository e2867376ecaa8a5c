//! A merchant (加盟店): a shop that takes coupons.

use super::ids::MerchantId;
use super::prefecture::Prefecture;
use super::private::Private;

/// A shop as the merchants file states it (specification, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// 加盟店ID.
    pub merchant_id: MerchantId,
    /// 店舗名.
    pub name: String,
    /// フリガナ; may be empty.
    pub kana: String,
    /// 都道府県.
    pub prefecture: Prefecture,
    /// 住所; may be empty.
    pub address: String,
    /// 電話番号; may be empty.
    pub phone: Private,
}
