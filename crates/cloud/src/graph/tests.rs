//! Questions and writes, against scripted answers of Graph.

mod permissions;
mod reads;
mod roles;
mod subscriptions;
mod writes;
