//! A database on a server into which a file is moved: one transaction, which is committed when
//! everything is there and proved, or not at all.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _, Transaction};
use tokio::sync::mpsc;

use super::create::{Part, grant, migrate};
use super::errors::{constraint, in_doubt, unreachable};
use super::import::{BEGIN, NOTICE_BREAKS, SETTINGS, run};
use super::link::Link;
use super::loading::load_all;
use super::{chain, seal, verify};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::time::Instant;
use crate::records::Digest;
use crate::store::changes::Event;
use crate::store::moving::{EVENTS, Held, MoveProgress, NotMoved, Reader, TABLES, Table, Walked};
use crate::store::{AuditReport, StoreError};

/// The advisory lock of whoever moves a database here; `lock_key` is not there yet.
const LOCK_MOVE: i64 = 5_921_000_004;

/// What the schema `madoguchi` holds, whoever made it.
const HOLDS: &str = "SELECT EXISTS (SELECT 1 FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'madoguchi')
    OR EXISTS (SELECT 1 FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'madoguchi')
    OR EXISTS (SELECT 1 FROM pg_type AS t
        JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE n.nspname = 'madoguchi')";

/// What makes loading slow and can be made quicker at the end: how it is taken away, and how
/// it is made again. What refers to another table goes first and comes last.
const REFERENCES: &str = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass,
        conname), format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'madoguchi'::regnamespace
    ORDER BY conrelid::regclass::TEXT, conname";
const INDEXES: &str = "SELECT format('DROP INDEX %s', i.indexrelid::regclass),
        pg_get_indexdef(i.indexrelid)
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'madoguchi'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid
            AND k.contype <> 'f')
    ORDER BY i.indrelid::regclass::TEXT, c.relname";

/// A sort of this size is the server's own default for an import as well.
const SORTING: &str = "SET LOCAL maintenance_work_mem = '64MB'";

/// The database, as only this transaction sees it.
pub struct Target<'c> {
    tx: Transaction<'c, Postgres>,
    /// What makes indexes and references again.
    left_out: Vec<String>,
}

impl<'c> Target<'c> {
    /// Begins, if there is nothing yet.
    ///
    /// # Errors
    /// `TARGET_NOT_EMPTY`, and what the server answers.
    pub async fn begin(conn: &'c mut PgConnection, shown: &str) -> Result<Self, NotMoved> {
        run(conn, SETTINGS).await?;
        let _ = run(conn, NOTICE_BREAKS).await;
        let mut tx = conn.begin_with(BEGIN).await.map_err(unreachable)?;
        let alone: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
            .bind(LOCK_MOVE)
            .fetch_one(&mut *tx)
            .await
            .map_err(unreachable)?;
        let holds: bool =
            sqlx::query_scalar(HOLDS).fetch_one(&mut *tx).await.map_err(unreachable)?;
        if holds || !alone {
            return Err(Refusal::new(Code::TargetNotEmpty).with("what", shown).into());
        }
        Ok(Self { tx, left_out: Vec::new() })
    }

    /// Makes the tables, without what can be made better once they are full: indexes,
    /// references and guards.
    ///
    /// # Errors
    /// What the server answers: the user must be allowed to make schemas.
    pub async fn make_tables(&mut self) -> Result<(), StoreError> {
        run(&mut self.tx, "CREATE SCHEMA IF NOT EXISTS madoguchi").await?;
        migrate(&mut self.tx, Part::Tables).await?;
        let mut again: Vec<String> = Vec::new();
        for sql in [REFERENCES, INDEXES] {
            let found: Vec<(String, String)> =
                sqlx::query_as(sql).fetch_all(&mut *self.tx).await.map_err(unreachable)?;
            for (drop, _) in &found {
                run(&mut self.tx, drop.clone()).await?;
            }
            // Indexes are made before what refers to them.
            again.splice(0..0, found.into_iter().map(|(_, make)| make));
        }
        self.left_out = again;
        let chain = format!("ALTER TABLE {EVENTS} ALTER chain SET DEFAULT '{}'", chain::MOVED);
        run(&mut self.tx, chain).await.map(|_| ())
    }

