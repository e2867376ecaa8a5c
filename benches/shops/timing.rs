//! Times, memory, and what is told of them.

use std::time::{Duration, Instant};

use madoguchi::search::{Hit, Index, Query, Scratch};

/// Many times of one thing.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that `part` of them stay under, in milliseconds.
    pub fn at(&mut self, part: f64) -> f64 {
        self.0.sort_unstable();
        share(&self.0, part).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    pub fn line(&mut self) -> String {
        let count = self.0.len();
        format!(
            "{count} searches: p50 {:.3} ms  p99 {:.3} ms  max {:.3} ms",
            self.at(0.5),
            self.at(0.99),
            self.at(1.0)
        )
    }
}

/// What `part` of the values, which are sorted, do not exceed.
pub fn share<T: Copy>(sorted: &[T], part: f64) -> Option<T> {
    let last = sorted.len().saturating_sub(1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let place = (last as f64 * part).round() as usize;
    sorted.get(place).copied()
}

/// A search that takes longer is put again, to see whether it or the machine was slow.
const SLOW: Duration = Duration::from_millis(4);

/// A desk that searches and looks at its watch.
pub struct Desk<'a> {
    pub index: &'a Index,
    scratch: Scratch,
    times: Times,
    slow: Vec<String>,
}

impl<'a> Desk<'a> {
    pub fn new(index: &'a Index) -> Self {
        Self { index, scratch: Scratch::default(), times: Times::default(), slow: Vec::new() }
    }

    pub fn search(&mut self, text: &str, limit: usize) -> Vec<Hit> {
        let query = Query { text, prefecture: None, boost: &[], limit };
        let begun = Instant::now();
        let hits = self.index.search(&query, &mut self.scratch);
        let taken = begun.elapsed();
        self.times.add(taken);
        if taken > SLOW {
            self.slow.push(text.to_owned());
        }
        hits
    }

    /// Puts what was slow three times more and prints what comes of it: on a machine shared with
    /// others most of it was the machine.
    pub fn slow_again(&mut self, limit: usize) {
        let texts = std::mem::take(&mut self.slow);
        let again = texts.iter().map(|text| {
            let took = |_| {
                let begun = Instant::now();
                std::hint::black_box(self.search(text, limit));
                begun.elapsed()
            };
            ((0..3).map(took).min().unwrap_or(Duration::ZERO), text)
        });
        let slowest = again.max();
        self.slow.clear();
        self.times();
        if let Some((time, text)) = slowest {
            println!(
                "  of these {} took over {} ms; put again, the slowest takes {:.3} ms: {text}",
                texts.len(),
                SLOW.as_millis(),
                time.as_secs_f64() * 1000.0
            );
        }
    }

    /// The times since they were last taken.
    pub fn times(&mut self) -> Times {
        std::mem::take(&mut self.times)
    }
}

/// Bytes of this process that lie in memory, where the system tells.
pub fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}
