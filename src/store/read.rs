//! Reading single rows and short lists, each in one call: what both engines answer to the same
//! SQL. What a caller waits for stands with each engine, decoded column by column.

use std::future::Future;

use super::cells::Cells;
use super::rows::{
    AuditRow, CaseRow, CouponRow, EntryRow, ExtensionRow, MerchantRow, MetaRow, ReadingRow, Row,
    SettlementRow, StaffKeyRow,
};
use super::{CaseFilter, CouponFile, Info, KanaSource, ShopRow, StoreError};
use crate::domain::ids::CaseId;
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::private::Private;
use crate::domain::staff::StaffId;
use crate::domain::staff_key::Fingerprint;
use crate::domain::time::Instant;

/// A connection of either engine.
pub(super) trait Engine: Send {
    /// What a SELECT may read from as `n`, with the columns `place` (counted from 0), `a` and `b`:
    /// the JSON array of pairs of texts that is bound as `$1`.
    const PAIRS: &'static str;

    /// The engine's expression for a row as a JSON object, as text.
    fn object(columns: &[&str], table: &str) -> String;

    /// The one column of text that `sql` selects. `sql` is put together from constants of this
    /// program; what comes from outside is bound, as text.
    fn bodies(
        &mut self,
        sql: String,
        binds: &[&str],
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}

/// The rows that `tail` (a WHERE, an ORDER) leaves, as their structs.
pub(super) async fn rows<E: Engine, R: Row>(
    engine: &mut E,
    tail: &str,
    binds: &[&str],
) -> Result<Vec<R>, StoreError> {
    let sql = format!("SELECT {} FROM {} AS t {tail}", E::object(R::COLUMNS, "t"), R::TABLE);
    let bodies = engine.bodies(sql, binds).await?;
    bodies.iter().map(|body| parse(R::TABLE, body)).collect()
}

fn parse<T: serde::de::DeserializeOwned>(table: &'static str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged {
        table,
        key: String::new(),
        what: error.to_string(),
    })
}

/// One number.
async fn number(
    engine: &mut impl Engine,
    sql: &str,
    binds: &[&str],
) -> Result<Option<i64>, StoreError> {
    let found = engine.bodies(sql.to_owned(), binds).await?;
    found.first().map(|text| parse("", text)).transpose()
}

/// A coupon and the days it was extended to, from the columns of a [`CouponRow`] and those days
/// joined by spaces.
pub(super) fn looked_up(row: &impl Cells) -> Result<(CouponRow, Vec<String>), StoreError> {
    let coupon = CouponRow {
        inquiry_number: row.text(0)?,
        prefecture: row.whole(1)?,
        face_value: row.whole(2)?,
        opening_balance: row.whole(3)?,
        balance: row.whole(4)?,
        printed_expires_on: row.text(5)?,
        expires_on: row.text(6)?,
        holder: row.text(7)?,
        phone: Private::new(row.text(8)?),
        email: Private::new(row.text(9)?),
        issuer: row.text(10)?,
    };
    let extended = row.maybe_text(11)?.unwrap_or_default();
    let mut extended: Vec<String> = extended.split_whitespace().map(str::to_owned).collect();
    extended.sort();
    Ok((coupon, extended))
}

/// Every shop with its latest reading, else its record's.
pub(super) const SHOPS: &str =
    "SELECT m.merchant_id, m.name, coalesce(r.kana, m.kana), m.prefecture, m.address, r.source
     FROM merchant AS m LEFT JOIN reading AS r ON r.merchant_id = m.merchant_id
        AND r.audit_seq = (SELECT max(audit_seq) FROM reading WHERE merchant_id = m.merchant_id)
     ORDER BY m.merchant_id";

/// A row of [`SHOPS`].
pub(super) fn shop(row: &impl Cells) -> Result<ShopRow, StoreError> {
    let kana = row.text(2)?;
    Ok(ShopRow {
        merchant_id: row.text(0)?,
        name: row.text(1)?,
        kana_source: match row.maybe_text(5)?.as_deref() {
            Some(ReadingRow::CORRECTED) => KanaSource::Corrected,
            Some(_) => KanaSource::Dictionary,
            None if kana.is_empty() => KanaSource::None,
            None => KanaSource::Record,
        },
        kana,
        prefecture: u8::try_from(row.whole(3)?).unwrap_or(0),
        address: row.text(4)?,
    })
}

