//! Reading what decisions need: one call for a whole batch.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::sql::LOAD;
use super::unreachable;
use crate::domain::time::{Instant, Window};
use crate::store::StoreError;
use crate::store::rows::{Row, SaleRow};
use crate::store::snapshot::{Need, Snapshot, WatchedEvent, window};

/// What a batch of needs came to, and the head of the chain they were read under.
pub struct Loaded {
    pub snapshots: Vec<Snapshot>,
    pub head_seq: i64,
    pub head_hash: String,
}

/// A snapshot while its parts come in.
#[derive(Default)]
struct Parts {
    seen: Snapshot,
    extended_to: Vec<String>,
    sales: Vec<(SaleRow, bool)>,
}

/// Reads the rows for all `needs`, in their order.
pub async fn load(conn: &mut SqliteConnection, needs: &[Need]) -> Result<Loaded, StoreError> {
    let asked = serde_json::to_string(needs).map_err(|e| StoreError::Constraint(e.to_string()))?;
    let sql: &'static str = &LOAD;
    let rows = sqlx::query(sql).bind(asked).fetch_all(conn).await.map_err(unreachable)?;
    let mut parts: Vec<Parts> = needs.iter().map(|_| Parts::default()).collect();
    let mut head = (0, String::new());
    let mut covered_all: Vec<(String, Window)> = Vec::new();
    for row in rows {
        let part: &str = row.try_get(0).map_err(unreachable)?;
        let i: i64 = row.try_get(1).map_err(unreachable)?;
        let body: &str = row.try_get(2).map_err(unreachable)?;
        match part {
            "head" => head = read("audit_head", body)?,
            "covered_all" => covered_all.push(covered(body)?),
            _ => {
                if let Some(parts) = usize::try_from(i).ok().and_then(|i| parts.get_mut(i)) {
                    parts.take(part, body)?;
                }
            }
        }
    }
    let snapshots: Result<Vec<_>, _> =
        parts.into_iter().map(|parts| parts.finish(&covered_all)).collect();
    Ok(Loaded { snapshots: snapshots?, head_seq: head.0, head_hash: head.1 })
}

fn read<T: serde::de::DeserializeOwned>(table: &'static str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged {
        table,
        key: String::new(),
        what: error.to_string(),
    })
}

fn row<R: Row>(body: &str) -> Result<R, StoreError> {
    read(R::TABLE, body)
}

fn covered(body: &str) -> Result<(String, Window), StoreError> {
    let (source, from, until): (String, i64, i64) = read("coverage", body)?;
    Ok((source, window(from, until)?))
}

impl Parts {
    fn take(&mut self, part: &str, body: &str) -> Result<(), StoreError> {
        let seen = &mut self.seen;
        match part {
            "actor" => seen.actor = Some(row(body)?),
            "subject" => seen.subject = Some(row(body)?),
            "admins" => seen.admins = read("staff", body)?,
            "watched" => {
                let (action, at): (String, i64) = read("audit_event", body)?;
                seen.watched.push(WatchedEvent { action, at: Instant::from_micros(at) });
            }
            "case" => seen.case = Some(row(body)?),
            "coupon" => seen.coupon = Some(row(body)?),
            "extended" => self.extended_to.push(body.to_owned()),
            "merchant" => seen.merchant = Some(row(body)?),
            "settlement" => {
                let settlement: crate::store::rows::SettlementRow = row(body)?;
                seen.records.settlements.push(settlement.to_domain()?);
            }
            "named" | "unnamed" => self.sales.push((row(body)?, false)),
            "linked" => self.sales.push((row(body)?, true)),
            "link" => seen.links.push(row(body)?),
            "sale" => seen.sale = Some(row(body)?),
            "sale_linked_to" => seen.sale_linked_to = Some(body.to_owned()),
            "covered" => {
                let (source, window) = covered(body)?;
                self.cover(&source, window);
            }
            "live" => seen.live_case = Some(body.to_owned()),
            "running" => seen.last_running = read("cases", body)?,
            "entry" => seen.entries.push(row(body)?),
            "called" => seen.shop_called = true,
            "called_since" => seen.shop_called_since = true,
            "prior" => seen.prior = Some(row(body)?),
            _ => {}
        }
        Ok(())
    }

    fn cover(&mut self, source: &str, window: Window) {
        if source == "settlements" {
            self.seen.records.settlements_covered.push(window);
        } else {
            self.seen.records.sales_covered.push(window);
        }
    }

    /// Puts the parts together. A sale may come in twice, as one that names the coupon and
    /// as one linked by hand: the link counts.
    fn finish(mut self, covered_all: &[(String, Window)]) -> Result<Snapshot, StoreError> {
        for (source, window) in covered_all {
            self.cover(source, *window);
        }
        let seen = &mut self.seen;
        if let Some(coupon) = &seen.coupon {
            self.extended_to.sort();
            seen.records.coupon = Some(coupon.to_domain(&self.extended_to)?);
        }
        if let Some(merchant) = &seen.merchant {
            seen.records.merchant = Some(merchant.to_domain()?);
        }
        self.sales.sort_by(|(a, a_linked), (b, b_linked)| {
            (&a.sale_id, !a_linked).cmp(&(&b.sale_id, !b_linked))
        });
        self.sales.dedup_by(|(a, _), (b, _)| a.sale_id == b.sale_id);
        for (sale, linked_by_hand) in &self.sales {
            seen.records.sales.push(sale.to_domain(*linked_by_hand)?);
        }
        seen.watched.sort_by_key(|event| std::cmp::Reverse(event.at));
        seen.entries.sort_by_key(|entry| (entry.audit_seq, entry.line));
        Ok(self.seen)
    }
}
