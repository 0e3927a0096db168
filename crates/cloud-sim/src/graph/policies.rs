//! What is only read: the organization, our service principal, and documents that tests put in place.

use super::call::{Answer, Call};
use super::query::filtered_page;
use super::refusal::Refusal;
use super::{Turn, people};
use crate::tenant::Inbound;
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

/// The cross-tenant access settings for everybody; only what comes in is set by tests, the rest is as Microsoft has it.
pub(crate) fn cross_tenant_default(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return document(turn, call);
    }
    let set = turn.tenant.invitations.inbound.clone();
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#policies/crossTenantAccessPolicy/default/$entity", turn.metadata()),
        "isServiceDefault": set.is_none(),
        "b2bCollaborationInbound": inbound(&set.unwrap_or(Inbound::Allowed)),
        "inboundTrust": {
            "isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false,
        },
        "automaticUserConsentSettings": { "inboundAllowed": false, "outboundAllowed": false },
    })))
}

/// The cross-tenant access settings for one tenant, if it has any of its own.
pub(crate) fn cross_tenant_partner(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return document(turn, call);
    }
    let id = turn.id(0)?;
    let partner = turn.tenant.invitations.partners.get(&id).ok_or_else(|| Refusal::not_found(id))?;
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#policies/crossTenantAccessPolicy/partners/$entity", turn.metadata()),
        "tenantId": id,
        "isServiceProvider": null,
        "b2bCollaborationInbound": partner.inbound.as_ref().map(inbound),
        "b2bCollaborationOutbound": null,
        "inboundTrust": null,
        "automaticUserConsentSettings": { "inboundAllowed": null, "outboundAllowed": null },
    })))
}

fn inbound(set: &Inbound) -> Value {
    let all = |what: &str, kind: &str| json!([{ "target": what, "targetType": kind }]);
    let (access, targets) = match set {
        Inbound::Allowed => ("allowed", all("AllUsers", "user")),
        Inbound::Blocked => ("blocked", all("AllUsers", "user")),
        Inbound::Only { users, groups } => {
            let users = users.iter().map(|id| json!({ "target": id, "targetType": "user" }));
            let groups = groups.iter().map(|id| json!({ "target": id, "targetType": "group" }));
            ("allowed", users.chain(groups).collect())
        }
    };
    let applications = if access == "blocked" { "blocked" } else { "allowed" };
    json!({
        "usersAndGroups": { "accessType": access, "targets": targets },
        "applications": { "accessType": applications, "targets": all("AllApplications", "application") },
    })
}

/// The lists of mail domains: JSON within JSON, as observed. A tenant that never set one has no policy.
pub(crate) fn domain_lists(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return document(turn, call);
    }
    let policy = &turn.tenant.invitations;
    let list = json!({ "AllowedDomains": policy.allowed_domains, "BlockedDomains": policy.blocked_domains });
    let definition = json!({ "B2BManagementPolicy": {
        "InvitationsAllowedAndBlockedDomainsPolicy": list, "AutoRedeemPolicy": { "AdminConsentedForUsersIntoTenantIds": [] },
    }});
    let is_set = !policy.allowed_domains.is_empty() || !policy.blocked_domains.is_empty();
    let found = is_set.then(|| {
        json!({
            "id": turn.tenant.id, "displayName": "B2BManagementPolicy", "isOrganizationDefault": true,
            "definition": [definition.to_string()],
        })
    });
    Ok(Answer::ok(json!({ "value": found.into_iter().collect::<Vec<_>>() })))
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
