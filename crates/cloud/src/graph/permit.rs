//! The last question before a write leaves the machine.

use async_trait::async_trait;
use std::time::Duration;

/// Whether a write may still leave this machine: in production, whether the customer's lease outlasts the request.
#[async_trait]
pub trait Permit: Send + Sync {
    /// Asked right before every attempt of every write, with the time that the request may take. A refusal's text says
    /// why; it becomes an error of kind [`LeaseLost`](crate::Kind::LeaseLost), and nothing is sent.
    async fn permit(&self, timeout: Duration) -> Result<(), String>;
}
