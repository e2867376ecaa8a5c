//! `demo`: a throw-away training database with the sample campaign, and a short story of
//! it, told through the same office as everything else.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::case::lines;
use super::init::create;
use super::{Context, Done, Failure, desk};
use crate::domain::ids::{CaseId, MerchantId, SaleId};
use crate::domain::private::Private;
use crate::domain::staff::{Role, StaffId};
use crate::domain::time::parse_record_time;
use crate::office::cases::{OpenRequest, Shown};
use crate::office::clock::Clock;
use crate::office::command::Act;
use crate::office::import::{ImportEnd, ImportProgress, ImportRequest};
use crate::office::password::hash_password;
use crate::office::view::CaseView;
use crate::office::{Actor, Office};
use crate::records::Kind;
use crate::sample::{self, Example};
use crate::store::Store;
use crate::store::rows::StaffRow;
use crate::store::sqlite::{SqliteStore, path_of};
use crate::texts::Lang;

/// When the demo begins (specification, section 7).
const BEGINS: &str = "2023-03-13 10:00";

/// The sample campaign, as the generator made it.
const FILES: [(Kind, &str); 5] = [
    (Kind::Merchants, include_str!("../../assets/demo/merchants.csv")),
    (Kind::Coupons, include_str!("../../assets/demo/coupons.csv")),
    (Kind::Settlements, include_str!("../../assets/demo/settlements.csv")),
    (Kind::Sales, include_str!("../../assets/demo/sales.csv")),
    (Kind::Coverage, include_str!("../../assets/demo/coverage.csv")),
];

/// Who takes calls and who reviews in the demo.
const STAFF: [(&str, Role, &str); 2] =
    [("yamada", Role::Operator, "山田 太郎"), ("suzuki", Role::Supervisor, "鈴木 一子")];

/// Whom the desk offers to sign in as.
pub fn people(lang: Lang) -> Vec<(String, String)> {
    let shown = |(id, role, name): (&str, Role, &str)| {
        (id.to_owned(), format!("{name} {}", crate::texts::role(role, lang)))
    };
    STAFF.map(shown).to_vec()
}

/// The people of the demo.
pub struct People {
    admin: Actor,
    operator: Actor,
    supervisor: Actor,
}

/// Opens the desk on the sample campaign; where there is no terminal, tells its story.
pub async fn run(context: &Context, story: bool, plain: bool) -> Done {
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    if !story && !context.out.json() && (plain || desk::on_a_terminal()) {
        let opening = async { open(context, folder.path()).await.map(|(office, _)| office) };
        let people = people(context.out.lang());
        return Box::pin(desk::open(context, people, plain, opening)).await;
    }
    let (office, people) = open(context, folder.path()).await?;
    let mut story = Story { context, office: &office, people: &people, views: Vec::new() };
    story.tell(folder.path()).await?;
    let views = story.views;
    office.close().await?;
    if context.out.json() {
        context.out.result(&json!({"story": views}), Vec::new);
    }
    Ok(())
}

fn unwritable(error: &std::io::Error) -> Failure {
    crate::store::StoreError::Unreachable(error.to_string()).into()
}

/// A database in `folder` with the sample campaign and its people.
pub async fn open(context: &Context, folder: &Path) -> Result<(Office, People), Failure> {
    let url = format!("sqlite://{}", folder.join("demo.db").display());
    let at = parse_record_time(BEGINS).ok();
    let password = Private::new("demo");
    let admin = StaffRow {
        staff_id: "kanri".to_owned(),
        name: Private::new("管理 花子"),
        role: Role::Admin.as_str().to_owned(),
        password_hash: hash_password(&password, true).await?,
        disabled: 0,
        audit_seq: 0,
    };
    create(&url, true, at, Clock::real().now(), admin).await?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path_of(&url)?).await?);
    let office = Office::open(store, Arc::clone(&context.settings)).await?;
    let admin = office.sign_in(&id("kanri")?, &password).await?;
    for (staff_id, role, name) in STAFF {
        office.add_staff(&admin, &id(staff_id)?, role, name, &password).await?;
    }
    for (kind, text) in FILES {
        import(&office, &admin, folder, kind, text).await?;
    }
    let operator = office.sign_in(&id("yamada")?, &password).await?;
    let supervisor = office.sign_in(&id("suzuki")?, &password).await?;
    Ok((office, People { admin, operator, supervisor }))
}

fn id(text: &str) -> Result<StaffId, Failure> {
    text.parse().map_err(|_| Failure::Office(crate::domain::refusal::Code::SignInFailed.into()))
}

async fn import(
    office: &Office,
    admin: &Actor,
    folder: &Path,
    kind: Kind,
    text: &str,
) -> Result<u64, Failure> {
    let path = folder.join(format!("{}.csv", kind.as_str()));
    tokio::fs::write(&path, text).await.map_err(|error| unwritable(&error))?;
    let request = ImportRequest { kind, path, covers: None, encoding: None };
    match office.import(admin, &request, &ImportProgress::default()).await? {
        ImportEnd::Done(report) => Ok(report.rechecked),
        // The sample is tested to be good; a bad row would be told like any other.
        ImportEnd::Rejected(_) => {
            Err(Failure::Office(crate::domain::refusal::Code::RecordsRejected.into()))
        }
    }
}

/// The story while it is told.
struct Story<'a> {
    context: &'a Context,
    office: &'a Office,
    people: &'a People,
    views: Vec<CaseView>,
}

