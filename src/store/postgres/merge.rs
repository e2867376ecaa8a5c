//! The end of an import: one transaction in which what came in is checked, added, declared
//! and noted, or nothing is.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::chain;
use super::errors::{constraint, unreachable, written};
use super::import::{BEGIN, next_import_id, run};
use super::incoming::{RowEncoder, Target, Way, copy_statement, target};
use super::loading::load_at_once;
use crate::domain::ids::MerchantId;
use crate::domain::settlement::{Coverage, Source};
use crate::domain::time::Window;
use crate::records::{Digest, Kind, Record};
use crate::store::StoreError;
use crate::store::import::{Added, ImportFinish, Imported, Sink, add_to, bad_row};
use crate::store::rows::Row as _;

/// How many merchants are declared at a time.
const DECLARED_AT_ONCE: &str = "4096";

/// A transaction that adds an import.
pub struct Merge {
    conn: PgConnection,
    kind: Kind,
    import_id: i64,
}

/// What holding every row against the others came to.
struct Held {
    /// Rows that are new, each once.
    fresh: u64,
    /// Whether a row contradicts another, or one that is there.
    wrong: bool,
}

impl Merge {
    /// In the transaction that the rows were loaded in.
    pub const fn new(conn: PgConnection, kind: Kind, import_id: i64) -> Self {
        Self { conn, kind, import_id }
    }

    /// Begins one after the rows were staged, and waits for its turn.
    pub async fn begin(mut conn: PgConnection, kind: Kind) -> Result<Self, StoreError> {
        run(&mut conn, "ANALYZE pg_temp.incoming").await?;
        run(&mut conn, BEGIN).await?;
        run(&mut conn, "SELECT pg_advisory_xact_lock(lock_key(2))").await?;
        let import_id = next_import_id(&mut conn).await?;
        Ok(Self { conn, kind, import_id })
    }

    /// The straight way's end: the constraints have held every row against the rest.
    pub async fn straight(mut self, end: ImportFinish) -> Result<Imported, StoreError> {
        let mut digest = end.digest;
        let covered = self.declare(&end, target(self.kind).table, &mut digest).await?;
        self.close(&end, end.read, covered, digest).await
    }

    /// The staged way's end: hold every row against the others and against what is there,
    /// then add what is new.
    pub async fn staged(
        mut self,
        end: ImportFinish,
        bad: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Imported, StoreError> {
        // Each bad row is looked for only where there is one: that takes longer.
        let fresh = if bad { None } else { self.fresh().await? };
        let Some(fresh) = fresh else {
            let rejected = self.check(sink).await?;
            run(&mut self.conn, "ROLLBACK").await?;
            return Ok(Imported::Rejected(rejected));
        };
        let mut digest = end.digest;
        if fresh == end.read {
            self.add("incoming").await?;
        } else {
            self.part_fresh().await?;
            digest = self.digest_of("SELECT hash FROM fresh").await?;
            self.add("fresh").await?;
        }
        let covered = self.declare(&end, "incoming", &mut digest).await?;
        self.close(&end, fresh, covered, digest).await
    }

    /// How many rows are new; none where a row is wrong.
    async fn fresh(&mut self) -> Result<Option<u64>, StoreError> {
        let held = self.hold().await?;
        if held.wrong {
            return Ok(None);
        }
        for (column, other, _) in target(self.kind).refers {
            let dangling = format!(
                "SELECT EXISTS (SELECT 1 FROM incoming AS i WHERE i.{column} IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM {other} AS t WHERE t.{column} = i.{column}))"
            );
            let dangling: bool = sqlx::query_scalar(AssertSqlSafe(dangling))
                .fetch_one(&mut self.conn)
                .await
                .map_err(unreachable)?;
            if dangling {
                return Ok(None);
            }
        }
        Ok(Some(held.fresh))
    }

    /// Walks the rows once in the order of their keys, and the table's index beside them.
    async fn hold(&mut self) -> Result<Held, StoreError> {
        let Target { table, same, columns, .. } = target(self.kind);
        let columns = columns.join(", ");
        let sql = format!(
            "SELECT count(*) FILTER (WHERE i.before IS DISTINCT FROM i.row_key AND t.seal IS NULL),
                count(*) FILTER (WHERE i.before = i.row_key AND i.hash <> i.hash_before
                    OR i.seal <> t.seal) > 0
             FROM (SELECT row_key, hash, seal, {columns}, lag(row_key) OVER w AS before,
                       lag(hash) OVER w AS hash_before
                   FROM incoming WINDOW w AS (ORDER BY row_key, line)) AS i
             LEFT JOIN LATERAL (SELECT t.seal FROM {table} AS t WHERE {same} LIMIT 1) AS t ON true"
        );
        run(&mut self.conn, "SET LOCAL enable_seqscan = off").await?;
        let (fresh, wrong): (i64, bool) = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_one(&mut self.conn)
            .await
            .map_err(unreachable)?;
        run(&mut self.conn, "SET LOCAL enable_seqscan = on").await?;
        Ok(Held { fresh: u64::try_from(fresh).unwrap_or(0), wrong })
    }

    /// Puts what is new aside: the first of several same rows, where the table has none.
    async fn part_fresh(&mut self) -> Result<(), StoreError> {
        let Target { table, same, .. } = target(self.kind);
        let filled = target(self.kind).filled();
        let sql = format!(
            "CREATE TEMP TABLE fresh ON COMMIT DROP AS
             SELECT DISTINCT ON (row_key) row_key, hash, {filled} FROM incoming AS i
             WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {same}) ORDER BY row_key, line"
        );
        run(&mut self.conn, sql).await.map(|_| ())
    }

