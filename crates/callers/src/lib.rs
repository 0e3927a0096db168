//! Who is calling: the raw bytes of a request in, the caller out. Pure: the time is an argument.
//!
//! One file for each scheme, each with the same two functions: `key` turns a secret into a key when the program
//! starts, and `proves` holds a request against the keys of one caller, in time that does not depend on how wrong the
//! request is. [`Callers`] asks all of them, always, and answers with the one caller that the request proves, or with
//! [`Denied`], which says nothing more.
//!
//! What a caller may do is in [`Known`]; whether a delivery came before is for whoever stores deliveries.

mod api_key;
mod basic;
mod caller;
mod hub_signature;
mod registry;
mod request;
mod secret;
mod standard_webhooks;
#[cfg(test)]
mod tests;
mod zendesk;

pub use caller::{Auth, ResolvedCaller, Unresolved, resolve};
pub use registry::{Callers, Denied, Known, Unusable};
pub use request::SKEW_MAX;
pub use secret::Secret;
