//! What is wrong with the configuration, for people and for programs.

use serde::Serialize;
use std::fmt;

/// One problem, at one place. Values out of the files are never repeated: one might be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigProblem {
    /// The file, relative to the folder, with `/`.
    pub file: String,
    /// Its line, from 1; `None`: the file as a whole.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The path of the key, such as `packages[0].members`; empty at the top of a file.
    pub key: String,
    /// Whether it can be used all the same.
    pub severity: Severity,
    /// The kind of problem; stable, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub text: String,
    /// What to do about it, if we have an idea.
    pub hint: Option<String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot be used.
    Error,
    /// It can be used, but does probably not say what was meant.
    Warning,
}

impl ConfigProblem {
    /// Adds what to do about it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// As compilers write it: `customers/contoso.toml:12: packages[0].mebmers: unknown key`, and the hint below.
impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.text)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
