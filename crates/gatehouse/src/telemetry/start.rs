//! Building it, once, out of what the environment says. Nothing is sent or connected by that: the TLS client is made by the
//! first export, long after the host has its answer.

use super::Otlp;
use super::client::{Client, EXPORT_TIMEOUT};
use super::export::{Exporting, WAIT_MAX};
use super::metrics::{MetricLayer, SERIES_MAX, TARGET};
use super::queue::Queue;
use super::resource::{Ids, resource};
use futures::future::{Either, select};
use http::HeaderValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality, data::ResourceMetrics,
};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanExporter as _};
use outside::{Clock, Random, Transport};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// The layers of a subscriber.
pub type Layers<S> = Vec<Box<dyn Layer<S> + Send + Sync>>;

/// Whose spans are exported: ours, and no library's.
const OURS: [&str; 5] = ["gatehouse", "engine", "cloud", "functions", "notify"];

/// Traces and metrics of this process, on their way to a collector.
pub struct Telemetry {
    exporting: Arc<Exporting>,
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    /// Whether an invocation waits for its export, because nothing goes on after it.
    waits: bool,
}

impl Telemetry {
    /// Traces and metrics for this collector. `waits`: the platform stops the process after each invocation. The error says
    /// what cannot be used.
    pub fn new(
        otlp: &Otlp,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        waits: bool,
    ) -> Result<Self, String> {
        let client = Client::new(transport);
        let resource = resource(otlp, &*random);
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers: HashMap<String, String> =
            otlp.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let failed = |_| "the exporters cannot be built of OTEL_EXPORTER_OTLP_…".to_owned();
        let mut spans = SpanExporter::builder()
            .with_http()
            .with_http_client(client.clone())
            .with_endpoint(format!("{}/v1/traces", otlp.endpoint))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(EXPORT_TIMEOUT)
            .with_headers(headers.clone())
            // What fails is not sent again: the next export is.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(failed)?;
        spans.set_resource(&resource);
        let metrics = MetricExporter::builder()
            .with_http()
            .with_http_client(client.clone())
            .with_endpoint(format!("{}/v1/metrics", otlp.endpoint))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(EXPORT_TIMEOUT)
            .with_headers(headers)
            .with_retry_policy(RetryPolicy::disabled())
            .with_temporality(Temporality::Cumulative)
            .build()
            .map_err(failed)?;
        let queue = Queue::default();
        let tracer = SdkTracerProvider::builder()
            .with_span_processor(queue.clone())
            .with_id_generator(Ids(random))
            // Whoever calls decides for the whole trace; what begins here is recorded.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_resource(resource.clone())
            .build();
        let reader = Arc::new(ManualReader::default());
        let series = |_: &Instrument| Stream::builder().with_cardinality_limit(SERIES_MAX).build().ok();
        let meter = SdkMeterProvider::builder()
            .with_reader(Shared(reader.clone()))
            .with_view(series)
            .with_resource(resource)
            .build();
        let exporting = Exporting {
            queue,
            spans,
            metrics,
            reader,
            client,
            clock,
            host: otlp.host(),
            pace: Default::default(),
            alone: Arc::default(),
        };
        Ok(Self { exporting: Arc::new(exporting), tracer, meter, waits })
    }

    /// The layers that take spans and metrics.
    pub fn layers<S>(&self) -> Layers<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.tracer.tracer("gatehouse"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_traced));
        let metrics = MetricLayer::new(&self.meter.meter("gatehouse"))
            .with_filter(filter_fn(|metadata| !metadata.is_span() && metadata.target() == TARGET));
        vec![spans.boxed(), metrics.boxed()]
    }

    /// At the end of an invocation: sends what is due. It never fails, and takes no longer than a second.
    pub async fn after_invocation(&self) {
        if !self.exporting.is_due() {
            return;
        }
        // Whoever is at it sends what is due now, too.
        let Ok(alone) = self.exporting.alone.clone().try_lock_owned() else { return };
        let exporting = self.exporting.clone();
        let job = tokio::spawn(async move {
            exporting.export(false).await;
            drop(alone);
        });
        if self.waits {
            self.wait(job).await;
        }
    }

    /// At the end of the process: sends what is left, for a second at most.
    pub async fn finish(&self) {
        if self.exporting.is_resting() {
            return;
        }
        let exporting = self.exporting.clone();
        let job = tokio::spawn(async move {
            let _alone = exporting.alone.lock().await;
            exporting.export(true).await;
        });
        self.wait(job).await;
    }

    async fn wait(&self, job: tokio::task::JoinHandle<()>) {
        if let Either::Right(_) = select(job, self.exporting.clock.sleep(WAIT_MAX)).await {
            self.exporting.was_slow();
        }
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && *metadata.level() <= Level::DEBUG && OURS.contains(&root)
}

/// The reader, which the provider takes for itself, in two hands.
#[derive(Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    /// A gauge is exported when it was told anew: another process may know better by now. Everything else grows from the
    /// process's start, as Prometheus wants it.
    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        match kind {
            InstrumentKind::Gauge => Temporality::Delta,
            _ => Temporality::Cumulative,
        }
    }
}
