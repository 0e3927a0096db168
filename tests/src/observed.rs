//! The packaged program, observed: its log lines, and what a collector under TLS gets of its traces and metrics.

use crate::azure_host::{AzureHost, Packaged};
use crate::on_azure::{Folder, KEY, SECRET, cloud, configure};
use bytes::Bytes;
use cloud_sim::Hook;
use http::Request;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const COLLECTORS: &str = "key-of-the-collector-that-must-never-be-printed";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn spans(heard: &[Request<Bytes>]) -> Vec<Span> {
    let bodies = heard.iter().filter(|request| request.uri().path() == "/v1/traces");
    let decoded = bodies.map(|request| ExportTraceServiceRequest::decode(request.body().clone()).unwrap());
    let scopes = decoded.flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

/// The metrics' names, with each attribute's values.
fn metrics(heard: &[Request<Bytes>]) -> BTreeMap<String, BTreeSet<String>> {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for request in heard.iter().filter(|request| request.uri().path() == "/v1/metrics") {
        let decoded = ExportMetricsServiceRequest::decode(request.body().clone()).unwrap();
        let scopes = decoded.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let attributes: Vec<_> = match metric.data.unwrap() {
                Data::Gauge(gauge) => gauge.data_points.into_iter().flat_map(|point| point.attributes).collect(),
                Data::Sum(sum) => sum.data_points.into_iter().flat_map(|point| point.attributes).collect(),
                Data::Histogram(sizes) => sizes.data_points.into_iter().flat_map(|point| point.attributes).collect(),
                other => panic!("{}: {other:?}", metric.name),
            };
            let values = attributes.into_iter().filter_map(|one| match one.value?.value? {
                Any::StringValue(text) => Some(text),
                _ => None,
            });
            found.entry(metric.name).or_default().extend(values);
        }
    }
    found
}

