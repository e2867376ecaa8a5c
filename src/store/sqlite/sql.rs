//! The SQL that is made from the rows' columns, so that a column is named once.

use std::future::Future;
use std::sync::LazyLock;

use sqlx::sqlite::SqliteConnection;

use super::unreachable;
use crate::store::StoreError;
use crate::store::read::Engine;
use crate::store::rows::{
    AuditRow, CallbackRow, CaseRow, CaseSaleRow, CommandRow, CouponRow, EntryRow, ExtensionRow,
    MerchantRow, OutboxRow, ReadingRow, Row, SaleRow, SettlementRow, StaffKeyRow, StaffRow,
};

/// `json_object('a', t.a, …)`.
pub fn json_of(columns: &[&str], table: &str) -> String {
    let pairs: Vec<String> =
        columns.iter().map(|column| format!("'{column}', {table}.{column}")).collect();
    format!("json_object({})", pairs.join(", "))
}

/// `json_array(t.a, …)`: a row without its columns' names, which it is read back by the
/// order of.
fn array_of(columns: &[&str], table: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
    format!("json_array({})", columns.join(", "))
}

impl Engine for SqliteConnection {
    const PAIRS: &'static str =
        "(SELECT key AS place, value ->> '$[0]' AS a, value ->> '$[1]' AS b FROM json_each($1))";

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

/// Inserts the rows of the JSON array that is bound at `place`, each an array of values in
/// the columns' order. Each table has a bind of its own, since every statement reads the
/// whole of the JSON it is given.
fn insert<R: Row>(place: Bind) -> String {
    let values: Vec<String> = values::<R>().map(|(_, value)| value).collect();
    format!(
        "INSERT INTO {} ({}) SELECT {} FROM jsonb_each(${}) AS j;\n",
        R::TABLE,
        R::COLUMNS.join(", "),
        values.join(", "),
        place as u8
    )
}

/// Updates `columns` of the rows of the JSON array that is bound at `place`.
fn update<R: Row>(columns: &[&str], keys: &[&str], place: Bind) -> String {
    let table = R::TABLE;
    let of = |named: &[&str], table: &str| -> Vec<String> {
        values::<R>()
            .filter(|(column, _)| named.contains(column))
            .map(|(column, value)| format!("{table}{column} = {value}"))
            .collect()
    };
    let (sets, wheres) = (of(columns, ""), of(keys, &format!("{table}.")));
    format!(
        "UPDATE {table} SET {} FROM jsonb_each(${}) AS j WHERE {};\n",
        sets.join(", "),
        place as u8,
        wheres.join(" AND ")
    )
}

/// The columns, each with its value in the JSON array `j`.
fn values<R: Row>() -> impl Iterator<Item = (&'static str, String)> {
    R::COLUMNS.iter().enumerate().map(|(i, column)| (*column, format!("j.value ->> '$[{i}]'")))
}

/// Where each table's rows are bound in [`APPLY`].
#[derive(Clone, Copy)]
pub enum Bind {
    /// `$2` and `$3` are the head's number and hash.
    Events = 1,
    NewCases = 4,
    Cases,
    Entries,
    Extensions,
    NewLinks,
    Links,
    Outbox,
    Callbacks,
    Readings,
    Commands,
    NewStaff,
    Staff,
    NewKeys,
    Keys,
}

impl Bind {
    /// How many there are.
    pub const COUNT: usize = Self::Keys as usize;
}

/// Audit events, and the head.
fn events() -> String {
    insert::<AuditRow>(Bind::Events) + "UPDATE audit_head SET seq = CAST($2 AS INTEGER), hash = $3;"
}

/// What of a case may change after it is opened; the rest has no business in an UPDATE,
/// and its indexes are left alone.
const CASE_CHANGES: &[&str] = &[
    "held_by",
    "state",
    "reasons",
    "over",
    "restorable",
    "evidence",
    "seen_evidence",
    "version",
    "restored",
    "restored_by",
    "approved_by",
    "decided_by",
    "supplement",
    "question",
    "audit_seq",
];

/// What of a person may change.
const STAFF_CHANGES: &[&str] = &["name", "role", "password_hash", "disabled", "audit_seq"];

/// Writes a whole batch of changes in one call. New cases come before what refers to
/// them; changed cases come after the ledger entries that they are checked against.
pub static APPLY: LazyLock<String> = LazyLock::new(|| {
    let link_keys: &[&str] = &["case_id", "sale_id", "linked_seq"];
    let revoked: &[&str] = &["revoked_by", "revoked_at", "audit_seq"];
    [
        insert::<CaseRow>(Bind::NewCases),
        insert::<EntryRow>(Bind::Entries),
        insert::<ExtensionRow>(Bind::Extensions),
        insert::<CaseSaleRow>(Bind::NewLinks),
        update::<CaseSaleRow>(&["unlinked_by", "unlinked_at", "audit_seq"], link_keys, Bind::Links),
        update::<CaseRow>(CASE_CHANGES, &["case_id"], Bind::Cases),
        insert::<OutboxRow>(Bind::Outbox),
        insert::<CallbackRow>(Bind::Callbacks),
        insert::<ReadingRow>(Bind::Readings),
        insert::<CommandRow>(Bind::Commands),
        insert::<StaffRow>(Bind::NewStaff),
        update::<StaffRow>(STAFF_CHANGES, &["staff_id"], Bind::Staff),
        insert::<StaffKeyRow>(Bind::NewKeys),
        update::<StaffKeyRow>(revoked, &["fingerprint", "added_seq"], Bind::Keys),
        events(),
    ]
    .concat()
});

/// Writes audit events alone, and the head: `$1`, `$2`, `$3` of [`APPLY`].
pub static APPLY_EVENTS: LazyLock<String> = LazyLock::new(events);

/// How many unnamed sales near a settlement are looked at.
const MAX_UNNAMED: usize = 100;

/// How many recent events about a person are looked at.
const MAX_WATCHED: usize = 300;

/// Reads everything that a batch of decisions needs in one call. `$1`: the needs as a JSON
/// array. Each row: which part, and `[[for which need, the row], …]`.
pub static LOAD: LazyLock<String> = LazyLock::new(|| loading(true));

/// As [`LOAD`], where every need is of the records only.
pub static LOAD_RECORDS: LazyLock<String> = LazyLock::new(|| loading(false));

fn loading(whole: bool) -> String {
    let needs = "WITH need AS MATERIALIZED (SELECT key AS i,
            value ->> '$.actor' AS actor, value ->> '$.subject' AS subject,
            value ->> '$.case_id' AS case_id, value ->> '$.number' AS number,
            value ->> '$.merchant_id' AS merchant_id, value ->> '$.sale_id' AS sale_id,
            value ->> '$.command_id' AS command_id, value ->> '$.opened_day' AS opened_day,
            value ->> '$.fingerprint' AS fingerprint, value ->> '$.watch' AS watch,
            value ->> '$.outage[0]' AS outage_from, value ->> '$.outage[1]' AS outage_until
        FROM json_each($1)),
    target AS MATERIALIZED (SELECT need.*,
            coalesce(c.inquiry_number, need.number) AS coupon,
            coalesce(c.merchant_id, need.merchant_id) AS shop
        FROM need LEFT JOIN cases AS c ON c.case_id = need.case_id)";
    let mut parts: Vec<String> = Vec::new();
    let mut part = |name: &str, body: String, rest: &str| {
        parts.push(format!(
            "SELECT '{name}' AS part, json_group_array(json_array(n.i, {body})) AS rows FROM {rest}"
        ));
    };
    if whole {
        parts_of_people(&mut part);
        parts_of_commands(&mut part);
    }
    part(
        "case",
        array_of(CaseRow::COLUMNS, "t"),
        "need AS n JOIN cases AS t ON t.case_id = n.case_id",
    );
    part(
        "coupon",
        array_of(CouponRow::COLUMNS, "t"),
        "target AS n JOIN coupon AS t ON t.inquiry_number = n.coupon",
    );
    part(
        "extended",
        "t.to_on".to_owned(),
        "target AS n JOIN extension AS t ON t.inquiry_number = n.coupon",
    );
    part(
        "merchant",
        array_of(MerchantRow::COLUMNS, "t"),
        "target AS n JOIN merchant AS t ON t.merchant_id = n.shop",
    );
    part(
        "settlement",
        array_of(SettlementRow::COLUMNS, "t"),
        "target AS n JOIN settlement AS t ON t.inquiry_number = n.coupon",
    );
    parts_of_sales(&mut part);
    part(
        "covered",
        "json_array(t.source, t.covers_from, t.covers_until)".to_owned(),
        "target AS n JOIN coverage AS t ON t.merchant_id = n.shop
         WHERE t.covers_from < n.outage_until AND t.covers_until > n.outage_from",
    );
    part(
        "covered_all",
        "json_array(t.source, t.covers_from, t.covers_until)".to_owned(),
        "(SELECT 0 AS i) AS n JOIN coverage AS t ON t.merchant_id IS NULL",
    );
    part(
        "live",
        "t.case_id".to_owned(),
        "target AS n JOIN cases AS t ON t.inquiry_number = n.coupon AND t.merchant_id = n.shop
         WHERE t.state IN ('waiting', 'review', 'matched', 'contradicted')",
    );
    part(
        "head",
        "json_array(t.seq, t.hash)".to_owned(),
        "(SELECT 0 AS i) AS n JOIN audit_head AS t",
    );
    format!("{needs}\n{}", parts.join("\nUNION ALL "))
}

