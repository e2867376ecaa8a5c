//! `audit verify`: recomputes the chain, the ledger, the balances and the hash of every
//! row, and names the first row that is wrong. Also the chain's first link.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt as _;
use serde_json::Value;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row as _};

use super::sql::json_of;
use super::step;
use super::writer::write_event;
use super::{constraint, unreachable};
use crate::domain::case::TRANSITIONS;
use crate::domain::coupon::CouponRecord;
use crate::domain::settlement::Coverage;
use crate::domain::yen::Yen;
use crate::records::{Digest, Record, seal};
use crate::search::fold::surface_key;
use crate::store::changes::{Event, seal_event};
use crate::store::rows::{
    AuditRow, CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, ExtensionRow,
    ImportRow, MerchantRow, MetaRow, OutboxRow, ReadingRow, Row, SaleRow, SettlementRow, StaffRow,
};
use crate::store::snapshot::window;
use crate::store::{AuditReport, StoreError, WrongRow};

/// Writes what the database says of itself, its first admin and the first event.
pub async fn begin(
    conn: &mut SqliteConnection,
    meta: Vec<MetaRow>,
    mut admin: StaffRow,
    event: Event,
) -> Result<(), StoreError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(unreachable)?;
    admin.audit_seq = 1;
    let mut wrote: Vec<[String; 3]> = meta.iter().map(Row::note).collect();
    wrote.push(admin.note());
    for row in &meta {
        sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2)")
            .bind(row.name.clone())
            .bind(row.value.clone())
            .execute(&mut *tx)
            .await
            .map_err(constraint)?;
    }
    sqlx::query(
        "INSERT INTO staff (staff_id, name, role, password_hash, disabled, audit_seq)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(admin.staff_id.clone())
    .bind(admin.name.expose().to_owned())
    .bind(admin.role.clone())
    .bind(admin.password_hash.expose().to_owned())
    .bind(admin.disabled)
    .bind(admin.audit_seq)
    .execute(&mut *tx)
    .await
    .map_err(constraint)?;
    let event = seal_event(&event, &wrote, 1, "");
    write_event(&mut tx, &event).await?;
    tx.commit().await.map_err(unreachable)
}

/// What stops the walk: the first wrong row, or the engine.
enum Stop {
    Wrong(WrongRow),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { table, key, what } => wrong(table, key, what),
            other => Self::Store(other),
        }
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(unreachable(error))
    }
}

fn wrong(table: &str, key: impl Into<String>, what: impl Into<String>) -> Stop {
    Stop::Wrong(WrongRow { table: table.to_owned(), key: key.into(), what: what.into() })
}

/// Walks the whole database in one reading transaction.
pub async fn verify(conn: &mut SqliteConnection) -> Result<AuditReport, StoreError> {
    let mut tx = conn.begin().await.map_err(unreachable)?;
    let mut report = AuditReport::default();
    match walk(&mut tx, &mut report).await {
        Ok(()) => {}
        Err(Stop::Wrong(row)) => report.wrong = Some(row),
        Err(Stop::Store(error)) => return Err(error),
    }
    tx.rollback().await.map_err(unreachable)?;
    Ok(report)
}

async fn walk(conn: &mut SqliteConnection, report: &mut AuditReport) -> Result<(), Stop> {
    let noted = chain(conn, report).await?;
    transitions(conn).await?;
    written::<MetaRow>(conn, report, "NULL", &noted).await?;
    written::<StaffRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<ImportRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<CaseRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<CaseSaleRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<EntryRow>(conn, report, "t.audit_seq", &noted).await?;
    report.entries = report.rows;
    written::<OutboxRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<CallbackRow>(conn, report, "t.audit_seq", &noted).await?;
    written::<CommandRow>(conn, report, "t.audit_seq", &noted).await?;
    stepped::<ExtensionRow>(conn, report, &noted).await?;
    stepped::<ReadingRow>(conn, report, &noted).await?;
    ledger(conn).await?;
    records(conn, report).await
}

/// What the chain says was written: how many rows of each table.
#[derive(Default)]
struct Noted {
    rows: BTreeMap<String, i64>,
    /// The first event, which wrote what the database says of itself.
    first: Vec<[String; 3]>,
    /// Of rows that change: the last event that wrote each.
    last: HashMap<(String, String), i64>,
    /// Events that wrote many rows: of which table, how many and the sum of their hashes.
    steps: BTreeMap<i64, (String, i64, String)>,
}

