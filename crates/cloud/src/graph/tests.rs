//! Questions and writes, against scripted answers of Graph.

mod inviting;
mod permissions;
mod reads;
mod reports;
mod roles;
mod subscriptions;
mod writes;
