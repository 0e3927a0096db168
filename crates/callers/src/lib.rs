//! Who is calling: the raw bytes of a request in, the caller out. Pure: the time is an argument.
//!
//! One file for each scheme, each with the same two functions: `key` turns a secret into a key when the program
//! starts, and `proves` holds a request against the keys of one caller, in time that does not depend on how wrong the
//! request is. [`Callers`] asks all of them, always, and answers with the one caller that the request proves, or with
//! [`Denied`], which says nothing more. Tokens are held against a [`KeySet`], which somebody else fetches: what a request
//! needs is what [`Callers::wants`] says.
//!
//! What a caller may do is in [`Known`]; whether a delivery came before is for whoever stores deliveries.

mod api_key;
mod autotask;
mod basic;
mod caller;
mod connectwise;
mod entra;
mod hub_signature;
mod key_set;
mod registry;
mod request;
mod secret;
mod standard_webhooks;
#[cfg(test)]
mod tests;
mod zendesk;

pub use caller::{Auth, ResolvedCaller, resolve};
pub use entra::{Entra, Person, Wanted};
pub use key_set::{KEY_SET_BYTES_MAX, KeySet, Unfit};
pub use registry::{Callers, Denied, Known, Unusable};
pub use request::SKEW_MAX;
pub use secret::Secret;
