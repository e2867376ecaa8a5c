//! Public keys that staff sign in with over SSH: what is kept of one, and how it is named.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::private::Private;

/// What stands before the hash, as OpenSSH prints it.
const HASHED_BY: &str = "SHA256:";

/// A public key's SHA-256 as OpenSSH prints it: `SHA256:` and 43 characters of base64. It names
/// the key everywhere: no two keys have the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// A text that is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is SHA256: and 43 characters, as ssh-keygen -l prints it")]
pub struct FingerprintError;

impl FingerprintError {
    /// The same in Japanese.
    #[must_use]
    pub const fn message_ja(self) -> &'static str {
        "指紋は、ssh-keygen -l が表示する SHA256: で始まる文字列です"
    }
}

impl Fingerprint {
    /// The fingerprint of the key whose blob has this SHA-256.
    #[must_use]
    pub fn of_sha256(hash: &[u8; 32]) -> Self {
        Self(format!("{HASHED_BY}{}", STANDARD_NO_PAD.encode(hash)))
    }

    /// The fingerprint's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = text.strip_prefix(HASHED_BY).ok_or(FingerprintError)?;
        // One spelling for one hash: it is compared as a text.
        let hash = STANDARD_NO_PAD.decode(hash).map_err(|_| FingerprintError)?;
        let hash: [u8; 32] = hash.try_into().map_err(|_| FingerprintError)?;
        Ok(Self::of_sha256(&hash))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The kinds of keys that may sign in. DSA is broken, and nothing else is made by the OpenSSH
/// of a client of today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// Ed25519, what `ssh-keygen` makes unless told otherwise.
    Ed25519,
    /// ECDSA over NIST P-256.
    EcdsaP256,
    /// ECDSA over NIST P-384.
    EcdsaP384,
    /// ECDSA over NIST P-521.
    EcdsaP521,
    /// RSA of at least [`MIN_RSA_BITS`].
    Rsa,
    /// Ed25519 on a security key. Whether it asks to be touched is between it and its owner.
    SkEd25519,
    /// ECDSA over NIST P-256 on a security key.
    SkEcdsaP256,
}

/// A shorter RSA key is refused.
pub const MIN_RSA_BITS: usize = 3072;

impl KeyAlgorithm {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Rsa,
        Self::SkEd25519,
        Self::SkEcdsaP256,
    ];

    /// The name in a key file, and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }
}

/// A text that names no kind of key that may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is of one of the kinds ssh-ed25519, ecdsa, ssh-rsa, sk-ssh-ed25519, sk-ecdsa")]
pub struct KeyAlgorithmError;

impl FromStr for KeyAlgorithm {
    type Err = KeyAlgorithmError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(KeyAlgorithmError)
    }
}

/// A public key, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffKey {
    /// Its name.
    pub fingerprint: Fingerprint,
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// The key itself as it stands in the file: base64 of the SSH wire format.
    pub blob_base64: String,
    /// What its owner calls it, often a person at a machine; clean, and at most
    /// [`MAX_COMMENT_CHARS`] long.
    pub comment: Private,
}

/// The longest comment that is kept, in characters.
pub const MAX_COMMENT_CHARS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn a_fingerprint_is_written_in_one_way() {
        let printed: Fingerprint = PRINTED.parse().expect("as ssh-keygen prints it");
        assert_eq!(printed.to_string(), PRINTED);
        for odd in [
            "",
            "SHA256:",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV",
            "SHA256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu",
            " SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e",
        ] {
            assert_eq!(odd.parse::<Fingerprint>(), Err(FingerprintError), "{odd}");
        }
    }

    #[test]
    fn kinds_have_their_names() {
        for kind in KeyAlgorithm::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("ssh-dss".parse::<KeyAlgorithm>().is_err());
    }
}
