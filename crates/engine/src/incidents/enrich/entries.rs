//! Entries of the logs, as Graph and workspaces show them, as what an alert would say of them.

use access::alerts::{Finding, FindingKind, identifier, shown};
use access::incidents::Entry;
use cloud::graph::{Audit, AuditChange, SignIn};
use cloud::logs::Row;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The most changed properties that are told of one change.
const CHANGES_MAX: usize = 5;

/// A sign-in as Graph shows it.
pub(in crate::incidents) fn of_sign_in(sign_in: &SignIn) -> Entry {
    let finding = Finding {
        user: sign_in.user,
        upn: sign_in.name.as_deref().and_then(shown),
        result: sign_in.error_code.map(|code| code.to_string()),
        ip: sign_in.ip.as_deref().and_then(shown),
        app: sign_in.app.as_deref().and_then(shown),
        interactive: sign_in.interactive,
        ..blank(FindingKind::SignIn, &sign_in.id, sign_in.at)
    };
    let failed = sign_in.error_code.is_some_and(|code| code != 0);
    let facts = labelled([
        ("Place", sign_in.place.clone()),
        ("Second factor", sign_in.details.clone()),
        ("Device", sign_in.device.clone()),
        ("Client", sign_in.client.clone()),
        ("Conditional Access", sign_in.conditional_access.clone()),
        ("Resource", sign_in.resource.clone()),
        ("Reason", sign_in.reason.clone().filter(|_| failed)),
    ]);
    Entry { finding, facts }
}

/// A sign-in as a workspace shows it, in the columns of our own query; `None`: without id or time it cannot be told from
/// others.
pub(super) fn of_row(row: &Row<'_>) -> Option<Entry> {
    let text = |column: &str| row.text(column).and_then(|text| shown(&text));
    let (id, at) = (row.text("SignInId")?, row.time("TimeGenerated")?);
    let finding = Finding {
        user: row.guid("UserId"),
        upn: text("UserPrincipalName"),
        result: text("ResultType"),
        ip: text("IPAddress"),
        app: text("AppDisplayName"),
        interactive: row.flag("Interactive"),
        ..blank(FindingKind::SignIn, &id, at)
    };
    let inside = |column: &str, names: &[&str]| {
        let object = row.json(column)?;
        let parts = names.iter().filter_map(|name| object.get(name)?.as_str()).filter(|part| !part.is_empty());
        let text = parts.collect::<Vec<_>>().join(", ");
        (!text.is_empty()).then_some(text)
    };
    let failed = finding.result.as_deref().is_some_and(|code| code != "0");
    let facts = labelled([
        ("Place", inside("Location", &["city", "countryOrRegion"])),
        ("Second factor", inside("Status", &["additionalDetails"])),
        ("Authentication", row.text("AuthenticationRequirement")),
        ("Device", inside("Device", &["browser", "operatingSystem"])),
        ("Client", row.text("ClientAppUsed")),
        ("Conditional Access", row.text("ConditionalAccessStatus")),
        ("Resource", row.text("ResourceDisplayName")),
        ("Reason", row.text("ResultDescription").filter(|_| failed)),
    ]);
    Some(Entry { finding, facts })
}

/// What was done to this target.
pub(in crate::incidents) fn of_audit(audit: &Audit, target: Uuid) -> Entry {
    let found = audit.targets.iter().find(|one| one.id == Some(target));
    let actor = audit.actor.or(audit.actor_app).map(|id| id.to_string());
    let finding = Finding {
        user: Some(target),
        upn: found.and_then(|one| one.name.as_deref()).and_then(shown),
        result: audit.result.as_deref().and_then(shown),
        operation: shown(&audit.activity),
        actor: actor.clone().or_else(|| audit.actor_name.as_deref().and_then(shown)),
        ..blank(FindingKind::Change, &audit.id, audit.at)
    };
    let mut facts = labelled([
        ("Done by", audit.actor_name.clone().filter(|_| actor.is_some())),
        ("Done from", audit.ip.clone()),
        ("Reason", audit.reason.clone()),
    ]);
    let changes = audit.targets.iter().flat_map(|target| &target.changes).take(CHANGES_MAX);
    facts.extend(changes.map(|change| ("Changed".to_owned(), changed(change))));
    Entry { finding, facts }
}

fn changed(change: &AuditChange) -> String {
    // The values are JSON, as text.
    let value = |value: &Option<String>| match value.as_deref().map(|text| (text, serde_json::from_str(text))) {
        None | Some((_, Ok(Value::Null))) => "nothing".to_owned(),
        Some((_, Ok(Value::String(text)))) => text,
        Some((text, _)) => text.to_owned(),
    };
    format!("{}: {} to {}", change.property, value(&change.old), value(&change.new))
}

fn labelled<const N: usize>(facts: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    facts.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?))).collect()
}

/// A finding of which only this is known.
fn blank(kind: FindingKind, id: &str, at: Timestamp) -> Finding {
    Finding {
        kind,
        event: identifier(id),
        user: None,
        upn: None,
        at: Some(at),
        result: None,
        ip: None,
        app: None,
        interactive: None,
        operation: None,
        actor: None,
        resource: None,
        rows: None,
        severe: false,
    }
}
