//! Questions and writes, against scripted answers of Graph.

mod fitness;
mod inviting;
mod permissions;
mod reads;
mod reports;
mod roles;
mod subscriptions;
mod writes;
