//! Desks on a server, in the test's own process: stores that are opened as the program opens
//! them, and what holds of a database whatever was done to its server.

#![allow(dead_code, reason = "each test file uses its part of the harness")]
#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

use std::path::Path;
use std::sync::Arc;

use madoguchi::config::Settings;
use madoguchi::domain::ids::CaseId;
use madoguchi::domain::number::InquiryNumber;
use madoguchi::domain::private::Private;
use madoguchi::domain::staff::Role;
use madoguchi::office::cases::{OpenRequest, Shown};
use madoguchi::office::command::Act;
use madoguchi::office::import::{ImportEnd, ImportProgress, ImportRequest};
use madoguchi::office::view::CaseView;
use madoguchi::office::{Actor, Office, OfficeError};
use madoguchi::records::Kind;
use madoguchi::store::place;

use crate::common::database::{ADMIN, DESK, OWNER};
use crate::common::records::{SHOPS, coupon, covers, file, sale, settlement};
use crate::common::server::Server;
use crate::common::{BEGINS, PASSWORD, answer, program};

pub mod proxy;

/// The shops of Nara in [`SHOPS`]; of all of them everything is known here.
pub const IN_NARA: [&str; 4] = ["M-1", "M-2", "M-3", "M-4"];
/// What is put back of each deduction.
pub const AMOUNT: i64 = 1500;
/// What a coupon has before anything is put back.
pub const BEFORE: i64 = 500;

/// A database on a server of a story's own.
pub struct Campaign {
    /// The name of the database.
    pub name: String,
}

impl Campaign {
    /// A training database with its roles and its staff, without records.
    pub fn begin(server: &Server) -> Self {
        server.role(OWNER, "CREATEROLE");
        let name = server.fresh_database_of(OWNER);
        run(&server.url(OWNER, &name), &["init", "--training", "--at", BEGINS]);
        server.role(DESK, "IN ROLE madoguchi_desk");
        server.role(ADMIN, "IN ROLE madoguchi_admin");
        for (id, role) in [("op", "operator"), ("sv", "supervisor"), ("au", "auditor")] {
            add_staff(&server.url(ADMIN, &name), id, role);
        }
        Self { name }
    }

    /// … with so many coupons.
    pub async fn with_coupons(server: &Server, count: usize) -> Self {
        let campaign = Self::begin(server);
        fill(&server.url(ADMIN, &campaign.name), true, &coupons(count, 9000)).await;
        campaign
    }
}

fn run(url: &str, words: &[&str]) {
    answer(&program(url, "ad").args(words).output().expect("the program runs")).done();
}

