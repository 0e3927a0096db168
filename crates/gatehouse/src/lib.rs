//! The one binary: settings, wiring, hosts, command line, packaging.

pub mod gate;
pub mod hosts;
pub mod package;
