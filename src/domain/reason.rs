//! The reasons a verification gives (specification, section 4).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why a case is in the state it is in. The code is part of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, facts first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code that files, JSON and screens carry.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// No coupon has this number.
    NumberUnknown = "F1_NUMBER_UNKNOWN",
    /// The expiry said is none the coupon ever had.
    ExpiryDiffers = "F2_EXPIRY_DIFFERS",
    /// The prefecture said is not the coupon's.
    PrefectureDiffers = "F3_PREFECTURE_DIFFERS",
    /// No merchant, or more than one, fits what was said.
    ShopUnknown = "F4_SHOP_UNKNOWN",
    /// The coupon was settled elsewhere in the outage, and not at this shop.
    NotSettledHere = "F4_NOT_SETTLED_HERE",
    /// The coupon system's records are not complete yet.
    SettlementsMissing = "P11_SETTLEMENTS_MISSING",
    /// The shop's records are not complete yet.
    SalesMissing = "P12_SALES_MISSING",
    /// The shop's records are complete and hold no sale that could be it.
    ShopSilent = "V31_SHOP_SILENT",
    /// A sale near the settlement does not say whose it is.
    UnnamedSale = "V32_UNNAMED_SALE",
    /// No set of whole settlements makes up what was paid too much.
    Partial = "V33_PARTIAL",
    /// More was paid too much than the coupon was ever deducted.
    CashExceeds = "V34_CASH_EXCEEDS",
    /// The balance would exceed the face value.
    OverFace = "V35_OVER_FACE",
    /// No settlement of this coupon in the outage, and the records are complete.
    NoSettlement = "R41_NO_SETTLEMENT",
    /// All that was owed has been put back already.
    AlreadyRestored = "R42_ALREADY_RESTORED",
    /// Nothing was paid too much.
    NotOverpaid = "R43_NOT_OVERPAID",
    /// Records and claim agree.
    Matched = "M00_MATCHED",
    /// Another trouble, told in the caller's words.
    Other = "O60_OTHER",
}

/// A text that is no reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason code “{0}”")]
pub struct ReasonError(String);

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
            .ok_or_else(|| ReasonError(code.to_owned()))
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}
