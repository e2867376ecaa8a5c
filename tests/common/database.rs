//! The database of a story, on the engine that the stories are told on: a file of SQLite, or
//! a database on the PostgreSQL server of this test process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use madoguchi::store::Store;

use super::server::{Options, Server};

/// Which engine the stories are told on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What `MADOGUCHI_TEST_ENGINE` says: `sqlite` or `postgres`; the first where it says nothing.
pub fn engine() -> Engine {
    match std::env::var("MADOGUCHI_TEST_ENGINE").as_deref() {
        Err(_) | Ok("" | "sqlite") => Engine::Sqlite,
        Ok("postgres") => Engine::Postgres,
        Ok(other) => panic!("MADOGUCHI_TEST_ENGINE: there is no engine {other}"),
    }
}

/// Ends a test that is about SQLite's own file where the stories are told on PostgreSQL.
#[macro_export]
macro_rules! sqlite_only {
    ($why:literal) => {
        if $crate::common::database::engine() != $crate::common::database::Engine::Sqlite {
            eprintln!("not on PostgreSQL: {}", $why);
            return;
        }
    };
}

/// … and the other way round.
#[macro_export]
macro_rules! postgres_only {
    ($why:literal) => {
        if $crate::common::database::engine() != $crate::common::database::Engine::Postgres {
            eprintln!("on PostgreSQL only: {}", $why);
            return;
        }
    };
}

/// Who makes the databases of stories and owns what is in them.
pub const OWNER: &str = "owner";
/// As whom operators, supervisors and auditors connect: a member of `madoguchi_desk`.
pub const DESK: &str = "desk1";
/// As whom the admins connect: a member of `madoguchi_admin`.
pub const ADMIN: &str = "adm1";

/// The server of this test process.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = Server::start(Options::default());
        server.role(OWNER, "CREATEROLE");
        server
    })
}

/// A database.
#[derive(Clone)]
pub enum Database {
    /// The file, which is deleted with its folder.
    File(PathBuf),
    /// A database on the [`server`], dropped when nobody has it any more.
    Served(Arc<Served>),
}

/// A database on the [`server`].
pub struct Served {
    name: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        server().drop_database(&self.name);
    }
}

impl Database {
    /// An empty one; a file will be in this folder.
    pub fn new(folder: &Path) -> Self {
        match engine() {
            Engine::Sqlite => Self::File(folder.join("story.db")),
            Engine::Postgres => Self::on_the_server(),
        }
    }

    /// An empty one on the [`server`], whichever engine the stories are told on.
    pub fn on_the_server() -> Self {
        Self::served(server().fresh_database_of(OWNER))
    }

    fn served(name: String) -> Self {
        Self::Served(Arc::new(Served { name }))
    }

    /// The file.
    pub fn file(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Served(served) => panic!("{} is no file", served.name),
        }
    }

    /// The name on the [`server`].
    pub fn name(&self) -> &str {
        match self {
            Self::File(path) => panic!("{} is on no server", path.display()),
            Self::Served(served) => &served.name,
        }
    }

    /// The URL for a role of the [`server`].
    pub fn url_as(&self, role: &str) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.display()),
            Self::Served(served) => server().url(role, &served.name),
        }
    }

    /// The URL for somebody on the staff: the admins are `ad` and the like.
    pub fn url(&self, staff: &str) -> String {
        self.url_as(if staff.starts_with("ad") { ADMIN } else { DESK })
    }

    /// The URL for making it.
    pub fn url_for_init(&self) -> String {
        self.url_as(OWNER)
    }

    /// After the first of all has been made, there are roles to be members of: makes those.
    pub fn is_made(&self) {
        static MADE: Mutex<bool> = Mutex::new(false);
        let Self::Served(_) = self else { return };
        let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !*made {
            server().role(DESK, "IN ROLE madoguchi_desk");
            server().role(ADMIN, "IN ROLE madoguchi_admin");
            *made = true;
        }
    }

    /// The store on it, in this process, as somebody on the staff.
    pub async fn store(&self, staff: &str) -> Arc<dyn Store> {
        madoguchi::store::place::open(&self.url(staff)).await.expect("a database")
    }

    /// The URL of one beside it that is not there.
    pub fn url_of_nothing(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.with_file_name("nothing.db").display()),
            Self::Served(_) => server().url(DESK, "nothing"),
        }
    }

    /// Takes it away from whoever has it open.
    pub fn take_away(&self) {
        match self {
            Self::File(path) => {
                for extension in ["db", "db-wal", "db-shm"] {
                    let _ = std::fs::remove_file(path.with_extension(extension));
                }
            }
            Self::Served(served) => server().drop_database(&served.name),
        }
    }

    /// Waits until a server has ended what programs asked of it that are gone: it may still
    /// carry that out. A file knows nothing of them any more.
    pub fn quiet(&self) {
        let Self::Served(served) = self else { return };
        let connected = format!(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = '{}' AND backend_type = 'client backend'",
            served.name
        );
        while server().psql("postgres", &connected) != "0" {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// What stands in it now, to be copied. Nobody has it open, and nobody opens it again.
    pub fn keep(self) -> Kept {
        match &self {
            Self::File(path) => {
                let wal = path.with_extension("db-wal");
                assert!(!wal.exists(), "the last one out has not put everything into the database");
                Kept::Bytes(std::fs::read(path).expect("a database"))
            }
            Self::Served(_) => Kept::Template(self),
        }
    }
}

/// A database as it once was.
pub enum Kept {
    /// The file.
    Bytes(Vec<u8>),
    /// A database that nobody opens.
    Template(Database),
}

impl Kept {
    /// A copy; a file will be in this folder.
    pub fn copy(&self, folder: &Path) -> Database {
        match self {
            Self::Bytes(bytes) => {
                let path = folder.join("story.db");
                for beside in ["db-wal", "db-shm"] {
                    let _ = std::fs::remove_file(path.with_extension(beside));
                }
                std::fs::write(&path, bytes).expect("written");
                Database::File(path)
            }
            Self::Template(template) => Database::served(server().database_from(template.name())),
        }
    }
}
