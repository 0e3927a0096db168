//! The login service: applications, their credentials, and the token endpoint.

mod app;
mod assertion;
mod endpoint;

pub(crate) use app::{App, Identity};
pub use app::{AppHandle, make_certificate};
pub(crate) use endpoint::TokenClaims;
