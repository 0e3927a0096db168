//! Trouble in an Azure service, or with one resource, such as the rule itself.

use super::super::alert::{Alert, AlertState};
use super::super::dates::date;
use super::super::finding::{Finding, FindingKind};
use super::super::found::Found;
use super::super::json::Json;
use super::super::text::{identifier, shown};
use super::activity_log::resource;

/// One event. `target` is what the envelope says it is about. Some of its fields are numbers where other events have
/// words.
pub(super) fn read(event: &Json, target: Option<&Json>, alert: &mut Alert, found: &mut Found<'_>) {
    let properties = event.get("properties");
    let (health, status) = (properties.get("currentHealthStatus"), event.get("status"));
    let texts = [properties.get("title"), event.get("Activity Log Event Description"), event.get("operationName")];
    let mut finding = Finding::new(FindingKind::Health);
    finding.event = event.get("eventDataId").scalar().and_then(identifier);
    finding.at = date(event, &["eventTimestamp", "submissionTimestamp"], alert);
    finding.operation = texts.into_iter().find_map(Json::scalar).and_then(shown);
    finding.result = [health, status].into_iter().find_map(Json::scalar).and_then(shown);
    finding.resource = resource(event, target);
    if health.is("Available") || (health.is_null() && status.is("Resolved")) {
        alert.state = AlertState::Resolved;
    }
    if finding.event.is_some() || finding.operation.is_some() {
        found.push(finding);
    }
}
