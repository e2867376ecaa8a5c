//! Records, held against their seals: every one is what its file said, and every balance the
//! sum of its entries.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Books, Cells, Stop, imports, parse, wrong};
use crate::domain::coupon::CouponRecord;
use crate::domain::settlement::Coverage;
use crate::domain::yen::Yen;
use crate::records::{Digest, Record, seal};
use crate::search::fold::surface_key;
use crate::store::AuditReport;
use crate::store::rows::{CouponRow, MerchantRow, Row, SaleRow, SettlementRow};
use crate::store::snapshot::window;

/// How many rows of each import each table holds, and the sum of their hashes.
pub(super) type Sums = HashMap<(i64, &'static str), (i64, Digest)>;

/// A row's key and the record that its file held, or why it is no such record.
type Read = Result<(String, Record), Stop>;

/// Where a row's own columns begin, after its JSON, its import and its seal.
const MORE: usize = 3;

pub(super) async fn records<B: Books>(books: &mut B, report: &mut AuditReport) -> Result<(), Stop> {
    let mut sums: Sums = HashMap::new();
    let keys = (", t.name_key, t.kana_key", "");
    sealed(books, report, &mut sums, MERCHANT, keys, merchant_record).await?;
    let before = report.rows;
    sealed(books, report, &mut sums, COUPON, B::COUPON_SUMS, coupon_record).await?;
    report.coupons = report.rows - before;
    sealed(books, report, &mut sums, SETTLEMENT, ("", ""), settlement_record).await?;
    sealed(books, report, &mut sums, SALE, ("", ""), sale_record).await?;
    sealed(books, report, &mut sums, COVERAGE, ("", ""), coverage_record).await?;
    imports::imports(books, &sums).await
}

/// A table of records and the columns its JSON has.
type Table = (&'static str, &'static [&'static str]);

const MERCHANT: Table = (MerchantRow::TABLE, MerchantRow::COLUMNS);
const COUPON: Table = (CouponRow::TABLE, CouponRow::COLUMNS);
const SETTLEMENT: Table = (SettlementRow::TABLE, SettlementRow::COLUMNS);
const SALE: Table = (SaleRow::TABLE, SaleRow::COLUMNS);
const COVERAGE: Table = ("coverage", &["merchant_id", "source", "covers_from", "covers_until"]);

/// Holds each row against its seal and adds its hash to its import's sum. `more`: further
/// columns that `record` reads, and `joins` where they come from.
async fn sealed<B: Books>(
    books: &mut B,
    report: &mut AuditReport,
    sums: &mut Sums,
    (table, columns): Table,
    (more, joins): (&str, &str),
    record: fn(&B::Row) -> Read,
) -> Result<(), Stop> {
    let sql = format!(
        "SELECT {}, t.import_id, t.seal{more} FROM {table} AS t {joins} {}",
        B::object(columns, "t"),
        B::AS_STORED
    );
    books
        .each(sql, |row| {
            let (key, record) = record(row)?;
            let hash = record.hash();
            if row.whole(2)? != seal(&hash) {
                return Err(wrong(table, key, "the row is not what the file said"));
            }
            let sum = sums.entry((row.whole(1)?, table)).or_default();
            sum.0 += 1;
            sum.1.add(&hash);
            report.rows += 1;
            Ok(())
        })
        .await
}

fn merchant_record(cells: &impl Cells) -> Read {
    let row: MerchantRow = parse("merchant", cells.text(0)?)?;
    let (name_key, kana_key) = (cells.text(MORE)?, cells.text(MORE + 1)?);
    let merchant = row.to_domain()?;
    exact("merchant", &row.key(), &[(merchant.merchant_id.as_str(), &row.merchant_id)])?;
    let keys = [(&*surface_key(&row.name), name_key), (&*surface_key(&row.kana), kana_key)];
    exact("merchant", &row.key(), &keys)?;
    Ok((row.key(), Record::Merchant(merchant, name_key.to_owned(), kana_key.to_owned())))
}

fn coupon_record(cells: &impl Cells) -> Read {
    let row: CouponRow = parse("coupon", cells.text(0)?)?;
    let (balance, expires_on) = (cells.whole(MORE)?, cells.maybe_text(MORE + 1)?);
    let key = row.key();
    if row.balance != balance || !(0..=row.face_value).contains(&row.balance) {
        return Err(wrong("coupon", key, "the balance is not the sum of its entries"));
    }
    if row.expires_on != expires_on.unwrap_or(&row.printed_expires_on) {
        return Err(wrong("coupon", key, "the expiry is not that of its extensions"));
    }
    let coupon = row.to_domain(&[])?;
    let printed = coupon.printed_expires_on.to_string();
    let texts = [
        (coupon.inquiry_number.as_str(), &*row.inquiry_number),
        (&*printed, &*row.printed_expires_on),
        (coupon.holder.as_str(), &*row.holder),
    ];
    exact("coupon", &key, &texts)?;
    let record = CouponRecord {
        inquiry_number: coupon.inquiry_number,
        prefecture: coupon.prefecture,
        face_value: coupon.face_value,
        balance: Yen::new(row.opening_balance),
        expires_on: coupon.printed_expires_on,
        holder: coupon.holder,
        phone: row.phone,
        email: row.email,
        issuer: row.issuer,
    };
    Ok((key, Record::Coupon(record)))
}

fn settlement_record(cells: &impl Cells) -> Read {
    let row: SettlementRow = parse("settlement", cells.text(0)?)?;
    let settlement = row.to_domain()?;
    let ids = [
        (settlement.settlement_id.as_str(), &*row.settlement_id),
        (settlement.inquiry_number.as_str(), &*row.inquiry_number),
        (settlement.merchant_id.as_str(), &*row.merchant_id),
    ];
    exact("settlement", &row.key(), &ids)?;
    Ok((row.key(), Record::Settlement(settlement)))
}

fn sale_record(cells: &impl Cells) -> Read {
    let row: SaleRow = parse("sale", cells.text(0)?)?;
    let sale = row.to_domain(false)?;
    let ids = [
        (sale.sale_id.as_str(), &*row.sale_id),
        (sale.merchant_id.as_str(), &*row.merchant_id),
        (
            sale.inquiry_number.as_ref().map_or("", |number| number.as_str()),
            row.inquiry_number.as_deref().unwrap_or(""),
        ),
    ];
    exact("sale", &row.key(), &ids)?;
    Ok((row.key(), Record::Sale(sale)))
}

/// A declaration as it is stored.
#[derive(Deserialize)]
struct Declared {
    merchant_id: Option<String>,
    source: String,
    covers_from: i64,
    covers_until: i64,
}

fn coverage_record(cells: &impl Cells) -> Read {
    let row: Declared = parse("coverage", cells.text(0)?)?;
    let (merchant, from, until) = (row.merchant_id, row.covers_from, row.covers_until);
    let key = format!("{}/{}/{from}/{until}", merchant.clone().unwrap_or_default(), row.source);
    let odd = || wrong("coverage", key.clone(), "the row is not what was written");
    let coverage = Coverage {
        merchant_id: merchant.as_deref().map(str::parse).transpose().map_err(|_| odd())?,
        source: row.source.parse().map_err(|_| odd())?,
        window: window(from, until)?,
    };
    let id = coverage.merchant_id.as_ref().map_or("", |id| id.as_str());
    exact("coverage", &key, &[(id, merchant.as_deref().unwrap_or(""))])?;
    Ok((key, Record::Coverage(coverage)))
}

/// Texts that are read as the same (another case, spaces around) are not the same to the
/// database, which finds rows by their bytes.
fn exact(table: &'static str, key: &str, texts: &[(&str, &str)]) -> Result<(), Stop> {
    match texts.iter().find(|(read, stored)| read != stored) {
        Some(_) => Err(wrong(table, key, "the row is not spelt as it was written")),
        None => Ok(()),
    }
}
