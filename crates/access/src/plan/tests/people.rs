//! Who is wanted, and who stands for whom.

use super::render::check;
use super::world::{World, group, guest, guest_facts, mail, package, person, target};
use crate::config::TargetGroup;
use crate::plan::{MemberKind, PersonState};
use expect_test::expect;

/// Ana is in place, Bo is wanted and has a guest of his own making.
fn with_bo() -> World {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.has_guest(1);
    world
}

#[test]
fn guests_of_the_partner_and_people_without_an_address_are_not_added() {
    let mut world = World::of(1);
    world.joins(1, 1);
    world.person(1).guest = true;
    world.joins(2, 1);
    (world.person(2).mail, world.person(2).upn) = (None, None);
    check(
        &world,
        expect![[r#"
        ! no_address: cy has no mail address to invite
        ! partner_guest: bo is a guest of the partner; guests are not passed on
    "#]],
    );
}

#[test]
fn an_address_outside_the_domains_is_not_added_and_nobody_is_removed_for_it() {
    let mut world = World::of(1);
    world.package().groups.push(TargetGroup::Id(group(2)));
    world.derive();
    world.person(0).mail = Some("ana@newbrand.example".into());
    check(
        &world,
        expect![[r#"
        ! domain_not_allowed: ana@newbrand.example is outside the customer's `domains`; add "newbrand.example" to let people from there in
    "#]],
    );
}

#[test]
fn somebody_whose_leaving_is_not_confirmed_is_neither_added_nor_removed() {
    let mut world = World::of(1);
    world.person(0).state = PersonState::Unconfirmed;
    world.joins(1, 1);
    world.person(1).state = PersonState::Unconfirmed;
    check(
        &world,
        expect![[r#"
        ! person_unconfirmed: person ana may have left; a read has not confirmed it yet
        ! person_unconfirmed: person bo may have left; a read has not confirmed it yet
    "#]],
    );
}

#[test]
fn somebody_who_could_not_be_read_is_neither_added_nor_removed() {
    let mut world = World::of(2);
    world.snapshot.people.remove(&person(0));
    check(
        &world,
        expect![[r#"
        ! person_unread: person ana could not be read in the partner's tenant
    "#]],
    );
}

#[test]
fn a_changed_address_at_the_same_person_changes_nothing() {
    let mut world = World::of(1);
    world.person(0).mail = Some("ana.smith@northwind.example".into());
    check(
        &world,
        expect![[r#"
        nothing to do
    "#]],
    );
}

#[test]
fn an_address_among_the_other_mails_is_no_match() {
    let mut world = with_bo();
    world.facts(1).mail = Some("bo@private.example".into());
    world.facts(1).other_mails = vec![mail(1)];
    check(
        &world,
        expect![[r#"
            ! match_uncertain: bo@northwind.example is only among the other addresses of guest bo's guest; a person of the customer must make it the guest's mail, or remove it
        "#]],
    );
}

#[test]
fn an_identity_is_as_good_as_a_mail() {
    let mut world = with_bo();
    world.facts(1).mail = None;
    world.facts(1).identities = vec![("ExternalAzureAD".into(), Some(mail(1).to_uppercase()))];
    check(
        &world,
        expect![[r#"
        add_member bo group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn two_guests_with_one_address_are_no_match() {
    let mut world = with_bo();
    world.actual.found.get_mut(&mail(1)).unwrap().insert(guest(9));
    world.actual.guests.insert(guest(9), guest_facts(1));
    check(
        &world,
        expect![[r#"
        ! match_ambiguous: bo@northwind.example matches 2 guests of the customer; remove all but one
    "#]],
    );
}

#[test]
fn two_people_with_one_address_are_no_match() {
    let mut world = with_bo();
    world.joins(2, 1);
    world.person(2).mail = Some(mail(1));
    check(
        &world,
        expect![[r#"
        ! match_ambiguous: bo@northwind.example belongs to two people of the partner
        ! match_ambiguous: bo@northwind.example belongs to two people of the partner
    "#]],
    );
}

#[test]
fn one_guest_with_the_addresses_of_two_people_is_no_match() {
    let mut world = with_bo();
    world.joins(2, 1);
    world.facts(1).identities.push(("mail".into(), Some(mail(2))));
    world.actual.found.get_mut(&mail(2)).unwrap().insert(guest(1));
    check(
        &world,
        expect![[r#"
        ! match_ambiguous: guest bo's guest has the addresses of 2 people of the partner
        ! match_ambiguous: guest bo's guest has the addresses of 2 people of the partner
    "#]],
    );
}

#[test]
fn an_address_that_went_to_another_person_does_not_give_them_the_guest() {
    let mut world = World::of(1);
    world.leaves(0, 1);
    world.person(0).mail = Some("ana.smith@northwind.example".into());
    world.joins(1, 1);
    world.person(1).mail = Some(mail(0));
    check(
        &world,
        expect![[r#"
        HELD by never_empty in second-line: 1 people, 1 steps
             group:T1 would be left without members (1 of 1 go). Look at the plan; to let exactly these steps through: gatehouse sync --release DIGEST --by YOU.
        ! mail_reused: ana@northwind.example finds guest ana's guest, who stands for another person of the partner (ana): the address was given to somebody else
    "#]],
    );
}

#[test]
fn an_address_of_somebody_who_left_does_not_give_the_next_one_their_guest() {
    let mut world = with_bo();
    world.joins(2, 1);
    world.leaves(1, 1);
    world.is_disabled(1);
    world.person(2).mail = Some(mail(1));
    check(
        &world,
        expect![[r#"
        ! mail_reused: bo@northwind.example finds guest bo's guest, who stands for another person of the partner (bo): the address was given to somebody else
    "#]],
    );
}

#[test]
fn a_guest_who_redeemed_with_another_account_is_not_added() {
    let mut world = with_bo();
    world.facts(1).identities = vec![("MicrosoftAccount".into(), None)];
    check(
        &world,
        expect![[r#"
        ! redeemed_elsewhere: guest bo's guest redeemed the invitation with something other than a Microsoft Entra account; reset the redemption
    "#]],
    );
}

#[test]
fn the_customers_own_user_does_not_stand_for_a_person() {
    let mut world = with_bo();
    let facts = world.facts(1);
    (facts.upn, facts.creation_type, facts.external_state) = (Some(mail(1)), None, None);
    check(
        &world,
        expect![[r#"
        ! internal_user: user bo's guest has the address bo@northwind.example, but is the customer's own, and those are never touched
    "#]],
    );
}

#[test]
fn a_user_made_by_cross_tenant_sync_gets_the_membership() {
    let mut world = with_bo();
    (world.facts(1).creation_type, world.facts(1).external_state) = (None, None);
    check(
        &world,
        expect![[r#"
        add_member bo group:T1: in the partner groups of second-line
    "#]],
    );
}

#[test]
fn a_guest_who_could_not_be_looked_up_waits() {
    let mut world = with_bo();
    world.actual.found.remove(&mail(1));
    world.joins(2, 1);
    world.ledger.guests.insert(person(2), super::world::guest_row(2));
    check(
        &world,
        expect![[r#"
        ! guest_unread: bo@northwind.example could not be looked up; the next run tries again
        ! guest_unread: guest cy's guest could not be read; the next run tries again
    "#]],
    );
}

#[test]
fn whoever_is_in_place_behind_an_uncertain_match_is_left_alone_even_where_the_group_is_ours() {
    let mut world = with_bo();
    world.package().ownership = crate::config::Ownership::All;
    world.members(target(1)).insert(guest(1).into(), MemberKind::User);
    world.facts(1).mail = None;
    world.facts(1).other_mails = vec![mail(1)];
    check(
        &world,
        expect![[r#"
            ! match_uncertain: bo@northwind.example is only among the other addresses of guest bo's guest; a person of the customer must make it the guest's mail, or remove it
        "#]],
    );
}

#[test]
fn nested_packages_do_not_ask_twice() {
    let mut world = with_bo();
    world.customer.packages.push(package("third-line", &[1], &[1, 2]));
    world.derive();
    check(
        &world,
        expect![[r#"
        add_member bo group:T1: in the partner groups of second-line, third-line
        add_member ana group:T2: in the partner groups of third-line
        add_member bo group:T2: in the partner groups of third-line
    "#]],
    );
}
