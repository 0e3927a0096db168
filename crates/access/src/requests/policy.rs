//! What may be asked at all, before anybody is asked and before any call to Microsoft.
//!
//! In two steps, since who may ask for a package is known only once the package is: [`place`] finds the customer and
//! the package, [`check`] holds everything else against them and reports all that is wrong at once.

use super::address::domain;
use super::body::{Asked, CustomerRef};
use crate::callback;
use crate::config::{Caller, Customer, Field, Mode, Package, Requests};
use crate::ids::GroupId;
use jiff::SignedDuration;
use regex_lite::Regex;
use std::collections::BTreeSet;

/// A reason why a request is refused, for programs. The names are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// No such customer, or none that this caller may name.
    UnknownCustomer,
    /// The customer has no such package.
    UnknownPackage,
    /// Nobody can ask for the package.
    NotRequestable,
    /// The one who asks may not.
    Forbidden,
    /// The invitee's mail domain is not one of the customer's `domains`.
    DomainNotAllowed,
    /// Longer than the package's `duration_max`.
    DurationTooLong,
    /// The package wants a ticket's number.
    TicketRequired,
    /// The ticket's number is not as the package wants it.
    TicketInvalid,
    /// The address to report back to is not one of the caller's `callbacks`.
    CallbackNotAllowed,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UnknownCustomer,
        Self::UnknownPackage,
        Self::NotRequestable,
        Self::Forbidden,
        Self::DomainNotAllowed,
        Self::DurationTooLong,
        Self::TicketRequired,
        Self::TicketInvalid,
        Self::CallbackNotAllowed,
    ];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownCustomer => "unknown_customer",
            Self::UnknownPackage => "unknown_package",
            Self::NotRequestable => "not_requestable",
            Self::Forbidden => "forbidden",
            Self::DomainNotAllowed => "domain_not_allowed",
            Self::DurationTooLong => "duration_too_long",
            Self::TicketRequired => "ticket_required",
            Self::TicketInvalid => "ticket_invalid",
            Self::CallbackNotAllowed => "callback_not_allowed",
        }
    }
}

/// One thing for which a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Why, for programs.
    pub code: Code,
    /// The part of our own body that it is about.
    pub field: Field,
    /// Why, for people, and what to do.
    pub detail: String,
}

/// Where a request leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The package.
    pub package: &'a Package,
    /// How people may ask for it.
    pub requests: &'a Requests,
}

/// Whether somebody is in one of several groups, as far as it could be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// In at least one of them.
    Yes,
    /// In none of them; all of them were read.
    No,
    /// In none of those that could be read.
    Unknown,
}

impl Place<'_> {
    /// The partner's groups one of which whoever asks must be in; `None`: anybody may ask.
    pub fn requesters(&self) -> Option<&BTreeSet<GroupId>> {
        self.requests.requesters.as_ref()
    }
}

/// Finds the customer and the package. A customer that the caller may not name is answered like one that does not
/// exist, to the byte.
///
/// # Errors
///
/// The one reason why nothing more can be said.
pub fn place<'a>(asked: &Asked, caller: &Caller, customers: &'a [Customer]) -> Result<Place<'a>, Problem> {
    let may_name = |customer: &&Customer| caller.customers.as_ref().is_none_or(|names| names.contains(&customer.name));
    let mut known = customers.iter().filter(may_name);
    let (customer, field) = match &asked.customer {
        CustomerRef::TenantId(id) => (known.find(|customer| customer.tenant_id == *id), Field::CustomerTenantId),
        // Names of customers have no capitals; ticketing systems like them.
        CustomerRef::Name(name) => {
            (known.find(|customer| customer.name.eq_ignore_ascii_case(name)), Field::CustomerName)
        }
    };
    let refuse = |code, field, detail: &str| Problem { code, field, detail: detail.to_owned() };
    let Some(customer) = customer else {
        return Err(refuse(Code::UnknownCustomer, field, "there is no such customer"));
    };
    let Some(package) = customer.packages.iter().find(|package| package.name == asked.package) else {
        return Err(refuse(Code::UnknownPackage, Field::Package, "the customer has no package of this name"));
    };
    if customer.mode == Mode::Offboard {
        return Err(refuse(
            Code::NotRequestable,
            Field::Package,
            "the customer is being left: nobody is added any more",
        ));
    }
    let Some(requests) = &package.requests else {
        let detail = "nobody can ask for this package: it has no [packages.requests]";
        return Err(refuse(Code::NotRequestable, Field::Package, detail));
    };
    Ok(Place { customer, package, requests })
}

