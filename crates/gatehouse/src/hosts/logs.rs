//! Where log lines go: JSON lines on standard output under a host, text on standard error for a person.
//!
//! The Azure host takes each line of standard error for an error and passes standard output on as text, without an
//! invocation id; so ordinary lines go to standard output, and each carries the ids of its invocation's span.

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

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
    let default = default_level(reader).to_string();
    let filter = EnvFilter::try_new(filter.unwrap_or(&default))
        .map_err(|error| format!("GATEHOUSE_LOG is not a list of directives such as `info,engine=debug`: {error}"))?;
    let started = match reader {
        Reader::Host => fmt()
            .json()
            .flatten_event(true)
            // All spans from the invocation's inwards: the innermost alone would not have the invocation's id.
            .with_current_span(false)
            .with_span_list(true)
            .with_env_filter(filter)
            .with_writer(std::io::stdout)
            .try_init(),
        Reader::Person => {
            fmt().compact().with_target(false).with_env_filter(filter).with_writer(std::io::stderr).try_init()
        }
    };
    started.map_err(|error| format!("logging was started twice: {error}"))?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panic")));
    Ok(())
}
