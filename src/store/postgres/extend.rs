//! Class A: extending many coupons in bounded steps, so that no desk waits long.

use serde_json::json;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::errors::busy;
use super::{LOCK_BULK, chain, constraint, lost_a_race, unreachable};
use crate::store::changes::Event;
use crate::store::rows::ExtensionRow;
use crate::store::{ExtendStep, Extended, StoreError};

/// How many coupons a step looks at, at most, whatever it is asked: those it extends are locked
/// until it is done. Measured: 50 µs each.
const SPAN: i64 = 2000;
/// How often a step is tried that desks got in the way of.
const TRIES: usize = 5;
/// How often a step reads what desks have changed while it locked the rest.
const ROUNDS: usize = 10;

/// A coupon that is due: its number, balance and expiry as they were seen.
type Due = (String, i64, String);

/// What became of one try.
enum Tried {
    Done(Extended),
    /// A desk changed a coupon of the step again and again.
    Overtaken,
}

/// Extends the coupons of one step that qualify and are not extended yet. A place is an
/// inquiry number, and a step looks at the next coupons in the order of their numbers.
/// A step that lost a race against desks is tried again a few times.
///
/// # Errors
/// What the engine answers; [`StoreError::OutcomeUnknown`] where it does not.
pub async fn step(
    conn: &mut PgConnection,
    step: &ExtendStep,
    event: Event,
) -> Result<Extended, StoreError> {
    let mut lost = String::new();
    for _ in 0..TRIES {
        let mut tx = conn.begin().await.map_err(unreachable)?;
        match attempt(&mut tx, step, event.clone()).await {
            Ok(Tried::Done(done)) if done.extended > 0 && !step.dry_run => {
                tx.commit().await.map_err(|error| StoreError::OutcomeUnknown(error.to_string()))?;
                return Ok(done);
            }
            Ok(Tried::Done(done)) => {
                tx.rollback().await.map_err(unreachable)?;
                return Ok(done);
            }
            Ok(Tried::Overtaken) => "desks changed its coupons".clone_into(&mut lost),
            Err(error) if lost_a_race(&error) => lost = error.to_string(),
            Err(error) => return Err(constraint(error)),
        }
        tx.rollback().await.map_err(unreachable)?;
    }
    Err(busy(&format!("a step was tried {TRIES} times: {lost}")))
}

async fn attempt(
    tx: &mut PgConnection,
    step: &ExtendStep,
    mut event: Event,
) -> Result<Tried, sqlx::Error> {
    if !step.dry_run {
        super::lock(tx, LOCK_BULK).await?;
    }
    let span = step.span.min(SPAN);
    let (seen, last): (i64, Option<String>) = sqlx::query_as(
        "SELECT count(*), max(inquiry_number) FROM (SELECT inquiry_number FROM coupon
            WHERE inquiry_number > $1 ORDER BY inquiry_number LIMIT $2) AS span",
    )
    .bind(step.after.clone())
    .bind(span)
    .fetch_one(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(Tried::Done(Extended::default())) };
    let (mut eligible, mut due) = qualifying(tx, step, &last).await?;
    if !due.is_empty() && !step.dry_run {
        // The chain before the coupons, as everybody locks them.
        let link = chain::next(tx, chain::RECORDS).await?;
        let mut rounds = 0;
        while !stand(tx, &due).await? {
            // Most are locked now; those that a desk changed meanwhile are read anew.
            rounds += 1;
            if rounds == ROUNDS {
                return Ok(Tried::Overtaken);
            }
            (eligible, due) = qualifying(tx, step, &last).await?;
        }
        event.detail = json!({"extended": due.len(), "to": step.to_on});
        let at = event.at.micros();
        let row = |(number, _, from_on): &Due| ExtensionRow {
            inquiry_number: number.clone(),
            audit_seq: link.seq,
            from_on: from_on.clone(),
            to_on: step.to_on.clone(),
            case_id: None,
            at,
        };
        let rows: Vec<ExtensionRow> = due.iter().map(row).collect();
        if !rows.is_empty() {
            super::step::write(tx, link, &event, &rows).await?;
        }
    }
    let extended = i64::try_from(due.len()).unwrap_or(i64::MAX);
    Ok(Tried::Done(Extended {
        eligible,
        extended,
        already: eligible - extended,
        next: (seen >= span).then_some(last),
    }))
}

/// How many coupons of the step qualify, and those of them that are not extended yet, in the
/// order of their numbers.
async fn qualifying(
    tx: &mut PgConnection,
    step: &ExtendStep,
    last: &str,
) -> Result<(i64, Vec<Due>), sqlx::Error> {
    let prefectures: Vec<i64> = match &step.prefectures {
        Some(named) => named.iter().map(|code| i64::from(*code)).collect(),
        None => (1..=47).collect(),
    };
    let found: Vec<Due> = sqlx::query_as(
        "SELECT inquiry_number, balance, expires_on FROM coupon
         WHERE inquiry_number > $1 AND inquiry_number <= $2 AND balance >= 1
         AND printed_expires_on = ANY ($3) AND prefecture = ANY ($4) ORDER BY inquiry_number",
    )
    .bind(step.after.clone())
    .bind(last.to_owned())
    .bind(step.printed.clone())
    .bind(prefectures)
    .fetch_all(tx)
    .await?;
    let eligible = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let due = found.into_iter().filter(|(.., expires_on)| *expires_on < step.to_on).collect();
    Ok((eligible, due))
}

/// Locks the coupons in order and tells whether all of them are still as they were seen.
async fn stand(tx: &mut PgConnection, seen: &[Due]) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT coupons_stand($1::JSONB)")
        .bind(json!(seen).to_string())
        .fetch_one(tx)
        .await
}
