//! The name of a set of held steps.

use crate::ids::TenantId;
use crate::ledger::StepKey;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// `sha256:…` over customer, rail, action, target and person of each held step, sorted: no texts, no times, so that
/// it changes only when the held set does. Empty for an empty set.
pub fn digest(tenant: TenantId, held: &[(&str, StepKey)]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let mut lines: Vec<String> = held
        .iter()
        .map(|(rail, key)| {
            let target = key.target.map(|target| target.to_string()).or_else(|| key.group_name.clone());
            let who = key.who.map(|who| who.to_string()).unwrap_or_default();
            format!("{tenant}|{rail}|{}|{}|{who}\n", key.action, target.unwrap_or_default())
        })
        .collect();
    lines.sort();
    lines.dedup();
    let mut hash = Sha256::new();
    lines.iter().for_each(|line| hash.update(line));
    hash.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
