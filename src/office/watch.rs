//! Look-ups and sign-ins are watched. Both locks are read off the audit trail, so every
//! desk sees the same, and nothing about them can be changed unseen.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::campaign::Guards;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::staff::{Permission, StaffId};
use crate::domain::time::Instant;
use crate::store::changes::{Changes, Event};
use crate::store::snapshot::{Need, WatchedEvent};

use super::{Actor, Deciding, Office, Result, acting};

/// A number that does not exist was looked up.
pub const MISS: &str = "look_up.miss";
/// A supervisor released somebody's look-ups.
pub const RELEASE: &str = "look_up.release";
/// A password was wrong.
pub const FAILED: &str = "sign_in.failed";
/// A password was right: after wrong ones, or from another machine.
pub const SIGNED_IN: &str = "sign_in.ok";
/// Somebody signed in with a key. It says nothing of the passwords that were tried before.
pub const BY_KEY: &str = "sign_in.key";
/// Somebody had the right password or key, and was not let in all the same.
pub const REFUSED: &str = "sign_in.refused";
/// A password was set.
pub const PASSWORD: &str = "staff.passwd";
/// A case was opened on a number that does not exist. Only such openings carry a subject.
pub const OPENED_ON_UNKNOWN: &str = "case.open";

/// Wrong passwords that cost nothing.
const FREE_FAILURES: usize = 3;
/// The longest wait after a wrong password, seconds.
const MAX_BACKOFF_SECONDS: i64 = 15 * 60;
/// How long a desk may rely on what it last saw of somebody's look-ups, microseconds.
const CACHED_MICROS: i64 = 1_000_000;

/// Until when a person's look-ups are locked, if they are. `events` newest first.
#[must_use]
pub fn locked_until(events: &[WatchedEvent], guards: &Guards, now: Instant) -> Option<Instant> {
    let misses: Vec<Instant> = events
        .iter()
        .take_while(|event| event.action != RELEASE)
        .filter(|event| matches!(event.action.as_str(), MISS | OPENED_ON_UNKNOWN))
        .map(|event| event.at)
        .collect();
    let run = usize::try_from(guards.throttle_misses.max(1)).unwrap_or(1);
    misses
        .windows(run)
        .filter(|run| {
            let (newest, oldest) = (run.first(), run.last());
            newest.zip(oldest).is_some_and(|(newest, oldest)| {
                *newest <= oldest.plus_minutes(guards.throttle_window_minutes)
            })
        })
        .filter_map(|run| run.first())
        .map(|newest| newest.plus_minutes(guards.throttle_lock_minutes))
        .find(|until| *until > now)
}

/// Until when no password of a person is looked at, if so. `events` newest first.
#[must_use]
pub fn backoff_until(events: &[WatchedEvent], now: Instant) -> Option<Instant> {
    let failures: Vec<Instant> = failures(events).collect();
    let over = failures.len().checked_sub(FREE_FAILURES)?;
    let seconds = 1_i64
        .checked_shl(u32::try_from(over).unwrap_or(u32::MAX))
        .filter(|seconds| *seconds > 0)
        .unwrap_or(MAX_BACKOFF_SECONDS)
        .min(MAX_BACKOFF_SECONDS);
    failures.first().map(|last| last.plus_seconds(seconds)).filter(|until| *until > now)
}

/// Wrong passwords since the last right or new one, newest first.
pub fn failures(events: &[WatchedEvent]) -> impl Iterator<Item = Instant> {
    events
        .iter()
        .take_while(|event| !matches!(event.action.as_str(), SIGNED_IN | PASSWORD))
        .filter(|event| event.action == FAILED)
        .map(|event| event.at)
}

/// The refusal for somebody whose look-ups are locked.
#[must_use]
pub fn locked(until: Instant, now: Instant) -> Refusal {
    let minutes = (until.micros() - now.micros()).div_euclid(60_000_000) + 1;
    Refusal::new(Code::LookUpsLocked).with("until", until).with("minutes", minutes)
}

/// When each person's look-ups were last seen unlocked, so that not every look-up asks.
#[derive(Debug, Default)]
pub struct WatchCache(Mutex<HashMap<StaffId, Instant>>);

impl WatchCache {
    fn fresh(&self, staff_id: &StaffId, now: Instant) -> bool {
        let seen = self.0.lock().ok().and_then(|seen| seen.get(staff_id).copied());
        seen.is_some_and(|at| now.micros() - at.micros() < CACHED_MICROS && now >= at)
    }

    fn set(&self, staff_id: &StaffId, now: Instant) {
        if let Ok(mut seen) = self.0.lock() {
            seen.insert(staff_id.clone(), now);
        }
    }

    fn forget(&self, staff_id: &StaffId) {
        if let Ok(mut seen) = self.0.lock() {
            seen.remove(staff_id);
        }
    }
}

