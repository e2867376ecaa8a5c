//! The chains of the audit trail and the seals that tie them together, for `audit verify`.

use std::future::Future;

use futures_util::TryStreamExt as _;
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgRow};

use super::moved::Move;
use super::seal::{Head, seal_hash};
use super::{chain, unreachable};
use crate::store::rows::{AuditRow, Row as _};
use crate::store::verify::{Books, Cells as _, Noted, Stop, parse, walk, wrong, wrote_of};
use crate::store::{AuditReport, StoreError};

/// For the walk alone. Rows come in the order they are stored in, so that the first wrong one
/// is the same one every time; and what is joined are whole tables, of which the planner may
/// not know yet how large they have grown.
pub(super) const SETTINGS: &str = "SET LOCAL synchronize_seqscans = off;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL enable_nestloop = off;
    SET LOCAL jit = off;
    SET LOCAL work_mem = '32MB'";

/// What seals say, a row for each chain in each. It is read once: left to itself, the planner
/// walks all events for every seal.
const HEADS: &str = "WITH h AS MATERIALIZED (SELECT s.seal_no,
        (j.head ->> 0) COLLATE \"C\" AS chain, (j.head ->> 1)::BIGINT AS link,
        (j.head ->> 2) COLLATE \"C\" AS hash
    FROM audit_seal AS s, jsonb_array_elements(s.heads::JSONB) AS j (head))";

/// Walks the whole database as it stood when the walk began.
///
/// # Errors
/// What the engine answers.
pub async fn verify(conn: &mut PgConnection) -> Result<AuditReport, StoreError> {
    let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let mut tx = conn.begin_with(snapshot).await.map_err(unreachable)?;
    sqlx::raw_sql(SETTINGS).execute(&mut *tx).await.map_err(unreachable)?;
    let report = walk(&mut *tx).await?;
    tx.rollback().await.map_err(unreachable)?;
    Ok(report)
}

impl Books for PgConnection {
    type Row = PgRow;

    const AS_STORED: &'static str = "";

    // Joined as a whole: asking for each coupon costs half as much again.
    const COUPON_SUMS: (&'static str, &'static str) = (
        ", (t.opening_balance + coalesce(e.amount, 0))::BIGINT, x.to_on",
        "LEFT JOIN (SELECT inquiry_number, sum(amount) AS amount FROM entry
            GROUP BY inquiry_number) AS e ON e.inquiry_number = t.inquiry_number
         LEFT JOIN (SELECT inquiry_number, max(to_on) AS to_on FROM extension
            GROUP BY inquiry_number) AS x ON x.inquiry_number = t.inquiry_number",
    );

    fn object(columns: &[&str], table: &str) -> String {
        let pairs: Vec<String> =
            columns.iter().map(|column| format!("'{column}', {table}.{column}")).collect();
        format!("json_build_object({})::TEXT", pairs.join(", "))
    }

    async fn each(
        &mut self,
        sql: String,
        mut take: impl FnMut(&PgRow) -> Result<(), Stop> + Send,
    ) -> Result<(), Stop> {
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).fetch(self);
        while let Some(row) = rows.try_next().await.map_err(unreachable)? {
            take(&row)?;
        }
        Ok(())
    }

    fn chain(
        &mut self,
        report: &mut AuditReport,
    ) -> impl Future<Output = Result<Noted, Stop>> + Send {
        chains(self, report)
    }
}

/// The chains, the seals, and that the seals speak of these chains.
async fn chains(conn: &mut PgConnection, report: &mut AuditReport) -> Result<Noted, Stop> {
    let noted = events(conn, report).await?;
    report.head = seals(conn).await?;
    heads(conn).await?;
    Ok(noted)
}

/// The end of a chain: how far it was walked, and where it should end.
#[derive(Default)]
struct End {
    chain: String,
    links: i64,
    hash: String,
    recorded: Option<(i64, String)>,
}

impl End {
    /// The chain ends where it did when it was last written to.
    fn check(&self) -> Result<(), Stop> {
        let recorded = self.recorded.as_ref().map(|(links, hash)| (*links, hash));
        if self.chain.is_empty() || recorded == Some((self.links, &self.hash)) {
            return Ok(());
        }
        let what = "the end of the chain is not where it was";
        Err(wrong("audit_chain", self.chain.clone(), what))
    }
}

