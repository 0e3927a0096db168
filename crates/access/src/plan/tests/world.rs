//! A world for a test: the actual state is derived from the declared one, so that a test states only the difference.

use crate::config::{
    Address, BreakGlass, Customer, Disable, Drift, Invitations, Leavers, Limits, Mode, Ownership, Package, Rights,
    TargetGroup,
};
use crate::ids::{GroupId, GuestId, ObjectId, PersonId, TenantId, UnitId};
use crate::ledger::{Entry, GuestRow, Ledger, Origin, Row, settle};
use crate::orders::{Bar, Orders, Pause};
use crate::plan::{
    Actual, Addresses, DenyState, Entered, Given, Guest, Input, MemberKind, Needs, OtherAccess, Person, PersonState,
    Planned, Reach, RemovalWindow, Settings, Snapshot, SourceGroup, SourceState, Target, TargetState, Windows, plan,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

fn id(kind: u8, number: u8) -> Uuid {
    Uuid::from_u128((u128::from(kind) << 96) | u128::from(number))
}

pub(in crate::plan) fn person(number: u8) -> PersonId {
    PersonId(id(0xa, number))
}

/// The guest who stands for the person of this number, unless a test says otherwise.
pub(in crate::plan) fn guest(number: u8) -> GuestId {
    GuestId(id(0xb, number))
}

pub(in crate::plan) fn group(number: u8) -> GroupId {
    GroupId(id(0xc, number))
}

pub(in crate::plan) fn target(number: u8) -> Target {
    Target::Group(group(number))
}

/// A group of the partner.
pub(in crate::plan) fn source(number: u8) -> GroupId {
    GroupId(id(0xd, number))
}

pub(in crate::plan) fn unit(number: u8) -> UnitId {
    UnitId(id(0xe, number))
}

pub(in crate::plan) const NAMES: [&str; 8] = ["ana", "bo", "cy", "dee", "eli", "fay", "gus", "hal"];

/// A person's first name.
pub(in crate::plan) fn name(number: u8) -> String {
    NAMES.get(usize::from(number)).map_or_else(|| format!("p{number}"), |name| (*name).into())
}

pub(in crate::plan) fn mail(number: u8) -> String {
    format!("{}@northwind.example", name(number))
}

pub(in crate::plan) fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

pub(in crate::plan) fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// One customer with all that a plan depends on, and its journal.
#[derive(Clone)]
pub(in crate::plan) struct World {
    pub(in crate::plan) customer: Customer,
    pub(in crate::plan) mode: Mode,
    pub(in crate::plan) settings: Settings,
    pub(in crate::plan) snapshot: Snapshot,
    pub(in crate::plan) actual: Actual,
    pub(in crate::plan) ledger: Ledger,
    pub(in crate::plan) orders: Orders,
    pub(in crate::plan) now: Timestamp,
    pub(in crate::plan) journal: Vec<Entry>,
    /// Memberships and roles that a survey finds besides those of the targets.
    pub(in crate::plan) access: BTreeMap<GuestId, OtherAccess>,
    /// What a test says of all customers.
    pub(in crate::plan) windows: Windows,
    /// What a look at all customers finds, where the plan needs to know it.
    pub(in crate::plan) elsewhere: RemovalWindow,
    pub(in crate::plan) entered: BTreeMap<PersonId, Entered>,
    pub(in crate::plan) tenants: BTreeMap<PersonId, u32>,
}

/// A package `second-line`: partner group 1 into customer group 1.
pub(in crate::plan) fn package(name: &str, sources: &[u8], groups: &[u8]) -> Package {
    Package {
        name: name.into(),
        members: sources.iter().map(|number| source(*number)).collect(),
        except: BTreeSet::new(),
        groups: groups.iter().map(|number| TargetGroup::Id(group(*number))).collect(),
        units: BTreeSet::new(),
        roles: Vec::new(),
        ownership: Ownership::Ours,
        drift: Drift::Respect,
        accept: Vec::new(),
        limits: Limits::default(),
        requests: None,
    }
}

pub(in crate::plan) fn someone(number: u8) -> Person {
    Person {
        mail: Some(mail(number)),
        upn: Some(mail(number)),
        name: Some(name(number)),
        guest: false,
        state: PersonState::Enabled,
        left: None,
        left_with: 0,
        first_seen: None,
        seen: noon(),
    }
}

pub(in crate::plan) fn guest_facts(number: u8) -> Guest {
    Guest {
        mail: Some(mail(number)),
        upn: Some(format!("{}_northwind.example#EXT#@contoso.example", name(number))),
        identities: vec![("ExternalAzureAD".into(), None)],
        creation_type: Some("Invitation".into()),
        external_state: Some("Accepted".into()),
        enabled: true,
        created: Some(noon() - hours(240)),
        ..Guest::default()
    }
}

pub(in crate::plan) fn empty_target() -> TargetState {
    TargetState::Read { members: BTreeMap::new(), oddities: BTreeSet::new(), unwritable: None, unknown: Vec::new() }
}

pub(in crate::plan) fn source_group(people: impl IntoIterator<Item = u8>) -> SourceGroup {
    SourceGroup {
        doubtful: BTreeSet::new(),
        state: SourceState::Complete,
        people: people.into_iter().map(person).collect(),
        nested: BTreeSet::new(),
        emptied: None,
        changed: noon(),
    }
}

pub(in crate::plan) fn row(number: u8, packages: &[&str]) -> Row {
    Row {
        person: person(number),
        origin: Origin::Made,
        verified: true,
        vanished: None,
        removing: None,
        packages: packages.iter().map(|name| (*name).to_string()).collect(),
        standing: true,
    }
}

pub(in crate::plan) fn guest_row(number: u8) -> GuestRow {
    GuestRow { verified: true, ..GuestRow::new(guest(number), true, noon() - hours(240)) }
}

impl World {
    /// A customer in `enforce` with the given packages and nobody anywhere.
    pub(in crate::plan) fn bare(packages: Vec<Package>) -> Self {
        let tenant = TenantId(id(0xf, 1));
        let partner = TenantId(id(0xf, 2));
        let customer = Customer {
            name: "contoso".into(),
            display_name: "Contoso".into(),
            tenant_id: tenant,
            mode: Mode::Enforce,
            app: None,
            rights: Rights::Consent,
            domains: BTreeSet::from(["northwind.example".into()]),
            deny: None,
            protect: BTreeSet::new(),
            packages,
            break_glass: BreakGlass::default(),
        };
        let leavers = Leavers {
            disable: Disable::Left,
            disable_after: SignedDuration::ZERO,
            delete_after: None,
            revoke_sessions: false,
        };
        let invitations = Invitations {
            per_tenant_per_hour: 20,
            per_tenant_per_day: 100,
            mail: false,
            resend_after: SignedDuration::from_hours(72),
            give_up_after: SignedDuration::from_hours(14 * 24),
        };
        let now = noon();
        let mut world = Self {
            customer,
            mode: Mode::Enforce,
            settings: Settings { address: Address::MailElseUpn, leavers, invitations, limits: Limits::default() },
            snapshot: Snapshot { taken: now, tenant: partner, groups: BTreeMap::new(), people: BTreeMap::new() },
            actual: Actual {
                tenant,
                taken: now,
                targets: BTreeMap::new(),
                created: BTreeMap::new(),
                guests: BTreeMap::new(),
                gone: BTreeSet::new(),
                found: BTreeMap::new(),
                deny: DenyState::None,
                access: BTreeMap::new(),
                gaps: Vec::new(),
                reach: Reach::Tenant,
            },
            ledger: Ledger { partner: Some(partner), ..Ledger::default() },
            orders: Orders::default(),
            now,
            journal: Vec::new(),
            access: BTreeMap::new(),
            windows: Windows::default(),
            elsewhere: RemovalWindow::default(),
            entered: BTreeMap::new(),
            tenants: BTreeMap::new(),
        };
        world.derive();
        world
    }

    /// One package, this many people in its source, and each of them in place through us, long since.
    pub(in crate::plan) fn of(people: u8) -> Self {
        let mut world = Self::bare(vec![package("second-line", &[1], &[1])]);
        for number in 0..people {
            world.joins(number, 1);
            world.knows(number);
            world.places(number, target(1), &["second-line"]);
        }
        world.ledger.adopted.insert(target(1));
        world
    }

    /// So many people in place, and the first so many of them out of the source group.
    pub(in crate::plan) fn after_leaving(people: u8, leaving: u8) -> Self {
        let mut world = Self::of(people);
        (0..leaving).for_each(|number| world.leaves(number, 1));
        world
    }

    /// Ana has left the partner an hour ago, and is out of the group already; Bo works on.
    pub(in crate::plan) fn after_ana_left() -> Self {
        let mut world = Self::of(2);
        world.is_disabled(0);
        world.person(0).left = Some(world.now - hours(1));
        world.members(target(1)).remove(&guest(0).into());
        world.ledger.rows.get_mut(&target(1)).unwrap().remove(&guest(0));
        world
    }

    /// The same, and we disabled her then.
    pub(in crate::plan) fn disabled_by_us() -> Self {
        let mut world = Self::after_ana_left();
        let at = world.now - hours(1);
        world.knows(0).disabled = Some(at);
        world.facts(0).enabled = false;
        world
    }

    /// Everything that the configuration names exists, and is empty where nothing else is said.
    pub(in crate::plan) fn derive(&mut self) {
        for package in &self.customer.packages {
            for id in package.members.iter().chain(&package.except) {
                self.snapshot.groups.entry(*id).or_insert_with(|| source_group([]));
            }
            let groups = package.groups.iter().filter_map(|one| match one {
                TargetGroup::Id(id) => Some(Target::Group(*id)),
                TargetGroup::Create { .. } => None,
            });
            let units = package.units.iter().map(|unit| Target::Unit(*unit));
            let roles = package.roles.iter().map(|role| Target::Role(role.role, role.unit));
            for target in groups.chain(units).chain(roles) {
                self.actual.targets.entry(target).or_insert_with(empty_target);
            }
        }
    }

    /// A person of the partner who is in a source group.
    pub(in crate::plan) fn joins(&mut self, number: u8, source_number: u8) {
        self.snapshot.people.entry(person(number)).or_insert_with(|| someone(number));
        self.group(source_number).people.insert(person(number));
        if !self.ledger.guests.contains_key(&person(number)) {
            self.actual.found.entry(mail(number)).or_default();
        }
    }

    pub(in crate::plan) fn leaves(&mut self, number: u8, source_number: u8) {
        self.group(source_number).people.remove(&person(number));
    }

    pub(in crate::plan) fn group(&mut self, source_number: u8) -> &mut SourceGroup {
        self.snapshot.groups.entry(source(source_number)).or_insert_with(|| source_group([]))
    }

    pub(in crate::plan) fn person(&mut self, number: u8) -> &mut Person {
        self.snapshot.people.entry(person(number)).or_insert_with(|| someone(number))
    }

    /// Disabled at the partner, and still in the source group.
    pub(in crate::plan) fn is_disabled(&mut self, number: u8) {
        let now = self.now;
        let person = self.person(number);
        person.state = PersonState::Disabled;
        person.left = Some(now);
    }

    /// Somebody ordered an hour ago that this person goes.
    pub(in crate::plan) fn bars(&mut self, number: u8) {
        let (by, reason) = ("lead@northwind.example".into(), "dismissed".into());
        let bar = Bar { mail: Some(mail(number)), by, reason, at: self.now - hours(1) };
        self.orders.barred.insert(person(number), bar);
    }

    /// Somebody paused this customer for four hours.
    pub(in crate::plan) fn pauses(&mut self, everything: bool) {
        let (by, reason) = ("lead@northwind.example".into(), "a migration".into());
        let pause = Pause { by, reason, at: self.now, until: self.now + hours(4), everything };
        self.orders.pauses.insert(self.customer.tenant_id, pause);
    }

    /// A guest in the customer's tenant whom the ledger does not know.
    pub(in crate::plan) fn has_guest(&mut self, number: u8) -> &mut Guest {
        self.actual.found.entry(mail(number)).or_default().insert(guest(number));
        self.actual.guests.entry(guest(number)).or_insert_with(|| guest_facts(number))
    }

    /// A guest whom we invited.
    pub(in crate::plan) fn knows(&mut self, number: u8) -> &mut GuestRow {
        self.has_guest(number);
        self.ledger.guests.entry(person(number)).or_insert_with(|| guest_row(number))
    }

    /// A membership of ours.
    pub(in crate::plan) fn places(&mut self, number: u8, target: Target, packages: &[&str]) {
        self.members(target).insert(guest(number).into(), MemberKind::User);
        self.ledger.rows.entry(target).or_default().insert(guest(number), row(number, packages));
    }

    /// The row of a membership of ours.
    pub(in crate::plan) fn row(&mut self, target: Target, number: u8) -> &mut Row {
        self.ledger.rows.get_mut(&target).unwrap().get_mut(&guest(number)).unwrap()
    }

    pub(in crate::plan) fn facts(&mut self, number: u8) -> &mut Guest {
        self.actual.guests.get_mut(&guest(number)).unwrap()
    }

    pub(in crate::plan) fn members(&mut self, target: Target) -> &mut BTreeMap<ObjectId, MemberKind> {
        match self.actual.targets.entry(target).or_insert_with(empty_target) {
            TargetState::Read { members, .. } => members,
            _ => panic!("{target} was not read"),
        }
    }

    pub(in crate::plan) fn package(&mut self) -> &mut Package {
        &mut self.customer.packages[0]
    }

    pub(in crate::plan) fn note(&mut self, entry: Entry) {
        self.ledger.fold(&entry);
        self.journal.push(entry);
    }

    /// What a survey of now says about our own writes.
    pub(in crate::plan) fn settle(&mut self) {
        self.actual.taken = self.now;
        let address = |id: PersonId| self.snapshot.people.get(&id)?.address(self.settings.address);
        for entry in settle(&self.ledger, &self.actual, &address) {
            self.note(entry);
        }
    }

    /// The plan, with what it asks for read as well.
    pub(in crate::plan) fn plan(&self) -> Planned {
        self.plan_in(&self.windows)
    }

    /// The plan that may be carried out: made again with what it needs to know of all customers.
    pub(in crate::plan) fn plan_counted(&self) -> Planned {
        let needs = self.plan().needs;
        let planned = self.plan_in(&self.look(&needs));
        assert!(planned.needs.removals.is_subset(&needs.removals) && planned.needs.entries.is_subset(&needs.entries));
        planned
    }

    /// What the plan needs to know, as a look at all customers finds it.
    fn look(&self, needs: &Needs) -> Windows {
        let asked = needs.removals.clone();
        let entered = |id: &PersonId| (*id, self.entered.get(id).cloned().unwrap_or_default());
        Windows {
            removals: (!asked.is_empty()).then(|| RemovalWindow { asked, ..self.elsewhere.clone() }),
            entries: (!needs.entries.is_empty()).then(|| needs.entries.iter().map(entered).collect()),
            tenants: needs.tenants.then(|| Arc::new(self.tenants.clone())),
        }
    }

    fn plan_in(&self, windows: &Windows) -> Planned {
        let mut actual = self.actual.clone();
        loop {
            let planned = self.plan_with(&actual, windows);
            if planned.ask.is_empty() {
                return planned;
            }
            actual.access.extend(planned.ask.iter().map(|guest| (*guest, self.access_of(*guest))));
        }
    }

    pub(in crate::plan) fn plan_with(&self, actual: &Actual, windows: &Windows) -> Planned {
        let (customer, snapshot, ledger) = (&self.customer, &self.snapshot, &self.ledger);
        let orders = &self.orders;
        let (mode, settings, now) = (self.mode, self.settings, self.now);
        let addresses = &Addresses::new(snapshot, settings.address);
        plan(&Input::new(Given { customer, mode, settings, snapshot, addresses, actual, ledger, windows, orders, now }))
    }

    /// What else a guest has: their memberships in the targets, and what the test adds.
    pub(in crate::plan) fn access_of(&self, guest: GuestId) -> OtherAccess {
        let mut here = BTreeSet::new();
        for (target, state) in &self.actual.targets {
            if let TargetState::Read { members, .. } = state
                && members.contains_key(&guest.into())
            {
                here.insert(crate::plan::vetting::object_of(*target));
            }
        }
        match self.access.get(&guest).cloned() {
            None => OtherAccess::Known { memberships: here, directory_role: false, owns: false },
            Some(OtherAccess::Known { mut memberships, directory_role, owns }) => {
                memberships.extend(here);
                OtherAccess::Known { memberships, directory_role, owns }
            }
            Some(unread) => unread,
        }
    }
}
