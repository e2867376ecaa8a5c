//! A primary and the standby that follows it by streaming replication.

use super::{Options, Server, password, until};

/// The role that the standby copies as.
const REPLICATOR: &str = "replicator";

/// The two servers.
pub struct Pair {
    /// The one that is written to.
    pub primary: Server,
    /// The one that follows; [`Server::promote`] makes it the primary.
    pub standby: Server,
}

impl Pair {
    /// A new pair. Synchronous: what is committed is on both.
    pub fn start(options: &Options, synchronous: bool) -> Self {
        let primary = Server::start(options.clone());
        primary.role(REPLICATOR, "REPLICATION");
        let from = format!(
            "host=127.0.0.1 port={} user={REPLICATOR} password={} application_name=standby",
            primary.port(),
            password(REPLICATOR)
        );
        let standby = Server::of(options.clone(), |machine, folder| {
            let mut copy = machine.program("pg_basebackup");
            copy.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream"])
                .args(["--write-recovery-conf", "--no-password", "--dbname", &from, "--pgdata"])
                .arg(folder.join("data"));
            copy
        });
        let pair = Self { primary, standby };
        pair.follows("streaming");
        if synchronous {
            // Only now: what the standby has copied must not make it wait for a standby of
            // its own once it is the primary.
            pair.primary.psql(
                "postgres",
                "ALTER SYSTEM SET synchronous_standby_names = 'standby';
                 SELECT pg_reload_conf()",
            );
            pair.follows("sync");
        }
        pair
    }

    /// Waits until the primary says so of the standby.
    fn follows(&self, state: &str) {
        let sql = "SELECT state, sync_state FROM pg_stat_replication";
        until("the standby follows", || {
            self.primary.psql("postgres", sql).split('|').any(|word| word == state)
        });
    }

    /// Waits until the standby shows everything that the primary has committed.
    pub fn caught_up(&self) {
        let written = self.primary.psql("postgres", "SELECT pg_current_wal_lsn()");
        let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
        until("the standby has caught up", || self.standby.psql("postgres", &sql) == "t");
    }
}
