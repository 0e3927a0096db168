//! The shapes of bodies, a file each, and how they are told apart.

mod activity_log;
mod anything;
mod batch;
mod common;
mod event;
mod event_hub;
mod graph_alert;
mod graph_risk;
mod health;
mod log_v1;
mod log_v2;
mod metric;
mod sentinel;

use super::alert::{Alert, AlertState, Shape};
use super::found::{Found, Ours};
use super::json::Json;

pub(super) use event::{binary as binary_cloud_event, validation};

/// How deep alerts may be wrapped in lists, events and bodies of others.
const LEVELS_MAX: usize = 4;

/// Reads whatever it is.
pub(super) fn read(json: &Json, ours: Ours<'_>) -> Alert {
    read_at(json, ours, 0)
}

fn read_at(json: &Json, ours: Ours<'_>, level: usize) -> Alert {
    known(json, ours, level).unwrap_or_else(|| anything::read(json, ours))
}

/// An alert of a known shape. The first test that fits decides.
fn known(json: &Json, ours: Ours<'_>, level: usize) -> Option<Alert> {
    if level > LEVELS_MAX {
        return None;
    }
    let has = |name: &str| !json.get(name).is_null();
    let schema = json.get("schemaId");
    if !json.items().is_empty() {
        Some(batch::read(json.items(), ours, level))
    } else if has("specversion") && has("type") && has("source") {
        Some(event::read(json, Shape::CloudEvent, ours, level))
    } else if schema.is("azureMonitorCommonAlertSchema") {
        common::read(json, ours)
    } else if schema.is("Microsoft.Insights/activityLogs") {
        Some(activity_log::own(json.get("data"), ours))
    } else if schema.is("Microsoft.Insights/LogAlert") {
        Some(log_v1::own(json.get("data"), Shape::ApplicationInsights, ours))
    } else if schema.is("AzureMonitorMetricAlert") {
        Some(metric::own(json.get("data")))
    } else if let Some(alert) = sentinel::read(json, ours) {
        Some(alert)
    } else if has("AlertRuleName") && has("SearchQuery") {
        Some(log_v1::own(json, Shape::LogV1Own, ours))
    } else if event_hub::is_records(json) {
        Some(event_hub::read(json.get("records").items(), ours))
    } else if event_hub::is_record(json) {
        Some(event_hub::read(std::slice::from_ref(json), ours))
    } else if json.get("@odata.type").is("#microsoft.graph.security.alert") {
        Some(graph_alert::read(json, ours))
    } else if has("riskEventType") {
        Some(graph_risk::read(json, ours))
    } else if has("eventType") && has("data") {
        Some(event::read(json, Shape::EventGrid, ours, level))
    } else {
        // A playbook that passes on the whole of what woke it.
        let inner = json.get("body").unfold()?;
        known(&inner, ours, level + 1)
    }
}

/// What a field says that has one word for "fired" and another for "resolved". Only where nothing else is said is
/// it resolved: an alert that contradicts itself fired.
fn state<'j>(mut said: impl Iterator<Item = &'j Json>, resolved: &[&str]) -> AlertState {
    let is_resolved = |json: &Json| resolved.iter().any(|word| json.is(word));
    match said.next() {
        Some(first) if is_resolved(first) && said.all(is_resolved) => AlertState::Resolved,
        _ => AlertState::Fired,
    }
}

/// The customer's tenant among the custom properties of a rule.
fn said_tenant(properties: &Json) -> Option<String> {
    properties.get("customerTenantId").scalar().and_then(super::text::shown)
}

/// Ends an alert whose findings are all there.
fn finished(mut alert: Alert, found: Found<'_>) -> Alert {
    found.into(&mut alert);
    alert
}
