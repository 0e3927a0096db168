//! Alerts as Azure Monitor sends them, and what tells them apart.

use access::ids::TenantId;
use access::incidents::{IncidentId, Kind};
use serde_json::json;

/// The account that is used.
pub(super) const ACCOUNT: &str = "b1ea0001-1111-4a7b-8c2d-000000000001";
/// Its name.
pub(super) const UPN: &str = "bg-01@customer.onmicrosoft.com";

/// The alert of this number, about the sign-in of that one.
pub(super) fn body(alert: usize, sign_in: usize) -> Vec<u8> {
    let dimensions = [
        ("UserId", ACCOUNT.to_owned()),
        ("UserPrincipalName", UPN.to_owned()),
        ("ResultType", "0".to_owned()),
        ("IPAddress", "203.0.113.77".to_owned()),
        ("AppDisplayName", "Azure Portal".to_owned()),
        ("SignInId", event(sign_in)),
    ];
    let dimensions = dimensions.map(|(name, value)| json!({ "name": name, "value": value }));
    let subscription = "/subscriptions/11111111-2222-4333-8444-555555555555";
    let body = json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": format!("{subscription}/providers/Microsoft.AlertsManagement/alerts/a1b2c3d4-0000-4000-8000-{alert:012}"),
                "alertRule": "bg-signin-interactive",
                "alertRuleID": format!("{subscription}/resourceGroups/rg/providers/microsoft.insights/scheduledqueryrules/bg"),
                "severity": "Sev0",
                "signalType": "Log",
                "monitorCondition": "Fired",
                "monitoringService": "Log Alerts V2",
                "firedDateTime": "2026-11-20T02:42:13.4471829Z",
            },
            "alertContext": {
                "conditionType": "LogQueryCriteria",
                "condition": {
                    "windowSize": "PT30M",
                    "allOf": [{
                        "searchQuery": "SigninLogs | where UserId == '…'",
                        "operator": "GreaterThan",
                        "threshold": "0",
                        "timeAggregation": "Count",
                        "dimensions": dimensions,
                        "metricValue": 1.0,
                    }],
                    "windowStartTime": "2026-11-20T02:11:00Z",
                    "windowEndTime": "2026-11-20T02:41:00Z",
                },
            },
        },
    });
    body.to_string().into_bytes()
}

fn event(number: usize) -> String {
    format!("5a1c7f0e-93d2-4a55-9a6e-{number:012}")
}

/// The incident of this sign-in.
pub(super) fn incident(tenant: TenantId, number: usize) -> String {
    IncidentId::of(tenant, Kind::SignIn, &event(number)).to_string()
}
