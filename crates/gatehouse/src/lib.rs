//! The one binary: settings, wiring, hosts, command line, packaging.

pub mod hosts;
pub mod package;
