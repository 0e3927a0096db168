//! What each run did, read from the journal: its number, and the effects that its steps had.

use super::{Entry, Intent, Outcome};
use crate::ids::GuestId;
use crate::plan::{Action, Step, Target};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers the runs of one chain: a run is the blocks that follow each other under one epoch of the customer's lease,
/// and its number is that of its first block.
#[derive(Debug, Clone, Default)]
pub struct RunNumbers {
    present: Option<(u64, u64)>,
}

impl RunNumbers {
    /// The run to which the next block of the chain belongs.
    pub fn next(&mut self, block: u64, epoch: u64) -> u64 {
        match self.present {
            Some((known, run)) if known == epoch => run,
            _ => {
                self.present = Some((epoch, block));
                block
            }
        }
    }
}

/// One step that had an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The run whose step it was.
    pub run: u64,
    /// The step, with the guest whom an invitation gave.
    pub step: Step,
    /// The packages that asked for it.
    pub packages: BTreeSet<String>,
    /// When it was intended.
    pub at: Timestamp,
}

impl Effect {
    /// What it changed: two effects on the same can undo each other.
    fn object(&self) -> (Option<Target>, Option<GuestId>, Option<&str>) {
        (self.step.target, self.step.guest, self.step.group_name.as_deref().filter(|_| self.step.guest.is_none()))
    }

    /// Whether both changed the same thing.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        self.object() == other.object()
    }
}

/// The effects of all runs of one customer, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Each effect, in the order in which it was known.
    pub all: Vec<Effect>,
    open: BTreeMap<u64, (u64, Intent)>,
    runs: BTreeSet<u64>,
}

impl Effects {
    /// Takes in the next entry, which stands in a block of this run.
    pub fn fold(&mut self, run: u64, entry: &Entry) {
        self.runs.insert(run);
        match entry {
            Entry::Intent(intent) => {
                self.open.insert(intent.number, (run, (**intent).clone()));
            }
            Entry::Outcome { intent, outcome, .. } => self.end(*intent, outcome),
            Entry::Closed { intent } => {
                self.open.remove(intent);
            }
            Entry::Known { person, guest, ours: true, .. } => {
                // An invitation whose answer was lost, shown by a survey.
                let invited =
                    |intent: &Intent| intent.step.action == Action::InviteGuest && intent.step.person == Some(*person);
                let first = self.open.values().find(|(_, intent)| invited(intent)).map(|(_, intent)| intent.number);
                if let Some(number) = first {
                    self.end(number, &Outcome::Invited { guest: *guest });
                    self.open.retain(|_, (_, intent)| !invited(intent));
                }
            }
            Entry::Adopted { target, guest, person, packages, at } => {
                let step = Step {
                    action: Action::AdoptMember,
                    package: packages.first().cloned().unwrap_or_default(),
                    target: Some(*target),
                    group: if let Target::Group(group) = target { Some(*group) } else { None },
                    group_name: None,
                    person: Some(*person),
                    guest: Some(*guest),
                    mail: None,
                    name: None,
                    cause: None,
                    why: "it was there".into(),
                };
                self.all.push(Effect { run, step, packages: packages.clone(), at: *at });
            }
            _ => {}
        }
    }

    /// Whether the journal knows a run of this number.
    pub fn knows(&self, run: u64) -> bool {
        self.runs.contains(&run)
    }

    fn end(&mut self, number: u64, outcome: &Outcome) {
        if matches!(outcome, Outcome::Unclear { .. }) {
            return;
        }
        let Some((run, intent)) = self.open.remove(&number) else { return };
        let mut step = intent.step;
        let had_effect = match outcome {
            Outcome::Done | Outcome::Created { .. } => true,
            Outcome::Invited { guest } => {
                step.guest = Some(*guest);
                true
            }
            // There after an attempt of ours whose answer was lost: ours.
            Outcome::AlreadyThere => intent.retry,
            Outcome::NotThere | Outcome::Refused { .. } | Outcome::NotSent | Outcome::Unclear { .. } => false,
        };
        if had_effect {
            self.all.push(Effect { run, step, packages: intent.packages, at: intent.at });
        }
    }
}
