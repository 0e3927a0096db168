//! Grants in random worlds, and what must hold of every plan with them.

use super::rules::{is_in_source, is_read, naming, taking};
use super::world::{World, guest, guest_facts, guest_row, hours, mail, person, row, target};
use super::worlds::PEOPLE;
use crate::ids::{ObjectId, PersonId};
use crate::ledger::{Entry, Grant};
use crate::plan::{Cause, DenyState, MemberKind, Planned, Target, TargetState};
use proptest::prelude::*;

/// The number of the one who is no person of the partner.
pub(super) const OUTSIDE: u8 = 9;

/// One grant: of what, when, and whether the person's memberships rest on it alone.
#[derive(Debug, Clone)]
pub(super) struct SomeGrant {
    when: u8,
    package: u8,
    alone: bool,
    guest: u8,
}

impl SomeGrant {
    /// The same, unless it begins later: then it is live already.
    pub(super) fn begun(&mut self) {
        if self.when == 4 {
            self.when = 2;
        }
    }
}

/// A grant for each person of a random world, and one for somebody outside; most have none.
pub(super) fn some_grants() -> impl Strategy<Value = Vec<SomeGrant>> {
    let one = (prop_oneof![3 => Just(0u8), 2 => 1u8..5], 0u8..4, any::<bool>(), 0u8..3);
    let one = one.prop_map(|(when, package, alone, guest)| SomeGrant { when, package, alone, guest });
    prop::collection::vec(one, usize::from(PEOPLE) + 1)
}

/// Puts the grants into a world whose people are there already.
pub(super) fn fill(grants: &[SomeGrant], world: &mut World) {
    for (number, some) in (0..).zip(grants) {
        // From when until when, in hours from now: long past, live, short, yet to come.
        let Some((from, until)) = [(-9, -1), (-1, 200), (-9, 0), (1, 200)].get(usize::from(some.when).wrapping_sub(1))
        else {
            continue;
        };
        let id = if number == PEOPLE { outside(some, world) } else { person(number) };
        let grant = Grant {
            request: super::grants::request(number),
            person: id,
            package: ["package-0", "package-1", "package-2", "package-9"][usize::from(some.package)].into(),
            mail: mail(if number == PEOPLE { OUTSIDE } else { number }),
            name: None,
            outside: number == PEOPLE,
            from: world.now + hours(*from),
            until: world.now + hours(*until),
            approved_by: Vec::new(),
            ticket: None,
        };
        world.ledger.fold(&Entry::Granted(grant));
        for row in world.ledger.rows.values_mut().flat_map(|rows| rows.values_mut()).filter(|row| row.person == id) {
            row.standing = !some.alone;
        }
        // Some of them have not accepted the invitation.
        let known = world.ledger.guests.get(&id).filter(|_| some.alone).map(|row| row.guest);
        if let Some(facts) = known.and_then(|guest| world.actual.guests.get_mut(&guest))
            && facts.external_state.is_some()
        {
            facts.external_state = Some("PendingAcceptance".into());
        }
    }
}

/// Somebody outside: unknown, a guest of the customer's own making, or one of ours who is in the first target.
fn outside(some: &SomeGrant, world: &mut World) -> PersonId {
    let id = PersonId::outside(world.snapshot.tenant, &mail(OUTSIDE));
    let found = world.actual.found.entry(mail(OUTSIDE)).or_default();
    if some.guest > 0 {
        found.insert(guest(OUTSIDE));
        world.actual.guests.insert(guest(OUTSIDE), guest_facts(OUTSIDE));
        world.members(target(0)).insert(guest(OUTSIDE).into(), MemberKind::User);
    }
    if some.guest > 1 {
        world.ledger.guests.insert(id, guest_row(OUTSIDE));
        let mut one = row(OUTSIDE, &["package-0"]);
        one.person = id;
        world.ledger.rows.entry(target(0)).or_default().insert(guest(OUTSIDE), one);
    }
    id
}

/// Checks what must hold of one plan where there are grants.
pub(super) fn audit_grants(world: &World, planned: &Planned) {
    an_end_is_held_by_nothing_but_protection_and_pauses(planned);
    an_end_takes_only_what_rests_on_it(world, planned);
    whoever_has_a_live_grant_is_there_or_comes_or_hears_why_not(world, planned);
    nothing_is_settled_of_which_something_is_left(world, planned);
}

