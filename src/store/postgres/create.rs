//! `init` on a server: the schema, its roles and what they may do, and the first admin.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::PgStore;
use super::begin::begin;
use super::errors::{constraint, unreachable};
use super::hosts::Hosts;
use super::link::Link;
use crate::store::StoreError;
use crate::store::changes::Event;
use crate::store::rows::{MetaRow, StaffRow};

/// The schema that this program reads and writes on a server.
const SCHEMA_VERSION: i64 = 5;

const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "store", include_str!("../../../assets/migrations/postgres/0001_store.sql")),
    (2, "guards", include_str!("../../../assets/migrations/postgres/0002_guards.sql")),
    (3, "apply", include_str!("../../../assets/migrations/postgres/0003_apply.sql")),
    (4, "staff keys", include_str!("../../../assets/migrations/postgres/0004_staff_keys.sql")),
    (
        5,
        "staff key guards",
        include_str!("../../../assets/migrations/postgres/0005_staff_key_guards.sql"),
    ),
];

/// Those of them that make tables and indexes and nothing else.
const TABLES: [i64; 2] = [1, 4];

const GRANTS: &str = include_str!("../../../assets/migrations/postgres/grants.sql");

/// Made where they are not there. Nobody signs in as one of them: the database's own
/// administrator grants them to the users that desks connect as. They are the whole server's:
/// another database of it may make them at the same moment.
const ROLES: &str = "DO $$
DECLARE r TEXT;
BEGIN
    FOREACH r IN ARRAY ARRAY['madoguchi_desk', 'madoguchi_admin'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', r);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END $$";

impl PgStore {
    /// Creates the schema in an existing database, with its first admin. An attempt that was
    /// cut short before is completed.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is one already, and what the server answers: whoever
    /// does this must be allowed to make schemas in the database, and roles on the server
    /// unless they are there.
    pub async fn create(
        url: &str,
        meta: &[MetaRow],
        admin: StaffRow,
        event: &Event,
    ) -> Result<(), StoreError> {
        let hosts = Hosts::parse(url)?;
        let shown = hosts.shown();
        let link = Link::open(hosts).await?;
        let mut conn = link.bulk().await?;
        let made = make(&mut conn, &shown, meta, admin, event).await;
        let _ = conn.close().await;
        link.close().await;
        made
    }
}

async fn make(
    conn: &mut PgConnection,
    shown: &str,
    meta: &[MetaRow],
    admin: StaffRow,
    event: &Event,
) -> Result<(), StoreError> {
    if begun(conn).await? {
        return Err(StoreError::Exists(shown.into()));
    }
    run(conn, "CREATE SCHEMA IF NOT EXISTS madoguchi".to_owned()).await?;
    migrate(conn, Part::All).await?;
    let mut tx = conn.begin().await.map_err(unreachable)?;
    grant(&mut tx).await?;
    begin(&mut tx, meta, admin, event).await?;
    tx.commit().await.map_err(unreachable)
}

/// Which of the migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Those that make tables: what fills these in bulk goes on with the rest afterwards.
    Tables,
    /// All.
    All,
}

/// Carries out what is new of the migrations, each on its own and within a transaction if one
/// was begun.
///
/// # Errors
/// What the server answers.
pub(super) async fn migrate(conn: &mut PgConnection, part: Part) -> Result<(), StoreError> {
    let wanted = |version: &i64| part == Part::All || TABLES.contains(version);
    let migrations = MIGRATIONS.into_iter().filter(|(version, ..)| wanted(version));
    let migrations = migrations.map(|(version, name, sql)| {
        let sql = sqlx::SqlSafeStr::into_sql_str(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    let done = migrator.run(&mut *conn).await;
    done.map_err(|error| StoreError::Unreachable(error.to_string()))
}

/// Makes the roles, where they are not there, and says what they may do.
///
/// # Errors
/// What the server answers.
pub(super) async fn grant(conn: &mut PgConnection) -> Result<(), StoreError> {
    let database: String = sqlx::query_scalar("SELECT quote_ident(current_database())")
        .fetch_one(&mut *conn)
        .await
        .map_err(unreachable)?;
    run(conn, ROLES.to_owned()).await?;
    run(conn, GRANTS.replace(":database", &database)).await
}

/// `sql` is put together from constants of this program.
async fn run(conn: &mut PgConnection, sql: String) -> Result<(), StoreError> {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
    conn.execute(sql).await.map(|_| ()).map_err(constraint)
}

/// Whether there is a whole database already.
async fn begun(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('madoguchi.meta') IS NOT NULL")
        .fetch_one(&mut *conn)
        .await
        .map_err(unreachable)?;
    if !there {
        return Ok(false);
    }
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM madoguchi.meta)")
        .fetch_one(conn)
        .await
        .map_err(unreachable)
}

/// Refuses a database that is not there, or another version's.
pub async fn check_version(conn: &mut PgConnection) -> Result<(), StoreError> {
    // Whoever asks knows the place.
    let missing = || StoreError::Missing(std::path::PathBuf::new());
    let there: bool =
        sqlx::query_scalar("SELECT to_regclass('madoguchi._sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut *conn)
            .await
            .map_err(unreachable)?;
    if !there {
        return Err(missing());
    }
    let found: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut *conn)
            .await
            .map_err(unreachable)?;
    let found = found.unwrap_or(0);
    if found != SCHEMA_VERSION {
        return Err(StoreError::Version { found, needed: SCHEMA_VERSION });
    }
    // `init` was cut short: what it began is not a database yet.
    if begun(conn).await? { Ok(()) } else { Err(missing()) }
}
