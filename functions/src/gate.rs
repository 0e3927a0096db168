//! Who is calling the HTTP API, and what they may do. The proof itself (keys, signatures, tokens) is crate `callers`.

use access::config::May;
use access::ids::{ObjectId, TenantId};
use async_trait::async_trait;
use http::request::Parts;
use std::collections::BTreeSet;

/// A caller that proved itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name in the configuration.
    pub name: String,
    /// What it may do.
    pub may: BTreeSet<May>,
    /// The customers (by name) that it may see and name; `None`: all.
    pub customers: Option<BTreeSet<String>>,
    /// The person whose token it is, by mail address; `None`: a machine.
    pub person: Option<String>,
    /// That person's own account, tenant and object id: unlike an address it never changes hands, and one person may have
    /// several addresses.
    pub account: Option<(TenantId, ObjectId)>,
    /// What names this delivery, by what is signed of it and can therefore not be changed by whoever recorded it; what a
    /// signed body says of it is for whoever reads that. A caller without one may send an `Idempotency-Key`.
    pub delivery: Option<String>,
    /// What the sender calls this delivery in a header of its own that nobody signed: the same for every repetition, as
    /// an `Idempotency-Key` would be.
    pub invocation: Option<String>,
}

impl Known {
    /// Whether it has at least one of these rights.
    pub fn may_any(&self, rights: &[May]) -> bool {
        rights.iter().any(|right| self.may.contains(right))
    }

    /// The customers that it may see, as the engine wants them; `None`: all.
    pub(crate) fn seen(&self) -> Option<Vec<String>> {
        self.customers.as_ref().map(|customers| customers.iter().cloned().collect())
    }

    /// Whether it may know that this customer exists.
    pub fn may_see(&self, customer: &str) -> bool {
        self.customers.as_ref().is_none_or(|customers| customers.contains(customer))
    }
}

/// Why a caller is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// No credentials, or wrong ones. The caller learns nothing more.
    Wrong,
    /// Nobody can be told apart now (the key set is out of reach): the caller may try again.
    Unavailable(String),
}

/// Tells callers apart.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Who sent this request. `body` is the raw body: signatures are over its bytes.
    async fn identify(&self, parts: &Parts, body: &[u8]) -> Result<Known, Denied>;
}
