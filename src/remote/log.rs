//! The log of a server: one JSON object a line on standard error, for journald or whatever
//! collects it.
//!
//! ```json
//! {"time":"2023-03-13T01:00:00.000000Z","level":"INFO","target":"madoguchi::remote","message":"a desk was opened","session":{"id":7}}
//! ```
//!
//! Whatever stands in it may have come from outside: it is bounded, and characters that would
//! steer a terminal or hide others are replaced.

use std::fmt::{self, Debug};

use chrono::{SecondsFormat, Utc};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::domain::text::for_terminal_bounded;

/// The longest value that is written, in characters.
const MAX_CHARS: usize = 400;
/// What every line has before anything else: nothing may stand there under the same name.
const TAKEN: [&str; 4] = ["time", "level", "target", "message"];

/// Writes what `filter` lets through to standard error, from now on and for the whole process.
/// Where a log is kept already, nothing changes.
pub fn start(filter: EnvFilter) {
    let _ = to(std::io::stderr, filter).try_init();
}

/// The same, to somewhere.
fn to(
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    filter: EnvFilter,
) -> impl Subscriber {
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines)
        .fmt_fields(Fields)
        .with_writer(writer)
        // It would tell of a line that could not be written where it could not be written,
        // and take the server down with it.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter).with(lines)
}

/// An event as a line.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (meta, time) = (event.metadata(), Utc::now());
        let time = time.to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(writer, r#"{{"time":"{time}","level":"{}""#, meta.level())?;
        pair(&mut writer, "target", meta.target())?;
        write_fields(&mut writer, event)?;
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>();
            let fields = fields.map_or("", |fields| fields.fields.as_str());
            if !fields.is_empty() {
                write!(writer, r#","{}":{{{}}}"#, span.name(), fields.trim_start_matches(','))?;
            }
        }
        writer.write_str("}\n")
    }
}

/// The fields of a span, each with a comma before it.
struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        write_fields(&mut writer, &fields)
    }
}

fn write_fields(writer: &mut Writer<'_>, fields: &impl RecordFields) -> fmt::Result {
    let mut pairs = Pairs { writer, result: Ok(()) };
    fields.record(&mut pairs);
    pairs.result
}

/// Writes fields as they are visited.
struct Pairs<'a, 'writer> {
    writer: &'a mut Writer<'writer>,
    result: fmt::Result,
}

impl Pairs<'_, '_> {
    fn text(&mut self, field: &Field, value: &str) {
        self.result = self.result.and_then(|()| pair(self.writer, &name(field), value));
    }

    fn bare(&mut self, field: &Field, value: impl fmt::Display) {
        let name = name(field);
        self.result = self.result.and_then(|()| write!(self.writer, r#","{name}":{value}"#));
    }
}

impl Visit for Pairs<'_, '_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no words for the others.
        if value.is_finite() {
            self.bare(field, value);
        } else {
            self.text(field, &value.to_string());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

/// A field's name, which is a word of the program's source.
fn name(field: &Field) -> String {
    let name = field.name();
    if name != "message" && TAKEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

fn pair(writer: &mut Writer<'_>, name: &str, value: &str) -> fmt::Result {
    let value = for_terminal_bounded(value, MAX_CHARS);
    let value = serde_json::Value::from(value);
    write!(writer, r#","{name}":{value}"#)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged by `work`, a JSON value a line.
    fn logged(filter: &str, work: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = to(move || writer.clone(), EnvFilter::new(filter));
        tracing::subscriber::with_default(log, work);
        let bytes = kept.0.lock().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_event_is_one_line_with_its_session() {
        let lines = logged("info", || {
            let session = tracing::info_span!("session", id = 7_u64, address = "192.0.2.1");
            let _inside = session.enter();
            tracing::info!(seconds = 1.5, done = true, left = -1, "a desk was opened");
            tracing::debug!("not asked for");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "a desk was opened");
        assert_eq!(line["session"]["id"], 7);
        assert_eq!(line["session"]["address"], "192.0.2.1");
        assert_eq!(line["seconds"], 1.5);
        assert_eq!(line["done"], true);
        assert_eq!(line["left"], -1);
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
        assert!(line["target"].as_str().unwrap().starts_with("madoguchi::remote"));
    }

    #[test]
    fn what_comes_from_outside_stays_in_its_place() {
        let bad = "x\u{1b}[2J\n{\"level\":\"ERROR\"}\u{202e}\u{85}\"\\";
        let lines = logged("info", || {
            tracing::info!(offered = bad, level = "mine", shown = %bad, "{bad}");
            tracing::info!(long = "あ".repeat(5000), "long");
        });
        let [line, long] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["level_"], "mine");
        for key in ["offered", "shown", "message"] {
            let text = line[key].as_str().unwrap();
            assert!(!text.contains(['\u{1b}', '\n', '\u{202e}', '\u{85}']), "{text:?}");
            assert!(text.ends_with("\"\\"), "{text:?}");
        }
        assert_eq!(long["long"].as_str().unwrap().chars().count(), MAX_CHARS);
    }

    #[test]
    fn a_field_that_is_known_later_is_kept() {
        let lines = logged("info", || {
            let session = tracing::info_span!("session", id = 1, by = tracing::field::Empty);
            session.record("by", "key");
            session.in_scope(|| tracing::info!("signed in"));
        });
        assert_eq!(lines[0]["session"]["id"], 1);
        assert_eq!(lines[0]["session"]["by"], "key");
    }

    #[test]
    fn a_broken_pipe_does_not_end_the_server() {
        struct Broken;
        impl io::Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let log = to(|| Broken, EnvFilter::new("info"));
        tracing::subscriber::with_default(log, || tracing::info!("nobody reads this"));
    }
}
