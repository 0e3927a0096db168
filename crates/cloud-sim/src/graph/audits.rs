//! The audit log: newest first, late, and only with Entra ID P1.

use super::call::{Answer, Call};
use super::query::filtered_page;
use super::refusal::Refusal;
use super::{Turn, people, sign_ins};
use crate::tenant::{Audit, audit_id};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    sign_ins::need_licence(turn)?;
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for (id, logged) in &turn.tenant.audits {
        let shown = show(*id, &logged.audit);
        let get = |name: &str| {
            // A path below a property that is null leads to nothing.
            let known = name.split('/').next().is_some_and(|first| shown.get(first).is_some());
            known.then(|| shown.pointer(&format!("/{name}")).cloned().unwrap_or(Value::Null))
        };
        let passes = filter.as_ref().map(|filter| filter.holds(&get));
        if logged.visible <= turn.now && passes.transpose()?.unwrap_or(true) {
            ids.push(*id);
        }
    }
    filtered_page(turn, call, "auditLogs/directoryAudits", &ids, |turn, id| {
        turn.tenant.audits.get(&id).map_or(Value::Null, |logged| show(id, &logged.audit))
    })
}

fn show(id: Uuid, audit: &Audit) -> Value {
    let mut shown = json!({
        "id": audit_id(id),
        "activityDateTime": audit.at,
        "activityDisplayName": audit.activity,
        "category": audit.category,
        "correlationId": id,
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "result": if audit.success { "success" } else { "failure" },
        "resultReason": "",
        "additionalDetails": [],
    });
    shown["initiatedBy"] = initiator(audit);
    shown["targetResources"] = targets(audit);
    shown
}

/// Who did it, as Graph and workspaces show it.
pub(crate) fn initiator(audit: &Audit) -> Value {
    match audit.actor {
        Some(user) => json!({ "app": null, "user": {
            "id": user, "displayName": null, "userPrincipalName": audit.actor_name, "ipAddress": audit.ip,
        } }),
        None => json!({ "user": null, "app": {
            "appId": null, "displayName": audit.actor_name, "servicePrincipalId": null, "servicePrincipalName": null,
        } }),
    }
}

/// What it was done to, as Graph and workspaces show it.
pub(crate) fn targets(audit: &Audit) -> Value {
    let one = |target: &crate::tenant::Audited| {
        let is_user = target.kind == "User";
        let changes: Vec<Value> = target
            .changes
            .iter()
            .map(|(property, old, new)| json!({ "displayName": property, "oldValue": old, "newValue": new }))
            .collect();
        json!({
            "id": target.id,
            "type": target.kind,
            "displayName": if is_user { None } else { Some(&target.name) },
            "userPrincipalName": if is_user { Some(&target.name) } else { None },
            "groupType": null,
            "modifiedProperties": changes,
        })
    };
    audit.targets.iter().map(one).collect()
}
