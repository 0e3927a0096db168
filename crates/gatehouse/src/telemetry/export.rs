//! Exporting, when something is due and nobody is already at it.
//!
//! It is tried at the end of an invocation, after the answer is made. Where the process lives on (Azure, `serve`) it goes
//! on beside whatever comes next. Lambda freezes a process between invocations, so there the invocation waits for it, at
//! most [`WAIT_MAX`]. A collector that fails or is slow is left alone for a while, which doubles each time; what could not
//! be sent is lost, and counted in the one log line that tells of it.

use super::client::Client;
use super::queue::{BATCH_MAX, Queue};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{ManualReader, reader::MetricReader};
use opentelemetry_sdk::trace::SpanExporter as _;
use outside::Clock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an invocation waits for an export at most, where it waits at all.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(1);

/// Spans are exported at most this often, unless a batch is full.
pub(super) const SPANS_EVERY: Duration = Duration::from_secs(5);

/// Metrics are exported at most this often.
pub(super) const METRICS_EVERY: Duration = Duration::from_secs(60);

/// How long a collector that failed is left alone, at first and at most.
pub(super) const PAUSE_FIRST: Duration = Duration::from_secs(30);
pub(super) const PAUSE_LAST: Duration = Duration::from_secs(15 * 60);

/// How many batches one export sends.
const BATCHES_MAX: usize = 4;

/// What exports.
pub(super) struct Exporting {
    pub(super) queue: Queue,
    pub(super) spans: SpanExporter,
    pub(super) metrics: MetricExporter,
    pub(super) reader: Arc<ManualReader>,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    /// The collector's host, for messages.
    pub(super) host: String,
    pub(super) pace: Mutex<Pace>,
    /// Held by whoever exports.
    pub(super) alone: Arc<tokio::sync::Mutex<()>>,
}

/// When what was sent, and when to try again; by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Pace {
    spans: Option<Duration>,
    metrics: Option<Duration>,
    not_before: Duration,
    failures: u32,
}

impl Exporting {
    /// Whether there is something to send now.
    pub(super) fn is_due(&self) -> bool {
        let now = self.clock.monotonic();
        let pace = self.pace.lock().expect("no holder panics");
        if now < pace.not_before {
            return false;
        }
        let waiting = self.queue.len();
        let spans = waiting >= BATCH_MAX || (waiting > 0 && is_over(pace.spans, SPANS_EVERY, now));
        spans || is_over(pace.metrics, METRICS_EVERY, now)
    }

    /// Whether the collector is left alone now.
    pub(super) fn is_resting(&self) -> bool {
        self.clock.monotonic() < self.pace.lock().expect("no holder panics").not_before
    }

    /// Sends what waits, and metrics where they are due or `all` is asked for.
    pub(super) async fn export(&self, all: bool) {
        let sent = self.send(all).await;
        let mut pace = self.pace.lock().expect("no holder panics");
        match sent {
            Ok(()) if pace.failures > 0 => {
                pace.failures = 0;
                tracing::info!(collector = self.host, "telemetry is taken again");
            }
            Ok(()) => {}
            // It was left alone already, for being slow.
            Err(_) if self.clock.monotonic() < pace.not_before => {}
            Err(what) => {
                let last = self.client.last();
                self.rest(&mut pace, what, &last.why, last.retry_after);
            }
        }
    }

    /// Nobody waited for an export to its end: the collector is too slow to be waited for again soon.
    pub(super) fn was_slow(&self) {
        let mut pace = self.pace.lock().expect("no holder panics");
        // One that failed meanwhile has said so itself.
        if self.clock.monotonic() >= pace.not_before {
            self.rest(&mut pace, "an export", "it is slow", None);
        }
    }

    fn rest(&self, pace: &mut Pace, what: &str, why: &str, asked: Option<Duration>) {
        pace.failures = pace.failures.saturating_add(1);
        let doubled = PAUSE_FIRST.saturating_mul(1 << (pace.failures - 1).min(10)).min(PAUSE_LAST);
        let pause = doubled.max(asked.unwrap_or_default());
        pace.not_before = self.clock.monotonic() + pause;
        let lost = self.queue.take_lost();
        tracing::warn!(
            collector = self.host,
            why,
            lost_spans = lost,
            again_in_seconds = pause.as_secs(),
            "the collector did not take {what}; nothing else is affected"
        );
    }

    async fn send(&self, all: bool) -> Result<(), &'static str> {
        let now = self.clock.monotonic();
        for _ in 0..BATCHES_MAX {
            let batch = self.queue.take();
            if batch.is_empty() {
                break;
            }
            let count = batch.len();
            if self.spans.export(batch).await.is_err() {
                self.queue.lost(count);
                return Err("spans");
            }
            self.pace.lock().expect("no holder panics").spans = Some(now);
        }
        let due = all || is_over(self.pace.lock().expect("no holder panics").metrics, METRICS_EVERY, now);
        if due {
            let mut collected = ResourceMetrics::default();
            let collects = self.reader.collect(&mut collected);
            if collects.is_err() || self.metrics.export(&collected).await.is_err() {
                return Err("metrics");
            }
            self.pace.lock().expect("no holder panics").metrics = Some(now);
        }
        Ok(())
    }
}

fn is_over(last: Option<Duration>, every: Duration, now: Duration) -> bool {
    last.is_none_or(|last| last + every <= now)
}
