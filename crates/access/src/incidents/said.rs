//! What an alert says, as people read it in an incident.

use super::Heard;
use super::opening::{Circumstances, Opening};
use crate::alerts::{Alert, Finding, FindingKind};
use serde::Serialize;

/// What the alert says, beside what it found.
pub(super) fn from_alert(opening: &mut Opening, alert: &Alert, around: &Circumstances<'_>) {
    opening.alerts.push(Heard {
        id: around.raw.into(),
        at: around.received,
        what: format!("{} {}", word(alert.shape), word(alert.state)),
        alert: alert.id.clone(),
        rule: alert.rule.clone(),
    });
    let mut fact = |label: &str, value: String| opening.facts.push((label.into(), value));
    if around.customer.is_none() {
        fact("Customer", format!("{} is not in the configuration", around.name));
    }
    if let Some(rule) = &alert.rule {
        fact("Rule", rule.clone());
    }
    let said = alert.said_tenant.as_deref().filter(|said| !said.eq_ignore_ascii_case(&around.tenant.to_string()));
    if let (Some(said), true) = (said, around.customer.is_some()) {
        fact("Tenant", format!("the alert names another one: {said}"));
    }
    let workspace = around.customer.and_then(|customer| customer.break_glass.workspace.as_ref());
    if let (Some(said), Some(workspace)) = (alert.workspace, workspace)
        && said != workspace.id
    {
        fact("Workspace", format!("the alert names another one: {said}"));
    }
    if alert.findings_count as usize > alert.findings.len() {
        fact(
            "Further",
            format!("{} findings in all, of which {} are shown", alert.findings_count, alert.findings.len()),
        );
    }
    for note in &alert.notes {
        fact("Note", note.clone());
    }
}

/// The word that stands for it in what is stored.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What a finding says, for people; what stands in the sign-in itself is not said twice.
pub(super) fn facts_of(opening: &mut Opening, finding: &Finding) {
    let mut fact = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            opening.facts.push((label.into(), value));
        }
    };
    if finding.kind != FindingKind::SignIn {
        fact("What", finding.operation.clone());
        let target = finding.upn.clone().or_else(|| finding.user.map(|id| id.to_string()));
        fact("Target", target.or_else(|| finding.resource.clone()));
        fact("By", finding.actor.clone());
        fact("Result", finding.result.clone());
        fact("From", finding.ip.clone());
    }
    fact("Rows", finding.rows.filter(|rows| *rows > 1).map(|rows| rows.to_string()));
}
