//! `[packages.requests]`: how people may ask.

use crate::config::files::{PackageTable, RequestsTable};
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;
use crate::config::requests::{APPROVALS, REMIND_AFTER, UNANSWERED_AFTER};
use crate::config::words::Approver;
use crate::requests::whole_number;
use jiff::SignedDuration;

/// Requests name whole hours.
const GRANT_MIN: SignedDuration = SignedDuration::from_hours(1);

/// Whoever needs access for longer belongs into a group of the partner's.
const GRANT_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Approvers are people, and people sleep.
const ANSWER_MIN: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn all(places: &Places, packages: &[PackageTable], found: &mut Vec<ConfigProblem>) {
    for (index, package) in packages.iter().enumerate() {
        if let Some(requests) = &package.requests {
            let at = format!("packages[{index}].requests");
            duration(places, &at, requests, found);
            approvals_are_said_once(places, &at, requests, found);
            somebody_can_approve(places, &at, requests.approvals, requests.approvers.as_deref(), found);
            for (index, stage) in requests.stages.iter().enumerate() {
                let at = format!("{at}.stages[{index}]");
                somebody_can_approve(places, &at, stage.approvals, stage.approvers.as_deref(), found);
            }
            answers_have_time(places, &at, requests, found);
            somebody_can_ask(places, &at, requests, found);
            ticket_matches_whole(places, &at, requests, found);
        }
    }
}

fn duration(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    if !(GRANT_MIN..=GRANT_MAX).contains(&requests.duration_max.0) {
        let text = "must be from \"1h\" to \"366d\"";
        found.push(places.error(&format!("{at}.duration_max"), "grant_duration", text));
    }
}

fn approvals_are_said_once(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    if requests.stages.is_empty() || (requests.approvals.is_none() && requests.approvers.is_none()) {
        return;
    }
    let text = "are in place of `approvals` and `approvers`, which are there too";
    let problem = places.error(&format!("{at}.stages"), "approvals_said_twice", text);
    found.push(problem.hint("make them the first stage"));
}

fn somebody_can_approve(
    places: &Places,
    at: &str,
    approvals: Option<u32>,
    approvers: Option<&[Approver]>,
    found: &mut Vec<ConfigProblem>,
) {
    let at = format!("{at}.approvers");
    let Some(named) = approvers else { return };
    if !places.is_whole(&at) {
        return;
    }
    let needed = approvals.unwrap_or(APPROVALS);
    if needed == 0 {
        found.push(places.warning(&at, "approvers_not_needed", "are named, and `approvals` is 0"));
    } else if named.is_empty() {
        let problem = places.error(&at, "nobody_can_approve", "is empty: nobody can approve a request");
        found.push(problem.hint("leave it out for anybody whom a caller with the right `approve` names"));
    } else if named.iter().all(|approver| approver.0.contains('@')) && named.len() < needed as usize {
        let text = format!("are {} people, and a request needs {needed} approvals", named.len());
        found.push(places.error(&at, "too_few_approvers", text));
    }
}

fn answers_have_time(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    let said = |key, duration: &Option<crate::config::words::Duration>, default| {
        (format!("{at}.{key}"), duration.as_ref().map_or(default, |duration| duration.0))
    };
    let remind = said("remind_after", &requests.remind_after, REMIND_AFTER);
    let give_up = said("unanswered_after", &requests.unanswered_after, UNANSWERED_AFTER);
    for (at, after) in [&remind, &give_up] {
        if *after < ANSWER_MIN {
            found.push(places.error(at, "no_time_to_answer", "must be \"1h\" or more"));
        }
    }
    if requests.remind_after.is_some() && remind.1 >= give_up.1 {
        let text = "is not before `unanswered_after`: nobody is reminded";
        found.push(places.warning(&remind.0, "nobody_is_reminded", text));
    }
}

fn somebody_can_ask(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    let at = format!("{at}.requesters");
    if requests.requesters.as_ref().is_some_and(Vec::is_empty) && places.is_whole(&at) {
        let problem = places.error(&at, "nobody_can_ask", "is empty: nobody can ask for the package");
        found.push(problem.hint("leave it out for anybody, or leave out [packages.requests]"));
    }
}

/// A pattern can be right by itself and not as a whole, such as one that ends in a comment.
fn ticket_matches_whole(places: &Places, at: &str, requests: &RequestsTable, found: &mut Vec<ConfigProblem>) {
    if requests.ticket.as_ref().is_some_and(|ticket| whole_number(&ticket.0).is_none()) {
        let text = "cannot be held against a whole ticket number";
        found.push(places.error(&format!("{at}.ticket"), "ticket_pattern", text));
    }
}
