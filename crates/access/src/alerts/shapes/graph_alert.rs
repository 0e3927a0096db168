//! Alerts of Microsoft Graph security (*alert resource type*), among them Entra ID Protection's. Nobody pushes them to a
//! webhook by itself; whoever fetches them may forward them.

use super::super::alert::{Alert, AlertState, Shape, Window};
use super::super::dates::{date, window};
use super::super::finding::{Finding, FindingKind};
use super::super::found::{Found, Ours};
use super::super::json::Json;
use super::super::row_finding::object_id;
use super::super::text::{identifier, shown};
use super::finished;

pub(super) fn read(json: &Json, ours: Ours<'_>) -> Alert {
    let mut alert = Alert::new(Shape::GraphAlert);
    alert.id = json.get("id").scalar().and_then(identifier);
    alert.rule = json.get("title").scalar().and_then(shown);
    alert.fired_at = date(json, &["createdDateTime"], &mut alert);
    alert.window = window(json, &["firstActivityDateTime"], &["lastActivityDateTime"], &mut alert);
    alert.said_tenant = json.get("tenantId").scalar().and_then(shown);
    if json.get("status").is("resolved") {
        alert.state = AlertState::Updated;
    }
    let evidence = json.get("evidence").items();
    let mut addresses = evidence.iter().filter_map(|one| one.get("ipAddress").scalar());
    let address = addresses.next().filter(|_| addresses.next().is_none());
    let mut found = Found::new(ours);
    for account in evidence.iter().map(|one| one.get("userAccount")).filter(|account| account.is_object()) {
        let mut finding = Finding::new(FindingKind::SignIn);
        finding.user = account.get("azureAdUserId").scalar().and_then(object_id);
        finding.upn = account.get("userPrincipalName").scalar().and_then(shown);
        finding.at = alert.window.map(|Window { from, .. }| from);
        finding.ip = address.and_then(shown);
        let who = finding.user.map(|user| user.to_string()).or(finding.upn.clone());
        finding.event =
            alert.id.as_deref().zip(who.as_deref()).and_then(|(id, who)| identifier(&format!("{id}/{who}")));
        if finding.names_something() {
            found.push(finding);
        }
    }
    finished(alert, found)
}
