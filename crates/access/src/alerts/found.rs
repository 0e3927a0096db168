//! What an alert says, when it says too much: which findings are kept.

use super::alert::Alert;
use super::finding::{FINDINGS_MAX, Finding};

/// Whether a finding is about somebody who matters.
pub(super) type Ours<'a> = &'a dyn Fn(&Finding) -> bool;

/// Collects findings, [`FINDINGS_MAX`] of them at most.
///
/// The sign-ins of a whole tenant may arrive in one body. Strangers must not crowd out the one that matters, nor three
/// hundred failures the success at their end.
pub(super) struct Found<'a> {
    ours: Ours<'a>,
    kept: Vec<Finding>,
    /// None of those kept is like another: looked up once, since there may be very many to come.
    all_differ: bool,
    count: u32,
}

impl<'a> Found<'a> {
    pub(super) fn new(ours: Ours<'a>) -> Self {
        Self { ours, kept: Vec::new(), all_differ: false, count: 0 }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        if self.kept.contains(&finding) {
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(finding);
        } else if let Some(less) = self.worth_less_than(&finding) {
            self.kept.remove(less);
            self.kept.push(finding);
            self.all_differ = false;
        }
    }

    /// The last of those kept that matters less than this one.
    fn worth_less_than(&mut self, finding: &Finding) -> Option<usize> {
        let ours = (self.ours)(finding);
        if ours && let Some(stranger) = self.kept.iter().rposition(|kept| !(self.ours)(kept)) {
            return Some(stranger);
        }
        if self.all_differ || self.kept.iter().any(|kept| kept.is_like(finding)) {
            return None;
        }
        let repeats = |at: &usize| self.kept[..*at].iter().any(|before| before.is_like(&self.kept[*at]));
        let repeated: Vec<usize> = (0..self.kept.len()).rev().filter(repeats).collect();
        self.all_differ = repeated.is_empty();
        repeated.into_iter().find(|at| ours || !(self.ours)(&self.kept[*at]))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds what was found to the alert.
    pub(super) fn into(self, alert: &mut Alert) {
        alert.findings = self.kept;
        alert.findings_count = self.count;
    }

    /// Takes what another alert in the same body says.
    pub(super) fn absorb(&mut self, findings: Vec<Finding>, count: u32) {
        let left_out = count.saturating_sub(u32::try_from(findings.len()).unwrap_or(count));
        for finding in findings {
            self.push(finding);
        }
        self.count = self.count.saturating_add(left_out);
    }
}
