//! Who has which address at the partner: the same for all customers, so made once for each snapshot.

use super::world::Snapshot;
use crate::config::Address;
use crate::ids::PersonId;
use std::collections::{BTreeMap, BTreeSet};

/// The partner's people by their addresses.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Who has an address, where exactly one person does.
    pub(super) one: BTreeMap<String, PersonId>,
    /// Addresses that two people of the partner have.
    pub(super) shared: BTreeSet<String>,
    /// Who had an address before they left.
    pub(super) left: BTreeMap<String, BTreeSet<PersonId>>,
    /// Who has an address in any way, whichever is invited.
    pub(super) any: BTreeMap<String, BTreeSet<PersonId>>,
}

impl Addresses {
    /// Those of this snapshot, where this one is invited.
    pub fn new(snapshot: &Snapshot, invited: Address) -> Self {
        let mut addresses = Self::default();
        for (&id, person) in &snapshot.people {
            let address = person.address(invited);
            if person.has_left() {
                if let Some(address) = address {
                    addresses.left.entry(address).or_default().insert(id);
                }
                continue;
            }
            for either in person.mail.iter().chain(&person.upn) {
                addresses.any.entry(either.to_lowercase()).or_default().insert(id);
            }
            if let Some(address) = address
                && addresses.one.insert(address.clone(), id).is_some()
            {
                addresses.shared.insert(address);
            }
        }
        addresses.one.retain(|address, _| !addresses.shared.contains(address));
        addresses
    }
}
