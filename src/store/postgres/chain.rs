//! The chains of the audit trail: one for each case and each person, so that desks do not
//! wait for each other, one for the staff and one for what is done to the records as a whole.

use sqlx::postgres::PgConnection;

use crate::store::changes::{Event, seal_event};
use crate::store::rows::AuditRow;

/// The chain of what is done to the records as a whole. The first event stands at its
/// beginning, so it is always there.
pub const RECORDS: &str = "records";
/// The chain of what is done to the staff.
pub const STAFF: &str = "staff";
/// The actions on the records as a whole.
const ON_RECORDS: [&str; 6] = [INIT, MOVE, "import", "extend.step", "reading.made", "recheck.done"];
/// The action of the first event.
pub(super) const INIT: &str = "init";
/// The chain of a file that was moved here, as it stood in the file: its events are all in
/// one, and nothing is ever added to it.
pub(super) const MOVED: &str = "moved";
/// The action of the event that ends a move, and begins the chain [`RECORDS`] in its database.
pub const MOVE: &str = "move";

/// The chain that an event is written to. `on_staff`: it adds or changes a member of staff, or a
/// key of one.
/// `watched`: whom the decision looked at the recent events of, where it did, so that two of
/// them do not overlook each other.
#[must_use]
pub fn chain_of(event: &Event, on_staff: bool, watched: Option<&str>) -> String {
    if let Some(case_id) = &event.case_id {
        format!("case/{}", case_id.as_str())
    } else if ON_RECORDS.contains(&event.action) {
        RECORDS.to_owned()
    } else if on_staff {
        STAFF.to_owned()
    } else {
        format!("person/{}", watched.unwrap_or(event.staff_id.as_str()))
    }
}

/// Whether the event may stand in the chain, as far as its fields tell: whom a decision
/// looked at is not written down, but it is the event's subject or whoever acted.
pub(super) fn may_hold(chain: &str, event: &AuditRow, wrote: &[[String; 3]]) -> bool {
    if chain == MOVED {
        // A file has one chain for everything. It is known as a whole, by the event that ends
        // the move.
        event.action != MOVE
    } else if let Some(case_id) = &event.case_id {
        chain.strip_prefix("case/") == Some(case_id)
    } else if ON_RECORDS.contains(&event.action.as_str()) {
        chain == RECORDS
    } else if wrote.iter().any(|[table, ..]| matches!(table.as_str(), "staff" | "staff_key")) {
        chain == STAFF
    } else {
        chain.strip_prefix("person/").is_some_and(|person| {
            person == event.staff_id || event.subject.as_deref() == Some(person)
        })
    }
}

/// What stands as the previous hash in a chain's first event.
#[must_use]
pub fn genesis(chain: &str) -> String {
    // In a file there was nothing before the first event.
    if chain == MOVED { String::new() } else { format!("chain:{chain}") }
}

/// The next link of a chain that is locked: what an event must know of its place before it is
/// written, and the rows that carry its number before they are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Of which chain.
    pub chain: String,
    /// How many links it will have.
    pub links: i64,
    /// The event's number.
    pub seq: i64,
    /// The hash of the event before.
    pub previous_hash: String,
}

/// Locks a chain until the end of the transaction and draws a number for its next event. Lock
/// chains before coupons, and several in order of their names.
///
/// # Errors
/// What the engine answers. Where a chain begins with this event and another begins it at the
/// same time, [`write`] fails with SQLSTATE 23505: read, decide and write again.
pub async fn next(tx: &mut PgConnection, chain: &str) -> Result<Link, sqlx::Error> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT links, hash FROM audit_chain WHERE chain = $1 FOR UPDATE")
            .bind(chain)
            .fetch_optional(&mut *tx)
            .await?;
    // Not before the lock is held: numbers grow along a chain.
    let seq: i64 = sqlx::query_scalar("SELECT nextval('audit_seq')").fetch_one(tx).await?;
    let (links, previous_hash) = last.unwrap_or_else(|| (0, genesis(chain)));
    Ok(Link { chain: chain.to_owned(), links: links + 1, seq, previous_hash })
}

/// Writes an event in the place that [`next`] has made for it.
///
/// # Errors
/// As [`next`].
pub async fn write(
    tx: &mut PgConnection,
    link: Link,
    event: &Event,
    wrote: &[[String; 3]],
) -> Result<AuditRow, sqlx::Error> {
    let row = seal_event(event, wrote, link.seq, &link.previous_hash);
    append(tx, link, &row).await?;
    Ok(row)
}

/// Writes an event that is sealed already.
pub(super) async fn append(
    tx: &mut PgConnection,
    link: Link,
    row: &AuditRow,
) -> Result<(), sqlx::Error> {
    let grow = if link.links == 1 {
        "INSERT INTO audit_chain (chain, links, hash) VALUES ($2, $3, $4)"
    } else {
        "UPDATE audit_chain SET links = $3, hash = $4 WHERE chain = $2"
    };
    // Rows hold only strings and integers: they always serialise.
    let mut body = serde_json::to_value(row).unwrap_or_default();
    body["chain"] = link.chain.clone().into();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "WITH event AS (INSERT INTO audit_event
                SELECT * FROM jsonb_populate_record(NULL::audit_event, $1::JSONB)),
            mark AS (INSERT INTO audit_unsealed (chain) VALUES ($2))
         {grow}"
    )))
    .bind(body.to_string())
    .bind(link.chain)
    .bind(link.links)
    .bind(row.hash.clone())
    .execute(tx)
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::staff::StaffId;
    use crate::domain::time::Instant;

    fn event(action: &'static str) -> Event {
        Event::new(Instant::from_micros(1), &"op".parse::<StaffId>().expect("an id"), action)
    }

    #[test]
    fn an_event_belongs_where_it_is_written() {
        let case_id = "R-20230313-0001".parse().expect("a case");
        let staff = [["staff".to_owned(), "op2".to_owned(), String::new()]];
        let tried = [
            (event("case.note").on_case(case_id), None, &[][..], "case/R-20230313-0001"),
            (event("import"), None, &[], "records"),
            (event("init").about("op"), None, &staff, "records"),
            (event("staff.disable").about("op2"), None, &staff, "staff"),
            (event("look_up"), None, &[], "person/op"),
            (event("sign_in").about("op3"), Some("op3"), &[], "person/op3"),
        ];
        for (event, watched, wrote, chain) in tried {
            assert_eq!(chain_of(&event, !wrote.is_empty(), watched), chain);
            let row = seal_event(&event, wrote, 7, &genesis(chain));
            assert!(may_hold(chain, &row, wrote), "{chain}");
            for other in ["case/R-20230313-0002", "records", "staff", "person/op9", "op", ""] {
                assert!(other == chain || !may_hold(other, &row, wrote), "{chain} in {other}");
            }
        }
    }
}
