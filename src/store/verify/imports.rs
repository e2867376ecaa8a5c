//! Imports, held against the sums of the rows they brought.

use serde_json::Value;

use super::records::Sums;
use super::{Books, Cells as _, Stop, parse, wrong};
use crate::records::Digest;
use crate::store::rows::{ImportRow, Row as _};

/// The rows of each import are those that it brought, no more and no fewer.
pub(super) async fn imports<B: Books>(books: &mut B, sums: &Sums) -> Result<(), Stop> {
    // Each with how many of its rows were declarations, which its event tells.
    let mut imports: Vec<(ImportRow, i64)> = Vec::new();
    let sql = format!(
        "SELECT {}, e.detail FROM import AS t
         LEFT JOIN audit_event AS e ON e.seq = t.audit_seq ORDER BY t.import_id",
        B::object(ImportRow::COLUMNS, "t")
    );
    books
        .each(sql, |row| {
            let import: ImportRow = parse("import", row.text(0)?)?;
            let detail: Value = parse("audit_event", row.maybe_text(1)?.unwrap_or("{}"))?;
            imports.push((import, detail["covered"].as_i64().unwrap_or(0)));
            Ok(())
        })
        .await?;
    every_row_has_one(&imports, sums)?;
    for (import, covered) in &imports {
        let of = |table| sums.get(&(import.import_id, table)).copied().unwrap_or_default();
        let table = ["merchant", "coupon", "settlement", "sale", "coverage"]
            .into_iter()
            .find(|table| *table == singular(&import.kind))
            .unwrap_or("import");
        let (mut count, mut digest) = of(table);
        let (declared, hashes) =
            if table == "coverage" { (0, Digest::default()) } else { of("coverage") };
        count += declared;
        digest.merge(&hashes);
        if count != import.row_count || digest.hex() != import.digest {
            let what = format!(
                "the import {} ({}) brought {} rows; what is there of them now is not the same",
                import.import_id, import.file_name, import.row_count
            );
            let table = if declared == *covered { table } else { "coverage" };
            return Err(wrong(table, format!("import {}", import.import_id), what));
        }
    }
    Ok(())
}

/// Every row came with an import that could bring it.
fn every_row_has_one(imports: &[(ImportRow, i64)], sums: &Sums) -> Result<(), Stop> {
    let mut found: Vec<_> = sums.keys().copied().collect();
    found.sort_unstable();
    for (id, table) in found {
        let Some((import, _)) = imports.iter().find(|(row, _)| row.import_id == id) else {
            let what = "no import of this number was recorded";
            return Err(wrong(table, format!("import {id}"), what));
        };
        let declares = table == "coverage" && matches!(&*import.kind, "settlements" | "sales");
        if singular(&import.kind) != table && !declares {
            let what = format!("rows of the import {id}, which was one of {}", import.kind);
            return Err(wrong(table, format!("import {id}"), what));
        }
    }
    Ok(())
}

/// The table of a kind of file.
fn singular(kind: &str) -> &str {
    kind.strip_suffix('s').unwrap_or(kind)
}
