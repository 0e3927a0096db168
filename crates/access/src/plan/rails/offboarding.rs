//! `offboarding`: nothing goes because of one word in a file.
//!
//! The accident: `mode = "offboard"` is written into the wrong customer's file, or a whole folder is changed by a
//! script, and minutes later nobody of the partner can work there. A named person who has seen the number of people
//! lets exactly these steps through. Facts about one person (disabled, deleted, on the stop list) go ahead.

use super::{Judging, Verdict};
use crate::plan::Cause;
use std::collections::BTreeSet;

pub(super) fn judge(judging: &Judging<'_>) -> Vec<Verdict> {
    let going = judging.live().filter(|(_, draft)| draft.step.cause == Some(Cause::Offboarded));
    let steps: BTreeSet<usize> = going.map(|(index, _)| index).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let packages: BTreeSet<&str> = steps.iter().map(|index| judging.drafts[*index].step.package.as_str()).collect();
    let count = judging.people(&steps).len();
    let customer = &judging.input.customer.name;
    let text = format!(
        "Everything of ours is to go, from {}. gatehouse offboard {customer} shows it and does it. {}",
        super::people(count),
        super::RELEASE
    );
    let package = packages.into_iter().collect::<Vec<_>>().join(", ");
    vec![Verdict { rail: "offboarding", package, steps, limit: None, text }]
}
