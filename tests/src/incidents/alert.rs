//! The alerts that Azure Monitor would send.

use access::ids::TenantId;
use access::incidents::{IncidentId, Kind};
use serde_json::{Value, json};

/// The two declared accounts, by number.
pub(super) fn account(number: u8) -> (String, String) {
    (format!("b1ea000{number}-1111-4a7b-8c2d-00000000000{number}"), format!("bg-0{number}@contoso.onmicrosoft.com"))
}

/// One sign-in of the first account, as a rule that splits by dimensions tells it.
pub(super) fn sign_in(number: usize) -> Vec<u8> {
    sign_ins(number, &[(number, "0")])
}

/// An alert of this number about these sign-ins, each with its result.
pub(super) fn sign_ins(alert: usize, sign_ins: &[(usize, &str)]) -> Vec<u8> {
    let all_of: Vec<Value> = sign_ins.iter().map(|(number, result)| row(*number, result)).collect();
    let body = json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": format!("/subscriptions/11111111-2222-4333-8444-555555555555/providers/Microsoft.AlertsManagement/alerts/a1b2c3d4-0000-4000-8000-{alert:012}"),
                "alertRule": "bg-signin-interactive",
                "severity": "Sev0",
                "signalType": "Log",
                "monitorCondition": "Fired",
                "monitoringService": "Log Alerts V2",
                "firedDateTime": "2026-11-02T09:00:00Z",
            },
            "alertContext": {
                "conditionType": "LogQueryCriteria",
                "condition": {
                    "windowSize": "PT30M",
                    "allOf": all_of,
                    "windowStartTime": "2026-11-02T08:28:00Z",
                    "windowEndTime": "2026-11-02T08:58:00Z",
                },
            },
        },
    });
    body.to_string().into_bytes()
}

fn row(number: usize, result: &str) -> Value {
    let (id, upn) = account(1);
    let dimensions = [
        ("UserId", id),
        ("UserPrincipalName", upn),
        ("ResultType", result.to_owned()),
        ("IPAddress", "203.0.113.77".to_owned()),
        ("AppDisplayName", "Azure Portal".to_owned()),
        ("SignInId", event(number)),
    ];
    let dimensions: Vec<Value> =
        dimensions.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "searchQuery": "SigninLogs | where UserId in~ ('…')",
        "operator": "GreaterThan",
        "threshold": "0",
        "timeAggregation": "Count",
        "dimensions": dimensions,
        "metricValue": 1.0,
    })
}

fn event(number: usize) -> String {
    format!("5a1c7f0e-93d2-4a55-9a6e-{number:012}")
}

/// The incident of this sign-in.
pub(super) fn incident(tenant: TenantId, number: usize) -> IncidentId {
    IncidentId::of(tenant, Kind::SignIn, &event(number))
}
