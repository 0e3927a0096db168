//! The trace that came in goes on: into the spans, and out to Microsoft.

use super::collector::Collector;
use crate::telemetry::{Traced, begin};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use outside::{Transport, TransportError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Instrument;
use tracing_subscriber::registry;
use uuid::Uuid;

const INVOCATION: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// Keeps the `traceparent` of what it is sent.
#[derive(Default, Clone)]
struct Microsoft(Arc<Mutex<Vec<Option<String>>>>);

#[async_trait]
impl Transport for Microsoft {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let header = request.headers().get("traceparent").map(|value| value.to_str().unwrap().to_owned());
        self.0.lock().unwrap().push(header);
        Ok(Response::new(Bytes::new()))
    }
}

/// What an invocation with this `traceparent` writes on its lines, and sends to Microsoft.
async fn invoke(incoming: Option<&str>) -> (String, String) {
    let microsoft = Microsoft::default();
    let span = tracing::error_span!("invocation", otel.name = "schedule_sync");
    let logged = begin(&span, incoming, INVOCATION);
    async {
        let inner = tracing::debug_span!(target: "cloud", "request");
        let traced = Traced(Arc::new(microsoft.clone()));
        traced.send(Request::new(Bytes::new()), Duration::ZERO).instrument(inner).await.unwrap();
    }
    .instrument(span)
    .await;
    let sent = microsoft.0.lock().unwrap().remove(0).unwrap();
    (logged, sent)
}

#[tokio::test(start_paused = true)]
async fn without_a_collector_the_trace_goes_on_as_it_came() {
    let _guard = tracing::subscriber::set_default(registry());
    let own = "00-22222222222242228222222222222222-8222222222222222-00";
    for (incoming, expected) in [(Some(SAMPLED), SAMPLED), (Some(UNSAMPLED), UNSAMPLED), (None, own), (Some("x"), own)]
    {
        let (logged, sent) = invoke(incoming).await;
        assert_eq!((logged.as_str(), sent.as_str()), (expected, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_collector_what_goes_out_names_the_span_that_it_goes_out_from() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    let (logged, sent) = invoke(Some(SAMPLED)).await;
    telemetry.after_invocation().await;
    let spans = collector.spans();
    let [request, invocation] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((invocation.name.as_str(), request.name.as_str()), ("schedule_sync", "request"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&invocation.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&invocation.parent_span_id), "b7ad6b7169203331");
    assert_eq!((&request.trace_id, &request.parent_span_id), (&invocation.trace_id, &invocation.span_id));
    assert_eq!(logged, SAMPLED);
    assert_eq!(sent, format!("00-{}-{}-01", hex(&request.trace_id), hex(&request.span_id)));
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_no_recording_is_not_recorded_and_the_trace_goes_on() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    let (logged, sent) = invoke(Some(UNSAMPLED)).await;
    telemetry.after_invocation().await;
    assert!(collector.spans().is_empty());
    assert_eq!(logged, UNSAMPLED);
    assert!(sent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && sent.ends_with("-00"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_begins_here_is_the_one_on_the_log_lines() {
    let collector = Collector::new();
    let (telemetry, _guard) = collector.listening(true);
    let (logged, sent) = invoke(None).await;
    telemetry.after_invocation().await;
    let spans = collector.spans();
    assert!(spans[1].parent_span_id.is_empty(), "{spans:#?}");
    let trace = |text: &str| text.split('-').nth(1).unwrap().to_owned();
    let hex: String = spans[1].trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((trace(&logged), trace(&sent)), (hex.clone(), hex));
}

#[tokio::test(start_paused = true)]
async fn outside_of_an_invocation_nothing_is_added() {
    let microsoft = Microsoft::default();
    let traced = Traced(Arc::new(microsoft.clone()));
    traced.send(Request::new(Bytes::new()), Duration::ZERO).await.unwrap();
    assert_eq!(*microsoft.0.lock().unwrap(), [None]);
}
