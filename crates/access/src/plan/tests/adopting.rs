//! What a person can have us look after, and what not.

use super::render::with_names;
use super::world::{World, guest, package, person, source_group, target};
use crate::plan::{Addresses, Adopt, Given, Input, MemberKind, adopt, adopt_look_ups};
use expect_test::{Expect, expect};

/// Nobody is ours; somebody of this number is in group 1.
fn stranger(number: u8) -> World {
    let mut world = World::bare(vec![package("second-line", &[1], &[1])]);
    world.ledger.adopted.insert(target(1));
    world.has_guest(number);
    world.members(target(1)).insert(guest(number).into(), MemberKind::User);
    world
}

fn with<T>(world: &World, run: impl FnOnce(&Input<'_>) -> T) -> T {
    run(&Input::new(Given {
        customer: &world.customer,
        mode: world.mode,
        settings: world.settings,
        snapshot: &world.snapshot,
        addresses: &Addresses::new(&world.snapshot, world.settings.address),
        actual: &world.actual,
        ledger: &world.ledger,
        windows: &world.windows,
        orders: &world.orders,
        now: world.now,
    }))
}

fn check(world: &World, what: &Adopt, expect: Expect) {
    let found = with(world, |input| adopt(input, what));
    let mut text = String::new();
    for step in &found.steps {
        text.push_str(&format!("adopt {} in {}\n", step.person.unwrap(), step.target.unwrap()));
    }
    assert_eq!(found.steps.len(), found.notes.len());
    found.left.iter().for_each(|left| text.push_str(&format!("left {}: {}\n", left.what, left.why)));
    found.going.iter().for_each(|person| text.push_str(&format!("goes {person}\n")));
    found.held.iter().for_each(|person| text.push_str(&format!("held {person}\n")));
    expect.assert_eq(&with_names(text));
}

#[test]
fn a_person_who_is_wanted_there_becomes_ours_and_stays() {
    let mut world = stranger(0);
    world.joins(0, 1);
    check(
        &world,
        &Adopt::default(),
        expect![[r#"
        adopt ana in group:T1
    "#]],
    );
}

#[test]
fn a_person_whom_nobody_wants_becomes_ours_and_goes() {
    let mut world = stranger(0);
    world.person(0);
    world.joins(1, 1);
    check(
        &world,
        &Adopt::default(),
        expect![[r#"
        adopt ana in group:T1
        held ana
    "#]],
    );
}

#[test]
fn the_rails_hold_what_adopting_would_take_away() {
    let mut world = stranger(0);
    world.person(0);
    // The partner's group is empty, which is hard to believe.
    check(
        &world,
        &Adopt::default(),
        expect![[r#"
        adopt ana in group:T1
        held ana
    "#]],
    );
}

#[test]
fn whoever_is_nobody_of_the_partner_or_perhaps_is_left_alone() {
    let nobody = stranger(0);
    check(
        &nobody,
        &Adopt::default(),
        expect![[r#"
        left ana@northwind.example in group:T1: stands for nobody of the partner whom the configuration's groups know
    "#]],
    );
    let mut uncertain = stranger(0);
    uncertain.facts(0).mail = Some("other@elsewhere.example".into());
    uncertain.facts(0).other_mails = vec![super::world::mail(0)];
    uncertain.person(0);
    check(
        &uncertain,
        &Adopt::default(),
        expect![[r#"
        left other@elsewhere.example in group:T1: may stand for a person of the partner, but it is not certain for whom
    "#]],
    );
    let mut internal = stranger(0);
    internal.person(0);
    let facts = internal.facts(0);
    (facts.external_state, facts.creation_type, facts.upn) = (None, None, Some("ana@contoso.example".into()));
    check(
        &internal,
        &Adopt::default(),
        expect![[r#"
        left ana@northwind.example in group:T1: is the customer's own user, and those are never ours
    "#]],
    );
    let mut protected = stranger(0);
    protected.person(0);
    protected.customer.protect.insert(person(0).into());
    check(
        &protected,
        &Adopt::default(),
        expect![[r#"
        left ana@northwind.example in group:T1: is protected by the configuration
    "#]],
    );
}

#[test]
fn somebody_who_was_not_looked_up_is_looked_up_first() {
    let mut world = stranger(0);
    world.person(0);
    world.actual.found.clear();
    let asked = with(&world, adopt_look_ups);
    assert_eq!(asked, [super::world::mail(0)].into());
    check(
        &world,
        &Adopt::default(),
        expect![[r#"
        left ana@northwind.example in group:T1: may stand for a person of the partner, but it is not certain for whom
    "#]],
    );
}

#[test]
fn only_the_people_and_the_package_that_were_named() {
    let mut world = stranger(0);
    world.customer.packages.push(package("third-line", &[2], &[2]));
    world.derive();
    world.snapshot.groups.insert(super::world::source(2), source_group([]));
    world.has_guest(1);
    world.members(target(2)).insert(guest(1).into(), MemberKind::User);
    world.joins(0, 1);
    world.joins(1, 2);
    check(
        &world,
        &Adopt { people: [super::world::mail(1)].into(), package: None },
        expect![[r#"
        adopt bo in group:T2
    "#]],
    );
    check(
        &world,
        &Adopt { people: Default::default(), package: Some("second-line".into()) },
        expect![[r#"
        adopt ana in group:T1
    "#]],
    );
}
