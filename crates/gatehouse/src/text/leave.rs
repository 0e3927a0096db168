//! What became of somebody who was taken out everywhere.

use super::words::{count, wrap};
use engine::membership::leave::{GuestNow, Leaving, State};

/// A table, a line for each customer where the person had something of ours, and what is left to do below each.
pub fn leaving(name: &str, leaving: &Leaving) -> String {
    let customers = &leaving.customers;
    let width = customers.iter().map(|one| one.customer.chars().count()).max().unwrap_or(0).max("CUSTOMER".len());
    let mut text = String::new();
    if !customers.is_empty() {
        text.push_str(&format!("{:width$}  STATE   MEMBERSHIPS LEFT  GUEST\n", "CUSTOMER"));
    }
    for one in customers {
        let (state, guest) = (state(one.state), guest(one.guest));
        text.push_str(&format!("{:width$}  {state:6}  {:16}  {guest}\n", one.customer, one.memberships.len()));
        one.memberships.iter().for_each(|place| text.push_str(&wrap("  ! ", &format!("still in {place}"))));
        one.notes.iter().for_each(|note| text.push_str(&wrap("  ? ", note)));
    }
    let places = count(customers.len(), "customer", "customers");
    let untouched = count(leaving.untouched as usize, "customer", "customers");
    let worst = customers.iter().map(|one| one.state).max().unwrap_or(State::Gone);
    let end = match worst {
        State::Gone => "gone from everything of ours",
        State::Left => "something is left",
        State::Failed => "not everything could be done",
    };
    text.push_str(&wrap(
        "",
        &format!("{name}: {end}; read in {places}; {untouched} never had anything of ours for them"),
    ));
    text
}

fn state(state: State) -> &'static str {
    match state {
        State::Gone => "gone",
        State::Left => "LEFT",
        State::Failed => "FAILED",
    }
}

fn guest(guest: GuestNow) -> &'static str {
    match guest {
        GuestNow::None => "none",
        GuestNow::Deleted => "deleted",
        GuestNow::Disabled => "disabled",
        GuestNow::Enabled => "ENABLED",
        GuestNow::Theirs => "the customer's own, enabled",
        GuestNow::Unread => "not read",
    }
}
