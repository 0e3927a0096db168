//! What an audit of emergency accounts reads beside users, groups and roles.

use super::Turn;
use super::call::{Answer, Call};
use super::query::{filtered_page, page};
use super::refusal::Refusal;
use super::{people, policies, render, sign_ins};
use crate::tenant::{DomainRules, MethodRules, RoleTerms, SignInMethod};
use serde_json::{Value, json};
use uuid::Uuid;

/// Privileged Identity Management refuses in its own way.
fn needs_p2(turn: &Turn<'_>) -> Result<(), Refusal> {
    if !turn.tenant.emergency.without_p2 {
        return Ok(());
    }
    let message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    Err(Refusal::new(400, "AadPremiumLicenseRequired", message))
}

pub(crate) fn methods(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let methods = turn.tenant.emergency.methods.iter();
    let listed = methods.filter(|(_, (whose, method, _))| *whose == user && *method != SignInMethod::Certificate);
    let ids: Vec<Uuid> = listed.map(|(id, _)| *id).collect();
    page(turn, call, "authentication/methods", &ids, |turn, id| {
        let Some((_, method, at)) = turn.tenant.emergency.methods.get(&id) else { return Value::Null };
        let kind = format!("#microsoft.graph.{}AuthenticationMethod", method.kind());
        let mut shown = json!({ "@odata.type": kind, "id": id, "createdDateTime": at });
        if let SignInMethod::Key { model, synced } = method {
            shown["displayName"] = json!("Key");
            shown["aaGuid"] = json!(model);
            shown["model"] = json!("Key of a maker");
            shown["passkeyType"] = json!(if *synced { "synced" } else { "deviceBound" });
        }
        shown
    })
}

pub(crate) fn registration(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    sign_ins::need_licence(turn)?;
    let user = turn.user(0)?;
    let found = turn.tenant.directory.users.get(&user).filter(|found| found.enabled);
    // The report leaves out whoever is disabled.
    let found = found.ok_or_else(|| Refusal::new(404, "UserNotFound", "The user is not in the report."))?;
    let emergency = &turn.tenant.emergency;
    let own = emergency.methods.values().filter(|(whose, ..)| *whose == user);
    let registered: Vec<&str> = own.filter_map(|(_, method, _)| method.registered()).collect();
    let reset = emergency.password_reset.contains(&user);
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#reports/authenticationMethods/userRegistrationDetails/$entity", turn.metadata()),
        "id": user,
        "userPrincipalName": turn.tenant.upn_of(found),
        "userDisplayName": *found.display_name,
        "isAdmin": turn.tenant.role_assignments.values().any(|held| held.principal == user),
        "isMfaRegistered": !registered.is_empty(),
        "isMfaCapable": !registered.is_empty(),
        "isPasswordlessCapable": !registered.is_empty(),
        "isSsprCapable": reset,
        "isSsprEnabled": reset,
        "isSsprRegistered": reset,
        "methodsRegistered": registered,
        "lastUpdatedDateTime": turn.wall,
    })))
}

pub(crate) fn registered_devices(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let all = turn.tenant.emergency.registered_devices.iter();
    let ids: Vec<Uuid> = all.filter(|(whose, _)| *whose == user).map(|(_, device)| *device).collect();
    objects(turn, call, &ids)
}

pub(crate) fn owned_devices(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let all = turn.tenant.emergency.owned_devices.iter();
    let ids: Vec<Uuid> = all.filter(|(whose, _)| *whose == user).map(|(_, device)| *device).collect();
    objects(turn, call, &ids)
}

fn objects(turn: &mut Turn<'_>, call: &Call, ids: &[Uuid]) -> Result<Answer, Refusal> {
    let select = call.select();
    page(turn, call, "directoryObjects", ids, |turn, id| render::any(turn, id, select.as_deref()))
}

pub(crate) fn permission_grants(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let user = turn.user(0)?;
    let all = turn.tenant.emergency.grants.iter();
    let ids: Vec<Uuid> = all.filter(|(_, (whose, _))| *whose == user).map(|(id, _)| *id).collect();
    page(turn, call, "oauth2PermissionGrants", &ids, |turn, id| {
        let Some((whose, client)) = turn.tenant.emergency.grants.get(&id) else { return Value::Null };
        json!({
            "id": id, "clientId": client, "consentType": "Principal", "principalId": whose,
            "resourceId": Uuid::from_u128(3), "scope": "User.Read",
        })
    })
}

/// Active assignments with their terms: those that nobody gave any are permanent and direct.
pub(crate) fn schedules(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    needs_p2(turn)?;
    let ids: Vec<Uuid> = turn.tenant.role_assignments.keys().copied().collect();
    filtered(turn, call, "roleManagement/directory/roleAssignmentScheduleInstances", ids, |turn, id| {
        let Some(held) = turn.tenant.role_assignments.get(&id) else { return Value::Null };
        let terms: RoleTerms = turn.tenant.emergency.terms.get(&id).copied().unwrap_or_default();
        json!({
            "id": id,
            "principalId": held.principal,
            "roleDefinitionId": held.role,
            "directoryScopeId": held.scope,
            "appScopeId": null,
            "startDateTime": "2026-01-01T00:00:00Z",
            "endDateTime": terms.ends,
            "assignmentType": if terms.activated { "Activated" } else { "Assigned" },
            "memberType": if terms.through_group { "Group" } else { "Direct" },
        })
    })
}