/// The chain itself, and what its events note.
async fn chain(conn: &mut SqliteConnection, report: &mut AuditReport) -> Result<Noted, Stop> {
    let sql =
        format!("SELECT {} FROM audit_event AS t ORDER BY seq", json_of(AuditRow::COLUMNS, "t"));
    let mut noted = Noted::default();
    let mut previous = (0_i64, String::new());
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        let event: AuditRow = parse("audit_event", row.try_get(0)?)?;
        let key = event.seq.to_string();
        if event.seq != previous.0 + 1 {
            return Err(wrong("audit_event", (previous.0 + 1).to_string(), "the event is missing"));
        }
        if event.previous_hash != previous.1 || event.hash != event.chain_hash() {
            return Err(wrong("audit_event", key, "the event is not what was written"));
        }
        let wrote: Vec<[String; 3]> = parse("audit_event", &event.wrote)?;
        for [table, row_key, hash] in &wrote {
            if step::ACTIONS.contains(&event.action.as_str()) {
                let count = row_key.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
                noted.steps.insert(event.seq, (table.clone(), count, hash.clone()));
                *noted.rows.entry(table.clone()).or_default() += count;
            } else if is_new(table, &event.action) {
                *noted.rows.entry(table.clone()).or_default() += 1;
            }
            if matches!(table.as_str(), "cases" | "staff" | "case_sale") {
                noted.last.insert((table.clone(), row_key.clone()), event.seq);
            }
        }
        if event.seq == 1 {
            noted.first = wrote;
        }
        previous = (event.seq, event.hash);
        report.events += 1;
    }
    drop(rows);
    let head: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT only_row, seq, hash FROM audit_head").fetch_all(conn).await?;
    if head != [(1, previous.0, previous.1.clone())] {
        return Err(wrong("audit_head", "1", "the end of the chain is not where it was"));
    }
    report.head = previous.1;
    Ok(noted)
}

/// Whether an event of this action adds a row to the table, or changes one.
fn is_new(table: &str, action: &str) -> bool {
    match table {
        "cases" => action == "case.open",
        "staff" => matches!(action, "staff.add" | "init"),
        "case_sale" => action == "case.link",
        _ => true,
    }
}

/// Every row of a table is what its last event noted, and none is missing.
async fn written<R: Row>(
    conn: &mut SqliteConnection,
    report: &mut AuditReport,
    seq: &str,
    noted: &Noted,
) -> Result<(), Stop> {
    let sql = format!(
        "SELECT {}, e.wrote, coalesce({seq}, 1)
         FROM {} AS t LEFT JOIN audit_event AS e ON e.seq = coalesce({seq}, 1)",
        json_of(R::COLUMNS, "t"),
        R::TABLE
    );
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *conn);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let found: R = parse(R::TABLE, row.try_get(0)?)?;
        let wrote: Option<&str> = row.try_get(1)?;
        let wrote: Vec<[String; 3]> = parse("audit_event", wrote.unwrap_or("[]"))?;
        if !wrote.contains(&found.note()) {
            return Err(wrong(R::TABLE, found.key(), "the row is not what was written"));
        }
        let last = noted.last.get(&(R::TABLE.to_owned(), found.key()));
        if last.is_some_and(|last| row.try_get::<i64, _>(2).ok() != Some(*last)) {
            return Err(wrong(R::TABLE, found.key(), "the row is what it was before it changed"));
        }
        count += 1;
    }
    drop(rows);
    report.rows += count;
    if count != noted.rows.get(R::TABLE).copied().unwrap_or(0) {
        return Err(missing::<R>(conn).await?);
    }
    Ok(())
}

/// Finds the row that an event noted and the table no longer has.
async fn missing<R: Row>(conn: &mut SqliteConnection) -> Result<Stop, Stop> {
    let sql = "SELECT DISTINCT j.value ->> 1 FROM audit_event AS e, json_each(e.wrote) AS j
        WHERE j.value ->> 0 = $1 AND e.action NOT IN (SELECT value FROM json_each($2))
        ORDER BY e.seq";
    let steps = serde_json::json!(step::ACTIONS).to_string();
    let noted: Vec<String> =
        sqlx::query_scalar(sql).bind(R::TABLE).bind(steps).fetch_all(&mut *conn).await?;
    let there: Vec<R> = crate::store::read::rows(conn, "", &[]).await?;
    let there: std::collections::HashSet<String> = there.iter().map(Row::key).collect();
    let gone = noted.into_iter().find(|key| !there.contains(key));
    Ok(wrong(R::TABLE, gone.unwrap_or_else(|| "?".to_owned()), "the row is missing"))
}

