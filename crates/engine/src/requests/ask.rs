//! Somebody asks: what was sent is read, held against the policy and stored. Two store operations (one more where the
//! delivery is signed), and no call to a customer's tenant.

use super::api::{Caller, Heard, Made, Refused, Wish};
use super::document::{RequestDocument, path};
use crate::membership::partner::hex;
use crate::replay;
use crate::{Engine, Error};
use access::config::{self, CallerAuth, May};
use access::requests::body::{self, Asked, CustomerRef, Unfit};
use access::requests::native;
use access::requests::policy::{self, Membership, Place};
use access::requests::{Request, RequestId, Status, create};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;
use store::Document;

/// How long the same wish, sent without a key of its own, is the same request although that is over: a delivery may
/// come again hours later. After that it is a new one.
const SAME_WISH_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How often the same wish can have been a request of its own. Whoever comes further sends a key.
const WISHES_MAX: u32 = 1000;

/// So soon after it was set, no timer takes a marker without a request for one that somebody left behind.
const MARK_HOLDS: Duration = Duration::from_secs(5 * 60);

/// The folder of what signed deliveries made, by a hash of caller and delivery.
const DELIVERIES: &str = "deliveries";

/// The request that a signed delivery made.
#[derive(Debug, Serialize, Deserialize)]
struct Delivered {
    request: RequestId,
}

impl Document for Delivered {
    const V: u32 = 1;
}

impl Engine {
    /// Takes what somebody sent: reads it, refuses it or stores it, and carries it out at once where nobody has to
    /// approve it and nothing else is at work.
    pub async fn ask_for(&self, wish: &Wish<'_>) -> Result<Heard, Refused> {
        let caller = self.rights_of(wish.caller);
        let asked = match &caller.native {
            None => body::read(wish.body)?,
            Some(map) => match self.hear(wish, map).await? {
                native::Heard::Asked(asked) => *asked,
                native::Heard::Nothing(why) => return Ok(Heard::Nothing(why)),
            },
        };
        // Whoever's token it is asks, whatever the body says: else they would approve it as somebody else.
        let requested_by = wish.caller.person.clone().or_else(|| asked.requested_by.clone());
        let asked = Asked { requested_by, ..asked };
        let sent = Sent { key: wish.key, delivery: wish.delivery, print: hex(&Sha256::digest(wish.body)) };
        let made = self.claim(wish.caller, &caller, &asked, &sent).await?;
        Ok(Heard::Made(Box::new(self.carried_out(made).await)))
    }

    /// The same for what is read already, as on the command line. Without a `key` the same wish is the same request, as
    /// long as that is not over for a day.
    pub async fn request_access(&self, caller: &Caller, key: Option<&str>, asked: &Asked) -> Result<Made, Refused> {
        let sent = Sent { key, delivery: None, print: print_of(asked) };
        let made = self.claim(caller, &self.rights_of(caller), asked, &sent).await?;
        Ok(self.carried_out(made).await)
    }

    /// Whether this may be asked at all, by the policy alone: nothing is stored, and nobody is asked to approve.
    pub async fn policy_allows(&self, caller: &Caller, asked: &Asked) -> Result<(), Refused> {
        self.allowed(&self.rights_of(caller), asked).await.map(|_| ())
    }

    async fn carried_out(&self, made: Made) -> Made {
        if made.again || made.request.status != Status::Accepted {
            return made;
        }
        Made { request: self.carry_out_now(made.request).await, again: false }
    }

