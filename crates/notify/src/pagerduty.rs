//! PagerDuty: Events API v2.
//!
//! `dedup_key` is the same for every message about one alert, so a repeated one opens no second alert, `acknowledge` says
//! that somebody looks after it, and `resolve` closes it. While an alert is acknowledged nobody is notified, whatever
//! triggers come (pages "Event Management" and "Incidents"): people who are called anew are called by another alert. What
//! acknowledges or resolves an alert that is not there is dropped. Lengths are those of the page "Send an alert event": 1,024
//! characters for a summary, 255 for a dedup_key. PagerDuty makes links of addresses in details.

use crate::message::{About, Message};
use crate::page::Act;
use access::incidents::Severity;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The most characters of a summary, of a dedup_key, and of any other text (PagerDuty takes 512 KB in all).
const SUMMARY_MAX: usize = 1_024;
const KEY_MAX: usize = 255;
const TEXT_MAX: usize = 8_000;

/// The request that reports this message.
pub(crate) fn render(url: &str, key: &str, message: &Message) -> Result<Request<Bytes>, http::Error> {
    let mut event = json!({ "routing_key": key, "dedup_key": message.alert_key(KEY_MAX) });
    match message.act {
        Act::Acknowledge => event["event_action"] = json!("acknowledge"),
        Act::Resolve => event["event_action"] = json!("resolve"),
        Act::Trigger | Act::Update => {
            event["event_action"] = json!("trigger");
            event["client"] = json!("Gatehouse");
            if let Some(link) = &message.link {
                event["links"] = json!([{ "href": link.url, "text": link.title }]);
            }
            event["payload"] = payload(message);
        }
    }
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(event.to_string()))
}

fn payload(message: &Message) -> Value {
    let severity = match message.severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let mut details = message.table();
    details["Text"] = json!(message.text_unlinked(TEXT_MAX));
    let mut payload = json!({
        "summary": message.headline_unlinked(SUMMARY_MAX),
        "source": "gatehouse",
        "severity": severity,
        "timestamp": message.since,
        "class": message.kind(),
        "custom_details": details,
    });
    if matches!(message.about, About::Incident { .. }) {
        payload["component"] = json!("emergency-access");
    }
    payload
}
