//! Random worlds: a handful of people, groups and packages in every state that they can be in.

use super::granting::{self, SomeGrant, some_grants};
use super::world::{
    World, empty_target, group, guest, guest_facts, guest_row, hours, mail, package, person, row, someone,
    source_group, target, unit,
};
use crate::config::{Disable, Drift, Mode, Ownership, Package, ScopedRole, TargetGroup};
use crate::ids::{GuestId, ObjectId, RoleId, TenantId};
use crate::ledger::Removed;
use crate::plan::{DenyState, MemberKind, OtherAccess, PersonState, SourceState, Target, TargetState, Unwritable};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many people a random world has; guests of these numbers may stand for them.
pub(super) const PEOPLE: u8 = 7;
/// Guests and users of the customer's from this number on stand for nobody.
pub(super) const STRANGERS: u8 = 20;
const SOURCES: u8 = 4;
const TARGETS: u8 = 3;

/// The targets of a random world: three groups, a unit, and a role within another.
pub(super) fn targets() -> impl Iterator<Item = Target> {
    (0..TARGETS).map(target).chain([Target::Unit(unit(0)), role_target()])
}

pub(super) fn role_target() -> Target {
    Target::Role(RoleId(Uuid::from_u128(0xaa00)), unit(1))
}

#[derive(Debug, Clone)]
struct SomePerson {
    state: u8,
    address: u8,
    sources: u8,
    guest: u8,
    places: [u8; 5],
    access: u8,
}

#[derive(Debug, Clone)]
struct SomePackage {
    members: u8,
    except: u8,
    groups: u8,
    unit: bool,
    create: bool,
    all: bool,
    repair: bool,
    removals_max: u32,
    percent: u32,
    additions_max: u32,
}

/// What the rails over time and over all customers count: a limit each, and how much of it is used.
#[derive(Debug, Clone)]
struct Counted {
    per_day_max: u32,
    per_hour_max: u32,
    leavers_max: u32,
    new_customers_max: u32,
    /// Removed here today, by number; from 10 on facts.
    removed: Vec<u8>,
    /// Removed elsewhere within the hour: people by number, the first of them let through.
    elsewhere: Vec<u8>,
    /// For each person how many left with them, in how many customers they are new, and in how many tenants they are.
    people: Vec<(u8, u8, u16)>,
}

#[derive(Debug, Clone)]
pub(super) struct Recipe {
    people: Vec<SomePerson>,
    packages: Vec<SomePackage>,
    sources: Vec<u8>,
    states: Vec<u8>,
    adopted: u8,
    deny: u8,
    protect: Vec<u8>,
    gap: bool,
    leavers: (u8, u8, u8, bool),
    strangers: Vec<u8>,
    counted: Counted,
    /// Who is barred (a bit each), and whether the customer is paused.
    orders: (u8, u8),
    grants: Vec<SomeGrant>,
}

fn some_person() -> impl Strategy<Value = SomePerson> {
    (
        prop_oneof![6 => Just(0u8), 1 => 1u8..6],
        prop_oneof![8 => Just(0u8), 1 => 1u8..5],
        0u8..16,
        0u8..14,
        prop::array::uniform5(0u8..9),
        prop_oneof![6 => Just(0u8), 1 => 1u8..6],
    )
        .prop_map(|(state, address, sources, guest, places, access)| SomePerson {
            state,
            address,
            sources,
            guest,
            places,
            access,
        })
}

fn some_package() -> impl Strategy<Value = SomePackage> {
    (
        (0u8..16, prop_oneof![3 => Just(0u8), 1 => 0u8..16], 0u8..16),
        (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.3), any::<bool>()),
        (0u32..8, prop_oneof![Just(0u32), Just(20), Just(50), Just(100)], prop_oneof![3 => Just(200u32), 1 => 0u32..4]),
    )
        .prop_map(
            |((members, except, groups), (unit, create, all, repair), (removals_max, percent, additions_max))| {
                SomePackage { members, except, groups, unit, create, all, repair, removals_max, percent, additions_max }
            },
        )
}

