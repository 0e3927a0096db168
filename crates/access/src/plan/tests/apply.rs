//! Carrying a plan out without a cloud: each step changes the actual world, or not, and is journalled.

use super::world::World;
use crate::ids::{GroupId, GuestId};
use crate::ledger::{Entry, Intent, Outcome};
use crate::plan::{Action, Draft, Guest, MemberKind, Planned, Target, TargetState};
use uuid::Uuid;

/// What becomes of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum Luck {
    /// It is done, and we hear of it.
    Fine,
    /// It is done, and the answer is lost.
    Deaf,
    /// It never arrives, and nobody knows.
    Lost,
    /// It is refused.
    Refused,
    /// The process ends after it: no outcome is written, and nothing follows.
    Killed,
}

/// Carries the plan out; each write has its luck, and all that follow the last one named are fine.
pub(in crate::plan) fn apply(world: &mut World, planned: &Planned, luck: &[Luck]) {
    let mut luck = luck.iter().copied().chain(std::iter::repeat(Luck::Fine));
    for draft in &planned.drafts {
        let mut draft = draft.clone();
        if draft.step.action == Action::AdoptMember {
            adopt(world, &draft);
        } else if resolve(world, &mut draft) {
            let luck = luck.next().unwrap();
            write(world, planned, &draft, luck);
            if luck == Luck::Killed {
                return;
            }
        }
    }
    for note in &planned.notes {
        world.note(note.clone());
    }
}

fn adopt(world: &mut World, draft: &Draft) {
    let step = &draft.step;
    world.note(Entry::Adopted {
        target: step.target.unwrap(),
        guest: step.guest.unwrap(),
        person: step.person.unwrap(),
        packages: draft.packages.clone(),
        at: world.now,
    });
}

/// Fills in the group that was made and the guest who was invited by an earlier step.
fn resolve(world: &World, draft: &mut Draft) -> bool {
    let step = &mut draft.step;
    if !step.action.places() {
        return true;
    }
    if let (None, Some(name)) = (step.target, &step.group_name) {
        step.target = world.ledger.groups.get(name).map(|id| Target::Group(*id));
    }
    if step.guest.is_none() {
        step.guest = step.person.and_then(|person| world.ledger.guests.get(&person)).map(|row| row.guest);
    }
    step.target.is_some() && step.guest.is_some()
}

fn write(world: &mut World, planned: &Planned, draft: &Draft, luck: Luck) {
    let number = world.ledger.next;
    let at = world.now;
    world.note(Entry::Intent(Box::new(Intent {
        number,
        step: draft.step.clone(),
        packages: draft.packages.clone(),
        survey: world.actual.taken,
        at,
        retry: draft.retry,
        released: planned.released.contains(&crate::ledger::StepKey::of(&draft.step)),
        standing: draft.standing,
    })));
    let outcome = match luck {
        Luck::Fine => effect(world, draft),
        Luck::Deaf => {
            effect(world, draft);
            Outcome::Unclear { text: "the connection was reset".into() }
        }
        Luck::Lost => Outcome::Unclear { text: "the connection was reset".into() },
        Luck::Refused => Outcome::Refused { text: "no".into() },
        Luck::Killed => {
            effect(world, draft);
            return;
        }
    };
    world.note(Entry::Outcome { intent: number, outcome, at });
}

fn effect(world: &mut World, draft: &Draft) -> Outcome {
    let step = &draft.step;
    let deleted = step.guest.is_some_and(|guest| world.actual.guests[&guest].deleted);
    if deleted && step.action != Action::RestoreGuest {
        return Outcome::Refused { text: "there is no such user".into() };
    }
    match (step.action, step.target, step.guest) {
        (Action::AddMember | Action::AddToUnit | Action::GrantRole, Some(target), Some(guest)) => {
            match world.members(target).insert(guest.into(), MemberKind::User) {
                Some(_) => Outcome::AlreadyThere,
                None => Outcome::Done,
            }
        }
        (Action::RemoveMember | Action::RemoveFromUnit | Action::RevokeRole, Some(target), Some(guest)) => {
            match world.members(target).remove(&guest.into()) {
                Some(_) => Outcome::Done,
                None => Outcome::NotThere,
            }
        }
        (Action::InviteGuest, ..) => Outcome::Invited { guest: invite(world, step.mail.as_deref().unwrap()) },
        (Action::CreateGroup, ..) => {
            let name = step.group_name.clone().unwrap();
            let made = GroupId(Uuid::from_u128(0xcc00 + world.actual.created.len() as u128));
            let group = *world.actual.created.entry(name).or_insert(made);
            world.members(Target::Group(group));
            Outcome::Created { group }
        }
        (action, _, Some(guest)) => {
            let facts = world.actual.guests.get_mut(&guest).unwrap();
            match action {
                Action::DisableGuest => facts.enabled = false,
                Action::EnableGuest => facts.enabled = true,
                Action::DeleteGuest => {
                    facts.deleted = true;
                    for state in world.actual.targets.values_mut() {
                        if let TargetState::Read { members, .. } = state {
                            members.remove(&guest.into());
                        }
                    }
                }
                Action::RestoreGuest => facts.deleted = false,
                _ => {}
            }
            Outcome::Done
        }
        other => panic!("{other:?} is not a step that can be carried out"),
    }
}

/// An invitation gives the guest that is there already, as Microsoft's does.
fn invite(world: &mut World, mail: &str) -> GuestId {
    let mut there = world.actual.guests.iter().filter(|(_, facts)| !facts.deleted && facts.is_addressed(mail));
    if let Some((guest, _)) = there.next() {
        return *guest;
    }
    let guest = GuestId(Uuid::from_u128(0xbb00 + world.actual.guests.len() as u128));
    let facts = Guest {
        mail: Some(mail.into()),
        creation_type: Some("Invitation".into()),
        external_state: Some("PendingAcceptance".into()),
        enabled: true,
        created: Some(world.now),
        ..Guest::default()
    };
    world.actual.guests.insert(guest, facts);
    world.actual.found.entry(mail.into()).or_default().insert(guest);
    guest
}
