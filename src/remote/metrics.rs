//! What is counted of a server, and how Prometheus reads it. Nothing of a caller, a coupon or
//! an operator is ever a label: labels are words of this program, so that their number is known.
//! Every series is there from the start, as zero: what never happened is told from what is
//! not counted.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub use super::counted::{By, Ended, Refused};
use super::exposition;
use crate::desk::meter::{Meter, Work};

/// The bounds of the times of work, in seconds: from a row that is in memory to a server
/// that changes over.
const WORK_SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The bounds of the times of frames, in seconds. 10 ms is what a person may wait for a key.
const FRAME_SECONDS: [f64; 11] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

const ALL_WORK: [Work; 4] = [Work::LookUp, Work::Restore, Work::OtherRead, Work::OtherWrite];

const fn work_word(work: Work) -> &'static str {
    match work {
        Work::LookUp => "look_up",
        Work::Restore => "restoration",
        Work::OtherRead => "other_read",
        Work::OtherWrite => "other_write",
    }
}

const fn outcome_word(done: bool) -> &'static str {
    if done { "done" } else { "not_done" }
}

type Label = (&'static str, &'static str);
type OneLabel = [Label; 1];
type TwoLabels = [Label; 2];

/// Makes the histograms of work, all with the same bounds.
#[derive(Clone)]
struct WorkTimes;

impl MetricConstructor<Histogram> for WorkTimes {
    fn new_metric(&self) -> Histogram {
        Histogram::new(WORK_SECONDS)
    }
}

/// What a server counts. One per server, shared by its desks.
pub struct Metrics {
    registry: Registry,
    sessions: Gauge,
    begun: Counter,
    ended: Family<OneLabel, Counter>,
    refused: Family<OneLabel, Counter>,
    sign_ins: Family<TwoLabels, Counter>,
    frames: Counter,
    frame_bytes: Counter,
    frame_times: Histogram,
    under_way: Family<OneLabel, Gauge>,
    work_times: Family<TwoLabels, Histogram, WorkTimes>,
    database_up: Gauge,
    database_writable: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Everything at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("madoguchi"),
            sessions: Gauge::default(),
            begun: Counter::default(),
            ended: Family::default(),
            refused: Family::default(),
            sign_ins: Family::default(),
            frames: Counter::<u64, AtomicU64>::default(),
            frame_bytes: Counter::default(),
            frame_times: Histogram::new(FRAME_SECONDS),
            under_way: Family::default(),
            work_times: Family::new_with_constructor(WorkTimes),
            database_up: Gauge::default(),
            database_writable: Gauge::default(),
        };
        metrics.at_zero();
        metrics.register();
        metrics
    }

    /// Makes every series.
    fn at_zero(&self) {
        for how in Ended::ALL {
            drop(self.ended.get_or_create(&[("how", how.word())]));
        }
        for why in Refused::ALL {
            drop(self.refused.get_or_create(&[("why", why.word())]));
        }
        for done in [true, false] {
            for by in By::ALL {
                drop(self.sign_ins.get_or_create(&sign_in_labels(by, done)));
            }
            for work in ALL_WORK {
                drop(self.work_times.get_or_create(&work_labels(work, done)));
            }
        }
        for work in ALL_WORK {
            drop(self.under_way.get_or_create(&[("work", work_word(work))]));
        }
    }

    /// The names and what they mean. Counters get their `_total` when they are written.
    fn register(&mut self) {
        let registry = &mut self.registry;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program that serves", Info::new(version));
        registry.register("sessions", "Desks that are open now", self.sessions.clone());
        registry.register("sessions_begun", "Desks that were opened", self.begun.clone());
        registry.register("sessions_ended", "Desks that were closed, by how", self.ended.clone());
        let help = "Connections that did not become a desk, by why";
        registry.register("connections_refused", help, self.refused.clone());
        let help = "Attempts to sign in, by what with and whether it was done";
        registry.register("sign_ins", help, self.sign_ins.clone());
        registry.register("frames", "Frames drawn", self.frames.clone());
        let help = "Size of the frames drawn, before encryption";
        registry.register_with_unit("frame", help, Unit::Bytes, self.frame_bytes.clone());
        let (help, unit) = ("Time to draw a frame", Unit::Seconds);
        registry.register_with_unit("frame", help, unit, self.frame_times.clone());
        let help = "Commands asked of the office and not yet answered";
        registry.register("work_under_way", help, self.under_way.clone());
        let help = "Time from asking the office to its answer, by what was asked and whether \
                    it was done";
        registry.register_with_unit("work", help, Unit::Seconds, self.work_times.clone());
        let help = "1 if the database answers";
        registry.register("database_up", help, self.database_up.clone());
        let help = "1 if the database answers and can be written to";
        registry.register("database_writable", help, self.database_writable.clone());
    }

    /// A desk was opened.
    pub fn session_began(&self) {
        self.begun.inc();
        self.sessions.inc();
    }

    /// A desk that was opened is closed.
    pub fn session_ended(&self, how: Ended) {
        self.sessions.dec();
        self.ended.get_or_create(&[("how", how.word())]).inc();
    }

    /// A connection, or what was asked over one, was refused.
    pub fn refused(&self, why: Refused) {
        self.refused.get_or_create(&[("why", why.word())]).inc();
    }

    /// Somebody tried to sign in.
    pub fn sign_in(&self, by: By, done: bool) {
        self.sign_ins.get_or_create(&sign_in_labels(by, done)).inc();
    }

    /// What is known of the database now.
    pub fn database(&self, up: bool, writable: bool) {
        self.database_up.set(up.into());
        self.database_writable.set((up && writable).into());
    }

    /// Everything in Prometheus' text format, version 0.0.4.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode_registry(&mut text, &self.registry);
        let mut text = exposition::classic(&text);
        exposition::add_memory(&mut text);
        text
    }
}

