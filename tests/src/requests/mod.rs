//! Requests for access, from the ticket's call to the proof that the access is gone.

pub(crate) mod town;

mod approvals;
mod budget;
mod downtime;
mod equal;
mod life;
mod readback;
mod unfit;
