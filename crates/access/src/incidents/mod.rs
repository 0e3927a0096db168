//! Incidents: one use of a break-glass account, or a change to one, from the first sign of it to a verdict.

mod severity;

pub use severity::Severity;
