//! Ids that the records bring, and the number of a case.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::text;

/// The longest id a record file may carry.
pub const MAX_ID_LENGTH: usize = 64;

/// A text that is no id of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 64 characters, without control characters")]
pub struct IdError;

fn check(text: &str) -> Result<String, IdError> {
    let trimmed = text.trim();
    let short = !trimmed.is_empty() && trimmed.len() <= MAX_ID_LENGTH * 4;
    if short && trimmed.chars().count() <= MAX_ID_LENGTH && text::check_clean(trimmed).is_ok() {
        Ok(trimmed.to_owned())
    } else {
        Err(IdError)
    }
}

macro_rules! record_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

record_id!(
    /// A merchant's id (加盟店ID).
    MerchantId
);
record_id!(
    /// A settlement's id (決済ID).
    SettlementId
);
record_id!(
    /// A sale's id (売上ID).
    SaleId
);

/// The number of a case: `R-20230313-0001`, the day in Japan and a running number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(String);

/// A text that is no case number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a case number looks like R-20230313-0001")]
pub struct CaseIdError;

impl CaseId {
    /// The `running`-th case opened on `day`.
    #[must_use]
    pub fn new(day: NaiveDate, running: i64) -> Self {
        Self(format!("R-{:04}{:02}{:02}-{running:04}", day.year(), day.month(), day.day()))
    }

    /// The number's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaseId {
    type Err = CaseIdError;

    /// Reads a number as it is typed: any case, full-width too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folded = text::fold(text).to_ascii_uppercase();
        let digits = |part: &str, least: usize| {
            part.len() >= least && part.len() <= 12 && part.bytes().all(|b| b.is_ascii_digit())
        };
        let mut parts = folded.split('-');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("R"), Some(day), Some(running), None)
                if day.len() == 8 && digits(day, 8) && digits(running, 4) =>
            {
                Ok(Self(folded))
            }
            _ => Err(CaseIdError),
        }
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_number_is_read_however_it_is_typed() {
        let day = NaiveDate::from_ymd_opt(2023, 3, 13).expect("a day");
        let id = CaseId::new(day, 1);
        assert_eq!(id.as_str(), "R-20230313-0001");
        assert_eq!("ｒ-20230313-0001".parse(), Ok(id));
        assert_eq!("R-2023-1".parse::<CaseId>(), Err(CaseIdError));
        assert_eq!(CaseId::new(day, 12_345).as_str(), "R-20230313-12345");
    }

    #[test]
    fn an_id_with_a_bidi_character_is_refused() {
        assert_eq!("M\u{202e}1".parse::<MerchantId>(), Err(IdError));
        assert_eq!(" ".parse::<SaleId>(), Err(IdError));
        assert_eq!("あ".repeat(65).parse::<SaleId>(), Err(IdError));
        assert!("S-1".parse::<SettlementId>().is_ok());
    }
}
