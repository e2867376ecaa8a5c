//! The five record files.

/// Which of the five record files (specification, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 加盟店.
    Merchants,
    /// 地域クーポン.
    Coupons,
    /// 決済.
    Settlements,
    /// 売上.
    Sales,
    /// 記録の範囲.
    Coverage,
}

impl Kind {
    /// Every kind, in the order in which they refer to one another.
    pub const ALL: [Self; 5] =
        [Self::Merchants, Self::Coupons, Self::Settlements, Self::Sales, Self::Coverage];

    /// The name on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merchants => "merchants",
            Self::Coupons => "coupons",
            Self::Settlements => "settlements",
            Self::Sales => "sales",
            Self::Coverage => "coverage",
        }
    }

    /// The column that identifies a row.
    #[must_use]
    pub const fn id_column(self) -> &'static str {
        match self {
            Self::Merchants | Self::Coverage => "merchant_id",
            Self::Coupons => "inquiry_number",
            Self::Settlements => "settlement_id",
            Self::Sales => "sale_id",
        }
    }
}
