//! Requests for access, from the call that asks to the proof that the access is gone.
//!
//! A request is one document ([`document`]); what may happen to it, `access::requests` says. [`ask`] takes one, and
//! [`read_back`] reads the ticket where its webhook left something out. [`decide`] lets people decide, [`look`] shows
//! them. [`prepare`] finds out who one is for, and [`carry_out`] brings it into the customer's journal and runs the
//! customer. [`follow`] is the timer that drives everything that is due, and [`call_back`] tells tickets, when [`outbox`]
//! says so. [`notice`] asks people to approve, with a [`link`] to a page where they can, and [`red`] is what a person must
//! mend.

mod api;
mod ask;
mod call_back;
mod carry_out;
mod change;
mod decide;
mod document;
mod facts;
mod follow;
mod grant;
mod link;
mod look;
mod notice;
mod outbox;
mod prepare;
mod read_back;
mod red;

pub use api::{Caller, Decide, Deciding, Filter, Heard, Made, Page, Refused, Wish};
pub use call_back::Tickets;
pub use document::{Call, RequestDocument};
pub use grant::NewEnd;
pub use look::PAGE_MAX;
pub use notice::Told;

use crate::Error;

/// What the timer makes of a change that could not be made: somebody else was faster, and the next tick looks again.
fn left_to_next(changed: Result<access::requests::Request, Refused>) -> Result<(), Error> {
    match changed {
        Ok(_) => Ok(()),
        Err(Refused::Failed(error)) => Err(error),
        Err(refused) => {
            tracing::debug!(%refused, "a request changed meanwhile");
            Ok(())
        }
    }
}
