//! `[callers.<name>.ticket]`: the ticketing system that is told what becomes of the caller's requests.

use crate::config::files::{ProgramFile, TicketTable};
use crate::config::folder::Source;
use crate::config::model::May;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::tickets::TicketEvent;

pub(super) fn all(program: &Source<ProgramFile>, found: &mut Vec<ConfigProblem>) {
    for (name, caller) in &program.parts.callers {
        let Some(ticket) = &caller.ticket else { continue };
        let at = format!("callers.{name}.ticket");
        events_are_known(program, &at, ticket, found);
        one_way_to_prove_ourselves(program, &at, ticket, found);
        let may = format!("callers.{name}.may");
        if !caller.may.contains(&May::Request) && program.places.is_whole(&may) {
            let text = "is never told anything: the caller may not make requests (`may` has no `request`)";
            found.push(program.places.warning(&at, "ticket_without_requests", text));
        }
    }
}

/// A state for something that never happens would leave the ticket as it is, and nobody would see why.
fn events_are_known(program: &Source<ProgramFile>, at: &str, ticket: &TicketTable, found: &mut Vec<ConfigProblem>) {
    let (table, events) = ticket.events();
    let known = || TicketEvent::ALL.into_iter().map(TicketEvent::name);
    for event in events.into_iter().filter(|event| TicketEvent::named(event).is_none()) {
        let at = format!("{at}.{table}.{event}");
        let problem = program.places.error(&at, "unknown_ticket_event", "a request never is that");
        found.push(match nearest(event, known()) {
            Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
            _ => problem.hint(format!("one of {}", known().collect::<Vec<_>>().join(", "))),
        });
    }
}

fn one_way_to_prove_ourselves(
    program: &Source<ProgramFile>,
    at: &str,
    ticket: &TicketTable,
    found: &mut Vec<ConfigProblem>,
) {
    let TicketTable::ServiceNow(table) = ticket else { return };
    let at = format!("{at}.servicenow");
    let text = match (&table.auth, &table.client) {
        (Some(_), Some(_)) => "has both `auth` and `client`: write the one that is used",
        (None, None) if program.places.is_whole(&at) => "needs `auth` (a user) or `client` (an OAuth client)",
        _ => return,
    };
    found.push(program.places.error(&at, "ticket_auth", text));
}
