//! What calls the functions: the Azure Functions host, or a local one. A host turns what happened into a
//! [`functions::Wake`] and the [`functions::Reply`] into what its platform expects, and nothing more.
//!
//! * [`azure`]: the custom handler that the Azure Functions host starts;
//! * [`lambda`]: what AWS Lambda invokes;
//! * [`local`]: timers, queue and HTTP API in one process, on one machine;
//! * [`Host`]: what both share, from building the program's inside at first need to catching a panic; `current` builds it
//!   anew when the configuration changed;
//! * [`logs`]: where log lines go.

pub mod azure;
pub mod lambda;
pub mod local;
pub mod logs;
pub mod stop;

mod current;
#[cfg(test)]
pub(crate) mod double;
mod host;
mod http;
mod lines;
mod poison;

pub use host::{Host, Lasting, Wired, Wiring};
