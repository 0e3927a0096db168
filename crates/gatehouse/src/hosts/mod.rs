//! What calls the functions: the Azure Functions host, or a local one. A host turns what happened into a
//! [`functions::Wake`] and the [`functions::Reply`] into what its platform expects, and nothing more.
//!
//! * [`azure`]: the custom handler that the Azure Functions host starts;
//! * [`local`]: timers, queue and HTTP API in one process, on one machine;
//! * [`Host`]: what both share, from building the program's inside at first need to catching a panic;
//! * [`logs`]: where log lines go.

pub mod azure;
pub mod local;
pub mod logs;
pub mod stop;

#[cfg(test)]
pub(crate) mod double;
mod host;
mod http;
mod lines;

pub use host::{Host, Wiring};
