//! What comes in from a record file, in SQLite's own form: rows as literals, some hundred
//! to a statement, which is the quickest way in that was measured. Every text is quoted
//! here; NUL and control characters never come this far.

use std::fmt::Write as _;

use crate::records::{Digest, Kind, Record, seal};
use crate::store::import::{Encoder, Piece};

/// Rows per statement. Between 500 and 2,000 was measured best.
const ROWS_PER_PIECE: usize = 500;

/// Where the rows of a kind go.
pub struct Target {
    /// The table.
    pub table: &'static str,
    /// Its columns, all but `import_id`.
    pub columns: &'static [&'static str],
    /// Its indexes, made anew after a bulk load into an empty table.
    pub indexes: &'static [&'static str],
    /// How a row `i` that comes in is the same as a row `t` that is there.
    pub same: &'static str,
    /// Columns that must exist elsewhere: column, table, column there, whether a coupon.
    pub refers: &'static [(&'static str, &'static str, bool)],
}

/// The target of a kind.
pub fn target(kind: Kind) -> &'static Target {
    match kind {
        Kind::Merchants => &Target {
            table: "merchant",
            columns: &[
                "merchant_id",
                "name",
                "kana",
                "prefecture",
                "address",
                "phone",
                "name_key",
                "kana_key",
                "seal",
            ],
            indexes: &["merchant_id", "merchant_name_key", "merchant_kana_key"],
            same: "t.merchant_id = i.merchant_id",
            refers: &[],
        },
        Kind::Coupons => &Target {
            table: "coupon",
            columns: &[
                "inquiry_number",
                "prefecture",
                "face_value",
                "opening_balance",
                "balance",
                "printed_expires_on",
                "expires_on",
                "holder",
                "phone",
                "email",
                "issuer",
                "seal",
            ],
            indexes: &["coupon_number"],
            same: "t.inquiry_number = i.inquiry_number",
            refers: &[],
        },
        Kind::Settlements => &Target {
            table: "settlement",
            columns: &[
                "settlement_id",
                "inquiry_number",
                "merchant_id",
                "amount",
                "settled_at",
                "restored",
                "seal",
            ],
            indexes: &["settlement_id", "settlement_coupon", "settlement_import"],
            same: "t.settlement_id = i.settlement_id",
            refers: &[("inquiry_number", "coupon", true), ("merchant_id", "merchant", false)],
        },
        Kind::Sales => &Target {
            table: "sale",
            columns: &[
                "sale_id",
                "merchant_id",
                "sold_at",
                "total",
                "cash",
                "inquiry_number",
                "receipt",
                "seal",
            ],
            indexes: &["sale_id", "sale_coupon", "sale_unnamed", "sale_import"],
            same: "t.sale_id = i.sale_id",
            refers: &[("merchant_id", "merchant", false), ("inquiry_number", "coupon", true)],
        },
        Kind::Coverage => &Target {
            table: "coverage",
            columns: &["merchant_id", "source", "covers_from", "covers_until", "seal"],
            indexes: &[],
            same: "coalesce(t.merchant_id, '') = coalesce(i.merchant_id, '')
                AND t.source = i.source AND t.covers_from = i.covers_from
                AND t.covers_until = i.covers_until",
            refers: &[("merchant_id", "merchant", false)],
        },
    }
}

/// Makes statements of rows.
pub struct SqlEncoder {
    head: String,
    staged: bool,
    import_id: i64,
    piece: String,
    rows: usize,
}

impl SqlEncoder {
    /// Straight into the table under `import_id`, or into the staging table.
    pub fn new(kind: Kind, staged: bool, import_id: i64) -> Self {
        let target = target(kind);
        let columns = target.columns.join(",");
        let head = if staged {
            format!("INSERT INTO temp.incoming(line,row_key,hash,{columns}) VALUES")
        } else {
            format!("INSERT INTO {}(import_id,{columns}) VALUES", target.table)
        };
        Self { head, staged, import_id, piece: String::new(), rows: 0 }
    }
}

