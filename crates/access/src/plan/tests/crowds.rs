//! Groups full of people who are none of our business.

use super::world::{World, guest, package, target};
use crate::ids::{GuestId, ObjectId};
use crate::plan::difference::STRANGERS_NAMED_MAX;
use crate::plan::{Action, MemberKind};
use uuid::Uuid;

/// Ana is wanted in a group in which so many guests of others are.
fn beside(strangers: usize) -> World {
    let mut world = World::bare(vec![package("second-line", &[1], &[1])]);
    world.joins(0, 1);
    world.has_guest(0);
    let facts = world.has_guest(1).clone();
    for number in 0..strangers {
        let id = Uuid::from_u128(0x5_0000 + number as u128);
        world.members(target(1)).insert(ObjectId(id), MemberKind::User);
        let mail = Some(format!("stranger{number}@elsewhere.example"));
        world.actual.guests.insert(GuestId(id), crate::plan::Guest { mail, identities: Vec::new(), ..facts.clone() });
    }
    world
}

#[test]
fn a_thousand_strangers_are_named_and_those_beyond_are_counted() {
    for (strangers, named, more) in [
        (STRANGERS_NAMED_MAX, STRANGERS_NAMED_MAX, None),
        (STRANGERS_NAMED_MAX + 1, STRANGERS_NAMED_MAX, Some("1 more guest(s) are there")),
        (STRANGERS_NAMED_MAX + 300, STRANGERS_NAMED_MAX, Some("300 more guest(s) are there")),
    ] {
        let plan = beside(strangers).plan().plan;
        let problems = || plan.problems.iter().filter(|problem| problem.code == "stranger");
        assert_eq!(problems().filter(|problem| problem.object.is_some()).count(), named, "{strangers}");
        let rest = problems().find(|problem| problem.object.is_none()).map(|problem| problem.text.as_str());
        assert_eq!(rest.is_some(), more.is_some(), "{strangers}: {rest:?}");
        assert!(rest.unwrap_or_default().starts_with(more.unwrap_or_default()), "{rest:?}");
        let actions: Vec<Action> = plan.steps.iter().map(|step| step.action).collect();
        assert_eq!(actions, [Action::AddMember], "{strangers}");
    }
}

/// Nothing but the id of such a user is kept.
#[test]
fn the_customers_own_users_are_left_alone_in_silence_whoever_owns_the_group() {
    let mut world = World::bare(vec![package("second-line", &[1], &[1])]);
    world.customer.packages[0].ownership = crate::config::Ownership::All;
    world.joins(0, 1);
    world.has_guest(0);
    world.members(target(1)).insert(guest(1).into(), MemberKind::Own);
    let plan = world.plan().plan;
    assert_eq!(plan.problems, []);
    let actions: Vec<Action> = plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::AddMember]);
}
