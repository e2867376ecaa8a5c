//! What comes in from a record file, in SQLite's own form.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;

use crate::records::{Kind, Record, seal};
use crate::store::import::{Encoder, Piece, row_key};

/// Where the rows of a kind go.
pub struct Target {
    /// The table.
    pub table: &'static str,
    /// Its columns, all but `import_id`.
    pub columns: &'static [&'static str],
    /// What is laid aside while an empty table is loaded, and put back after: its indexes,
    /// and the trigger that holds new rows against a rule which [`RowEncoder`] keeps anyway.
    pub aside: &'static [(&'static str, &'static str)],
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
            aside: &[
                ("INDEX", "merchant_id"),
                ("INDEX", "merchant_name_key"),
                ("INDEX", "merchant_kana_key"),
            ],
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
            aside: &[("INDEX", "coupon_number"), ("TRIGGER", "coupon_opens_untouched")],
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
            aside: &[
                ("INDEX", "settlement_id"),
                ("INDEX", "settlement_coupon"),
                ("INDEX", "settlement_import"),
                ("TRIGGER", "settlement_opens_untouched"),
            ],
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
            aside: &[
                ("INDEX", "sale_id"),
                ("INDEX", "sale_coupon"),
                ("INDEX", "sale_unnamed"),
                ("INDEX", "sale_import"),
            ],
            same: "t.sale_id = i.sale_id",
            refers: &[("merchant_id", "merchant", false), ("inquiry_number", "coupon", true)],
        },
        Kind::Coverage => &Target {
            table: "coverage",
            columns: &["merchant_id", "source", "covers_from", "covers_until", "seal"],
            aside: &[],
            same: "coalesce(t.merchant_id, '') = coalesce(i.merchant_id, '')
                AND t.source = i.source AND t.covers_from = i.covers_from
                AND t.covers_until = i.covers_until",
            refers: &[("merchant_id", "merchant", false)],
        },
    }
}

/// Rows as bound values, some hundred to a statement: nothing of a file is ever part of
/// SQL text, and SQLite reads the statement once and not every time.
pub struct RowEncoder {
    staged: bool,
    arguments: SqliteArguments,
    rows: usize,
    /// Texts that many rows share.
    shared: HashMap<String, Arc<str>>,
}

/// Rows that are ready to be written.
pub struct Rows {
    /// The values, row by row.
    pub arguments: SqliteArguments,
    /// How many rows they make.
    pub count: usize,
}

/// Rows per statement. Between 500 and 2,000 was measured best.
pub const ROWS_PER_PIECE: usize = 500;
/// How many shared texts are remembered.
const MAX_SHARED: usize = 4096;

/// The statement that writes `count` rows: straight into the table under `import_id`, or
/// into the staging table.
pub fn statement(kind: Kind, staged: bool, import_id: i64, count: usize) -> String {
    let target = target(kind);
    let columns = target.columns.join(", ");
    let marks = |count: usize| vec!["?"; count].join(", ");
    let (head, row) = if staged {
        let head = format!("INSERT INTO temp.incoming (line, row_key, hash, {columns}) VALUES ");
        (head, format!("({})", marks(target.columns.len() + 3)))
    } else {
        if kind == Kind::Coupons {
            return coupons_statement(import_id, &columns, count);
        }
        let head = format!("INSERT INTO {} (import_id, {columns}) VALUES ", target.table);
        (head, format!("({import_id}, {})", marks(target.columns.len())))
    };
    head + &vec![row; count].join(", ")
}

/// A coupon opens with its opening balance and its printed expiry: ten values make its
/// twelve columns, which is felt over ten million rows.
fn coupons_statement(import_id: i64, columns: &str, count: usize) -> String {
    let values = "column1, column2, column3, column4, column4, column5, column5, column6, \
        column7, column8, column9, column10";
    let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; count].join(", ");
    format!(
        "INSERT INTO coupon (import_id, {columns}) SELECT {import_id}, {values} FROM (VALUES {rows})"
    )
}

impl RowEncoder {
    /// For rows that go straight into the table, or into the staging table.
    pub fn new(staged: bool) -> Self {
        Self { staged, arguments: SqliteArguments::default(), rows: 0, shared: HashMap::new() }
    }

