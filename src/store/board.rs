//! The lists that screens are drawn from: each one statement, decoded column by column,
//! since ten thousand cases must be there before anybody notices.

use super::StoreError;
use super::cells::Cells;
use super::desks::{BOARD_DAYS, BOARD_MERCHANTS, Board, Lease, OpenCases, QueueRow, WaitedFor};
use crate::domain::ids::{IdError, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::private::Private;
use crate::domain::staff::StaffIdError;
use crate::domain::time::Instant;

/// Every live case, oldest first; only those of the person bound at `$1`, unless it is NULL.
/// `until` is how the engine tells a lease's end.
pub(super) fn queue_sql(until: &str) -> String {
    format!(
        "SELECT c.case_id, c.state, c.reasons,
        CASE WHEN c.restorable > 0 THEN c.restorable ELSE c.over END,
        c.opened_by, coalesce(p.name, ''), c.opened_at, c.prefecture_said, c.inquiry_number,
        c.number_said, c.merchant_id, coalesce(m.name, c.shop_said), 
        CASE WHEN c.question IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END,
        l.staff_id, {until},
        (SELECT b.due_at FROM callback AS b WHERE b.case_id = c.case_id
         ORDER BY b.audit_seq DESC LIMIT 1),
        c.version, c.held_by
    FROM cases AS c
    LEFT JOIN staff AS p ON p.staff_id = c.opened_by
    LEFT JOIN merchant AS m ON m.merchant_id = c.merchant_id
    LEFT JOIN lease AS l ON l.case_id = c.case_id
    WHERE c.state IN ('waiting', 'review', 'matched', 'contradicted')
    AND ($1 IS NULL OR c.opened_by = $1 OR c.held_by = $1)
    ORDER BY c.case_id"
    )
}

/// A row of [`queue_sql`].
pub(super) fn queue_row(row: &impl Cells) -> Result<QueueRow, StoreError> {
    let case_id = row.text(0)?;
    let held = row.maybe_text(13)?.zip(row.maybe_whole(14)?);
    let held = held.map(|(by, until)| lease(&case_id, &by, until)).transpose()?;
    Ok(QueueRow {
        state: row.text(1)?,
        reasons: row.text(2)?.split_whitespace().map(str::to_owned).collect(),
        amount: row.maybe_whole(3)?,
        opened_by: row.text(4)?,
        opened_by_name: Private::new(row.text(5)?),
        opened_at: Instant::from_micros(row.whole(6)?),
        // Between 1 and 47: the database checks it.
        prefecture: u8::try_from(row.whole(7)?).unwrap_or(0),
        inquiry_number: row.maybe_text(8)?,
        number_said: row.text(9)?,
        merchant_id: row.maybe_text(10)?,
        shop: row.text(11)?,
        question: row.whole(12)? != 0,
        lease: held,
        callback_due: row.maybe_whole(15)?.map(Instant::from_micros),
        version: row.whole(16)?,
        held_by: row.text(17)?,
        case_id,
    })
}

/// A lease from its columns.
pub(super) fn lease(case_id: &str, staff_id: &str, until: i64) -> Result<Lease, StoreError> {
    let staff_id = staff_id.parse().map_err(|error: StaffIdError| {
        let what = error.to_string();
        StoreError::Damaged { table: "lease", key: case_id.to_owned(), what }
    })?;
    Ok(Lease { staff_id, until: Instant::from_micros(until) })
}

/// Each row: which part, of what, a name for it, and two numbers. `$1` and `$2`: the day,
/// `$3`: the first of the days looked back upon, all microseconds; `$4` and `$5`: the days
/// of `$1` and `$2`, by which an index finds the cases; `$6`: at most so many merchants.
pub(super) const BOARD: &str = "SELECT 'opened' AS part, '' AS code, '' AS name,
        (opened_at - $1) / 3600000000 AS a, count(*) AS b
    FROM cases WHERE opened_day >= $4 AND opened_day <= $5
    AND opened_at >= $1 AND opened_at < $2 GROUP BY 4
    UNION ALL
    SELECT 'restored', '', '', (at - $1) / 3600000000, count(DISTINCT audit_seq)
    FROM entry WHERE kind = 'restoration' AND at >= $1 AND at < $2 GROUP BY 4
    UNION ALL
    SELECT 'day', '', '', (at - $3) / 86400000000, CAST(sum(amount) AS BIGINT)
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

/// What is bound to [`BOARD`] for the day from `from` until `until`: three times, two days and
/// a number.
pub(super) fn board_binds(from: Instant, until: Instant) -> ([i64; 3], [String; 2], i64) {
    let back = i64::try_from(BOARD_DAYS).unwrap_or(1) - 1;
    let days = [from.jst_day().to_string(), until.jst_day().to_string()];
    let times = [from.micros(), until.micros(), from.plus_days(-back).micros()];
    (times, days, i64::try_from(BOARD_MERCHANTS).unwrap_or(1))
}

/// How a day stands, from the rows of [`BOARD`].
pub(super) fn board<R: Cells>(rows: &[R]) -> Result<Board, StoreError> {
    let mut board = Board::default();
    for row in rows {
        put(&mut board, row)?;
    }
    board.open.sort_by(|a, b| a.state.cmp(&b.state));
    board.open_by_reason.sort_by(|(a, few), (b, many)| many.cmp(few).then_with(|| a.cmp(b)));
    board
        .waited_for
        .sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.merchant_id.cmp(&b.merchant_id)));
    Ok(board)
}

fn put(board: &mut Board, row: &impl Cells) -> Result<(), StoreError> {
    let (code, a, b) = (row.text(1)?, row.whole(3)?, row.whole(4)?);
    // An hour beyond the day's 24 can only come of an interval that is no day.
    let at = usize::try_from(a).unwrap_or(usize::MAX);
    let set = |count: Option<&mut i64>| {
        if let Some(count) = count {
            *count = b;
        }
    };
    match row.text(0)?.as_str() {
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
            let name = row.text(2)?;
            board.waited_for.push(WaitedFor { merchant_id: code, name, cases: a });
        }
    }
    Ok(())
}

/// The merchants where the coupon `$1` was settled from `$2` on and before `$3`.
pub(super) const SETTLED_AT: &str = "SELECT DISTINCT merchant_id FROM settlement
    WHERE inquiry_number = $1 AND settled_at >= $2 AND settled_at < $3 ORDER BY merchant_id";

/// The merchants of [`SETTLED_AT`].
pub(super) fn settled_at<R: Cells>(
    number: &InquiryNumber,
    rows: &[R],
) -> Result<Vec<MerchantId>, StoreError> {
    let parse = |id: String| {
        id.parse().map_err(|error: IdError| StoreError::Damaged {
            table: "settlement",
            key: number.as_str().to_owned(),
            what: error.to_string(),
        })
    };
    rows.iter().map(|row| parse(row.text(0)?)).collect()
}
