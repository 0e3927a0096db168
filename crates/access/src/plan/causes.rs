//! What a hold comes from: the name that holds in many customers share.

use super::groups::is_nobodys;
use crate::config::Customer;
use crate::ids::GroupId;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Rails that look at all customers together: what they hold has one cause wherever it is.
const PROGRAM_WIDE: [&str; 3] = ["leavers_per_hour_all_max", "removals_per_hour_all_max", "new_person_customers_max"];

/// `cause:` and sixteen hexadecimal digits: the rail, and the partner's groups that the package depends on. Two
/// customers with the same groups held by the same rail have the same cause. A package that is not in the
/// configuration (any more) shares its holds with nobody; what is protected or paused is nobody's to let through.
pub(super) fn cause(customer: &Customer, rail: &str, package: &str) -> String {
    if is_nobodys(rail) {
        return String::new();
    }
    let mut hash = Sha256::new();
    hash.update(format!("{rail}\n"));
    if !PROGRAM_WIDE.contains(&rail) {
        let found = customer.packages.iter().find(|known| known.name == package);
        let sources: BTreeSet<GroupId> = found.iter().flat_map(|package| package.sources()).collect();
        if sources.is_empty() {
            hash.update(format!("{}|{package}\n", customer.tenant_id));
        }
        sources.iter().for_each(|id| hash.update(format!("{id}\n")));
    }
    hash.finalize()[..8].iter().fold(String::from("cause:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