impl Story<'_> {
    async fn tell(&mut self, folder: &Path) -> Done {
        self.title(
            "見本のキャンペーン: 店舗302、クーポン2,000枚。時刻は2023年3月13日10:00です。",
            "The sample campaign: 302 shops, 2,000 coupons. It is 10:00 on 13 March 2023.",
        );
        self.matched().await?;
        self.waiting(folder).await?;
        self.review().await
    }

    /// One case that the records settle: opened, restored, looked up again.
    async fn matched(&mut self) -> Done {
        self.title(
            "1. 支払いボタンを2回押してしまったお客様。店舗の売上は1回だけです。",
            "1. A caller pressed the pay button twice; the shop sold once.",
        );
        let example = example(|e| e.expected_state == "matched" && e.over == Some(1500))?;
        let view = self.open(&example).await?;
        let id = self.shown(view)?;
        self.title("   戻入と期限延長を行います。", "   The operator restores it.");
        let view = self.act(&self.people.operator, &id, Act::Restore).await?;
        self.shown(view)?;
        self.title("   もう一度照会します。", "   Looked up again:");
        let view = self.office.show_case(&self.people.operator, &id).await?;
        self.shown(view)?;
        Ok(())
    }

    /// One case that waits until the shop's records arrive.
    async fn waiting(&mut self, folder: &Path) -> Done {
        self.title(
            "2. 店舗の売上記録がまだ届いていないお客様。",
            "2. A caller whose shop has not sent its records yet.",
        );
        let late = sample::late_outcome();
        let view = self.open(&late).await?;
        let id = self.shown(view)?;
        self.title(
            "   店舗の記録が届きました。取り込むと、自動で再照合されます。",
            "   The shop's records arrive; importing them verifies the case again.",
        );
        let (_, sales, coverage) = sample::late_records();
        import(self.office, &self.people.admin, folder, Kind::Sales, &sales).await?;
        import(self.office, &self.people.admin, folder, Kind::Coverage, &coverage).await?;
        let view = self.office.show_case(&self.people.operator, &id).await?;
        self.shown(view)?;
        Ok(())
    }

    /// One case that a supervisor decides.
    async fn review(&mut self) -> Done {
        self.title(
            "3. 店舗の売上に、クーポンの番号がないお客様。SVが売上を確認して承認します。",
            "3. The shop's sale does not say whose it is: a supervisor links it and approves.",
        );
        let example = example(|e| e.expected_reason == "V32_UNNAMED_SALE")?;
        let view = self.open(&example).await?;
        let unnamed = view.sales.iter().find(|sale| !sale.linked);
        let sale: Option<SaleId> = unnamed.and_then(|sale| sale.sale_id.parse().ok());
        let id = self.shown(view)?;
        let supervisor = &self.people.supervisor;
        let called = Act::ShopCall("店長".to_owned(), "売上はこのお客様のものと確認".to_owned());
        self.act(supervisor, &id, called).await?;
        if let Some(sale) = sale {
            let view = self.act(supervisor, &id, Act::Link(sale)).await?;
            self.shown(view)?;
        }
        self.title("   承認します。", "   The supervisor approves.");
        let approve = Act::Approve("店舗に電話で確認済み".to_owned());
        let view = self.act(&self.people.supervisor, &id, approve).await?;
        self.shown(view)?;
        Ok(())
    }

    async fn open(&self, example: &Example) -> Result<CaseView, Failure> {
        let request = OpenRequest {
            number: self.context.number(&example.inquiry_number)?,
            expiry: example.expires_on.parse().map_err(|_| unknown_example())?,
            prefecture: self.context.prefecture(example.prefecture)?,
            shop_said: example.merchant_id.clone(),
            merchant_id: example.merchant_id.parse::<MerchantId>().ok(),
            other: None,
            command_id: None,
        };
        Ok(self.office.open_case(&self.people.operator, request).await?)
    }

    async fn act(&self, actor: &Actor, id: &CaseId, act: Act) -> Result<CaseView, Failure> {
        Ok(self.office.on_case(actor, id, act, Shown::default()).await?)
    }

    fn title(&self, ja: &str, en: &str) {
        if !self.context.out.json() {
            self.context.out.raw("");
            self.context.out.raw(self.context.out.pick(ja, en));
        }
    }

    /// Prints a case and keeps it.
    fn shown(&mut self, view: CaseView) -> Result<CaseId, Failure> {
        if !self.context.out.json() {
            for line in lines(self.context, &view, &[], self.office.now()) {
                self.context.out.raw(&format!("   {line}"));
            }
        }
        let id = view.case.as_deref().and_then(|id| id.parse().ok());
        self.views.push(view);
        id.ok_or_else(unknown_example)
    }
}

pub fn example(wanted: impl Fn(&Example) -> bool) -> Result<Example, Failure> {
    sample::examples().into_iter().find(wanted).ok_or_else(unknown_example)
}

pub fn unknown_example() -> Failure {
    Failure::Office(crate::domain::refusal::Code::CaseUnknown.into())
}

/// The name of a merchant of the demo.
pub fn shop_name(merchant_id: &str) -> Option<&'static str> {
    let (_, merchants) = FILES.iter().find(|(kind, _)| *kind == Kind::Merchants)?;
    let row = |line: &&str| line.split(',').next() == Some(merchant_id);
    merchants.lines().find(row)?.split(',').nth(1)
}