fn counted() -> impl Strategy<Value = Counted> {
    let person = (0u8..4, 0u8..4, prop_oneof![4 => Just(0u16), 1 => 470u16..490]);
    (
        prop_oneof![3 => Just(25u32), 1 => 0u32..6],
        prop_oneof![3 => Just(25u32), 1 => 0u32..6],
        prop_oneof![3 => Just(10u32), 1 => 0u32..4],
        prop_oneof![3 => Just(20u32), 1 => 0u32..4],
        prop::collection::vec(0u8..20, 0..4),
        prop::collection::vec(0u8..14, 0..4),
        prop::collection::vec(person, usize::from(PEOPLE)),
    )
        .prop_map(|(per_day_max, per_hour_max, leavers_max, new_customers_max, removed, elsewhere, people)| {
            Counted { per_day_max, per_hour_max, leavers_max, new_customers_max, removed, elsewhere, people }
        })
}

pub(super) fn recipe() -> impl Strategy<Value = Recipe> {
    (
        prop::collection::vec(some_person(), usize::from(PEOPLE)),
        prop::collection::vec(some_package(), 1..4),
        prop::collection::vec(prop_oneof![6 => Just(0u8), 1 => 1u8..4], usize::from(SOURCES)),
        prop::collection::vec(prop_oneof![10 => Just(0u8), 1 => 1u8..4], usize::from(TARGETS) + 2),
        0u8..32,
        prop_oneof![4 => Just(0u8), 1 => 1u8..4],
        prop::collection::vec(0u8..40, 0..2),
        prop::bool::weighted(0.1),
        (0u8..3, 0u8..3, 0u8..3, any::<bool>()),
        (
            prop::collection::vec(0u8..32, 3),
            counted(),
            (prop_oneof![2 => Just(0u8), 1 => 0u8..128], prop_oneof![8 => Just(0u8), 1 => 1u8..3]),
            some_grants(),
        ),
    )
        .prop_map(
            |(
                people,
                packages,
                sources,
                states,
                adopted,
                deny,
                protect,
                gap,
                leavers,
                (strangers, counted, orders, grants),
            )| Recipe {
                people,
                packages,
                sources,
                states,
                adopted,
                deny,
                protect,
                gap,
                leavers,
                strangers,
                counted,
                orders,
                grants,
            },
        )
}

fn bits(mask: u8) -> impl Iterator<Item = u8> {
    (0..8).filter(move |bit| mask & (1 << bit) != 0)
}

impl Recipe {
    /// The same without what depends on the hour: rails that count, and writes of minutes ago.
    pub(super) fn timeless(mut self) -> Self {
        for place in self.people.iter_mut().flat_map(|person| &mut person.places) {
            *place = if matches!(place, 5 | 7) { 3 } else { *place };
        }
        for package in &mut self.packages {
            (package.removals_max, package.percent, package.additions_max) = (100, 10_000, 100);
        }
        self.counted = Counted {
            per_day_max: 100,
            per_hour_max: 100,
            leavers_max: 100,
            new_customers_max: 100,
            removed: Vec::new(),
            elsewhere: Vec::new(),
            people: Vec::new(),
        };
        self.orders.1 = 0;
        self.grants.iter_mut().for_each(SomeGrant::begun);
        self
    }

    pub(super) fn world(&self) -> World {
        let packages = self.packages.iter().enumerate().map(|(index, some)| some.package(index)).collect();
        let mut world = World::bare(packages);
        for number in 0..SOURCES {
            world.group(number);
        }
        for target in targets() {
            world.actual.targets.entry(target).or_insert_with(empty_target);
        }
        for (number, some) in (0..).zip(&self.people) {
            some.enter(number, &mut world);
        }
        granting::fill(&self.grants, &mut world);
        self.settle_sources(&mut world);
        self.fill_strangers(&mut world);
        self.configure(&mut world);
        self.counted.fill(&mut world);
        for (target, state) in targets().zip(&self.states) {
            match state {
                1 => {
                    world.actual.targets.insert(target, TargetState::Gone);
                }
                2 => {
                    world.actual.targets.insert(target, TargetState::Unread { why: "it took too long".into() });
                }
                3 if target == role_target() => by_hand(&mut world),
                _ => {}
            }
        }
        world
    }

    fn settle_sources(&self, world: &mut World) {
        for (number, state) in (0..).zip(&self.sources) {
            let now = world.now;
            let group = world.group(number);
            match state {
                1 => group.state = SourceState::Gone,
                2 => group.state = SourceState::Unread { why: "a page failed".into() },
                3 => {
                    *group = source_group([]);
                    group.emptied = Some(now - hours(3));
                }
                _ => {}
            }
        }
    }

