//! The lists that screens are drawn from: each one statement, decoded column by column,
//! since ten thousand cases must be there before anybody notices.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::seats::lease;
use super::unreachable;
use crate::domain::ids::MerchantId;
use crate::domain::number::InquiryNumber;
use crate::domain::private::Private;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::store::StoreError;
use crate::store::desks::{BOARD_DAYS, BOARD_MERCHANTS, Board, OpenCases, QueueRow, WaitedFor};

const QUEUE: &str = "SELECT c.case_id, c.state, c.reasons,
        CASE WHEN c.restorable > 0 THEN c.restorable ELSE c.over END,
        c.opened_by, coalesce(p.name, ''), c.opened_at, c.prefecture_said, c.inquiry_number,
        c.number_said, c.merchant_id, coalesce(m.name, c.shop_said), c.question IS NOT NULL,
        l.staff_id, l.until,
        (SELECT b.due_at FROM callback AS b WHERE b.case_id = c.case_id
         ORDER BY b.audit_seq DESC LIMIT 1),
        c.version, c.held_by
    FROM cases AS c
    LEFT JOIN staff AS p ON p.staff_id = c.opened_by
    LEFT JOIN merchant AS m ON m.merchant_id = c.merchant_id
    LEFT JOIN lease AS l ON l.case_id = c.case_id
    WHERE c.state IN ('waiting', 'review', 'matched', 'contradicted')
    AND ($1 IS NULL OR c.opened_by = $1 OR c.held_by = $1)
    ORDER BY c.case_id";

/// Every live case, oldest first; only one person's, where one is named.
pub async fn queue(
    conn: &mut SqliteConnection,
    own: Option<&StaffId>,
) -> Result<Vec<QueueRow>, StoreError> {
    let own = own.map(|own| own.as_str().to_owned());
    let rows = sqlx::query(QUEUE).bind(own).fetch_all(conn).await.map_err(unreachable)?;
    rows.iter().map(queue_row).collect()
}

fn queue_row(row: &SqliteRow) -> Result<QueueRow, StoreError> {
    let text = |i: usize| row.try_get::<String, _>(i).map_err(unreachable);
    let whole = |i: usize| row.try_get::<i64, _>(i).map_err(unreachable);
    let maybe_text = |i: usize| row.try_get::<Option<String>, _>(i).map_err(unreachable);
    let maybe_whole = |i: usize| row.try_get::<Option<i64>, _>(i).map_err(unreachable);
    let case_id = text(0)?;
    let held = maybe_text(13)?.zip(maybe_whole(14)?);
    let held = held.map(|(by, until)| lease(&case_id, &by, until)).transpose()?;
    Ok(QueueRow {
        state: text(1)?,
        reasons: text(2)?.split_whitespace().map(str::to_owned).collect(),
        amount: maybe_whole(3)?,
        opened_by: text(4)?,
        opened_by_name: Private::new(text(5)?),
        opened_at: Instant::from_micros(whole(6)?),
        // Between 1 and 47: the database checks it.
        prefecture: u8::try_from(whole(7)?).unwrap_or(0),
        inquiry_number: maybe_text(8)?,
        number_said: text(9)?,
        merchant_id: maybe_text(10)?,
        shop: text(11)?,
        question: whole(12)? != 0,
        lease: held,
        callback_due: maybe_whole(15)?.map(Instant::from_micros),
        version: whole(16)?,
        held_by: text(17)?,
        case_id,
    })
}

