//! The database file: whether what stands at its path is still what was opened. A file that
//! was deleted or replaced takes writes for as long as somebody has it open, and then they
//! are gone.

use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The file as it was when it was opened.
pub struct File {
    path: PathBuf,
    opened: Option<(u64, u64)>,
}

impl File {
    /// Remembers which file stands at `path` now.
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: identity(path) }
    }

    /// Refuses where another file, or none, stands there.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub fn still_there(&self) -> Result<(), StoreError> {
        if identity(&self.path) == self.opened {
            return Ok(());
        }
        let path = self.path.display();
        Err(StoreError::Unreachable(format!("{path} was deleted or replaced")))
    }
}

/// Device and number of the file, where the system has such.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}
