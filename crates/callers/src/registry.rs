//! All callers, and which of them a request comes from.

use crate::caller::{Auth, ResolvedCaller};
use crate::entra::{Entra, Person, Wanted};
use crate::key_set::KeySet;
use crate::request::Request;
use crate::secret::Secret;
use crate::{api_key, autotask, basic, connectwise, entra, hub_signature, standard_webhooks, zendesk};
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
    ConnectWise(Vec<connectwise::Key>),
    Autotask(Vec<autotask::Key>),
    Entra(Entra),
}

/// A caller that proved itself.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Its name in the configuration.
    pub name: &'a str,
    /// What names this delivery, so that nobody who recorded it can send it under another name: `webhook-id`, which is
    /// signed; for Zendesk the hash of time and body, for `X-Hub-Signature` that of the body, since no more is signed.
    /// ConnectWise (`MessageId`) and Autotask (`Guid`, `Id` and `SequenceNumber`) say it in their signed bodies, which
    /// whoever reads those must look at. Keys, passwords and tokens name no delivery.
    pub delivery: Option<String>,
    /// What the sender itself calls this delivery, the same when it comes again under another time: Zendesk's invocation
    /// id. Nobody signed it, so it counts as much as an `Idempotency-Key` does.
    pub invocation: Option<String>,
    /// The person whose token it is; `None`: a machine.
    pub person: Option<Person>,
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

    /// The key set without which the request's token cannot be looked at; `None` where there is no such token, or none
    /// of a tenant that the configuration names. The token is not proven by this.
    pub fn wants(&self, parts: &Parts, now: Timestamp) -> Option<Wanted> {
        let rules: Vec<_> = self.callers.iter().filter_map(|caller| caller.keys.entra()).collect();
        entra::wanted(&rules, &Request { parts, body: &[], now })
    }

    /// The caller that the request proves to come from. `body` is the raw body, as it was sent; `keys` is what
    /// [`wants`](Self::wants) asked for, without which no token proves anything.
    ///
    /// Every caller's every secret is tried, so that the time it takes tells nothing; a request that proves two
    /// callers is nobody's. A customer's action group that sends its token to an address with a key in it is one caller,
    /// though it proves both of its names: it is taken for the one with the token.
    pub fn identify(
        &self,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
        keys: Option<&KeySet>,
    ) -> Result<Known<'_>, Denied> {
        let request = Request { parts, body, now };
        let given = Given::of(&request, keys);
        let proven: Vec<(&Registered, Proof)> =
            self.callers.iter().map(|caller| (caller, caller.keys.prove(&request, &given))).collect();
        let mut proven = proven.into_iter().filter(|(_, proof)| bool::from(proof.holds));
        let (caller, proof) = match (proven.next(), proven.next(), proven.next()) {
            (Some(one), None, _) => one,
            // By their names, since that is how the callers are kept: the one with the token comes first.
            (Some(token), Some((key, _)), None) if is_same_webhook(&token.0.name, &key.name) => token,
            _ => return Err(Denied),
        };
        Ok(Known {
            name: &caller.name,
            delivery: caller.keys.delivery(&request),
            invocation: caller.keys.invocation(&request),
            person: proof.person,
            may: &caller.may,
            customers: caller.customers.as_ref(),
        })
    }
}

/// Whether these are the two names of one customer's webhook, `alerts.NAME` and `alerts.NAME.key`. No other caller has a dot
/// in its name.
fn is_same_webhook(token: &str, key: &str) -> bool {
    let name = token.strip_prefix("alerts.").filter(|name| !name.contains('.'));
    name.is_some() && key.strip_suffix(".key") == Some(token)
}

/// What the request gives that is held against every caller's secrets. There may be one caller for each customer, and a
/// stranger chooses how long it is: so it is read once.
struct Given<'k> {
    keys: Vec<api_key::Key>,
    password: Option<basic::Key>,
    token: Option<entra::Signed<'k>>,
}

impl<'k> Given<'k> {
    fn of(request: &Request<'_>, keys: Option<&'k KeySet>) -> Self {
        let token = keys.and_then(|keys| entra::signed(request, keys));
        Self { keys: api_key::given(request), password: basic::given(request), token }
    }
}

/// How one caller's scheme found the request.
struct Proof {
    holds: Choice,
    person: Option<Person>,
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
    fn prove(&self, request: &Request<'_>, given: &Given<'_>) -> Proof {
        let holds = match self {
            Self::ApiKey(keys) => api_key::proves(keys, &given.keys),
            Self::Basic(keys) => basic::proves(keys, given.password.as_ref()),
            Self::StandardWebhooks(keys) => standard_webhooks::proves(keys, request),
            Self::HubSignature(keys) => hub_signature::proves(keys, request),
            Self::Zendesk(keys) => zendesk::proves(keys, request),
            Self::ConnectWise(keys) => connectwise::proves(keys, request),
            Self::Autotask(keys) => autotask::proves(keys, request),
            Self::Entra(rule) => {
                let proven = given.token.as_ref().and_then(|token| entra::proves(rule, token, request.now));
                return Proof { holds: Choice::from(u8::from(proven.is_some())), person: proven.flatten() };
            }
        };
        Proof { holds, person: None }
    }

    fn delivery(&self, request: &Request<'_>) -> Option<String> {
        match self {
            Self::StandardWebhooks(_) => standard_webhooks::delivery(request).map(str::to_owned),
            Self::Zendesk(_) => zendesk::delivery(request),
            Self::HubSignature(_) => Some(hub_signature::delivery(request)),
            Self::ConnectWise(_) | Self::Autotask(_) => None,
            Self::ApiKey(_) | Self::Basic(_) | Self::Entra(_) => None,
        }
    }

    fn invocation(&self, request: &Request<'_>) -> Option<String> {
        if let Self::Zendesk(_) = self { zendesk::invocation(request).map(str::to_owned) } else { None }
    }

    fn entra(&self) -> Option<&Entra> {
        if let Self::Entra(rule) = self { Some(rule) } else { None }
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
        Auth::ConnectWise(secrets) => Keys::ConnectWise(all(secrets, connectwise::key)?),
        Auth::Autotask(secrets) => Keys::Autotask(all(secrets, autotask::key)?),
        Auth::Entra(rule) => Keys::Entra(rule.clone()),
    })
}
