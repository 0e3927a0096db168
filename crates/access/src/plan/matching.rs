//! Which guest stands for a person (design 5.4). Never by display name.

use super::judge::Input;
use super::world::Guest;
use crate::ids::{GuestId, PersonId};

/// The guest of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// This one.
    Guest(GuestId),
    /// This one, whom we disabled.
    DisabledByUs(GuestId),
    /// This one, whom we deleted, and who can be restored.
    DeletedByUs(GuestId),
    /// Nobody yet: to be invited.
    Nobody,
    /// It cannot be said, or must not be used: a problem with its code.
    Problem(&'static str, String),
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
    if facts.deleted {
        return if row.deleted.is_some() { Match::DeletedByUs(guest) } else { deleted_by_customer(guest) };
    }
    if !facts.enabled {
        return if row.disabled.is_some() { Match::DisabledByUs(guest) } else { disabled_by_customer(guest) };
    }
    usable(guest, facts)
}

fn search(input: &Input<'_>, id: PersonId) -> Match {
    let address = input.snapshot.people.get(&id).and_then(|person| person.address(input.settings.address));
    let Some(address) = address else {
        return Match::Problem("no_address", format!("{id} has no mail address to look for"));
    };
    if input.shared_addresses.contains(&address) {
        return Match::Problem("match_ambiguous", format!("{address} belongs to two people of the partner"));
    }
    let Some(found) = input.actual.found.get(&address) else {
        return Match::Problem("guest_unread", format!("{address} could not be looked up; the next run tries again"));
    };
    let facts = |guest: &GuestId| input.actual.guests.get(guest).map(|facts| (*guest, facts));
    let candidates: Vec<(GuestId, &Guest)> =
        found.iter().filter_map(facts).filter(|(_, facts)| !facts.deleted).collect();
    let strong: Vec<_> =
        candidates.iter().filter(|(_, facts)| facts.is_external() && facts.is_addressed(&address)).collect();
    match strong.as_slice() {
        [] => weak(&address, &candidates),
        [(guest, facts)] => {
            if let Some(other) = input.ledger.person_of(*guest) {
                let text = format!(
                    "{address} finds guest {guest}, who stands for another person of the partner ({other}): the address was given to somebody else"
                );
                return Match::Problem("mail_reused", text);
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
        let text = format!("{address} is only among the other addresses of guest {id}; a person must decide (gatehouse adopt)");
        return Match::Problem("match_uncertain", text);
    }
    Match::Problem("internal_user", format!("{address} belongs to the customer's own user {id}, who is never touched"))
}

fn usable(guest: GuestId, facts: &Guest) -> Match {
    if facts.redeemed_elsewhere() {
        let text = format!(
            "guest {guest} redeemed the invitation with something other than a Microsoft Entra account; reset the redemption"
        );
        return Match::Problem("redeemed_elsewhere", text);
    }
    Match::Guest(guest)
}

fn disabled_by_customer(guest: GuestId) -> Match {
    let text = format!("guest {guest} was disabled by the customer, which is never undone by us; ask them");
    Match::Problem("guest_disabled_by_customer", text)
}

fn deleted_by_customer(guest: GuestId) -> Match {
    let text = format!("guest {guest} was deleted by the customer and is not invited again; ask them, then `gatehouse unveto`");
    Match::Problem("guest_deleted_by_customer", text)
}
