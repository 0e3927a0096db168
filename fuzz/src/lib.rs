//! Strangers' bytes into everything that reads them: one program for each reader, in `targets/`.
//!
//! A program fails where the reader panics, where it takes memory or time without a bound, and where something does not
//! hold that is said beside the call. What it found while it ran is in `corpus/`; what has a dot in its name was recorded
//! from the systems that send such things, and is kept.

pub mod asking;
pub mod chat;
pub mod desk;
pub mod place;
