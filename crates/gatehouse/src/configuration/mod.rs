//! The configuration as it is found: in a folder, or published in a store.
//!
//! * [`location`]: where it is, by what `--config` or `GATEHOUSE_CONFIG` names;
//! * [`found`]: its texts, with the digest that they are known by;
//! * [`document`]: how a published one is stored, with the last good one beside it;
//! * [`changes`]: what is different between two, in words.

pub mod changes;
pub mod document;
pub mod found;
pub mod location;

pub use document::{KEPT_FOR, Publication, Published};
pub use found::Found;
pub use location::Location;
