//! Requests for access, from the ticket's call to the proof that the access is gone.

mod town;

mod attacks;
mod life;
mod starving;
mod staying;