/// Every event, chain by chain, and that none is missing.
async fn events(conn: &mut PgConnection, report: &mut AuditReport) -> Result<Noted, Stop> {
    let sql = format!(
        "SELECT {}, t.chain, c.links, c.hash FROM audit_event AS t
         LEFT JOIN audit_chain AS c ON c.chain = t.chain ORDER BY t.chain, t.seq",
        PgConnection::object(AuditRow::COLUMNS, "t")
    );
    let mut noted = Noted::default();
    let mut end = End::default();
    let mut moved = Move::default();
    conn.each(sql, |row| {
        let event: AuditRow = parse("audit_event", row.text(0)?)?;
        let name = row.text(1)?;
        if name != end.chain {
            end.check()?;
            let recorded = row.maybe_text(3)?.map(|hash| (row.whole(2), hash.to_owned()));
            let recorded = recorded.map(|(links, hash)| links.map(|links| (links, hash)));
            end = End {
                chain: name.to_owned(),
                links: 0,
                hash: chain::genesis(name),
                recorded: recorded.transpose()?,
            };
        }
        let wrote = linked(&event, &end)?;
        moved.take(name, end.links, &event)?;
        if end.links == 0 && event.action == chain::INIT {
            noted.first = event.seq;
        }
        noted.take(&event, wrote);
        end.links += 1;
        end.hash = event.hash;
        report.events += 1;
        Ok(())
    })
    .await?;
    end.check()?;
    report.moved = moved.check()?;
    let empty = "SELECT c.chain FROM audit_chain AS c
        WHERE NOT EXISTS (SELECT 1 FROM audit_event AS t WHERE t.chain = c.chain)
        ORDER BY c.chain LIMIT 1";
    conn.each(empty.to_owned(), |row| {
        Err(wrong("audit_chain", row.text(0)?, "the events of the chain are missing"))
    })
    .await?;
    Ok(noted)
}

/// The event is what was written, and where. What it notes comes back.
fn linked(event: &AuditRow, end: &End) -> Result<Vec<[String; 3]>, Stop> {
    let odd = |what: &str| Err(wrong("audit_event", event.seq.to_string(), what));
    if event.hash != event.chain_hash() {
        return odd("the event is not what was written");
    }
    if event.previous_hash != end.hash {
        return odd("the event before it in its chain is missing, or not what was written");
    }
    let wrote = wrote_of(event)?;
    if !chain::may_hold(&end.chain, event, &wrote) {
        return odd("the event stands in another chain than it belongs to");
    }
    Ok(wrote)
}

/// Every seal is what was written, and none is missing. The last one's hash comes back.
async fn seals(conn: &mut PgConnection) -> Result<String, Stop> {
    let sql = "SELECT seal_no, at, heads, previous_hash, hash FROM audit_seal ORDER BY seal_no";
    let mut previous = (0, String::new());
    conn.each(sql.to_owned(), |row| {
        let (seal_no, at, heads) = (row.whole(0)?, row.whole(1)?, row.text(2)?);
        let next = previous.0 + 1;
        if seal_no != next {
            return Err(wrong("audit_seal", next.to_string(), "the seal is missing"));
        }
        let (previous_hash, hash) = (row.text(3)?, row.text(4)?);
        let known = previous_hash == previous.1
            && hash == seal_hash(seal_no, at, heads, previous_hash)
            && readable(heads);
        if !known {
            return Err(wrong("audit_seal", next.to_string(), "the seal is not what was written"));
        }
        previous = (seal_no, hash.to_owned());
        Ok(())
    })
    .await?;
    let mut head: Vec<(i64, i64, String)> = Vec::new();
    let sql = "SELECT only_row, seq, hash FROM audit_head".to_owned();
    conn.each(sql, |row| {
        head.push((row.whole(0)?, row.whole(1)?, row.text(2)?.to_owned()));
        Ok(())
    })
    .await?;
    if head != [(1, previous.0, previous.1.clone())] {
        return Err(wrong("audit_head", "1", "the last seal is not where it was"));
    }
    Ok(previous.1)
}

/// Whether the engine can read the heads, as it does from here on: it takes no NUL.
fn readable(heads: &str) -> bool {
    let heads: Result<Vec<Head>, _> = serde_json::from_str(heads);
    let clean = |(chain, _, hash): &Head| !chain.contains('\0') && !hash.contains('\0');
    heads.is_ok_and(|heads| heads.iter().all(clean))
}

/// What the seals say of the chains is so, and every chain is sealed to its end or marked to
/// be. The engine compares: nobody knows how many heads there are.
async fn heads(conn: &mut PgConnection) -> Result<(), Stop> {
    let gone = format!(
        "{HEADS} SELECT h.seal_no, h.chain, h.link FROM h
         LEFT JOIN (SELECT chain, hash,
                row_number() OVER (PARTITION BY chain ORDER BY seq) AS link
            FROM audit_event) AS e ON e.chain = h.chain AND e.link = h.link
         WHERE e.hash IS DISTINCT FROM h.hash ORDER BY h.seal_no, h.chain LIMIT 1"
    );
    conn.each(gone, |row| {
        let (seal_no, name, link) = (row.whole(0)?, row.text(1)?, row.whole(2)?);
        let what = format!("event {link} of the chain is not the one that seal {seal_no} names");
        Err(wrong("audit_chain", name, what))
    })
    .await?;
    let unsealed = format!(
        "{HEADS} SELECT c.chain FROM audit_chain AS c
         WHERE NOT EXISTS (SELECT 1 FROM h WHERE h.chain = c.chain AND h.link = c.links)
         AND NOT EXISTS (SELECT 1 FROM audit_unsealed AS u WHERE u.chain = c.chain)
         ORDER BY c.chain LIMIT 1"
    );
    conn.each(unsealed, |row| {
        Err(wrong("audit_chain", row.text(0)?, "the end of the chain is not sealed"))
    })
    .await
}
