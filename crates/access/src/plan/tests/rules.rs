//! What must hold of every plan, whatever the world.

use super::granting::audit_grants;
use super::world::{World, hours};
use crate::config::{Drift, Ownership, Package, TargetGroup};
use crate::ids::{GroupId, GuestId, ObjectId, PersonId};
use crate::ledger::StepKey;
use crate::plan::vetting::object_of;
use crate::plan::{
    Action, Cause, DenyState, Draft, MemberKind, OtherAccess, PersonState, Planned, SourceState, Target, TargetState,
};
use std::collections::BTreeSet;

/// Checks everything that must hold of one plan.
pub(super) fn audit(world: &World, planned: &Planned) {
    only_what_is_ours_is_taken(world, planned);
    the_customers_own_are_never_touched(world, planned);
    no_set_empties_a_place(world, planned);
    no_set_follows_from_a_partial_read(world, planned);
    what_is_protected_is_in_no_step(world, planned);
    whoever_is_in_the_source_stays(world, planned);
    a_block_by_the_customer_stays(world, planned);
    nobody_with_other_access_is_blocked(world, planned);
    nobody_barred_gains_anything(world, planned);
    a_pause_lets_only_facts_take_away(world, planned);
    held_and_passing_are_apart(planned);
    audit_grants(world, planned);
}

/// Checks a plan that was made with what it needs to know of all customers: no limit is exceeded.
pub(super) fn audit_counted(world: &World, planned: &Planned) {
    audit(world, planned);
    let limits = world.settings.limits;
    let by_sets =
        || taking(planned).filter(|draft| by_set(draft) && !planned.released.contains(&StepKey::of(&draft.step)));
    for package in &world.customer.packages {
        let theirs = by_sets().filter(|draft| draft.packages.contains(&package.name));
        let people: BTreeSet<_> = theirs.filter_map(Draft::who).collect();
        assert!(people.len() <= package.limits.removals_max as usize);
    }
    let today = world.ledger.removed.iter().filter(|one| !one.fact && world.now.duration_since(one.at) < hours(24));
    let today: BTreeSet<GuestId> = today.map(|one| one.guest).collect();
    let going: BTreeSet<GuestId> = by_sets().filter_map(|draft| draft.step.guest).collect();
    let day_max = world.customer.packages.iter().map(|one| one.limits.removals_per_day_max).min().unwrap_or(0);
    assert!(going.is_empty() || today.union(&going).count() <= day_max as usize, "more than a day may take");
    let going: BTreeSet<ObjectId> = by_sets().filter_map(Draft::who).collect();
    let counted: BTreeSet<ObjectId> = world.elsewhere.counted.keys().copied().collect();
    let fresh = !going.is_subset(&world.elsewhere.granted);
    let hour_max = limits.removals_per_hour_all_max as usize;
    assert!(!fresh || counted.union(&going).count() <= hour_max, "more than an hour may take");
    for draft in &planned.drafts {
        let Some(id) = draft.step.person else { continue };
        let facts = &world.snapshot.people.get(&id);
        let left_with = facts.map_or(0, |facts| facts.left_with);
        assert!(
            draft.step.cause.is_none_or(|cause| !matches!(cause, Cause::Disabled | Cause::Deleted))
                || left_with <= limits.leavers_per_hour_all_max
        );
        if draft.step.action == Action::InviteGuest {
            assert!(world.tenants.get(&id).is_none_or(|tenants| *tenants <= 480), "Microsoft allows 500");
            let is_new = facts.is_some_and(|facts| facts.first_seen.is_some());
            let first = world.ledger.rows.is_empty() && world.ledger.adopted.is_empty();
            let others = world.entered.get(&id).map_or(0, |tenants| tenants.len());
            let is_in = world.ledger.rows.values().flat_map(|rows| rows.values()).any(|row| row.person == id);
            assert!(!is_new || first || is_in || others < limits.new_person_customers_max as usize);
        }
    }
}

pub(super) fn naming(world: &World, target: Target) -> Vec<&Package> {
    let created = &world.actual.created;
    let is_there = |one: &TargetGroup| match one {
        TargetGroup::Id(id) => Target::Group(*id) == target,
        TargetGroup::Create { name } => created.get(name).is_some_and(|id| Target::Group(*id) == target),
    };
    let names = |package: &&Package| {
        let gives = |role: &crate::config::ScopedRole| Target::Role(role.role, role.unit) == target;
        package.groups.iter().any(is_there)
            || matches!(target, Target::Unit(id) if package.units.contains(&id))
            || package.roles.iter().any(gives)
    };
    world.customer.packages.iter().filter(names).collect()
}

