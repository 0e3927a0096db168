//! `[break_glass]` of a customer: accounts that nobody should use, and what belongs to them.

use crate::config::files::{BreakGlassEntry, BreakGlassTable, CustomerFile, GroupEntry};
use crate::config::folder::{Source, Sources};
use crate::config::problem::ConfigProblem;
use crate::config::resolve::merged;
use jiff::civil::Date;

pub(super) fn all(sources: &Sources, customer: &Source<CustomerFile>, today: Date, found: &mut Vec<ConfigProblem>) {
    accounts_differ(customer, found);
    there_are_two(customer, found);
    there_are_accounts(customer, found);
    accounts_hold_nothing(customer, found);
    rules_are_listed(customer, found);
    guarded_groups_are_no_targets(sources, customer, found);
    nobody_attests_tomorrow(customer, today, found);
}

fn accounts_differ(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let accounts = &customer.parts.break_glass.accounts;
    for (index, account) in accounts.iter().enumerate() {
        let is_same =
            |other: &BreakGlassEntry| other.id == account.id || other.upn.0.eq_ignore_ascii_case(&account.upn.0);
        if accounts[..index].iter().any(is_same) {
            let at = format!("break_glass.accounts[{index}]");
            found.push(customer.places.error(&at, "repeated_account", "has the id or the name of an account above"));
        }
    }
}

/// One account is none on the day when its key is lost.
fn there_are_two(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let at = "break_glass.accounts";
    if customer.parts.break_glass.accounts.len() == 1 && customer.places.is_whole(at) {
        found.push(customer.places.warning(at, "single_break_glass", "is only one: Microsoft advises two or more"));
    }
}

/// Whoever describes what belongs to the accounts believes that they are watched.
fn there_are_accounts(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let table = &customer.parts.break_glass;
    if table.accounts.is_empty() && *table != BreakGlassTable::default() && customer.places.is_whole("break_glass") {
        let text = "names no `accounts`: no account is watched here";
        found.push(customer.places.warning("break_glass", "break_glass_without_accounts", text));
    }
}

/// A holder who leaves is a reason to change the credential; an account never leaves.
fn accounts_hold_nothing(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let table = &customer.parts.break_glass;
    for (index, holder) in table.holders.iter().enumerate() {
        let is_account = |account: &BreakGlassEntry| {
            account.upn.0.eq_ignore_ascii_case(&holder.0) || account.id.to_string() == holder.0
        };
        if table.accounts.iter().any(is_account) {
            let at = format!("break_glass.holders[{index}]");
            let problem = customer.places.error(&at, "holder_is_account", "is one of the accounts themselves");
            found.push(problem.hint("name the people who know the credential"));
        }
    }
}

/// A rule whose fired alerts nobody lists can be switched off from our sight without a sign.
fn rules_are_listed(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    let table = &customer.parts.break_glass;
    let Some(listed) = table.subscriptions.as_ref().filter(|listed| !listed.is_empty()) else { return };
    if !customer.places.is_whole("break_glass.subscriptions") {
        return;
    }
    for (index, rule) in table.rules.iter().enumerate() {
        if !listed.iter().any(|id| id.0 == rule.0.subscription) {
            let text = "is in a subscription that `subscriptions` leaves out: its fired alerts are not listed";
            let at = format!("break_glass.rules[{index}]");
            found.push(customer.places.warning(&at, "rule_not_listed", text));
        }
    }
}

/// Whoever is in such a group is excused from Conditional Access: no package may put people there.
fn guarded_groups_are_no_targets(sources: &Sources, customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    for (index, group) in customer.parts.break_glass.guarded.groups.iter().enumerate() {
        for (_, package) in merged(sources, customer) {
            if package.groups.contains(&GroupEntry::Id(*group)) {
                let text = format!(
                    "is a group of package `{}`: its people would be excused from Conditional Access",
                    package.name.0
                );
                let at = format!("break_glass.guarded.groups[{index}]");
                found.push(customer.places.error(&at, "guarded_is_target", text));
            }
        }
    }
}

/// A day begins up to 14 hours earlier elsewhere than in UTC, so tomorrow may be somebody's today.
fn nobody_attests_tomorrow(customer: &Source<CustomerFile>, today: Date, found: &mut Vec<ConfigProblem>) {
    let Some(attested) = &customer.parts.break_glass.attested else { return };
    if today.tomorrow().is_ok_and(|tomorrow| attested.on.0 > tomorrow) {
        let text = "is in the future: write the day on which somebody looked";
        found.push(customer.places.error("break_glass.attested.on", "attested_in_future", text));
    }
}
