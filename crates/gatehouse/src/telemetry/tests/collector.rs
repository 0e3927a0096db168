//! A collector in this process, which decodes what it is sent.

use crate::telemetry::{Otlp, Telemetry};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use outside::{Clock, SeededRandom, Transport, TransportError, VirtualClock};
use prost::Message;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

pub(super) const KEY: &str = "key-of-the-collector-that-is-never-told";

/// How the collector behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Nobody listens there.
    Down,
    /// It answers after so long.
    Slow(Duration),
    /// It answers with this status, and asks for a pause.
    Says(u16, Option<u64>),
}

/// When what was sent.
type Heard = (Duration, Request<Bytes>);

#[derive(Clone)]
pub(super) struct Collector {
    pub(super) clock: VirtualClock,
    pub(super) mood: Arc<Mutex<Mood>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Collector {
    pub(super) fn new() -> Self {
        let clock = VirtualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
        Self { clock, mood: Arc::new(Mutex::new(Mood::Well)), heard: Arc::default() }
    }

    pub(super) fn in_mood(mood: Mood) -> Self {
        let collector = Self::new();
        *collector.mood.lock().unwrap() = mood;
        collector
    }

    /// Telemetry for it.
    pub(super) fn telemetry(&self, waits: bool) -> Arc<Telemetry> {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example/otlp".to_owned()),
            ("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={KEY}")),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test".to_owned()),
        ];
        let get = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let (otlp, wrong) = Otlp::read(get);
        assert!(wrong.is_empty(), "{wrong:?}");
        let (clock, random) = (Arc::new(self.clock.clone()), Arc::new(SeededRandom::new(7)));
        Arc::new(Telemetry::new(&otlp.unwrap(), Arc::new(self.clone()), clock, random, waits).unwrap())
    }

    /// The same, listening to this thread as long as the guard lives.
    pub(super) fn listening(&self, waits: bool) -> (Arc<Telemetry>, tracing::subscriber::DefaultGuard) {
        let telemetry = self.telemetry(waits);
        let guard = tracing::subscriber::set_default(registry().with(telemetry.layers()));
        (telemetry, guard)
    }

    /// When it was asked.
    pub(super) fn times(&self) -> Vec<Duration> {
        self.heard.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    /// The headers that it was sent.
    pub(super) fn headers(&self) -> Vec<HeaderMap> {
        self.heard.lock().unwrap().iter().map(|(_, request)| request.headers().clone()).collect()
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let decoded =
            self.bodies("/otlp/v1/traces").into_iter().map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        let scopes = decoded.flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    pub(super) fn metrics(&self) -> Vec<Metric> {
        let bodies = self.bodies("/otlp/v1/metrics");
        let decoded = bodies.into_iter().map(|body| ExportMetricsServiceRequest::decode(body).unwrap());
        let scopes = decoded.flat_map(|request| request.resource_metrics).flat_map(|resource| resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).collect()
    }

    fn bodies(&self, path: &str) -> Vec<Bytes> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(_, one)| one.uri().path() == path).map(|(_, one)| one.body().clone()).collect()
    }
}

#[async_trait]
impl Transport for Collector {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let mood = *self.mood.lock().unwrap();
        self.heard.lock().unwrap().push((self.clock.monotonic(), request));
        let mut response = Response::new(Bytes::new());
        match mood {
            Mood::Well => {}
            Mood::Down => return Err(TransportError::NeverSent("connection refused".into())),
            Mood::Slow(after) => {
                self.clock.sleep(after.min(timeout)).await;
                if after > timeout {
                    return Err(TransportError::TimedOut(timeout));
                }
            }
            Mood::Says(status, pause) => {
                *response.status_mut() = status.try_into().unwrap();
                pause.map(|seconds| response.headers_mut().insert("retry-after", seconds.into()));
            }
        }
        Ok(response)
    }
}