/// The names of a span's ancestors, the nearest first.
fn ancestors<'a>(all: &'a [Span], span: &Span) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut parent = span.parent_span_id.clone();
    while let Some(above) = all.iter().find(|one| one.span_id == parent) {
        assert_eq!(above.trace_id, span.trace_id, "{}", above.name);
        names.push(above.name.as_str());
        parent = above.parent_span_id.clone();
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_sees_what_was_done_and_no_secret_and_each_line_says_whose_it_is() {
    let (sim, cloud) = cloud();
    let served = cloud_sim::serve(&sim, 0).await.expect("the simulated cloud is served");
    let collector = Hook::open().await.expect("a port is free");
    let folder = Folder::new("observed");
    configure(&folder, &cloud, &served);
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, &collector.ca_pem).unwrap();
    let packaged = Packaged::new();
    let config = folder.path().to_string_lossy().into_owned();
    let (endpoint, header) = (format!("https://{}", collector.host), format!("x-key={COLLECTORS}"));
    let env = [
        ("GATEHOUSE_CONFIG", config.as_str()),
        ("APP_SECRET", SECRET),
        ("OPS_KEY", KEY),
        ("SSL_CERT_FILE", roots.to_str().unwrap()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", header.as_str()),
    ];
    let mut host = AzureHost::start(packaged.folder(), &env).await;
    host.timer("schedule_sync").await.expect("the timer works");
    let deliveries = host.drain_queues().await;
    assert!(deliveries.iter().all(|delivery| delivery.failed.is_none()), "{deliveries:?}");
    host.push("sync", "{\"customer\":\"nobody\"}");
    host.drain_queues().await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let bearer = format!("Bearer {KEY}");
    let headers = [("traceparent", traceparent.as_str()), ("authorization", bearer.as_str())];
    host.http("GET", "/api/v1/health", &headers, "").await;
    let unrecorded = format!("00-{}-{CALLER}-00", "1".repeat(32));
    host.http("GET", "/api/v1/plans", &[("traceparent", unrecorded.as_str())], "").await;

    let lines = host.output();
    // What waits is sent when the program is asked to end.
    host.terminate().await;
    let heard = collector.heard();

    let spans = spans(&heard);
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let [health] = named("health")[..] else { panic!("{names:?}\n{}", lines.join("\n")) };
    assert_eq!((hex(&health.trace_id).as_str(), hex(&health.parent_span_id).as_str()), (TRACE, CALLER));
    assert!(named("plans").is_empty(), "its caller asked for no recording");
    assert_eq!(named("sync_customer").len(), 4, "three customers, and one that is not there");
    assert_eq!(named("survey").len(), 3);
    for survey in named("survey") {
        assert_eq!(ancestors(&spans, survey), ["run", "sync_customer"]);
    }
    let writes = spans.iter().filter(|span| ancestors(&spans, span).first() == Some(&"apply"));
    let writes: BTreeSet<&str> = writes.map(|span| span.name.as_str()).collect();
    assert!(writes.contains("POST /v1.0/$batch"), "{writes:?}");
    let tokens = named("POST /{}/oauth2/v2.0/token");
    assert_eq!(tokens.len(), 4, "one for each tenant");
    for span in &spans {
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
        let root = ancestors(&spans, span).last().copied().unwrap_or(&span.name);
        assert!(["schedule_sync", "sync_customer", "health"].contains(&root), "{root}: {span:#?}");
    }

    let metrics = metrics(&heard);
    let known: BTreeSet<&str> = gatehouse::telemetry::METRICS.iter().map(|metric| metric.name).collect();
    assert!(metrics.keys().all(|name| known.contains(name.as_str())), "{metrics:?}");
    for (name, value) in [
        ("gatehouse.steps", "invite_guest"),
        ("gatehouse.run.last_success", "customer2"),
        ("gatehouse.runs", "ran"),
        ("gatehouse.cloud.requests", "200"),
        ("gatehouse.quota.headroom", "writes"),
        ("gatehouse.store.duration", "create"),
        ("gatehouse.invocations", "schedule_sync"),
    ] {
        assert!(metrics.get(name).is_some_and(|values| values.contains(value)), "{name} {value}: {metrics:?}");
    }
    for name in ["gatehouse.customers.due", "gatehouse.health.red", "gatehouse.outbox.age"] {
        assert!(metrics.contains_key(name), "{name}: {metrics:?}");
    }

    for line in &lines {
        let line: Value = serde_json::from_str(line).expect("each line is one JSON object, and none an error's");
        for field in ["invocation", "function", "traceparent"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
        let is_sync = line["function"] == "sync_customer";
        assert_eq!(line["customer"].is_string(), is_sync, "{line}");
    }
    assert!(lines.iter().any(|line| line.contains(&traceparent)), "{lines:#?}");

    let keys = heard.iter().map(|request| request.headers().get("x-key").map(|key| key.to_str().unwrap()));
    assert!(keys.collect::<Vec<_>>().iter().all(|key| *key == Some(COLLECTORS)));
    let sent: Vec<u8> = heard.iter().flat_map(|request| request.body().to_vec()).collect();
    let (sent, printed) = (String::from_utf8_lossy(&sent).into_owned(), lines.join("\n"));
    for secret in [SECRET, KEY, COLLECTORS, "eyJ", "Bearer", "client_secret", "@northwind.example", "deltatoken"] {
        assert!(!sent.contains(secret), "{secret} was exported");
        assert!(!printed.contains(secret), "{secret} was printed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_cannot_be_used_is_a_line_in_the_log_and_nothing_more() {
    let packaged = Packaged::new();
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=key-of-the-collector-that-must-never-be-printed"),
    ];
    let mut host = AzureHost::start(packaged.folder(), &env).await;
    assert!(host.timer("schedule_sync").await.unwrap_err().contains("the program cannot start"));
    let printed = host.output().join("\n");
    assert!(printed.contains("OTEL_EXPORTER_OTLP_ENDPOINT is not an https address"), "{printed}");
    assert!(!printed.contains(COLLECTORS) && !printed.contains("collector.example"), "{printed}");
    host.kill().await;
}
