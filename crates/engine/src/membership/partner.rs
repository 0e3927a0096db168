//! The partner's side in memory: the snapshot, and digests that tell a customer's run whether anything changed.

use crate::Engine;
use access::config::{Config, Customer};
use access::ids::{GroupId, PersonId};
use access::orders::Orders;
use access::plan::{Addresses, Person, Snapshot, SourceState};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

/// One snapshot with its digests, and the orders that stood when it was read. A clone is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) snapshot: Arc<Snapshot>,
    /// Read with the snapshot; a run reads them again before it plans.
    pub(crate) orders: Arc<Orders>,
    /// For each source group: who is in it, in which state, under which address.
    groups: Arc<BTreeMap<GroupId, [u8; 32]>>,
    /// Everybody who left the partner: their guests are disabled wherever they are.
    left: [u8; 32],
    /// Who has which address; put together when somebody is first planned for.
    addresses: Arc<OnceLock<Addresses>>,
    /// In how many customers each person is meant to be; counted when somebody is first invited.
    tenants: OnceLock<Arc<BTreeMap<PersonId, u32>>>,
}

impl Partner {
    pub(crate) fn new(snapshot: Snapshot, orders: Arc<Orders>) -> Self {
        let groups = snapshot.groups.iter().map(|(id, group)| {
            let mut hash = Sha256::new();
            let state = match &group.state {
                SourceState::Complete => "complete",
                SourceState::Gone => "gone",
                SourceState::Unread { .. } => "unread",
            };
            hash.update(format!("{state}|{:?}|{:?}\n", group.emptied, group.doubtful));
            for person in &group.people {
                hash.update(format!("{person}|{:?}\n", snapshot.people.get(person).map(super::people::print)));
            }
            (*id, hash.finalize().into())
        });
        let mut left = Sha256::new();
        for (id, person) in snapshot.people.iter().filter(|(_, person)| person.has_left()) {
            left.update(leaving(*id, person));
        }
        let groups = Arc::new(groups.collect());
        let left = left.finalize().into();
        Self { groups, left, addresses: Arc::default(), tenants: OnceLock::new(), snapshot: Arc::new(snapshot), orders }
    }

    /// The people's addresses.
    pub(crate) fn addresses(&self, config: &Config) -> &Addresses {
        self.addresses.get_or_init(|| Addresses::new(&self.snapshot, config.address))
    }

    /// The same under other orders.
    pub(crate) fn with_orders(&self, orders: Arc<Orders>) -> Self {
        Self { orders, ..self.clone() }
    }

    /// In how many customers' tenants each person is meant to be.
    pub(crate) fn tenants(&self, config: &Config) -> Arc<BTreeMap<PersonId, u32>> {
        self.tenants.get_or_init(|| Arc::new(super::tenants::per_person(config, &self.snapshot))).clone()
    }

    /// The digest of everybody who left.
    pub(crate) fn left(&self) -> String {
        hex(&self.left[..8])
    }

    /// What a plan rests on of somebody who left; `None` of everybody else.
    pub(crate) fn leaving(&self, id: PersonId) -> Option<String> {
        self.snapshot.people.get(&id).filter(|person| person.has_left()).map(|person| leaving(id, person))
    }

    /// The digest of everything, besides the customer's own tenant and who left, that the customer's plan is a function
    /// of.
    pub(crate) fn inputs(&self, engine: &Engine, customer: &Customer) -> String {
        let mut hash = Sha256::new();
        // `Debug` of plain data is the same for the same data within one build of the program; another build plans anew.
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(format!("{customer:?}|{:?}|{:?}\n", engine.settings(), engine.config.partner));
        for id in customer.sources() {
            hash.update(self.groups.get(&id).copied().unwrap_or_default());
        }
        let pause = self.orders.pause_of(customer.tenant_id, engine.clock.now());
        hash.update(format!("{:?}|{pause:?}\n", self.orders.barred));
        hex(&hash.finalize())
    }
}

fn leaving(id: PersonId, person: &Person) -> String {
    format!("{id}|{:?}|{:?}|{}\n", person.state, person.left, person.left_with)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Engine {
    /// Keeps the snapshot for the customers that this process looks at within the next minute.
    pub(crate) fn remember_partner(&self, snapshot: Snapshot, orders: Arc<Orders>) -> Arc<Partner> {
        self.remember(Arc::new(Partner::new(snapshot, orders)))
    }

    /// The same partner under the orders of now.
    pub(crate) fn under(&self, partner: Arc<Partner>, orders: Arc<Orders>) -> Arc<Partner> {
        if partner.orders == orders {
            return partner;
        }
        self.remember(Arc::new(partner.with_orders(orders)))
    }

    pub(super) fn remember(&self, partner: Arc<Partner>) -> Arc<Partner> {
        *self.partner.lock().expect("no holder panics") = Some(partner.clone());
        partner
    }

    pub(crate) fn known_partner(&self) -> Option<Arc<Partner>> {
        self.partner.lock().expect("no holder panics").clone()
    }
}
