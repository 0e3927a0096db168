//! `format`, `fields`, `when`, `read_back`, `callbacks` of a caller: what its ticketing system says, and hears back.

use crate::config::files::{AuthTable, CallerTable, ProgramFile};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;
use crate::config::requests::{Field, ReadBack, mapped};
use std::collections::BTreeSet;

/// What no format has a place for by itself. A ticket has neither a package nor an end.
const REQUIRED: [Field; 3] = [Field::InviteeEmail, Field::Package, Field::DurationHours];

pub(super) fn all(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    map_has_a_format(program, at, caller, found);
    map_is_complete(program, at, caller, found);
    tickets_can_be_read(program, at, caller, found);
    report_is_proven(program, at, caller, found);
}

fn map_has_a_format(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let format = format!("{at}.format");
    if caller.format.is_some() || !program.places.is_whole(&format) {
        return;
    }
    for (key, is_there) in [
        ("fields", caller.fields.is_some()),
        ("when", caller.when.is_some()),
        ("read_back", caller.read_back.is_some()),
    ] {
        if is_there {
            let text = "says how to read another system's bodies, and there is no `format` that says which system";
            found.push(program.places.error(&format!("{at}.{key}"), "fields_without_format", text));
        }
    }
}

fn map_is_complete(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let fields = format!("{at}.fields");
    if caller.format.is_none() || !program.places.is_whole(&fields) {
        return;
    }
    let named: BTreeSet<Field> = caller.fields.iter().flat_map(mapped).map(|(field, _)| field).collect();
    let mut missing: Vec<&str> =
        REQUIRED.iter().filter(|field| !named.contains(field)).map(|field| field.name()).collect();
    let by_name = named.contains(&Field::CustomerName);
    match (named.contains(&Field::CustomerTenantId), by_name) {
        (false, false) => missing.push("customer.tenantId (or customer.name)"),
        (true, true) => {
            let text = "names the customer twice, by `customer.tenantId` and by `customer.name`: leave one out";
            found.push(program.places.error(&format!("{fields}.customer"), "customer_named_twice", text));
        }
        _ => {}
    }
    if !missing.is_empty() {
        let text = format!("does not say where to find {}", missing.join(", "));
        let problem = program.places.error(&fields, "fields_missing", text);
        found.push(problem.hint("name the field of the ticket, or write what it always is: \"= 8\""));
    }
}

/// Whoever asks for tickets to be read relies on it: without a system to read them from, missing fields stay missing.
fn tickets_can_be_read(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let ticket = format!("{at}.ticket");
    let (Some(format), Some(ReadBack::Missing | ReadBack::Always)) = (caller.format, caller.read_back) else { return };
    if caller.ticket.as_ref().is_some_and(|ticket| ticket.is_of(format)) || !program.places.is_whole(&ticket) {
        return;
    }
    let text = "has nowhere to read tickets from: the caller has no `ticket` of the system that `format` names";
    let problem = program.places.error(&format!("{at}.read_back"), "read_back_without_ticket", text);
    found.push(problem.hint("add `ticket` with the system's address and how we prove ourselves there"));
}

/// A report that anybody could have sent is believed by nobody, or by everybody.
fn report_is_proven(program: &Source<ProgramFile>, at: &str, caller: &CallerTable, found: &mut Vec<ConfigProblem>) {
    let signed = matches!(caller.auth, AuthTable::StandardWebhooks(_)) || caller.callback_auth.is_some();
    let (callbacks, auth) = (format!("{at}.callbacks"), format!("{at}.callback_auth"));
    if !caller.callbacks.is_empty() && !signed && program.places.is_whole(&auth) {
        let text = "are told without a proof that it is us";
        let problem = program.places.warning(&callbacks, "callbacks_unproven", text);
        found.push(problem.hint("add `callback_auth`"));
    }
    if caller.callbacks.is_empty() && caller.callback_auth.is_some() && program.places.is_whole(&callbacks) {
        let text = "is never used: `callbacks` names no host";
        found.push(program.places.warning(&auth, "callback_auth_unused", text));
    }
}
