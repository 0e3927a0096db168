//! Requests for access: somebody's wish that a person gets a package for a while.
//!
//! In the order of a request's life:
//!
//! * [`body`] reads what somebody asks, and [`native`] what a ticketing system sends by itself;
//! * [`policy`] says whether it may be asked at all;
//! * [`Request`] is the stored document: who asked what for whom, how far it is, and everything that happened;
//! * [`apply`] is its whole life: who may approve, what follows what, when it ends; [`due`] what the clock asks for;
//! * [`Progress`] is how far the reconciler is with its grant;
//! * [`document`] is what callers see of it, and what their tickets hear.

mod address;
pub mod body;
pub mod document;
mod draft;
mod event;
mod id;
mod json;
pub mod native;
pub mod policy;
mod progress;
mod request;
mod state;
#[cfg(test)]
mod tests;

pub use address::{EMAIL_BYTES_MAX, LOCAL_BYTES_MAX, mail, may_be_one_person};
pub use body::{Asked, CustomerRef};
pub use draft::{NAME_CHARS_MAX, REASON_CHARS_MAX, TICKET_CHARS_MAX, URL_CHARS_MAX, WRONG_MAX};
pub use event::{By, Event, Refusal};
pub use id::{RequestId, UnfitRequestId};
pub use json::DEPTH_MAX;
pub(crate) use policy::whole_number;
pub use progress::{Progress, progress};
pub use request::{Approval, Asking, Change, Closing, Happened, Invitee, Request, Status, Ticket};
pub use state::{
    APPROVALS_MAX, CARRY_OUT_WITHIN, Due, END_TOLD_BEFORE, HISTORY_MAX, Missing, apply, create, due, missing, next_due,
};