impl Meter for Metrics {
    fn began(&self, work: Work) {
        self.under_way.get_or_create(&[("work", work_word(work))]).inc();
    }

    fn ended(&self, work: Work, took: Duration, done: bool) {
        self.under_way.get_or_create(&[("work", work_word(work))]).dec();
        self.work_times.get_or_create(&work_labels(work, done)).observe(took.as_secs_f64());
    }

    fn frame(&self, bytes: usize, took: Duration) {
        self.frames.inc();
        self.frame_bytes.inc_by(bytes as u64);
        self.frame_times.observe(took.as_secs_f64());
    }
}

const fn sign_in_labels(by: By, done: bool) -> TwoLabels {
    [("by", by.word()), ("outcome", outcome_word(done))]
}

const fn work_labels(work: Work, done: bool) -> TwoLabels {
    [("work", work_word(work)), ("outcome", outcome_word(done))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, series: &str) -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().unwrap()
    }

    #[test]
    fn a_quiet_server_shows_every_series_at_zero() {
        let text = Metrics::new().text();
        for series in [
            "madoguchi_sessions",
            "madoguchi_sessions_begun_total",
            "madoguchi_sessions_ended_total{how=\"hung_up\"}",
            "madoguchi_connections_refused_total{why=\"too_slow\"}",
            "madoguchi_sign_ins_total{by=\"key\",outcome=\"not_done\"}",
            "madoguchi_frames_total",
            "madoguchi_frame_bytes_total",
            "madoguchi_frame_seconds_count",
            "madoguchi_work_under_way{work=\"look_up\"}",
            "madoguchi_work_seconds_count{work=\"restoration\",outcome=\"done\"}",
            "madoguchi_database_up",
            "madoguchi_database_writable",
        ] {
            assert!(value(&text, series).abs() < f64::EPSILON, "{series}");
        }
        let build = format!("madoguchi_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        assert!((value(&text, &build) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_day_at_the_desk_is_counted() {
        let metrics = Metrics::new();
        metrics.sign_in(By::Password, false);
        metrics.sign_in(By::Key, true);
        metrics.session_began();
        metrics.session_began();
        metrics.frame(1200, Duration::from_micros(300));
        metrics.began(Work::LookUp);
        metrics.began(Work::Restore);
        metrics.ended(Work::LookUp, Duration::from_millis(3), true);
        metrics.refused(Refused::Full);
        metrics.database(true, true);
        metrics.session_ended(Ended::HungUp);
        let text = metrics.text();
        for (series, expected) in [
            ("madoguchi_sessions", 1.0),
            ("madoguchi_sessions_begun_total", 2.0),
            ("madoguchi_sessions_ended_total{how=\"hung_up\"}", 1.0),
            ("madoguchi_sign_ins_total{by=\"password\",outcome=\"not_done\"}", 1.0),
            ("madoguchi_sign_ins_total{by=\"key\",outcome=\"done\"}", 1.0),
            ("madoguchi_connections_refused_total{why=\"full\"}", 1.0),
            ("madoguchi_frame_bytes_total", 1200.0),
            ("madoguchi_frame_seconds_bucket{le=\"0.00025\"}", 0.0),
            ("madoguchi_frame_seconds_bucket{le=\"0.0005\"}", 1.0),
            ("madoguchi_frame_seconds_bucket{le=\"+Inf\"}", 1.0),
            ("madoguchi_work_under_way{work=\"look_up\"}", 0.0),
            ("madoguchi_work_under_way{work=\"restoration\"}", 1.0),
            ("madoguchi_work_seconds_count{work=\"look_up\",outcome=\"done\"}", 1.0),
            ("madoguchi_work_seconds_sum{work=\"look_up\",outcome=\"done\"}", 0.003),
            ("madoguchi_database_writable", 1.0),
        ] {
            assert!((value(&text, series) - expected).abs() < 1e-9, "{series}\n{text}");
        }
    }

    #[test]
    fn a_database_that_is_away_cannot_be_written_to() {
        let metrics = Metrics::new();
        metrics.database(true, true);
        metrics.database(false, true);
        assert!(value(&metrics.text(), "madoguchi_database_writable").abs() < f64::EPSILON);
    }
}
