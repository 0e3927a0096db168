//! Everything that a plan is a function of.

use super::addresses::Addresses;
use super::windows::Windows;
use super::world::{Actual, DenyState, Person, PersonState, Snapshot};
use crate::config::{Address, Customer, Invitations, Leavers, Limits, Mode};
use crate::ids::{GuestId, PersonId};
use crate::ledger::{Grant, Ledger};
use crate::orders::{Bar, Orders, Pause};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The program-wide settings that a plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Which address is invited.
    pub address: Address,
    /// What becomes of guests that are ours.
    pub leavers: Leavers,
    /// The budget of invitations.
    pub invitations: Invitations,
    /// The program's own limits, for the rails that count over all customers.
    pub limits: Limits,
}

/// What [`Input`] is put together from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The customer, from the configuration.
    pub customer: &'a Customer,
    /// What this run may do (`--enforce` differs from the customer's).
    pub mode: Mode,
    /// The program-wide settings.
    pub settings: Settings,
    /// The partner's side.
    pub snapshot: &'a Snapshot,
    /// The addresses of that snapshot.
    pub addresses: &'a Addresses,
    /// The customer's side.
    pub actual: &'a Actual,
    /// What is ours.
    pub ledger: &'a Ledger,
    /// What is counted over all customers, as far as it is known.
    pub windows: &'a Windows,
    /// What people ordered: who is barred, and what is paused.
    pub orders: &'a Orders,
    /// The time of the plan.
    pub now: Timestamp,
}

/// Everything that a plan is a function of.
pub struct Input<'a> {
    pub(super) customer: &'a Customer,
    pub(super) mode: Mode,
    pub(super) settings: Settings,
    pub(super) snapshot: &'a Snapshot,
    pub(super) actual: &'a Actual,
    pub(super) ledger: &'a Ledger,
    pub(super) windows: &'a Windows,
    pub(super) orders: &'a Orders,
    pub(super) now: Timestamp,
    /// Who has which address at the partner.
    pub(super) addresses: &'a Addresses,
    /// For whom the guests that we know stand.
    pub(super) by_guest: BTreeMap<GuestId, PersonId>,
    /// People of grants whom the snapshot does not know: outside people, and those whom it does not follow yet.
    granted: BTreeMap<PersonId, Person>,
}

impl<'a> Input<'a> {
    /// Puts the input together.
    pub fn new(given: Given<'a>) -> Self {
        let Given { customer, mode, settings, snapshot, addresses, actual, ledger, windows, orders, now } = given;
        let by_guest = ledger.guests.iter().map(|(person, row)| (row.guest, *person)).collect();
        let unknown = ledger.grants.values().filter(|grant| !snapshot.people.contains_key(&grant.person));
        let granted = unknown.map(|grant| (grant.person, invitee(grant))).collect();
        Self { customer, mode, settings, snapshot, actual, ledger, windows, orders, now, addresses, by_guest, granted }
    }

    /// A person: as the partner's side knows them, else as a grant names them.
    pub(super) fn person(&self, id: PersonId) -> Option<&Person> {
        self.snapshot.people.get(&id).or_else(|| self.granted.get(&id))
    }

    /// Whom else than the partner's people this address is granted something.
    pub(super) fn granted_to(&self, address: &str) -> impl Iterator<Item = PersonId> + '_ {
        let address = address.to_lowercase();
        let of = move |person: &Person| person.address(self.settings.address).is_some_and(|known| known == address);
        self.granted.iter().filter(move |(_, person)| of(person)).map(|(id, _)| *id)
    }

    /// The grants that ask for something now. Whoever is being offboarded is asked for nothing any more.
    pub(super) fn live_grants(&self) -> impl Iterator<Item = &'a Grant> {
        let (now, asks) = (self.now, self.mode != Mode::Offboard);
        self.ledger.grants.values().filter(move |grant| asks && grant.is_live(now))
    }

    /// Whether the configuration has a package of this name.
    pub(super) fn has_package(&self, name: &str) -> bool {
        self.customer.packages.iter().any(|package| package.name == name)
    }

    /// The same with another ledger, such as one in which a person has decided something.
    pub fn with_ledger<'b>(&'b self, ledger: &'b Ledger) -> Input<'b> {
        Input::new(Given {
            customer: self.customer,
            mode: self.mode,
            settings: self.settings,
            snapshot: self.snapshot,
            addresses: self.addresses,
            actual: self.actual,
            ledger,
            windows: self.windows,
            orders: self.orders,
            now: self.now,
        })
    }

    /// The order by which nobody puts this person anywhere.
    pub(super) fn bar(&self, person: PersonId) -> Option<&'a Bar> {
        self.orders.barred.get(&person)
    }

    /// The order by which nothing is done here for a while.
    pub(super) fn pause(&self) -> Option<&'a Pause> {
        self.orders.pause_of(self.customer.tenant_id, self.now)
    }

    /// What ends that order: the customer's name, or `--all` where all are paused.
    pub(super) fn resume_name(&self) -> &'a str {
        let own = self.orders.pauses.get(&self.customer.tenant_id);
        if own.is_some() && own == self.pause() { &self.customer.name } else { "--all" }
    }

    /// Whether the customer's stop list names this guest.
    pub(super) fn is_denied(&self, guest: GuestId) -> bool {
        matches!(&self.actual.deny, DenyState::Read(denied) if denied.contains(&guest))
    }
}

/// Somebody as a grant names them: whoever approved it vouches for them.
fn invitee(grant: &Grant) -> Person {
    Person {
        mail: Some(grant.mail.clone()),
        upn: Some(grant.mail.clone()),
        name: grant.name.clone(),
        guest: false,
        state: PersonState::Enabled,
        left: None,
        left_with: 0,
        first_seen: None,
        seen: grant.from,
    }
}

/// Whether the customer's side was read whole.
pub(super) fn is_certain(input: &Input<'_>) -> bool {
    input.actual.gaps.is_empty() && !matches!(input.actual.deny, DenyState::Unread { .. })
}

/// Moves a time forward to one that comes sooner.
pub(super) fn earlier(wake: &mut Option<Timestamp>, at: Option<Timestamp>) {
    *wake = (*wake).into_iter().chain(at).min();
}
