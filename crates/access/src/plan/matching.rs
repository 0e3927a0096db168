//! Which guest stands for a person. Never by display name.

use super::input::Input;
use super::world::{Guest, Reach};
use crate::ids::{GuestId, PersonId};
use std::collections::BTreeSet;

/// The guest of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// This one.
    Guest(GuestId),
    /// This one, whom we disabled.
    DisabledByUs(GuestId),
    /// This one, whom we deleted, and who can be restored.
    DeletedByUs(GuestId),
    /// This one, who must not be given anything: a problem with its code.
    Unusable(GuestId, &'static str, String),
    /// Nobody yet: to be invited.
    Nobody,
    /// It cannot be said: a problem with its code.
    Problem(&'static str, String),
}

impl Match {
    /// The guest, where one certainly stands for the person.
    pub(super) fn guest(&self) -> Option<GuestId> {
        match self {
            Self::Guest(guest) | Self::DisabledByUs(guest) | Self::DeletedByUs(guest) => Some(*guest),
            Self::Unusable(guest, ..) => Some(*guest),
            Self::Nobody | Self::Problem(..) => None,
        }
    }
}

/// Who stands behind a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Behind {
    /// This person.
    Person(PersonId),
    /// Perhaps one of these: not sure enough to give anything, nor to take anything away.
    Maybe(BTreeSet<PersonId>),
    /// Nobody of the partner whom we know.
    Nobody,
}

/// Finds the person for whom a guest stands: the way back of [`guest_of`].
pub(super) fn behind(input: &Input<'_>, guest: GuestId) -> Behind {
    if let Some(person) = input.by_guest.get(&guest) {
        return Behind::Person(*person);
    }
    let Some(facts) = input.actual.guests.get(&guest).filter(|facts| facts.is_external()) else {
        return Behind::Nobody;
    };
    let own: Vec<String> = facts.addresses().map(str::to_lowercase).collect();
    // The match must hold from the person's side too: they may stand behind somebody else.
    let theirs = |id: &PersonId| guest_of(input, *id).guest() == Some(guest);
    if let Some(person) = own.iter().filter_map(|address| input.addresses.one.get(address)).copied().find(theirs) {
        return Behind::Person(person);
    }
    let others = facts.other_mails.iter().map(|mail| mail.to_lowercase());
    if let Some(person) = own.iter().flat_map(|address| input.granted_to(address)).find(theirs) {
        return Behind::Person(person);
    }
    let maybe: BTreeSet<PersonId> = own
        .iter()
        .cloned()
        .chain(others)
        .filter_map(|address| input.addresses.any.get(&address))
        .flatten()
        .copied()
        .collect();
    if !maybe.is_empty() {
        return Behind::Maybe(maybe);
    }
    let left = own.iter().filter_map(|address| input.addresses.left.get(address)).flatten().copied();
    let left: BTreeSet<PersonId> = left.filter(|person| !input.ledger.guests.contains_key(person)).collect();
    match left.first() {
        Some(person) if left.len() == 1 => Behind::Person(*person),
        _ => Behind::Nobody,
    }
}

/// Finds the guest of a person who is wanted somewhere.
pub(super) fn guest_of(input: &Input<'_>, id: PersonId) -> Match {
    match input.ledger.guests.get(&id) {
        Some(row) => known(input, row),
        None => search(input, id),
    }
}

fn known(input: &Input<'_>, row: &crate::ledger::GuestRow) -> Match {
    let guest = row.guest;
    if input.actual.gone.contains(&guest) {
        return if row.deleted.is_some() { Match::Nobody } else { deleted_by_customer(guest) };
    }
    let Some(facts) = input.actual.guests.get(&guest) else {
        return Match::Problem("guest_unread", format!("guest {guest} could not be read; the next run tries again"));
    };
    if !facts.is_external() {
        return internal_user(guest, "stands for a person of the partner, but");
    }
    if facts.deleted {
        return match row.deleted {
            Some(_) if !matches!(input.actual.reach, Reach::Tenant) => not_restorable(guest),
            Some(_) => Match::DeletedByUs(guest),
            None => deleted_by_customer(guest),
        };
    }
    if !facts.enabled {
        return if row.disabled.is_some() { Match::DisabledByUs(guest) } else { disabled_by_customer(guest) };
    }
    usable(guest, facts)
}