    /// Holds it against the policy.
    async fn allowed(&self, rights: &config::Caller, asked: &Asked) -> Result<Place<'_>, Refused> {
        let place = policy::place(asked, rights, &self.config.customers).map_err(|one| Refused::Policy(vec![one]))?;
        // Whoever asks is looked up only where nothing else is wrong: what is refused anyway costs no call.
        policy::check(asked, &place, rights, Membership::Yes).map_err(Refused::Policy)?;
        let requester = self.requester(&place, asked).await;
        policy::check(asked, &place, rights, requester).map_err(Refused::Policy)?;
        Ok(place)
    }

    /// Holds it against the policy, and claims its id.
    async fn claim(
        &self,
        caller: &Caller,
        rights: &config::Caller,
        asked: &Asked,
        sent: &Sent<'_>,
    ) -> Result<Made, Refused> {
        let place = self.allowed(rights, asked).await?;
        let (key, print) = (sent.name(rights), &sent.print);
        if let (Some(delivery), Some(key)) = (sent.delivery, &key) {
            self.take_delivery(&caller.name, delivery, &RequestId::of(&caller.name, key)).await?;
        }
        for wishes in 0..WISHES_MAX {
            let id = match &key {
                Some(key) => RequestId::of(&caller.name, key),
                None => RequestId::of(&caller.name, &wish_of(&place, asked, wishes)),
            };
            let mut request = create(id.clone(), &caller.name, asked.clone(), &place, print.clone(), self.clock.now());
            let first = request.history.first_mut();
            first.into_iter().for_each(|asked| asked.asserted &= caller.person.is_none());
            let document = RequestDocument::new(request.clone(), self.tells(&request));
            // First the marker: a crash in between leaves one too many, which the timer clears.
            let marked = self.clock.monotonic();
            self.mark(&id).await?;
            match self.store.create(&path(&id), document).await {
                Ok(_) => {
                    if self.clock.monotonic() - marked > MARK_HOLDS {
                        // A process that was stopped in between may find the timer to have been here.
                        self.mark(&id).await?;
                    }
                    return Ok(Made { request, again: false });
                }
                Err(store::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            let Some(known) = self.store.read::<RequestDocument>(&path(&id)).await? else {
                return Err(Error::Store(format!("request {id} was there and is not")).into());
            };
            let known = known.value.request;
            match &key {
                Some(_) if known.print != *print => return Err(Refused::KeyReused),
                Some(_) => return Ok(Made { request: known, again: true }),
                // Such a body may have been recorded, and never grows old: it asks once for all time.
                None if signs_body_alone(rights) && known.print == *print => {
                    return Ok(Made { request: known, again: true });
                }
                None if is_over(&known, self.clock.now()) => {}
                None if known.hours != asked.hours => {
                    return Err(Refused::WrongState(format!(
                        "the same was asked for before, for {} hours: extend {id}, or give it a key of its own \
                         (Idempotency-Key, --key)",
                        known.hours
                    )));
                }
                None => return Ok(Made { request: known, again: true }),
            }
        }
        Err(Refused::WrongState("the same was asked for too often: give it a key of its own".into()))
    }

    /// A delivery makes one request and no other, for good: the key stands in a header that nobody signed, and could be
    /// changed or left out by whoever has recorded the delivery; and where the body alone is signed, that holds for ever.
    async fn take_delivery(&self, caller: &str, delivery: &str, id: &RequestId) -> Result<(), Refused> {
        let path = format!("{DELIVERIES}/{}", RequestId::of(caller, delivery));
        match self.store.create(&path, Delivered { request: id.clone() }).await {
            Ok(_) => return Ok(()),
            Err(store::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        match self.store.read::<Delivered>(&path).await? {
            Some(known) if known.value.request == *id => Ok(()),
            _ => Err(Refused::KeyReused),
        }
    }

    /// Whether whoever asks is in one of the groups that may.
    async fn requester(&self, place: &Place<'_>, asked: &Asked) -> Membership {
        let (Some(groups), Some(mail)) = (place.requesters(), asked.requested_by.as_deref()) else {
            return Membership::Unknown;
        };
        self.is_one_of(mail, groups).await
    }

    /// What the configuration says of the caller. The command line is in no configuration.
    fn rights_of(&self, caller: &Caller) -> Cow<'_, config::Caller> {
        match self.config.callers.get(&caller.name) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(config::Caller {
                auth: CallerAuth::ApiKey(Vec::new()),
                may: BTreeSet::from([May::Request]),
                customers: caller.customers.clone(),
                callbacks: BTreeSet::new(),
                callback_auth: None,
                native: None,
                ticket: None,
            }),
        }
    }
}

/// Why a body asks for nothing, as whoever sent it is told.
impl From<Unfit> for Refused {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NotJson(why) => Self::Unreadable(why),
            Unfit::Wrong(wrong) => Self::Body(wrong),
        }
    }
}

/// What tells one call of a caller's from another.
struct Sent<'a> {
    /// The caller's own key.
    key: Option<&'a str>,
    /// What the sender calls this delivery.
    delivery: Option<&'a str>,
    /// What was asked, as a hash: the same key with another is refused.
    print: String,
}

impl Sent<'_> {
    /// What makes two of the caller's calls the same: its key, else the delivery's id; `None`: what it asks for.
    fn name(&self, rights: &config::Caller) -> Option<String> {
        // A header beside such a body proves nothing, and would make a recorded one a new request.
        let key = self.key.filter(|_| !signs_body_alone(rights)).map(|key| format!("key {key}"));
        key.or_else(|| self.delivery.map(|delivery| format!("delivery {delivery}")))
    }
}

/// Whether nothing but the body is signed, and nothing in a header names the delivery.
fn signs_body_alone(rights: &config::Caller) -> bool {
    matches!(rights.auth, CallerAuth::ConnectWise(_) | CallerAuth::Autotask(_))
}

/// The hash of a wish that never was a body.
fn print_of(asked: &Asked) -> String {
    let Asked { ticket, customer, invitee, package, hours, requested_by, reason, callback } = asked;
    let customer = match customer {
        CustomerRef::TenantId(id) => id.to_string(),
        CustomerRef::Name(name) => name.clone(),
    };
    let ticket = ticket.clone().unwrap_or_default();
    let parts = [Some(customer), Some(package.clone()), Some(hours.to_string()), Some(reason.clone())];
    let person = [Some(invitee.email.clone()), invitee.given_name.clone(), invitee.surname.clone()];
    let rest = [requested_by.clone(), callback.clone(), ticket.system, ticket.id, ticket.number, ticket.url];
    let all: Vec<String> = parts.into_iter().chain(person).chain(rest).map(Option::unwrap_or_default).collect();
    replay::print(&all.iter().map(String::as_bytes).collect::<Vec<_>>())
}

/// The wish itself, for callers that send neither key nor id.
fn wish_of(place: &Place<'_>, asked: &Asked, wishes: u32) -> String {
    let ticket = asked.ticket.as_ref().and_then(|ticket| ticket.number.as_ref().or(ticket.id.as_ref()));
    let tenant = place.customer.tenant_id.to_string();
    let ticket = ticket.map_or("", String::as_str);
    let parts = [tenant.as_str(), ticket, &place.package.name, &asked.invitee.email];
    // Each with its length before it, so that no two wishes run together.
    let parts: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    format!("wish {wishes} {parts}")
}

/// Whether the same wish may be a new request by now.
fn is_over(request: &Request, now: jiff::Timestamp) -> bool {
    let last = request.history.last().map_or(request.created_at, |change| change.at);
    request.status.is_final() && now.duration_since(last) >= SAME_WISH_FOR
}
