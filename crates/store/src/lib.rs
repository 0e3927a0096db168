//! Documents with optimistic concurrency, leases and the journal.
//!
//! Everything durable is a small document in a store that can do only what object stores can: get, create if absent,
//! replace if unchanged, list, delete. All the rest is built from those five.
//!
//! * [`Documents`] is that seam; [`Memory`], [`Disk`] and object stores ([`Objects`]) implement it, [`open`] chooses one by
//!   its URL, and [`conformance`] is what all of them promise;
//! * [`Store`] keeps typed values in it, each with a version and a random write id;
//! * [`lease`] says who may work on a customer, and [`journal`] keeps what was done;
//! * [`markers`] say where work is unfinished, and [`hourly`] keeps what expires;
//! * [`faulty`], [`counted`] and [`latent`] wrap a store for tests and benchmarks.

pub mod conformance;
pub mod counted;
mod disk;
mod documents;
pub mod faulty;
pub mod hourly;
pub mod journal;
pub mod latent;
pub mod lease;
pub mod markers;
mod memory;
mod objects;
mod open;
mod settle;
mod typed;

pub use disk::Disk;
pub use documents::{DOCUMENT_BYTES_MAX, Documents, Error, PATH_BYTES_MAX, SEGMENT_BYTES_MAX, Stored, Tag, check_path};
pub use memory::Memory;
pub use objects::{Keys, Objects, Tokens};
pub use open::{Opening, open};
pub use typed::{Document, Kept, Store, UPDATE_ATTEMPTS_MAX};
