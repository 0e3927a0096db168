//! The common alert schema (*Common alert schema*): an envelope that all of Azure Monitor's alerts share, and a context
//! that each service fills by itself. Whatever the envelope promises may be null or missing.

use super::super::alert::{Alert, AlertState, Shape};
use super::super::dates::date;
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::test_button::is_test;
use super::super::text::{identifier, shown};
use super::{activity_log, anything, finished, health, log_v1, log_v2, said_tenant, state};

/// `None` where there is nothing in the envelope.
pub(super) fn read(json: &Json, ours: Ours<'_>) -> Option<Alert> {
    let data = json.get("data");
    let (essentials, context) = (data.get("essentials"), data.get("alertContext"));
    if !essentials.is_object() {
        return None;
    }
    let shape = shape(essentials.get("monitoringService").text().unwrap_or_default(), context);
    let mut alert = Alert::new(shape);
    let mut found = Found::new(ours);
    let target = essentials.get("alertTargetIDs").items().first();
    match shape {
        Shape::LogV2 | Shape::SimpleLog => log_v2::read(context, &mut alert, &mut found),
        Shape::LogV1 | Shape::ApplicationInsights => log_v1::read(context, &mut alert, &mut found),
        Shape::ActivityLog => activity_log::read(context, target, &mut alert, &mut found),
        Shape::ServiceHealth | Shape::ResourceHealth => health::read(context, target, &mut alert, &mut found),
        Shape::Metric => {}
        _ => anything::walk(context, &mut alert, &mut found),
    }
    let mut alert = finished(alert, found);
    envelope(essentials, &mut alert);
    let properties = [data.get("customProperties"), context.get("properties")];
    alert.said_tenant = properties.into_iter().find_map(said_tenant);
    alert.test = is_test(data, &alert);
    Some(alert)
}

/// By the service's name, and by what the context holds where the name is none that we know.
fn shape(service: &str, context: &Json) -> Shape {
    match service.trim().to_ascii_lowercase().as_str() {
        "log alerts v2" => Shape::LogV2,
        "simple log alert" => Shape::SimpleLog,
        "log analytics" => Shape::LogV1,
        "application insights" => Shape::ApplicationInsights,
        "servicehealth" | "service health" => Shape::ServiceHealth,
        "resource health" | "resourcehealth" => Shape::ResourceHealth,
        "platform" => Shape::Metric,
        name if name.starts_with("activity log") => Shape::ActivityLog,
        _ if context.at(&["condition", "allOf"]).items().iter().any(|entry| !entry.get("searchQuery").is_null()) => {
            Shape::LogV2
        }
        _ if !context.get("SearchQuery").is_null() => Shape::LogV1,
        _ if !context.get("eventDataId").is_null() => Shape::ActivityLog,
        _ => Shape::OtherCommon,
    }
}

fn envelope(essentials: &Json, alert: &mut Alert) {
    let ids = ["alertId", "originAlertId"];
    alert.id = ids.iter().find_map(|name| identifier(essentials.get(name).scalar()?));
    let rule_id = essentials.get("alertRuleId").text().and_then(|id| id.rsplit('/').next());
    alert.rule = essentials.get("alertRule").scalar().or(rule_id).and_then(shown);
    alert.fired_at = date(essentials, &["firedDateTime"], alert);
    if state(essentials.every("monitorCondition"), &["Resolved"]) == AlertState::Resolved {
        alert.state = AlertState::Resolved;
    } else if essentials.every("monitorCondition").any(|said| !said.is("Fired")) {
        alert.note("`monitorCondition` does not say plainly whether it fired: it is taken to have fired");
    }
}
