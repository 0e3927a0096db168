//! How a customer comes in: consent, the proof that it is theirs, and whether everything is there that its configuration
//! needs.
//!
//! * [`stage`] is how far a customer is, and [`record`] everything that is kept of it;
//! * [`call_back`] reads what Microsoft's consent page sends the browser back with;
//! * [`state`] says what a link, a call-back, a look and a person's word may do to the record: nothing else changes one;
//! * [`facts`] is what a look read, [`probe`] the list of what is asked of it, [`judge`] the rules.
//!
//! Consent proves that *some* administrator of the tenant agreed. That it is the customer of the order is a person's word.

pub mod call_back;
pub mod facts;
mod fixes;
mod judge;
pub mod probe;
pub mod record;
pub mod stage;
pub mod state;
#[cfg(test)]
mod tests;

pub use call_back::{CallBack, Refusal, Refused, query_of, refusal};
pub use facts::{Door, Facts, Group, Tenant, Token};
pub use probe::{Case, Finding, PROBES, Probe, Verdict, granted, look};
pub use record::{Confirmed, Consented, Event, Link, Look, Onboarding, Verified, What, Witness};
pub use stage::Stage;
pub use state::{Landing, Rejected};

/// A domain as Microsoft writes it: in its letters for the wire, lower case. `None`: it is none.
pub fn domain(text: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(text.trim()).ok()?;
    domain.contains('.').then_some(domain)
}
