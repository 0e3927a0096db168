//! What should be, worked out from the world and the configuration alone: who is wanted where at this moment.

use super::Checkers;
use access::config::TargetGroup;
use cloud_sim::TenantHandle;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Mail addresses.
pub(super) type Mails = BTreeSet<String>;

/// What a package gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A group or an administrative unit.
    Object(Uuid),
    /// The groups that the program is to make.
    Created,
    /// A directory role within an administrative unit.
    Role(Uuid, Uuid),
}

/// The scope of a role within a unit, as Graph writes it.
pub(super) fn scope(unit: Uuid) -> String {
    format!("/administrativeUnits/{unit}")
}

/// Who is wanted where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wishes {
    /// Everybody who is at the partner, may sign in there and is not barred.
    pub(super) enabled: Mails,
    /// By customer's tenant and place.
    targets: BTreeMap<(Uuid, Place), Mails>,
    denied: BTreeMap<Uuid, Mails>,
}

impl Wishes {
    pub(super) fn of(&self, tenant: Uuid, place: Place) -> Mails {
        self.targets.get(&(tenant, place)).cloned().unwrap_or_default()
    }

    pub(super) fn of_tenant(&self, tenant: Uuid) -> impl Iterator<Item = (Place, &Mails)> {
        self.places().filter(move |(of, ..)| *of == tenant).map(|(_, place, mails)| (place, mails))
    }

    pub(super) fn anywhere(&self, tenant: Uuid) -> Mails {
        self.targets.iter().filter(|((of, _), _)| *of == tenant).flat_map(|(_, mails)| mails.clone()).collect()
    }

    pub(super) fn denied(&self, tenant: Uuid) -> Mails {
        self.denied.get(&tenant).cloned().unwrap_or_default()
    }

    /// Every place with who is wanted there.
    pub(super) fn places(&self) -> impl Iterator<Item = (Uuid, Place, &Mails)> {
        self.targets.iter().map(|((tenant, place), mails)| (*tenant, *place, mails))
    }
}

/// The wishes of this moment, when these people are barred.
pub(super) fn wishes(checkers: &Checkers, barred: &Mails) -> Wishes {
    let partner = checkers.tenant(checkers.config.partner.tenant_id.0);
    let users = partner.users();
    let enabled: BTreeMap<Uuid, String> = (users.iter().filter(|user| partner.is_enabled(**user)))
        .filter_map(|user| Some((*user, partner.mail(*user)?)))
        .filter(|(_, mail)| !barred.contains(mail))
        .collect();
    let mut wishes = Wishes { enabled: enabled.values().cloned().collect(), ..Wishes::default() };
    for customer in &checkers.config.customers {
        let tenant = checkers.tenant(customer.tenant_id.0);
        let denied: Mails = (customer.deny.iter().flat_map(|deny| below(&tenant, deny.0)))
            .filter_map(|member| tenant.mail(member))
            .collect();
        for package in &customer.packages {
            let inside: BTreeSet<Uuid> = package.members.iter().flat_map(|group| below(&partner, group.0)).collect();
            let except: BTreeSet<Uuid> = package.except.iter().flat_map(|group| below(&partner, group.0)).collect();
            let wanted: Mails = (inside.difference(&except).filter_map(|person| enabled.get(person)))
                .filter(|mail| !denied.contains(*mail))
                .filter(|mail| customer.domains.iter().any(|domain| mail.ends_with(&format!("@{domain}"))))
                .cloned()
                .collect();
            let groups = package.groups.iter().map(|group| match group {
                TargetGroup::Id(id) => Place::Object(id.0),
                TargetGroup::Create { .. } => Place::Created,
            });
            let units = package.units.iter().map(|unit| Place::Object(unit.0));
            let roles = package.roles.iter().map(|one| Place::Role(one.role.0, one.unit.0));
            for place in groups.chain(units).chain(roles) {
                wishes.targets.entry((tenant.id(), place)).or_default().extend(wanted.iter().cloned());
            }
        }
        wishes.denied.insert(tenant.id(), denied);
    }
    wishes
}

/// Everything in a group and in the groups nested in it.
fn below(tenant: &TenantHandle, group: Uuid) -> BTreeSet<Uuid> {
    let groups = tenant.groups();
    let (mut found, mut todo) = (BTreeSet::new(), vec![group]);
    while let Some(next) = todo.pop() {
        for member in tenant.members(next) {
            if found.insert(member) && groups.contains(&member) {
                todo.push(member);
            }
        }
    }
    found
}
