//! Reading: single rows and short lists, each in one call.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::sql::{json_of, select_json};
use super::unreachable;
use crate::domain::ids::CaseId;
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::time::Instant;
use crate::store::rows::{
    AuditRow, CaseRow, CouponRow, EntryRow, ExtensionRow, MerchantRow, MetaRow, ReadingRow, Row,
    SettlementRow,
};
use crate::store::{
    CaseFilter, CouponFile, Info, KanaSource, NearQuestion, ShopRow, ShopsStamp, StoreError,
};

/// The rows that `tail` (a WHERE, an ORDER) leaves, as their structs.
pub async fn rows<R: Row>(
    conn: &mut SqliteConnection,
    tail: &str,
    binds: &[&str],
) -> Result<Vec<R>, StoreError> {
    bodies(conn, select_json::<R>(tail), binds)
        .await?
        .iter()
        .map(|body| parse(R::TABLE, body))
        .collect()
}

/// `sql` is put together from constants of this program; what comes from outside is bound.
async fn bodies(
    conn: &mut SqliteConnection,
    sql: String,
    binds: &[&str],
) -> Result<Vec<String>, StoreError> {
    let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
    for bind in binds {
        query = query.bind((*bind).to_owned());
    }
    query.fetch_all(conn).await.map_err(unreachable)
}

fn parse<T: serde::de::DeserializeOwned>(table: &'static str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged {
        table,
        key: String::new(),
        what: error.to_string(),
    })
}

/// One coupon and the days it was extended to: one statement, since a caller waits.
pub async fn look_up(
    conn: &mut SqliteConnection,
    number: &InquiryNumber,
) -> Result<Option<(CouponRow, Vec<String>)>, StoreError> {
    let found = sqlx::query(
        "SELECT inquiry_number, prefecture, face_value, opening_balance, balance,
            printed_expires_on, expires_on, holder, phone, email, issuer,
            (SELECT group_concat(to_on, ' ') FROM extension AS e
             WHERE e.inquiry_number = c.inquiry_number)
         FROM coupon AS c WHERE inquiry_number = $1",
    )
    .bind(number.as_str().to_owned())
    .fetch_optional(conn)
    .await
    .map_err(unreachable)?;
    let Some(row) = found else { return Ok(None) };
    let text = |i: usize| row.try_get::<String, _>(i).map_err(unreachable);
    let whole = |i: usize| row.try_get::<i64, _>(i).map_err(unreachable);
    let extended: Option<String> = row.try_get(11).map_err(unreachable)?;
    let coupon = CouponRow {
        inquiry_number: text(0)?,
        prefecture: whole(1)?,
        face_value: whole(2)?,
        opening_balance: whole(3)?,
        balance: whole(4)?,
        printed_expires_on: text(5)?,
        expires_on: text(6)?,
        holder: text(7)?,
        phone: crate::domain::private::Private::new(text(8)?),
        email: crate::domain::private::Private::new(text(9)?),
        issuer: text(10)?,
    };
    let mut extended: Vec<String> =
        extended.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    extended.sort();
    Ok(Some((coupon, extended)))
}

