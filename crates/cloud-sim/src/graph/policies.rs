//! What is only read: the organization, our service principal, and documents that tests put in place.

use super::call::{Answer, Call};
use super::query::filtered_page;
use super::refusal::Refusal;
use super::{Turn, people};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn organization(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let initial = json!({ "capabilities": "Email", "isDefault": turn.tenant.verified_domains.is_empty(), "isInitial": true, "name": turn.tenant.domain, "type": "Managed" });
    let others = turn.tenant.verified_domains.iter().enumerate().map(|(index, name)| {
        json!({ "capabilities": "Email", "isDefault": index == 0, "isInitial": false, "name": name, "type": "Managed" })
    });
    let domains: Vec<_> = [initial].into_iter().chain(others).collect();
    let item = json!({
        "id": turn.tenant.id,
        "displayName": turn.tenant.display_name,
        "tenantType": "AAD",
        "verifiedDomains": domains,
    });
    Ok(Answer::ok(json!({ "@odata.context": format!("{}#organization", turn.metadata()), "value": [item] })))
}

pub(crate) fn service_principal(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let key = turn.params.first().cloned().unwrap_or_default();
    let app = Uuid::parse_str(&key).ok().and_then(|app| Some((app, turn.tenant.consents.get(&app)?)));
    let (app, consent) = app.filter(|(_, consent)| !consent.withdrawn).ok_or_else(|| Refusal::not_found(&key))?;
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#servicePrincipals/$entity", turn.metadata()),
        "id": consent.service_principal,
        "appId": app,
        "accountEnabled": true,
        "servicePrincipalType": "Application",
    })))
}

pub(crate) fn authorization_policy(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return document(turn, call);
    }
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#policies/authorizationPolicy/$entity", turn.metadata()),
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "allowInvitesFrom": turn.tenant.invitations.from.as_str(),
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "allowEmailVerifiedUsersToJoinOrganization": false,
        "blockMsolPowerShell": false,
    })))
}

/// A single object that a test put there.
pub(crate) fn document(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let found = turn.tenant.documents.get(&call.path).cloned();
    found.map(Answer::ok).ok_or_else(|| Refusal::not_found(&call.path))
}

/// A collection of objects with ids that a test put there as an array; empty without one.
pub(crate) fn document_list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let found = turn.tenant.documents.get(&call.path).and_then(Value::as_array).cloned().unwrap_or_default();
    let key = |item: &Value| item.get("id").and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for item in &found {
        let passes = filter.as_ref().map(|filter| filter.holds(&|name| item.get(name).cloned()));
        if passes.transpose()?.unwrap_or(true) {
            ids.extend(key(item));
        }
    }
    ids.sort_unstable();
    filtered_page(turn, call, call.path.trim_start_matches('/'), &ids, |_, id| {
        found.iter().find(|item| key(item) == Some(id)).cloned().unwrap_or_default()
    })
}
