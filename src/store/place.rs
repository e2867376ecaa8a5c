//! Where a database is: the URL says which engine keeps it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::changes::Event;
use super::moving::{MoveProgress, Moved, Mover, NotMoved};
use super::postgres::PgStore;
use super::postgres::hosts::Hosts;
use super::rows::{MetaRow, StaffRow};
use super::sqlite::{SqliteStore, path_of};
use super::{Store, StoreError};

/// Whether a URL names a database on a PostgreSQL server.
#[must_use]
pub fn is_server(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The place as it may be shown: no user, no password.
#[must_use]
pub fn shown(url: &str) -> String {
    match Hosts::parse(url) {
        Ok(hosts) if is_server(url) => hosts.shown(),
        _ => url.to_owned(),
    }
}

/// The folder of the database file; none where the database is on a server.
#[must_use]
pub fn folder(url: &str) -> Option<PathBuf> {
    if is_server(url) {
        return None;
    }
    path_of(url).ok()?.parent().map(Path::to_path_buf)
}

/// Opens an existing database: `sqlite://PATH` or `postgres://…`.
///
/// # Errors
/// [`StoreError::Url`] where the URL names neither, and what the engine answers.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    if is_server(url) {
        Ok(Arc::new(PgStore::open(url).await?))
    } else {
        Ok(Arc::new(SqliteStore::open(&path_of(url)?).await?))
    }
}

/// Creates a database with its first admin.
///
/// # Errors
/// [`StoreError::Exists`] where there is one already, and what the engine answers.
pub async fn create(
    url: &str,
    meta: Vec<MetaRow>,
    admin: StaffRow,
    event: Event,
) -> Result<(), StoreError> {
    if is_server(url) {
        PgStore::create(url, &meta, admin, &event).await
    } else {
        SqliteStore::create(&path_of(url)?, meta, admin, event).await
    }
}

/// Whether a URL on a server can be connected with.
///
/// # Errors
/// [`StoreError::Url`] with what is wrong.
pub fn check_server(url: &str) -> Result<(), StoreError> {
    Hosts::parse(url).map(|_| ())
}

/// Moves what stands in the file at `path` into the empty database at `url`, which is on a
/// server.
///
/// # Errors
/// [`NotMoved`]: both are as they were.
pub async fn move_to(
    path: &Path,
    url: &str,
    mover: &Mover,
    progress: &MoveProgress,
) -> Result<Moved, NotMoved> {
    super::moving::move_to(path, url, mover, progress).await
}
