//! `[break_glass]`: accounts that nobody should use.

use crate::config::files::{BreakGlassEntry, CustomerFile};
use crate::config::folder::Source;
use crate::config::problem::ConfigProblem;

pub(super) fn all(customer: &Source<CustomerFile>, found: &mut Vec<ConfigProblem>) {
    accounts_differ(customer, found);
    there_are_two(customer, found);
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
