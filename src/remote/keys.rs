//! Stands in for the keys of the staff, until they are here.

use russh::keys::{HashAlg, PublicKey};

/// By which a key is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

/// The fingerprint of a key that somebody offers.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> Option<Fingerprint> {
    Some(Fingerprint(key.fingerprint(HashAlg::Sha256).to_string()))
}
