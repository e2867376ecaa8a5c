//! The five record files, a row at a time. The writers return how many rows they wrote, the
//! header not counted, and fail only as `out` does, or where a plan is too large.

use std::io::{self, Write};

use super::{
    Plan, cover,
    draw::{Draw, Subject},
    examples::late_sale,
    number::Number,
    shop,
    story::{Holder, Sale, Story, story},
    words::{INNS, PLACES},
};

/// Writes the merchant file.
///
/// # Errors
/// What `out` fails with.
pub fn write_merchants(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    writeln!(out, "merchant_id,name,kana,prefecture,address,phone")?;
    for index in 0..plan.shop_rows() {
        let id = shop::id(index);
        let shop = shop::shop(plan, index);
        writeln!(
            out,
            "{id},{},{},{},{},{}",
            shop.name, shop.kana, shop.prefecture, shop.address, shop.phone
        )?;
    }
    Ok(plan.shop_rows().into())
}

/// Writes the coupon file.
///
/// # Errors
/// What `out` fails with; `InvalidInput` where the plan has more coupons than there are numbers.
pub fn write_coupons(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    let rows = plan.coupon_rows()?;
    writeln!(
        out,
        "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer"
    )?;
    for index in 0..rows {
        let story = story(plan, index);
        write!(
            out,
            "{},{},{},{},{},{},",
            story.number,
            story.prefecture,
            story.face_value,
            story.balance,
            story.expires,
            story.holder.code()
        )?;
        write_contact(plan, index, &story, out)?;
    }
    Ok(rows)
}

/// Phone, mail and issuer. Only the app knows its holder: a phone number, a mail address or both.
fn write_contact(plan: &Plan, index: u64, story: &Story, out: &mut impl Write) -> io::Result<()> {
    let mut draw = Draw::new(plan.seed, Subject::Holder, index);
    let (phone, email) = match (story.holder, draw.below(10)) {
        (Holder::App, 0..=3) => (true, true),
        (Holder::App, 4..=7) => (true, false),
        (Holder::App, _) => (false, true),
        _ => (false, false),
    };
    if phone {
        // No carrier's numbers go on with a 0 after the prefix: these reach nobody.
        let prefix = draw.pick(&["090", "080", "070"]);
        write!(out, "{prefix}-0000-{:04}", draw.below(10_000))?;
    }
    out.write_all(b",")?;
    if email {
        let domain = draw.pick(&["example.jp", "example.com"]);
        write!(out, "tabibito{index}@{domain}")?;
    }
    writeln!(out, ",{}{}", draw.pick(&PLACES).0, draw.pick(&INNS))
}

/// Writes the settlement file.
///
/// # Errors
/// What `out` fails with; `InvalidInput` where the plan has more coupons than there are numbers.
pub fn write_settlements(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    writeln!(out, "settlement_id,inquiry_number,merchant_id,amount,settled_at")?;
    let mut rows = 0;
    for index in 0..plan.coupon_rows()? {
        let story = story(plan, index);
        for (settlement, nth) in story.settlements.iter().zip(1_u64..) {
            writeln!(
                out,
                "T{index:08}-{nth},{},{},{},{}",
                story.number,
                shop::id(settlement.shop),
                settlement.amount,
                settlement.at
            )?;
            rows += 1;
        }
    }
    Ok(rows)
}

/// Writes the sales file.
///
/// # Errors
/// What `out` fails with; `InvalidInput` where the plan has more coupons than there are numbers.
pub fn write_sales(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    out.write_all(SALES_HEADER.as_bytes())?;
    let mut rows = 0;
    for index in 0..plan.coupon_rows()? {
        let story = story(plan, index);
        for (sale, nth) in story.sales.iter().zip(1_u64..) {
            write_sale(out, index, nth, story.number, sale)?;
            rows += 1;
        }
    }
    Ok(rows)
}

const SALES_HEADER: &str = "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt\n";

fn write_sale(
    out: &mut impl Write,
    index: u64,
    nth: u64,
    number: Number,
    sale: &Sale,
) -> io::Result<()> {
    let id = shop::id(sale.shop);
    write!(out, "U{index:08}-{nth},{id},{},{},{},", sale.at, sale.total, sale.cash)?;
    if sale.named {
        write!(out, "{number}")?;
    }
    // One shop in eight gives no receipt numbers.
    if sale.shop % 8 == 7 { writeln!(out, ",") } else { writeln!(out, ",R{:06}", sale.at.clock()) }
}

/// Writes the coverage file; a shop whose records have not come has no row for them.
///
/// # Errors
/// What `out` fails with.
pub fn write_coverage(plan: &Plan, out: &mut impl Write) -> io::Result<u64> {
    out.write_all(COVERAGE_HEADER.as_bytes())?;
    let mut rows = 0;
    for index in 0..plan.shop_rows() {
        let covers = cover::of_shop(plan, index);
        rows += write_cover(out, index, "settlements", covers.settlements)?;
        rows += write_cover(out, index, "sales", covers.sales)?;
    }
    Ok(rows)
}

const COVERAGE_HEADER: &str = "merchant_id,source,covers_from,covers_until\n";

fn write_cover(
    out: &mut impl Write,
    shop: u32,
    source: &str,
    cover: cover::Cover,
) -> io::Result<u64> {
    let id = shop::id(shop);
    for (from, until) in cover.intervals() {
        writeln!(out, "{id},{source},{from},{until}")?;
    }
    Ok(cover.intervals().len() as u64)
}

/// The sales and coverage files that come late.
pub(super) fn write_late(sales: &mut impl Write, coverage: &mut impl Write) -> io::Result<()> {
    /// Beyond the sales any coupon's own story numbers.
    const NTH: u64 = 9;
    let (index, sale) = late_sale();
    sales.write_all(SALES_HEADER.as_bytes())?;
    write_sale(sales, index, NTH, Number::of(index), &sale)?;
    coverage.write_all(COVERAGE_HEADER.as_bytes())?;
    write_cover(coverage, sale.shop, "sales", cover::Cover::Whole)?;
    Ok(())
}
