//! `[break_glass.webhook]`: who may raise alerts about a customer, and that somebody may.

use super::callers::secrets_of;
use crate::config::break_glass::{ACTION_GROUPS_ROLE, WebhookToken, webhook_token};
use crate::config::files::{AuthTable, CloudName, CustomerFile, ProgramFile, Secrets};
use crate::config::folder::{Source, Sources};
use crate::config::model::{May, SecretRef};
use crate::config::problem::ConfigProblem;
use std::collections::BTreeMap;

const WEBHOOK: &str = "break_glass.webhook";

pub(super) fn one(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    proves_itself(customer, found);
    tokens_have_an_audience(customer, found);
    let Some(program) = &sources.program else { return };
    app_is_of_the_cloud(program, customer, found);
    alerts_can_come(program, customer, found);
}

/// Of all customers, and of the callers beside them.
pub(super) fn together(sources: &Sources, found: &mut Vec<ConfigProblem>) {
    let program = sources.program.as_ref();
    keys_differ(program, &sources.customers, found);
    tokens_differ(program, &sources.customers, found);
}

fn proves_itself(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(webhook) = &customer.parts.break_glass.webhook else { return };
    if webhook.audience.is_none() && webhook.key.is_none() && customer.places.is_whole(WEBHOOK) {
        let text = "needs `audience` (a secure webhook's tokens), `key` (in the address of a plain one) or both";
        found.push(customer.places.error(WEBHOOK, "webhook_without_proof", text));
    }
}

fn tokens_have_an_audience(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(webhook) = &customer.parts.break_glass.webhook else { return };
    if webhook.audience.is_some() || webhook.key.is_none() || !customer.places.is_whole(WEBHOOK) {
        return;
    }
    for (key, there) in [("tenant_id", webhook.tenant_id.is_some()), ("app_id", webhook.app_id.is_some())] {
        if there {
            let text = "says something of tokens, and without `audience` none are taken";
            found.push(customer.places.error(&format!("{WEBHOOK}.{key}"), "webhook_without_audience", text));
        }
    }
}

/// The app that we take for granted is the public cloud's.
fn app_is_of_the_cloud(program: &Source<ProgramFile>, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(webhook) = &customer.parts.break_glass.webhook else { return };
    let is_other = matches!(program.parts.cloud.name, CloudName::UsGovernment | CloudName::China);
    if is_other && webhook.audience.is_some() && webhook.app_id.is_none() && customer.places.is_whole(WEBHOOK) {
        let text = "takes tokens of the public cloud's Azure Monitor alone, and this is another cloud";
        let problem = customer.places.warning(&format!("{WEBHOOK}.audience"), "webhook_app_of_other_cloud", text);
        found.push(problem.hint("name the application id of \"AzNS AAD Webhook\" in `app_id`"));
    }
}

/// Without an alert only the sign-in logs tell of a use, many minutes later.
fn alerts_can_come(program: &Source<ProgramFile>, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let table = &customer.parts.break_glass;
    let is_whole = customer.places.is_whole("break_glass") && program.places.is_whole("callers");
    if table.accounts.is_empty() || table.webhook.is_some() || !is_whole {
        return;
    }
    let may_alert = program.parts.callers.values().any(|caller| {
        caller.may.contains(&May::Alert)
            && caller.customers.as_ref().is_none_or(|customers| customers.contains(&customer.name))
    });
    if !may_alert {
        let text = "no alert about them can come in: their use is seen only when the sign-in logs are read";
        let problem = customer.places.warning("break_glass.accounts", "alerts_unreachable", text);
        found.push(problem.hint("write [break_glass.webhook], or give a caller the right `alert`"));
    }
}

/// Two senders with one key cannot be told apart, and what proves two callers is nobody's: the alert would be refused.
fn keys_differ(
    program: Option<&Source<ProgramFile>>,
    customers: &[Source<CustomerFile>],
    found: &mut Vec<ConfigProblem>,
) {
    let mut users: BTreeMap<&SecretRef, String> = BTreeMap::new();
    for (name, caller) in program.iter().flat_map(|program| &program.parts.callers) {
        for secret in secrets_of(&caller.auth).map(Secrets::all).unwrap_or_default() {
            users.entry(&secret.0).or_insert_with(|| format!("caller `{name}`"));
        }
    }
    for customer in customers {
        let webhook = customer.parts.break_glass.webhook.as_ref();
        let secrets = webhook.and_then(|webhook| webhook.key.as_ref()).map(Secrets::all).unwrap_or_default();
        let own = format!("customer `{}`", customer.name);
        for secret in secrets {
            let user = users.entry(&secret.0).or_insert_with(|| own.clone());
            if *user != own {
                let text = format!("refers to the same secret as {user}: they could not be told apart");
                found.push(customer.places.error(&format!("{WEBHOOK}.key"), "shared_secret", text));
            }
        }
    }
}

/// The same for tokens: whatever another rule takes must not be what this one takes.
fn tokens_differ(
    program: Option<&Source<ProgramFile>>,
    customers: &[Source<CustomerFile>],
    found: &mut Vec<ConfigProblem>,
) {
    let mut before: Vec<(String, WebhookToken)> = Vec::new();
    for customer in customers {
        let Some(token) = webhook_token(&customer.parts) else { continue };
        let callers = program.iter().flat_map(|program| &program.parts.callers);
        let mut callers = callers.filter(|(_, caller)| takes(&caller.auth, &token));
        let other = match callers.next() {
            Some((name, _)) => Some(format!("caller `{name}`")),
            None => before.iter().find(|(_, other)| *other == token).map(|(name, _)| format!("customer `{name}`")),
        };
        if let Some(other) = other {
            let text = format!("asks the same of a token as {other}: they could not be told apart");
            let problem = customer.places.error(&format!("{WEBHOOK}.audience"), "shared_token", text);
            found.push(problem.hint("make an app registration for each customer"));
        }
        before.push((customer.name.clone(), token));
    }
}

/// Whether a caller would take the very token that an action group sends.
fn takes(auth: &AuthTable, token: &WebhookToken) -> bool {
    let AuthTable::Entra(entra) = auth else { return false };
    entra.tenant_id == token.tenant_id
        && entra.audience.0 == token.audience
        && entra.app_id.is_none_or(|app| app == token.app_id)
        && entra.role.as_ref().is_none_or(|role| role.0 == ACTION_GROUPS_ROLE)
}