/// Holds a request against its place. `requester` says whether whoever asks is in one of [`Place::requesters`]; it is
/// not looked at where anybody may ask.
///
/// # Errors
///
/// Everything for which it is refused, in the order of [`Code`].
pub fn check(asked: &Asked, place: &Place<'_>, caller: &Caller, requester: Membership) -> Result<(), Vec<Problem>> {
    let mut found: Vec<Problem> = [
        may_ask(asked, place, requester),
        domain_is_allowed(asked, place),
        duration_fits(asked, place),
        ticket_fits(asked, place),
        callback_is_allowed(asked, caller),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|problem| problem.code);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn may_ask(asked: &Asked, place: &Place<'_>, requester: Membership) -> Option<Problem> {
    place.requesters()?;
    let detail = match (&asked.requested_by, requester) {
        (Some(_), Membership::Yes) => return None,
        (None, _) => "only people of certain groups may ask for this package: say who asks",
        (Some(_), Membership::No) => "is in none of the groups whose people may ask for this package",
        (Some(_), Membership::Unknown) => {
            "could not be looked up in the groups whose people may ask for this package; try again"
        }
    };
    Some(Problem { code: Code::Forbidden, field: Field::RequestedBy, detail: detail.to_owned() })
}

/// Exact: neither a sub-domain nor a parent, and a look-alike in another script has another ASCII form.
fn domain_is_allowed(asked: &Asked, place: &Place<'_>) -> Option<Problem> {
    if place.customer.domains.contains(domain(&asked.invitee.email)) {
        return None;
    }
    let detail = "the mail domain is not one of those that may be invited to this customer".to_owned();
    Some(Problem { code: Code::DomainNotAllowed, field: Field::InviteeEmail, detail })
}

fn duration_fits(asked: &Asked, place: &Place<'_>) -> Option<Problem> {
    if fits(asked.hours, place.requests) {
        return None;
    }
    let hours = place.requests.duration_max.as_hours();
    let detail = format!("must be a whole number from 1 to {hours}");
    Some(Problem { code: Code::DurationTooLong, field: Field::DurationHours, detail })
}

/// Whether a grant may last so many hours.
pub(super) fn fits(hours: u32, requests: &Requests) -> bool {
    hours >= 1 && SignedDuration::from_hours(hours.into()) <= requests.duration_max
}

fn ticket_fits(asked: &Asked, place: &Place<'_>) -> Option<Problem> {
    let pattern = place.requests.ticket.as_ref()?;
    let Some(number) = asked.ticket.as_ref().and_then(|ticket| ticket.number.as_ref()) else {
        let detail = "this package is given on a ticket only: name its number".to_owned();
        return Some(Problem { code: Code::TicketRequired, field: Field::TicketNumber, detail });
    };
    if whole_number(pattern).is_some_and(|pattern| pattern.is_match(number)) {
        return None;
    }
    let detail = format!("must be a number of the form {pattern}");
    Some(Problem { code: Code::TicketInvalid, field: Field::TicketNumber, detail })
}

/// The expression that only a whole ticket number matches; `None`: the pattern does not allow it, and nothing matches.
pub(crate) fn whole_number(pattern: &str) -> Option<Regex> {
    Regex::new(&format!(r"\A(?:{pattern})\z")).ok()
}

fn callback_is_allowed(asked: &Asked, caller: &Caller) -> Option<Problem> {
    let why = callback::allowed(asked.callback.as_deref()?, &caller.callbacks).err()?;
    Some(Problem { code: Code::CallbackNotAllowed, field: Field::CallbackUrl, detail: why.to_string() })
}
