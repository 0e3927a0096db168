//! What a hold comes from: the name that holds in many customers share, and when a refusal of them is over.

use super::groups::is_nobodys;
use super::input::Input;
use super::{Held, Step};
use crate::config::Customer;
use crate::ids::GroupId;
use crate::ledger::{Entry, StepKey};
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

/// The refusals that are over, because this plan holds other steps than those that were refused.
pub(super) fn refusals_over(input: &Input<'_>, held: &[Held], held_steps: &[Step]) -> Vec<Entry> {
    let all: Vec<StepKey> = held_steps.iter().map(StepKey::of).collect();
    let keys_of = |cause: &str| -> BTreeSet<StepKey> {
        let holds = held.iter().filter(|held| held.cause == cause).flat_map(|held| &held.indices);
        holds.filter_map(|index| all.get(*index as usize).cloned()).collect()
    };
    let refusals = input.ledger.releases.iter().filter(|known| !known.allow && known.is_valid(input.now));
    let over = refusals.filter(|refusal| {
        let now =
            if refusal.digest.starts_with("cause:") { keys_of(&refusal.digest) } else { all.iter().cloned().collect() };
        now != refusal.steps
    });
    over.map(|refusal| Entry::RefusalEnded { digest: refusal.digest.clone(), at: input.now }).collect()
}
