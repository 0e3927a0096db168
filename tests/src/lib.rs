//! The whole system in one test binary, and the rules of the house as tests.
#![cfg(test)]

mod adversary;
mod azure_host;
mod commands;
mod crash;
mod guests;
mod main_job;
mod notified;
mod on_azure;
mod rails;
mod targets;
mod tidy;
mod trouble;
mod waking;
mod walk;
mod world;
