//! Short words for states and roles.

use crate::domain::case::State;
use crate::domain::staff::Role;

use super::lang::Lang;

/// A state as lists and sentences name it.
#[must_use]
pub const fn state(state: State, lang: Lang) -> &'static str {
    let (ja, en) = match state {
        State::Waiting => ("記録待ち", "waiting for records"),
        State::Review => ("SV確認待ち", "for review"),
        State::Matched => ("照合一致", "matched"),
        State::Contradicted => ("要再確認", "contradicted"),
        State::Restored => ("戻入済み", "restored"),
        State::Declined => ("対象外", "declined"),
        State::Withdrawn => ("取り下げ", "withdrawn"),
        State::Lapsed => ("期間終了", "lapsed"),
        State::Reversed => ("戻入取消", "reversed"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// A role as lists and sentences name it.
#[must_use]
pub const fn role(role: Role, lang: Lang) -> &'static str {
    let (ja, en) = match role {
        Role::Operator => ("オペレーター", "operator"),
        Role::Supervisor => ("SV", "supervisor"),
        Role::Admin => ("管理者", "admin"),
        Role::Auditor => ("監査担当", "auditor"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}