    /// Adds a row; full rows come back when there are enough.
    pub fn add(&mut self, line: u64, record: &Record, hash: &[u8; 32]) -> Option<Rows> {
        if self.staged {
            self.whole(i64::try_from(line).unwrap_or(i64::MAX));
            self.text(&row_key(record));
            self.put(hash.to_vec());
        }
        self.values(record);
        self.whole(seal(hash));
        self.rows += 1;
        if self.rows == ROWS_PER_PIECE { self.take() } else { None }
    }

    /// What is left.
    pub fn take(&mut self) -> Option<Rows> {
        if self.rows == 0 {
            return None;
        }
        let count = std::mem::take(&mut self.rows);
        Some(Rows { arguments: std::mem::take(&mut self.arguments), count })
    }

    fn put<'t>(&mut self, value: impl sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>) {
        // Numbers and texts always encode.
        let _ = sqlx::Arguments::add(&mut self.arguments, value);
    }

    fn whole(&mut self, value: i64) {
        self.put(value);
    }

    fn text(&mut self, text: &str) {
        self.put(Arc::<str>::from(text));
    }

    /// A text that other rows have too: an issuer, a day, nothing.
    fn common(&mut self, text: &str) {
        if let Some(shared) = self.shared.get(text) {
            let shared = Arc::clone(shared);
            return self.put(shared);
        }
        let shared = Arc::<str>::from(text);
        if self.shared.len() < MAX_SHARED {
            self.shared.insert(text.to_owned(), Arc::clone(&shared));
        }
        self.put(shared);
    }

    fn often_empty(&mut self, text: &str) {
        if text.is_empty() { self.common(text) } else { self.text(text) }
    }

    /// The row's columns in the target's order, without the seal.
    fn values(&mut self, record: &Record) {
        match record {
            Record::Merchant(m, name_key, kana_key) => {
                self.text(m.merchant_id.as_str());
                self.text(&m.name);
                self.text(&m.kana);
                self.whole(m.prefecture.code().into());
                self.text(&m.address);
                self.text(m.phone.expose());
                self.text(name_key);
                self.text(kana_key);
            }
            Record::Coupon(c) => {
                self.text(c.inquiry_number.as_str());
                self.whole(c.prefecture.code().into());
                self.whole(c.face_value.get());
                // Staged rows carry every column, the others only what differs.
                let times = if self.staged { 2 } else { 1 };
                let day = c.expires_on.to_string();
                (0..times).for_each(|_| self.whole(c.balance.get()));
                (0..times).for_each(|_| self.common(&day));
                self.common(c.holder.as_str());
                self.often_empty(c.phone.expose());
                self.often_empty(c.email.expose());
                self.common(&c.issuer);
            }
            Record::Settlement(s) => {
                self.text(s.settlement_id.as_str());
                self.text(s.inquiry_number.as_str());
                self.common(s.merchant_id.as_str());
                self.whole(s.amount.get());
                self.whole(s.settled_at.micros());
                self.whole(0);
            }
            Record::Sale(s) => {
                self.text(s.sale_id.as_str());
                self.common(s.merchant_id.as_str());
                self.whole(s.sold_at.micros());
                self.whole(s.total.get());
                self.whole(s.cash.get());
                self.put(s.inquiry_number.as_ref().map(|number| Arc::<str>::from(number.as_str())));
                self.often_empty(&s.receipt);
            }
            Record::Coverage(c) => {
                self.put(c.merchant_id.as_ref().map(|id| Arc::<str>::from(id.as_str())));
                self.common(c.source.as_str());
                self.whole(c.window.from().micros());
                self.whole(c.window.until().micros());
            }
        }
    }
}

impl Encoder for RowEncoder {
    fn push(&mut self, line: u64, record: &Record, hash: &[u8; 32]) -> Option<Piece> {
        self.add(line, record, hash).map(|rows| Piece(Box::new(rows)))
    }

    fn finish(&mut self) -> Option<Piece> {
        self.take().map(|rows| Piece(Box::new(rows)))
    }
}
