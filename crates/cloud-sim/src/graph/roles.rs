//! Directory roles and the roles of applications: who holds what.

use super::Turn;
use super::call::{Answer, Call};
use super::people;
use super::query::{filtered_page, page};
use super::refusal::Refusal;
use crate::directory::Change;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

/// What stands before a unit's id in the scope of an assignment.
pub(super) const UNIT_SCOPE: &str = "/administrativeUnits/";

/// Whether the calling application holds a directory role within this unit.
pub(super) fn reaches_unit(turn: &Turn<'_>, unit: Uuid) -> bool {
    let own = turn.tenant.consents.get(&turn.app).map(|consent| consent.service_principal);
    let scope = format!("{UNIT_SCOPE}{unit}");
    turn.tenant.role_assignments.values().any(|held| Some(held.principal) == own && held.scope == scope)
}

/// An assignment's id is text and not a GUID, unlike the ids of objects.
fn shown_id(id: Uuid) -> String {
    format!("{}-1", URL_SAFE_NO_PAD.encode(id.as_bytes()))
}

fn assignment(turn: &Turn<'_>, id: Uuid) -> Value {
    let Some(held) = turn.tenant.role_assignments.get(&id) else { return Value::Null };
    json!({
        "id": shown_id(id),
        "principalId": held.principal,
        "roleDefinitionId": held.role,
        "directoryScopeId": held.scope,
    })
}

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for (id, held) in &turn.tenant.role_assignments {
        // Whoever is deleted is not shown, here as among the members of a group.
        if !turn.tenant.directory.is_alive(held.principal) {
            continue;
        }
        let shown = assignment(turn, *id);
        let passes = filter.as_ref().map(|filter| filter.holds(&|name| shown.get(name).cloned()));
        if passes.transpose()?.unwrap_or(true) {
            ids.push(*id);
        }
    }
    filtered_page(turn, call, "roleManagement/directory/roleAssignments", &ids, assignment)
}

pub(crate) fn assign(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let id = |name: &str| {
        let wrong = || Refusal::bad_request(format!("Invalid value specified for property '{name}'."));
        call.text(name).and_then(|text| Uuid::parse_str(text).ok()).ok_or_else(wrong)
    };
    let (principal, role) = (id("principalId")?, id("roleDefinitionId")?);
    let scope = call.text("directoryScopeId").unwrap_or("/").to_owned();
    if !turn.is_visible(principal) {
        return Err(Refusal::not_found(principal));
    }
    if turn.tenant.directory.groups.get(&principal).is_some_and(|group| !group.settings.assignable_to_role) {
        return Err(Refusal::bad_request("The group is not assignable to a role."));
    }
    if let Some(unit) = scope.strip_prefix(UNIT_SCOPE) {
        let there = Uuid::parse_str(unit).is_ok_and(|unit| turn.tenant.directory.units.contains_key(&unit));
        if !there {
            return Err(Refusal::not_found(unit));
        }
    }
    let same =
        |held: &crate::tenant::RoleAssignment| held.principal == principal && held.role == role && held.scope == scope;
    if turn.tenant.role_assignments.values().any(same) {
        return Err(Refusal::conflict());
    }
    let made = turn.tenant.fresh_id();
    let change = turn.tenant.assign_role(made, principal, role, &scope);
    turn.note(change);
    let mut body = assignment(turn, made);
    body["@odata.context"] = json!(format!("{}#roleManagement/directory/roleAssignments/$entity", turn.metadata()));
    Ok(Answer::created(body))
}

pub(crate) fn unassign(turn: &mut Turn<'_>, _: &Call) -> Result<Answer, Refusal> {
    let shown = turn.params.first().cloned().unwrap_or_default();
    let id = turn.tenant.role_assignments.keys().copied().find(|id| shown_id(*id) == shown);
    let id = id.ok_or_else(|| Refusal::not_found(&shown))?;
    let held = turn.tenant.role_assignments.remove(&id).ok_or_else(|| Refusal::not_found(&shown))?;
    turn.note(Change::RoleUnassigned { assignment: id, principal: held.principal });
    Ok(Answer::no_content())
}

pub(crate) fn app_role_assignments(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    let principal = if call.segments[0] == "users" { turn.user(0)? } else { turn.group(0)? };
    let held = turn.tenant.app_role_assignments.iter();
    let ids: Vec<_> = held.filter(|(_, held)| held.principal == principal).map(|(id, _)| *id).collect();
    page(turn, call, "appRoleAssignments", &ids, |turn, id| {
        let Some(held) = turn.tenant.app_role_assignments.get(&id) else { return Value::Null };
        json!({
            // Not a GUID, unlike the ids of objects.
            "id": URL_SAFE_NO_PAD.encode([*id.as_bytes(), *held.resource.as_bytes()].concat()),
            "principalId": held.principal,
            "resourceDisplayName": held.resource_name,
            "resourceId": held.resource,
            "appRoleId": Uuid::nil(),
        })
    })
}
