//! Keeping every customer's groups equal to the partner's.
//!
//! [`snapshot`] reads the partner once for all, [`watch`] finds out whether a customer changed, [`survey`] reads it
//! whole, [`run`] plans and [`apply`] writes; [`dirty`] wakes, [`plans`] shows what is held, [`why`] explains.

mod additions;
mod apply;
mod changes;
mod dirty;
pub mod documents;
mod partner;
mod people;
mod plans;
mod run;
mod snapshot;
mod survey;
mod vet;
mod watch;
pub mod why;

pub(crate) use partner::Partner;
