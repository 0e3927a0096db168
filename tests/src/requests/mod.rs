//! Requests for access, from the ticket's call to the proof that the access is gone.

pub(crate) mod town;

mod approvals;
mod attacks;
mod budget;
mod downtime;
mod equal;
mod life;
mod readback;
mod starving;
mod staying;
mod unfit;
