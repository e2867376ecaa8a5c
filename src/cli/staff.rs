//! `staff`: who may sign in.

use serde_json::json;

use super::args::StaffCommand;
use super::out::bad_input;
use super::password::signed_in;
use super::{Context, Done, Failure};
use crate::domain::staff::{Role, StaffId};
use crate::texts;

/// Carries a command on the staff out.
pub async fn run(context: &Context, command: StaffCommand) -> Done {
    match command {
        StaffCommand::Add { id, role, name, password_stdin } => {
            let id = read_id(&id)?;
            let role: Role = role.parse().map_err(|error| {
                bad_input("--role", error, "operator、supervisor、admin、auditor のいずれかです")
            })?;
            signed_in(context, async |office, actor| {
                let password = context.new_password(password_stdin)?;
                Ok(office.add_staff(actor, &id, role, &name, &password).await?)
            })
            .await?;
            done(context, &id, "を登録しました。", "is on the list now.")
        }
        StaffCommand::Disable { id } => {
            let id = read_id(&id)?;
            signed_in(context, async |office, actor| Ok(office.disable_staff(actor, &id).await?))
                .await?;
            done(context, &id, "を利用停止にしました。", "is disabled now.")
        }
        StaffCommand::Passwd { id, password_stdin } => {
            let id = read_id(&id)?;
            signed_in(context, async |office, actor| {
                let password = context.new_password(password_stdin)?;
                Ok(office.set_password(actor, &id, &password).await?)
            })
            .await?;
            done(context, &id, "のパスワードを変更しました。", "has a new password now.")
        }
        StaffCommand::Release { id } => {
            let id = read_id(&id)?;
            signed_in(context, async |office, actor| Ok(office.release(actor, &id).await?)).await?;
            done(context, &id, "の照会制限を解除しました。", "may look numbers up again.")
        }
        StaffCommand::List => list(context).await,
        StaffCommand::Key(command) => super::staff_key::run(context, command).await,
    }
}

/// A person's id.
pub fn read_id(id: &str) -> Result<StaffId, Failure> {
    id.parse().map_err(|error| bad_input("ID", error, "担当者IDは英数字と . _ - で32文字までです"))
}

fn done(context: &Context, id: &StaffId, ja: &str, en: &str) -> Done {
    context.out.result(&json!({"staff": id}), || {
        let (ja, en) = (format!("{id} {ja}"), format!("{id} {en}"));
        vec![context.out.pick(&ja, &en).to_owned()]
    });
    Ok(())
}

async fn list(context: &Context) -> Done {
    let members =
        signed_in(context, async |office, actor| Ok(office.list_staff(actor).await?)).await?;
    let json = json!({"staff": members.iter().map(|member| json!({
        "id": member.staff_id, "name": member.name, "role": member.role,
        "disabled": member.disabled, "look_ups_locked": member.locked,
    })).collect::<Vec<_>>()});
    context.out.result(&json, || {
        members
            .iter()
            .map(|member| {
                let mark = match (member.disabled, member.locked) {
                    (true, _) => context.out.pick("  利用停止", "  disabled"),
                    (false, true) => context.out.pick("  照会制限中", "  look-ups locked"),
                    (false, false) => "",
                };
                let role = texts::role(member.role, context.out.lang());
                format!("{}  {role}  {}{mark}", member.staff_id, member.name.expose())
            })
            .collect()
    });
    Ok(())
}
