//! Requests for access, from the ticket's call to the proof that the access is gone.

pub(crate) mod town;

mod budget;
mod downtime;
mod equal;
mod approvals;
mod life;
mod unfit;
