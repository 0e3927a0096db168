//! Log queries: who may ask, which window is looked at, and the answer's shape.

use super::kql::Query;
use super::{Api, Moment, tables};
use crate::graph::{Answer, Call, Refusal};
use crate::tenant::Workspace;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) fn answer(moment: &Moment<'_>, api: Api, call: &Call, partial: bool) -> Result<Answer, Refusal> {
    if call.method != "POST" {
        return Err(Refusal::new(405, "MethodNotAllowed", "Queries are sent with POST here."));
    }
    let workspace = workspace(moment, api, call)?;
    // What comes of forgetting the content type.
    if call.body.is_null() {
        return Ok(Answer::ok(Value::Null));
    }
    let text = call.body.get("query").and_then(Value::as_str);
    let text = text.ok_or_else(|| bad("The request had some invalid properties: query is missing".to_owned()))?;
    let query = Query::read(text).map_err(bad)?;
    let window = match call.body.get("timespan").and_then(Value::as_str) {
        Some(text) => Some(window(text, moment.wall).ok_or_else(|| bad(format!("Invalid timespan: {text}")))?),
        None => None,
    };
    let filled = query.tables.iter().copied().filter(|table| workspace.tables.contains(*table));
    let all = filled.flat_map(|table| tables::rows(moment, table, query.by_target)).filter(|row| {
        let within = |at: Timestamp| window.is_none_or(|(from, to)| from <= at && at <= to);
        within(row.at) && query.wants(row)
    });
    let mut found: Vec<tables::Found> = all.collect();
    found.sort_by_key(|row| std::cmp::Reverse(row.at));
    let (columns, mut rows) = query.shown(&found).map_err(bad)?;
    if partial {
        rows.truncate(rows.len() / 2);
    }
    let columns: Vec<Value> = columns.iter().map(|name| json!({ "name": name, "type": kind(name) })).collect();
    let mut body = Map::new();
    body.insert("tables".to_owned(), json!([{ "name": "PrimaryResult", "columns": columns, "rows": rows }]));
    if partial {
        let message = "The results of this query exceed the set limit of 64000000 bytes.";
        body.insert(
            "error".to_owned(),
            json!({
                "code": "PartialError",
                "message": "There were some errors when processing your query.",
                "details": [{
                    "code": "EngineError",
                    "message": "Something went wrong processing your query on the server.",
                    "innererror": { "code": "-2133196797", "message": message, "severity": 2, "severityName": "Error" },
                }],
            }),
        );
    }
    Ok(Answer::ok(body.into()))
}

/// The workspace in the path, by its id or as a resource, if the caller may read it.
fn workspace<'a>(moment: &Moment<'a>, api: Api, call: &Call) -> Result<&'a Workspace, Refusal> {
    let azure = &moment.tenant.azure;
    let found = match api {
        Api::Logs => {
            let id = match call.segments.as_slice() {
                [_, workspaces, id, query] if workspaces == "workspaces" && query == "query" => {
                    Uuid::parse_str(id).ok()
                }
                _ => None,
            };
            id.and_then(|id| azure.workspaces.get(&id))
        }
        Api::Management => {
            if call.option("api-version").is_none() {
                return Err(Refusal::new(
                    400,
                    "MissingApiVersionParameter",
                    "The api-version query parameter is required.",
                ));
            }
            let path = format!("/{}", call.segments.join("/")).to_lowercase();
            let resource = path.strip_suffix("/api/query").unwrap_or_default().to_owned();
            azure.workspaces.values().find(|workspace| workspace.resource.to_lowercase() == resource)
        }
    };
    // Whoever has no role is told the same of a workspace that is not there.
    let readable = found.filter(|workspace| workspace.readable && !azure.closed);
    let workspace = readable.ok_or_else(|| {
        let message = "The provided credentials have insufficient access to perform the requested operation";
        Refusal::new(403, "InsufficientAccessError", message)
    })?;
    if api == Api::Logs && !workspace.direct {
        let message = "The access token has been obtained from wrong audience or resource.";
        return Err(Refusal::new(403, "InvalidAuthenticationTokenAudience", message));
    }
    Ok(workspace)
}

/// `from/to`, or a duration that ends now.
fn window(text: &str, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    match text.split_once('/') {
        Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
        None => {
            let span: Span = text.parse().ok()?;
            let back: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
            Some((now - back, now))
        }
    }
}

fn kind(column: &str) -> &'static str {
    match column {
        "TimeGenerated" | "CreatedDateTime" => "datetime",
        "Interactive" | "IsInteractive" => "bool",
        "Count" => "long",
        "Status" | "Location" | "Device" | "LocationDetails" | "DeviceDetail" | "InitiatedBy" | "TargetResources"
        | "Changes" => "dynamic",
        _ => "string",
    }
}

fn bad(message: String) -> Refusal {
    Refusal::new(400, "BadArgumentError", message)
}
