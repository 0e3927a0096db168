//! Keeping every customer's groups equal to the partner's.
//!
//! [`snapshot`] reads the partner once for all (told by [`follow`] what changed, [`leaving`] counts who left together),
//! [`watch`] finds out whether a customer changed, [`survey`] reads it whole ([`roles`]: who holds directory roles), [`run`] plans (in [`rounds`]; [`windows`] counts what other
//! customers' runs do), [`leased`] puts a run's stages in order, [`apply`] writes and [`keep`] stores. [`dirty`] wakes,
//! [`leavers`] go first. [`orders`] keeps what people order, [`leave`] carries one of them out and [`gone`] shows it.
//! [`plans`] shows what is held, [`held_together`] decides on holds with one cause, [`trouble`] waits for what somebody has
//! to mend, [`why`] explains. [`subscriptions`] ask Graph to tell of changes, and [`hints`] keep what it told.

mod additions;
pub(crate) mod apply;
mod changes;
pub mod commands;
mod denied;
mod dirty;
pub mod documents;
mod follow;
mod gone;
pub(crate) mod gone_customers;
pub(crate) mod granted;
mod held_together;
pub(crate) mod hints;
mod keep;
mod leased;
pub mod leave;
mod leavers;
mod leaving;
pub mod left;
pub(crate) mod looking;
mod notes;
pub mod orders;
pub(crate) mod partner;
mod people;
pub(crate) mod plans;
mod poison;
pub(crate) mod reach;
mod roles;
mod room;
mod rounds;
mod run;
mod snapshot;
mod standing;
pub mod subscriptions;
mod survey;
mod tenants;
mod translate;
mod trouble;
mod vet;
mod watch;
pub mod why;
mod windows;

pub(crate) use looking::Looking;
pub(crate) use partner::Partner;
pub(crate) use room::Room;
pub(crate) use translate::unwritable;