fn an_end_is_held_by_nothing_but_protection_and_pauses(planned: &Planned) {
    for (index, step) in (0u32..).zip(&planned.plan.held_steps) {
        if step.cause == Some(Cause::GrantEnded) && step.target.is_some() {
            let rails = planned.plan.held.iter().filter(|held| held.indices.contains(&index));
            for held in rails {
                assert!(["protect", "paused"].contains(&held.rail.as_str()), "{} holds {step:?}", held.rail);
            }
        }
    }
}

fn an_end_takes_only_what_rests_on_it(world: &World, planned: &Planned) {
    for draft in taking(planned).filter(|draft| draft.step.cause == Some(Cause::GrantEnded)) {
        let (Some(target), Some(id)) = (draft.step.target, draft.step.person) else { continue };
        let row = world.ledger.row(target, draft.step.guest.unwrap()).expect("it is ours");
        assert!(!row.standing, "{draft:?} takes what a partner group asked for");
        let settled = world.ledger.settled.values().any(|one| one.person == Some(id));
        assert!(settled || world.ledger.grants_of(id).any(|grant| grant.has_ended(world.now)));
        let packages = naming(world, target);
        assert!(!packages.iter().any(|package| is_read(world, package) && is_in_source(world, package, id)));
        let lives =
            |name: &String| world.ledger.grants_of(id).any(|grant| grant.is_live(world.now) && grant.package == *name);
        assert!(!packages.iter().any(|package| lives(&package.name)), "{draft:?} beside a live grant");
    }
}

fn whoever_has_a_live_grant_is_there_or_comes_or_hears_why_not(world: &World, planned: &Planned) {
    for (id, target) in granted_places(world) {
        let Some(TargetState::Read { members, oddities, unwritable: None, .. }) = world.actual.targets.get(&target)
        else {
            continue;
        };
        assert!(oddities.is_empty(), "random worlds have none");
        let address = match world.snapshot.people.get(&id) {
            Some(facts) => facts.address(world.settings.address),
            None => Some(mail(OUTSIDE)),
        };
        let mut guests = world.actual.guests.iter();
        let mut by_mail = || guests.find(|(_, facts)| address.as_ref().is_some_and(|mail| facts.is_addressed(mail)));
        let known = world.ledger.guests.get(&id).map(|row| row.guest).or_else(|| by_mail().map(|(guest, _)| *guest));
        let known = known.map(ObjectId::from);
        let object = |problem: &crate::plan::Problem| {
            problem.object == Some(id.into()) || (known.is_some() && problem.object == known)
        };
        let told = planned.plan.problems.iter().any(object) || matches!(world.actual.deny, DenyState::Unread { .. });
        let steps = planned.drafts.iter().map(|draft| &draft.step).chain(&planned.plan.held_steps);
        let mut theirs = steps.filter(|step| step.person == Some(id) && step.target == Some(target));
        let is_there = known.is_some_and(|guest| members.contains_key(&guest));
        assert!(told || is_there || theirs.any(|step| step.action.places()), "{id} is missing in {target}");
        let facts = world.snapshot.people.get(&id);
        let goes = taking(planned).any(|draft| draft.step.person == Some(id) && draft.step.target == Some(target));
        let may_go = world.orders.is_barred(id)
            || facts.is_some_and(|facts| facts.has_left())
            || known.is_some_and(|guest| matches!(&world.actual.deny, DenyState::Read(denied) if denied.iter().any(|one| ObjectId::from(*one) == guest)));
        assert!(!goes || may_go, "{id} has a live grant and goes from {target}");
    }
}

/// Where live grants of configured packages ask for whom.
fn granted_places(world: &World) -> Vec<(PersonId, Target)> {
    let mut places = Vec::new();
    for grant in world.ledger.grants.values().filter(|grant| grant.is_live(world.now)) {
        for target in super::worlds::targets() {
            if naming(world, target).iter().any(|package| package.name == grant.package) {
                places.push((grant.person, target));
            }
        }
    }
    places
}

fn nothing_is_settled_of_which_something_is_left(world: &World, planned: &Planned) {
    for note in &planned.notes {
        let Entry::GrantSettled { request, kept_by, .. } = note else { continue };
        let grant = &world.ledger.grants[request];
        assert!(grant.has_ended(world.now) && world.actual.gaps.is_empty());
        for (target, rows) in &world.ledger.rows {
            let Some(TargetState::Read { members, .. }) = world.actual.targets.get(target) else { continue };
            let mut left = rows.iter().filter(|(guest, row)| {
                row.person == grant.person
                    && row.packages.contains(&grant.package)
                    && members.contains_key(&ObjectId::from(**guest))
            });
            assert!(kept_by.is_some() || left.next().is_none(), "{grant:?} left somebody in {target}");
        }
    }
}
