//! `staff key`: the public keys that people sign in with over SSH.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use super::args::KeyCommand;
use super::out::bad_input;
use super::password::signed_in;
use super::staff::read_id;
use super::{Context, Done, Failure};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff_key::Fingerprint;
use crate::domain::text;
use crate::office::staff_key::KeptKey;
use crate::remote::keys::{self, MAX_FILE_BYTES};

/// Carries a command on the keys out.
pub async fn run(context: &Context, command: KeyCommand) -> Done {
    match command {
        KeyCommand::Add { id, file } => {
            let id = read_id(&id)?;
            let read = read_file(&file)?;
            let key = keys::read(&read).map_err(|refusal| Failure::Office(refusal.into()))?;
            signed_in(context, async |office, actor| Ok(office.add_key(actor, &id, &key).await?))
                .await?;
            let (fingerprint, comment) = (&key.fingerprint, key.comment.expose());
            let json = json!({"staff": id, "fingerprint": fingerprint,
                "algorithm": key.algorithm.as_str(), "comment": comment});
            context.out.result(&json, || {
                let ja = format!("{id} の公開鍵 {fingerprint} を登録しました。");
                let en = format!("{id} may sign in with the key {fingerprint} now.");
                vec![context.out.pick(&ja, &en).to_owned()]
            });
            Ok(())
        }
        KeyCommand::List { id } => {
            let id = id.as_deref().map(read_id).transpose()?;
            let kept = signed_in(context, async |office, actor| {
                Ok(office.keys(actor, id.as_ref()).await?)
            })
            .await?;
            let json = json!({"keys": kept.iter().map(shown).collect::<Vec<_>>()});
            context.out.result(&json, || kept.iter().map(|key| line(context, key)).collect());
            Ok(())
        }
        KeyCommand::Revoke { id, fingerprint } => {
            let id = read_id(&id)?;
            let fingerprint = fingerprint
                .parse::<Fingerprint>()
                .map_err(|error| bad_input("FINGERPRINT", error, error.message_ja()))?;
            signed_in(context, async |office, actor| {
                Ok(office.revoke_key(actor, &id, &fingerprint).await?)
            })
            .await?;
            context.out.result(&json!({"staff": id, "fingerprint": fingerprint}), || {
                let ja = format!("{id} の公開鍵 {fingerprint} を取り消しました。");
                let en = format!("{id} can no longer sign in with the key {fingerprint}.");
                vec![context.out.pick(&ja, &en).to_owned()]
            });
            Ok(())
        }
    }
}

/// The file, and of a longer one no more than shows that it is no key.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let done = File::open(path).and_then(|file| file.take(most).read_to_end(&mut read));
    done.map_err(|error| {
        let refusal = Refusal::new(Code::FileUnreadable)
            .with("file", text::for_terminal(&path.to_string_lossy()))
            .with("what", error);
        Failure::Office(refusal.into())
    })?;
    Ok(read)
}

fn shown(key: &KeptKey) -> Value {
    let (by, at) = key.revoked.clone().unzip();
    json!({
        "staff": key.staff_id, "fingerprint": key.fingerprint,
        "algorithm": key.algorithm.as_str(), "comment": key.comment.expose(),
        "added_by": key.added_by, "added_at": key.added_at,
        "revoked_by": by, "revoked_at": at,
    })
}

fn line(context: &Context, key: &KeptKey) -> String {
    let mark = key.revoked.as_ref().map_or_else(String::new, |(by, at)| {
        let (ja, en) = (format!("  取消済み（{at} {by}）"), format!("  revoked {at} by {by}"));
        context.out.pick(&ja, &en).to_owned()
    });
    let (kind, comment) = (key.algorithm.as_str(), key.comment.expose());
    format!("{}  {}  {kind}  {comment}{mark}", key.staff_id, key.fingerprint)
}
