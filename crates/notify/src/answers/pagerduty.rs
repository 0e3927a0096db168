//! PagerDuty: its webhooks (v3) tell what people did with an incident there (pages "Webhooks v3" and "Verifying
//! signatures", PagerDuty Developer Documentation).
//!
//! Nothing says when a webhook was signed. A repetition does no harm: an incident is acknowledged once.

use super::{KEPT_MAX, Refused, header, proves};
use crate::channel::Key;
use crate::message::page_key;
use crate::text::plain;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

/// The most signatures that are looked at: PagerDuty sends one for each secret of a webhook.
const SIGNATURES_MAX: usize = 10;

/// What PagerDuty said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PagerDutyAnswer {
    /// A person acknowledged the incident.
    Acknowledged {
        /// The event's own id.
        event: String,
        /// The key of the page: an incident's id, if it is one of ours.
        key: String,
        /// Who it was, as PagerDuty shows them, with their id there.
        by: String,
        /// When.
        at: Option<Timestamp>,
    },
    /// Something else happened to an incident, or it was not a person who did it (we ourselves, for one).
    Other,
}

/// What PagerDuty said with this body, if one of these secrets signed it: `v1=` and the hexadecimal HMAC-SHA256 of the body,
/// in a list separated by commas.
///
/// # Errors
///
/// Why it is not believed. Nothing of the body was read, except where it is [`Refused::Unreadable`].
pub fn pagerduty(secrets: &[Key], headers: &HeaderMap, body: &[u8]) -> Result<PagerDutyAnswer, Refused> {
    let list = header(headers, "x-pagerduty-signature").ok_or(Refused::Unsigned)?;
    let signatures = list.split(',').filter_map(|one| one.trim().strip_prefix("v1="));
    let signatures: Vec<&str> = signatures.take(SIGNATURES_MAX).collect();
    if signatures.is_empty() {
        return Err(Refused::Unsigned);
    }
    if !proves(&secrets.iter().collect::<Vec<_>>(), &[body], &signatures) {
        return Err(Refused::WrongSignature);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refused::Unreadable)?;
    read(&body["event"]).ok_or(Refused::Unreadable)
}

fn read(event: &Value) -> Option<PagerDutyAnswer> {
    let kept = |value: &Value| value.as_str().map(|text| plain(text, KEPT_MAX));
    let agent = &event["agent"];
    let is_a_person = agent["type"] == "user_reference" || agent["type"] == "user";
    if event["event_type"].as_str()? != "incident.acknowledged" || !is_a_person {
        return Some(PagerDutyAnswer::Other);
    }
    // An incident that a person opened there by hand has no key.
    let Some(alert) = kept(&event["data"]["incident_key"]) else { return Some(PagerDutyAnswer::Other) };
    let by = match (kept(&agent["summary"]), kept(&agent["id"])) {
        (Some(name), Some(id)) => format!("{name} (PagerDuty {id})"),
        (None, Some(id)) => format!("PagerDuty {id}"),
        (_, None) => return None,
    };
    let at = event["occurred_at"].as_str().and_then(|at| at.parse().ok());
    Some(PagerDutyAnswer::Acknowledged { event: kept(&event["id"])?, key: page_key(&alert).to_owned(), by, at })
}
