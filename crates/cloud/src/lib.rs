//! Clients for Microsoft's APIs: login, Microsoft Graph v1.0, Log Analytics and Azure Resource Manager.
//!
//! [`graph::Graph`] is the way in. A [`graph::Reader`] answers questions about one tenant, a [`graph::Writer`] changes
//! it; [`logs::Logs`] queries its workspaces, and [`arm::Arm`] reads what Azure Resource Manager tells
//! of it. Everything that leaves the machine goes through the layers of `pipeline`, and through the three doors of the
//! crate `outside`. Decisions about what to read or write are not made here.

mod apps;
pub mod arm;
mod azure;
mod credential;
mod endpoints;
mod error;
pub mod graph;
mod identity;
mod json;
mod login;
pub mod logs;
mod pipeline;

pub use apps::FurtherApp;
pub use credential::{CertificateError, CertificateKey, Credential, SecretText};
pub use endpoints::Endpoints;
pub use error::{Error, Kind};
pub use identity::{Identity, IdentityTokens};
#[cfg(test)]
mod testing;
