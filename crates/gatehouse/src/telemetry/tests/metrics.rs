//! From an event to what the collector gets.

use super::collector::Collector;
use crate::telemetry::queue::WAITING_MAX;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn a_metric_has_its_unit_and_only_the_attributes_of_the_table() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    for _ in 0..3 {
        let (action, outcome) = ("add_member", "done");
        let person = "ada@northwind.example";
        tracing::event!(target: "metric", Level::TRACE, monotonic_counter.gatehouse.steps = 2, action, outcome, person);
    }
    let customer = "contoso";
    tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.run.last_success = 1_793_610_000_i64, customer);
    tracing::event!(target: "metric", Level::TRACE, gauge.gatehouse.no.such = 1.0, customer);
    telemetry.finish().await;
    let metrics = collector.metrics();
    let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["gatehouse.run.last_success", "gatehouse.steps"]);
    let Some(Data::Gauge(gauge)) = &metrics[0].data else { panic!("{metrics:?}") };
    assert_eq!(gauge.data_points[0].value, Some(Value::AsDouble(1_793_610_000.0)));
    let Some(Data::Sum(sum)) = &metrics[1].data else { panic!("{metrics:?}") };
    assert_eq!((metrics[1].unit.as_str(), sum.is_monotonic), ("{step}", true));
    assert_eq!(sum.data_points[0].value, Some(Value::AsInt(6)));
    let mut keys: Vec<&str> = sum.data_points[0].attributes.iter().map(|one| one.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["action", "outcome"]);

    // What grows is told again; what was a moment's is not.
    telemetry.finish().await;
    let names: Vec<String> = collector.metrics().into_iter().skip(2).map(|metric| metric.name).collect();
    assert_eq!(names, ["gatehouse.steps"]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_spans_is_cut_where_memory_ends() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    for _ in 0..WAITING_MAX + 10 {
        drop(tracing::info_span!("invocation"));
    }
    telemetry.finish().await;
    assert_eq!(collector.spans().len(), WAITING_MAX);
}

#[tokio::test(start_paused = true)]
async fn spans_of_libraries_and_below_debug_are_not_exported() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    drop(tracing::error_span!(target: "hyper::client", "theirs"));
    drop(tracing::trace_span!(target: "engine::membership", "too fine"));
    drop(tracing::debug_span!(target: "engine::membership", "ours"));
    telemetry.finish().await;
    let names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["ours"]);
}
