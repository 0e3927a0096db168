//! What is different between two configurations, in words. Pure.

use access::config::{Config, Customer, Package};
use access::ids::TenantId;
use std::collections::{BTreeMap, BTreeSet};

/// How many customers with the same change are named.
const NAMED_MAX: usize = 5;

/// Files that are others.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Files {
    /// New ones.
    pub added: Vec<String>,
    /// With another text.
    pub changed: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
}

impl Files {
    /// The difference between two sets of files, by path.
    pub fn between(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Self {
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (path, text) in new {
            match old.get(path) {
                None => added.push(path.clone()),
                Some(before) if before != text => changed.push(path.clone()),
                Some(_) => {}
            }
        }
        Self { added, changed, removed: old.keys().filter(|path| !new.contains_key(*path)).cloned().collect() }
    }
}

/// What another configuration means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meaning {
    /// What is different, a sentence each.
    pub changes: Vec<String>,
    /// What somebody may not have meant, a sentence each.
    pub warnings: Vec<String>,
}

impl Meaning {
    /// What it means to go from the old one (`None`: from nothing) to the new one.
    pub fn between(old: Option<&Config>, new: &Config) -> Self {
        let mut meaning = Self::default();
        let Some(old) = old else {
            let add = |customer: &Customer| format!("customer {} is added: {}", customer.name, described(customer));
            meaning.changes.extend(new.customers.iter().map(add));
            return meaning;
        };
        meaning.program(old, new);
        meaning.customers(old, new);
        if old != new && meaning.changes.is_empty() && meaning.warnings.is_empty() {
            meaning.changes.push("other settings are different".into());
        }
        meaning
    }

    fn program(&mut self, old: &Config, new: &Config) {
        if old.partner.tenant_id != new.partner.tenant_id {
            self.warnings.push(format!(
                "the partner is another tenant ({} instead of {}): state that was kept for the one stops everything that is done for the other",
                new.partner.tenant_id, old.partner.tenant_id
            ));
        }
        if old.store_url != new.store_url {
            self.warnings.push(format!(
                "state is kept at {} instead of {}: what is there is not taken along, and without it nobody knows what is ours; move it before, or leave [store] as it is",
                new.store_url, old.store_url
            ));
        }
        if old.store_url == new.store_url && old.store_access.endpoint != new.store_access.endpoint {
            self.warnings.push(
                "[store] endpoint is different: state is kept by another service, which is let in with our credential; what is at the old one is not taken along"
                    .into(),
            );
        }
        let mut named = |section: &str, differs: bool| {
            if differs {
                self.changes.push(format!("gatehouse.toml: {section} is different"));
            }
        };
        named("[partner]", old.partner != new.partner);
        named("[app]", old.app != new.app);
        named("[store]", old.store_access != new.store_access);
        named("[onboarding]", old.consent_redirect != new.consent_redirect);
        named("[cloud]", old.cloud != new.cloud);
        named("[people]", old.address != new.address);
        named("[sync]", old.sync_every != new.sync_every);
        named("[invitations]", old.invitations != new.invitations);
        named("[leavers]", old.leavers != new.leavers);
        named("[limits]", old.limits != new.limits);
        named("[notices]", old.notices != new.notices);
        named("[[escalation]]", old.escalation != new.escalation);
        named("[break_glass]", old.paging != new.paging);
        self.entries("app", &old.apps, &new.apps);
        self.entries("caller", &old.callers, &new.callers);
        self.entries("channel", &old.channels, &new.channels);
    }

