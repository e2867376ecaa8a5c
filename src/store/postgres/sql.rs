//! The SQL that is made from the rows' columns, so that a column is named once.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::future::Future;
use std::sync::{LazyLock, Mutex};

use sqlx::postgres::PgConnection;

use super::errors::unreachable;
use crate::store::StoreError;
use crate::store::read::Engine;
use crate::store::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, MerchantRow, Row, SaleRow,
    SettlementRow, StaffRow,
};
use crate::store::snapshot::Need;

/// `json_build_object('a', t.a, …)`, as text.
pub fn json_of(columns: &[&str], table: &str) -> String {
    let pairs: Vec<String> =
        columns.iter().map(|column| format!("'{column}', {table}.{column}")).collect();
    format!("json_build_object({})::TEXT", pairs.join(", "))
}

impl Engine for PgConnection {
    fn object(columns: &[&str], table: &str) -> String {
        json_of(columns, table)
    }

    fn bodies(
        &mut self,
        sql: String,
        binds: &[&str],
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
        for bind in binds {
            query = query.bind((*bind).to_owned());
        }
        async move { query.fetch_all(self).await.map_err(unreachable) }
    }
}

/// Writes a batch: see the function's own comment in the migrations.
pub const APPLY: &str = "SELECT apply($1::jsonb, $2::jsonb, $3::jsonb, $4::jsonb, $5::jsonb, \
    $6::jsonb, $7::jsonb, $8::jsonb, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb, $13::jsonb, \
    $14::jsonb, $15::jsonb)";

/// How many unnamed sales near a settlement are looked at.
const MAX_UNNAMED: usize = 100;

/// How many recent events about a person are looked at.
const MAX_WATCHED: usize = 300;

/// `json_build_array(n.i, json_build_array(t.a, …))`: a row without its columns' names, which
/// it is read back by the order of.
fn array_of(columns: &[&str]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("t.{column}")).collect();
    format!("json_build_array({})", columns.join(", "))
}

/// Which groups of parts a batch needs: what nobody asks for is not looked for, since every
/// part costs some microseconds even where it finds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups {
    people: bool,
    watch: bool,
    case: bool,
    records: bool,
    command: bool,
    sale: bool,
    opening: bool,
}

impl Groups {
    /// What these needs ask for together.
    pub fn of(needs: &[Need]) -> Self {
        let any = |asks: fn(&Need) -> bool| needs.iter().any(asks);
        Self {
            people: any(|need| need.actor.is_some() || need.subject.is_some()),
            watch: any(|need| need.watch),
            case: any(|need| need.case_id.is_some() && !need.records_only),
            records: any(|need| {
                need.case_id.is_some() || need.number.is_some() || need.merchant_id.is_some()
            }),
            command: any(|need| need.command_id.is_some()),
            sale: any(|need| need.sale_id.is_some()),
            opening: any(|need| need.opened_day.is_some()),
        }
    }
}

/// The statement that reads everything that a batch of decisions needs. `$1`: the needs as a
/// JSON array; `$2`: how many event numbers to draw; `$3`: chains to read beside those of the
/// needs, as a JSON array. Each row: which part, and `[[for which need, the row], …]`.
pub fn load(groups: Groups) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<Groups, &'static str>>> = LazyLock::new(Mutex::default);
    let Ok(mut made) = MADE.lock() else { return "" };
    // At most one for each combination of the groups: a few in practice, and 128 at most.
    made.entry(groups).or_insert_with(|| loading(groups).leak())
}