    /// Adds rows in the order of their keys, so that the indexes are walked once.
    async fn add(&mut self, from: &str) -> Result<(), StoreError> {
        let (table, filled) = (target(self.kind).table, target(self.kind).filled());
        let id = self.import_id;
        let sql = format!(
            "INSERT INTO {table} ({filled}, import_id) SELECT {filled}, {id} FROM {from}
             ORDER BY row_key"
        );
        run(&mut self.conn, sql).await.map(|_| ())
    }

    async fn digest_of(&mut self, sql: &'static str) -> Result<Digest, StoreError> {
        let mut digest = Digest::default();
        let mut rows = sqlx::query(sql).fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            let hash: &[u8] = row.try_get(0).map_err(unreachable)?;
            if let Ok(hash) = <&[u8; 32]>::try_from(hash) {
                digest.add(hash);
            }
        }
        Ok(digest)
    }

    /// What one row alone cannot show. Every bad row goes to the sink, in the order of the
    /// lines; the number of them comes back.
    async fn check(&mut self, sink: &mut Sink<'_>) -> Result<u64, StoreError> {
        let sql = checks(self.kind);
        let mut rejected = 0;
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            rejected += 1;
            sink(bad_row(
                row.try_get(0).map_err(unreachable)?,
                row.try_get(1).map_err(unreachable)?,
                row.try_get(2).map_err(unreachable)?,
                row.try_get(3).map_err(unreachable)?,
                row.try_get(4).map_err(unreachable)?,
            ));
        }
        Ok(rejected)
    }

    /// `--covers`: with settlements complete for every merchant, with sales for every
    /// merchant named in the file. How many declarations are new comes back.
    async fn declare(
        &mut self,
        end: &ImportFinish,
        from: &str,
        digest: &mut Digest,
    ) -> Result<u64, StoreError> {
        let Some((source, window)) = end.covers else {
            return Ok(0);
        };
        let named = match source {
            Source::Settlements => "SELECT NULL::TEXT AS merchant_id".to_owned(),
            Source::Sales => {
                format!("SELECT DISTINCT merchant_id FROM {from} WHERE merchant_id IS NOT NULL")
            }
        };
        // Source and window are numbers and words of this program's.
        let (name, (begins, ends)) =
            (source.as_str(), (window.from().micros(), window.until().micros()));
        let sql = format!(
            "DECLARE named NO SCROLL CURSOR FOR SELECT n.merchant_id FROM ({named}) AS n
             WHERE NOT EXISTS (SELECT 1 FROM coverage AS t
                WHERE coalesce(t.merchant_id, '') = coalesce(n.merchant_id, '')
                AND t.source = '{name}' AND t.covers_from = {begins} AND t.covers_until = {ends})
             ORDER BY 1"
        );
        run(&mut self.conn, sql).await?;
        let mut declared = 0;
        loop {
            let merchants: Vec<Option<String>> = sqlx::query_scalar(AssertSqlSafe(format!(
                "FETCH FORWARD {DECLARED_AT_ONCE} FROM named"
            )))
            .fetch_all(&mut self.conn)
            .await
            .map_err(unreachable)?;
            if merchants.is_empty() {
                return Ok(declared);
            }
            declared += self.declare_some(merchants, source, window, digest).await?;
        }
    }

    async fn declare_some(
        &mut self,
        merchants: Vec<Option<String>>,
        source: Source,
        window: Window,
        digest: &mut Digest,
    ) -> Result<u64, StoreError> {
        let way = Way::Straight(self.import_id);
        let mut encoder = RowEncoder::new(way);
        let mut rows = Vec::new();
        for merchant in merchants {
            let merchant_id = match merchant.map(|id| id.parse::<MerchantId>()).transpose() {
                Ok(merchant_id) => merchant_id,
                Err(error) => return Err(StoreError::Constraint(error.to_string())),
            };
            let record = Record::Coverage(Coverage { merchant_id, source, window });
            let hash = add_to(digest, &record);
            rows.extend(encoder.add(0, &record, &hash).into_iter().flatten());
        }
        while let Some(more) = encoder.take() {
            rows.extend(more);
        }
        let statement = copy_statement(Kind::Coverage, way);
        load_at_once(&mut self.conn, &statement, rows).await.map_err(constraint)
    }

    /// Writes the import's own row and event, and commits. The audit chain, which others
    /// write to as well, is locked last and only for this.
    async fn close(
        mut self,
        end: &ImportFinish,
        imported: u64,
        covered: u64,
        digest: Digest,
    ) -> Result<Imported, StoreError> {
        let unchanged = end.read.saturating_sub(imported);
        let (import_id, kind) = (self.import_id, self.kind);
        let added = Added { import_id, kind, imported, unchanged, covered, digest };
        let link = chain::next(&mut self.conn, chain::RECORDS).await.map_err(constraint)?;
        let mut wrote = Vec::new();
        if let Some(row) = added.row(end, link.seq) {
            sqlx::query(
                "INSERT INTO import (import_id, kind, file_name, file_sha256, row_count, digest,
                    at, audit_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(row.import_id)
            .bind(&row.kind)
            .bind(&row.file_name)
            .bind(&row.file_sha256)
            .bind(row.row_count)
            .bind(&row.digest)
            .bind(row.at)
            .bind(row.audit_seq)
            .execute(&mut self.conn)
            .await
            .map_err(constraint)?;
            wrote.push(row.note());
        }
        let noted = chain::write(&mut self.conn, link, &added.event(end), &wrote).await;
        noted.map_err(constraint)?;
        sqlx::query("COMMIT").execute(&mut self.conn).await.map_err(written)?;
        Ok(Imported::Done { imported, unchanged })
    }
}

