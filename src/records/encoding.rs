//! The two encodings a record file may have.

use std::fmt;
use std::str::FromStr;

/// The encoding of a record file (specification, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// CP932, which Windows calls `Shift_JIS`: JIS X 0208, half-width kana, ① and 髙 too.
    Cp932,
}

/// A name of no encoding that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("utf-8 or shift_jis (cp932) is expected")]
pub struct EncodingError;

impl EncodingError {
    /// The refusal in Japanese.
    #[must_use]
    pub const fn message_ja(self) -> &'static str {
        "文字コードは utf-8 か shift_jis（cp932）を指定してください"
    }
}

impl Encoding {
    /// The name as it is written in a record of the import.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Cp932 => "cp932",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf8 => "UTF-8",
            Self::Cp932 => "Shift_JIS (CP932)",
        })
    }
}

impl FromStr for Encoding {
    type Err = EncodingError;

    /// Reads the names in use, in any case and with `_` or `-`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "shift-jis" | "sjis" | "cp932" | "ms932" | "windows-31j" => Ok(Self::Cp932),
            _ => Err(EncodingError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_read_by_any_of_its_names() {
        for name in ["utf-8", "UTF8", "Utf-8"] {
            assert_eq!(name.parse(), Ok(Encoding::Utf8));
        }
        for name in ["shift_jis", "Shift-JIS", "SJIS", "cp932", "Windows-31J"] {
            assert_eq!(name.parse(), Ok(Encoding::Cp932));
        }
        assert_eq!("euc-jp".parse::<Encoding>(), Err(EncodingError));
    }
}
