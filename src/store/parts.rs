//! A snapshot put together from the parts that a store reads for it: each part has a name, and
//! is a JSON array of `[for which need, the value]`.

use super::StoreError;
use super::rows::{Row, SaleRow, SettlementRow};
use super::snapshot::{ChainHead, Snapshot, WatchedEvent, window};
use crate::domain::time::{Instant, Window};

/// What was read for some needs.
pub(super) struct Read {
    /// One for each need, in their order.
    pub snapshots: Vec<Snapshot>,
    /// The head of the audit trail it was read under: number and hash.
    pub head: (i64, String),
    /// Numbers for the events to come, where the store draws them beforehand.
    pub numbers: Vec<i64>,
    /// The chains of the audit trail that were read, where there are several.
    pub chains: Vec<ChainHead>,
}

/// A snapshot while its parts come in.
#[derive(Default)]
struct Parts {
    seen: Snapshot,
    extended_to: Vec<String>,
    sales: Vec<(SaleRow, bool)>,
}

/// Everything while it comes in.
#[derive(Default)]
pub(super) struct All {
    parts: Vec<Parts>,
    head: (i64, String),
    numbers: Vec<i64>,
    chains: Vec<ChainHead>,
    imports: i64,
    /// Declared for every merchant.
    everywhere: Vec<(String, Window)>,
}

impl All {
    /// For so many needs.
    pub(super) fn of(needs: usize) -> Self {
        Self { parts: (0..needs).map(|_| Parts::default()).collect(), ..Self::default() }
    }

    /// Puts the snapshots together.
    pub(super) fn finish(self) -> Result<Read, StoreError> {
        let Self { parts, head, numbers, chains, imports, everywhere } = self;
        let snapshots: Result<Vec<_>, _> = parts
            .into_iter()
            .map(|mut parts| {
                parts.seen.imports = imports;
                parts.finish(head.0, &everywhere)
            })
            .collect();
        Ok(Read { snapshots: snapshots?, head, numbers, chains })
    }

    /// Takes one part.
    pub(super) fn take(&mut self, part: &str, body: &str) -> Result<(), StoreError> {
        match part {
            "numbers" => {
                self.numbers = read("audit_seq", body)?;
                Ok(())
            }
            "imports" => {
                self.imports = read("import", body)?;
                Ok(())
            }
            "chains" => {
                self.chains = read("audit_chain", body)?;
                Ok(())
            }
            "chain" => self.values("audit_chain", body, |parts, row: ChainHead| {
                parts.seen.chains.push(row);
            }),
            "head" => {
                let head: Vec<(i64, (i64, String))> = read("audit_head", body)?;
                self.head = head.into_iter().next().map(|(_, head)| head).unwrap_or_default();
                Ok(())
            }
            "covered_all" => {
                let all: Vec<(i64, Covered)> = read("coverage", body)?;
                for (_, (source, from, until)) in all {
                    self.everywhere.push((source, window(from, until)?));
                }
                Ok(())
            }
            "actor" => self.rows(body, |parts, row| parts.seen.actor = Some(row)),
            "subject" => self.rows(body, |parts, row| parts.seen.subject = Some(row)),
            "key" => self.rows(body, |parts, row| parts.seen.key = Some(row)),
            "admins" => self.values("staff", body, |parts, n| parts.seen.admins = n),
            "watched" => self.values("audit_event", body, |parts, (action, at)| {
                let at = Instant::from_micros(at);
                parts.seen.watched.push(WatchedEvent { action, at });
            }),
            "case" => self.rows(body, |parts, row| parts.seen.case = Some(row)),
            "coupon" => self.rows(body, |parts, row| parts.seen.coupon = Some(row)),
            "extended" => self.values("extension", body, |parts, day| parts.extended_to.push(day)),
            "merchant" => self.rows(body, |parts, row| parts.seen.merchant = Some(row)),
            "settlement" => self.each("settlement", body, |parts, row: SettlementRow| {
                parts.seen.records.settlements.push(row.to_domain()?);
                Ok(())
            }),
            "named" | "unnamed" => self.rows(body, |parts, row| parts.sales.push((row, false))),
            "linked" => self.rows(body, |parts, row| parts.sales.push((row, true))),
            "link" => self.rows(body, |parts, row| parts.seen.links.push(row)),
            "sale" => self.rows(body, |parts, row| parts.seen.sale = Some(row)),
            "sale_linked_to" => {
                self.values("case_sale", body, |parts, id| parts.seen.sale_linked_to = Some(id))
            }
            "covered" => self.each("coverage", body, |parts, (source, from, until): Covered| {
                parts.cover(&source, window(from, until)?);
                Ok(())
            }),
            "live" => self.values("cases", body, |parts, id| parts.seen.live_case = Some(id)),
            "running" => self.values("cases", body, |parts, n| parts.seen.last_running = n),
            "entry" => self.rows(body, |parts, row| parts.seen.entries.push(row)),
            "called" => {
                self.values("audit_event", body, |parts, _: i64| parts.seen.shop_called = true)
            }
            "called_since" => self
                .values("audit_event", body, |parts, _: i64| parts.seen.shop_called_since = true),
            "callback" => self.rows(body, |parts, row| parts.seen.callback = Some(row)),
            "prior" => self.rows(body, |parts, row| parts.seen.prior = Some(row)),
            _ => Ok(()),
        }
    }

    /// Gives every value to the need it was read for.
    fn each<T: serde::de::DeserializeOwned>(
        &mut self,
        table: &'static str,
        body: &str,
        mut put: impl FnMut(&mut Parts, T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // Most parts of most batches hold nothing.
        if body == "[]" {
            return Ok(());
        }
        let values: Vec<(usize, T)> = read(table, body)?;
        for (i, value) in values {
            if let Some(parts) = self.parts.get_mut(i) {
                put(parts, value)?;
            }
        }
        Ok(())
    }

    /// As [`All::each`], where a value needs no reading.
    fn values<T: serde::de::DeserializeOwned>(
        &mut self,
        table: &'static str,
        body: &str,
        mut put: impl FnMut(&mut Parts, T),
    ) -> Result<(), StoreError> {
        self.each(table, body, |parts, value| {
            put(parts, value);
            Ok(())
        })
    }

    fn rows<R: Row>(
        &mut self,
        body: &str,
        put: impl FnMut(&mut Parts, R),
    ) -> Result<(), StoreError> {
        self.values(R::TABLE, body, put)
    }
}

/// Source, from and until of a declaration.
type Covered = (String, i64, i64);

fn read<T: serde::de::DeserializeOwned>(table: &'static str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged {
        table,
        key: String::new(),
        what: error.to_string(),
    })
}

impl Parts {
    fn cover(&mut self, source: &str, window: Window) {
        if source == "settlements" {
            self.seen.records.settlements_covered.push(window);
        } else {
            self.seen.records.sales_covered.push(window);
        }
    }

    /// Puts the parts together. A sale may come in twice, as one that names the coupon and
    /// as one linked by hand: the link counts.
    fn finish(
        mut self,
        head_seq: i64,
        covered_all: &[(String, Window)],
    ) -> Result<Snapshot, StoreError> {
        for (source, window) in covered_all {
            self.cover(source, *window);
        }
        let seen = &mut self.seen;
        seen.head_seq = head_seq;
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
