//! Who exports: the attributes of everything that this process sends, and the ids of its spans.

use super::Otlp;
use opentelemetry::{KeyValue, SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::IdGenerator;
use outside::Random;
use std::fmt;
use std::sync::Arc;

/// The resource. The instance is a random id: two processes at once are two series, and nothing of the machine is told.
pub(super) fn resource(otlp: &Otlp, random: &dyn Random) -> Resource {
    let given = otlp.attributes.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    Resource::builder_empty()
        .with_attributes(given)
        .with_attribute(KeyValue::new("service.name", otlp.service.clone()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", random.id().to_string()))
        .build()
}

/// Ids out of the program's own randomness.
pub(super) struct Ids(pub(super) Arc<dyn Random>);

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(self.0.id().into_bytes())
    }

    fn new_span_id(&self) -> SpanId {
        let [a, b, c, d, e, f, g, h, ..] = self.0.id().into_bytes();
        SpanId::from_bytes([a, b, c, d, e, f, g, h])
    }
}
