//! How bad something is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad an incident is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody is in, or nobody would see it if they were.
    Critical,
    /// Somebody tries, or an account was changed.
    High,
    /// It has to be looked at, by day.
    Warning,
    /// Nothing is wrong: a drill, a test.
    Info,
}

impl Severity {
    /// Its name in what is sent and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
