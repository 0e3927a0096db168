//! What grants have to do with it.

use crate::Engine;
use access::ids::PersonId;
use access::ledger::{Entry, Grant, Ledger};
use access::requests::RequestId;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Engine {
    /// Whom this address was granted something: somebody whom no partner group knows, or nobody at the partner at all.
    pub(super) fn granted_person(&self, ledger: &Ledger, mail: &str) -> Option<PersonId> {
        let granted = ledger.grants.values().find(|grant| grant.mail.eq_ignore_ascii_case(mail));
        let outside = PersonId::outside(self.config.partner.tenant_id, mail);
        granted.map(|grant| grant.person).or_else(|| ledger.guests.contains_key(&outside).then_some(outside))
    }
}

/// The grants that hold this person up now, or are not seen to be over.
pub(super) fn now(ledger: &Ledger, person: Option<PersonId>, now: Timestamp) -> Vec<String> {
    let theirs = person.into_iter().flat_map(|person| ledger.grants_of(person));
    let sentence = |grant: &Grant| {
        let until = minute(grant.until);
        let Grant { package, request, .. } = grant;
        let ticket = ticket(grant);
        let approved = approved(grant);
        if grant.has_ended(now) {
            format!(
                "package {package}: granted until {until} by request {request}{ticket}; no survey shows yet that it is over"
            )
        } else if grant.is_live(now) {
            format!("package {package}: granted until {until} by request {request}{ticket}, {approved}")
        } else {
            let from = minute(grant.from);
            format!("package {package}: granted from {from} until {until} by request {request}{ticket}, {approved}")
        }
    };
    theirs.map(sentence).collect()
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn ticket(grant: &Grant) -> String {
    grant.ticket.as_ref().map(|number| format!(" ({number})")).unwrap_or_default()
}

fn approved(grant: &Grant) -> String {
    match grant.approved_by.as_slice() {
        [] => "for which nobody had to approve".into(),
        by => format!("approved by {}", by.join(", ")),
    }
}

/// The person's requests, as the journal has named them so far.
#[derive(Default)]
pub(super) struct Told(BTreeSet<RequestId>);

impl Told {
    /// One entry in words, if it is about a grant of this person.
    pub(super) fn line(&mut self, entry: &Entry, person: Option<PersonId>, mail: &str) -> Option<String> {
        match entry {
            Entry::Granted(grant) if Some(grant.person) == person || grant.mail.eq_ignore_ascii_case(mail) => {
                self.0.insert(grant.request.clone());
                let (until, ticket, approved) = (minute(grant.until), ticket(grant), approved(grant));
                Some(format!(
                    "granted {} until {until} by request {}{ticket}, {approved}",
                    grant.package, grant.request
                ))
            }
            Entry::GrantChanged { request, until, by, note, .. } if self.0.contains(request) => {
                let note = note.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
                Some(format!("request {request} ends at {} instead, by {by}{note}", minute(*until)))
            }
            Entry::GrantSettled { request, kept_by, .. } if self.0.contains(request) => Some(match kept_by {
                None => format!("request {request} is over: a survey shows them in none of its places"),
                Some(what) => format!("request {request} is over; they are kept there by {what}"),
            }),
            _ => None,
        }
    }
}
