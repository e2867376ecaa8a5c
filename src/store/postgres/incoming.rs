//! What comes in from a record file, in PostgreSQL's own binary form.

use crate::records::{Kind, Record, seal};
use crate::store::import::{Encoder, Piece, row_key};

/// Where the rows of a kind go.
pub struct Target {
    /// The table.
    pub table: &'static str,
    /// Its columns, all but `seal` and `import_id`. The first is the row's key, but for
    /// coverage, whose rows are known by all of them.
    pub columns: &'static [&'static str],
    /// How a row `i` that comes in is the same as a row `t` that is there.
    pub same: &'static str,
    /// Columns that must exist elsewhere: column, table, whether a coupon.
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
            ],
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
            ],
            same: "t.sale_id = i.sale_id",
            refers: &[("merchant_id", "merchant", false), ("inquiry_number", "coupon", true)],
        },
        Kind::Coverage => &Target {
            table: "coverage",
            columns: &["merchant_id", "source", "covers_from", "covers_until"],
            same: "coalesce(t.merchant_id, '') = coalesce(i.merchant_id, '')
                AND t.source = i.source AND t.covers_from = i.covers_from
                AND t.covers_until = i.covers_until",
            refers: &[("merchant_id", "merchant", false)],
        },
    }
}

impl Target {
    /// The columns that a file fills.
    pub fn filled(&self) -> String {
        format!("{}, seal", self.columns.join(", "))
    }
}

/// Where encoded rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Into the staging table, with their lines and hashes.
    Staged,
    /// Straight into the table, under the number of their import.
    Straight(i64),
}

/// The statement that takes the rows a [`RowEncoder`] makes.
pub fn copy_statement(kind: Kind, way: Way) -> String {
    let target = target(kind);
    let filled = target.filled();
    match way {
        Way::Staged => format!(
            "COPY pg_temp.incoming (row_key, line, hash, {filled}) FROM STDIN (FORMAT binary)"
        ),
        Way::Straight(_) => {
            format!("COPY {} ({filled}, import_id) FROM STDIN (FORMAT binary)", target.table)
        }
    }
}

/// So many bytes of rows are put in the order of their keys before they are sent: a file comes
/// in any order, and an index is filled quicker where neighbours come together.
const SORTED_BYTES: usize = 4 << 20;
/// Room for one row more than that: a vector that must grow doubles.
const ROOM_BYTES: usize = SORTED_BYTES + (SORTED_BYTES >> 4);
/// What is sent in one piece.
const PIECE_BYTES: usize = 128 << 10;

/// Rows as the binary form of COPY has them: nothing of a file is ever part of SQL text, and
/// the server has nothing to read.
pub struct RowEncoder {
    way: Way,
    rows: Vec<u8>,
    /// Where each row begins and ends. They are put in order, the rows stay where they are.
    places: Vec<(u32, u32)>,
    sorted: Sorted,
}

/// Rows whose order is known, on their way out.
#[derive(Default)]
struct Sorted {
    rows: Vec<u8>,
    places: Vec<(u32, u32)>,
    sent: usize,
}

impl Sorted {
    fn next(&mut self) -> Option<Vec<u8>> {
        let rest = self.places.get(self.sent..).unwrap_or_default();
        if rest.is_empty() {
            return None;
        }
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        for place in rest {
            if piece.len() >= PIECE_BYTES {
                break;
            }
            piece.extend_from_slice(row(&self.rows, *place));
            self.sent += 1;
        }
        Some(piece)
    }
}

fn row(rows: &[u8], (from, until): (u32, u32)) -> &[u8] {
    rows.get(from as usize..until as usize).unwrap_or_default()
}

/// The first field of an encoded row, which is its key: two bytes say how many fields there
/// are, four how long the first is.
fn key(row: &[u8]) -> &[u8] {
    let Some((&[_, _, a, b, c, d], rest)) = row.split_first_chunk::<6>() else {
        return &[];
    };
    let length = usize::try_from(i32::from_be_bytes([a, b, c, d])).unwrap_or(0);
    rest.get(..length).unwrap_or_default()
}

