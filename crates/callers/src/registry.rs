//! All callers, and which of them a request comes from.

use crate::caller::{Auth, ResolvedCaller};
use crate::request::Request;
use crate::secret::Secret;
use crate::{api_key, basic, hub_signature, standard_webhooks, zendesk};
use access::config::May;
use http::request::Parts;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use subtle::Choice;

/// Everybody who may call.
pub struct Callers {
    callers: Vec<Registered>,
}

struct Registered {
    name: String,
    keys: Keys,
    may: BTreeSet<May>,
    customers: Option<BTreeSet<String>>,
}

enum Keys {
    ApiKey(Vec<api_key::Key>),
    Basic(Vec<basic::Key>),
    StandardWebhooks(Vec<standard_webhooks::Key>),
    HubSignature(Vec<hub_signature::Key>),
    Zendesk(Vec<zendesk::Key>),
}

/// A caller that proved itself.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// What the sender calls this delivery, where the scheme has such a name: the same for every repetition. Under
    /// Standard Webhooks it is part of what is signed.
    pub delivery: Option<&'a str>,
    may: &'a BTreeSet<May>,
    customers: Option<&'a BTreeSet<String>>,
}

/// No caller, or more than one. On purpose it says nothing more: a wrong caller learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied;

/// A caller that cannot be let in, because a secret of its is not what the scheme needs. Nobody can prove to be it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Its name in the configuration.
    pub caller: String,
    /// What is wrong with the secret, without repeating it.
    pub text: &'static str,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no caller proved itself")
    }
}

impl std::error::Error for Denied {}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callers.{}: its secret {}", self.caller, self.text)
    }
}

impl Callers {
    /// Makes keys of the secrets; callers whose secrets cannot be keys are left out, and named beside.
    pub fn new(callers: BTreeMap<String, ResolvedCaller>) -> (Self, Vec<Unusable>) {
        let mut registered = Vec::new();
        let mut unusable = Vec::new();
        for (name, caller) in callers {
            match keys(&caller.auth) {
                Ok(keys) => {
                    registered.push(Registered { name, keys, may: caller.may, customers: caller.customers });
                }
                Err(text) => unusable.push(Unusable { caller: name, text }),
            }
        }
        (Self { callers: registered }, unusable)
    }

    /// The caller that the request proves to come from. `body` is the raw body, as it was sent.
    ///
    /// Every caller's every secret is tried, so that the time it takes tells nothing; a request that proves two
    /// callers is nobody's.
    pub fn identify<'a>(&'a self, parts: &'a Parts, body: &'a [u8], now: Timestamp) -> Result<Known<'a>, Denied> {
        let request = Request { parts, body, now };
        let proven: Vec<(&Registered, Choice)> =
            self.callers.iter().map(|caller| (caller, caller.keys.prove(&request))).collect();
        let mut proven = proven.into_iter().filter(|(_, proven)| bool::from(*proven));
        match (proven.next(), proven.next()) {
            (Some((caller, _)), None) => Ok(Known {
                name: &caller.name,
                delivery: caller.keys.delivery(&request),
                may: &caller.may,
                customers: caller.customers.as_ref(),
            }),
            _ => Err(Denied),
        }
    }
}

/// Names and schemes, never keys.
impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.callers.iter().map(|caller| &caller.name)).finish()
    }
}

impl Known<'_> {
    /// Whether it has a right.
    pub fn may(&self, right: May) -> bool {
        self.may.contains(&right)
    }

    /// Whether it may name this customer. To a caller that may not, the customer does not exist.
    pub fn may_see(&self, customer: &str) -> bool {
        self.customers.is_none_or(|customers| customers.contains(customer))
    }
}

impl Keys {
    fn prove(&self, request: &Request<'_>) -> Choice {
        match self {
            Self::ApiKey(keys) => api_key::proves(keys, request),
            Self::Basic(keys) => basic::proves(keys, request),
            Self::StandardWebhooks(keys) => standard_webhooks::proves(keys, request),
            Self::HubSignature(keys) => hub_signature::proves(keys, request),
            Self::Zendesk(keys) => zendesk::proves(keys, request),
        }
    }

    fn delivery<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        match self {
            Self::StandardWebhooks(_) => standard_webhooks::delivery(request),
            Self::Zendesk(_) => zendesk::delivery(request),
            Self::ApiKey(_) | Self::Basic(_) | Self::HubSignature(_) => None,
        }
    }
}

fn keys(auth: &Auth) -> Result<Keys, &'static str> {
    fn all<K>(secrets: &[Secret], key: fn(&Secret) -> Result<K, &'static str>) -> Result<Vec<K>, &'static str> {
        secrets.iter().map(key).collect()
    }
    Ok(match auth {
        Auth::ApiKey(secrets) => Keys::ApiKey(all(secrets, api_key::key)?),
        Auth::Basic(secrets) => Keys::Basic(all(secrets, basic::key)?),
        Auth::StandardWebhooks(secrets) => Keys::StandardWebhooks(all(secrets, standard_webhooks::key)?),
        Auth::HubSignature(secrets) => Keys::HubSignature(all(secrets, hub_signature::key)?),
        Auth::Zendesk(secrets) => Keys::Zendesk(all(secrets, zendesk::key)?),
    })
}
