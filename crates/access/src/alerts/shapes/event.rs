//! Events in Event Grid's schema, and cloud events: an envelope of their own around anything, even around another alert.

use super::super::alert::{Alert, Shape};
use super::super::dates;
use super::super::finding::FindingKind;
use super::super::found::Ours;
use super::super::json::Json;
use super::super::text::{TEXT_CHARS_MAX, identifier, shown};
use super::{anything, known};
use std::borrow::Cow;

/// What Event Grid sends to ask whether its events are wanted, alone in a list (*Endpoint validation with Event Grid
/// event schema*).
const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// The code to answer with, where the body is that question.
pub(in super::super) fn validation(json: &Json) -> Option<&str> {
    let [event] = json.items() else { return None };
    let code = event.at(&["data", "validationCode"]).scalar()?;
    (event.get("eventType").is(VALIDATION) && code.len() <= TEXT_CHARS_MAX).then_some(code)
}

/// A cloud event whose envelope is in the headers, and whose body is its data.
pub(in super::super) fn binary(json: &Json, headers: &[(&str, &str)], ours: Ours<'_>) -> Option<Alert> {
    let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    header("ce-specversion")?;
    let kind = header("ce-type")?;
    Some(of_parts(
        Parts { shape: Shape::CloudEvent, id: header("ce-id"), kind, time: header("ce-time"), data: json },
        ours,
        0,
    ))
}

/// An event whose envelope and data are one object.
pub(super) fn read(json: &Json, shape: Shape, ours: Ours<'_>, level: usize) -> Alert {
    let (kind, time) = match shape {
        Shape::CloudEvent => ("type", "time"),
        _ => ("eventType", "eventTime"),
    };
    let parts = Parts {
        shape,
        id: json.get("id").scalar(),
        kind: json.get(kind).scalar().unwrap_or_default(),
        time: json.get(time).scalar(),
        data: json.get("data"),
    };
    of_parts(parts, ours, level)
}

struct Parts<'a> {
    shape: Shape,
    id: Option<&'a str>,
    kind: &'a str,
    time: Option<&'a str>,
    data: &'a Json,
}

fn of_parts(parts: Parts<'_>, ours: Ours<'_>, level: usize) -> Alert {
    let data = match parts.data {
        Json::Text(_) => parts.data.unfold().map_or(Cow::Borrowed(parts.data), Cow::Owned),
        data => Cow::Borrowed(data),
    };
    let time = parts.time.and_then(dates::quiet);
    let mut alert = known(&data, ours, level + 1).unwrap_or_else(|| {
        let mut alert = anything::read(&data, ours);
        for finding in &mut alert.findings {
            finding.at = finding.at.or(time);
            if finding.kind == FindingKind::Tamper && finding.event.is_none() {
                finding.event = parts.id.and_then(identifier);
            }
        }
        alert
    });
    alert.shape = parts.shape;
    alert.or_id(parts.id);
    alert.rule = alert.rule.or_else(|| shown(parts.kind));
    alert.fired_at = alert.fired_at.or(time);
    alert
}
