//! Evidence and its hash: what was looked at when a case was decided.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 over what a verification looked at, in lower-case hex. Two verifications
/// with the same hash saw the same facts and records and came to the same end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvidenceHash(String);

impl EvidenceHash {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes hex digits back from the store or from the desk that was shown them.
    #[must_use]
    pub fn from_hex(hex: &str) -> Self {
        Self(hex.to_ascii_lowercase())
    }
}

/// A hash over fields, each preceded by its length, so that no two different lists of
/// fields hash alike ("ab","c" and "a","bc").
#[derive(Clone, Default)]
pub struct FieldHasher(Sha256);

impl FieldHasher {
    /// An empty hash.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one field.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.field(text.as_bytes())
    }

    /// Adds a number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.field(&number.to_be_bytes())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// The 64 hex digits.
    #[must_use]
    pub fn finish_hex(self) -> String {
        hex(&self.finish())
    }

    /// The hash as that of evidence.
    #[must_use]
    pub fn finish_evidence(self) -> EvidenceHash {
        EvidenceHash(self.finish_hex())
    }
}

/// Lower-case hex digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_between_two_fields_counts() {
        let hash = |fields: &[&str]| {
            let mut hasher = FieldHasher::new();
            for field in fields {
                hasher.text(field);
            }
            hasher.finish_hex()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["ab"]), hash(&["ab", ""]));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    }
}