    /// The names of a table's columns.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn columns(&mut self, table: &Table) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT attname::TEXT FROM pg_attribute
             WHERE attrelid = $1::TEXT::regclass AND attnum > 0 AND NOT attisdropped",
        )
        .bind(table.name)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(unreachable)
    }

    /// Fills a table with rows as they come in.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn load(
        &mut self,
        table: &Table,
        columns: &[String],
        mut pieces: mpsc::Receiver<Vec<u8>>,
    ) -> Result<u64, StoreError> {
        let columns = columns.join(", ");
        let statement = format!("COPY {} ({columns}) FROM STDIN (FORMAT binary)", table.name);
        load_all(&mut self.tx, &statement, &mut pieces).await.map_err(constraint)
    }

    /// Makes what was left out, which holds every row against the others, and puts the file's
    /// chain, `events` long and with this `head`, where it is gone on from.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn make_indexes(&mut self, events: i64, head: &str) -> Result<(), StoreError> {
        run(&mut self.tx, SORTING).await?;
        for sql in std::mem::take(&mut self.left_out) {
            run(&mut self.tx, sql).await?;
        }
        run(&mut self.tx, format!("ALTER TABLE {EVENTS} ALTER chain DROP DEFAULT")).await?;
        let begun = "WITH number AS (SELECT setval('audit_seq', $2)),
                mark AS (INSERT INTO audit_unsealed (chain) VALUES ($1))
             INSERT INTO audit_chain (chain, links, hash) SELECT $1, setval, $3 FROM number";
        sqlx::query(begun)
            .bind(chain::MOVED)
            .bind(events)
            .bind(head)
            .execute(&mut *self.tx)
            .await
            .map_err(constraint)?;
        let names = TABLES.each_ref().map(|table| table.name).join(", ");
        run(&mut self.tx, format!("ANALYZE {names}")).await.map(|_| ())
    }

    /// What a table holds.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn held(&mut self, table: &Table) -> Result<Held, StoreError> {
        let sums: Vec<String> = table
            .sums
            .iter()
            .map(|column| format!(", coalesce(sum({column}), 0)::BIGINT"))
            .collect();
        let sql = format!("SELECT count(*){} FROM {}", sums.concat(), table.name);
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *self.tx).await;
        let row = row.map_err(unreachable)?;
        let number = |column: usize| row.try_get(column).map_err(unreachable);
        let sums = (1..=table.sums.len()).map(number).collect::<Result<_, _>>()?;
        Ok(Held { rows: number(0)?, sums })
    }

    /// How many rows a table gives back, and the sum of their hashes.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn digest(
        &mut self,
        table: &Table,
        columns: &[String],
        progress: &MoveProgress,
    ) -> Result<(i64, Digest), StoreError> {
        let columns = columns.join(", ");
        let statement = format!("COPY {} ({columns}) TO STDOUT (FORMAT binary)", table.name);
        let mut reader = Reader::default();
        let mut pieces = self.tx.copy_out_raw(&statement).await.map_err(unreachable)?;
        while let Some(piece) = pieces.try_next().await.map_err(unreachable)? {
            (0..reader.take(&piece)?).for_each(|_| progress.one_more());
        }
        Ok((reader.rows, reader.digest))
    }

    /// Makes the guards, the functions, the roles and what these may do.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn make_guards(&mut self) -> Result<(), StoreError> {
        migrate(&mut self.tx, Part::All).await?;
        grant(&mut self.tx).await
    }

    /// Writes the event of the move.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn note(&mut self, event: &Event) -> Result<(), StoreError> {
        let link = chain::next(&mut self.tx, chain::RECORDS).await.map_err(constraint)?;
        chain::write(&mut self.tx, link, event, &[]).await.map(|_| ()).map_err(constraint)
    }

    /// Seals what has come.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn seal(&mut self, at: Instant) -> Result<(), StoreError> {
        while seal::seal(&mut self.tx, at).await? {}
        Ok(())
    }

    /// Recomputes all of it (`audit verify`).
    ///
    /// # Errors
    /// What the server answers.
    pub async fn verify(&mut self, progress: &MoveProgress) -> Result<AuditReport, StoreError> {
        run(&mut self.tx, verify::SETTINGS).await?;
        Walked::over(&mut *self.tx, progress).await
    }

    /// Lets everybody see it. An error that comes back as a result: the answer was lost.
    ///
    /// # Errors
    /// What the server answers: it is as empty as before.
    pub async fn commit(self) -> Result<Option<StoreError>, StoreError> {
        match self.tx.commit().await {
            Ok(()) => Ok(None),
            Err(error) if in_doubt(&error) => Ok(Some(unreachable(error))),
            Err(error) => Err(constraint(error)),
        }
    }

    /// Whether the database with this last seal is there.
    ///
    /// # Errors
    /// What the servers answer.
    pub async fn is_there(link: &Link, head: &str) -> Result<bool, StoreError> {
        let mut conn = link.bulk().await?;
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM audit_seal WHERE hash = $1)")
            .bind(head)
            .fetch_one(&mut conn)
            .await
            .map_err(unreachable)
    }
}
