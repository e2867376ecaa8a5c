//! What a caller waits for: each one statement, decoded column by column.

use sqlx::sqlite::SqliteConnection;

use super::unreachable;
use crate::domain::number::InquiryNumber;
use crate::store::read::{SHOPS, looked_up, shop};
use crate::store::rows::CouponRow;
use crate::store::{NearQuestion, ShopRow, ShopsStamp, StoreError};

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
    found.as_ref().map(looked_up).transpose()
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
    let found = sqlx::query(SHOPS).fetch_all(conn).await.map_err(unreachable)?;
    found.iter().map(shop).collect()
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
