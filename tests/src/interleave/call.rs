//! An operation on the store, written down.

use bytes::Bytes;
use std::fmt;
use store::{Documents, Tag};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Get(String),
    Create(String, Bytes),
    Replace(String, Bytes, Tag),
    List(String),
    Delete(String),
}

impl Call {
    /// A verb and a path, such as `get lease/…`.
    pub(super) fn name(&self) -> String {
        self.to_string()
    }

    pub(super) fn path(&self) -> &str {
        match self {
            Self::Get(path)
            | Self::Create(path, _)
            | Self::Replace(path, ..)
            | Self::List(path)
            | Self::Delete(path) => path,
        }
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self, Self::Get(_) | Self::List(_))
    }

    /// Does it. Whoever listens hears the answer.
    pub(super) async fn carry_out(&self, store: &dyn Documents) {
        match self.clone() {
            Self::Get(path) => drop(store.get(&path).await),
            Self::Create(path, bytes) => drop(store.create(&path, bytes).await),
            Self::Replace(path, bytes, over) => drop(store.replace(&path, bytes, &over).await),
            Self::List(prefix) => drop(store.list(&prefix).await),
            Self::Delete(path) => drop(store.delete(&path).await),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(path) => write!(f, "get {path}"),
            Self::Create(path, _) => write!(f, "create {path}"),
            Self::Replace(path, ..) => write!(f, "replace {path}"),
            Self::List(prefix) => write!(f, "list {prefix}"),
            Self::Delete(path) => write!(f, "delete {path}"),
        }
    }
}
