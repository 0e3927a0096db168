//! Ending to look after what vanished from the configuration on purpose: entries, and no write to Microsoft.

use super::{Entry, Grant, Ledger};
use crate::config::{Customer, TargetGroup};
use crate::plan::Target;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The entries that end everything that the ledger of a customer holds.
pub fn forget_customer(ledger: &Ledger, at: Timestamp) -> Vec<Entry> {
    let rows = ledger
        .rows
        .iter()
        .flat_map(|(target, rows)| rows.keys().map(|guest| Entry::Forgotten { target: *target, guest: *guest, at }));
    let guests =
        ledger.guests.iter().map(|(person, row)| Entry::GuestForgotten { person: *person, guest: row.guest, at });
    let grants = ledger.grants.values().map(|grant| forgotten(grant, at));
    let open = ledger.open.keys().map(|intent| Entry::Closed { intent: *intent });
    // Who is back starts anew: who is there then and wanted is looked after again, or nobody would take them out.
    let adopted = ledger.adopted.iter().map(|target| Entry::AdoptionOpen { target: *target });
    rows.chain(guests).chain(grants).chain(open).chain(adopted).collect()
}

/// The entries that end the memberships for which this package asked, in places where no package of the configuration
/// asks for them any more: because the package is gone, or because it does not name the place.
pub fn forget_package(ledger: &Ledger, customer: &Customer, package: &str, at: Timestamp) -> Vec<Entry> {
    let mut entries = Vec::new();
    if !customer.packages.iter().any(|one| one.name == package) {
        entries.extend(ledger.grants.values().filter(|grant| grant.package == package).map(|one| forgotten(one, at)));
    }
    for (target, rows) in &ledger.rows {
        let here: BTreeSet<&str> =
            customer.packages.iter().filter(|one| names(one, *target, ledger)).map(|one| one.name.as_str()).collect();
        let orphans = rows.iter().filter(|(_, row)| {
            row.packages.contains(package) && !row.packages.iter().any(|name| here.contains(name.as_str()))
        });
        let before = entries.len();
        entries.extend(orphans.map(|(guest, _)| Entry::Forgotten { target: *target, guest: *guest, at }));
        // Where another package is at home, who came in by hand since stays the customer's.
        if entries.len() > before && here.is_empty() && ledger.adopted.contains(target) {
            entries.push(Entry::AdoptionOpen { target: *target });
        }
    }
    entries
}

/// Nobody follows the grant any more; what it gave stays as it is.
fn forgotten(grant: &Grant, at: Timestamp) -> Entry {
    Entry::GrantSettled { request: grant.request.clone(), kept_by: Some("gatehouse forget".into()), at }
}

/// Whether a package names this place. A group that it asks us to make is known by the ledger; while one is not, every
/// group may be it.
fn names(package: &crate::config::Package, target: Target, ledger: &Ledger) -> bool {
    match target {
        Target::Group(id) => package.groups.iter().any(|group| match group {
            TargetGroup::Id(named) => *named == id,
            TargetGroup::Create { name } => ledger.groups.get(name).is_none_or(|made| *made == id),
        }),
        Target::Unit(id) => package.units.contains(&id),
        Target::Role(role, unit) => package.roles.iter().any(|one| one.role == role && one.unit == unit),
    }
}