fn search(input: &Input<'_>, id: PersonId) -> Match {
    let address = input.person(id).and_then(|person| person.address(input.settings.address));
    let Some(address) = address else {
        return Match::Problem("no_address", format!("{id} has no mail address to look for"));
    };
    if input.addresses.shared.contains(&address) {
        return Match::Problem("match_ambiguous", format!("{address} belongs to two people of the partner"));
    }
    let is_unknown = !input.snapshot.people.contains_key(&id);
    let partners = input.addresses.any.get(&address).filter(|_| is_unknown);
    if partners.is_some() || (is_unknown && input.granted_to(&address).count() > 1) {
        let text = format!(
            "{address} was granted to somebody outside the partner and is the address of another person too; take the request back, and ask anew"
        );
        return Match::Problem("match_ambiguous", text);
    }
    let Some(found) = input.actual.found.get(&address) else {
        return Match::Problem("guest_unread", format!("{address} could not be looked up; the next run tries again"));
    };
    let facts = |guest: &GuestId| input.actual.guests.get(guest).map(|facts| (*guest, facts));
    if let Some(unread) = found.iter().find(|guest| !input.actual.guests.contains_key(*guest)) {
        return Match::Problem("guest_unread", format!("guest {unread} could not be read; the next run tries again"));
    }
    let candidates: Vec<(GuestId, &Guest)> =
        found.iter().filter_map(facts).filter(|(_, facts)| !facts.deleted).collect();
    let strong: Vec<_> =
        candidates.iter().filter(|(_, facts)| facts.is_external() && facts.is_addressed(&address)).collect();
    match strong.as_slice() {
        [] => weak(&address, &candidates),
        [(guest, facts)] => {
            let before = input.addresses.left.get(&address).and_then(|people| people.iter().find(|one| **one != id));
            if let Some(other) = input.by_guest.get(guest).or(before) {
                let text = format!(
                    "{address} finds guest {guest}, who stands for another person of the partner ({other}): the address was given to somebody else"
                );
                return Match::Problem("mail_reused", text);
            }
            let claims: BTreeSet<&PersonId> =
                facts.addresses().filter_map(|one| input.addresses.one.get(&one.to_lowercase())).collect();
            if claims.len() > 1 {
                let text = format!("guest {guest} has the addresses of {} people of the partner", claims.len());
                return Match::Problem("match_ambiguous", text);
            }
            if !facts.enabled {
                return disabled_by_customer(*guest);
            }
            usable(*guest, facts)
        }
        several => {
            let text = format!("{address} matches {} guests of the customer; remove all but one", several.len());
            Match::Problem("match_ambiguous", text)
        }
    }
}

/// No guest has the address as its own.
fn weak(address: &str, candidates: &[(GuestId, &Guest)]) -> Match {
    let Some((id, facts)) = candidates.first() else { return Match::Nobody };
    if facts.is_external() {
        let text = format!(
            "{address} is only among the other addresses of guest {id}; a person of the customer must make it the guest's mail, or remove it"
        );
        return Match::Problem("match_uncertain", text);
    }
    internal_user(*id, &format!("has the address {address}, but"))
}

fn internal_user(guest: GuestId, who: &str) -> Match {
    let text = format!("user {guest} {who} is the customer's own, and those are never touched");
    Match::Problem("internal_user", text)
}

fn usable(guest: GuestId, facts: &Guest) -> Match {
    if facts.redeemed_elsewhere() {
        let text = format!(
            "guest {guest} redeemed the invitation with something other than a Microsoft Entra account; reset the redemption"
        );
        return Match::Unusable(guest, "redeemed_elsewhere", text);
    }
    Match::Guest(guest)
}

fn disabled_by_customer(guest: GuestId) -> Match {
    let text = format!("guest {guest} was disabled by the customer, which is never undone by us; ask them");
    Match::Unusable(guest, "guest_disabled_by_customer", text)
}

/// What is deleted is in no unit.
fn not_restorable(guest: GuestId) -> Match {
    let text = format!(
        "guest {guest} was deleted by us and cannot be restored with scoped rights; the customer has to restore the guest, or to delete it for good"
    );
    Match::Unusable(guest, "guest_not_restorable", text)
}

fn deleted_by_customer(guest: GuestId) -> Match {
    let text =
        format!("guest {guest} was deleted by the customer and is not invited again; only they can restore the guest");
    Match::Unusable(guest, "guest_deleted_by_customer", text)
}
