//! Half-open intervals, and whether several of them leave a gap.

use std::fmt;
use std::str::FromStr;

use super::{Instant, TimeError, parse_record_time};
use crate::domain::text::{fold, for_terminal_bounded};

/// From an instant until before another: `from` is in it, `until` is not. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    from: Instant,
    until: Instant,
}

impl Window {
    /// The interval [from, until).
    ///
    /// # Errors
    ///
    /// [`TimeError::EmptyWindow`] if `until` is not after `from`.
    pub fn new(from: Instant, until: Instant) -> Result<Self, TimeError> {
        if from < until {
            Ok(Self { from, until })
        } else {
            Err(TimeError::EmptyWindow { from, until })
        }
    }

    /// The first instant of it.
    #[must_use]
    pub fn from(self) -> Instant {
        self.from
    }

    /// The first instant after it.
    #[must_use]
    pub fn until(self) -> Instant {
        self.until
    }

    /// Whether the instant is in it.
    #[must_use]
    pub fn contains(self, instant: Instant) -> bool {
        self.from <= instant && instant < self.until
    }

    /// Begun so many minutes earlier and ended so many later, as for linked sales (specification,
    /// section 4). It cannot become narrower, hence unsigned.
    #[must_use]
    pub fn widen(self, before_minutes: u32, after_minutes: u32) -> Self {
        Self {
            from: self.from.plus_minutes(-i64::from(before_minutes)),
            until: self.until.plus_minutes(i64::from(after_minutes)),
        }
    }
}

/// `FROM/UNTIL`, both as RFC 3339 in Japanese time; read back the same.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.until)
    }
}

/// Reads `FROM/UNTIL` as `--covers` takes it (specification, section 3), each half as
/// [`parse_record_time`] reads it, with or without spaces around the `/`. The half that is wrong
/// is named by its own error, [`TimeError::NotAWindow`] says that there are no two.
impl FromStr for Window {
    type Err = TimeError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let folded = fold(s);
        // The dates may have slashes of their own, but those of the first date stand before the
        // first colon and those of the second after the slash that separates.
        let split = folded.find(':').and_then(|colon| {
            let slash = colon + folded[colon..].find('/')?;
            Some((&folded[..slash], &folded[slash + 1..]))
        });
        let (from, until) =
            split.ok_or_else(|| TimeError::NotAWindow { value: for_terminal_bounded(s, 80) })?;
        Self::new(parse_record_time(from)?, parse_record_time(until)?)
    }
}

/// Whether the intervals together leave no gap in `whole` (specification, section 4, "covered over
/// *W*"). Their order does not matter; one that begins where another ends joins it.
#[must_use]
pub fn covers(intervals: &[Window], whole: Window) -> bool {
    let mut sorted: Vec<Window> = intervals
        .iter()
        .copied()
        .filter(|w| w.from < whole.until && whole.from < w.until)
        .collect();
    sorted.sort_unstable_by_key(|w| w.from);
    let mut covered_until = whole.from;
    for window in sorted {
        if window.from > covered_until {
            return false;
        }
        covered_until = covered_until.max(window.until);
    }
    covered_until >= whole.until
}

#[cfg(test)]
mod tests;