/// Extensions by a case and readings by a supervisor are noted one by one, those of class A
/// and of a dictionary by step.
async fn stepped<R: Row>(
    conn: &mut SqliteConnection,
    report: &mut AuditReport,
    noted: &Noted,
) -> Result<(), Stop> {
    let sql = format!(
        "SELECT {}, e.wrote, t.audit_seq FROM {} AS t
         LEFT JOIN audit_event AS e ON e.seq = t.audit_seq ORDER BY t.audit_seq",
        json_of(R::COLUMNS, "t"),
        R::TABLE
    );
    let mut sums: HashMap<i64, (i64, Digest)> = HashMap::new();
    let mut count = 0;
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        let found: R = parse(R::TABLE, row.try_get(0)?)?;
        let seq: i64 = row.try_get(2)?;
        if noted.steps.get(&seq).is_some_and(|step| step.0 == R::TABLE) {
            let sum = sums.entry(seq).or_default();
            sum.0 += 1;
            sum.1.add(&found.row_hash());
        } else {
            let wrote: Option<&str> = row.try_get(1)?;
            let wrote: Vec<[String; 3]> = parse("audit_event", wrote.unwrap_or("[]"))?;
            if !wrote.contains(&found.note()) {
                return Err(wrong(R::TABLE, found.key(), "the row is not what was written"));
            }
        }
        count += 1;
    }
    drop(rows);
    report.rows += count;
    for (seq, (_, expected, digest)) in noted.steps.iter().filter(|step| step.1.0 == R::TABLE) {
        let found = sums.get(seq).map(|(count, digest)| (*count, digest.hex()));
        if found != Some((*expected, digest.clone())) {
            let key = format!("event {seq}");
            return Err(wrong(R::TABLE, key, "the rows of this step are not what was written"));
        }
    }
    if count != noted.rows.get(R::TABLE).copied().unwrap_or(0) {
        return Err(missing::<R>(conn).await?);
    }
    Ok(())
}

/// The arrows in the database are those of the code.
async fn transitions(conn: &mut SqliteConnection) -> Result<(), Stop> {
    let mut found: Vec<(String, String, String)> =
        sqlx::query_as("SELECT from_state, to_state, who FROM transition").fetch_all(conn).await?;
    let mut expected: Vec<(String, String, String)> = TRANSITIONS
        .iter()
        .map(|(from, to, who)| {
            let from = from.map_or("", crate::domain::case::State::as_str);
            (from.to_owned(), to.as_str().to_owned(), who.as_str().to_owned())
        })
        .collect();
    found.sort();
    expected.sort();
    if found == expected {
        return Ok(());
    }
    let odd = found.iter().find(|row| !expected.contains(row));
    let odd = odd.or_else(|| expected.iter().find(|row| !found.contains(row)));
    let key = odd.map_or_else(|| "?".to_owned(), |(from, to, who)| format!("{from}/{to}/{who}"));
    Err(wrong("transition", key, "the arrows are not those of the program"))
}

/// Sums that no single row shows: what was put back of a settlement and by a case.
async fn ledger(conn: &mut SqliteConnection) -> Result<(), Stop> {
    let checks = [
        (
            "settlement",
            "SELECT t.settlement_id FROM settlement AS t WHERE (t.restored <> 0
                OR EXISTS (SELECT 1 FROM entry WHERE settlement_id = t.settlement_id))
             AND (t.restored <> (SELECT coalesce(sum(amount), 0) FROM entry
                WHERE settlement_id = t.settlement_id) OR t.restored NOT BETWEEN 0 AND t.amount)
             ORDER BY 1 LIMIT 1",
        ),
        (
            "cases",
            "SELECT t.case_id FROM cases AS t WHERE t.restored <>
                (SELECT coalesce(sum(amount), 0) FROM entry WHERE case_id = t.case_id)
             ORDER BY 1 LIMIT 1",
        ),
    ];
    for (table, sql) in checks {
        let key: Option<String> = sqlx::query_scalar(sql).fetch_optional(&mut *conn).await?;
        if let Some(key) = key {
            return Err(wrong(table, key, "what was restored is not the sum of its entries"));
        }
    }
    Ok(())
}

