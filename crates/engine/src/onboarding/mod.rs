//! How customers come in: links to Microsoft's consent page, the call-backs from there, and looks at what is there.
//!
//! [`begin`] makes links, [`land`] takes call-backs, [`look`] reads what `access::onboarding` judges ([`read`] and [`parts`]
//! ask for it), [`confirm`] takes a person's word. Only the store is written; the customer's tenant never is.

mod begin;
mod confirm;
mod document;
mod land;
mod look;
mod parts;
mod read;

pub use begin::{Begin, Begun};
pub use confirm::Confirm;
pub use land::Landed;
pub use look::Looked;

use std::time::Duration;

/// How long the page after a consent may take: the browser waits for it, and some gateways give up after 30 seconds.
pub const PAGE_PATIENCE: Duration = Duration::from_secs(20);

/// The pauses between attempts to get a token after a call-back: Microsoft needs some time until it knows a consent
/// everywhere.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];
