//! What should be, worked out from the world and the configuration alone: who is wanted where at this moment.

use super::Checkers;
use access::config::TargetGroup;
use cloud_sim::TenantHandle;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Mail addresses.
type Mails = BTreeSet<String>;

/// Who is wanted where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wishes {
    /// Everybody who is at the partner and may sign in there.
    pub(super) enabled: Mails,
    /// By customer's tenant and group or unit; `None` stands for the groups that the program is to make.
    targets: BTreeMap<(Uuid, Option<Uuid>), Mails>,
    denied: BTreeMap<Uuid, Mails>,
}

impl Wishes {
    pub(super) fn of(&self, tenant: Uuid, target: Uuid) -> Mails {
        self.targets.get(&(tenant, Some(target))).cloned().unwrap_or_default()
    }

    pub(super) fn in_created(&self, tenant: Uuid) -> Mails {
        self.targets.get(&(tenant, None)).cloned().unwrap_or_default()
    }

    pub(super) fn anywhere(&self, tenant: Uuid) -> Mails {
        self.targets.iter().filter(|((of, _), _)| *of == tenant).flat_map(|(_, mails)| mails.clone()).collect()
    }

    pub(super) fn denied(&self, tenant: Uuid) -> Mails {
        self.denied.get(&tenant).cloned().unwrap_or_default()
    }

    /// Every place with who is wanted there.
    pub(super) fn places(&self) -> impl Iterator<Item = (Uuid, Option<Uuid>, &Mails)> {
        self.targets.iter().map(|((tenant, target), mails)| (*tenant, *target, mails))
    }
}

/// The wishes of this moment.
pub(super) fn wishes(checkers: &Checkers) -> Wishes {
    let partner = checkers.tenant(checkers.config.partner.tenant_id.0);
    let users = partner.users();
    let enabled: BTreeMap<Uuid, String> = (users.iter().filter(|user| partner.is_enabled(**user)))
        .filter_map(|user| Some((*user, partner.mail(*user)?)))
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
                TargetGroup::Id(id) => Some(id.0),
                TargetGroup::Create { .. } => None,
            });
            for target in groups.chain(package.units.iter().map(|unit| Some(unit.0))) {
                wishes.targets.entry((tenant.id(), target)).or_default().extend(wanted.iter().cloned());
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
