//! Connecting to one server and looking whether it is the one to work with.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions as _, Row as _};
use tokio::time::timeout;

use crate::domain::refusal::Code;
use crate::store::postgres::errors::Trouble;
use crate::store::postgres::hosts::Hosts;

/// How long a server may take to let us in and say what it is.
pub const CONNECT: Duration = Duration::from_secs(2);
/// The oldest server with everything the schema needs.
const OLDEST: u32 = 150_000;

/// One question, one round trip. A standby says so; a primary names its timeline, which grows
/// with every promotion. A role for which somebody turned durability off gets it back.
const WHO: &str = "
SELECT pg_is_in_recovery() AS standby,
    current_setting('transaction_read_only') = 'on' AS read_only,
    CASE WHEN pg_is_in_recovery() THEN ''
        ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline,
    CASE WHEN current_setting('synchronous_commit') = 'off'
        THEN set_config('synchronous_commit', 'on', false) END AS durable";

/// What the connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Short statements.
    Short,
    /// Imports and walks over whole tables.
    Bulk,
}

/// A connection to a server that can be written to.
pub struct Met {
    pub conn: PgConnection,
    pub host: usize,
    pub timeline: u32,
}

/// Connects to one of `hosts`, unless it is a standby, read-only, too old, or was replaced: a
/// server that comes back after another one was promoted still takes itself for the primary,
/// but its timeline is older than the one `seen` before.
pub async fn connect(hosts: &Hosts, host: usize, work: Work, seen: u32) -> Result<Met, Trouble> {
    let each = match work {
        Work::Short => hosts.each(),
        Work::Bulk => hosts.bulk(),
    };
    let Some(options) = each.get(host) else {
        return Err(Trouble::new(Code::DatabaseUnreachable, "no such host"));
    };
    let met = timeout(CONNECT, meet(options)).await.unwrap_or_else(|_| {
        let what = format!("no answer within {} s", CONNECT.as_secs());
        Err(Trouble::new(Code::DatabaseUnreachable, &what))
    });
    let met = met.and_then(|(conn, timeline)| {
        if timeline < seen {
            let what = "another server was promoted in its place";
            return Err(Trouble::new(Code::DatabaseReadOnly, what));
        }
        Ok(Met { conn, host, timeline })
    });
    met.map_err(|trouble| with_passfile(trouble, hosts).at(hosts.name(host)))
}

async fn meet(options: &PgConnectOptions) -> Result<(PgConnection, u32), Trouble> {
    let mut conn = options.connect().await.map_err(|error| Trouble::of(&error))?;
    check_version(conn.server_version_num())?;
    let row = sqlx::raw_sql(WHO).fetch_one(&mut conn).await.map_err(|error| Trouble::of(&error))?;
    let timeline = primary(&row)?;
    Ok((conn, timeline))
}

fn check_version(version: Option<u32>) -> Result<(), Trouble> {
    match version {
        Some(version) if version < OLDEST => {
            let what = format!("PostgreSQL {}; {} or later", version / 10_000, OLDEST / 10_000);
            Err(Trouble::new(Code::DatabaseVersion, &what))
        }
        _ => Ok(()),
    }
}

/// The timeline of a primary.
fn primary(row: &PgRow) -> Result<u32, Trouble> {
    let wrong = |error: sqlx::Error| Trouble::of(&error);
    if row.try_get("standby").map_err(wrong)? {
        return Err(Trouble::new(Code::DatabaseReadOnly, "a standby"));
    }
    if row.try_get("read_only").map_err(wrong)? {
        return Err(Trouble::new(Code::DatabaseReadOnly, "transactions are read-only"));
    }
    let timeline: &str = row.try_get("timeline").map_err(wrong)?;
    Ok(u32::from_str_radix(timeline, 16).unwrap_or_default())
}

/// Whoever cannot sign in is told of a password file that was passed over.
fn with_passfile(trouble: Trouble, hosts: &Hosts) -> Trouble {
    match hosts.open_passfile() {
        Some(file) if trouble.code == Code::DatabaseLogin => {
            let what = format!(
                "{}; {} was not used: others may read it (chmod 600)",
                trouble.what,
                file.display()
            );
            Trouble::new(trouble.code, &what)
        }
        _ => trouble,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_refused_by_its_version() {
        assert_eq!(check_version(Some(150_018)), Ok(()));
        assert_eq!(check_version(Some(170_000)), Ok(()));
        let trouble = check_version(Some(140_011)).unwrap_err();
        assert_eq!(trouble.code, Code::DatabaseVersion);
        assert_eq!(trouble.what, "PostgreSQL 14; 15 or later");
    }
}
