//! A campaign of any size in which the first coupons were pressed twice.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use madoguchi::config::Settings;
use madoguchi::domain::private::Private;
use madoguchi::domain::time::Instant;
use madoguchi::office::import::{ImportEnd, ImportProgress, ImportReport, ImportRequest};
use madoguchi::office::{Actor, Office};
use madoguchi::records::Kind;
use madoguchi::store::Store;
use madoguchi::store::changes::Event;
use madoguchi::store::place;
use madoguchi::store::rows::{MetaRow, StaffRow};

use crate::Plan;

/// Who imports.
pub const ADMIN: &str = "ad";
/// Everybody's.
pub const PASSWORD: &str = "speed";

pub struct Campaign {
    pub folder: tempfile::TempDir,
    pub office: Arc<Office>,
    pub store: Arc<dyn Store>,
    pub admin: Actor,
    pub operator: Actor,
    pub plan: Plan,
}

/// The number of the `i`-th coupon: spread, as real ones are.
pub fn number(i: u64) -> String {
    format!("{:013}", (i * 7_919_777_777 + 1_234_567) % 9_999_999_999_971)
}

impl Campaign {
    /// In a file of its own.
    pub async fn new(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("ours.db").display());
        Self::at(plan, folder, &url, &url).await
    }

    /// At a URL: made there as its owner, and opened as a desk.
    pub async fn at(plan: &Plan, folder: tempfile::TempDir, owner: &str, desk: &str) -> Self {
        let password = Private::new(PASSWORD);
        let hash =
            madoguchi::office::password::hash_password(&password, true).await.expect("hashed");
        let row = |id: &str, role: &str| StaffRow {
            staff_id: id.to_owned(),
            name: Private::new(id),
            role: role.to_owned(),
            password_hash: hash.clone(),
            disabled: 0,
            audit_seq: 0,
        };
        let meta = vec![MetaRow { name: "training".to_owned(), value: "1".to_owned() }];
        let event = Event::new(Instant::from_micros(0), &ADMIN.parse().expect("an id"), "init");
        place::create(owner, meta, row(ADMIN, "admin"), event).await.expect("created");
        let store = place::open(desk).await.expect("opened");
        let settings = Arc::new(Settings::builtin().expect("the example"));
        let office = Office::open(Arc::clone(&store), settings).await.expect("opened");
        let admin = office.sign_in(&ADMIN.parse().expect("an id"), &password).await.expect("in");
        let op = "op".parse().expect("an id");
        let role = madoguchi::domain::staff::Role::Operator;
        office.add_staff(&admin, &op, role, "op", &password).await.expect("added");
        // Somebody with no cases of their own, for the desk.
        let desk = "desk".parse().expect("an id");
        office.add_staff(&admin, &desk, role, "desk", &password).await.expect("added");
        let operator = office.sign_in(&op, &password).await.expect("in");
        let plan = Plan { only: None, ..*plan };
        Self { folder, office: Arc::new(office), store, admin, operator, plan }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn import(&self, kind: Kind, path: &Path, covers: Option<&str>) -> ImportReport {
        let request = ImportRequest {
            kind,
            path: path.to_owned(),
            covers: covers.map(|text| text.parse().expect("an interval")),
            encoding: None,
        };
        let progress = ImportProgress::default();
        match self.office.import(&self.admin, &request, &progress).await.expect("imported") {
            ImportEnd::Done(report) => report,
            ImportEnd::Rejected(rows) => panic!("{rows:?}"),
        }
    }

    /// Writes a file of a header and `count` rows.
    pub fn file(
        &self,
        name: &str,
        header: &str,
        count: u64,
        row: impl Fn(u64, &mut String),
    ) -> PathBuf {
        use std::io::Write as _;
        let path = self.path(name);
        let file = std::fs::File::create(&path).expect("created");
        let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
        writeln!(out, "{header}").expect("written");
        let mut line = String::new();
        for i in 0..count {
            line.clear();
            row(i, &mut line);
            out.write_all(line.as_bytes()).expect("written");
        }
        out.flush().expect("written");
        path
    }

    pub fn coupons_file(&self) -> PathBuf {
        let header =
            "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer";
        self.file("coupons.csv", header, self.plan.coupons, |i, line| {
            let (number, phone) = (number(i), i % 10_000);
            let _ = if i % 3 == 0 {
                writeln!(
                    line,
                    "{number},奈良県,3000,0,2023-02-24,app,090-0000-{phone:04},,宿{}",
                    i % 300
                )
            } else {
                writeln!(line, "{number},奈良県,3000,0,2023-02-24,paper,,,宿{}", i % 300)
            };
        })
    }

    /// Two of every coupon that has a case.
    pub fn settlements_file(&self) -> PathBuf {
        self.settlements_of(self.plan.cases * 2)
    }

    /// So many, two of a coupon.
    pub fn settlements_of(&self, count: u64) -> PathBuf {
        let header = "settlement_id,inquiry_number,merchant_id,amount,settled_at";
        self.file("settlements.csv", header, count, |i, line| {
            let (coupon, shop, second) = (number(i / 2), i / 2 % 1000, i % 2 * 20 + i % 20);
            let _ = writeln!(line, "T{i:09},{coupon},M{shop:04},1500,2023-02-24 18:05:{second:02}");
        })
    }

    pub fn sales_file(&self) -> PathBuf {
        let header = "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt";
        self.file("sales.csv", header, self.plan.cases, |i, line| {
            let (coupon, shop) = (number(i), i % 1000);
            let _ = writeln!(line, "U{i:09},M{shop:04},2023-02-24 18:06:01,1500,0,{coupon},");
        })
    }

    pub fn merchants_file(&self) -> PathBuf {
        let header = "merchant_id,name,kana,prefecture,address,phone";
        self.file("merchants.csv", header, 1000, |i, line| {
            let _ = writeln!(line, "M{i:04},店{i},,奈良県,,");
        })
    }
}

/// For when records are declared complete.
pub const COVERS: &str = "2023-02-24 00:00/2023-02-26 00:00";