/// Each row: which part, of what, a name for it, and two numbers. `$1` and `$2`: the day,
/// `$3`: the first of the days looked back upon, all microseconds; `$4` and `$5`: the days
/// of `$1` and `$2`, by which an index finds the cases; `$6`: at most so many merchants.
const BOARD: &str = "SELECT 'opened' AS part, '' AS code, '' AS name,
        (opened_at - $1) / 3600000000 AS a, count(*) AS b
    FROM cases WHERE opened_day >= $4 AND opened_day <= $5
    AND opened_at >= $1 AND opened_at < $2 GROUP BY 4
    UNION ALL
    SELECT 'restored', '', '', (at - $1) / 3600000000, count(DISTINCT audit_seq)
    FROM entry WHERE kind = 'restoration' AND at >= $1 AND at < $2 GROUP BY 4
    UNION ALL
    SELECT 'day', '', '', (at - $3) / 86400000000, sum(amount)
    FROM entry WHERE kind = 'restoration' AND at >= $3 AND at < $2 GROUP BY 4
    UNION ALL
    SELECT 'state', state, '', count(*), min(opened_at)
    FROM cases WHERE state IN ('waiting', 'review', 'matched', 'contradicted') GROUP BY state
    UNION ALL
    SELECT 'reasons', reasons, '', count(*), 0
    FROM cases WHERE state IN ('waiting', 'review', 'matched', 'contradicted') GROUP BY reasons
    UNION ALL
    SELECT 'shop', s.merchant_id, m.name, s.waiting, 0 FROM
        (SELECT merchant_id, count(*) AS waiting FROM cases
         WHERE state = 'waiting' AND merchant_id IS NOT NULL
         GROUP BY merchant_id ORDER BY waiting DESC, merchant_id LIMIT $6) AS s
        JOIN merchant AS m ON m.merchant_id = s.merchant_id";

/// How a day stands.
pub async fn board(
    conn: &mut SqliteConnection,
    from: Instant,
    until: Instant,
) -> Result<Board, StoreError> {
    let back = i64::try_from(BOARD_DAYS).unwrap_or(1) - 1;
    let rows = sqlx::query(BOARD)
        .bind(from.micros())
        .bind(until.micros())
        .bind(from.plus_days(-back).micros())
        .bind(from.jst_day().to_string())
        .bind(until.jst_day().to_string())
        .bind(i64::try_from(BOARD_MERCHANTS).unwrap_or(1))
        .fetch_all(conn)
        .await
        .map_err(unreachable)?;
    let mut board = Board::default();
    for row in rows {
        put(&mut board, &row).map_err(unreachable)?;
    }
    board.open.sort_by(|a, b| a.state.cmp(&b.state));
    board.open_by_reason.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    board
        .waited_for
        .sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.merchant_id.cmp(&b.merchant_id)));
    Ok(board)
}

fn put(board: &mut Board, row: &SqliteRow) -> sqlx::Result<()> {
    let (code, a, b): (String, i64, i64) = (row.try_get(1)?, row.try_get(3)?, row.try_get(4)?);
    // An hour beyond the day's 24 can only come of an interval that is no day.
    let at = usize::try_from(a).unwrap_or(usize::MAX);
    let set = |count: Option<&mut i64>| {
        if let Some(count) = count {
            *count = b;
        }
    };
    match row.try_get(0)? {
        "opened" => set(board.opened_by_hour.get_mut(at)),
        "restored" => set(board.restored_by_hour.get_mut(at)),
        "day" => set(board.restored_per_day.get_mut(at)),
        "state" => {
            board.open.push(OpenCases { state: code, cases: a, oldest: Instant::from_micros(b) });
        }
        "reasons" => {
            let first = code.split_whitespace().next().unwrap_or_default();
            match board.open_by_reason.iter_mut().find(|(known, _)| known == first) {
                Some((_, cases)) => *cases += a,
                None => board.open_by_reason.push((first.to_owned(), a)),
            }
        }
        _ => {
            let name = row.try_get(2)?;
            board.waited_for.push(WaitedFor { merchant_id: code, name, cases: a });
        }
    }
    Ok(())
}

/// The merchants where a coupon was settled in an interval.
pub async fn settled_at(
    conn: &mut SqliteConnection,
    number: &InquiryNumber,
    from: Instant,
    until: Instant,
) -> Result<Vec<MerchantId>, StoreError> {
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT merchant_id FROM settlement
         WHERE inquiry_number = $1 AND settled_at >= $2 AND settled_at < $3 ORDER BY merchant_id",
    )
    .bind(number.as_str().to_owned())
    .bind(from.micros())
    .bind(until.micros())
    .fetch_all(conn)
    .await
    .map_err(unreachable)?;
    let parse = |id: String| {
        id.parse().map_err(|error: crate::domain::ids::IdError| StoreError::Damaged {
            table: "settlement",
            key: number.as_str().to_owned(),
            what: error.to_string(),
        })
    };
    found.into_iter().map(parse).collect()
}
