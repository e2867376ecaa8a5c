//! What a caller waits for: each one statement, decoded column by column. Look-ups that are
//! asked for while others are on their way go together in the next statement, so that a floor
//! of hundreds of desks costs the server a few round trips and not hundreds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sqlx::postgres::PgConnection;
use tokio::sync::Semaphore;
use tokio::sync::oneshot::{self, error::RecvError};

use super::errors::unreachable;
use super::link::{Lane, Link, closed, reading};
use crate::domain::number::InquiryNumber;
use crate::store::cells::Cells as _;
use crate::store::read::{SHOPS, looked_up, shop};
use crate::store::rows::CouponRow;
use crate::store::{NearQuestion, ShopRow, StoreError};

/// How many statements of look-ups are on their way at once. More would leave less for each
/// to carry.
const UNDER_WAY: usize = 3;
/// How many numbers one statement asks for at most.
const MAX_TOGETHER: usize = 32;

/// One coupon and the days it was extended to, where there is one.
type Found = Result<Option<(CouponRow, Vec<String>)>, StoreError>;
/// What was found of several numbers: a row that cannot be read is its own caller's trouble
/// and nobody else's.
type AllFound = HashMap<String, Result<(CouponRow, Vec<String>), StoreError>>;

/// A number somebody waits for.
struct Asked {
    number: InquiryNumber,
    answer: oneshot::Sender<Found>,
}

/// The look-ups of one process.
pub struct LookUps {
    waiting: Mutex<Vec<Asked>>,
    under_way: Semaphore,
}

impl Default for LookUps {
    fn default() -> Self {
        Self { waiting: Mutex::default(), under_way: Semaphore::new(UNDER_WAY) }
    }
}

impl LookUps {
    /// Looks one number up, alone or with those that others wait for.
    pub async fn look_up(&self, link: &Link, number: &InquiryNumber) -> Found {
        loop {
            let (answer, mut answered) = oneshot::channel();
            self.waiting().push(Asked { number: number.clone(), answer });
            if let Ok(found) = self.answered(link, &mut answered).await {
                return found;
            }
            // Whoever asked for this one was stopped on the way: it is asked for again.
        }
    }

    /// Waits for an answer, and asks for those that wait whenever it is one's turn.
    async fn answered(
        &self,
        link: &Link,
        answered: &mut oneshot::Receiver<Found>,
    ) -> Result<Found, RecvError> {
        loop {
            tokio::select! {
                biased;
                found = &mut *answered => return found,
                turn = self.under_way.acquire() => {
                    let Ok(_turn) = turn else { return Ok(Err(closed())) };
                    self.ask(link).await;
                }
            }
            // Where nothing waits any more, this one is on its way in somebody's statement.
            if self.waiting().is_empty() {
                return answered.await;
            }
        }
    }

    /// Asks for those that wait, the oldest first, and hands out what is found.
    async fn ask(&self, link: &Link) {
        let asked: Vec<Asked> = {
            let mut waiting = self.waiting();
            let together = waiting.len().min(MAX_TOGETHER);
            waiting.drain(..together).collect()
        };
        if asked.is_empty() {
            return;
        }
        let mut numbers: Vec<&str> = asked.iter().map(|one| one.number.as_str()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let found = read(link, &numbers).await;
        for one in asked {
            let found = match &found {
                Ok(found) => found.get(one.number.as_str()).cloned().transpose(),
                Err(error) => Err(error.clone()),
            };
            // Whoever does not wait any more needs no answer.
            let _ = one.answer.send(found);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Asked>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(link: &Link, numbers: &[&str]) -> Result<AllFound, StoreError> {
    reading!(link, Lane::Look, conn => look_up(&mut conn, numbers))
}

/// Some coupons, by number, and the days they were extended to.
async fn look_up(conn: &mut PgConnection, numbers: &[&str]) -> Result<AllFound, StoreError> {
    let found = sqlx::query(
        "SELECT inquiry_number, prefecture, face_value, opening_balance, balance,
            printed_expires_on, expires_on, holder, phone, email, issuer,
            (SELECT string_agg(to_on, ' ') FROM extension AS e
             WHERE e.inquiry_number = c.inquiry_number)
         FROM coupon AS c WHERE inquiry_number = ANY ($1)",
    )
    .bind(numbers)
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    found.iter().map(|row| Ok((row.text(0)?, looked_up(row)))).collect()
}

/// Of some numbers those of coupons with which everything else that was said agrees.
pub async fn near_numbers(
    conn: &mut PgConnection,
    near: &NearQuestion,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT c.inquiry_number FROM coupon AS c
         WHERE c.inquiry_number = ANY ($1) AND c.prefecture = $2
         AND (c.printed_expires_on = $3 OR c.expires_on = $3 OR EXISTS
             (SELECT 1 FROM extension AS x
              WHERE x.inquiry_number = c.inquiry_number AND x.to_on = $3))
         AND EXISTS (SELECT 1 FROM settlement AS s
             WHERE s.inquiry_number = c.inquiry_number AND s.merchant_id = $4
             AND s.settled_at >= $5 AND s.settled_at < $6)
         ORDER BY array_position($1, c.inquiry_number) LIMIT $7",
    )
    .bind(&near.numbers)
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
pub async fn shops(conn: &mut PgConnection) -> Result<Vec<ShopRow>, StoreError> {
    let found = sqlx::query(SHOPS).fetch_all(conn).await.map_err(unreachable)?;
    found.iter().map(shop).collect()
}
