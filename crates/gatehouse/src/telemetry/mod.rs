//! Traces and metrics by OTLP, and the trace context of each invocation. Nothing outside this folder knows OpenTelemetry:
//! the others write `tracing` spans and events.
//!
//! * [`Otlp`]: what the environment says about the collector;
//! * [`Telemetry`]: what is built of it once, and what exports at the end of an invocation;
//! * [`METRICS`]: every metric with its unit, and the layer that takes them from events of the target `metric`;
//! * [`begin`], [`Traced`]: the trace context that came in, and how it goes out to Microsoft;
//! * [`measured`]: a store that tells how long it takes.
//!
//! Exporting never fails an invocation and, where the process lives on afterwards, never delays one: see `export`.

mod client;
mod context;
mod export;
mod metrics;
mod otlp;
mod queue;
mod resource;
mod start;
mod stored;
mod table;
#[cfg(test)]
mod tests;
mod traced;

pub(crate) use context::{begin, is_traceparent};
pub use otlp::Otlp;
pub use start::{Layers, Telemetry};
pub(crate) use stored::measured;
pub use table::{Kind, METRICS, Metric};
pub(crate) use traced::Traced;
