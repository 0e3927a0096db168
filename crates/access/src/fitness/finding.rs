//! What an audit says.

use super::facts::Cause;
use crate::incidents::Severity;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// How a check ended, in the order in which people should look at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something has to be done.
    Fail,
    /// It could not be found out.
    Unknown,
    /// It is as it should be.
    Pass,
    /// It is no question in this tenant.
    NotApplicable,
}

/// What one check says of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's number, which stays the same for ever.
    pub number: u8,
    /// Its name for programs.
    pub check: &'static str,
    /// What should be true, for people.
    pub title: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// How bad it is, or would be if it failed: `critical` where the accounts would not work or nobody would see them used,
    /// `high` where that is one mistake away, `warning` and `info` for advice.
    pub severity: Severity,
    /// Why, a sentence each.
    pub reasons: Vec<String>,
    /// What to do, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
    /// For what sorts of reasons something is not known.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub causes: BTreeSet<Cause>,
}

/// What all checks say of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The customer's name in the configuration.
    pub customer: String,
    /// When it was read.
    pub at: Timestamp,
    /// The findings, by number.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The worst of the findings.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).min().unwrap_or(Verdict::Unknown)
    }
}