fn loading(groups: Groups) -> String {
    let mut parts = Parts(Vec::new());
    if groups.people {
        people(&mut parts);
    }
    if groups.watch {
        parts.add(
            "watched",
            "json_build_array(t.action, t.at)",
            &format!(
                "need AS n CROSS JOIN LATERAL (SELECT e.action, e.at FROM audit_event AS e
                 WHERE e.subject = n.subject ORDER BY e.seq DESC LIMIT {MAX_WATCHED}) AS t
                 WHERE n.watch"
            ),
        );
    }
    if groups.case {
        of_case(&mut parts);
    }
    if groups.records {
        records(&mut parts);
    }
    if groups.command {
        parts.rows::<CommandRow>("prior", "need AS n JOIN", "t.command_id = n.command_id");
    }
    if groups.sale {
        parts.rows::<SaleRow>("sale", "need AS n JOIN", "t.sale_id = n.sale_id");
        parts.add(
            "sale_linked_to",
            "t.case_id",
            "need AS n JOIN case_sale AS t ON t.sale_id = n.sale_id AND t.unlinked_at IS NULL",
        );
    }
    if groups.opening {
        parts.add(
            "running",
            "t.running",
            "need AS n CROSS JOIN LATERAL (SELECT c.running FROM cases AS c
             WHERE c.opened_day = n.opened_day ORDER BY c.running DESC LIMIT 1) AS t",
        );
    }
    parts.add(
        "chain",
        "json_build_array(t.chain, t.links, t.hash)",
        "need AS n CROSS JOIN LATERAL (VALUES ('case/' || n.case_id), ('person/' || n.actor),
            ('person/' || n.subject), (CASE WHEN n.subject IS NOT NULL THEN 'staff' END),
            (CASE WHEN coalesce(n.actor, n.subject, n.case_id) IS NULL THEN 'records' END))
            AS named (chain)
         JOIN audit_chain AS t ON t.chain = named.chain COLLATE \"C\"",
    );
    format!("{NEEDS}\n{}\n{TRAIL}", parts.0.join("\nUNION ALL "))
}

const NEEDS: &str = "WITH need AS MATERIALIZED (SELECT j.place - 1 AS i,
        j.need ->> 'actor' AS actor, j.need ->> 'subject' AS subject,
        j.need ->> 'case_id' AS case_id, j.need ->> 'number' AS number,
        j.need ->> 'merchant_id' AS merchant_id, j.need ->> 'sale_id' AS sale_id,
        j.need ->> 'command_id' AS command_id, j.need ->> 'opened_day' AS opened_day,
        (j.need ->> 'watch')::BOOLEAN AS watch,
        (j.need -> 'outage' ->> 0)::BIGINT AS outage_from,
        (j.need -> 'outage' ->> 1)::BIGINT AS outage_until
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS j (need, place)),
target AS MATERIALIZED (SELECT need.*,
        coalesce(c.inquiry_number, need.number) AS coupon,
        coalesce(c.merchant_id, need.merchant_id) AS shop
    FROM need LEFT JOIN cases AS c ON c.case_id = need.case_id)";

