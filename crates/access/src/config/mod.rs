//! The configuration folder: `gatehouse.toml`, `customers/*.toml`, `profiles/*.toml` (design 4.1).

mod model;

pub use model::*;
