//! A regional coupon (地域クーポン).

use std::str::FromStr;

use chrono::NaiveDate;

use super::number::InquiryNumber;
use super::prefecture::Prefecture;
use super::private::Private;
use super::yen::Yen;

/// One paper coupon, known by its inquiry number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// What the caller reads out.
    pub inquiry_number: InquiryNumber,
    /// The prefecture of travel it was issued for.
    pub prefecture: Prefecture,
    /// What it was worth when issued.
    pub face_value: Yen,
    /// What is left now: the opening balance and every ledger entry since.
    pub balance: Yen,
    /// The last day printed on it (JST, to 23:59).
    pub printed_expires_on: NaiveDate,
    /// The last day in force now.
    pub expires_on: NaiveDate,
    /// Every day it was extended to, oldest first.
    pub extended_to: Vec<NaiveDate>,
    /// In whose hands it is.
    pub holder: Holder,
}

impl Coupon {
    /// F2: callers read what is printed, which may be any expiry it ever had.
    #[must_use]
    pub fn ever_expired_on(&self, day: NaiveDate) -> bool {
        day == self.printed_expires_on || self.extended_to.contains(&day)
    }
}

/// A coupon as the coupon system's file states it (specification, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponRecord {
    /// お問い合わせ番号.
    pub inquiry_number: InquiryNumber,
    /// 都道府県.
    pub prefecture: Prefecture,
    /// 額面.
    pub face_value: Yen,
    /// 残額 at import: the ledger's opening entry.
    pub balance: Yen,
    /// 有効期限 as printed.
    pub expires_on: NaiveDate,
    /// 利用形態.
    pub holder: Holder,
    /// The number registered in the app; may be empty.
    pub phone: Private,
    /// The mail address registered in the app; may be empty.
    pub email: Private,
    /// 発行店: the accommodation that issued it.
    pub issuer: String,
}

/// How the coupon is held (利用形態); it decides how points would reach the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Charged to the app.
    App,
    /// On paper.
    Paper,
    /// Was in the app, and the person has left it.
    Withdrawn,
}

/// A text that is no holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("app (アプリ), paper (紙) or withdrawn (退会) is expected")]
pub struct HolderError;

impl Holder {
    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Paper => "paper",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for Holder {
    type Err = HolderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "app" | "アプリ" => Ok(Self::App),
            "paper" | "紙" => Ok(Self::Paper),
            "withdrawn" | "退会" => Ok(Self::Withdrawn),
            _ => Err(HolderError),
        }
    }
}