/// Every record is what its file said, and every balance the sum of its entries.
async fn records(conn: &mut SqliteConnection, report: &mut AuditReport) -> Result<(), Stop> {
    let mut sums: Sums = HashMap::new();
    let merchant =
        format!("json_array({}, t.name_key, t.kana_key)", json_of(MerchantRow::COLUMNS, "t"));
    sealed(conn, report, &mut sums, "merchant", &merchant, |body| {
        let (row, name_key, kana_key): (MerchantRow, String, String) = parse("merchant", body)?;
        let merchant = row.to_domain()?;
        exact("merchant", &row.key(), &[(merchant.merchant_id.as_str(), &row.merchant_id)])?;
        let keys = [(&*surface_key(&row.name), &*name_key), (&*surface_key(&row.kana), &*kana_key)];
        exact("merchant", &row.key(), &keys)?;
        Ok((row.key(), Record::Merchant(merchant, name_key, kana_key)))
    })
    .await?;
    let coupon = format!(
        "json_array({}, t.opening_balance + (SELECT coalesce(sum(amount), 0) FROM entry
            WHERE inquiry_number = t.inquiry_number),
         (SELECT max(to_on) FROM extension WHERE inquiry_number = t.inquiry_number))",
        json_of(CouponRow::COLUMNS, "t")
    );
    let before = report.rows;
    sealed(conn, report, &mut sums, "coupon", &coupon, coupon_record).await?;
    report.coupons = report.rows - before;
    let settlement = json_of(SettlementRow::COLUMNS, "t");
    sealed(conn, report, &mut sums, "settlement", &settlement, |body| {
        let row: SettlementRow = parse("settlement", body)?;
        let settlement = row.to_domain()?;
        let ids = [
            (settlement.settlement_id.as_str(), &*row.settlement_id),
            (settlement.inquiry_number.as_str(), &*row.inquiry_number),
            (settlement.merchant_id.as_str(), &*row.merchant_id),
        ];
        exact("settlement", &row.key(), &ids)?;
        Ok((row.key(), Record::Settlement(settlement)))
    })
    .await?;
    let sale = json_of(SaleRow::COLUMNS, "t");
    sealed(conn, report, &mut sums, "sale", &sale, |body| {
        let row: SaleRow = parse("sale", body)?;
        let sale = row.to_domain(false)?;
        let ids = [
            (sale.sale_id.as_str(), &*row.sale_id),
            (sale.merchant_id.as_str(), &*row.merchant_id),
            (
                sale.inquiry_number.as_ref().map_or("", |number| number.as_str()),
                row.inquiry_number.as_deref().unwrap_or(""),
            ),
        ];
        exact("sale", &row.key(), &ids)?;
        Ok((row.key(), Record::Sale(sale)))
    })
    .await?;
    let coverage = "json_array(t.merchant_id, t.source, t.covers_from, t.covers_until)";
    sealed(conn, report, &mut sums, "coverage", coverage, coverage_record).await?;
    imports(conn, &sums).await
}

fn coupon_record(body: &str) -> Result<(String, Record), Stop> {
    let (row, balance, expires_on): (CouponRow, i64, Option<String>) = parse("coupon", body)?;
    let key = row.key();
    if row.balance != balance || !(0..=row.face_value).contains(&row.balance) {
        return Err(wrong("coupon", key, "the balance is not the sum of its entries"));
    }
    if row.expires_on != expires_on.unwrap_or_else(|| row.printed_expires_on.clone()) {
        return Err(wrong("coupon", key, "the expiry is not that of its extensions"));
    }
    let coupon = row.to_domain(&[])?;
    let printed = coupon.printed_expires_on.to_string();
    let texts = [
        (coupon.inquiry_number.as_str(), &*row.inquiry_number),
        (&*printed, &*row.printed_expires_on),
        (coupon.holder.as_str(), &*row.holder),
    ];
    exact("coupon", &key, &texts)?;
    let record = CouponRecord {
        inquiry_number: coupon.inquiry_number,
        prefecture: coupon.prefecture,
        face_value: coupon.face_value,
        balance: Yen::new(row.opening_balance),
        expires_on: coupon.printed_expires_on,
        holder: coupon.holder,
        phone: row.phone,
        email: row.email,
        issuer: row.issuer,
    };
    Ok((key, Record::Coupon(record)))
}

