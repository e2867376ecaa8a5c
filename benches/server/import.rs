//! Import with all checks by the program, beside `\copy` of the same file into a table with the
//! same index.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use madoguchi::records::Kind;

use crate::campaign::{ADMIN, COVERS, Campaign, PASSWORD};
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
    let peak = import(&server.url(SUPERUSER, "campaign"), &coupons);
    let (count, ours) = (campaign.plan.coupons, seconds(begun));
    println!(
        "import    {count} coupons: ours {ours:.1} s ({:.0} rows/s), peak {:.1} MiB",
        rate(count, ours),
        peak / 1024.0
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

/// How often the program's memory is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The program imports coupons, in a process of its own; the most memory it had, in KiB.
fn import(url: &str, coupons: &Path) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    command.args(["--database", url, "--json", "import", "coupons"]).arg(coupons);
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
