//! What becomes of a command whose batch was not written: it is tried again, after a pause, or its
//! desk is told why not, or that nobody knows.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use super::queue::Waiting;
use crate::domain::refusal::Code;
use crate::store::StoreError;

/// How often a command is tried that others overtake.
pub const MAX_TRIES: u32 = 12;
/// The pause after the first of them at most, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(100);
/// How long a command is asked again whose outcome is not known, before its desk is told so.
const ASK_AGAIN: Duration = Duration::from_secs(8);

/// Why a batch was not written.
pub enum Failure {
    /// Another was first: read, decide and write again.
    Overtaken(StoreError),
    /// It was not written.
    Not(StoreError),
    /// Nobody knows.
    Unknown(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Not(error)
    }
}

/// How long a command waits that was overtaken before, before it is tried once more: longer each
/// time, and never as long as another one, or the same two would meet again.
pub fn pause(tries: u32) -> Duration {
    let most = FIRST_PAUSE.saturating_mul(1 << tries.min(10)).min(LAST_PAUSE);
    let share = RandomState::new().hash_one(tries) % 1000;
    most / 2 + most.mul_f64(f64::from(u32::try_from(share).unwrap_or_default()) / 2000.0)
}

/// What a failed batch means for one of its commands: none where it is tried again.
pub fn verdict(item: &mut Waiting, failure: &Failure, single: bool) -> Option<StoreError> {
    match failure {
        Failure::Overtaken(error) => {
            item.tries += 1;
            (item.tries >= MAX_TRIES).then(|| match item.in_doubt {
                Some(_) => StoreError::OutcomeUnknown(error.to_string()),
                None => error.clone(),
            })
        }
        Failure::Unknown(error) => {
            // Its id tells whether it was written; without one nothing can.
            let since = *item.in_doubt.get_or_insert_with(Instant::now);
            let known = item.need.command_id.is_some() && since.elapsed() < ASK_AGAIN;
            (!known).then(|| error.clone())
        }
        Failure::Not(error) => {
            // Judged by the database itself, after whatever was under way before it.
            let judged = matches!(error, StoreError::Constraint(_));
            // A row of one command of the batch cannot be read. Asking again does not mend it, and
            // it says nothing of a first try that may have been written.
            let damaged = matches!(error, StoreError::Damaged { .. });
            let busy = matches!(error, StoreError::Server { code: Code::DatabaseBusy, .. });
            match item.in_doubt {
                Some(_) if damaged && !single => None,
                Some(since) if !judged && !damaged && since.elapsed() < ASK_AGAIN => None,
                // That this try failed says nothing of the first one.
                Some(_) if !judged => Some(StoreError::OutcomeUnknown(error.to_string())),
                // One bad command of a batch must not fail the others, nor one that waits for a lock.
                _ if (judged || damaged || busy) && !single => None,
                _ => Some(error.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::snapshot::{Need, Snapshot};
    use crate::store::{Decision, Job};

    struct Nothing;

    impl Job for Nothing {
        fn need(&self) -> Need {
            Need::default()
        }

        fn decide(&self, _: &Snapshot) -> Result<Decision, StoreError> {
            Err(StoreError::Unreachable("nothing is decided".to_owned()))
        }
    }

    fn waiting(in_doubt: Option<Instant>) -> Waiting {
        Waiting {
            job: std::sync::Arc::new(Nothing),
            need: Need::default(),
            seen: None,
            reply: tokio::sync::oneshot::channel().0,
            alone: false,
            tries: 0,
            in_doubt,
        }
    }

    /// The first try may have put the balance back: that a row cannot be read now does not undo it.
    #[test]
    fn a_damaged_row_does_not_say_that_what_is_in_doubt_was_not_done() {
        let (table, key, what) = ("cases", "R-1".to_owned(), "unexpected null".to_owned());
        let damaged = Failure::Not(StoreError::Damaged { table, key, what });
        let (mut new, mut sent) = (waiting(None), waiting(Some(Instant::now())));
        for item in [&mut new, &mut sent] {
            assert!(verdict(item, &damaged, false).is_none(), "each alone first");
        }
        let told = verdict(&mut new, &damaged, true);
        assert!(matches!(told, Some(StoreError::Damaged { .. })), "{told:?}");
        let told = verdict(&mut sent, &damaged, true);
        assert!(matches!(told, Some(StoreError::OutcomeUnknown(_))), "{told:?}");
    }

    #[test]
    fn pauses_grow_and_no_two_are_alike() {
        for tries in 0..MAX_TRIES {
            let most = FIRST_PAUSE.saturating_mul(1 << tries).min(LAST_PAUSE);
            let pauses: Vec<Duration> = (0..20).map(|_| pause(tries)).collect();
            assert!(pauses.iter().all(|pause| (most / 2..=most).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
    }
}
