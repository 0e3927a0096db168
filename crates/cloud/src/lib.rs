//! Clients for Microsoft's APIs: login and Microsoft Graph v1.0.
//!
//! [`graph::Graph`] is the way in. A [`graph::Reader`] answers questions about one tenant, a [`graph::Writer`] changes
//! it. Everything that leaves the machine goes through the layers of `pipeline`, and through the three doors of the
//! crate `outside`. Decisions about what to read or write are not made here.

mod credential;
mod endpoints;
mod error;
pub mod graph;
mod json;
mod login;
mod pipeline;

pub use credential::{CertificateError, CertificateKey, Credential, SecretText};
pub use endpoints::Endpoints;
pub use error::{Error, Kind};
#[cfg(test)]
mod testing;
