//! A case (受付): its states, and the one table of who may move it where
//! (specification, section 5). The store holds the same table in the database, and
//! a test holds the two against each other.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::evidence::EvidenceHash;
use super::ids::{CaseId, MerchantId};
use super::number::InquiryNumber;
use super::prefecture::Prefecture;
use super::reason::Reason;
use super::staff::StaffId;
use super::time::Instant;
use super::yen::Yen;

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Records are missing.
    Waiting,
    /// A supervisor decides.
    Review,
    /// The records agree; it can be restored.
    Matched,
    /// Restored, and later records give less.
    Contradicted,
    /// The balance has been put back.
    Restored,
    /// Nothing is owed, or a supervisor said so.
    Declined,
    /// The caller took it back.
    Withdrawn,
    /// The campaign ended while it still waited.
    Lapsed,
    /// A contradicted restoration was taken back.
    Reversed,
}

/// A text that is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a state is one of waiting, review, matched, contradicted, restored, declined, withdrawn, lapsed, reversed"
)]
pub struct StateError;

impl State {
    /// Every state, live ones first.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Review,
        Self::Matched,
        Self::Contradicted,
        Self::Restored,
        Self::Declined,
        Self::Withdrawn,
        Self::Lapsed,
        Self::Reversed,
    ];

    /// The name in files, JSON and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Review => "review",
            Self::Matched => "matched",
            Self::Contradicted => "contradicted",
            Self::Restored => "restored",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::Reversed => "reversed",
        }
    }

    /// Live cases block a second one on the same coupon and merchant.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Review | Self::Matched | Self::Contradicted)
    }
}

impl FromStr for State {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(StateError)
    }
}

/// Who moves a case along an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever takes calls and has the case open.
    Operator,
    /// A supervisor other than the one whose own decision it would be.
    Supervisor,
    /// The program: new records, or the end of the campaign.
    System,
}

impl Who {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::System => "system",
        }
    }
}

/// Every arrow of section 5 between two different states. `None` is a new case.
///
/// The arrows `matched` → `waiting`, `review`, `declined` are not in section 5: they
/// belong to "evidence unchanged". Without them a matched case whose records have
/// changed could neither be restored nor end as it would have, had the records come
/// first.
pub const TRANSITIONS: &[(Option<State>, State, Who)] = &[
    (None, State::Waiting, Who::Operator),
    (None, State::Review, Who::Operator),
    (None, State::Matched, Who::Operator),
    (None, State::Declined, Who::Operator),
    (Some(State::Waiting), State::Review, Who::System),
    (Some(State::Waiting), State::Matched, Who::System),
    (Some(State::Waiting), State::Declined, Who::System),
    (Some(State::Matched), State::Waiting, Who::System),
    (Some(State::Matched), State::Review, Who::System),
    (Some(State::Matched), State::Declined, Who::System),
    (Some(State::Matched), State::Restored, Who::Operator),
    (Some(State::Matched), State::Restored, Who::Supervisor),
    (Some(State::Review), State::Restored, Who::Supervisor),
    (Some(State::Review), State::Declined, Who::Supervisor),
    (Some(State::Review), State::Waiting, Who::Supervisor),
    (Some(State::Declined), State::Review, Who::Supervisor),
    (Some(State::Waiting), State::Withdrawn, Who::Operator),
    (Some(State::Review), State::Withdrawn, Who::Operator),
    (Some(State::Matched), State::Withdrawn, Who::Operator),
    (Some(State::Waiting), State::Lapsed, Who::System),
    (Some(State::Review), State::Lapsed, Who::System),
    (Some(State::Restored), State::Contradicted, Who::System),
    (Some(State::Contradicted), State::Restored, Who::Supervisor),
    (Some(State::Contradicted), State::Reversed, Who::Supervisor),
];

/// Whether `who` may move a case from `from` to `to`.
#[must_use]
pub fn allowed(from: Option<State>, to: State, who: Who) -> bool {
    TRANSITIONS.contains(&(from, to, who))
}

/// What the caller said, as the operator took it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// お問い合わせ番号, folded; it need not exist.
    pub number: InquiryNumber,
    /// 有効期限.
    pub expiry: NaiveDate,
    /// ご旅行先の都道府県.
    pub prefecture: Prefecture,
    /// ご利用店舗名, in the operator's typing.
    pub shop_said: String,
    /// The one merchant that fits, where there is one.
    pub merchant_id: Option<MerchantId>,
    /// Another trouble, in the caller's words: opened for review instead of the rule.
    pub other: Option<String>,
}

/// One caller's matter, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub case_id: CaseId,
    /// What was said.
    pub claim: Claim,
    /// Whether a coupon has the number that was said.
    pub coupon_known: bool,
    /// Who opened it. May never approve it.
    pub opened_by: StaffId,
    /// When.
    pub opened_at: Instant,
    /// Who has it open now: the opener, or the operator who took it over.
    pub held_by: StaffId,
    /// Where it stands.
    pub state: State,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What was paid too much, where it was computed.
    pub over: Option<Yen>,
    /// What a restoration would put back (0 unless matched).
    pub restorable: Yen,
    /// The evidence as it was last looked at.
    pub evidence: EvidenceHash,
    /// Counts every change.
    pub version: i64,
    /// What this case has put back, less what was reversed.
    pub restored: Yen,
    /// Who put it back.
    pub restored_by: Option<StaffId>,
    /// The supervisor who approved it, never the opener.
    pub approved_by: Option<StaffId>,
    /// What a supplementary case would add, after later records.
    pub supplement: Yen,
    /// The supervisor's question that waits for the operator, if any.
    pub question: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_case_has_only_the_arrows_of_section_5() {
        for (from, to, _) in TRANSITIONS {
            match from {
                Some(State::Restored) => assert_eq!(*to, State::Contradicted),
                Some(State::Declined) => assert_eq!(*to, State::Review),
                Some(State::Withdrawn | State::Lapsed | State::Reversed) => {
                    panic!("{from:?} is final")
                }
                _ => {}
            }
        }
    }

    #[test]
    fn only_a_supervisor_decides_a_review() {
        for to in [State::Restored, State::Declined, State::Waiting] {
            assert!(allowed(Some(State::Review), to, Who::Supervisor));
            assert!(!allowed(Some(State::Review), to, Who::Operator));
            assert!(!allowed(Some(State::Review), to, Who::System));
        }
    }

    #[test]
    fn states_keep_their_names() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
}
