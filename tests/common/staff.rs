//! A database of a story's own with its staff, made in this process.
//!
//! A story begins the program again and again, and each time somebody signs in: their passwords
//! are hashed with next to no work. How `init` and `staff add` make people is told elsewhere, in
//! `people` and by the README's first day.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use madoguchi::domain::private::Private;
use madoguchi::domain::refusal::Refusal;
use madoguchi::domain::time::Instant;
use madoguchi::store::changes::{Changes, Event};
use madoguchi::store::rows::{MetaRow, StaffRow};
use madoguchi::store::snapshot::{Need, Snapshot};
use madoguchi::store::{Decision, Job, StoreError, place};
use serde_json::json;

use super::PASSWORD;
use super::database::Database;

/// The first admin.
const FIRST: &str = "ad";
/// Who comes after.
const OTHERS: [(&str, &str); 5] = [
    ("op", "operator"),
    ("op2", "operator"),
    ("sv", "supervisor"),
    ("sv2", "supervisor"),
    ("au", "auditor"),
];

/// Makes a training database whose clock starts at `time`, and everybody in it.
pub fn made(database: &Database, time: &str) {
    let at: Instant = time.parse().expect("a time");
    // A story may be told inside a runtime; this is one of its own.
    std::thread::scope(|scope| {
        let made = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(make(database, at));
        });
        made.join().expect("made");
    });
}

async fn make(database: &Database, at: Instant) {
    let real = Instant::from(chrono::Utc::now());
    let meta = [
        ("created_at", real.to_string()),
        ("training", "1".to_owned()),
        ("clock_at", at.micros().to_string()),
        ("clock_set_at", real.micros().to_string()),
    ];
    let meta = meta.map(|(name, value)| MetaRow { name: name.to_owned(), value }).to_vec();
    let by = FIRST.parse().expect("an id");
    let event = Event::new(at, &by, "init").about(FIRST).detail(json!({"training": true}));
    let url = database.url_for_init();
    place::create(&url, meta, person(FIRST, "admin"), event).await.expect("created");
    database.is_made();
    let store = database.store(FIRST).await;
    for (id, role) in OTHERS {
        let joining = Joining { row: person(id, role), at };
        store.submit(Arc::new(joining)).await.expect("written").expect("nothing against it");
    }
    store.close().await;
}

fn person(id: &str, role: &str) -> StaffRow {
    let cost = Params::new(Params::MIN_M_COST, 1, 1, None).expect("a cost");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost);
    let hash = argon2.hash_password(PASSWORD.as_bytes()).expect("a hash");
    StaffRow {
        staff_id: id.to_owned(),
        name: Private::new(id),
        role: role.to_owned(),
        password_hash: Private::new(hash.to_string()),
        disabled: 0,
        audit_seq: 0,
    }
}

/// The admin adds somebody.
struct Joining {
    row: StaffRow,
    at: Instant,
}

impl Job for Joining {
    fn need(&self) -> Need {
        Need {
            actor: Some(FIRST.to_owned()),
            subject: Some(self.row.staff_id.clone()),
            ..Need::default()
        }
    }

    fn decide(&self, _: &Snapshot) -> Result<Decision, StoreError> {
        let by = FIRST.parse().expect("an id");
        let event = Event::new(self.at, &by, "staff.add")
            .about(self.row.staff_id.clone())
            .detail(json!({"role": self.row.role, "disabled": 0}));
        let mut changes = Changes::event(event);
        changes.staff = Some(self.row.clone());
        Ok(Ok::<_, Refusal>(Box::new(changes)))
    }
}