/// One query that finds every bad row: line, column, value, the first line of the same
/// key, what is wrong.
fn checks(kind: Kind) -> String {
    let Target { table, same, refers, .. } = target(kind);
    let key = kind.id_column();
    let mut parts = vec![
        format!(
            "SELECT i.line AS line, '{key}' AS name, i.row_key AS value, i.first AS first,
                'duplicate' AS what
             FROM (SELECT line, row_key, hash, first_value(line) OVER w AS first,
                       first_value(hash) OVER w AS first_hash
                   FROM incoming WINDOW w AS (PARTITION BY row_key ORDER BY line)) AS i
             WHERE i.hash <> i.first_hash"
        ),
        format!(
            "SELECT i.line, '{key}', i.row_key, 0, 'differs'
             FROM incoming AS i JOIN {table} AS t ON {same} WHERE t.seal <> i.seal"
        ),
    ];
    for (column, other, coupon) in *refers {
        let what = if *coupon { "coupon" } else { "merchant" };
        parts.push(format!(
            "SELECT i.line, '{column}', i.{column}, 0, '{what}' FROM incoming AS i
             WHERE i.{column} IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM {other} AS t WHERE t.{column} = i.{column})"
        ));
    }
    let parts = parts.join(" UNION ALL ");
    format!("SELECT * FROM ({parts}) AS b ORDER BY b.line, b.name COLLATE \"C\"")
}