fn coverage_record(body: &str) -> Result<(String, Record), Stop> {
    let (merchant, source, from, until): (Option<String>, String, i64, i64) =
        parse("coverage", body)?;
    let key = format!("{}/{source}/{from}/{until}", merchant.clone().unwrap_or_default());
    let odd = |_| wrong("coverage", key.clone(), "the row is not what was written");
    let coverage = Coverage {
        merchant_id: merchant
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| wrong("coverage", key.clone(), "the row is not what was written"))?,
        source: source.parse().map_err(odd)?,
        window: window(from, until)?,
    };
    let id = coverage.merchant_id.as_ref().map_or("", |id| id.as_str());
    exact("coverage", &key, &[(id, merchant.as_deref().unwrap_or(""))])?;
    Ok((key, Record::Coverage(coverage)))
}

/// Texts that are read as the same (another case, spaces around) are not the same to the
/// database, which finds rows by their bytes.
fn exact(table: &'static str, key: &str, texts: &[(&str, &str)]) -> Result<(), Stop> {
    match texts.iter().find(|(read, stored)| read != stored) {
        Some(_) => Err(wrong(table, key, "the row is not spelt as it was written")),
        None => Ok(()),
    }
}

/// How many rows of each import each table holds, and the sum of their hashes.
type Sums = HashMap<(i64, &'static str), (i64, Digest)>;

/// Holds each row against its seal and adds its hash to its import's sum.
async fn sealed(
    conn: &mut SqliteConnection,
    report: &mut AuditReport,
    sums: &mut Sums,
    table: &'static str,
    body: &str,
    record: impl Fn(&str) -> Result<(String, Record), Stop>,
) -> Result<(), Stop> {
    let sql = format!("SELECT {body}, t.import_id, t.seal FROM {table} AS t ORDER BY t.rowid");
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        let (key, record) = record(row.try_get(0)?)?;
        let hash = record.hash();
        if row.try_get::<i64, _>(2)? != seal(&hash) {
            return Err(wrong(table, key, "the row is not what the file said"));
        }
        let sum = sums.entry((row.try_get(1)?, table)).or_default();
        sum.0 += 1;
        sum.1.add(&hash);
        report.rows += 1;
    }
    Ok(())
}

/// The rows of each import are those that it brought, no more and no fewer.
async fn imports(conn: &mut SqliteConnection, sums: &Sums) -> Result<(), Stop> {
    let imports: Vec<ImportRow> =
        crate::store::read::rows(&mut *conn, "ORDER BY t.import_id", &[]).await?;
    let covered: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT i.import_id, coalesce(e.detail ->> '$.covered', 0)
         FROM import AS i LEFT JOIN audit_event AS e ON e.seq = i.audit_seq",
    )
    .fetch_all(conn)
    .await?;
    let mut found: Vec<_> = sums.keys().copied().collect();
    found.sort_unstable();
    for (id, table) in found {
        let Some(import) = imports.iter().find(|row| row.import_id == id) else {
            let what = "no import of this number was recorded";
            return Err(wrong(table, format!("import {id}"), what));
        };
        let declares = table == "coverage" && matches!(&*import.kind, "settlements" | "sales");
        if singular(&import.kind) != table && !declares {
            let what = format!("rows of the import {id}, which was one of {}", import.kind);
            return Err(wrong(table, format!("import {id}"), what));
        }
    }
    for import in &imports {
        let of = |table| sums.get(&(import.import_id, table)).copied().unwrap_or_default();
        let table = ["merchant", "coupon", "settlement", "sale", "coverage"]
            .into_iter()
            .find(|table| *table == singular(&import.kind))
            .unwrap_or("import");
        let (mut count, mut digest) = of(table);
        let (declared, hashes) =
            if table == "coverage" { (0, Digest::default()) } else { of("coverage") };
        count += declared;
        digest.merge(&hashes);
        if count != import.row_count || digest.hex() != import.digest {
            let what = format!(
                "the import {} ({}) brought {} rows; what is there of them now is not the same",
                import.import_id, import.file_name, import.row_count
            );
            // The event tells how many of its rows were declarations.
            let due = covered.iter().find(|(id, _)| *id == import.import_id).map_or(0, |row| row.1);
            let table = if declared == due { table } else { "coverage" };
            return Err(wrong(table, format!("import {}", import.import_id), what));
        }
    }
    Ok(())
}

/// The table of a kind of file.
fn singular(kind: &str) -> String {
    kind.strip_suffix('s').unwrap_or(kind).to_owned()
}

fn parse<T: serde::de::DeserializeOwned>(table: &str, body: &str) -> Result<T, Stop> {
    serde_json::from_str(body).map_err(|error| {
        let key = serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|row| row.as_object().and_then(|row| row.values().next().cloned()))
            .map_or_else(String::new, |key| key.to_string());
        wrong(table, key, error.to_string())
    })
}
