//! Requests for access: somebody's wish that a person gets a package for a while.
//!
//! * [`Request`] is the stored document: who asked what for whom, how far it is, and everything that happened;
//! * [`Progress`] is how far the reconciler is with its grant.

mod id;
mod progress;
mod request;

pub use id::{RequestId, UnfitRequestId};
pub use progress::{Progress, progress};
pub use request::{Approval, Asking, Change, Closing, Happened, Invitee, Request, Status, Ticket};
