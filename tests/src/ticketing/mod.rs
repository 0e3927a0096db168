//! The HTTP API as ticketing systems use it: their own requests, recorded, through the real gate to the real engine.

mod again;
mod bad;
mod door;
mod hidden;
mod recorded;
mod recording;
pub(crate) mod stage;
mod story;
mod transcript;