/// One coupon with all that belongs to it.
pub(super) async fn coupon_file(
    engine: &mut impl Engine,
    inquiry_number: &InquiryNumber,
) -> Result<Option<CouponFile>, StoreError> {
    let key = inquiry_number.as_str();
    let coupons: Vec<CouponRow> = rows(engine, "WHERE t.inquiry_number = $1", &[key]).await?;
    let Some(coupon) = coupons.into_iter().next() else {
        return Ok(None);
    };
    let imported = number(
        engine,
        "SELECT CAST(i.at AS TEXT) FROM import AS i JOIN coupon AS c ON c.import_id = i.import_id
         WHERE c.inquiry_number = $1",
        &[key],
    )
    .await?;
    let settlements: Vec<SettlementRow> =
        rows(engine, "WHERE t.inquiry_number = $1 ORDER BY t.settled_at, t.settlement_id", &[key])
            .await?;
    let mut named = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let merchants: Vec<MerchantRow> =
            rows(engine, "WHERE t.merchant_id = $1", &[&settlement.merchant_id]).await?;
        let name = merchants.into_iter().next().map(|merchant| merchant.name);
        named.push((settlement, name.unwrap_or_default()));
    }
    let extensions: Vec<ExtensionRow> =
        rows(engine, "WHERE t.inquiry_number = $1 ORDER BY t.audit_seq", &[key]).await?;
    let entries: Vec<EntryRow> =
        rows(engine, "WHERE t.inquiry_number = $1 ORDER BY t.audit_seq, t.line", &[key]).await?;
    let cases: Vec<CaseRow> =
        rows(engine, "WHERE t.inquiry_number = $1 ORDER BY t.case_id DESC", &[key]).await?;
    let history: Vec<AuditRow> =
        rows(engine, "WHERE t.inquiry_number = $1 ORDER BY t.seq DESC LIMIT 200", &[key]).await?;
    Ok(Some(CouponFile {
        coupon,
        imported_at: Instant::from_micros(imported.unwrap_or_default()),
        settlements: named,
        extensions,
        entries,
        cases,
        history,
    }))
}

/// What the audit trail says of a case, oldest first.
pub(super) async fn history(
    engine: &mut impl Engine,
    case_id: &CaseId,
) -> Result<Vec<AuditRow>, StoreError> {
    rows(engine, "WHERE t.case_id = $1 ORDER BY t.seq LIMIT 1000", &[case_id.as_str()]).await
}

/// What the database says of itself.
pub(super) async fn info(engine: &mut impl Engine) -> Result<Info, StoreError> {
    let meta: Vec<MetaRow> = rows(engine, "", &[]).await?;
    let value = |name: &str| meta.iter().find(|row| row.name == name).map(|row| row.value.as_str());
    let time = |name: &str| -> Result<Option<Instant>, StoreError> {
        value(name).map(|text| parse("meta", text).map(Instant::from_micros)).transpose()
    };
    Ok(Info {
        training: value("training") == Some("1"),
        clock_at: time("clock_at")?,
        clock_set_at: time("clock_set_at")?,
    })
}

/// Cases, newest first.
pub(super) async fn cases(
    engine: &mut impl Engine,
    filter: &CaseFilter,
) -> Result<Vec<CaseRow>, StoreError> {
    let any = |value: &Option<String>| value.clone().unwrap_or_default();
    rows(
        engine,
        "WHERE ($1 = '' OR t.state = $1) AND ($2 = '' OR t.opened_by = $2 OR t.held_by = $2)
         AND ($3 = '' OR t.inquiry_number = $3)
         ORDER BY t.opened_day DESC, t.running DESC LIMIT CAST($4 AS BIGINT)",
        &[
            &any(&filter.state),
            &any(&filter.staff_id),
            &any(&filter.number),
            &filter.limit.to_string(),
        ],
    )
    .await
}

/// The keys of one person, or of everyone.
pub(super) async fn staff_keys(
    engine: &mut impl Engine,
    staff_id: Option<&StaffId>,
) -> Result<Vec<StaffKeyRow>, StoreError> {
    let whose = staff_id.map_or("", StaffId::as_str);
    rows(engine, "WHERE $1 = '' OR t.staff_id = $1 ORDER BY t.added_seq, t.fingerprint", &[whose])
        .await
}

