//! Keeping every customer's groups equal to the partner's.
//!
//! [`snapshot`] reads the partner once for all (told by [`follow`] what changed), [`watch`] finds out whether a customer changed, [`survey`] reads it
//! whole, [`run`] plans, [`leased`] puts a run's stages in order, [`apply`] writes and [`keep`] stores; [`windows`] counts what other customers' runs do, [`leaving`] who left together; [`dirty`] wakes, [`plans`] shows what is held, [`why`] explains.

mod additions;
mod apply;
mod changes;
pub mod commands;
mod dirty;
pub mod documents;
mod follow;
mod keep;
mod leased;
mod leaving;
mod notes;
mod partner;
mod people;
mod plans;
mod run;
mod snapshot;
mod survey;
mod tenants;
mod translate;
mod vet;
mod watch;
pub mod why;
mod windows;

pub(crate) use partner::Partner;