pub(crate) fn eligible(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    needs_p2(turn)?;
    let ids: Vec<Uuid> = turn.tenant.emergency.eligible.keys().copied().collect();
    filtered(turn, call, "roleManagement/directory/roleEligibilityScheduleInstances", ids, |turn, id| {
        let Some((principal, role)) = turn.tenant.emergency.eligible.get(&id) else { return Value::Null };
        json!({
            "id": id, "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/", "appScopeId": null,
            "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": null, "memberType": "Direct",
        })
    })
}

fn filtered(
    turn: &mut Turn<'_>,
    call: &Call,
    context: &str,
    ids: Vec<Uuid>,
    show: impl Fn(&Turn<'_>, Uuid) -> Value,
) -> Result<Answer, Refusal> {
    let filter = people::parsed(call)?;
    let mut kept = Vec::new();
    for id in ids {
        let shown = show(turn, id);
        let passes = filter.as_ref().map(|filter| filter.holds(&|name| shown.get(name).cloned()));
        if passes.transpose()?.unwrap_or(true) {
            kept.push(id);
        }
    }
    filtered_page(turn, call, context, &kept, show)
}

pub(crate) fn risky_user(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.emergency.without_p2 {
        return Err(Refusal::new(403, "Forbidden", "Your tenant is not licensed for this feature."));
    }
    let user = turn.id(0)?;
    let state = turn.tenant.emergency.risk.get(&user);
    let state = state.ok_or_else(|| Refusal::new(404, "NotFound", format!("User {user} not found.")))?;
    let is_risky = state == "atRisk";
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#identityProtection/riskyUsers/$entity", turn.metadata()),
        "id": user,
        "isDeleted": false,
        "riskLevel": if is_risky { "high" } else { "none" },
        "riskState": state,
        "riskDetail": "none",
    })))
}

pub(crate) fn domain(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let name = turn.params.first().map(|name| name.to_lowercase()).unwrap_or_default();
    if !turn.tenant.owns_domain(&name) {
        return Err(Refusal::not_found(&name));
    }
    let is_initial = turn.tenant.domain.eq_ignore_ascii_case(&name);
    let DomainRules { federated, password_days } =
        turn.tenant.emergency.domains.get(&name).copied().unwrap_or_default();
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#domains/$entity", turn.metadata()),
        "id": name,
        "authenticationType": if federated { "Federated" } else { "Managed" },
        "isInitial": is_initial,
        "isDefault": is_initial,
        "isAdminManaged": true,
        "isRoot": true,
        "isVerified": true,
        "supportedServices": [],
        "passwordValidityPeriodInDays": password_days,
    })))
}

pub(crate) fn security_defaults(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return policies::document(turn, call);
    }
    Ok(Answer::ok(json!({
        "@odata.context": format!("{}#policies/identitySecurityDefaultsEnforcementPolicy/$entity", turn.metadata()),
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms.",
        "isEnabled": turn.tenant.emergency.security_defaults,
    })))
}

pub(crate) fn method_rules(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    if turn.tenant.documents.contains_key(&call.path) {
        return policies::document(turn, call);
    }
    let name = turn.params.first().cloned().unwrap_or_default();
    let is_key = name.eq_ignore_ascii_case("fido2");
    if !is_key && !name.eq_ignore_ascii_case("x509Certificate") {
        return Err(Refusal::not_found(&name));
    }
    let set = turn.tenant.emergency.method_rules.get(&name.to_lowercase()).cloned();
    let MethodRules { enabled, groups, except, keys } =
        set.unwrap_or_else(|| MethodRules { enabled: is_key, ..MethodRules::default() });
    let target = |id: &str| json!({ "targetType": "group", "id": id, "isRegistrationRequired": false });
    let include: Vec<Value> = match groups.as_slice() {
        [] => vec![target("all_users")],
        groups => groups.iter().map(|id| target(&id.to_string())).collect(),
    };
    let mut body = json!({
        "@odata.type": format!("#microsoft.graph.{}AuthenticationMethodConfiguration", if is_key { "fido2" } else { "x509Certificate" }),
        "id": if is_key { "Fido2" } else { "X509Certificate" },
        "state": if enabled { "enabled" } else { "disabled" },
        "includeTargets": include,
        "excludeTargets": except.iter().map(|id| target(&id.to_string())).collect::<Vec<_>>(),
    });
    if is_key {
        let (only, models) = keys.clone().unwrap_or((true, Vec::new()));
        body["isAttestationEnforced"] = json!(false);
        body["isSelfServiceRegistrationAllowed"] = json!(true);
        body["keyRestrictions"] = json!({
            "isEnforced": keys.is_some(), "enforcementType": if only { "allow" } else { "block" }, "aaGuids": models,
        });
    }
    Ok(Answer::ok(body))
}
