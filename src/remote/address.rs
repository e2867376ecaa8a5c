//! Failures by address: whoever guesses passwords waits longer and longer for each answer,
//! under whatever name they guess. Nobody else waits: who is let in is let in at once, and a
//! key is no guess.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many addresses are remembered. The one that was quiet longest is forgotten first.
const MAX_ADDRESSES: usize = 4_096;
/// How many failures cost nothing: a floor behind one address mistypes too.
const FREE: u32 = 10;
/// How much longer each failure beyond them makes the next answer take.
const STEP: Duration = Duration::from_millis(500);
/// The longest that an answer takes.
const LONGEST: Duration = Duration::from_secs(10);
/// How long it takes until one failure is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// What is remembered of one address.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    failures: u32,
    at: Instant,
}

impl Remembered {
    /// How many failures are left of it at `now`.
    fn left(&self, now: Instant) -> u32 {
        let quiet = now.saturating_duration_since(self.at).as_secs() / FORGOTTEN.as_secs();
        self.failures.saturating_sub(u32::try_from(quiet).unwrap_or(u32::MAX))
    }
}

/// The addresses from which somebody has failed to sign in. In memory alone: what happened to
/// whom stands in the audit trail.
#[derive(Debug, Default)]
pub struct Failures {
    by_address: Mutex<HashMap<IpAddr, Remembered>>,
}

impl Failures {
    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, Remembered>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that somebody at `address` has failed, and says how long the answer shall take.
    #[must_use]
    pub fn failed(&self, address: IpAddr, now: Instant) -> Duration {
        let mut all = self.all();
        let address = neighbourhood(address);
        let left = all.get(&address).map_or(0, |known| known.left(now));
        let failures = left.saturating_add(1);
        if !all.contains_key(&address) && all.len() >= MAX_ADDRESSES {
            let quietest =
                all.iter().min_by_key(|(_, known)| known.at).map(|(address, _)| *address);
            if let Some(quietest) = quietest {
                all.remove(&quietest);
            }
        }
        all.insert(address, Remembered { failures, at: now });
        STEP.saturating_mul(failures.saturating_sub(FREE)).min(LONGEST)
    }
}

/// Whoever has one address of IPv6 has the 2⁶⁴ beside it as well.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_few_slips_cost_nothing_and_a_guesser_waits_longer_and_longer() {
        let failures = Failures::default();
        let now = Instant::now();
        for _ in 0..FREE {
            assert_eq!(failures.failed(address(1), now), Duration::ZERO);
        }
        assert_eq!(failures.failed(address(1), now), STEP);
        assert_eq!(failures.failed(address(1), now), STEP * 2);
        for _ in 0..100 {
            let _ = failures.failed(address(1), now);
        }
        assert_eq!(failures.failed(address(1), now), LONGEST);
        assert_eq!(failures.failed(address(2), now), Duration::ZERO, "somebody else's address");
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let failures = Failures::default();
        let now = Instant::now();
        for _ in 0..=FREE {
            let _ = failures.failed(address(1), now);
        }
        assert_eq!(failures.failed(address(1), now + FORGOTTEN * 2), Duration::ZERO);
        assert_eq!(failures.failed(address(1), now + FORGOTTEN * 2), STEP);
        assert_eq!(failures.failed(address(1), now + FORGOTTEN * 1_000), Duration::ZERO);
    }

    #[test]
    fn only_so_many_addresses_are_remembered() {
        let failures = Failures::default();
        let now = Instant::now();
        for at in 0..u32::try_from(MAX_ADDRESSES).expect("a number") + 100 {
            let address = IpAddr::from((0x0A00_0000 + at).to_be_bytes());
            let _ = failures.failed(address, now + Duration::from_millis(at.into()));
        }
        assert_eq!(failures.all().len(), MAX_ADDRESSES);
        assert!(!failures.all().contains_key(&IpAddr::from([10, 0, 0, 99])), "the quietest");
        assert!(failures.all().contains_key(&IpAddr::from([10, 0, 0, 100])));
    }

    #[test]
    fn the_addresses_that_one_machine_may_take_are_one() {
        let of = |text: &str| neighbourhood(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2:3::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