fn add_staff(url: &str, id: &str, role: &str) {
    use std::io::Write as _;
    let mut command = program(url, "ad");
    command.args(["staff", "add", id, "--role", role, "--name", id, "--password-stdin"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("it runs");
    let mut input = child.stdin.take().expect("standard input");
    writeln!(input, "{PASSWORD}").expect("written");
    drop(input);
    answer(&child.wait_with_output().expect("it ends")).done();
}

/// The office over a store of its own: as good as a process of its own.
pub async fn office(url: &str) -> Office {
    let store = place::open(url).await.expect("a database");
    Office::open(store, Arc::new(Settings::builtin().expect("settings"))).await.expect("an office")
}

/// Somebody on the staff.
pub fn person(id: &str, role: Role) -> Actor {
    Actor { staff_id: id.parse().expect("an id"), role, name: Private::new(id) }
}

/// The operator.
pub fn operator() -> Actor {
    person("op", Role::Operator)
}

/// The number of a coupon.
pub fn number(coupon: usize) -> String {
    format!("CPN{coupon:05}")
}

/// Rows for coupons of [`fill`]: so many, of one face value, from the first number on.
pub fn coupons(count: usize, face_value: i64) -> Vec<String> {
    (0..count).map(|i| coupon(&number(i), face_value, BEFORE, "2023-02-24")).collect()
}

/// Imports coupons; at each shop of Nara one purchase was deducted from each that was paid in
/// cash too. The shops themselves are brought where they are not there.
pub async fn fill(admin_url: &str, shops: bool, coupons: &[String]) {
    let office = office(admin_url).await;
    let folder = tempfile::tempdir().expect("a folder");
    let import =
        async |kind: Kind, text: String| brought(&office, folder.path(), kind, &text).await;
    if shops {
        import(Kind::Merchants, SHOPS.to_owned()).await;
    }
    let covered =
        IN_NARA.iter().flat_map(|shop| ["settlements", "sales"].map(|what| covers(shop, what)));
    import(Kind::Coverage, file("coverage", &covered.collect::<Vec<_>>())).await;
    import(Kind::Coupons, file("coupons", coupons)).await;
    let everywhere = || {
        coupons.iter().flat_map(|row| {
            let number = row.split(',').next().expect("a number");
            IN_NARA.iter().map(move |shop| (number, *shop))
        })
    };
    let settled: Vec<String> = everywhere()
        .map(|(number, shop)| {
            settlement(&format!("K{shop}{number}"), number, shop, AMOUNT, "19:05")
        })
        .collect();
    import(Kind::Settlements, file("settlements", &settled)).await;
    let sold: Vec<String> = everywhere()
        .map(|(number, shop)| {
            sale(&format!("U{shop}{number}"), shop, "19:04", AMOUNT, AMOUNT, number)
        })
        .collect();
    import(Kind::Sales, file("sales", &sold)).await;
    office.close().await.expect("closed");
}

async fn brought(office: &Office, folder: &Path, kind: Kind, text: &str) {
    let path = folder.join("records.csv");
    std::fs::write(&path, text).expect("written");
    let request = ImportRequest { kind, path, covers: None, encoding: None };
    let admin = person("ad", Role::Admin);
    let end = office.import(&admin, &request, &ImportProgress::default()).await;
    let end = end.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert!(matches!(end, ImportEnd::Done(_)), "{kind:?}: {end:?}");
}

/// A case on a coupon at a shop, to be opened by the operator.
pub fn request(coupon: usize, shop: &str) -> OpenRequest {
    OpenRequest {
        number: InquiryNumber::fold(&number(coupon)).expect("a number"),
        expiry: "2023-02-24".parse().expect("a day"),
        prefecture: "奈良県".parse().expect("a prefecture"),
        shop_said: shop.to_owned(),
        merchant_id: Some(shop.parse().expect("an id")),
        other: None,
        command_id: None,
    }
}

/// Opens it; it matches.
pub async fn opened(office: &Office, coupon: usize, shop: &str) -> CaseId {
    let view = office.open_case(&operator(), request(coupon, shop)).await.expect("opened");
    assert_eq!(view.state, "matched", "{coupon} at {shop}: {:?}", view.reasons);
    view.case.expect("a number").parse().expect("a number")
}

/// Opens a case at each shop on each of the coupons.
pub async fn all_opened(office: &Office, coupons: usize) -> Vec<CaseId> {
    let opening = (0..coupons).flat_map(|i| IN_NARA.map(|shop| opened(office, i, shop)));
    futures_util::future::join_all(opening).await
}

/// An id for a command that has not been sent yet.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Restores a case as somebody, under a command id.
pub async fn restored(
    office: &Office,
    actor: &Actor,
    case: &CaseId,
    id: &str,
) -> Result<CaseView, OfficeError> {
    let shown = Shown { command_id: Some(id.to_owned()), ..Shown::default() };
    office.on_case(actor, case, Act::Restore, shown).await
}

/// What holds of a database whatever was done: the balances are the sums of their entries, and
/// no deduction was put back twice or for more than it was.
pub fn sums_hold(server: &Server, database: &str) {
    for wrong in [
        "SELECT inquiry_number FROM coupon AS c WHERE balance NOT BETWEEN 0 AND face_value
            OR balance <> opening_balance + (SELECT coalesce(sum(amount), 0) FROM entry
                WHERE inquiry_number = c.inquiry_number)",
        "SELECT settlement_id FROM settlement AS s WHERE restored NOT BETWEEN 0 AND amount
            OR restored <> (SELECT coalesce(sum(amount), 0) FROM entry
                WHERE settlement_id = s.settlement_id)",
        "SELECT settlement_id FROM entry WHERE settlement_id IS NOT NULL
            GROUP BY settlement_id HAVING count(*) > 1",
        "SELECT case_id FROM audit_event WHERE action = 'case.restore'
            GROUP BY case_id HAVING count(*) > 1",
    ] {
        assert_eq!(server.psql(database, wrong), "", "{wrong}");
    }
}

/// … and the audit trail proves it.
pub fn verified(url: &str) {
    let output = program(url, "au").args(["audit", "verify"]).output();
    let report = answer(&output.expect("the program runs")).done();
    assert_eq!(report["ok"], true, "{report}");
}
