//! The login service: applications, their credentials, the token endpoint, and the published keys.

mod app;
mod assertion;
mod consent;
mod endpoint;
mod signing;

pub(crate) use app::{App, Identity};
pub use app::{AppHandle, make_certificate};
pub use consent::Administrator;
pub(crate) use consent::tenant_in;
pub(crate) use endpoint::TokenClaims;
pub(crate) use signing::{Publication, Signing};
