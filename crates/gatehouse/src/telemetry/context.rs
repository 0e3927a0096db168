//! The trace context of an invocation (W3C, "Trace Context", version 00): the caller's, or one of our own.
//!
//! With a collector the invocation is a span of the caller's trace, and what goes out names the span it goes out from.
//! Without one nothing is recorded, but the trace goes on: what came in goes out as it is.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

/// What is passed on where nothing is recorded; kept with the invocation's span.
struct Passed(String);

/// Whether it is version 00 in its exact form. Anything else is a stranger's text and no log's.
pub(crate) fn is_traceparent(value: &str) -> bool {
    parse(value).is_some()
}

/// Joins the invocation's span, which was just made, with the trace that it is part of. Returns the `traceparent` that
/// belongs on its log lines.
pub(crate) fn begin(span: &Span, incoming: Option<&str>, invocation: Uuid) -> String {
    let parent = incoming.and_then(parse);
    if let Some(parent) = &parent {
        // Without a collector there is nothing to join.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent.clone()));
    }
    let ours = recorded(span);
    let text = match (incoming.filter(|_| parent.is_some()), &ours) {
        (Some(incoming), _) => incoming.to_owned(),
        (None, Some(ours)) => written(ours),
        // Nobody records this trace, so that its ids need to be no others than the invocation's.
        (None, None) => {
            let id = invocation.simple().to_string();
            format!("00-{id}-{}-00", &id[16..])
        }
    };
    if ours.is_none() {
        span.with_subscriber(|(id, dispatch)| {
            if let Some(span) = dispatch.downcast_ref::<Registry>().and_then(|registry| registry.span(id)) {
                span.extensions_mut().replace(Passed(text.clone()));
            }
        });
    }
    text
}

/// The `traceparent` of what goes out now: of the present span, or what the invocation passes on; `None` outside of an
/// invocation.
pub(super) fn outgoing() -> Option<String> {
    let span = Span::current();
    recorded(&span).map(|ours| written(&ours)).or_else(|| passed(&span))
}

fn recorded(span: &Span) -> Option<SpanContext> {
    let context = span.context();
    let ours = context.span().span_context().clone();
    ours.is_valid().then_some(ours)
}

fn passed(span: &Span) -> Option<String> {
    let found = span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.scope().find_map(|span| span.extensions().get::<Passed>().map(|passed| passed.0.clone()))
    });
    found.flatten()
}

fn written(context: &SpanContext) -> String {
    let flags = context.trace_flags() & TraceFlags::SAMPLED;
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), flags.to_u8())
}

/// Version 00: `00-<32 hex>-<16 hex>-<2 hex>`, small letters, no id all zero.
fn parse(value: &str) -> Option<SpanContext> {
    let mut parts = value.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths = (trace.len(), span.len(), flags.len()) == (32, 16, 2);
    if version != "00" || parts.next().is_some() || !lengths || ![trace, span, flags].into_iter().all(is_hex) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn only_a_well_formed_traceparent_is_taken() {
        for (value, good) in [
            (GOOD, true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319z-b7ad6b7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("x", false),
        ] {
            assert_eq!(is_traceparent(value), good, "{value}");
        }
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        assert_eq!(written(&parse(GOOD).unwrap()), GOOD);
    }
}
