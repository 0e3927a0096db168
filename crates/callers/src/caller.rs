//! A caller of the configuration, with the values of its secrets.

use crate::secret::Secret;
use access::config::{Caller, CallerAuth, May, SecretRef};
use std::collections::BTreeSet;

/// A caller with the values of its secrets.
#[derive(Debug, Clone)]
pub struct ResolvedCaller {
    /// How it proves itself.
    pub auth: Auth,
    /// What it may do.
    pub may: BTreeSet<May>,
    /// The customers (by name) that it may name; `None`: all.
    pub customers: Option<BTreeSet<String>>,
}

/// How a caller proves itself; each of the secrets is valid.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A key in `Authorization: Bearer` or `X-API-Key`.
    ApiKey(Vec<Secret>),
    /// Basic authentication; the secrets are `user:password`.
    Basic(Vec<Secret>),
    /// Standard Webhooks signatures; the secrets are `whsec_` and base64.
    StandardWebhooks(Vec<Secret>),
    /// `X-Hub-Signature`, as GitHub and Jira make it.
    HubSignature(Vec<Secret>),
    /// Zendesk's webhook signature.
    Zendesk(Vec<Secret>),
}

/// Why a caller of the configuration cannot be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved<E> {
    /// A secret could not be read.
    Secret(E),
    /// Its scheme is not available in this version; `gatehouse check` says so too.
    Unavailable,
}

/// Reads a caller's secrets with `read`.
pub fn resolve<E>(
    caller: &Caller,
    mut read: impl FnMut(&SecretRef) -> Result<Secret, E>,
) -> Result<ResolvedCaller, Unresolved<E>> {
    let mut all = |secrets: &[SecretRef]| -> Result<Vec<Secret>, Unresolved<E>> {
        secrets.iter().map(|secret| read(secret).map_err(Unresolved::Secret)).collect()
    };
    let auth = match &caller.auth {
        CallerAuth::ApiKey(secrets) => Auth::ApiKey(all(secrets)?),
        CallerAuth::Basic(secrets) => Auth::Basic(all(secrets)?),
        CallerAuth::StandardWebhooks(secrets) => Auth::StandardWebhooks(all(secrets)?),
        CallerAuth::HubSignature(secrets) => Auth::HubSignature(all(secrets)?),
        CallerAuth::Zendesk(secrets) => Auth::Zendesk(all(secrets)?),
        CallerAuth::Entra { .. } => return Err(Unresolved::Unavailable),
    };
    Ok(ResolvedCaller { auth, may: caller.may.clone(), customers: caller.customers.clone() })
}
