//! A caller of the configuration, with the values of its secrets.

use crate::entra::Entra;
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
    /// ConnectWise's call-back signature; the secrets are signing keys.
    ConnectWise(Vec<Secret>),
    /// Autotask's webhook signature.
    Autotask(Vec<Secret>),
    /// A token from Entra; there is no secret.
    Entra(Entra),
}

/// Reads a caller's secrets with `read`. The error is that of the first one that could not be read.
pub fn resolve<E>(caller: &Caller, mut read: impl FnMut(&SecretRef) -> Result<Secret, E>) -> Result<ResolvedCaller, E> {
    let mut all = |secrets: &[SecretRef]| -> Result<Vec<Secret>, E> { secrets.iter().map(&mut read).collect() };
    let auth = match &caller.auth {
        CallerAuth::ApiKey(secrets) => Auth::ApiKey(all(secrets)?),
        CallerAuth::Basic(secrets) => Auth::Basic(all(secrets)?),
        CallerAuth::StandardWebhooks(secrets) => Auth::StandardWebhooks(all(secrets)?),
        CallerAuth::HubSignature(secrets) => Auth::HubSignature(all(secrets)?),
        CallerAuth::Zendesk(secrets) => Auth::Zendesk(all(secrets)?),
        CallerAuth::ConnectWise(secrets) => Auth::ConnectWise(all(secrets)?),
        CallerAuth::Autotask(secrets) => Auth::Autotask(all(secrets)?),
        CallerAuth::Entra { tenant_id, audience, app_id, role } => Auth::Entra(Entra {
            tenant_id: *tenant_id,
            audience: audience.clone(),
            app_id: *app_id,
            role: role.clone(),
        }),
    };
    Ok(ResolvedCaller { auth, may: caller.may.clone(), customers: caller.customers.clone() })
}
