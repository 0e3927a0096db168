//! Where log lines go: JSON lines on standard output under a host, text on standard error for a person.
//!
//! The Azure host takes each line of standard error for an error and passes standard output on as text, without an
//! invocation id; so ordinary lines go to standard output, and each carries what its invocation's span has: see `lines`.

use super::lines::Lines;
use crate::telemetry::Telemetry;
use tracing::Level;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, registry};

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A host: one JSON object per line, on standard output.
    Host,
    /// A person: short lines on standard error, since standard output is the answer.
    Person,
}

/// What is logged where `GATEHOUSE_LOG` says nothing.
fn default_level(reader: Reader) -> Level {
    match reader {
        Reader::Host => Level::INFO,
        Reader::Person => Level::WARN,
    }
}

/// Starts logging; `filter` is the value of `GATEHOUSE_LOG` (directives as in `tracing_subscriber::EnvFilter`).
/// A panic becomes a log line too. The error says what is wrong with the filter.
pub fn start(reader: Reader, filter: Option<&str>) -> Result<(), String> {
    start_with(reader, filter, None)
}

/// The same, with traces and metrics beside it. What is exported does not depend on what is logged.
pub fn start_with(reader: Reader, filter: Option<&str>, telemetry: Option<&Telemetry>) -> Result<(), String> {
    let default = default_level(reader).to_string();
    let filter = EnvFilter::try_new(filter.unwrap_or(&default))
        .map_err(|error| format!("GATEHOUSE_LOG is not a list of directives such as `info,engine=debug`: {error}"))?;
    let started = match telemetry {
        // The filter alone in front of everything: what nobody reads costs nothing.
        None => registry().with(filter).with(lines(reader)).try_init(),
        Some(telemetry) => registry().with(telemetry.layers()).with(lines(reader).with_filter(filter)).try_init(),
    };
    started.map_err(|error| format!("logging was started twice: {error}"))?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panic")));
    Ok(())
}

/// What writes the lines.
fn lines<S>(reader: Reader) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    match reader {
        Reader::Host => layer().event_format(Lines).fmt_fields(JsonFields::new()).with_writer(std::io::stdout).boxed(),
        Reader::Person => layer().compact().with_target(false).with_writer(std::io::stderr).boxed(),
    }
}
