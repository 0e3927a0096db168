//! The rails: safety rules that can hold steps of a plan. A file each, with the accident that it prevents.
//!
//! A rail holds only the steps that it names; the rest of the plan goes ahead. What a rail holds, a named person can
//! release (`gatehouse sync --release DIGEST --by YOU`), except where reading, not judging, is what is missing.

mod additions_max;
mod empty_source;
mod except_unread;
mod incomplete_survey;
mod leavers_per_hour_all_max;
mod never_empty;
mod new_person_customers_max;
mod offboarding;
pub(super) mod paused;
pub(super) mod protect;
pub(super) mod refused;
mod removals_max;
mod removals_per_day_max;
mod removals_per_hour_all_max;
mod removals_percent_max;
mod tenants_per_person_max;

use super::desired::Standing;
use super::input::Input;
use super::judge::Draft;
use super::problems::Problems;
use super::windows::Needs;
use super::{Action, Held, Target};
use crate::config::Package;
use crate::ids::{GuestId, ObjectId};
use crate::ledger::StepKey;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a rail looks at.
pub(super) struct Judging<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) standing: &'a [Standing<'a>],
    pub(super) members: &'a BTreeMap<Target, usize>,
    pub(super) inside: &'a BTreeMap<String, BTreeSet<GuestId>>,
    pub(super) drafts: &'a [Draft],
    /// Which drafts a person released from this rail: neither counted nor held.
    pub(super) free: &'a [bool],
}

/// Steps that a rail holds.
pub(super) struct Verdict {
    pub(super) rail: &'static str,
    pub(super) package: String,
    pub(super) steps: BTreeSet<usize>,
    pub(super) limit: Option<u32>,
    /// What people read: the number, the limit, and the way forward.
    pub(super) text: String,
}

/// One rail.
pub(super) struct Rail {
    pub(super) judge: fn(&Judging<'_>) -> Vec<Verdict>,
    /// Whether a named person can let its steps through.
    pub(super) releasable: bool,
}

/// Every rail that looks at the plan alone, in the order in which they name steps; [`refused`] looks at what they leave.
pub(super) const RAILS: [Rail; 15] = [
    Rail { judge: paused::judge, releasable: false },
    Rail { judge: protect::judge, releasable: false },
    Rail { judge: offboarding::judge, releasable: true },
    Rail { judge: incomplete_survey::judge, releasable: false },
    Rail { judge: leavers_per_hour_all_max::judge, releasable: true },
    Rail { judge: except_unread::judge, releasable: true },
    Rail { judge: empty_source::judge, releasable: true },
    Rail { judge: never_empty::judge, releasable: true },
    Rail { judge: removals_max::judge, releasable: true },
    Rail { judge: removals_percent_max::judge, releasable: true },
    Rail { judge: removals_per_day_max::judge, releasable: true },
    Rail { judge: removals_per_hour_all_max::judge, releasable: true },
    Rail { judge: additions_max::judge, releasable: true },
    Rail { judge: new_person_customers_max::judge, releasable: true },
    Rail { judge: tenants_per_person_max::judge, releasable: true },
];

/// What must be known from outside the customer before these drafts, which no rail holds, may be carried out.
pub(super) fn needs(input: &Input<'_>, passing: &[Draft], released: &BTreeSet<StepKey>) -> Needs {
    Needs {
        removals: removals_per_hour_all_max::people(passing.iter(), released),
        entries: new_person_customers_max::people(input, passing.iter(), released),
        tenants: passing.iter().any(|draft| draft.step.action == Action::InviteGuest),
    }
}

/// When what these rails count has changed by itself.
pub(super) fn wake(input: &Input<'_>, held: &[Held]) -> Option<Timestamp> {
    let opens = |held: &Held| match held.rail.as_str() {
        removals_percent_max::NAME | removals_per_day_max::NAME => removals_per_day_max::opens(input),
        removals_per_hour_all_max::NAME => removals_per_hour_all_max::opens(input),
        new_person_customers_max::NAME => new_person_customers_max::opens(input),
        _ => None,
    };
    held.iter().filter_map(opens).min()
}

/// What the rails have to say of a plan that they do not hold.
pub(super) fn notice(input: &Input<'_>, drafts: &[Draft], problems: &mut Problems) {
    tenants_per_person_max::notice(input, drafts, problems);
}

macro_rules! release_command {
    () => {
        "gatehouse sync --release DIGEST --by YOU"
    };
}

/// What the sentences of releasable rails call the way forward. `DIGEST` is the plan's; `YOU` is whoever decides.
pub const RELEASE_COMMAND: &str = release_command!();

/// The way forward that ends every sentence of a releasable rail.
const RELEASE: &str = concat!("Look at the plan; to let exactly these steps through: ", release_command!(), ".");

impl<'a> Judging<'a> {
    /// The drafts that count, with their index.
    fn live(&self) -> impl Iterator<Item = (usize, &'a Draft)> + '_ {
        self.drafts.iter().enumerate().filter(|(index, _)| !self.free[*index])
    }

    /// Set removals for which this package is among those that name the target (or asked for the membership).
    fn set_removals(&self, package: &Package) -> BTreeSet<usize> {
        let of_package = |draft: &Draft| draft.packages.contains(&package.name);
        self.live().filter(|(_, draft)| draft.is_set_removal() && of_package(draft)).map(|(index, _)| index).collect()
    }

    /// Set removals from a target that this package names too: another package's people may still want them there.
    fn set_removals_beside(&self, package: &Package) -> BTreeSet<usize> {
        let targets: BTreeSet<Target> = super::desired::places(self.input, package)
            .into_iter()
            .filter_map(|place| match place {
                super::desired::Place::There(target) => Some(target),
                super::desired::Place::ToCreate(_) => None,
            })
            .collect();
        let mut steps = self.set_removals(package);
        let beside = self.live().filter(|(_, draft)| {
            draft.is_set_removal() && draft.step.target.is_none_or(|target| targets.contains(&target))
        });
        steps.extend(beside.map(|(index, _)| index));
        steps
    }

    /// How many different people these steps are about.
    fn people(&self, steps: &BTreeSet<usize>) -> BTreeSet<ObjectId> {
        steps.iter().filter_map(|index| self.drafts[*index].who()).collect()
    }
}

/// A number of people, in words that agree with it.
fn people(count: usize) -> String {
    if count == 1 { "1 person".into() } else { format!("{count} people") }
}
