//! Import with all checks, beside `sqlite3 .import` of the same file and the same index.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use madoguchi::records::Kind;

use crate::campaign::{COVERS, Campaign};
use crate::timing::{rate, seconds};

pub async fn run(campaign: &mut Campaign, compare: bool) {
    campaign.import(Kind::Merchants, &campaign.merchants_file(), None).await;
    let coupons = campaign.coupons_file();
    let raw = compare.then(|| raw(&campaign.path("raw.db"), &coupons)).flatten();
    let begun = Instant::now();
    let report = campaign.import(Kind::Coupons, &coupons, None).await;
    let ours = seconds(begun);
    println!(
        "import    {} coupons: ours {ours:.1} s ({:.0} rows/s), peak {} MiB",
        report.imported,
        rate(report.imported, ours),
        peak_mib()
    );
    match raw {
        Some(raw) => {
            println!("          sqlite3 .import {raw:.1} s: ours takes {:.2} of it", ours / raw);
        }
        None if compare => println!("          sqlite3 is not installed: nothing to compare with"),
        None => {}
    }
    let begun = Instant::now();
    campaign.import(Kind::Settlements, &campaign.settlements_file(), Some(COVERS)).await;
    println!("          {} settlements in {:.1} s", campaign.plan.cases * 2, seconds(begun));
}

/// The raw engine's own way: the shell's import, the same index, the same durability.
fn raw(database: &Path, file: &Path) -> Option<f64> {
    let script = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE coupon (inquiry_number TEXT NOT NULL, prefecture TEXT NOT NULL,
    face_value INTEGER NOT NULL, balance INTEGER NOT NULL, expires_on TEXT NOT NULL,
    holder TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL, issuer TEXT NOT NULL) STRICT;
.import --csv --skip 1 {} coupon
CREATE UNIQUE INDEX coupon_number ON coupon (inquiry_number);
PRAGMA wal_checkpoint(TRUNCATE);
",
        file.display()
    );
    let begun = Instant::now();
    let mut child = Command::new("sqlite3")
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(script.as_bytes()).ok()?;
    let good = child.wait().ok()?.success();
    let taken = seconds(begun);
    let _ = std::fs::remove_file(database);
    good.then_some(taken)
}

/// The most memory this process has held so far.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