pub(super) fn taking(planned: &Planned) -> impl Iterator<Item = &Draft> {
    planned.drafts.iter().filter(|draft| draft.step.action.takes())
}

fn by_set(draft: &Draft) -> bool {
    !draft.step.cause.unwrap().is_fact()
}

pub(super) fn is_in_source(world: &World, package: &Package, person: PersonId) -> bool {
    let inside = |ids: &BTreeSet<GroupId>| {
        ids.iter().any(|id| world.snapshot.groups.get(id).is_some_and(|group| group.people.contains(&person)))
    };
    inside(&package.members) && !inside(&package.except)
}

pub(super) fn is_read(world: &World, package: &Package) -> bool {
    package.members.iter().all(|id| world.snapshot.groups[id].state == SourceState::Complete)
}

fn only_what_is_ours_is_taken(world: &World, planned: &Planned) {
    for draft in taking(planned) {
        let guest = draft.step.guest.unwrap();
        if let Some(target) = draft.step.target {
            let all = !matches!(target, Target::Role(..))
                && naming(world, target).iter().any(|package| package.ownership == Ownership::All);
            assert!(all || world.ledger.row(target, guest).is_some(), "{draft:?} is not ours");
        } else {
            assert!(world.ledger.guests.values().any(|row| row.guest == guest && row.ours), "{draft:?} is not ours");
        }
    }
}

fn the_customers_own_are_never_touched(world: &World, planned: &Planned) {
    for guest in planned.drafts.iter().filter_map(|draft| draft.step.guest) {
        assert!(world.actual.guests[&guest].is_external());
        for state in world.actual.targets.values() {
            if let TargetState::Read { members, .. } = state {
                assert_ne!(members.get(&guest.into()), Some(&MemberKind::Other));
            }
        }
    }
}

fn no_set_empties_a_place(world: &World, planned: &Planned) {
    for (target, state) in &world.actual.targets {
        let TargetState::Read { members, .. } = state else { continue };
        let going: BTreeSet<ObjectId> = taking(planned)
            .filter(|draft| draft.step.target == Some(*target))
            .map(|draft| draft.step.guest.unwrap().into())
            .collect();
        let sets = taking(planned).any(|draft| draft.step.target == Some(*target) && by_set(draft));
        let removed =
            |id: &ObjectId| world.ledger.row(*target, GuestId(id.0)).is_some_and(|row| row.removing.is_some());
        let left = members.keys().filter(|id| !going.contains(*id) && !removed(id)).count();
        assert!(!sets || left > 0, "{target} would be empty");
    }
}

pub(super) fn no_set_follows_from_a_partial_read(world: &World, planned: &Planned) {
    for draft in taking(planned).filter(|draft| by_set(draft)) {
        assert_eq!(world.actual.gaps, Vec::<String>::new());
        let packages = match draft.step.target {
            Some(target) => naming(world, target),
            None => world.customer.packages.iter().collect(),
        };
        assert!(packages.iter().all(|package| is_read(world, package)), "{draft:?} rests on a partial read");
        let person = draft.step.person.and_then(|id| world.snapshot.people.get(&id));
        assert!(person.is_none_or(|person| person.state != PersonState::Unconfirmed));
    }
}

pub(super) fn what_is_protected_is_in_no_step(world: &World, planned: &Planned) {
    for draft in &planned.drafts {
        let step = &draft.step;
        let named = [step.person.map(ObjectId::from), step.guest.map(ObjectId::from), step.target.map(object_of)];
        for object in named.into_iter().flatten() {
            assert!(!world.customer.protect.contains(&object), "{draft:?} touches what is protected");
        }
        let holds_role = step.guest.is_some_and(|guest| {
            matches!(world.access.get(&guest), Some(OtherAccess::Known { directory_role: true, .. }))
        });
        assert!(!holds_role, "{draft:?} touches a holder of a directory role");
    }
}