    /// Guests of others, the customer's own users, and a device.
    fn fill_strangers(&self, world: &mut World) {
        for (number, mask) in (STRANGERS..).zip(&self.strangers) {
            let mut facts = guest_facts(number);
            if number == STRANGERS {
                facts.upn = Some("own@contoso.example".into());
                facts.creation_type = None;
                facts.external_state = None;
            }
            world.actual.guests.insert(guest(number), facts);
            for (bit, target) in (0..).zip(targets()) {
                if mask & (1 << bit) != 0 {
                    world.members(target).insert(guest(number).into(), MemberKind::User);
                }
            }
        }
        world.members(target(0)).insert(ObjectId(Uuid::from_u128(7)), MemberKind::Other);
    }

    fn configure(&self, world: &mut World) {
        world.ledger.adopted =
            (0..).zip(targets()).filter(|(bit, _)| self.adopted & (1 << bit) != 0).map(|(_, one)| one).collect();
        world.actual.deny = match self.deny {
            1 => DenyState::Read(BTreeSet::from([guest(0), guest(1)])),
            2 => DenyState::Unread { why: "it took too long".into() },
            _ => DenyState::None,
        };
        for &pick in &self.protect {
            world.customer.protect.insert(match pick {
                0..10 => person(pick).into(),
                10..20 => guest(pick - 10).into(),
                _ => group(pick - 20).into(),
            });
        }
        if self.gap {
            world.actual.gaps.push("a look-up failed".into());
        }
        let (disable, after, delete, revoke) = self.leavers;
        let leavers = &mut world.settings.leavers;
        leavers.disable = [Disable::Never, Disable::Left, Disable::Unused][usize::from(disable)];
        leavers.disable_after = hours(i64::from(after) * 24);
        leavers.delete_after = [None, Some(hours(1)), Some(hours(24 * 30))][usize::from(delete)];
        leavers.revoke_sessions = revoke;
        world.mode = Mode::Enforce;
        bits(self.orders.0).for_each(|number| world.bars(number));
        if self.orders.1 > 0 {
            world.pauses(self.orders.1 == 2);
        }
    }
}

impl Counted {
    fn fill(&self, world: &mut World) {
        let now = world.now;
        for package in &mut world.customer.packages {
            package.limits.removals_per_day_max = self.per_day_max;
        }
        let limits = &mut world.settings.limits;
        limits.removals_per_hour_all_max = self.per_hour_max;
        limits.leavers_per_hour_all_max = self.leavers_max;
        limits.new_person_customers_max = self.new_customers_max;
        let removed = |number: &u8| {
            let (at, fact) = (now - hours(i64::from(*number)), *number > 10);
            Removed { at, package: "package-0".into(), guest: guest(number % 10), fact }
        };
        world.ledger.removed = self.removed.iter().map(removed).collect();
        let elsewhere: BTreeSet<ObjectId> = self.elsewhere.iter().map(|number| person(*number).into()).collect();
        world.elsewhere.granted = elsewhere.iter().take(1).copied().collect();
        world.elsewhere.counted = elsewhere.into_iter().map(|who| (who, now + hours(1))).collect();
        for (number, (left_with, entered, tenants)) in (0..).zip(&self.people) {
            let facts = world.person(number);
            facts.left_with = if facts.has_left() { u32::from(*left_with) } else { 0 };
            facts.first_seen = (*entered > 0).then_some(now - hours(1));
            let entered = (0..*entered).map(|one| (TenantId(Uuid::from_u128(u128::from(one))), now + hours(1)));
            world.entered.insert(person(number), entered.collect());
            world.tenants.insert(person(number), u32::from(*tenants));
        }
    }
}

/// The app may neither give nor take roles.
pub(super) fn by_hand(world: &mut World) {
    if let Some(TargetState::Read { unwritable, .. }) = world.actual.targets.get_mut(&role_target()) {
        *unwritable = Some(Unwritable::ByHand);
    }
}

