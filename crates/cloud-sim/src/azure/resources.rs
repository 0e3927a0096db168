//! Azure Resource Manager: one resource by its id, or a listing of those of one type.

use super::Moment;
use crate::graph::{Answer, Call, Refusal};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(super) fn answer(moment: &Moment<'_>, call: &Call) -> Result<Answer, Refusal> {
    if call.method != "GET" {
        let message = format!("The requested resource does not support http method '{}'.", call.method);
        return Err(Refusal::new(405, "MethodNotAllowed", message));
    }
    if call.option("api-version").is_none_or(str::is_empty) {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Refusal::new(400, "MissingApiVersionParameter", message));
    }
    // Ids are the same in whatever case.
    let segments: Vec<String> = call.segments.iter().map(|segment| segment.to_lowercase()).collect();
    let id = format!("/{}", segments.join("/"));
    if moment.tenant.azure.closed {
        let message = format!(
            "The client does not have authorization to perform action 'read' over scope '{id}' or the scope is invalid. \
             If access was recently granted, please refresh your credentials."
        );
        return Err(Refusal::new(403, "AuthorizationFailed", message));
    }
    if let Some(found) = moment.tenant.azure.resources.get(&id) {
        return Ok(Answer::ok(found.clone()));
    }
    if let [first, subscription, ..] = segments.as_slice()
        && first == "subscriptions"
        && !moment.tenant.azure.subscriptions.contains(subscription)
    {
        let message = format!("The subscription '{subscription}' could not be found.");
        return Err(Refusal::new(404, "SubscriptionNotFound", message));
    }
    match listed(&segments) {
        Some(place) => list(moment, call, &place),
        None => {
            let name = segments.last().map(String::as_str).unwrap_or_default();
            let message = format!(
                "The Resource '{name}' was not found. For more details please go to \
                 https://aka.ms/ARMResourceNotFoundFix"
            );
            Err(Refusal::new(404, "ResourceNotFound", message))
        }
    }
}

/// What a listing shows: everything below `scope` of this type.
struct Place {
    scope: String,
    kind: String,
}

/// The listing that a path stands for. Below a provider names and types take turns: a path that ends with a type lists.
fn listed(segments: &[String]) -> Option<Place> {
    let providers = segments.iter().rposition(|segment| segment == "providers")?;
    let after = &segments[providers + 1..];
    let is_list = after.len() >= 2 && after.len().is_multiple_of(2);
    let scope: String = segments[..providers].iter().map(|segment| format!("/{segment}")).collect();
    is_list.then(|| Place { scope, kind: format!("/providers/{}/", after.join("/")) })
}

fn list(moment: &Moment<'_>, call: &Call, place: &Place) -> Result<Answer, Refusal> {
    let since = call.option("timeRange").and_then(age).map(|age| moment.wall - age);
    let service = call.option("monitorService");
    let shown: Vec<&Value> = moment
        .tenant
        .azure
        .resources
        .iter()
        .filter(|(id, _)| {
            let below = id.strip_prefix(&place.scope).and_then(|rest| rest.split_once(&place.kind));
            // In whichever resource group of the scope, but nothing of another provider, and nothing inside of it.
            below.is_some_and(|(group, name)| !group.contains("/providers/") && !name.contains('/'))
        })
        .map(|(_, body)| body)
        .filter(|body| {
            let essential =
                |name: &str| body.pointer(&format!("/properties/essentials/{name}")).and_then(Value::as_str);
            let started = essential("startDateTime").and_then(|text| text.parse::<Timestamp>().ok());
            since.is_none_or(|since| started.is_none_or(|started| started >= since))
                && service.is_none_or(|service| essential("monitorService").is_none_or(|found| found == service))
        })
        .collect();
    let start = call.option("$skiptoken").and_then(|token| token.parse::<usize>().ok()).unwrap_or_default();
    let end = shown.len().min(start.saturating_add(moment.options.page_size.max(1)));
    let page = shown.get(start..end).unwrap_or_default();
    let mut body = json!({ "value": page });
    if end < shown.len() {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in call.query.iter().filter(|(name, _)| name != "$skiptoken") {
            query.append_pair(name, value);
        }
        query.append_pair("$skiptoken", &end.to_string());
        body["nextLink"] = json!(format!("{}{}?{}", moment.options.resource_manager_base, call.path, query.finish()));
    }
    Ok(Answer::ok(body))
}

/// How far back a listing of alerts goes (page "Alerts - Get All").
fn age(range: &str) -> Option<SignedDuration> {
    match range {
        "1h" => Some(SignedDuration::from_hours(1)),
        "1d" => Some(SignedDuration::from_hours(24)),
        "7d" => Some(SignedDuration::from_hours(7 * 24)),
        "30d" => Some(SignedDuration::from_hours(30 * 24)),
        _ => None,
    }
}
