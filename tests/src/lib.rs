//! The whole system in one test binary, and the rules of the house as tests.
#![cfg(test)]

mod adversary;
mod azure_host;
mod checkers;
mod commands;
mod consent;
mod crash;
mod crowd;
mod faults;
mod gate;
mod grants;
mod guarded;
mod guests;
mod holds;
mod interleave;
mod inviting;
mod leave;
mod main_job;
mod notices;
mod notified;
mod on_azure;
mod pace;
mod pause;
mod rails;
mod requests;
mod roles;
mod skew;
mod stopped;
mod stopped_for_real;
mod subscriptions;
mod targets;
mod tidy;
mod trouble;
mod waking;
mod walk;
mod world;
