//! What a call with an alert says.

use access::alerts::{self, Alert, Delivery, Reading};
use access::config::Customer;
use access::incidents::concerns;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the delivery says; of a long list, what is about this customer's accounts comes first. A bug of ours in reading an
/// alert is no reason to lose it: it pages as one that could not be read.
pub(super) fn read(delivery: &Delivery<'_>, customer: Option<&Customer>, lost_its_body: bool) -> Reading {
    let ours = |finding: &alerts::Finding| customer.is_some_and(|customer| concerns(finding, &customer.break_glass));
    let read = catch_unwind(AssertUnwindSafe(|| alerts::read_for(delivery, &ours)));
    let unreadable = |why: &str| Reading::Alert(Box::new(Alert::unreadable(why)));
    match read {
        Ok(Reading::Refused(_)) if lost_its_body => unreadable("the body was lost on its way here"),
        Ok(reading) => reading,
        Err(_) => {
            tracing::error!(bytes = delivery.body.len(), "reading an alert failed: a bug of this program");
            unreadable("reading it failed: a bug of this program")
        }
    }
}
