//! The login service: applications, their credentials, the token endpoint, and the published keys.

mod app;
mod assertion;
mod endpoint;
mod signing;

pub(crate) use app::{App, Identity};
pub use app::{AppHandle, make_certificate};
pub(crate) use endpoint::TokenClaims;
pub(crate) use signing::{Publication, Signing};
