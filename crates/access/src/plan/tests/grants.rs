//! People in a package because of an approved request, until an end time.

use super::grants_progress::{code, how_far};
use super::render::check;
use super::world::{World, guest, hours, mail, package, person, source_group, target};
use crate::config::{Ownership, TargetGroup};
use crate::ids::PersonId;
use crate::ledger::{Entry, Grant};
use crate::plan::{Action, Cause, DenyState, MemberKind, PersonState, SourceState};
use crate::requests::RequestId;
use expect_test::expect;
use std::collections::BTreeSet;

/// What a case changes about the world.
type Told = fn(&mut World);

pub(super) fn request(number: u8) -> RequestId {
    format!("{number:032x}").parse().unwrap()
}

/// A grant of `second-line` to this person, from an hour ago for `long` hours.
pub(super) fn grant(world: &World, number: u8, long: i64) -> Grant {
    let from = world.now - hours(1);
    Grant {
        request: request(number),
        person: person(number),
        package: "second-line".into(),
        mail: mail(number),
        name: None,
        outside: false,
        from,
        until: from + hours(long),
        approved_by: vec!["lead@northwind.example".into()],
        ticket: Some("INC0012345".into()),
    }
}

/// Ana in place, and Bo, a person of the partner in none of its groups, granted eight hours.
pub(super) fn bo_granted() -> World {
    let mut world = World::of(1);
    world.person(1);
    world.actual.found.entry(mail(1)).or_default();
    let granted = grant(&world, 1, 8);
    world.note(Entry::Granted(granted));
    world
}

/// The same, and Bo has been put there for it.
pub(super) fn bo_inside() -> World {
    let mut world = bo_granted();
    world.knows(1);
    world.places(1, target(1), &["second-line"]);
    world.row(target(1), 1).standing = false;
    world
}

/// Somebody outside the partner, at `mail`.
fn outside(world: &mut World, mail: &str, long: i64) -> PersonId {
    let id = PersonId::outside(world.snapshot.tenant, mail);
    let granted = Grant { person: id, mail: mail.into(), outside: true, ..grant(world, 9, long) };
    world.actual.found.entry(mail.into()).or_default();
    world.note(Entry::Granted(granted));
    id
}