    fn entries<T: PartialEq>(&mut self, kind: &str, old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) {
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let what = match (old.get(name), new.get(name)) {
                (None, Some(_)) => "is added",
                (Some(_), None) => "is taken out",
                (Some(old), Some(new)) if old != new => "is different",
                _ => continue,
            };
            self.changes.push(format!("{kind} {name} {what}"));
        }
    }

    fn customers(&mut self, old: &Config, new: &Config) {
        let by_tenant = |config: &Config| -> BTreeSet<TenantId> {
            config.customers.iter().map(|customer| customer.tenant_id).collect()
        };
        let tenants = by_tenant(new);
        for gone in old.customers.iter().filter(|customer| !tenants.contains(&customer.tenant_id)) {
            self.warnings.push(format!(
                "customer {} (tenant {}) is taken out: nothing is done there any more, so nobody is removed, and whoever leaves keeps access. If it is to end, first let its access be planned away with mode = \"offboard\"; if it is meant as it is: gatehouse forget {} afterwards",
                gone.name, gone.tenant_id, gone.tenant_id
            ));
        }
        // The same change of many customers, as one in a profile makes it, is told once.
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for customer in &new.customers {
            let Some(before) = old.customer_of(customer.tenant_id) else {
                self.changes.push(format!("customer {} is added: {}", customer.name, described(customer)));
                continue;
            };
            if before.name != customer.name {
                self.changes.push(format!("customer {} is called {} now", before.name, customer.name));
            }
            for change in of_customer(before, customer) {
                told.entry(change).or_default().push(customer.name.clone());
            }
            let kept = |package: &&Package| !customer.packages.iter().any(|other| other.name == package.name);
            for package in before.packages.iter().filter(kept) {
                self.warnings.push(format!(
                    "package {} of customer {} is taken out: whoever is in it stays in until a person says that it is meant: gatehouse forget {} --package {}",
                    package.name, customer.name, customer.name, package.name
                ));
            }
        }
        self.changes.extend(told.into_iter().map(|(change, customers)| format!("{}: {change}", listed(&customers))));
    }
}

fn of_customer(old: &Customer, new: &Customer) -> Vec<String> {
    let mut changes = Vec::new();
    if old.mode != new.mode {
        changes.push(format!("mode is {} instead of {}", new.mode.name(), old.mode.name()));
    }
    for package in &new.packages {
        match old.packages.iter().find(|before| before.name == package.name) {
            None => changes.push(format!("package {} is added", package.name)),
            Some(before) if before != package => {
                changes.push(format!("package {} changed: {}", package.name, of_package(before, package)));
            }
            Some(_) => {}
        }
    }
    if old.break_glass != new.break_glass {
        changes.push("break_glass is different".into());
    }
    // What has no sentence of its own.
    let told = Customer {
        name: new.name.clone(),
        mode: new.mode,
        packages: new.packages.clone(),
        break_glass: new.break_glass.clone(),
        ..old.clone()
    };
    if told != *new {
        let fields = [
            ("display_name", old.display_name != new.display_name),
            ("domains", old.domains != new.domains),
            ("deny", old.deny != new.deny),
            ("protect", old.protect != new.protect),
        ];
        changes.push(format!("changed: {}", fields_of(&fields)));
    }
    changes
}

fn of_package(old: &Package, new: &Package) -> String {
    fields_of(&[
        ("members", old.members != new.members),
        ("except", old.except != new.except),
        ("groups", old.groups != new.groups),
        ("units", old.units != new.units),
        ("roles", old.roles != new.roles),
        ("ownership", old.ownership != new.ownership),
        ("drift", old.drift != new.drift),
        ("accept", old.accept != new.accept),
        ("limits", old.limits != new.limits),
        ("requests", old.requests != new.requests),
    ])
}

fn fields_of(fields: &[(&str, bool)]) -> String {
    let different: Vec<&str> = fields.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    if different.is_empty() { "other settings".into() } else { different.join(", ") }
}

fn described(customer: &Customer) -> String {
    let packages: Vec<&str> = customer.packages.iter().map(|package| package.name.as_str()).collect();
    let packages = if packages.is_empty() { "no package".into() } else { format!("packages {}", packages.join(", ")) };
    format!("mode {}, {packages}", customer.mode.name())
}

fn listed(customers: &[String]) -> String {
    let (named, more) = customers.split_at(customers.len().min(NAMED_MAX));
    let word = if customers.len() == 1 { "customer" } else { "customers" };
    let named = named.join(", ");
    if more.is_empty() { format!("{word} {named}") } else { format!("{word} {named} and {} more", more.len()) }
}

#[cfg(test)]
mod tests;
