//! PagerDuty: Events API v2.
//!
//! `dedup_key` is the same for every message about one cause, so a repeated one opens no second alert, and `resolve`
//! closes it. Lengths are those of the page "Send an alert event": 1,024 characters for a summary, 255 for a dedup_key.

use crate::notice::{LINK_TITLE, Notice, State};
use crate::text::plain;
use access::config::NoticeKind;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};

/// The most characters of a summary, and of any other text (PagerDuty takes 512 KB in all).
const SUMMARY_MAX: usize = 1_024;
const TEXT_MAX: usize = 8_000;

/// The request that reports this notice.
pub(crate) fn render(url: &str, key: &str, notice: &Notice) -> Result<Request<Bytes>, http::Error> {
    let mut event = json!({ "routing_key": key, "dedup_key": format!("gatehouse:{}", notice.id) });
    if notice.state == State::Resolved {
        event["event_action"] = json!("resolve");
    } else {
        let severity = match notice.kind {
            NoticeKind::Held | NoticeKind::Approvals => "warning",
            NoticeKind::Consent | NoticeKind::Problems => "error",
        };
        let command = notice.command.as_ref().map(|command| plain(command, TEXT_MAX));
        event["event_action"] = json!("trigger");
        event["client"] = json!("Gatehouse");
        if let Some(link) = &notice.link {
            event["links"] = json!([{ "href": link, "text": LINK_TITLE }]);
        }
        event["payload"] = json!({
            "summary": plain(&notice.headline(), SUMMARY_MAX),
            "source": "gatehouse",
            "severity": severity,
            "timestamp": notice.since,
            "class": notice.kind.name(),
            "custom_details": {
                "text": plain(&notice.text, TEXT_MAX),
                "customers": plain(&notice.customers_line(), TEXT_MAX),
                "customers_count": notice.count,
                "command": command.map_or(Value::Null, Value::String),
                "may_repeat": notice.may_repeat,
            },
        });
    }
    Request::post(url).header(header::CONTENT_TYPE, "application/json").body(Bytes::from(event.to_string()))
}
