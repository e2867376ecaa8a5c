//! The SQL that is made from the rows' columns, so that a column is named once.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{LazyLock, Mutex};

use sqlx::postgres::PgConnection;

use super::errors::unreachable;
use crate::store::StoreError;
use crate::store::read::Engine;
use crate::store::rows::{
    CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, MerchantRow, Row, SaleRow,
    SettlementRow, StaffKeyRow, StaffRow,
};
use crate::store::snapshot::Need;

/// `json_build_object('a', t.a, …)`, as text.
pub fn json_of(columns: &[&str], table: &str) -> String {
    let pairs: Vec<String> =
        columns.iter().map(|column| format!("'{column}', {table}.{column}")).collect();
    format!("json_build_object({})::TEXT", pairs.join(", "))
}

impl Engine for PgConnection {
    const PAIRS: &'static str = "(SELECT j.place - 1 AS place, j.pair ->> 0 AS a, j.pair ->> 1 AS b
        FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS j (pair, place))";

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

/// … and one with keys of the staff, after all the rest.
pub const APPLY_KEYS: &str = "SELECT keep_keys($16::jsonb, $17::jsonb) FROM apply($1::jsonb, \
    $2::jsonb, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, $9::jsonb, \
    $10::jsonb, $11::jsonb, $12::jsonb, $13::jsonb, $14::jsonb, $15::jsonb)";

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
    key: bool,
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
            key: any(|need| need.fingerprint.is_some()),
        }
    }
}

/// The statement that reads everything that a batch of decisions needs. `$1`: the needs as a
/// JSON array; `$2`: how many event numbers to draw; `$3`: chains to read beside those of the
/// needs, as a JSON array. Each row: which part, and `[[for which need, the row], …]`.
pub fn load(groups: Groups) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<Groups, &'static str>>> = LazyLock::new(Mutex::default);
    let Ok(mut made) = MADE.lock() else { return "" };
    // At most one for each combination of the groups: a few in practice, and 256 at most.
    made.entry(groups).or_insert_with(|| loading(groups).leak())
}

fn loading(groups: Groups) -> String {
    let mut parts = Parts(Vec::new());
    if groups.people {
        people(&mut parts);
    }
    if groups.key {
        let live = "t.fingerprint = n.fingerprint AND t.revoked_at IS NULL";
        parts.rows::<StaffKeyRow>("need", "key", live);
    }
    if groups.watch {
        let last = format!(
            "audit_event AS t WHERE n.watch AND t.subject = n.subject
             ORDER BY t.seq DESC LIMIT {MAX_WATCHED}"
        );
        parts.each("need", "watched", "json_build_array(t.action, t.at)", &last);
    }
    if groups.case {
        of_case(&mut parts);
    }
    if groups.records {
        records(&mut parts);
    }
    if groups.command {
        parts.rows::<CommandRow>("need", "prior", "t.command_id = n.command_id");
    }
    if groups.sale {
        parts.rows::<SaleRow>("need", "sale", "t.sale_id = n.sale_id");
        let now = "case_sale AS t WHERE t.sale_id = n.sale_id AND t.unlinked_at IS NULL OFFSET 0";
        parts.each("need", "sale_linked_to", "t.case_id", now);
    }
    if groups.opening {
        let last = "cases AS t WHERE t.opened_day = n.opened_day ORDER BY t.running DESC LIMIT 1";
        parts.each("need", "running", "t.running", last);
    }
    parts.each(
        "(SELECT need.i, named.chain FROM need CROSS JOIN LATERAL (VALUES
            ('case/' || need.case_id), ('person/' || need.actor), ('person/' || need.subject),
            (CASE WHEN need.subject IS NOT NULL THEN 'staff' END),
            (CASE WHEN coalesce(need.actor, need.subject, need.case_id) IS NULL
             THEN 'records' END)) AS named (chain))",
        "chain",
        "json_build_array(t.chain, t.links, t.hash)",
        "audit_chain AS t WHERE t.chain = n.chain COLLATE \"C\" OFFSET 0",
    );
    format!("{NEEDS}\n{}\n{TRAIL}", parts.0.join("\nUNION ALL "))
}

const NEEDS: &str = "WITH need AS MATERIALIZED (SELECT j.place - 1 AS i,
        j.need ->> 'actor' AS actor, j.need ->> 'subject' AS subject,
        j.need ->> 'case_id' AS case_id, j.need ->> 'number' AS number,
        j.need ->> 'merchant_id' AS merchant_id, j.need ->> 'sale_id' AS sale_id,
        j.need ->> 'command_id' AS command_id, j.need ->> 'opened_day' AS opened_day,
        j.need ->> 'fingerprint' AS fingerprint, (j.need ->> 'watch')::BOOLEAN AS watch,
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
    /// What `body` makes of each row `t` that `rest` finds for each row `n` of `from`. `rest`
    /// ends with an OFFSET or a LIMIT, which keeps the planner from turning the question
    /// round and walking a whole index for one case.
    fn each(&mut self, from: &str, name: &str, body: &str, rest: &str) {
        self.0.push(format!(
            "SELECT '{name}' AS part,
             coalesce(json_agg(json_build_array(n.i, {body})), '[]')::TEXT AS rows
             FROM {from} AS n CROSS JOIN LATERAL (SELECT t.* FROM {rest}) AS t"
        ));
    }

    /// The rows of a table for which `on` holds.
    fn rows<R: Row>(&mut self, from: &str, name: &str, on: &str) {
        let rest = format!("{} AS t WHERE {on} OFFSET 0", R::TABLE);
        self.each(from, name, &array_of(R::COLUMNS), &rest);
    }
}

