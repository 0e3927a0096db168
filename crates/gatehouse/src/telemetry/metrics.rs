//! Metrics out of `tracing` events of the target `metric`: `gauge.NAME = value`, `monotonic_counter.NAME = value` or
//! `histogram.NAME = value`, and the attributes beside it.
//!
//! What is not in the table is not taken, so that no attribute with a thousand values comes in by mistake.

use super::table::{Kind, METRICS};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};
use std::collections::HashMap;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The target of such events.
pub(super) const TARGET: &str = "metric";

/// How many values of one metric are told apart: more than 500 customers have quotas.
pub(super) const SERIES_MAX: usize = 10_000;

/// Bounds of histograms, in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

enum Instrument {
    Counter(Counter<u64>),
    Gauge(Gauge<f64>),
    Histogram(Histogram<f64>),
}

struct Measured {
    attributes: &'static [&'static str],
    instrument: Instrument,
}

/// Takes metrics.
pub(super) struct MetricLayer {
    /// By the field's name in the event.
    instruments: HashMap<String, Measured>,
}

impl MetricLayer {
    pub(super) fn new(meter: &Meter) -> Self {
        let instrument = |metric: &super::Metric| {
            let (unit, tells) = (metric.unit, metric.tells);
            let instrument = match metric.kind {
                Kind::Counter => {
                    Instrument::Counter(meter.u64_counter(metric.name).with_unit(unit).with_description(tells).build())
                }
                Kind::Gauge => {
                    Instrument::Gauge(meter.f64_gauge(metric.name).with_unit(unit).with_description(tells).build())
                }
                Kind::Histogram => Instrument::Histogram(
                    meter
                        .f64_histogram(metric.name)
                        .with_unit(unit)
                        .with_description(tells)
                        .with_boundaries(BOUNDS.to_vec())
                        .build(),
                ),
            };
            let field = format!("{}{}", metric.kind.prefix(), metric.name);
            (field, Measured { attributes: metric.attributes, instrument })
        };
        Self { instruments: METRICS.iter().map(instrument).collect() }
    }
}

impl<S: Subscriber> Layer<S> for MetricLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut found = Found { layer: self, values: Vec::new(), texts: Vec::new() };
        event.record(&mut found);
        let Found { values, texts, .. } = found;
        for (measured, value) in values {
            let listed = texts.iter().filter(|(name, _)| measured.attributes.contains(name));
            let attributes: Vec<KeyValue> = listed.map(|(name, text)| KeyValue::new(*name, text.clone())).collect();
            match &measured.instrument {
                Instrument::Counter(counter) => counter.add(value as u64, &attributes),
                Instrument::Gauge(gauge) => gauge.record(value, &attributes),
                Instrument::Histogram(histogram) => histogram.record(value, &attributes),
            }
        }
    }
}

/// What one event says.
struct Found<'a> {
    layer: &'a MetricLayer,
    values: Vec<(&'a Measured, f64)>,
    texts: Vec<(&'static str, String)>,
}

impl Found<'_> {
    fn number(&mut self, field: &Field, value: f64) {
        match self.layer.instruments.get(field.name()) {
            Some(measured) => self.values.push((measured, value)),
            None => self.texts.push((field.name(), value.to_string())),
        }
    }
}

impl Visit for Found<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value as f64);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value as f64);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.texts.push((field.name(), format!("{value:?}")));
    }
}
