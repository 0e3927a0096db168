//! `[callers]`: who may call.

use super::channels::key_is_name;
use super::native;
use crate::config::files::{AuthTable, CallerTable, EntraTable, ProgramFile, Secrets};
use crate::config::folder::Source;
use crate::config::model::{May, SecretRef};
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn all(program: &Source<ProgramFile>, customers: &BTreeSet<String>, found: &mut Vec<ConfigProblem>) {
    for (name, caller) in &program.parts.callers {
        let at = format!("callers.{name}");
        key_is_name(program, &at, name, found);
        is_nobody_else(program, &at, name, found);
        has_rights(program, &at, caller, found);
        decisions_are_proven(program, &at, caller, found);
        customers_exist(program, &at, caller, customers, found);
        tokens_are_narrow(program, &at, caller, found);
        native::all(program, &at, caller, found);
    }
    secrets_differ(program, found);
    tokens_differ(program, found);
}

/// The command line keeps its requests under this name; a caller of the same name would see and end them.
fn is_nobody_else(program: &Source<ProgramFile>, at: &str, name: &str, found: &mut Vec<ConfigProblem>) {
    if name == "cli" {
        found.push(program.places.error(at, "name_taken", "is the name of the command line itself: call it otherwise"));
    }
}

fn has_rights(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let may = format!("{at}.may");
    if caller.may.is_empty() && program.places.is_whole(&may) {
        found.push(program.places.warning(&may, "caller_without_rights", "is empty: the caller may do nothing"));
    }
    let customers = format!("{at}.customers");
    if caller.customers.as_ref().is_some_and(Vec::is_empty) && program.places.is_whole(&customers) {
        let problem =
            program.places.warning(&customers, "caller_without_customers", "is empty: it may name no customer");
        found.push(problem.hint("leave it out for all customers"));
    }
}

/// Where the body alone is signed, a recorded decision could be sent again about anything else, at any time: what it is
/// about stands in the address.
fn decisions_are_proven(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let scheme = match caller.auth {
        AuthTable::HubSignature(_) => "hub_signature",
        AuthTable::Connectwise(_) => "connectwise",
        AuthTable::Autotask(_) => "autotask",
        _ => return,
    };
    for (index, may) in caller.may.iter().enumerate() {
        if matches!(may, May::Approve | May::Operate | May::Release) {
            let text = format!(
                "cannot be given to a caller with `{scheme}`, which signs the body alone: a recorded decision could be sent again about anything else"
            );
            let problem = program.places.error(&format!("{at}.may[{index}]"), "decisions_unproven", text);
            found.push(problem.hint("give the right to a caller with a key, a token or `standard_webhooks`"));
        }
    }
}

fn customers_exist(
    program: &Source<ProgramFile>,
    at: &str,
    caller: &CallerTable,
    customers: &BTreeSet<String>,
    found: &mut Vec<ConfigProblem>,
) {
    for (index, customer) in caller.customers.iter().flatten().enumerate() {
        if customers.contains(customer) {
            continue;
        }
        let problem = program.places.error(
            &format!("{at}.customers[{index}]"),
            "unknown_customer",
            "no customer has this name: there is no such file in customers/",
        );
        found.push(match nearest(customer, customers.iter().map(String::as_str)) {
            Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
            _ => problem,
        });
    }
}

fn tokens_are_narrow(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    if let AuthTable::Entra(entra) = &caller.auth
        && entra.app_id.is_none()
        && entra.role.is_none()
    {
        let text = "must name an `app_id` or a `role`: the tenant alone lets in everybody there";
        found.push(program.places.error(&format!("{at}.auth.entra"), "entra_callers_too_wide", text));
    }
}

/// Two callers that ask the same of a token cannot be told apart: a token that proves both is nobody's.
fn tokens_differ(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let mut before: Vec<(&str, &EntraTable)> = Vec::new();
    for (name, caller) in &program.parts.callers {
        let AuthTable::Entra(entra) = &caller.auth else { continue };
        match before.iter().find(|(_, other)| *other == entra) {
            Some((other, _)) => {
                let text = format!("asks the same of a token as caller `{other}`: they could not be told apart");
                found.push(program.places.error(&format!("callers.{name}.auth"), "shared_token", text));
            }
            None => before.push((name, entra)),
        }
    }
}

/// Two callers with one secret cannot be told apart: whichever is found first would be let in as the other.
fn secrets_differ(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    let mut users: BTreeMap<&SecretRef, &str> = BTreeMap::new();
    for (name, caller) in &program.parts.callers {
        for secret in secrets_of(&caller.auth).map(Secrets::all).unwrap_or_default() {
            let user = *users.entry(&secret.0).or_insert(name);
            if user != name {
                let text = format!("refers to the same secret as caller `{user}`: they could not be told apart");
                found.push(program.places.error(&format!("callers.{name}.auth"), "shared_secret", text));
            }
        }
    }
}

pub(super) fn secrets_of(auth: &AuthTable) -> Option<&Secrets> {
    match auth {
        AuthTable::ApiKey(secrets)
        | AuthTable::StandardWebhooks(secrets)
        | AuthTable::HubSignature(secrets)
        | AuthTable::Zendesk(secrets)
        | AuthTable::Basic(secrets)
        | AuthTable::Connectwise(secrets)
        | AuthTable::Autotask(secrets) => Some(secrets),
        AuthTable::Entra(_) => None,
    }
}
