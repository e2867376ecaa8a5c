//! Import with all checks by the program, beside `\copy` of the same file into a table with the
//! same index.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use madoguchi::records::Kind;

use crate::campaign::{ADMIN, COVERS, Campaign, PASSWORD};
use crate::server::{SUPERUSER, Server};
use crate::timing::{rate, seconds};

/// What the files hold, with the constraints, indexes and references of ours.
const RAW: &str = "CREATE TABLE merchant (merchant_id TEXT COLLATE \"C\" PRIMARY KEY);
CREATE TABLE coupon (
    inquiry_number TEXT COLLATE \"C\" NOT NULL, prefecture TEXT COLLATE \"C\" NOT NULL,
    face_value BIGINT NOT NULL CHECK (face_value >= 0),
    balance BIGINT NOT NULL CHECK (balance BETWEEN 0 AND face_value),
    expires_on TEXT COLLATE \"C\" NOT NULL,
    holder TEXT COLLATE \"C\" NOT NULL CHECK (holder IN ('app', 'paper', 'withdrawn')),
    phone TEXT COLLATE \"C\", email TEXT COLLATE \"C\", issuer TEXT COLLATE \"C\" NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX coupon_number ON coupon (inquiry_number);
CREATE TABLE settlement (
    settlement_id TEXT COLLATE \"C\" NOT NULL,
    inquiry_number TEXT COLLATE \"C\" NOT NULL REFERENCES coupon (inquiry_number),
    merchant_id TEXT COLLATE \"C\" NOT NULL REFERENCES merchant (merchant_id),
    amount BIGINT NOT NULL CHECK (amount BETWEEN 1 AND 10000000),
    settled_at TEXT COLLATE \"C\" NOT NULL,
    restored BIGINT NOT NULL DEFAULT 0 CHECK (restored BETWEEN 0 AND amount),
    import_id BIGINT NOT NULL DEFAULT 1, seal BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX settlement_id ON settlement (settlement_id);
CREATE INDEX settlement_coupon ON settlement (inquiry_number);
CREATE INDEX settlement_import ON settlement (import_id);
INSERT INTO merchant SELECT 'M' || to_char(i, 'FM0000') FROM generate_series(0, 999) AS i;";

/// Imports a campaign; the program's imports beside those of psql where they are compared.
pub async fn run(server: &Server, campaign: &Campaign, compare: bool) {
    campaign.import(Kind::Merchants, &campaign.merchants_file(), None).await;
    let plan = &campaign.plan;
    let settlements = if compare { plan.coupons / 5 } else { 0 }.max(plan.cases * 2);
    if compare {
        server.psql("postgres", "CREATE DATABASE raw");
        server.psql("raw", RAW);
    }
    let files = [
        (Kind::Coupons, campaign.coupons_file(), plan.coupons, None, "coupon"),
        (
            Kind::Settlements,
            campaign.settlements_of(settlements),
            settlements,
            Some(COVERS),
            "settlement(settlement_id, inquiry_number, merchant_id, amount, settled_at)",
        ),
    ];
    // One side after the other: between two imports of one nothing takes its pages' place.
    let mut ours = Vec::new();
    for (kind, file, count, covers, _) in &files {
        let begun = Instant::now();
        let peak = import(&server.url(SUPERUSER, "campaign"), *kind, file, *covers);
        ours.push(seconds(begun));
        println!(
            "import    {count} {}: ours {:.1} s ({:.0} rows/s), peak {:.1} MiB",
            kind.as_str(),
            seconds(begun),
            rate(*count, seconds(begun)),
            peak / 1024.0
        );
    }
    if compare {
        for ((kind, file, _, _, table), ours) in files.iter().zip(ours) {
            let raw = copy(server, file, table);
            println!(
                "          \\copy {}: {raw:.1} s, ours {:.2} of it",
                kind.as_str(),
                ours / raw
            );
        }
        server.drop_database("raw");
    }
    // What autovacuum does in its own time on a server that has been up for longer.
    server.psql("campaign", "VACUUM ANALYZE");
}

/// psql copies a file into one of the raw tables; the seconds it took.
fn copy(server: &Server, file: &Path, table: &str) -> f64 {
    let begun = Instant::now();
    let mut psql = server.psql_of(SUPERUSER, "raw");
    let copy = format!("\\copy {table} FROM '{}' WITH (FORMAT csv, HEADER)", file.display());
    let status = psql.arg("-c").arg(copy).stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(status.expect("psql runs").success());
    seconds(begun)
}

/// How often the program's memory is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The program imports a file, in a process of its own; the most memory it had, in KiB.
fn import(url: &str, kind: Kind, file: &Path, covers: Option<&str>) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.args(["--database", url, "--json", "import", kind.as_str()]).arg(file);
    command.args(covers.map(|covers| format!("--covers={covers}")));
    command.env("MADOGUCHI_STAFF", ADMIN).env("MADOGUCHI_PASSWORD", PASSWORD);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut peak = 0.0;
    loop {
        peak = peak_kib(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "the import: {status}");
            return peak;
        }
        std::thread::sleep(GLANCE);
    }
}

/// The most memory that a process ever had, while it runs.
fn peak_kib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
