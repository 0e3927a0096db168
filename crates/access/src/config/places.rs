//! Where the parts of a file stand, so that a check of the meaning can name the line.

use super::problem::{ConfigProblem, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The places of one file's parts.
///
/// What `read` leaves out of a list moves the later elements up; the paths here are those of what was kept, and each
/// knows the path that people see in their file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Places {
    file: String,
    line_starts: Vec<usize>,
    text: String,
    kept: BTreeMap<String, (String, Range<usize>)>,
    damaged: BTreeSet<String>,
}

impl Places {
    pub(super) fn new(file: &str, text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.to_owned(), line_starts, text: text.to_owned(), ..Self::default() }
    }

    /// Notes that the part at `path` of what was kept is written at `key`, `span`.
    pub(super) fn note(&mut self, path: &str, key: &str, span: Range<usize>) {
        self.kept.insert(path.to_owned(), (key.to_owned(), span));
    }

    /// Notes that something at `key`, as people wrote it, could not be kept.
    pub(super) fn damage(&mut self, key: &str) {
        self.damaged.insert(key.to_owned());
    }

    /// Whether everything at and below `path` was kept: a check for something missing would be wrong otherwise.
    pub(super) fn is_whole(&self, path: &str) -> bool {
        let key = self.kept.get(path).map_or(path, |(key, _)| key.as_str());
        !self.damaged.iter().any(|damaged| is_within(damaged, key))
    }

    /// An error at `path`, or at the nearest part around it that is written down.
    pub(super) fn error(&self, path: &str, code: &'static str, text: impl Into<String>) -> ConfigProblem {
        let (key, span) = self.nearest(path);
        self.problem(&key, span, Severity::Error, code, text.into())
    }

    /// A warning at `path`, or at the nearest part around it that is written down.
    pub(super) fn warning(&self, path: &str, code: &'static str, text: impl Into<String>) -> ConfigProblem {
        ConfigProblem { severity: Severity::Warning, ..self.error(path, code, text) }
    }

    /// A problem at a place given in bytes.
    pub(super) fn problem(
        &self,
        key: &str,
        span: Option<Range<usize>>,
        severity: Severity,
        code: &'static str,
        text: String,
    ) -> ConfigProblem {
        let (line, column) = span.map(|span| self.line_and_column(span.start)).unzip();
        ConfigProblem { file: self.file.clone(), line, column, key: key.to_owned(), severity, code, text, hint: None }
    }

    fn nearest(&self, path: &str) -> (String, Option<Range<usize>>) {
        let mut around = path;
        loop {
            if let Some((key, span)) = self.kept.get(around) {
                let key = format!("{key}{}", &path[around.len()..]);
                return (key.trim_start_matches('.').to_owned(), Some(span.clone()));
            }
            match around.rfind(['.', '[']) {
                Some(end) => around = &around[..end],
                None => return (path.to_owned(), None),
            }
        }
    }

    fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|&start| start <= byte);
        let start = self.line_starts[line - 1];
        let before = self.text.get(start..byte).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

/// Whether the key `inner` is `outer` or something below it.
fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || outer.is_empty() || rest.starts_with(['.', '[']))
}
