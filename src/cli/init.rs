//! `init`: creates the database with its first admin.

use serde_json::json;

use super::{Context, Done, Failure, serve};
use crate::domain::refusal::Code;
use crate::domain::staff::Role;
use crate::domain::time::Instant;
use crate::office::clock::Clock;
use crate::office::password::hash_password;
use crate::office::staff::checked_name;
use crate::remote::host_key::HostKey;
use crate::store::changes::Event;
use crate::store::rows::{MetaRow, StaffRow};

/// Creates the database.
pub async fn run(
    context: &Context,
    training: bool,
    at: Option<String>,
    name: Option<String>,
) -> Done {
    let staff_id = context.staff_id()?;
    let real = Clock::real().now();
    let at = at.map(|text| context.time("--at", &text)).transpose()?;
    let password = match context.own_password() {
        Ok(password) => password,
        Err(_) => context.new_password(false)?,
    };
    let admin = StaffRow {
        staff_id: staff_id.as_str().to_owned(),
        name: checked_name(&name.unwrap_or_else(|| staff_id.as_str().to_owned()))?,
        role: Role::Admin.as_str().to_owned(),
        password_hash: hash_password(&password, training).await?,
        disabled: 0,
        audit_seq: 0,
    };
    let place = serve::host_key_place(context);
    // A key that cannot be used is better known before there is a database beside it.
    if let Err(refusal) = HostKey::read(&place)
        && refusal.code != Code::HostKeyMissing
    {
        return Err(Failure::Office(refusal.into()));
    }
    create(context.database(), training, at, real, admin).await?;
    let host_key = HostKey::make(&place).map(|key| key.fingerprint());
    let database = crate::store::place::shown(context.database());
    let made = json!({
        "database": database,
        "admin": staff_id,
        "training": training,
        "host_key": host_key.as_ref().ok(),
    });
    context.out.result(&made, || {
        let ja =
            format!("データベース {database} を作成しました。最初の管理者は {staff_id} です。");
        let en = format!("Created {database}; its first admin is {staff_id}.");
        let mut lines = vec![context.out.pick(&ja, &en).to_owned()];
        if let Ok(fingerprint) = &host_key {
            let ja = format!("SSHのホスト鍵 {} の指紋: {fingerprint}", place.display());
            let en = format!("The SSH host key {} is {fingerprint}.", place.display());
            lines.push(context.out.pick(&ja, &en).to_owned());
        }
        lines
    });
    if let Err(refusal) = host_key {
        // The database is there, and only `serve` needs the key.
        let sentence = crate::texts::refusal(&refusal, context.out.lang());
        context.out.say(&format!("{}: {}", refusal.code.as_str(), sentence.message));
        context.out.say(&format!("→ {}", sentence.next));
    }
    Ok(())
}

/// Creates a database at `url`; a training one may have a clock that starts at `at`.
pub async fn create(
    url: &str,
    training: bool,
    at: Option<Instant>,
    real: Instant,
    admin: StaffRow,
) -> Result<(), Failure> {
    let row = |name: &str, value: String| MetaRow { name: name.to_owned(), value };
    let mut meta =
        vec![row("created_at", real.to_string()), row("training", u8::from(training).to_string())];
    if let Some(at) = at {
        meta.push(row("clock_at", at.micros().to_string()));
        meta.push(row("clock_set_at", real.micros().to_string()));
    }
    let by = admin
        .staff_id
        .parse()
        .map_err(|_| Failure::Office(crate::domain::refusal::Code::SignInFailed.into()))?;
    let event = Event::new(at.unwrap_or(real), &by, "init")
        .about(admin.staff_id.clone())
        .detail(json!({"training": training}));
    Ok(crate::store::place::create(url, meta, admin, event).await?)
}
