//! The whole system in one test binary, and the rules of the house as tests.
#![cfg(test)]

mod adversary;
mod azure_host;
mod checkers;
mod crash;
mod faults;
mod guests;
mod main_job;
mod notified;
mod on_azure;
mod targets;
mod tidy;
mod trouble;
mod waking;
mod walk;
mod world;
