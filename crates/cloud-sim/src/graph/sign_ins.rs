//! The sign-in log: newest first, late, sometimes twice, and only with Entra ID P1.

use super::call::{Answer, Call};
use super::query::filtered_page;
use super::refusal::Refusal;
use super::{Turn, people};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn list(turn: &mut Turn<'_>, call: &Call) -> Result<Answer, Refusal> {
    need_licence(turn)?;
    let filter = people::parsed(call)?;
    let mut ids = Vec::new();
    for (id, logged) in &turn.tenant.sign_ins {
        let shown = show(turn, *id);
        let get = |name: &str| shown.pointer(&format!("/{name}")).cloned();
        let passes = filter.as_ref().map(|filter| filter.holds(&get));
        // Version 1.0 shows those at which somebody sat, and no others.
        if logged.interactive && logged.visible <= turn.now && passes.transpose()?.unwrap_or(true) {
            ids.push(*id);
        }
    }
    let mut answer = filtered_page(turn, call, "auditLogs/signIns", &ids, show)?;
    if turn.rng.f64() < turn.options.replays
        && let Some(items) = answer.body["value"].as_array_mut()
    {
        items.extend(items.first().cloned());
    }
    Ok(answer)
}

/// The logs are for tenants with Entra ID P1 only.
pub(super) fn need_licence(turn: &Turn<'_>) -> Result<(), Refusal> {
    if turn.tenant.premium {
        return Ok(());
    }
    let message = "Neither tenant is B2C or tenant doesn't have premium license";
    Err(Refusal::new(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message))
}

fn show(turn: &Turn<'_>, id: Uuid) -> Value {
    let Some(logged) = turn.tenant.sign_ins.get(&id) else { return Value::Null };
    let sign_in = &logged.sign_in;
    json!({
        "id": id,
        "createdDateTime": sign_in.at,
        "userDisplayName": sign_in.upn,
        "userPrincipalName": sign_in.upn,
        "userId": sign_in.user,
        "appDisplayName": sign_in.app,
        "ipAddress": sign_in.ip,
        "clientAppUsed": "Browser",
        "conditionalAccessStatus": "notApplied",
        "isInteractive": true,
        "riskState": "none",
        "status": {
            "errorCode": sign_in.error_code,
            "failureReason": if sign_in.error_code == 0 { "Other." } else { "The sign-in failed." },
            "additionalDetails": sign_in.details,
        },
        "appliedConditionalAccessPolicies": [],
    })
}
