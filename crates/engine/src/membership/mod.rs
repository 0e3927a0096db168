//! Keeping every customer's groups equal to the partner's.
//!
//! [`snapshot`] reads the partner once for all (told by [`follow`] what changed), [`watch`] finds out whether a customer changed, [`survey`] reads it
//! whole (with [`roles`] for who holds directory roles), [`run`] plans, [`leased`] puts a run's stages in order, [`apply`] writes and [`keep`] stores; [`windows`] counts what other customers' runs do, [`leaving`] who left together; [`dirty`] wakes, [`plans`] shows what is held, [`why`] explains.

mod additions;
mod apply;
mod changes;
mod dirty;
pub mod documents;
mod follow;
pub(crate) mod hints;
mod keep;
mod leased;
mod leaving;
mod notes;
mod partner;
mod people;
mod plans;
mod roles;
mod run;
mod snapshot;
pub mod subscriptions;
mod survey;
mod tenants;
mod translate;
mod vet;
mod watch;
pub mod why;
mod windows;

pub(crate) use partner::Partner;