/// The people.
fn people(parts: &mut Parts) {
    parts.rows::<StaffRow>("need", "actor", "t.staff_id = n.actor");
    parts.rows::<StaffRow>("need", "subject", "t.staff_id = n.subject");
    let admins = "(SELECT count(*) AS admins FROM staff WHERE role = 'admin' AND disabled = 0) AS t
         WHERE n.subject IS NOT NULL OFFSET 0";
    parts.each("need", "admins", "t.admins", admins);
}

/// What has been done to the case: what it has put back, and who was called.
fn of_case(parts: &mut Parts) {
    parts.rows::<EntryRow>("need", "entry", "t.case_id = n.case_id");
    let called =
        "audit_event AS t WHERE t.case_id = n.case_id AND t.action = 'case.shop_call' LIMIT 1";
    parts.each("need", "called", "1", called);
    let since = "audit_event AS t WHERE t.case_id = n.case_id AND t.action = 'case.shop_call'
         AND t.seq > coalesce((SELECT max(d.seq) FROM audit_event AS d
             WHERE d.case_id = n.case_id AND d.action IN ('case.decline', 'case.verify')), 0)
         LIMIT 1";
    parts.each("need", "called_since", "1", since);
    let last = "t.case_id = n.case_id ORDER BY t.audit_seq DESC LIMIT 1";
    let rest = format!("callback AS t WHERE {last}");
    parts.each("need", "callback", &array_of(CallbackRow::COLUMNS), &rest);
}

/// The case, the coupon, the shop and what the records say of them.
fn records(parts: &mut Parts) {
    parts.rows::<CaseRow>("need", "case", "t.case_id = n.case_id");
    parts.rows::<CouponRow>("target", "coupon", "t.inquiry_number = n.coupon");
    let extended = "extension AS t WHERE t.inquiry_number = n.coupon OFFSET 0";
    parts.each("target", "extended", "t.to_on", extended);
    parts.rows::<MerchantRow>("target", "merchant", "t.merchant_id = n.shop");
    parts.rows::<SettlementRow>("target", "settlement", "t.inquiry_number = n.coupon");
    let named = "t.inquiry_number = n.coupon AND t.merchant_id = n.shop";
    parts.rows::<SaleRow>("target", "named", named);
    let linked = "case_sale AS l JOIN sale AS t ON t.sale_id = l.sale_id
         WHERE l.case_id = n.case_id AND l.unlinked_at IS NULL OFFSET 0";
    parts.each("need", "linked", &array_of(SaleRow::COLUMNS), linked);
    let near = format!(
        "(SELECT min(settled_at) AS first, max(settled_at) AS last FROM settlement
          WHERE inquiry_number = n.coupon AND merchant_id = n.shop
          AND settled_at >= n.outage_from AND settled_at < n.outage_until OFFSET 0) AS s
         CROSS JOIN LATERAL (SELECT u.* FROM sale AS u
          WHERE u.merchant_id = n.shop AND u.inquiry_number IS NULL
          AND u.sold_at BETWEEN s.first - 600000000 AND s.last + 3600000000
          ORDER BY u.sold_at LIMIT {MAX_UNNAMED}) AS t OFFSET 0"
    );
    parts.each("target", "unnamed", &array_of(SaleRow::COLUMNS), &near);
    let link = "t.case_id = n.case_id AND t.unlinked_at IS NULL";
    parts.rows::<CaseSaleRow>("need", "link", link);
    let window = "json_build_array(t.source, t.covers_from, t.covers_until)";
    let covered = "coverage AS t WHERE t.merchant_id = n.shop
         AND t.covers_from < n.outage_until AND t.covers_until > n.outage_from OFFSET 0";
    parts.each("target", "covered", window, covered);
    let all = "coverage AS t WHERE t.merchant_id IS NULL OFFSET 0";
    parts.each("(SELECT 0 AS i)", "covered_all", window, all);
    let live = "cases AS t WHERE t.inquiry_number = n.coupon AND t.merchant_id = n.shop
         AND t.state IN ('waiting', 'review', 'matched', 'contradicted') OFFSET 0";
    parts.each("target", "live", "t.case_id", live);
}
