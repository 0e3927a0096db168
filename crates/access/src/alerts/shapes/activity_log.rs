//! Events of Azure's activity log: somebody changed, switched off or deleted a rule, an action group, a setting. They are
//! always of the lowest severity there, so how bad it is is ours to say (*Configure a webhook to get activity log
//! alerts*).

use super::super::alert::{Alert, Shape};
use super::super::dates::date;
use super::super::finding::{Finding, FindingKind};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::text::{identifier, shown};
use super::super::words::blinds;
use super::{finished, health, said_tenant, state};

/// The claim that holds the object id of who did it.
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/// The schema of its own.
pub(super) fn own(data: &Json, ours: Ours<'_>) -> Alert {
    let event = data.at(&["context", "activityLog"]);
    let source = event.get("eventSource");
    let shape = match source {
        source if source.is("ServiceHealth") => Shape::ServiceHealth,
        source if source.is("ResourceHealth") => Shape::ResourceHealth,
        _ => Shape::ActivityLog,
    };
    let mut alert = Alert::new(shape);
    let mut found = Found::new(ours);
    match shape {
        Shape::ActivityLog => read(event, None, &mut alert, &mut found),
        _ => health::read(event, None, &mut alert, &mut found),
    }
    alert.state = alert.state.max(state(data.every("status"), &["Deactivated", "Resolved"]));
    alert.said_tenant = said_tenant(data.get("properties"));
    finished(alert, found)
}

/// One event. `target` is what the envelope says it happened to.
pub(super) fn read(event: &Json, target: Option<&Json>, alert: &mut Alert, found: &mut Found<'_>) {
    let source = event.get("eventSource");
    let is_administrative = source.text().is_none() || source.is("Administrative");
    let kind = if is_administrative { FindingKind::Tamper } else { FindingKind::Other };
    let mut finding = Finding::new(kind);
    finding.event = event.get("eventDataId").scalar().and_then(identifier);
    finding.at = date(event, &["eventTimestamp", "submissionTimestamp"], alert);
    finding.operation = word(event.get("operationName")).and_then(shown);
    finding.result = word(event.get("status")).and_then(shown);
    finding.actor = actor(event);
    finding.resource = resource(event, target);
    finding.severe = is_administrative && blinds(finding.operation.as_deref(), finding.result.as_deref());
    if finding.event.is_some() || finding.operation.is_some() {
        found.push(finding);
    }
}

/// A word, also where it stands beside its translation.
fn word(json: &Json) -> Option<&str> {
    json.scalar().or_else(|| json.get("value").scalar())
}

/// The claims are JSON in a text, or null.
fn actor(event: &Json) -> Option<String> {
    let caller = event.get("caller").scalar().and_then(shown);
    caller.or_else(|| event.get("claims").unfold()?.get(OBJECT_ID).scalar().and_then(shown))
}

pub(super) fn resource(event: &Json, target: Option<&Json>) -> Option<String> {
    let properties = event.get("properties");
    let places = [
        event.at(&["authorization", "scope"]),
        event.get("resourceId"),
        properties.get("entity"),
        properties.get("resourceId"),
    ];
    places.into_iter().chain(target).find_map(Json::scalar).and_then(identifier)
}
