//! The one binary: settings, wiring, hosts, command line, packaging.

pub mod cli;
pub mod configuration;
pub mod demo;
pub mod gate;
pub mod hosts;
pub mod package;
pub mod settings;
pub mod telemetry;
pub mod text;
pub mod wiring;