impl RowEncoder {
    /// For rows that go this way.
    pub fn new(way: Way) -> Self {
        let sorted = Sorted { rows: Vec::with_capacity(ROOM_BYTES), ..Sorted::default() };
        Self { way, rows: Vec::with_capacity(ROOM_BYTES), places: Vec::new(), sorted }
    }

    /// Adds a row; a full piece comes back when there is one.
    pub fn add(&mut self, line: u64, record: &Record, hash: &[u8; 32]) -> Option<Vec<u8>> {
        let from = self.rows.len();
        let mut row = Fields::begin(&mut self.rows);
        if self.way == Way::Staged {
            row.text(&row_key(record));
            row.whole(i64::try_from(line).unwrap_or(i64::MAX));
            row.bytes(hash);
        }
        row.values(record);
        row.whole(seal(hash));
        if let Way::Straight(import_id) = self.way {
            row.whole(import_id);
        }
        row.end();
        // Neither comes near four gigabytes.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.places.push((place(from), place(self.rows.len())));
        // What was sorted before has long gone out by then: a piece left with every row since.
        if self.rows.len() >= SORTED_BYTES && self.sorted.places.is_empty() {
            self.sort();
        }
        self.next()
    }

    /// What is left, a piece at a time.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.next().or_else(|| {
            self.sort();
            self.next()
        })
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let piece = self.sorted.next();
        if piece.is_none() && !self.sorted.rows.is_empty() {
            // The few rows that came meanwhile move into the room that is free now: there is
            // one large room, and not two.
            self.sorted.rows.clear();
            self.sorted.rows.append(&mut self.rows);
            std::mem::swap(&mut self.rows, &mut self.sorted.rows);
            self.sorted.places.clear();
            self.sorted.sent = 0;
        }
        piece
    }

    fn sort(&mut self) {
        let rows = &self.rows;
        self.places.sort_unstable_by(|a, b| key(row(rows, *a)).cmp(key(row(rows, *b))));
        std::mem::swap(&mut self.rows, &mut self.sorted.rows);
        std::mem::swap(&mut self.places, &mut self.sorted.places);
    }
}

/// One row being written.
struct Fields<'r> {
    rows: &'r mut Vec<u8>,
    begun: usize,
    count: i16,
}

impl<'r> Fields<'r> {
    fn begin(rows: &'r mut Vec<u8>) -> Self {
        let begun = rows.len();
        rows.extend_from_slice(&[0, 0]);
        Self { rows, begun, count: 0 }
    }

    fn end(self) {
        if let Some(count) = self.rows.get_mut(self.begun..self.begun + 2) {
            count.copy_from_slice(&self.count.to_be_bytes());
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // A record of a file is bounded far below what the length can say.
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.rows.extend_from_slice(&length.to_be_bytes());
        self.rows.extend_from_slice(bytes);
        self.count += 1;
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => {
                self.rows.extend_from_slice(&(-1_i32).to_be_bytes());
                self.count += 1;
            }
        }
    }

    fn whole(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    /// The target's columns in their order.
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
                // A coupon opens with its opening balance and its printed expiry.
                self.whole(c.balance.get());
                self.whole(c.balance.get());
                let day = c.expires_on.to_string();
                self.text(&day);
                self.text(&day);
                self.text(c.holder.as_str());
                self.text(c.phone.expose());
                self.text(c.email.expose());
                self.text(&c.issuer);
            }
            Record::Settlement(s) => {
                self.text(s.settlement_id.as_str());
                self.text(s.inquiry_number.as_str());
                self.text(s.merchant_id.as_str());
                self.whole(s.amount.get());
                self.whole(s.settled_at.micros());
                self.whole(0);
            }
            Record::Sale(s) => {
                self.text(s.sale_id.as_str());
                self.text(s.merchant_id.as_str());
                self.whole(s.sold_at.micros());
                self.whole(s.total.get());
                self.whole(s.cash.get());
                self.optional(s.inquiry_number.as_ref().map(|number| number.as_str()));
                self.text(&s.receipt);
            }
            Record::Coverage(c) => {
                self.optional(c.merchant_id.as_ref().map(|id| id.as_str()));
                self.text(c.source.as_str());
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

#[cfg(test)]
mod tests;