impl Encoder for SqlEncoder {
    fn push(&mut self, line: u64, record: &Record, hash: &[u8; 32]) -> Option<Piece> {
        if self.rows == 0 {
            // About 150 bytes a row.
            self.piece = String::with_capacity(self.head.len() + ROWS_PER_PIECE * 200);
            self.piece.push_str(&self.head);
        } else {
            self.piece.push(',');
        }
        let out = &mut self.piece;
        // Writing to a String cannot fail.
        if self.staged {
            let _ = write!(out, "({line},");
            quote(out, &row_key(record));
            let _ = write!(out, ",x'{}',", crate::domain::evidence::hex(hash));
        } else {
            let _ = write!(out, "({},", self.import_id);
        }
        values(out, record);
        let _ = write!(out, ",{})", seal(hash));
        self.rows += 1;
        if self.rows == ROWS_PER_PIECE { self.finish() } else { None }
    }

    fn finish(&mut self) -> Option<Piece> {
        if self.rows == 0 {
            return None;
        }
        self.rows = 0;
        Some(Piece(std::mem::take(&mut self.piece)))
    }
}

/// What tells a row from the others of its file.
pub fn row_key(record: &Record) -> String {
    match record {
        Record::Merchant(m, _, _) => m.merchant_id.as_str().to_owned(),
        Record::Coupon(c) => c.inquiry_number.as_str().to_owned(),
        Record::Settlement(s) => s.settlement_id.as_str().to_owned(),
        Record::Sale(s) => s.sale_id.as_str().to_owned(),
        Record::Coverage(c) => format!(
            "{}/{}/{}/{}",
            c.merchant_id.as_ref().map_or("", |id| id.as_str()),
            c.source.as_str(),
            c.window.from().micros(),
            c.window.until().micros()
        ),
    }
}

/// A text as an SQL literal.
fn quote(out: &mut String, text: &str) {
    out.push('\'');
    for (i, part) in text.split('\'').enumerate() {
        if i > 0 {
            out.push_str("''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

fn texts(out: &mut String, texts: &[&str]) {
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        quote(out, text);
    }
}

/// The row's columns in the target's order, without the seal.
fn values(out: &mut String, record: &Record) {
    match record {
        Record::Merchant(m, name_key, kana_key) => {
            texts(out, &[m.merchant_id.as_str(), &m.name, &m.kana]);
            let _ = write!(out, ",{},", m.prefecture.code());
            texts(out, &[&m.address, m.phone.expose(), name_key, kana_key]);
        }
        Record::Coupon(c) => {
            texts(out, &[c.inquiry_number.as_str()]);
            let (face, balance, day) = (c.face_value.get(), c.balance.get(), c.expires_on);
            let _ = write!(
                out,
                ",{},{face},{balance},{balance},'{day}','{day}','{}',",
                c.prefecture.code(),
                c.holder.as_str()
            );
            texts(out, &[c.phone.expose(), c.email.expose(), &c.issuer]);
        }
        Record::Settlement(s) => {
            texts(
                out,
                &[s.settlement_id.as_str(), s.inquiry_number.as_str(), s.merchant_id.as_str()],
            );
            let _ = write!(out, ",{},{},0", s.amount.get(), s.settled_at.micros());
        }
        Record::Sale(s) => {
            texts(out, &[s.sale_id.as_str(), s.merchant_id.as_str()]);
            let (at, total, cash) = (s.sold_at.micros(), s.total.get(), s.cash.get());
            let _ = write!(out, ",{at},{total},{cash},");
            match &s.inquiry_number {
                Some(number) => quote(out, number.as_str()),
                None => out.push_str("NULL"),
            }
            out.push(',');
            quote(out, &s.receipt);
        }
        Record::Coverage(c) => {
            match &c.merchant_id {
                Some(id) => quote(out, id.as_str()),
                None => out.push_str("NULL"),
            }
            let (from, until) = (c.window.from().micros(), c.window.until().micros());
            let _ = write!(out, ",'{}',{from},{until}", c.source.as_str());
        }
    }
}

/// The digest of coverage rows made here and not read from a file.
pub fn add_to(digest: &mut Digest, record: &Record) -> [u8; 32] {
    let hash = record.hash();
    digest.add(&hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_stays_in_the_name() {
        let mut out = String::new();
        texts(&mut out, &["O'Hara's", "'; DROP TABLE coupon; --"]);
        assert_eq!(out, "'O''Hara''s','''; DROP TABLE coupon; --'");
    }
}