/// One coupon with all that belongs to it.
pub async fn coupon_file(
    conn: &mut SqliteConnection,
    number: &InquiryNumber,
) -> Result<Option<CouponFile>, StoreError> {
    let key = number.as_str();
    let coupons: Vec<CouponRow> = rows(conn, "WHERE t.inquiry_number = $1", &[key]).await?;
    let Some(coupon) = coupons.into_iter().next() else {
        return Ok(None);
    };
    let imported: Option<i64> = sqlx::query_scalar(
        "SELECT at FROM import JOIN coupon USING (import_id) WHERE inquiry_number = $1",
    )
    .bind(key.to_owned())
    .fetch_optional(&mut *conn)
    .await
    .map_err(unreachable)?;
    let settlements: Vec<SettlementRow> =
        rows(conn, "WHERE t.inquiry_number = $1 ORDER BY t.settled_at, t.settlement_id", &[key])
            .await?;
    let mut named = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let merchants: Vec<MerchantRow> =
            rows(conn, "WHERE t.merchant_id = $1", &[&settlement.merchant_id]).await?;
        let name = merchants.into_iter().next().map(|merchant| merchant.name);
        named.push((settlement, name.unwrap_or_default()));
    }
    let extensions: Vec<ExtensionRow> =
        rows(conn, "WHERE t.inquiry_number = $1 ORDER BY t.audit_seq", &[key]).await?;
    let entries: Vec<EntryRow> =
        rows(conn, "WHERE t.inquiry_number = $1 ORDER BY t.audit_seq, t.line", &[key]).await?;
    let cases: Vec<CaseRow> =
        rows(conn, "WHERE t.inquiry_number = $1 ORDER BY t.case_id DESC", &[key]).await?;
    let history =
        audit_rows(conn, "WHERE t.inquiry_number = $1 ORDER BY t.seq DESC LIMIT 200", key).await?;
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

/// Audit events as `tail` asks, with one bind.
pub async fn audit_rows(
    conn: &mut SqliteConnection,
    tail: &str,
    bind: &str,
) -> Result<Vec<AuditRow>, StoreError> {
    let sql = format!("SELECT {} FROM audit_event AS t {tail}", json_of(AuditRow::COLUMNS, "t"));
    let bodies = bodies(conn, sql, &[bind]).await?;
    bodies.iter().map(|body| parse("audit_event", body)).collect()
}

/// What the database says of itself.
pub async fn info(conn: &mut SqliteConnection) -> Result<Info, StoreError> {
    let meta: Vec<MetaRow> = rows(conn, "", &[]).await?;
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
pub async fn cases(
    conn: &mut SqliteConnection,
    filter: &CaseFilter,
) -> Result<Vec<CaseRow>, StoreError> {
    let any = |value: &Option<String>| value.clone().unwrap_or_default();
    rows(
        conn,
        "WHERE ($1 = '' OR t.state = $1) AND ($2 = '' OR t.opened_by = $2 OR t.held_by = $2)
         AND ($3 = '' OR t.inquiry_number = $3)
         ORDER BY t.opened_day DESC, t.running DESC LIMIT CAST($4 AS INTEGER)",
        &[
            &any(&filter.state),
            &any(&filter.staff_id),
            &any(&filter.number),
            &filter.limit.to_string(),
        ],
    )
    .await
}

/// Numbers of cases in some states, in order.
pub async fn case_ids(
    conn: &mut SqliteConnection,
    states: &[&str],
    after: Option<&CaseId>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let states = serde_json::json!(states).to_string();
    sqlx::query_scalar(
        "SELECT case_id FROM cases WHERE state IN (SELECT value FROM json_each($1))
         AND case_id > $2 ORDER BY case_id LIMIT $3",
    )
    .bind(states)
    .bind(after.map_or("", |id| id.as_str()).to_owned())
    .bind(limit)
    .fetch_all(conn)
    .await
    .map_err(unreachable)
}

/// Restored cases that later imports speak of, and the last import.
pub async fn restored_since(
    conn: &mut SqliteConnection,
    import_id: i64,
) -> Result<(Vec<String>, i64), StoreError> {
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(import_id), 0) FROM import")
        .fetch_one(&mut *conn)
        .await
        .map_err(unreachable)?;
    let restored: i64 =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM cases WHERE state = 'restored')")
            .fetch_one(&mut *conn)
            .await
            .map_err(unreachable)?;
    if restored == 0 {
        return Ok((Vec::new(), last));
    }
    let ids = sqlx::query_scalar(
        "SELECT c.case_id FROM settlement AS s JOIN cases AS c
            ON c.inquiry_number = s.inquiry_number AND c.merchant_id = s.merchant_id
            WHERE s.import_id > $1 AND c.state = 'restored'
         UNION
         SELECT c.case_id FROM sale AS s JOIN cases AS c
            ON c.inquiry_number = s.inquiry_number AND c.merchant_id = s.merchant_id
            WHERE s.import_id > $1 AND c.state = 'restored'
         UNION
         SELECT case_id FROM cases WHERE state = 'restored' AND supplement > 0
         ORDER BY 1",
    )
    .bind(import_id)
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    Ok((ids, last))
}

