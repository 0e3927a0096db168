//! `customers/*.toml`: each by itself, merged with its profile, and all together.

use crate::config::files::{CustomerFile, GroupEntry, PackageTable};
use crate::config::folder::{PROGRAM, Source, Sources};
use crate::config::model::{Drift, Mode, Ownership};
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;
use crate::config::read::nearest;
use crate::config::resolve::merged;
use crate::ids::TenantId;
use std::collections::BTreeMap;

/// The most target groups of one customer: what one batch of reads can watch.
pub(in crate::config) const GROUPS_MAX: usize = 200;

pub(super) fn one(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    tenant_is_not_the_partners(sources, customer, found);
    profile_exists(sources, customer, found);
    domains_are_named(customer, found);
    packages_are_there(sources, customer, found);
    groups_are_countable(sources, customer, found);
    shared_groups_agree(sources, customer, found);
    deny_is_no_target(sources, customer, found);
    targets_are_not_protected(sources, customer, found);
}

pub(super) fn together(sources: &Sources, found: &mut Vec<ConfigProblem>) {
    there_are_customers(sources, found);
    tenants_differ(sources, found);
    profiles_are_used(sources, found);
}

fn tenant_is_not_the_partners(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    if sources.program.as_ref().is_some_and(|program| program.parts.partner.tenant_id == customer.parts.tenant_id) {
        found.push(customer.places.error("tenant_id", "partner_as_customer", "is the partner's own tenant"));
    }
}

fn profile_exists(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(profile) = &customer.parts.profile else { return };
    if sources.profile_names.contains(profile) {
        return;
    }
    let text = "there is no such file in profiles/";
    let problem = customer.places.error("profile", "unknown_profile", text);
    found.push(match nearest(profile, sources.profile_names.iter().map(String::as_str)) {
        Some((name, true)) => problem.hint(format!("did you mean `{name}`?")),
        _ => problem,
    });
}

fn domains_are_named(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    if customer.parts.domains.is_empty() && customer.places.is_whole("domains") && is_active(customer) {
        found.push(customer.places.warning("domains", "no_domains", "is empty: nobody can be invited here"));
    }
}

fn packages_are_there(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let shared =
        customer.parts.profile.as_ref().is_some_and(|profile| {
            sources.profiles.get(profile).is_none_or(|profile| !profile.parts.packages.is_empty())
        });
    if customer.parts.packages.is_empty() && !shared && customer.places.is_whole("packages") && is_active(customer) {
        found.push(customer.places.warning("packages", "no_packages", "there are none: nobody gets anything here"));
    }
}

/// A customer that is left or paused has no need of domains and packages.
fn is_active(customer: &Source<CustomerFile>) -> bool {
    matches!(customer.parts.mode, Mode::Observe | Mode::Enforce) && customer.places.is_whole("mode")
}

/// The packages of the customer with those of its profile, each with the path to report it at: a profile's at the
/// customer's `profile`, because what does not fit is this customer with that profile.
fn packages<'a>(sources: &'a Sources, customer: &'a Source<CustomerFile>) -> Vec<(String, &'a PackageTable)> {
    merged(sources, customer)
        .into_iter()
        .map(|(own, package)| (own.map_or_else(|| "profile".to_owned(), |index| format!("packages[{index}]")), package))
        .collect()
}

fn groups_are_countable(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let packages = packages(sources, customer);
    let mut groups: Vec<String> = packages.iter().flat_map(|(_, package)| &package.groups).map(target).collect();
    groups.sort();
    groups.dedup();
    if groups.len() > GROUPS_MAX {
        let text = format!("name {} groups together, and a customer may have {GROUPS_MAX}", groups.len());
        found.push(customer.places.error("packages", "too_many_groups", text));
    }
}

