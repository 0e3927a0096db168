//! A break-glass account is used: from the alert to the verdict.

use super::files::{ALERT_KEY, Home};
use super::story::{Broken, LEAD};
use crate::text;
use crate::wiring::Place;
use access::incidents::{IncidentId, Verdict};
use bytes::Bytes;
use engine::{By, Engine};
use functions::{Inside, Reply, Wake};
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

/// The first account, as the customer's file declares it.
pub(crate) const BG1: (&str, &str) = ("eeeeeeee-0000-4000-8000-000000000041", "bg1@contoso.onmicrosoft.com");

/// The id of the sign-in in the log.
const SIGN_IN: &str = "5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f50";

/// Where Azure Monitor calls.
const PATH: &str = "/api/v1/alerts/contoso";

/// Tells it, and shows on the way what the duty engineer hears.
pub(super) async fn tell(home: &Home, engine: &Arc<Engine>, out: &mut dyn Write) -> Result<(), Broken> {
    writeln!(
        out,
        "{} signs in. Contoso's alert rule sees it in the sign-in log, and its action group calls us:\n",
        BG1.1
    )?;
    let called = sign_in(&home.place(), Some(engine), BG1, SIGN_IN).await;
    let (status, answer) = called.map_err(Broken::Failed)?;
    writeln!(out, "  POST {PATH}?code=…  ->  {status}")?;
    let id: Option<IncidentId> = answer["incidents"][0].as_str().and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Broken::Failed(format!("the alert made no incident: {answer}")))?;
    writeln!(out, "\nThe alert is stored before anything else, and the duty engineer's telephone rings:\n")?;
    hear(home, out)?;
    writeln!(out, "\nWithout an answer it would ring again, and then at the next one's. The lead answers:\n")?;
    let by = |comment: &str| By { who: LEAD.into(), asserted: true, comment: Some(comment.into()) };
    let incident = engine.acknowledge(&id, None, &by("calling Contoso"), true).await?;
    out.write_all(text::incident_in_short(&incident, home.called(&incident.customer)).as_bytes())?;
    out.write_all(b"\n")?;
    hear(home, out)?;
    writeln!(out, "\nContoso's administrators had lost their second factor, and said so on the telephone:\n")?;
    let incident =
        engine.give_verdict(&id, None, Verdict::Genuine, &by("Contoso's MFA was down; agreed by phone")).await?;
    hear(home, out)?;
    engine.journal_closed(std::slice::from_ref(&id)).await?;
    let incident = engine.incident(&incident.id, None).await?;
    out.write_all(b"\n")?;
    out.write_all(text::incident(&incident, home.called(&incident.customer)).as_bytes())?;
    Ok(())
}

/// Somebody signs in with this account, and Azure Monitor calls the function about it: over the same registry as every
/// host, on this engine (a store in memory is nobody else's) or on one of its own. The answer's status and body.
pub(crate) async fn sign_in(
    place: &Place,
    engine: Option<&Arc<Engine>>,
    account: (&str, &str),
    id: &str,
) -> Result<(StatusCode, Value), String> {
    let inside = match engine {
        Some(engine) => {
            let gate = place.gate(&engine.config, engine.store().clone())?;
            Inside { engine: engine.clone(), gate: Arc::new(gate) }
        }
        None => place.build().await?,
    };
    let functions = functions::all();
    let function = functions::route(&functions, &Method::POST, PATH);
    let function = function.ok_or_else(|| format!("no function is behind {PATH}"))?;
    let body = alert(account, id, place.doors.clock.now()).to_string();
    let request = Request::post(format!("https://gatehouse.example{PATH}?code={ALERT_KEY}"))
        .header("content-type", "application/json; charset=utf-8")
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    match function.handle(&inside, Wake::Http(Box::new(request))).await {
        Reply::Http(answer) => Ok((answer.status(), serde_json::from_slice(answer.body()).unwrap_or_default())),
        Reply::Done(_) | Reply::Retry(_) => Err(format!("{} gave no answer", function.name)),
    }
}

/// What the duty engineer heard since.
fn hear(home: &Home, out: &mut dyn Write) -> Result<(), Broken> {
    for told in home.duty.heard() {
        let said = |name: &str| told["data"][name].as_str().unwrap_or_default().to_owned();
        let by = told["data"]["by"].as_str().map(|by| format!(", by {by}")).unwrap_or_default();
        let head = format!("{}, {}{by}: {}", said("state"), said("severity"), said("title"));
        out.write_all(text::wrap("  duty  ", &head).as_bytes())?;
        if said("state") == "triggered" {
            out.write_all(text::wrap("        ", &said("text")).as_bytes())?;
            for fact in told["data"]["facts"].as_array().into_iter().flatten() {
                let of = |part: &str| fact[part].as_str().unwrap_or_default().to_owned();
                writeln!(out, "          {:<14} {}", of("name"), of("value"))?;
            }
        }
    }
    Ok(())
}

/// A log search alert in the common schema, split by the columns of the rule's query: it carries no rows.
fn alert((object, upn): (&str, &str), id: &str, now: Timestamp) -> Value {
    let dimensions = [
        ("UserId", object),
        ("UserPrincipalName", upn),
        ("ResultType", "0"),
        ("IPAddress", "203.0.113.77"),
        ("AppDisplayName", "Azure Portal"),
        ("SignInId", id),
    ];
    let dimensions: Vec<Value> =
        dimensions.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": format!("/subscriptions/f0f0f0f0-0000-4000-8000-000000000041/providers/Microsoft.AlertsManagement/alerts/{id}"),
                "alertRule": "break-glass-sign-in",
                "severity": "Sev0",
                "signalType": "Log",
                "monitorCondition": "Fired",
                "monitoringService": "Log Alerts V2",
                "firedDateTime": now,
            },
            "alertContext": {
                "conditionType": "LogQueryCriteria",
                "condition": {
                    "windowSize": "PT5M",
                    "allOf": [{
                        "searchQuery": "SigninLogs | where UserId in~ (…)",
                        "operator": "GreaterThan",
                        "threshold": "0",
                        "timeAggregation": "Count",
                        "dimensions": dimensions,
                        "metricValue": 1.0,
                    }],
                },
            },
            "customProperties": null,
        },
    })
}