/// The last import whose consequences have been drawn.
pub async fn rechecked_upto(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
    let upto: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(detail ->> '$.upto_import' AS INTEGER) FROM audit_event
         WHERE action = 'recheck.done' ORDER BY seq DESC LIMIT 1",
    )
    .fetch_optional(conn)
    .await
    .map_err(unreachable)?;
    Ok(upto.unwrap_or(0))
}

/// Merchants of a prefecture with this folded name or reading.
pub async fn merchants_named(
    conn: &mut SqliteConnection,
    key: &str,
    prefecture: Prefecture,
) -> Result<Vec<MerchantRow>, StoreError> {
    rows(
        conn,
        "WHERE (t.name_key = $1 OR t.kana_key = $1) AND t.prefecture = CAST($2 AS INTEGER)
         ORDER BY t.merchant_id LIMIT 50",
        &[key, &prefecture.code().to_string()],
    )
    .await
}

/// Of some numbers those of coupons with which everything else that was said agrees.
pub async fn near_numbers(
    conn: &mut SqliteConnection,
    near: &NearQuestion,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT c.inquiry_number FROM json_each($1) AS j
         CROSS JOIN coupon AS c ON c.inquiry_number = j.value
         WHERE c.prefecture = $2
         AND (c.printed_expires_on = $3 OR c.expires_on = $3 OR EXISTS
             (SELECT 1 FROM extension AS x
              WHERE x.inquiry_number = c.inquiry_number AND x.to_on = $3))
         AND EXISTS (SELECT 1 FROM settlement AS s
             WHERE s.inquiry_number = c.inquiry_number AND s.merchant_id = $4
             AND s.settled_at >= $5 AND s.settled_at < $6)
         ORDER BY j.key LIMIT $7",
    )
    .bind(serde_json::json!(near.numbers).to_string())
    .bind(i64::from(near.prefecture))
    .bind(&near.expiry)
    .bind(&near.merchant_id)
    .bind(near.outage.0)
    .bind(near.outage.1)
    .bind(near.limit)
    .fetch_all(conn)
    .await
    .map_err(unreachable)
}

/// Every shop.
pub async fn shops(conn: &mut SqliteConnection) -> Result<Vec<ShopRow>, StoreError> {
    let found: Vec<(String, String, String, i64, String, Option<String>)> = sqlx::query_as(
        "SELECT m.merchant_id, m.name, coalesce(r.kana, m.kana), m.prefecture, m.address, r.source
         FROM merchant AS m LEFT JOIN reading AS r ON r.merchant_id = m.merchant_id
            AND r.audit_seq = (SELECT max(audit_seq) FROM reading
                               WHERE merchant_id = m.merchant_id)
         ORDER BY m.merchant_id",
    )
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    Ok(found
        .into_iter()
        .map(|(merchant_id, name, kana, prefecture, address, source)| ShopRow {
            merchant_id,
            name,
            kana_source: match source.as_deref() {
                Some(ReadingRow::CORRECTED) => KanaSource::Corrected,
                Some(_) => KanaSource::Dictionary,
                None if kana.is_empty() => KanaSource::None,
                None => KanaSource::Record,
            },
            kana,
            prefecture: u8::try_from(prefecture).unwrap_or(0),
            address,
        })
        .collect())
}

/// How many shops and later readings there are.
pub async fn shops_stamp(conn: &mut SqliteConnection) -> Result<ShopsStamp, StoreError> {
    // Rows are never deleted, so the last one's place is their number.
    let (shops, readings) = sqlx::query_as(
        "SELECT (SELECT coalesce(max(rowid), 0) FROM merchant),
                (SELECT coalesce(max(rowid), 0) FROM reading)",
    )
    .fetch_one(conn)
    .await
    .map_err(unreachable)?;
    Ok(ShopsStamp { shops, readings })
}
