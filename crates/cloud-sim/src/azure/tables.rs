//! The rows of a workspace's tables, made of the tenant's sign-ins and audits.

use super::Moment;
use crate::graph::audits::{initiator, targets};
use crate::tenant::{Audit, Logged, audit_id};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// One row with every column that it could show.
pub(super) struct Found {
    pub(super) at: Timestamp,
    pub(super) columns: Map<String, Value>,
    /// Whom and what it is about, in lower case.
    pub(super) about: Vec<String>,
}

/// The rows that have arrived. `by_target` makes one row of the audit log for each thing that something was done to.
pub(super) fn rows(moment: &Moment<'_>, table: &str, by_target: bool) -> Vec<Found> {
    let arrived = |happened| happened + moment.options.workspace_latency <= moment.now;
    if table == "AuditLogs" {
        let audits = moment.tenant.audits.iter().filter(|(_, logged)| arrived(logged.happened));
        return audits.flat_map(|(id, logged)| audit(moment, *id, &logged.audit, by_target)).collect();
    }
    let interactive = table == "SigninLogs";
    let sign_ins = moment.tenant.sign_ins.iter();
    sign_ins
        .filter(|(_, logged)| logged.interactive == interactive && arrived(logged.happened))
        .map(|(id, logged)| sign_in(moment, table, *id, logged))
        .collect()
}

/// Values of type `dynamic` come as JSON in text, in whichever table.
fn sign_in(moment: &Moment<'_>, table: &str, id: Uuid, logged: &Logged) -> Found {
    let sign_in = &logged.sign_in;
    let failed = sign_in.error_code != 0;
    let status = json!({ "errorCode": sign_in.error_code, "additionalDetails": sign_in.details });
    let place = json!({ "city": "Oslo", "countryOrRegion": "NO" });
    let device = json!({ "operatingSystem": "Windows10", "browser": "Edge 130.0.0" });
    let columns = json!({
        "Type": table,
        "TimeGenerated": sign_in.at,
        "CreatedDateTime": sign_in.at,
        "Id": id,
        "CorrelationId": id,
        "AADTenantId": moment.tenant.id,
        "OperationName": "Sign-in activity",
        "UserId": sign_in.user,
        "UserPrincipalName": sign_in.upn,
        "UserDisplayName": sign_in.upn,
        "ResultType": sign_in.error_code.to_string(),
        "ResultDescription": if failed { "The sign-in failed." } else { "" },
        "IPAddress": sign_in.ip,
        "AppDisplayName": sign_in.app,
        "ResourceDisplayName": sign_in.app,
        "ClientAppUsed": "Browser",
        "UserAgent": "Mozilla/5.0",
        "AuthenticationRequirement": "multiFactorAuthentication",
        "ConditionalAccessStatus": "notApplied",
        "IsInteractive": logged.interactive,
        "Interactive": logged.interactive,
        "Status": status.to_string(),
        "LocationDetails": place.to_string(),
        "DeviceDetail": device.to_string(),
    });
    let Value::Object(columns) = columns else { unreachable!("it was written as an object") };
    Found { at: sign_in.at, columns, about: vec![sign_in.user.to_string(), sign_in.upn.to_lowercase()] }
}

fn audit(moment: &Moment<'_>, id: Uuid, audit: &Audit, by_target: bool) -> Vec<Found> {
    let actor = audit.actor.map(|actor| actor.to_string()).unwrap_or_default();
    let about: Vec<String> = audit.targets.iter().map(|target| target.id.to_string()).chain([actor.clone()]).collect();
    let row = |target: Value| {
        let of_target = |name: &str| target.get(name).cloned().unwrap_or_default();
        let name = match of_target("userPrincipalName") {
            Value::Null => of_target("displayName"),
            name => name,
        };
        let columns = json!({
            "Type": "AuditLogs",
            "TimeGenerated": audit.at,
            "Id": audit_id(id),
            "CorrelationId": id,
            "AADTenantId": moment.tenant.id,
            "OperationName": audit.activity,
            "ActivityDisplayName": audit.activity,
            "Category": audit.category,
            "Result": if audit.success { "success" } else { "failure" },
            "ResultReason": "",
            "InitiatedBy": initiator(audit).to_string(),
            "TargetResources": targets(audit).to_string(),
            "TargetId": of_target("id"),
            "TargetType": of_target("type"),
            "TargetName": name,
            "Changes": of_target("modifiedProperties").to_string(),
            "Actor": actor,
            "ActorName": audit.actor_name,
            "ActorIP": audit.ip,
        });
        let Value::Object(columns) = columns else { unreachable!("it was written as an object") };
        columns
    };
    let each = match (by_target, targets(audit)) {
        (true, Value::Array(targets)) if !targets.is_empty() => targets,
        _ => vec![json!({})],
    };
    each.into_iter()
        .map(|target| {
            // With a row for each target, a row is about its own, about what its changes name, and about who did it.
            let own = target.get("id").and_then(Value::as_str).map(str::to_owned);
            let named = target.get("modifiedProperties").and_then(Value::as_array).into_iter().flatten();
            let named =
                named.filter_map(|change| Some(change.get("newValue")?.as_str()?.trim_matches('"').to_lowercase()));
            let about = match own {
                Some(own) => named.chain([own, actor.clone()]).collect(),
                None => about.clone(),
            };
            Found { at: audit.at, columns: row(target), about }
        })
        .collect()
}
