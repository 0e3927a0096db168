//! Doing: surveys the tenants, asks `access` for a plan, applies it, keeps the journal.

mod api;

pub use api::*;