impl SomePackage {
    fn package(&self, index: usize) -> Package {
        let members: Vec<u8> = bits(self.members).collect();
        let groups: Vec<u8> = bits(self.groups & 0b111).collect();
        let mut one = package(&format!("package-{index}"), &members, &groups);
        one.except = bits(self.except).map(super::world::source).collect();
        if self.unit {
            one.units.insert(unit(0));
        }
        if let (0b1000.., Target::Role(role, unit)) = (self.groups, role_target()) {
            one.roles.push(ScopedRole { role, unit });
        }
        if self.create {
            one.groups.push(TargetGroup::Create { name: format!("Partner {index}") });
        }
        one.ownership = if self.all { Ownership::All } else { Ownership::Ours };
        one.drift = if self.repair { Drift::Repair } else { Drift::Respect };
        one.limits.removals_max = self.removals_max;
        one.limits.removals_percent_max = self.percent;
        one.limits.additions_max = self.additions_max;
        one
    }
}

impl SomePerson {
    fn enter(&self, number: u8, world: &mut World) {
        let mut facts = someone(number);
        let now = world.now;
        (facts.state, facts.left) = match self.state {
            1 | 2 => (PersonState::Disabled, Some(now - hours(1))),
            3 => (PersonState::Deleted, Some(now - hours(48))),
            4 => (PersonState::Unconfirmed, None),
            _ => (PersonState::Enabled, None),
        };
        facts.guest = self.state == 5;
        match self.address {
            1 => facts.mail = Some(format!("{}@elsewhere.example", super::world::name(number))),
            2 => (facts.mail, facts.upn) = (None, None),
            3 => facts.mail = Some(mail(0)),
            _ => {}
        }
        if let Some(address) = facts.address(world.settings.address) {
            world.actual.found.entry(address).or_default();
        }
        world.snapshot.people.insert(person(number), facts);
        for source_number in bits(self.sources) {
            world.group(source_number).people.insert(person(number));
        }
        if self.guest > 0 {
            self.enter_tenant(number, world);
        }
        world.access.extend(self.other_access(number));
    }

    fn other_access(&self, number: u8) -> Option<(GuestId, OtherAccess)> {
        let known = |memberships, directory_role, owns| OtherAccess::Known { memberships, directory_role, owns };
        let access = match self.access {
            1 => known(BTreeSet::from([ObjectId(Uuid::from_u128(99))]), false, false),
            2 => known(BTreeSet::new(), true, false),
            3 => known(BTreeSet::new(), false, true),
            4 => OtherAccess::Unread { why: "forbidden".into(), transient: false },
            5 => OtherAccess::Unread { why: "busy".into(), transient: true },
            _ => return None,
        };
        Some((guest(number), access))
    }

    /// Their guest: known or not, ours or not, blocked by us or by the customer.
    fn enter_tenant(&self, number: u8, world: &mut World) {
        let ago = world.now - SignedDuration::from_mins(if matches!(self.guest, 5 | 8 | 13) { 5 } else { 300 });
        world.has_guest(number);
        if self.guest > 3 {
            let mut known = guest_row(number);
            known.ours = self.guest != 4;
            match self.guest {
                6 | 7 | 13 => known.disabled = Some(ago),
                8 => (known.disabled, known.deleted) = (Some(ago), Some(ago)),
                _ => {}
            }
            world.ledger.guests.insert(person(number), known);
        }
        let facts = world.facts(number);
        match self.guest {
            2 => facts.mail = Some(format!("{}@old.example", super::world::name(number))),
            3 | 6 | 9 => facts.enabled = false,
            8 => (facts.enabled, facts.deleted) = (false, true),
            10 => facts.deleted = true,
            11 => facts.identities = vec![("MicrosoftAccount".into(), None)],
            12 => {
                facts.mail = None;
                facts.other_mails = vec![mail(number)];
            }
            _ => {}
        }
        for (index, target) in targets().enumerate() {
            let place = self.places[index];
            let absent = world.facts(number).deleted || matches!(place, 0 | 1 | 6 | 7);
            if !absent {
                world.members(target).insert(guest(number).into(), MemberKind::User);
            }
            if self.guest > 3 && place > 2 {
                let mut one = row(number, &[["package-0", "package-1", "package-9"][index % 3]]);
                match place {
                    4 => one.verified = false,
                    5 => one.removing = Some(ago),
                    6 => one.vanished = Some(ago),
                    7 => (one.removing, one.verified) = (Some(ago), true),
                    _ => {}
                }
                world.ledger.rows.entry(target).or_default().insert(guest(number), one);
            }
        }
    }
}
