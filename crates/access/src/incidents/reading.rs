//! What the logs show of an incident: which of their entries are it, and which are something else that nobody knows of.

use super::declared::account_of;
use super::opening::sign_in;
use super::seen::seen;
use super::{Account, Circumstances, Details, Incident, Opening, SignIn};
use crate::alerts::{Finding, shown};
use crate::ids::GuestId;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows come late: so long after an attempt that found nothing the logs are asked again. After the last one it is believed.
pub const READ_AGAIN: [SignedDuration; 4] = [
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
];

/// How many entries of one label are told of as facts.
const BACKGROUND_MAX: usize = 5;

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it says, as an alert would.
    pub finding: Finding,
    /// What else it says, each with its label.
    pub facts: Vec<(String, String)>,
}

impl Entry {
    /// The facts as they may be kept: a tenant wrote them.
    pub fn bounded_facts(&self) -> Vec<(String, String)> {
        self.facts.iter().filter_map(|(label, value)| Some((label.clone(), shown(value)?))).collect()
    }
}

/// What entries are to an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// What they say of it.
    pub details: Details,
    /// Those that the alert meant without naming them: each belongs to this incident from now on.
    pub claims: Vec<Opening>,
    /// Other uses of the accounts, each with an incident of its own.
    pub others: Vec<Opening>,
}

/// Sorts what the sign-in logs show, newest first.
pub fn match_entries(incident: &Incident, entries: &[Entry], around: &Circumstances<'_>) -> Matched {
    let mut matched = Matched::default();
    let Some(customer) = around.customer else { return matched };
    let mut known = BTreeSet::new();
    let mut rest = Vec::new();
    for entry in entries {
        let Some(account) = account_of(&entry.finding, &customer.break_glass) else { continue };
        let opening = sign_in(&entry.finding, &account, around);
        if !known.insert((opening.id.clone(), entry.finding.event.clone())) {
            continue;
        }
        if opening.id != incident.id && !means(incident, &entry.finding, &account) {
            rest.push(entry);
            continue;
        }
        if opening.id != incident.id {
            matched.claims.push(opening.clone());
        }
        let details = &mut matched.details;
        details.entries += 1;
        details.sign_ins.extend(opening.sign_ins);
        if !details.accounts.contains(&account) {
            details.accounts.push(account);
        }
        for fact in entry.bounded_facts() {
            if !details.facts.contains(&fact) {
                details.facts.push(fact);
            }
        }
    }
    sort_rest(&rest, &mut matched, incident, around);
    matched
}

/// What the audit log says of the change that an incident is about.
pub fn match_change(incident: &Incident, entries: &[Entry]) -> Details {
    let mut details = Details::default();
    let Some(changed) = incident.wants.as_ref().and_then(|wants| wants.change.as_ref()) else { return details };
    for entry in entries.iter().filter(|entry| entry.finding.event.as_ref() == Some(&changed.entry)) {
        details.entries += 1;
        details.facts.extend(entry.bounded_facts());
    }
    details
}

/// Whether the alert, which names no entry of the log, means this one.
fn means(incident: &Incident, finding: &Finding, account: &Account) -> bool {
    let Some(window) = incident.wants.as_ref().and_then(|wants| wants.claims) else { return false };
    let is_within = finding.at.is_some_and(|at| window.from <= at && at <= window.to);
    let is_theirs = incident.accounts.is_empty() || incident.accounts.iter().any(|one| one.id == account.id);
    let is_like = |said: &SignIn| {
        let same = |said: &Option<String>, found: &Option<String>| said.is_none() || said == found;
        let is_named = said.id.as_ref().is_some_and(|id| Uuid::try_parse(id).is_ok());
        let is_same_user = said.user.is_none_or(|user| GuestId(user) == account.id);
        !is_named
            && is_same_user
            && same(&said.result, &finding.result)
            && same(&said.ip, &finding.ip)
            && same(&said.app, &finding.app)
    };
    let is_alike = incident.sign_ins.is_empty() || incident.sign_ins.iter().any(is_like);
    is_within && is_theirs && is_alike && finding.event.is_some() && finding.interactive != Some(false)
}

/// What else the accounts did. Tokens that a client renews by itself follow every sign-in: they are told of, and are
/// something new only where they come from an address that nobody signed in from.
fn sort_rest(rest: &[&Entry], matched: &mut Matched, incident: &Incident, around: &Circumstances<'_>) {
    let own = incident.sign_ins.iter().chain(&matched.details.sign_ins).filter_map(|one| one.ip.clone());
    let interactive = |entry: &&&Entry| entry.finding.interactive != Some(false);
    let others = rest.iter().filter(interactive).filter_map(|entry| entry.finding.ip.clone());
    let addresses: BTreeSet<String> = own.chain(others).collect();
    let mut background = BTreeSet::new();
    for entry in rest {
        let is_from_elsewhere = entry.finding.ip.as_ref().is_some_and(|ip| !addresses.contains(ip));
        if interactive(&entry) || is_from_elsewhere {
            let Some(mut opening) = seen(&entry.finding, around) else { continue };
            opening.facts.extend(entry.bounded_facts());
            // Our own reading shows no renewals, so that nobody can say that an alert is missing.
            opening.awaits = opening.awaits.filter(|_| interactive(&entry));
            if matched.others.iter().all(|other| other.id != opening.id) {
                matched.others.push(opening);
            }
        } else if matched.details.entries > 0 {
            let part = |part: &Option<String>| part.as_deref().and_then(shown).unwrap_or_else(|| "?".into());
            background.insert(format!("{} from {}", part(&entry.finding.app), part(&entry.finding.ip)));
        }
    }
    let told = background.into_iter().take(BACKGROUND_MAX).map(|what| ("Tokens renewed".to_owned(), what));
    matched.details.facts.extend(told);
}