#[test]
fn whoever_is_granted_a_package_is_invited_and_added_until_its_end() {
    let world = bo_granted();
    check(
        &world,
        expect![[r#"
            invite_guest bo: not in the customer's tenant yet
            add_member bo group:T1: granted second-line until 2026-05-04 19:00 UTC by request 00000000000000000000000000000001
        "#]],
    );
    let planned = world.plan();
    assert!(planned.drafts.iter().all(|draft| draft.granted && !draft.standing));
    assert_eq!(planned.wake, Some(world.now + hours(7)), "the plan changes by itself when the grant ends");
}

#[test]
fn a_grant_counts_from_its_first_instant_to_the_one_before_its_end() {
    let second = jiff::SignedDuration::from_secs(1);
    let at = |mut world: World, shift| {
        world.now += shift;
        world.actual.taken = world.now;
        world
    };
    let actions = |world: World| world.plan().plan.steps.iter().map(|step| step.action).collect::<Vec<_>>();
    assert_eq!(actions(at(bo_granted(), hours(-1) - second)), []);
    assert_eq!(actions(at(bo_granted(), hours(-1))), [Action::InviteGuest, Action::AddMember]);
    assert_eq!(actions(at(bo_inside(), hours(7) - second)), []);
    assert_eq!(actions(at(bo_inside(), hours(7))), [Action::RemoveMember]);
    let early = at(bo_granted(), hours(-1) - second);
    assert_eq!(early.plan().wake, Some(early.now + second), "it begins by itself too");
}

#[test]
fn somebody_outside_the_partner_is_granted_a_package_like_anybody_if_their_domain_is_allowed() {
    let mut world = World::of(1);
    outside(&mut world, "Zoe@Contractor.example", 8);
    let codes = |world: &World| world.plan().plan.problems.into_iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!((codes(&world), world.plan().drafts.len()), (vec!["domain_not_allowed".to_string()], 0));
    world.customer.domains.insert("contractor.example".into());
    let found = world.actual.found.remove("Zoe@Contractor.example").unwrap();
    world.actual.found.insert("zoe@contractor.example".into(), found);
    let planned = world.plan();
    let steps: Vec<_> = planned.plan.steps.iter().map(|step| (step.action, step.mail.as_deref())).collect();
    let zoe = Some("zoe@contractor.example");
    assert_eq!(steps, [(Action::InviteGuest, zoe), (Action::AddMember, zoe)]);
}

#[test]
fn an_outside_person_is_the_same_for_every_request_and_never_one_of_the_partners_objects() {
    let partner = World::of(0).snapshot.tenant;
    let zoe = PersonId::outside(partner, "zoe@contractor.example");
    assert_eq!(zoe, PersonId::outside(partner, " ZOE@contractor.example "));
    assert_ne!(zoe, PersonId::outside(partner, "zo@econtractor.example"));
    assert_ne!(zoe, PersonId::outside(World::of(0).customer.tenant_id, "zoe@contractor.example"));
    assert_eq!(zoe.0.get_version_num(), 8, "Entra's ids are random ones, version 4");
}

#[test]
fn who_asks_for_a_membership_is_kept_current_as_far_as_it_can_be_told() {
    // (what happens while the grant lives, whether a partner group asked before and asks now)
    let cases: [(&str, bool, Told, bool); 6] = [
        ("nothing", false, |_| {}, false),
        ("they come into the partner group", false, |world| world.joins(1, 1), true),
        ("they left the partner group", true, |_| {}, false),
        (
            "the partner group cannot be read",
            true,
            |world| {
                world.group(1).state = SourceState::Unread { why: "a page failed".into() };
            },
            true,
        ),
        (
            "the partner group became empty",
            true,
            |world| {
                let now = world.now;
                *world.group(1) = source_group([]);
                world.group(1).emptied = Some(now - hours(1));
            },
            true,
        ),
        (
            "whether they left is in doubt",
            true,
            |world| {
                world.group(1).doubtful.insert(person(1));
            },
            true,
        ),
    ];
    for (what, before, change, after) in cases {
        let mut world = bo_inside();
        world.row(target(1), 1).standing = before;
        change(&mut world);
        for note in world.plan().notes {
            world.note(note);
        }
        assert_eq!(world.row(target(1), 1).standing, after, "{what}");
    }
}

#[test]
fn what_speaks_against_anybody_speaks_against_a_grant_and_no_except_group_does() {
    let cases: [(Told, &str); 6] = [
        (|world| world.bars(1), "refused: barred"),
        (
            |world| {
                world.has_guest(1);
                world.actual.deny = DenyState::Read(BTreeSet::from([guest(1)]));
            },
            "refused: denied",
        ),
        (|world| world.person(1).mail = Some("bo@elsewhere.example".into()), "refused: domain_not_allowed"),
        (|world| world.person(1).guest = true, "refused: partner_guest"),
        (|world| world.person(1).state = PersonState::Unconfirmed, "waiting: person_unconfirmed"),
        (|world| world.is_disabled(1), "refused: person_left"),
    ];
    for (change, expected) in cases {
        let mut world = bo_granted();
        change(&mut world);
        assert_eq!(world.plan().drafts.len(), 0, "{expected}");
        assert_eq!(code(how_far(&world, 1)), expected);
    }
    let mut world = bo_granted();
    world.package().except.insert(super::world::source(2));
    world.derive();
    world.group(2).people.insert(person(1));
    assert_eq!(world.plan().drafts.len(), 2);
    world.group(2).state = SourceState::Unread { why: "a page failed".into() };
    assert_eq!(world.plan().drafts.len(), 2, "who must stay out of the standing members is another question");
}

#[test]
fn a_leaver_goes_everywhere_however_long_their_grant_lasts() {
    let mut world = bo_inside();
    world.is_disabled(1);
    check(
        &world,
        expect![[r#"
            remove_member bo group:T1: disabled at the partner
            disable_guest bo: guest of ours, and needed no more
            ! person_left: bo@northwind.example has left the partner, so the grant gives nothing
        "#]],
    );
}

#[test]
fn a_membership_that_is_not_ours_is_said_and_outlives_the_grant() {
    let mut world = bo_granted();
    world.has_guest(1);
    world.members(target(1)).insert(guest(1).into(), MemberKind::User);
    // Even on the first run, which adopts what partner groups ask for.
    world.ledger.adopted.clear();
    check(
        &world,
        expect![[r#"
            ! already_there: bo@northwind.example is in group:T1 already, and not through us; the membership stays when the grant ends
        "#]],
    );
    assert_eq!(code(how_far(&world, 1)), "Active");
    world.now += hours(7);
    assert!(world.plan().drafts.is_empty());
}

#[test]
fn a_stranger_to_the_ledger_who_is_granted_something_is_not_taken_for_one() {
    let mut world = World::of(1);
    world.package().ownership = Ownership::All;
    world.customer.domains.insert("contractor.example".into());
    outside(&mut world, "zoe@contractor.example", 8);
    world.has_guest(9).mail = Some("zoe@contractor.example".into());
    world.actual.found.get_mut("zoe@contractor.example").unwrap().insert(guest(9));
    world.members(target(1)).insert(guest(9).into(), MemberKind::User);
    assert!(world.plan().drafts.is_empty());
    // By now the address belongs to somebody at the partner: nobody can say any more who stands for whom.
    world.person(5).mail = Some("zoe@contractor.example".into());
    world.members(target(1)).remove(&guest(9).into());
    let planned = world.plan();
    let codes: Vec<&str> = planned.plan.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!((planned.drafts.len(), codes), (0, vec!["match_ambiguous"]));
}

#[test]
fn a_package_that_vanished_gives_nothing_and_takes_nothing_before_the_end() {
    let mut world = bo_inside();
    world.customer.packages.push(package("third-line", &[1], &[1]));
    world.package().name = "renamed".into();
    world.row(target(1), 0).packages = BTreeSet::from(["renamed".into(), "third-line".into()]);
    check(
        &world,
        expect![[r#"
            ! package_gone: request 00000000000000000000000000000001 grants bo@northwind.example package second-line, which is not in the configuration any more; nothing is given until it is back, and what was given stays until 2026-05-04 19:00 UTC
            ! package_gone: group:T1 holds 1 membership(s) of ours for package second-line, which is not in the configuration any more; nothing is done until it is back, or until a person says that it is meant: gatehouse forget contoso --package second-line
        "#]],
    );
    world.row(target(1), 1).packages.insert("third-line".into());
    assert!(world.plan().drafts.is_empty(), "nor where another package of the place asked as well");
    world.now += hours(7);
    let causes: Vec<_> = world.plan().plan.steps.iter().map(|step| step.cause).collect();
    assert_eq!(causes, [Some(Cause::GrantEnded)]);
}

#[test]
fn grants_are_invited_before_standing_members_and_wait_for_no_mass_addition() {
    let mut world = bo_granted();
    world.joins(2, 1);
    world.joins(3, 1);
    world.person(1).mail = Some("zz@northwind.example".into());
    world.actual.found.insert("zz@northwind.example".into(), BTreeSet::new());
    let mails: Vec<_> = world.plan().plan.steps.into_iter().filter_map(|step| step.mail).collect();
    let (zz, cy, dee) = ("zz@northwind.example", "cy@northwind.example", "dee@northwind.example");
    assert_eq!(mails, [zz, cy, dee, zz, cy, dee]);
    // Not even for a group of its own.
    let mut making = world.clone();
    making.package().groups.push(TargetGroup::Create { name: "Partner".into() });
    making.package().limits.additions_max = 0;
    let made = making.plan().plan.steps.into_iter().filter(|step| step.action == Action::CreateGroup);
    assert_eq!(made.count(), 1);
    world.package().limits.additions_max = 1;
    let plan = world.plan().plan;
    assert_eq!((plan.steps.len(), plan.held[0].count), (2, 2), "Bo comes in, the other two are too many");
}

#[test]
fn whoever_was_disabled_for_being_unused_is_enabled_for_the_next_grant() {
    let mut world = World::of(1);
    world.customer.domains.insert("contractor.example".into());
    world.settings.leavers.disable = crate::config::Disable::Unused;
    let zoe = outside(&mut world, "zoe@contractor.example", 8);
    world.has_guest(9).mail = Some("zoe@contractor.example".into());
    world.facts(9).enabled = false;
    let mut known = super::world::guest_row(9);
    known.disabled = Some(world.now - hours(24));
    world.ledger.guests.insert(zoe, known);
    let actions: Vec<_> = world.plan().plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::EnableGuest, Action::AddMember]);
}
