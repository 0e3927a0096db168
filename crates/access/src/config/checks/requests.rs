//! `[packages.requests]`: how people may ask.

use crate::config::files::{PackageTable, RequestsTable};
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;
use jiff::SignedDuration;

/// Requests name whole hours.
const GRANT_MIN: SignedDuration = SignedDuration::from_hours(1);

/// Whoever needs access for longer belongs into a group of the partner's.
const GRANT_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

pub(super) fn all(places: &Places, packages: &[PackageTable], found: &mut Vec<ConfigProblem>) {
    for (index, package) in packages.iter().enumerate() {
        if let Some(requests) = &package.requests {
            let at = format!("packages[{index}].requests");
            duration(places, &at, requests, found);
            somebody_can_approve(places, &at, requests, found);
            somebody_can_ask(places, &at, requests, found);
            ticket_is_anchored(places, &at, requests, found);
        }
    }
}

fn duration(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    if !(GRANT_MIN..=GRANT_MAX).contains(&requests.duration_max.0) {
        let text = "must be from \"1h\" to \"366d\"";
        found.push(places.error(&format!("{at}.duration_max"), "grant_duration", text));
    }
}

fn somebody_can_approve(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    let approvers = format!("{at}.approvers");
    let Some(named) = &requests.approvers else { return };
    if !places.is_whole(&approvers) {
        return;
    }
    let needed = requests.approvals.unwrap_or(1);
    if needed == 0 {
        found.push(places.warning(&approvers, "approvers_not_needed", "are named, and `approvals` is 0"));
    } else if named.is_empty() {
        let problem = places.error(&approvers, "nobody_can_approve", "is empty: nobody can approve a request");
        found.push(problem.hint("leave it out for anybody whom a caller with the right `approve` names"));
    } else if named.iter().all(|approver| approver.0.contains('@')) && named.len() < needed as usize {
        let text = format!("are {} people, and a request needs {needed} approvals", named.len());
        found.push(places.error(&approvers, "too_few_approvers", text));
    }
}

fn somebody_can_ask(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    let at = format!("{at}.requesters");
    if requests.requesters.as_ref().is_some_and(Vec::is_empty) && places.is_whole(&at) {
        let problem = places.error(&at, "nobody_can_ask", "is empty: nobody can ask for the package");
        found.push(problem.hint("leave it out for anybody, or leave out [packages.requests]"));
    }
}

fn ticket_is_anchored(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    if let Some(ticket) = &requests.ticket
        && !(ticket.0.starts_with('^') && ticket.0.ends_with('$'))
    {
        let problem =
            places.warning(&format!("{at}.ticket"), "ticket_not_anchored", "is satisfied by a part of the number");
        found.push(problem.hint("begin with ^ and end with $ to match all of it"));
    }
}