/// The places of those who may not be signed in any more.
pub(super) async fn barred<E: Engine>(
    engine: &mut E,
    people: &[(StaffId, Option<Fingerprint>)],
) -> Result<Vec<usize>, StoreError> {
    // Texts always serialise.
    let asked = serde_json::to_string(people).unwrap_or_default();
    let sql = format!(
        "SELECT CAST(n.place AS TEXT) FROM {} AS n
         WHERE NOT EXISTS (SELECT 1 FROM staff AS t WHERE t.staff_id = n.a AND t.disabled = 0)
            OR n.b IS NOT NULL AND NOT EXISTS (SELECT 1 FROM staff_key AS k
                WHERE k.fingerprint = n.b AND k.staff_id = n.a AND k.revoked_at IS NULL)
         ORDER BY n.place",
        E::PAIRS
    );
    let places = engine.bodies(sql, &[&asked]).await?;
    places.iter().map(|place| parse("staff", place)).collect()
}

/// Numbers of cases in some states, in order.
pub(super) async fn case_ids(
    engine: &mut impl Engine,
    states: &[&str],
    after: Option<&CaseId>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let places: Vec<String> = (0..states.len()).map(|place| format!("${}", place + 3)).collect();
    let sql = format!(
        "SELECT case_id FROM cases WHERE state IN ({}) AND case_id > $1 ORDER BY case_id
         LIMIT CAST($2 AS BIGINT)",
        places.join(", ")
    );
    let limit = limit.to_string();
    let mut binds = vec![after.map_or("", CaseId::as_str), &limit];
    binds.extend(states);
    engine.bodies(sql, &binds).await
}

/// Restored cases that later imports speak of, and the last import.
pub(super) async fn restored_since(
    engine: &mut impl Engine,
    import_id: i64,
) -> Result<(Vec<String>, i64), StoreError> {
    let last = "SELECT CAST(coalesce(max(import_id), 0) AS TEXT) FROM import";
    let last = number(engine, last, &[]).await?.unwrap_or(0);
    let restored = "SELECT case_id FROM cases WHERE state = 'restored' LIMIT 1";
    if engine.bodies(restored.to_owned(), &[]).await?.is_empty() {
        return Ok((Vec::new(), last));
    }
    let sql = "SELECT c.case_id FROM settlement AS s JOIN cases AS c
            ON c.inquiry_number = s.inquiry_number AND c.merchant_id = s.merchant_id
            WHERE s.import_id > CAST($1 AS BIGINT) AND c.state = 'restored'
         UNION
         SELECT c.case_id FROM sale AS s JOIN cases AS c
            ON c.inquiry_number = s.inquiry_number AND c.merchant_id = s.merchant_id
            WHERE s.import_id > CAST($1 AS BIGINT) AND c.state = 'restored'
         UNION
         SELECT case_id FROM cases WHERE state = 'restored' AND supplement > 0
         ORDER BY 1";
    Ok((engine.bodies(sql.to_owned(), &[&import_id.to_string()]).await?, last))
}

/// The last import whose consequences have been drawn.
pub(super) async fn rechecked_upto(engine: &mut impl Engine) -> Result<i64, StoreError> {
    let sql = "SELECT detail FROM audit_event WHERE action = 'recheck.done'
        ORDER BY seq DESC LIMIT 1";
    let found = engine.bodies(sql.to_owned(), &[]).await?;
    let Some(detail) = found.first() else { return Ok(0) };
    let detail: serde_json::Value = parse("audit_event", detail)?;
    Ok(detail["upto_import"].as_i64().unwrap_or(0))
}

/// Merchants of a prefecture with this folded name or reading.
pub(super) async fn merchants_named(
    engine: &mut impl Engine,
    key: &str,
    prefecture: Prefecture,
) -> Result<Vec<MerchantRow>, StoreError> {
    rows(
        engine,
        "WHERE (t.name_key = $1 OR t.kana_key = $1) AND t.prefecture = CAST($2 AS BIGINT)
         ORDER BY t.merchant_id LIMIT 50",
        &[key, &prefecture.code().to_string()],
    )
    .await
}
