//! The host key: by it clients know that they speak with this server and no other. It is a
//! file that nobody but the server's user may read, made once and never written over.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};

use crate::domain::refusal::{Code, Refusal};
use crate::store;

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// A host key.
pub struct HostKey {
    key: PrivateKey,
}

/// Where the host key is that the settings name `named`: what is relative is beside the
/// database file, or in the working directory where the database is on a server.
#[must_use]
pub fn place(database: &str, named: &Path) -> PathBuf {
    let beside = store::place::folder(database).unwrap_or_default();
    beside.join(named)
}

fn bad(path: &Path, what: impl std::fmt::Display) -> Refusal {
    Refusal::new(Code::HostKeyBad).with("what", format_args!("{}: {what}", path.display()))
}

fn at(code: Code, path: &Path) -> Refusal {
    Refusal::new(code).with("what", path.display())
}

impl HostKey {
    /// Reads the key at `path`.
    ///
    /// # Errors
    /// `HOST_KEY_MISSING`; `HOST_KEY_OPEN` where others may read it; `HOST_KEY_BAD`.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let about = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => at(Code::HostKeyMissing, path),
            _ => bad(path, error),
        })?;
        if !about.is_file() || about.len() > MAX_BYTES {
            return Err(bad(path, "?"));
        }
        if is_open(&about) {
            return Err(at(Code::HostKeyOpen, path));
        }
        let text = fs::read(path).map_err(|error| bad(path, error))?;
        let key = PrivateKey::from_openssh(text).map_err(|error| bad(path, error))?;
        if key.is_encrypted() {
            return Err(bad(path, "encrypted"));
        }
        Ok(Self { key })
    }

    /// Reads the key at `path`, or makes one where there is none.
    ///
    /// # Errors
    /// As [`Self::read`], and `HOST_KEY_BAD` where none can be made.
    pub fn make(path: &Path) -> Result<Self, Refusal> {
        match Self::read(path) {
            Err(refusal) if refusal.code == Code::HostKeyMissing => {}
            read => return read,
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| bad(path, error))?;
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
        let text = key.to_openssh(LineEnding::LF).map_err(|error| bad(path, error))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // A whole key appears under its name, or nothing does; the file is its owner's alone.
        let written = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.as_file().sync_all()?;
                Ok(file)
            })
            .map_err(|error| bad(path, error))?;
        match written.persist_noclobber(path) {
            Ok(_) => Ok(Self { key }),
            // Somebody else has just made one.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Self::read(path),
            Err(error) => Err(bad(path, error.error)),
        }
    }

    /// How people compare it with what their client shows: `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) fn into_key(self) -> PrivateKey {
        self.key
    }
}

/// Whether anybody but its owner may read the file.
#[cfg(unix)]
fn is_open(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(read: Result<HostKey, Refusal>) -> Code {
        read.err().expect("a refusal").code
    }

    #[test]
    fn a_key_is_made_once_and_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert_eq!(code(HostKey::read(&path)), Code::HostKeyMissing);
        let made = HostKey::make(&path).expect("made").fingerprint();
        assert!(made.starts_with("SHA256:"), "{made}");
        let bytes = fs::read(&path).expect("a file");
        assert_eq!(HostKey::make(&path).expect("there already").fingerprint(), made);
        assert_eq!(HostKey::read(&path).expect("a key").fingerprint(), made);
        assert_eq!(fs::read(&path).expect("a file"), bytes);
        let other = HostKey::make(&folder.path().join("other")).expect("made").fingerprint();
        assert_ne!(other, made);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert!(HostKey::make(&path).is_ok());
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
            assert_eq!(code(HostKey::read(&path)), Code::HostKeyOpen, "{mode:o}");
            assert_eq!(code(HostKey::make(&path)), Code::HostKeyOpen, "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(code(HostKey::read(folder.path())), Code::HostKeyBad);
        assert_eq!(code(HostKey::make(&folder.path().join("no/folder"))), Code::HostKeyBad);
        let path = folder.path().join("key");
        let mut file = tempfile::NamedTempFile::new_in(folder.path()).expect("a file");
        file.write_all(b"no key").expect("written");
        file.persist(&path).expect("named");
        assert_eq!(code(HostKey::make(&path)), Code::HostKeyBad);
        assert_eq!(fs::read(&path).expect("a file"), b"no key");
    }

    #[test]
    fn the_key_is_beside_the_file_of_the_database() {
        let of = |url, named| place(url, Path::new(named)).display().to_string();
        assert_eq!(of("sqlite:///var/lib/m/madoguchi.db", "key"), "/var/lib/m/key");
        assert_eq!(of("sqlite:///var/lib/m/madoguchi.db", "/etc/key"), "/etc/key");
        assert_eq!(of("sqlite://madoguchi.db", "key"), "key");
        assert_eq!(of("postgres://desk@db/madoguchi", "keys/key"), "keys/key");
    }
}
