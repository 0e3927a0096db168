//! What the next run would make of it, if these steps were done now.

use super::input::{Given, Input};
use super::judge::{Draft, Planned, plan};
use super::world::{Actual, MemberKind, TargetState};
use super::{Action, Target};
use crate::ids::{GuestId, ObjectId};
use crate::ledger::{Entry, GuestRow, Ledger};
use std::collections::BTreeMap;

/// Plans as if the steps had been done and seen, and the notes taken in.
pub(super) fn foresee(input: &Input<'_>, drafts: &[Draft], notes: &[Entry]) -> Planned {
    let mut actual = input.actual.clone();
    let mut ledger = input.ledger.clone();
    notes.iter().for_each(|note| ledger.fold(note));
    drafts.iter().for_each(|draft| done(draft, input, &mut actual, &mut ledger));
    plan(&Input::new(Given {
        customer: input.customer,
        mode: input.mode,
        settings: input.settings,
        snapshot: input.snapshot,
        addresses: input.addresses,
        actual: &actual,
        ledger: &ledger,
        windows: input.windows,
        orders: input.orders,
        now: input.now,
    }))
}

fn done(draft: &Draft, input: &Input<'_>, actual: &mut Actual, ledger: &mut Ledger) {
    let step = &draft.step;
    let Some(guest) = step.guest else { return };
    match (step.action, step.target) {
        (Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole, Some(target)) => {
            if let Some(members) = members(actual, target) {
                members.remove(&guest.into());
            }
            ledger.fold(&Entry::Ended { target, guest });
        }
        (Action::AddMember | Action::AddToUnit | Action::GrantRole, Some(target)) => {
            if let Some(members) = members(actual, target) {
                members.insert(guest.into(), MemberKind::User);
            }
            if let Some(person) = step.person {
                let packages = draft.packages.clone();
                ledger.fold(&Entry::Adopted { target, guest, person, packages, at: input.now });
            }
        }
        (Action::DisableGuest, _) => {
            touch(actual, ledger, guest, |facts, row| (facts.enabled, row.disabled) = (false, Some(input.now)));
        }
        (Action::EnableGuest, _) => {
            touch(actual, ledger, guest, |facts, row| (facts.enabled, row.disabled) = (true, None));
        }
        (Action::RestoreGuest, _) => {
            touch(actual, ledger, guest, |facts, row| (facts.deleted, row.deleted) = (false, None));
        }
        _ => {}
    }
}

fn members(actual: &mut Actual, target: Target) -> Option<&mut BTreeMap<ObjectId, MemberKind>> {
    match actual.targets.get_mut(&target)? {
        TargetState::Read { members, .. } => Some(members),
        TargetState::Gone | TargetState::Unread { .. } => None,
    }
}

fn touch(
    actual: &mut Actual,
    ledger: &mut Ledger,
    guest: GuestId,
    change: impl Fn(&mut super::world::Guest, &mut GuestRow),
) {
    let row = ledger.guests.values_mut().find(|row| row.guest == guest);
    if let (Some(facts), Some(row)) = (actual.guests.get_mut(&guest), row) {
        change(facts, row);
    }
}