fn whoever_is_in_the_source_stays(world: &World, planned: &Planned) {
    let denied = |guest: GuestId| matches!(&world.actual.deny, DenyState::Read(denied) if denied.contains(&guest));
    for draft in taking(planned) {
        let (Some(target), Some(guest)) = (draft.step.target, draft.step.guest) else { continue };
        for (id, facts) in world.snapshot.people.iter().filter(|(_, facts)| !facts.has_left()) {
            let addressed = facts
                .address(world.settings.address)
                .is_some_and(|mail| world.actual.guests[&guest].is_addressed(&mail));
            let theirs = world.ledger.person_of(guest).map_or(addressed, |known| known == *id);
            let asked = naming(world, target)
                .iter()
                .any(|package| is_read(world, package) && is_in_source(world, package, *id));
            let barred = world.orders.is_barred(*id);
            assert!(!theirs || !asked || barred || denied(guest), "{draft:?} takes from somebody who is in the source");
        }
    }
}

fn a_block_by_the_customer_stays(world: &World, planned: &Planned) {
    for draft in &planned.drafts {
        let Some(row) = draft.step.person.and_then(|person| world.ledger.guests.get(&person)) else { continue };
        let facts = world.actual.guests.get(&row.guest);
        let step = &draft.step;
        let blocked = match step.action {
            Action::EnableGuest => row.disabled.is_none(),
            Action::RestoreGuest | Action::InviteGuest => row.deleted.is_none(),
            Action::AddMember | Action::AddToUnit => facts.is_some_and(|facts| {
                (facts.deleted && row.deleted.is_none()) || (!facts.enabled && row.disabled.is_none())
            }),
            _ => false,
        };
        assert!(!blocked, "{draft:?} undoes a block of the customer's");
        if let Some(target) = step.target
            && world.ledger.row(target, row.guest).is_some_and(|row| row.vanished.is_some())
            && matches!(step.action, Action::AddMember | Action::AddToUnit)
        {
            assert!(naming(world, target).iter().any(|package| package.drift == Drift::Repair), "{draft:?} was vetoed");
        }
    }
}

fn nobody_with_other_access_is_blocked(world: &World, planned: &Planned) {
    for draft in taking(planned).filter(|draft| draft.step.target.is_none()) {
        let left =
            draft.step.person.and_then(|id| world.snapshot.people.get(&id)).is_some_and(|person| person.has_left());
        let free = match world.access.get(&draft.step.guest.unwrap()) {
            None => true,
            Some(OtherAccess::Known { memberships, owns, .. }) => {
                memberships.is_empty() && !(*owns && draft.step.action == Action::DeleteGuest)
            }
            Some(OtherAccess::Unread { .. }) => false,
        };
        match draft.step.action {
            Action::DisableGuest => {
                assert!(left || free || draft.step.cause == Some(Cause::Barred), "{draft:?} has other access")
            }
            Action::DeleteGuest => assert!(free, "{draft:?} has other access"),
            _ => {}
        }
    }
}

fn nobody_barred_gains_anything(world: &World, planned: &Planned) {
    let held = planned.plan.held_steps.iter();
    for step in planned.drafts.iter().map(|draft| &draft.step).chain(held).filter(|step| !step.action.takes()) {
        let theirs = step.guest.and_then(|guest| world.ledger.person_of(guest));
        for person in step.person.into_iter().chain(theirs) {
            assert!(!world.orders.is_barred(person), "{step:?} is for somebody who is barred");
        }
    }
}

fn a_pause_lets_only_facts_take_away(world: &World, planned: &Planned) {
    let Some(pause) = world.orders.pause_of(world.customer.tenant_id, world.now) else { return };
    for draft in &planned.drafts {
        assert!(draft.step.action.takes() && !by_set(draft) && !pause.everything, "{draft:?} under a pause");
    }
    assert!(!planned.notes.iter().any(|note| matches!(note, crate::ledger::Entry::AdoptionDone { .. })));
}

fn held_and_passing_are_apart(planned: &Planned) {
    let passing: BTreeSet<StepKey> = planned.drafts.iter().map(|draft| StepKey::of(&draft.step)).collect();
    assert_eq!(passing.len(), planned.drafts.len(), "a step is there twice");
    assert!(passing.is_disjoint(&planned.held));
    assert_eq!(planned.held.len(), planned.plan.held_steps.len(), "a held step is there twice");
}
