//! What a careful reviewer would ask: one small function for each question, each pushing what it found.
//!
//! The shapes are right when these run; what `read` left out is not seen here, and a question about something that
//! is missing is only asked where nothing was left out.

mod apps;
mod break_glass;
mod callers;
mod channels;
mod customers;
mod escalation;
mod limits;
mod native;
mod packages;
mod program;
mod requests;
mod services;
mod store;
mod tickets;
mod webhooks;

use super::folder::Sources;
use super::places::Places;
use super::problem::ConfigProblem;
use super::schema::Kind;
use super::words::NAME_CHARS_MAX;
use jiff::civil::Date;

/// Every check, over every file.
pub(super) fn all(sources: &Sources, today: Date, found: &mut Vec<ConfigProblem>) {
    if let Some(program) = &sources.program {
        program::all(program, found);
        apps::all(sources, program, found);
        store::all(program, found);
        callers::all(program, &sources.customer_names, found);
        tickets::all(program, found);
        channels::all(program, found);
        escalation::of_program(sources, program, found);
    }
    for customer in &sources.customers {
        customers::one(sources, customer, found);
        apps::of_customer(sources, customer, found);
        break_glass::all(sources, customer, today, found);
        escalation::of_customer(sources, customer, found);
        webhooks::one(sources, customer, found);
        packages::all(&customer.places, &customer.parts.packages, found);
        requests::all(&customer.places, &customer.parts.packages, found);
    }
    for profile in sources.profiles.values() {
        packages::all(&profile.places, &profile.parts.packages, found);
        requests::all(&profile.places, &profile.parts.packages, found);
    }
    customers::together(sources, found);
    webhooks::together(sources, found);
    limits::all(sources, today, found);
}

/// The name of a file under `customers/` or `profiles/` is the name used everywhere, in paths too.
pub(super) fn file_name(places: &Places, kind: Kind, name: &str) -> Option<ConfigProblem> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(fits) {
        return None;
    }
    let text = format!("the file's name is the {}'s name: 1 to 64 of the characters a-z, 0-9 and -", kind.name());
    Some(places.error("", "invalid_file_name", text))
}
