//! A host's log line: one JSON object, flat. What belongs to the invocation (`invocation`, `function`, `traceparent`) and to the
//! work within it (`customer`) stands beside the event's own fields, the innermost of equal names last, so that a query
//! needs to know no nesting.

use serde_json::{Map, Value};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Fields with this beginning speak to the tracer and are not logged.
const TRACERS: &str = "otel.";

/// Writes such lines. Spans must keep their fields as `JsonFields`.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map(|fields| serde_json::from_str(&fields.fields));
            if let Some(Ok(Value::Object(fields))) = fields {
                line.extend(fields.into_iter().filter(|(name, _)| !name.starts_with(TRACERS)));
            }
        }
        event.record(&mut Fields(&mut line));
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let metadata = event.metadata();
        line.insert("timestamp".into(), time.into());
        line.insert("level".into(), metadata.level().as_str().into());
        line.insert("target".into(), metadata.target().into());
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Takes the event's own fields.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use serde_json::{Value, json};
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::format::JsonFields;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{EnvFilter, fmt, registry};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that this writes under a filter, without their times.
    fn lines(filter: &str, work: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let layer = fmt::layer().event_format(Lines).fmt_fields(JsonFields::new()).with_writer(move || writer.clone());
        tracing::subscriber::with_default(registry().with(EnvFilter::new(filter)).with(layer), work);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            assert!(line.as_object_mut().unwrap().remove("timestamp").is_some());
        }
        lines
    }

    fn work() {
        let invocation = tracing::error_span!(
            "invocation",
            otel.kind = "server",
            invocation = "i",
            traceparent = tracing::field::Empty,
            customer = tracing::field::Empty
        );
        invocation.record("traceparent", "t");
        let _invocation = invocation.entered();
        tracing::info!(ms = 5, taken = true, "one\nline");
        let _run = tracing::error_span!("run", customer = "contoso").entered();
        let _phase = tracing::debug_span!("survey", quota = "units").entered();
        tracing::error!(why = %"a \"quoted\" reason", "failed");
    }

    #[test]
    fn a_line_is_one_flat_object_with_what_belongs_to_the_invocation() {
        let target = "gatehouse::hosts::lines::tests";
        assert_eq!(
            lines("info", work),
            [
                json!({ "invocation": "i", "traceparent": "t", "ms": 5, "taken": true, "message": "one\nline", "level": "INFO", "target": target }),
                json!({ "invocation": "i", "traceparent": "t", "customer": "contoso", "why": "a \"quoted\" reason", "message": "failed", "level": "ERROR", "target": target }),
            ]
        );
    }

    #[test]
    fn a_filter_that_lets_only_errors_through_lets_their_invocation_through() {
        let lines = lines("error", work);
        assert_eq!((lines.len(), &lines[0]["invocation"]), (1, &json!("i")));
    }

    #[test]
    fn metrics_are_no_lines() {
        let told = || tracing::event!(target: "metric", tracing::Level::TRACE, gauge.gatehouse.health.red = 1_u64);
        assert_eq!(lines("debug", told), Vec::<Value>::new());
    }
}
