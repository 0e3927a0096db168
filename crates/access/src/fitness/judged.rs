//! What a check has found so far.

use super::facts::{Cause, Unread};
use super::finding::Verdict;
use crate::incidents::Severity;
use std::collections::BTreeSet;

/// What a check has found so far: of several accounts, or of several things about one.
#[derive(Debug, Default)]
pub(super) struct Judged {
    fails: Vec<String>,
    /// The worst of those fails that are less or more than the check's own severity says.
    graver: Option<Severity>,
    /// Whether some fail is as bad as the check's own severity says.
    plain: bool,
    unknown: Vec<String>,
    causes: BTreeSet<Cause>,
    good: Vec<String>,
    has_good: bool,
    aside: Vec<String>,
}

impl Judged {
    /// Something is wrong.
    pub(super) fn fail(&mut self, why: impl Into<String>) {
        self.plain = true;
        push(&mut self.fails, why.into());
    }

    /// Something is wrong, and that is as bad as this.
    pub(super) fn fail_as(&mut self, severity: Severity, why: impl Into<String>) {
        self.graver = Some(self.graver.map_or(severity, |graver| graver.min(severity)));
        push(&mut self.fails, why.into());
    }

    /// Something is not known; `what` says what.
    pub(super) fn unknown(&mut self, what: &str, unread: &Unread) {
        self.causes.insert(unread.cause);
        let why = if what.is_empty() { unread.why.clone() } else { format!("{what}: {}", unread.why) };
        push(&mut self.unknown, why);
    }

    /// Something is not known, for a reason of the service's or of ours.
    pub(super) fn unclear(&mut self, cause: Cause, why: impl Into<String>) {
        self.unknown("", &Unread::new(cause, why));
    }

    /// Something is as it should be.
    pub(super) fn pass(&mut self) {
        self.has_good = true;
    }

    /// The same, with something worth knowing.
    pub(super) fn pass_with(&mut self, note: impl Into<String>) {
        self.has_good = true;
        push(&mut self.good, note.into());
    }

    /// It is no question here.
    pub(super) fn aside(&mut self, why: impl Into<String>) {
        push(&mut self.aside, why.into());
    }

    /// One thing that is not known makes the whole unknown, and one that is wrong makes it wrong, whatever else is good. A
    /// check that found nothing at all to look at has not passed.
    pub(super) fn verdict(&self) -> Verdict {
        if !self.fails.is_empty() {
            Verdict::Fail
        } else if !self.unknown.is_empty() {
            Verdict::Unknown
        } else if self.has_good {
            Verdict::Pass
        } else {
            Verdict::NotApplicable
        }
    }

    /// How bad the fails are, where `usual` is the check's own severity.
    pub(super) fn severity(&self, usual: Severity) -> Severity {
        match (self.graver, self.plain) {
            (Some(graver), true) => graver.min(usual),
            (Some(graver), false) => graver,
            (None, _) => usual,
        }
    }

    /// Why, the worst first, and for what causes something is not known.
    pub(super) fn reasons(self) -> (Vec<String>, BTreeSet<Cause>) {
        let Self { fails, unknown, causes, good, aside, .. } = self;
        let reasons = if fails.is_empty() && unknown.is_empty() {
            good.into_iter().chain(aside).collect()
        } else {
            fails.into_iter().chain(unknown).collect()
        };
        (reasons, causes)
    }
}

/// Accounts often share a reason.
fn push(reasons: &mut Vec<String>, why: String) {
    if !reasons.contains(&why) {
        reasons.push(why);
    }
}