/// What a person's command looks at beside the records: whether it was carried out before,
/// what the case has put back, who was called, the sale to link.
fn parts_of_commands(part: &mut impl FnMut(&str, String, &str)) {
    part(
        "running",
        "t.running".to_owned(),
        "need AS n JOIN cases AS t ON t.rowid = (SELECT rowid FROM cases
         WHERE opened_day = n.opened_day ORDER BY running DESC LIMIT 1)",
    );
    part(
        "entry",
        array_of(EntryRow::COLUMNS, "t"),
        "need AS n JOIN entry AS t ON t.case_id = n.case_id",
    );
    part(
        "called",
        "1".to_owned(),
        "need AS n JOIN audit_event AS t ON t.case_id = n.case_id
         WHERE t.action = 'case.shop_call'",
    );
    part(
        "called_since",
        "1".to_owned(),
        "need AS n JOIN audit_event AS t ON t.case_id = n.case_id
         WHERE t.action = 'case.shop_call' AND t.seq > coalesce((SELECT max(d.seq)
             FROM audit_event AS d WHERE d.case_id = n.case_id
             AND d.action IN ('case.decline', 'case.verify')), 0)",
    );
    part(
        "callback",
        array_of(CallbackRow::COLUMNS, "t"),
        "need AS n JOIN callback AS t ON t.audit_seq =
             (SELECT max(audit_seq) FROM callback WHERE case_id = n.case_id)",
    );
    part(
        "prior",
        array_of(CommandRow::COLUMNS, "t"),
        "need AS n JOIN command AS t ON t.command_id = n.command_id",
    );
    part(
        "sale",
        array_of(SaleRow::COLUMNS, "t"),
        "need AS n JOIN sale AS t ON t.sale_id = n.sale_id",
    );
    part(
        "sale_linked_to",
        "t.case_id".to_owned(),
        "need AS n JOIN case_sale AS t ON t.sale_id = n.sale_id AND t.unlinked_at IS NULL",
    );
}