const TRAIL: &str = "UNION ALL SELECT 'imports',
        (SELECT coalesce(max(import_id), 0)::TEXT FROM import)
    UNION ALL SELECT 'numbers', (SELECT coalesce(json_agg(nextval('audit_seq')), '[]')::TEXT
        FROM generate_series(1, $2))
    UNION ALL SELECT 'chains',
        (SELECT coalesce(json_agg(json_build_array(t.chain, t.links, t.hash)), '[]')::TEXT
         FROM jsonb_array_elements_text($3::jsonb) AS j (chain)
         JOIN audit_chain AS t ON t.chain = j.chain COLLATE \"C\")";

struct Parts(Vec<String>);

impl Parts {
    fn add(&mut self, name: &str, body: &str, rest: &str) {
        let mut sql = String::new();
        // Writing into a text never fails.
        let _ = write!(
            sql,
            "SELECT '{name}' AS part,
             coalesce(json_agg(json_build_array(n.i, {body})), '[]')::TEXT AS rows FROM {rest}"
        );
        self.0.push(sql);
    }

    fn rows<R: Row>(&mut self, name: &str, from: &str, on: &str) {
        self.add(name, &array_of(R::COLUMNS), &format!("{from} {} AS t ON {on}", R::TABLE));
    }
}

/// The people.
fn people(parts: &mut Parts) {
    parts.rows::<StaffRow>("actor", "need AS n JOIN", "t.staff_id = n.actor");
    parts.rows::<StaffRow>("subject", "need AS n JOIN", "t.staff_id = n.subject");
    parts.add(
        "admins",
        "(SELECT count(*) FROM staff WHERE role = 'admin' AND disabled = 0)",
        "need AS n WHERE n.subject IS NOT NULL",
    );
}

/// What has been done to the case: what it has put back, and who was called.
fn of_case(parts: &mut Parts) {
    parts.rows::<EntryRow>("entry", "need AS n JOIN", "t.case_id = n.case_id");
    parts.add(
        "called",
        "1",
        "need AS n JOIN audit_event AS t ON t.case_id = n.case_id
         WHERE t.action = 'case.shop_call'",
    );
    parts.add(
        "called_since",
        "1",
        "need AS n JOIN audit_event AS t ON t.case_id = n.case_id
         WHERE t.action = 'case.shop_call' AND t.seq > coalesce((SELECT max(d.seq)
             FROM audit_event AS d WHERE d.case_id = n.case_id
             AND d.action IN ('case.decline', 'case.verify')), 0)",
    );
    parts.rows::<CallbackRow>(
        "callback",
        "need AS n JOIN",
        "t.audit_seq = (SELECT max(audit_seq) FROM callback WHERE case_id = n.case_id)",
    );
}

/// The case, the coupon, the shop and what the records say of them.
fn records(parts: &mut Parts) {
    parts.rows::<CaseRow>("case", "need AS n JOIN", "t.case_id = n.case_id");
    parts.rows::<CouponRow>("coupon", "target AS n JOIN", "t.inquiry_number = n.coupon");
    parts.add(
        "extended",
        "t.to_on",
        "target AS n JOIN extension AS t ON t.inquiry_number = n.coupon",
    );
    parts.rows::<MerchantRow>("merchant", "target AS n JOIN", "t.merchant_id = n.shop");
    parts.rows::<SettlementRow>("settlement", "target AS n JOIN", "t.inquiry_number = n.coupon");
    parts.rows::<SaleRow>(
        "named",
        "target AS n JOIN",
        "t.inquiry_number = n.coupon AND t.merchant_id = n.shop",
    );
    parts.rows::<SaleRow>(
        "linked",
        "need AS n JOIN case_sale AS l ON l.case_id = n.case_id AND l.unlinked_at IS NULL JOIN",
        "t.sale_id = l.sale_id",
    );
    parts.add(
        "unnamed",
        &array_of(SaleRow::COLUMNS),
        &format!(
            "target AS n CROSS JOIN LATERAL
             (SELECT min(settled_at) AS first, max(settled_at) AS last FROM settlement
              WHERE inquiry_number = n.coupon AND merchant_id = n.shop
              AND settled_at >= n.outage_from AND settled_at < n.outage_until) AS s
             CROSS JOIN LATERAL (SELECT u.* FROM sale AS u
              WHERE u.merchant_id = n.shop AND u.inquiry_number IS NULL
              AND u.sold_at BETWEEN s.first - 600000000 AND s.last + 3600000000
              ORDER BY u.sold_at LIMIT {MAX_UNNAMED}) AS t"
        ),
    );
    parts.rows::<CaseSaleRow>(
        "link",
        "need AS n JOIN",
        "t.case_id = n.case_id AND t.unlinked_at IS NULL",
    );
    parts.add(
        "covered",
        "json_build_array(t.source, t.covers_from, t.covers_until)",
        "target AS n JOIN coverage AS t ON t.merchant_id = n.shop
         WHERE t.covers_from < n.outage_until AND t.covers_until > n.outage_from",
    );
    parts.add(
        "covered_all",
        "json_build_array(t.source, t.covers_from, t.covers_until)",
        "(SELECT 0 AS i) AS n JOIN coverage AS t ON t.merchant_id IS NULL",
    );
    parts.add(
        "live",
        "t.case_id",
        "target AS n JOIN cases AS t ON t.inquiry_number = n.coupon AND t.merchant_id = n.shop
         WHERE t.state IN ('waiting', 'review', 'matched', 'contradicted')",
    );
}
