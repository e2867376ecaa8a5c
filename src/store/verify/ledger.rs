//! What no single row shows: the arrows between states, and the ledger's sums.

use super::{Books, Cells as _, Stop, wrong};
use crate::domain::case::TRANSITIONS;

/// The arrows in the database are those of the code.
pub(super) async fn transitions<B: Books>(books: &mut B) -> Result<(), Stop> {
    let mut found: Vec<(String, String, String)> = Vec::new();
    let sql = "SELECT from_state, to_state, who FROM transition".to_owned();
    books
        .each(sql, |row| {
            let [from, to, who] = [row.text(0)?, row.text(1)?, row.text(2)?].map(str::to_owned);
            found.push((from, to, who));
            Ok(())
        })
        .await?;
    let mut expected: Vec<(String, String, String)> = TRANSITIONS
        .iter()
        .map(|(from, to, who)| {
            let from = from.map_or("", crate::domain::case::State::as_str);
            (from.to_owned(), to.as_str().to_owned(), who.as_str().to_owned())
        })
        .collect();
    found.sort();
    expected.sort();
    if found == expected {
        return Ok(());
    }
    let odd = found.iter().find(|row| !expected.contains(row));
    let odd = odd.or_else(|| expected.iter().find(|row| !found.contains(row)));
    let key = odd.map_or_else(|| "?".to_owned(), |(from, to, who)| format!("{from}/{to}/{who}"));
    Err(wrong("transition", key, "the arrows are not those of the program"))
}

/// What was put back of a settlement, and by a case, is the sum of its entries.
pub(super) async fn sums<B: Books>(books: &mut B) -> Result<(), Stop> {
    let checks = [
        (
            "settlement",
            "SELECT t.settlement_id FROM settlement AS t WHERE (t.restored <> 0
                OR EXISTS (SELECT 1 FROM entry WHERE settlement_id = t.settlement_id))
             AND (t.restored <> (SELECT coalesce(sum(amount), 0) FROM entry
                WHERE settlement_id = t.settlement_id) OR t.restored NOT BETWEEN 0 AND t.amount)
             ORDER BY 1 LIMIT 1",
        ),
        (
            "cases",
            "SELECT t.case_id FROM cases AS t WHERE t.restored <>
                (SELECT coalesce(sum(amount), 0) FROM entry WHERE case_id = t.case_id)
             ORDER BY 1 LIMIT 1",
        ),
    ];
    for (table, sql) in checks {
        let what = "what was restored is not the sum of its entries";
        books.each(sql.to_owned(), |row| Err(wrong(table, row.text(0)?, what))).await?;
    }
    Ok(())
}
