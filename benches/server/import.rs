//! Import with all checks, beside `\copy` of the same file into a table with the same index.

use std::process::Stdio;
use std::time::Instant;

use madoguchi::records::Kind;

use crate::campaign::{COVERS, Campaign};
use crate::server::{SUPERUSER, Server};
use crate::timing::{rate, seconds};

/// What the file holds, with the constraints and the index of ours.
const RAW: &str = "CREATE TABLE raw (
    inquiry_number TEXT COLLATE \"C\" NOT NULL, prefecture TEXT COLLATE \"C\" NOT NULL,
    face_value BIGINT NOT NULL CHECK (face_value >= 0),
    balance BIGINT NOT NULL CHECK (balance BETWEEN 0 AND face_value),
    expires_on TEXT COLLATE \"C\" NOT NULL,
    holder TEXT COLLATE \"C\" NOT NULL CHECK (holder IN ('app', 'paper', 'withdrawn')),
    phone TEXT COLLATE \"C\", email TEXT COLLATE \"C\", issuer TEXT COLLATE \"C\" NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX raw_number ON raw (inquiry_number);";

pub async fn run(server: &Server, campaign: &Campaign, compare: bool) {
    campaign.import(Kind::Merchants, &campaign.merchants_file(), None).await;
    let coupons = campaign.coupons_file();
    let begun = Instant::now();
    let report = campaign.import(Kind::Coupons, &coupons, None).await;
    let ours = seconds(begun);
    println!(
        "import    {} coupons: ours {ours:.1} s ({:.0} rows/s), peak {} MiB",
        report.imported,
        rate(report.imported, ours),
        peak_mib()
    );
    if compare {
        server.psql("postgres", "CREATE DATABASE raw");
        server.psql("raw", RAW);
        let begun = Instant::now();
        let mut psql = server.psql_of(SUPERUSER, "raw");
        let copy = format!("\\copy raw FROM '{}' WITH (FORMAT csv, HEADER)", coupons.display());
        let status = psql.arg("-c").arg(copy).stdin(Stdio::null()).stdout(Stdio::null()).status();
        assert!(status.expect("psql runs").success());
        let raw = seconds(begun);
        println!("          \\copy {raw:.1} s: ours takes {:.2} of it", ours / raw);
        server.drop_database("raw");
    }
    let begun = Instant::now();
    campaign.import(Kind::Settlements, &campaign.settlements_file(), Some(COVERS)).await;
    println!("          {} settlements in {:.1} s", campaign.plan.cases * 2, seconds(begun));
    // What autovacuum does in its own time on a server that has been up for longer.
    server.psql("campaign", "VACUUM ANALYZE");
}

/// The most memory this process has used.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
