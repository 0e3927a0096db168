//! How fast, how cheap and how right: Gatehouse beside two honest peers, on the simulated cloud.
//!
//! Each measurement takes two processes: the simulated cloud behind real HTTPS on a port of this machine, with the
//! published quotas and 50 ms for each request, and one contender. So memory and processor time of either are its own.
//! Contenders are Gatehouse's engine, driven as a host drives it; a script that goes one by one; and Microsoft's own
//! Python SDK with its retry middleware and ten workers. All three are judged by what the cloud saw: requests, resource
//! units, refusals, and who is in which group at the end.

pub mod alerting;
pub mod asking;
pub mod cloud;
pub mod contender;
pub mod job;
pub mod large;
pub mod machine;
pub mod peers;
pub mod process;
pub mod run;
pub mod scenario;
pub mod table;

#[cfg(test)]
mod tests;
