//! Public keys as OpenSSH writes them: from a file that somebody hands in, or as a client offers
//! them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use russh::keys::ssh_key::public::{KeyData, RsaPublicKey};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey};

use crate::domain::private::Private;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff_key::{
    Fingerprint, KeyAlgorithm, MAX_COMMENT_CHARS, MIN_RSA_BITS, StaffKey,
};
use crate::domain::text::for_terminal_bounded;

/// A longer file is no key: the longest RSA key anybody makes has 3 KiB.
pub const MAX_FILE_BYTES: usize = 16 << 10;

/// What stands at the end of the kind of a certificate.
const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// Reads a public key file: one line `ssh-ed25519 AAAA… comment`. Empty lines, and lines that
/// begin with `#`, are passed over.
///
/// # Errors
/// `KEY_UNUSABLE`, with what is the matter: a private key, several keys, a certificate, options
/// before the key, a kind that may not sign in, too short a key, or no key at all.
pub fn read(file: &[u8]) -> Result<StaffKey, Refusal> {
    let text = std::str::from_utf8(file).map_err(|_| no_key())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_FILE_BYTES {
        return Err(no_key());
    }
    not_another_file(text)?;
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or_else(no_key)?;
    if lines.next().is_some() {
        return Err(unusable(
            "the file has several lines; give one file for each key",
            "ファイルに複数の行があります。鍵1つにつき1つのファイルにしてください",
        ));
    }
    let (kind, rest) = line.split_once([' ', '\t']).ok_or_else(no_key)?;
    known_kind(kind, rest)?;
    // The library takes single spaces only; people paste tabs and more of them.
    let (blob, comment) = rest.trim_start().split_once([' ', '\t']).unwrap_or((rest.trim(), ""));
    let key = PublicKey::from_openssh(&format!("{kind} {blob}")).map_err(|_| no_key())?;
    let comment = Private::new(for_terminal_bounded(comment.trim(), MAX_COMMENT_CHARS));
    Ok(StaffKey { comment, ..of(&key)? })
}

/// What is kept of a key. It has no comment: a client sends none.
///
/// # Errors
/// `KEY_UNUSABLE` for a kind that may not sign in, and for too short a key.
pub fn of(key: &PublicKey) -> Result<StaffKey, Refusal> {
    let algorithm = match key.algorithm() {
        Algorithm::Ed25519 => KeyAlgorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 } => KeyAlgorithm::EcdsaP256,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 } => KeyAlgorithm::EcdsaP384,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 } => KeyAlgorithm::EcdsaP521,
        Algorithm::Rsa { .. } => KeyAlgorithm::Rsa,
        Algorithm::SkEd25519 => KeyAlgorithm::SkEd25519,
        Algorithm::SkEcdsaSha2NistP256 => KeyAlgorithm::SkEcdsaP256,
        other => return Err(other_kind(other.as_str())),
    };
    if let KeyData::Rsa(rsa) = key.key_data() {
        long_enough(rsa)?;
    }
    let blob = key.to_bytes().map_err(|_| no_key())?;
    let fingerprint = fingerprint(key).ok_or_else(no_key)?;
    let blob_base64 = STANDARD.encode(blob);
    Ok(StaffKey { fingerprint, algorithm, blob_base64, comment: Private::default() })
}

/// The name of a key, whatever its kind.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> Option<Fingerprint> {
    key.fingerprint(HashAlg::Sha256).sha256().map(|hash| Fingerprint::of_sha256(&hash))
}

/// Refuses what people hand in by mistake.
fn not_another_file(text: &str) -> Result<(), Refusal> {
    let is_private = text.contains("PRIVATE KEY-----") || text.contains("PuTTY-User-Key-File-");
    if is_private {
        return Err(unusable(
            "this is a private key, which its owner must give to nobody; the public one ends in .pub",
            "これは秘密鍵です。秘密鍵は本人だけのもので、誰にも渡してはいけません。必要なのは .pub で終わる公開鍵です",
        ));
    }
    if text.contains("---- BEGIN ") || text.contains("-----BEGIN ") {
        return Err(unusable(
            "the key is in another form; ssh-keygen -i -f FILE turns it into a line of OpenSSH",
            "OpenSSHの形式ではありません。ssh-keygen -i -f FILE で変換できます",
        ));
    }
    Ok(())
}

/// Refuses a line that does not begin with a kind of key that may sign in.
fn known_kind(kind: &str, rest: &str) -> Result<(), Refusal> {
    if is_known(kind) {
        return Ok(());
    }
    if kind.ends_with(CERTIFICATE) {
        return Err(unusable(
            "this is a certificate; give the key itself",
            "これは証明書です。鍵そのものを指定してください",
        ));
    }
    // As in authorized_keys: `from="10.0.0.*",no-pty ssh-ed25519 AAAA…`
    if rest.split_whitespace().any(|word| is_known(word) || word.ends_with(CERTIFICATE)) {
        return Err(unusable(
            "options stand before the key and would have no effect; give the key without them",
            "鍵の前にオプションがあります。効果がないため、鍵だけの行にしてください",
        ));
    }
    // What every key looks like, of whatever kind.
    if rest.trim_start().starts_with("AAAA") {
        return Err(other_kind(kind));
    }
    Err(no_key())
}

fn is_known(kind: &str) -> bool {
    kind.parse::<KeyAlgorithm>().is_ok()
}

fn long_enough(rsa: &RsaPublicKey) -> Result<(), Refusal> {
    let modulus = rsa.n().as_positive_bytes().unwrap_or_default();
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = (modulus.len() * 8).saturating_sub(unused);
    if bits >= MIN_RSA_BITS {
        return Ok(());
    }
    Err(unusable(
        &format!("the RSA key has {bits} bits, and {MIN_RSA_BITS} is the least"),
        &format!("RSAの鍵が{bits}ビットしかありません。{MIN_RSA_BITS}ビット以上が必要です"),
    ))
}

fn other_kind(kind: &str) -> Refusal {
    unusable(&format!("keys of the kind {kind} are not taken"), &format!("{kind} の鍵は使えません"))
}

fn no_key() -> Refusal {
    unusable("it is no public key of OpenSSH", "OpenSSHの公開鍵ではありません")
}

fn unusable(what: &str, what_ja: &str) -> Refusal {
    Refusal::new(Code::KeyUnusable).with("what", what).with("what_ja", what_ja)
}

#[cfg(test)]
mod tests;
