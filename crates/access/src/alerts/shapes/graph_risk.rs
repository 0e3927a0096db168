//! Risk detections of Entra ID Protection (*riskDetection resource type*).

use super::super::alert::{Alert, AlertState, Shape};
use super::super::dates;
use super::super::finding::{Finding, FindingKind};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::row_finding::object_id;
use super::super::text::{identifier, shown};
use super::finished;

pub(super) fn read(json: &Json, ours: Ours<'_>) -> Alert {
    let mut alert = Alert::new(Shape::GraphRisk);
    alert.id = json.get("id").scalar().and_then(identifier);
    alert.rule = json.get("riskEventType").scalar().and_then(shown);
    alert.fired_at = dates::date(json, &["detectedDateTime"], &mut alert);
    let over = ["remediated", "dismissed", "confirmedSafe"];
    if over.iter().any(|word| json.get("riskState").is(word)) {
        alert.state = AlertState::Updated;
    }
    let mut found = Found::new(ours);
    finding(json).into_iter().for_each(|finding| found.push(finding));
    finished(alert, found)
}

/// What it says; its `requestId` is the sign-in's id, so that it is found to be about the same sign-in as other alerts.
pub(super) fn finding(json: &Json) -> Option<Finding> {
    let is_sign_in = !json.get("activity").is("user");
    let mut finding = Finding::new(if is_sign_in { FindingKind::SignIn } else { FindingKind::Other });
    let ids = [json.get("requestId"), json.get("id")];
    finding.event = ids.into_iter().find_map(|id| identifier(id.scalar()?));
    finding.user = json.get("userId").scalar().and_then(object_id);
    finding.upn = json.get("userPrincipalName").scalar().and_then(shown);
    finding.at = json.get("activityDateTime").scalar().and_then(dates::quiet);
    finding.ip = json.get("ipAddress").scalar().and_then(shown);
    (finding.user.is_some() || finding.upn.is_some()).then_some(finding)
}
