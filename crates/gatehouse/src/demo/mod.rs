//! The whole product on simulated tenants: no cloud, no account and no secret is needed.
//!
//! [`world`] makes the tenants, `folder/` is the configuration as people would write it, [`story`] lets things happen.
//! Nothing here knows how Gatehouse works: it is built from its public parts, as a deployment is.

mod alarm;
mod clock;
mod duty;
mod files;
mod story;
#[cfg(test)]
mod tests;
mod world;

#[cfg(test)]
pub(crate) use alarm::{BG1, sign_in};
pub use clock::StoryClock;
pub use files::{API_KEY, Home};
pub use story::{Broken, Ending, tell};
