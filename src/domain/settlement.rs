//! What the coupon system and the shop recorded: settlements, sales and coverage.

use std::str::FromStr;

use super::ids::{MerchantId, SaleId, SettlementId};
use super::number::InquiryNumber;
use super::time::{Instant, Window};
use super::yen::Yen;

/// One deduction from a coupon at a merchant (決済), as the coupon system recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// 決済ID.
    pub settlement_id: SettlementId,
    /// The coupon.
    pub inquiry_number: InquiryNumber,
    /// Where.
    pub merchant_id: MerchantId,
    /// What was deducted, 1 to 10,000,000 yen.
    pub amount: Yen,
    /// When.
    pub settled_at: Instant,
    /// What of it has been put back so far: 0 to `amount`.
    pub restored: Yen,
}

impl Settlement {
    /// What of it has not been put back.
    #[must_use]
    pub fn unrestored(&self) -> Yen {
        Yen::new(self.amount.get() - self.restored.get())
    }
}

/// One sale (売上), as the shop recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// 売上ID.
    pub sale_id: SaleId,
    /// The shop.
    pub merchant_id: MerchantId,
    /// When.
    pub sold_at: Instant,
    /// What was sold, 1 to 10,000,000 yen.
    pub total: Yen,
    /// The part paid in cash or by anything but the coupon, 0 to 10,000,000 yen.
    pub cash: Yen,
    /// The coupon, where the shop noted it.
    pub inquiry_number: Option<InquiryNumber>,
    /// The receipt's number; may be empty.
    pub receipt: String,
    /// Whether a supervisor has linked it to the case at hand.
    pub linked_by_hand: bool,
}

/// Which records a declaration of coverage speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The coupon system's.
    Settlements,
    /// The shop's.
    Sales,
}

/// A text that is no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("settlements (決済) or sales (売上) is expected")]
pub struct SourceError;

impl Source {
    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settlements => "settlements",
            Self::Sales => "sales",
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "settlements" | "決済" => Ok(Self::Settlements),
            "sales" | "売上" => Ok(Self::Sales),
            _ => Err(SourceError),
        }
    }
}

/// "For this merchant and interval, these are all the records" (記録の範囲):
/// missing is not the same as refuted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The merchant; none where it is declared for every merchant.
    pub merchant_id: Option<MerchantId>,
    /// Whose records.
    pub source: Source,
    /// From when until before when.
    pub window: Window,
}