/// One group has one owner and one answer to drift, whichever package speaks of it.
fn shared_groups_agree(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let drift_default = sources.program.as_ref().map_or(Drift::default(), |program| program.parts.sync.drift);
    let mut seen: BTreeMap<String, (&str, Ownership, Drift)> = BTreeMap::new();
    for (at, package) in packages(sources, customer) {
        let drift = package.drift.unwrap_or(drift_default);
        for (index, group) in package.groups.iter().enumerate() {
            let (other, ownership, other_drift) =
                *seen.entry(target(group)).or_insert((package.name.0.as_str(), package.ownership, drift));
            if other == package.name.0 {
                continue;
            }
            let at = if at == "profile" { at.clone() } else { format!("{at}.groups[{index}]") };
            if ownership != package.ownership {
                let text = format!("is also a group of package `{other}`, with another `ownership`");
                found.push(customer.places.error(&at, "ownership_differs", text));
            }
            if other_drift != drift {
                let text = format!("is also a group of package `{other}`, with another `drift`");
                found.push(customer.places.error(&at, "drift_differs", text));
            }
        }
    }
}

fn deny_is_no_target(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let Some(deny) = customer.parts.deny else { return };
    for (_, package) in packages(sources, customer) {
        if package.groups.contains(&GroupEntry::Id(deny)) {
            let text = format!("is a group of package `{}`: its members would be removed from it", package.name.0);
            found.push(customer.places.error("deny", "deny_is_target", text));
        }
    }
}

/// `protect` goes before everything; a package whose group is protected does nothing, which is seldom meant.
fn targets_are_not_protected(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let program = sources.program.iter().flat_map(|program| &program.parts.limits.protect);
    let profile = customer.parts.profile.as_ref().and_then(|profile| sources.profiles.get(profile));
    let profile = profile.iter().flat_map(|profile| &profile.parts.limits.protect);
    let protect: Vec<_> = program.chain(profile).chain(&customer.parts.limits.protect).collect();
    for (at, package) in packages(sources, customer) {
        let groups = package.groups.iter().filter_map(|group| match group {
            GroupEntry::Id(group) => Some((*group).into()),
            GroupEntry::Create(_) => None,
        });
        let units = package.units.iter().map(|unit| (*unit).into());
        if groups.chain(units).any(|target| protect.contains(&&target)) {
            let text = format!("package `{}` has a group or unit that `protect` keeps from every step", package.name.0);
            found.push(customer.places.warning(&at, "target_protected", text));
        }
    }
}

/// What identifies a target group within a customer.
fn target(group: &GroupEntry) -> String {
    match group {
        GroupEntry::Id(id) => id.to_string(),
        GroupEntry::Create(create) => format!("named {}", create.name.0),
    }
}

fn there_are_customers(sources: &Sources, found: &mut Vec<ConfigProblem>) {
    if sources.customer_names.is_empty() {
        let places = Places::new(PROGRAM, "");
        found.push(places.warning("", "no_customers", "there are no customers").hint("write customers/<name>.toml"));
    }
}

fn tenants_differ(sources: &Sources, found: &mut Vec<ConfigProblem>) {
    let mut by_tenant: BTreeMap<TenantId, Vec<&Source<CustomerFile>>> = BTreeMap::new();
    for customer in &sources.customers {
        by_tenant.entry(customer.parts.tenant_id).or_default().push(customer);
    }
    for customers in by_tenant.values().filter(|customers| customers.len() > 1) {
        for customer in customers {
            let others: Vec<&str> =
                customers.iter().filter(|other| other.name != customer.name).map(|other| other.file.as_str()).collect();
            let text = format!("is the tenant of {} too", others.join(", "));
            found.push(customer.places.error("tenant_id", "repeated_tenant", text));
        }
    }
}

fn profiles_are_used(sources: &Sources, found: &mut Vec<ConfigProblem>) {
    for profile in sources.profiles.values() {
        let used = |customer: &Source<CustomerFile>| customer.parts.profile.as_ref() == Some(&profile.name);
        let all_read = sources.customers.len() == sources.customer_names.len();
        if all_read && !sources.customers.iter().any(used) {
            found.push(profile.places.warning("", "unused_profile", "no customer has this profile"));
        }
    }
}
