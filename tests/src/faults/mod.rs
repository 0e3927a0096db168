//! Faults: every kind on every route that we call, alone and mixed, and the outages that have a name.
//!
//! The short versions run with every test; the long ones by `cargo test -p scenarios -- --ignored faults`.

mod calls;
mod few;
mod half;
mod lag;
mod life;
mod links;
mod login;
mod lost;
mod midway;
mod mixed;
mod partner;
mod refused;
mod stop_list;
mod store;
mod table;