impl Office {
    /// Refuses somebody whose look-ups are locked.
    pub(crate) async fn look_ups_open(&self, actor: &Actor) -> Result<()> {
        let now = self.now();
        if self.watched.fresh(&actor.staff_id, now) {
            return Ok(());
        }
        let need = Need {
            subject: Some(actor.staff_id.as_str().to_owned()),
            watch: true,
            ..Need::default()
        };
        let seen = self.store.snapshot(&[need]).await?;
        let events = seen.first().map(|seen| seen.watched.as_slice()).unwrap_or_default();
        if let Some(until) = locked_until(events, &self.settings.guards, now) {
            return Err(locked(until, now).into());
        }
        self.watched.set(&actor.staff_id, now);
        Ok(())
    }

    /// Somebody's look-ups must be read anew: a number that does not exist was looked up.
    pub(crate) fn look_ups_changed(&self, actor: &Actor) {
        self.watched.forget(&actor.staff_id);
    }

    /// Counts a number that does not exist against whoever looked it up; durable at once.
    pub(crate) async fn count_miss(&self, actor: &Actor) -> Result<()> {
        self.look_ups_changed(actor);
        let event = Event::new(self.now(), &actor.staff_id, MISS).about(actor.staff_id.as_str());
        let job = Deciding::job(Need::default(), move |_| {
            Ok(Ok(Box::new(Changes::event(event.clone()))))
        });
        self.store.submit(job).await??;
        Ok(())
    }

    /// A supervisor releases somebody's look-ups.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `STAFF_UNKNOWN`, `OWN_CASE` for one's own lock.
    pub async fn release(&self, actor: &Actor, whom: &StaffId) -> Result<()> {
        actor.must(Permission::DecideReviews)?;
        let now = self.now();
        let need = Need {
            actor: Some(actor.staff_id.as_str().to_owned()),
            subject: Some(whom.as_str().to_owned()),
            ..Need::default()
        };
        let name = whom.as_str().to_owned();
        let job = Deciding::job(need, move |seen| {
            let (by, _) = match acting(seen.actor.as_ref(), Permission::DecideReviews) {
                Ok(acting) => acting,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if seen.subject.is_none() {
                return Ok(Err(Refusal::new(Code::StaffUnknown).with("staff", &name)));
            }
            if by.as_str() == name {
                return Ok(Err(Refusal::new(Code::NotAllowed)
                    .with("what", "releasing one's own lock")
                    .with("what_ja", "自分の照会制限の解除")));
            }
            Ok(Ok(Box::new(Changes::event(Event::new(now, &by, RELEASE).about(&name)))))
        });
        self.store.submit(job).await??;
        self.watched.forget(whom);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::yen::Yen;

    const GUARDS: Guards = Guards {
        operator_limit: Yen::new(5_000),
        four_eyes_always: false,
        throttle_misses: 3,
        throttle_window_minutes: 10,
        throttle_lock_minutes: 10,
    };

    fn minute(minute: i64) -> Instant {
        Instant::from_micros(1_677_000_000_000_000).plus_minutes(minute)
    }

    fn events(of: &[(&str, i64)]) -> Vec<WatchedEvent> {
        of.iter()
            .rev()
            .map(|(action, at)| WatchedEvent { action: (*action).to_owned(), at: minute(*at) })
            .collect()
    }

    #[test]
    fn a_run_of_misses_locks_for_a_while_and_a_release_opens_at_once() {
        let run = [(MISS, 0), (MISS, 4), (OPENED_ON_UNKNOWN, 9)];
        assert_eq!(locked_until(&events(&run), &GUARDS, minute(9)), Some(minute(19)));
        assert_eq!(locked_until(&events(&run), &GUARDS, minute(19)), None);
        assert_eq!(locked_until(&events(&run[..2]), &GUARDS, minute(9)), None);
        let mut released = run.to_vec();
        released.push((RELEASE, 10));
        assert_eq!(locked_until(&events(&released), &GUARDS, minute(10)), None);
    }

    #[test]
    fn misses_far_apart_lock_nobody() {
        let apart = [(MISS, 0), (MISS, 6), (MISS, 12), (MISS, 18)];
        assert_eq!(locked_until(&events(&apart), &GUARDS, minute(18)), None);
    }

    #[test]
    fn each_wrong_password_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let wrong: Vec<(&str, i64)> = (0..40).map(|_| (FAILED, 0)).collect();
        assert_eq!(backoff_until(&events(&wrong[..2]), minute(0)), None);
        assert_eq!(backoff_until(&events(&wrong[..3]), minute(0)), Some(minute(0).plus_seconds(1)));
        assert_eq!(backoff_until(&events(&wrong[..6]), minute(0)), Some(minute(0).plus_seconds(8)));
        assert_eq!(backoff_until(&events(&wrong), minute(0)), Some(minute(15)));
        // Who comes in with a key has not shown to know the password.
        let mut by_key = wrong.clone();
        by_key.push((BY_KEY, 0));
        assert_eq!(backoff_until(&events(&by_key), minute(0)), Some(minute(15)));
        let mut right = wrong.clone();
        right.push((SIGNED_IN, 0));
        assert_eq!(backoff_until(&events(&right), minute(0)), None);
    }
}
