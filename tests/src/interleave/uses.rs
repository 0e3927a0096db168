//! Which operations on the store are a choice: those on documents that several use and somebody writes. The place of any
//! other in the order makes no difference.

use std::collections::{BTreeMap, BTreeSet};

/// Who uses a document, by what was seen so far.
#[derive(Default)]
pub(super) struct Uses {
    users: BTreeMap<String, BTreeSet<usize>>,
    written: BTreeSet<String>,
    listed: BTreeMap<String, BTreeSet<usize>>,
}

impl Uses {
    /// Takes note of one operation; whether an operation that counted as nobody else's business is some by now.
    pub(super) fn note(&mut self, actor: usize, name: &str) -> bool {
        let before = self.contested();
        let (verb, path) = name.split_once(' ').expect("a verb and a path");
        if verb == "list" {
            self.listed.entry(path.into()).or_default().insert(actor);
        } else {
            self.users.entry(path.into()).or_default().insert(actor);
            if verb != "get" {
                self.written.insert(path.into());
            }
        }
        self.contested() != before
    }

    pub(super) fn contested(&self) -> usize {
        let documents = self.written.iter().filter(|path| self.matters(path)).count();
        documents + self.listed.keys().filter(|prefix| self.list_matters(prefix)).count()
    }

    fn matters(&self, path: &str) -> bool {
        let users = self.users.get(path).map_or(0, BTreeSet::len);
        let is_listed = self.listed.keys().any(|prefix| path.starts_with(prefix.as_str()));
        self.written.contains(path) && (users > 1 || is_listed)
    }

    fn list_matters(&self, prefix: &str) -> bool {
        self.written.iter().any(|path| path.starts_with(prefix))
    }

    pub(super) fn is_a_choice(&self, name: &str) -> bool {
        let (verb, path) = name.split_once(' ').expect("a verb and a path");
        if verb == "list" { self.list_matters(path) } else { self.matters(path) }
    }

    /// The lists that a document is in.
    pub(super) fn lists_with<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        self.listed.keys().map(String::as_str).filter(move |folder| path.starts_with(folder))
    }
}