/// The people, and what was lately seen of them.
fn parts_of_people(part: &mut impl FnMut(&str, String, &str)) {
    let staff = array_of(StaffRow::COLUMNS, "t");
    part("actor", staff.clone(), "need AS n JOIN staff AS t ON t.staff_id = n.actor");
    part("subject", staff, "need AS n JOIN staff AS t ON t.staff_id = n.subject");
    part(
        "key",
        array_of(StaffKeyRow::COLUMNS, "t"),
        "need AS n JOIN staff_key AS t ON t.fingerprint = n.fingerprint AND t.revoked_at IS NULL",
    );
    part(
        "admins",
        "(SELECT count(*) FROM staff WHERE role = 'admin' AND disabled = 0)".to_owned(),
        "need AS n WHERE n.subject IS NOT NULL",
    );
    part(
        "watched",
        "json_array(t.action, t.at)".to_owned(),
        &format!(
            "need AS n JOIN audit_event AS t ON t.seq IN
             (SELECT seq FROM audit_event WHERE subject = n.subject ORDER BY seq DESC LIMIT {MAX_WATCHED})
             WHERE n.watch"
        ),
    );
}

/// The shop's sales: those that name the coupon, those linked by hand, and the unnamed
/// ones near the coupon's settlements at the shop in the outage.
fn parts_of_sales(part: &mut impl FnMut(&str, String, &str)) {
    let sale = array_of(SaleRow::COLUMNS, "t");
    part(
        "named",
        sale.clone(),
        "target AS n JOIN sale AS t ON t.inquiry_number = n.coupon AND t.merchant_id = n.shop",
    );
    part(
        "linked",
        sale.clone(),
        "need AS n JOIN case_sale AS l ON l.case_id = n.case_id AND l.unlinked_at IS NULL
         JOIN sale AS t ON t.sale_id = l.sale_id",
    );
    part(
        "unnamed",
        sale.clone(),
        &format!(
            "target AS n JOIN sale AS t ON t.rowid IN
             (SELECT u.rowid FROM sale AS u,
                 (SELECT min(settled_at) AS first, max(settled_at) AS last FROM settlement
                  WHERE inquiry_number = n.coupon AND merchant_id = n.shop
                  AND settled_at >= n.outage_from AND settled_at < n.outage_until) AS s
              WHERE u.merchant_id = n.shop AND u.inquiry_number IS NULL
              AND u.sold_at BETWEEN s.first - 600000000 AND s.last + 3600000000
              ORDER BY u.sold_at LIMIT {MAX_UNNAMED})"
        ),
    );
    part(
        "link",
        array_of(CaseSaleRow::COLUMNS, "t"),
        "need AS n JOIN case_sale AS t ON t.case_id = n.case_id AND t.unlinked_at IS NULL",
    );
}
