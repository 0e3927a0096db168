//! `[[packages]]`: each by itself, and those of one file.

use crate::config::files::{GroupEntry, PackageTable};
use crate::config::places::Places;
use crate::config::problem::ConfigProblem;

pub(super) fn all(places: &Places, packages: &[PackageTable], found: &mut Vec<ConfigProblem>) {
    for (index, package) in packages.iter().enumerate() {
        let at = format!("packages[{index}]");
        name_is_unique(places, &at, package, &packages[..index], found);
        gives_something(places, &at, package, found);
        reaches_somebody(places, &at, package, found);
        nobody_is_in_and_out(places, &at, package, found);
        source_is_no_target(places, &at, package, found);
        groups_differ(places, &at, package, found);
        groups_are_taken_by_id(places, &at, package, found);
        roles_differ(places, &at, package, found);
        oddities_differ(places, &at, package, found);
    }
}

fn name_is_unique(
    places: &Places,
    at: &str,
    package: &PackageTable,
    above: &[PackageTable],
    found: &mut Vec<ConfigProblem>,
) {
    if above.iter().any(|other| other.name == package.name) {
        let text = "another package of this file has the same name";
        found.push(places.error(&format!("{at}.name"), "repeated_package", text));
    }
}

fn gives_something(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    let nothing = package.groups.is_empty() && package.units.is_empty() && package.roles.is_empty();
    if nothing && places.is_whole(at) {
        found.push(places.warning(at, "package_gives_nothing", "has no groups, no units and no roles"));
    }
}

fn reaches_somebody(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    if package.members.is_empty() && package.requests.is_none() && places.is_whole(at) {
        let problem =
            places.warning(&format!("{at}.members"), "package_reaches_nobody", "is empty, and nobody can ask");
        found.push(problem.hint("name a group of the partner's in `members`, or add [packages.requests]"));
    }
}

fn nobody_is_in_and_out(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, group) in package.except.iter().enumerate() {
        if package.members.contains(group) {
            let text = "is in `members` too: nobody would ever come from it";
            found.push(places.error(&format!("{at}.except[{index}]"), "member_and_except", text));
        }
    }
}

/// The source stands in the partner's tenant and the target in the customer's: one id cannot be both.
fn source_is_no_target(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, group) in package.groups.iter().enumerate() {
        if let GroupEntry::Id(id) = group
            && (package.members.contains(id) || package.except.contains(id))
        {
            let text = "is one of the partner's groups in `members` or `except` too";
            found.push(places.error(&format!("{at}.groups[{index}]"), "source_is_target", text));
        }
    }
}

fn groups_differ(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, group) in package.groups.iter().enumerate() {
        if package.groups[..index].contains(group) {
            found.push(places.warning(&format!("{at}.groups[{index}]"), "repeated", "is in the list already"));
        }
    }
}

fn groups_are_taken_by_id(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, group) in package.groups.iter().enumerate() {
        if let GroupEntry::Create(create) = group
            && !create.create
        {
            let text = "must be true: an existing group is taken by its id, never by its name";
            found.push(places.error(&format!("{at}.groups[{index}].create"), "group_by_name", text));
        }
    }
}

fn roles_differ(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, role) in package.roles.iter().enumerate() {
        if package.roles[..index].contains(role) {
            found.push(places.warning(&format!("{at}.roles[{index}]"), "repeated", "is in the list already"));
        }
    }
}

fn oddities_differ(places: &Places, at: &str, package: &PackageTable, found: &mut Vec<ConfigProblem>) {
    for (index, accept) in package.accept.iter().enumerate() {
        if package.accept[..index].iter().any(|other| other.oddity == accept.oddity) {
            let text = "is accepted above already";
            found.push(places.warning(&format!("{at}.accept[{index}]"), "repeated", text));
        }
    }
}
