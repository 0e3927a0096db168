//! Subscriptions to changes of the partner's users and groups: made, renewed and repaired once an hour.
//!
//! They only make things sooner: the minute tick finds every change without them, so whatever goes wrong here is told
//! and never fails a sync. Everything rests on what Graph lists, not on what we remember: a subscription that was deleted
//! behind our back, that ended while nobody was there, or that two processes made at once is put right the same way.

use crate::{Engine, Error};
use access::ids::TenantId;
use async_trait::async_trait;
use cloud::Kind;
use cloud::graph::{Answer, Ask, Done, Permit, Subscription, Write, Writer};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::Document;
use uuid::Uuid;

/// How long a subscription is asked for: long enough for a weekend without us, and far below the 41,760 minutes that
/// Microsoft allows for directory objects (page "Maximum length of subscription per resource type").
const LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// With less than this left it is renewed.
const RENEW_BELOW: SignedDuration = SignedDuration::from_hours(36);

/// A request to reauthorize is answered at most this often: it may come every few minutes, or from a stranger.
const REAUTHORIZED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// What we want to be told of. One subscription each, not one per group: a hundred are allowed in a tenant.
const RESOURCES: [&str; 2] = ["/users", "/groups"];

/// Where it is kept which subscriptions of a tenant are ours.
pub fn subscriptions_path(tenant: TenantId) -> String {
    format!("subscriptions/{tenant}")
}

/// Our subscriptions in one tenant: a notification of any other is not believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriptions {
    /// The ids, by what they are about.
    pub ids: BTreeMap<String, Uuid>,
    /// When the first of them ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
    /// When they were last looked after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub looked: Option<Timestamp>,
    /// Those of ours that are to be ended and may still be there, and when they end by themselves at the latest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub ending: BTreeMap<Uuid, Timestamp>,
    /// Why some of them cannot be had, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
}

impl Document for Subscriptions {
    const V: u32 = 1;
}

/// Subscriptions are no customer's state, so no lease guards them: one too many is put right an hour later.
struct Unleased;

#[async_trait]
impl Permit for Unleased {
    async fn permit(&self, _: Duration) -> Result<(), String> {
        Ok(())
    }
}

impl Engine {
    /// Says at which public address notifications reach this program, as far as it knows: `https://HOST/api/v1/…`.
    /// Without one it makes no subscriptions.
    #[must_use]
    pub fn reached_at(mut self, url: Option<String>) -> Self {
        self.public_url = url;
        self
    }

    /// `renew_subscriptions`: sees to it that we are told of changes at the partner, and that people are told where the
    /// minute timer stands still. Returns what a person may want to
    /// know. What Microsoft refuses is such a line and no error; an error is a failure of the store.
    pub async fn renew_subscriptions(&self) -> Result<Vec<String>, Error> {
        if let Err(error) = self.watch_minute_timer().await {
            tracing::warn!(%error, "whether the minute timer runs is not known");
        }
        if let Err(error) = self.look_who_waits().await {
            tracing::warn!(%error, "whether customers wait for a run is not known");
        }
        self.look_after_subscriptions(RENEW_BELOW).await
    }

    /// Somebody says that the service wants to hear from us: believed, but not more often than every few minutes.
    pub(super) async fn reauthorize(&self, known: &Subscriptions) -> Result<(), Error> {
        let now = self.clock.now();
        if known.looked.is_some_and(|looked| now.duration_since(looked) < REAUTHORIZED_EVERY) {
            return Ok(());
        }
        // With a new expiry it is reauthorized too (page "Reduce missing subscriptions and change notifications").
        self.look_after_subscriptions(LIFE).await.map(|_| ())
    }

    async fn look_after_subscriptions(&self, renew_below: SignedDuration) -> Result<Vec<String>, Error> {
        let Some(url) = &self.public_url else {
            // Told once for each process; there is nothing to mend.
            if self.hints.lock().expect("no holder panics").first_time() {
                let text = "this host has no public address, so nobody can tell us of changes; the timer finds them";
                tracing::info!("{text}");
                return Ok(vec![text.into()]);
            }
            return Ok(Vec::new());
        };
        let tenant = self.config.partner.tenant_id;
        let path = subscriptions_path(tenant);
        let known = self.store.read::<Subscriptions>(&path).await?.map(|kept| kept.value).unwrap_or_default();
        let care = Care {
            engine: self,
            url,
            client_state: self.client_state(tenant.0).await?,
            known: &known,
            writer: self.graph.writer(tenant.0, Arc::new(BTreeSet::new()), Arc::new(Unleased)),
            now: self.clock.now(),
            renew_below,
        };
        let found = care.take().await;
        let mut notes = Vec::new();
        if let Some(problem) = &found.problem
            && known.problem.as_ref() != Some(problem)
        {
            tracing::warn!(problem, "change notifications are not complete; the timer finds the changes");
            notes.push(problem.clone());
        }
        // Of two processes at once the later one wins: both have read the same list.
        self.store.update::<Subscriptions>(&path, |_| Some(found.clone())).await?;
        self.hints.lock().expect("no holder panics").forget();
        Ok(notes)
    }
}

/// One look at the tenant's subscriptions.
struct Care<'a> {
    engine: &'a Engine,
    url: &'a str,
    client_state: String,
    known: &'a Subscriptions,
    writer: Writer,
    now: Timestamp,
    renew_below: SignedDuration,
}

impl Care<'_> {
    async fn take(&self) -> Subscriptions {
        let reader = self.engine.graph.reader(self.writer.tenant());
        let listed = reader.ask(vec![Ask::Subscriptions]).await.remove(0).and_then(Answer::subscriptions);
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                // What there is goes on as it is: not seen is not gone.
                return Subscriptions { problem: Some(told(&error)), looked: Some(self.now), ..self.known.clone() };
            }
        };
        let mut next = Subscriptions { looked: Some(self.now), ..Subscriptions::default() };
        let mut problems = Vec::new();
        for resource in RESOURCES {
            let mut fit: Vec<&Subscription> = listed.iter().filter(|one| self.fits(one, resource)).collect();
            // The one that the store names first, so that both of two processes keep the same.
            let id = self.known.ids.get(resource);
            fit.sort_by_key(|one| (Some(&one.id) != id, std::cmp::Reverse(one.expires), one.id));
            match self.keep(resource, fit.first().copied()).await {
                Ok((id, expires)) => {
                    next.ids.insert(resource.into(), id);
                    next.expires = next.expires.into_iter().chain([expires]).min();
                }
                Err(problem) => problems.push(problem),
            }
        }
        let kept: BTreeSet<Uuid> = next.ids.values().copied().collect();
        next.ending = self.end_all_but(&kept, &listed).await;
        next.problem = (!problems.is_empty()).then(|| problems.join("; "));
        next
    }

    /// Ends what is ours and not kept, and returns what may still be there: Microsoft refuses the same one anew as long as
    /// it is. A list that does not show one is no proof that it is gone.
    async fn end_all_but(&self, kept: &BTreeSet<Uuid>, listed: &[Subscription]) -> BTreeMap<Uuid, Timestamp> {
        let is_ours =
            |one: &&Subscription| one.url == self.url || one.client_state.as_ref() == Some(&self.client_state);
        let mut ending: BTreeMap<Uuid, Timestamp> = self.known.ending.clone();
        ending.extend(self.known.ids.values().map(|id| (*id, self.now + LIFE)));
        ending.extend(listed.iter().filter(is_ours).map(|one| (one.id, one.expires)));
        ending.retain(|id, expires| !kept.contains(id) && self.now < *expires);
        let ended = self.writer.send(ending.keys().map(|id| Write::Unsubscribe { id: *id }).collect()).await;
        let is_over = |ended: &Result<Done, cloud::Error>| match ended {
            Ok(_) => true,
            Err(error) => matches!(error.kind, Kind::Missing { .. }),
        };
        ending.into_iter().zip(ended).filter(|(_, ended)| !is_over(ended)).map(|(one, _)| one).collect()
    }

    /// Whether this is what we would ask for today.
    fn fits(&self, one: &Subscription, resource: &str) -> bool {
        let changes: BTreeSet<&str> = one.change_type.split(',').map(str::trim).collect();
        // Where the service does not show the secret, only the store can say that it is ours.
        let state = match &one.client_state {
            Some(state) => *state == self.client_state,
            None => self.known.ids.values().any(|id| *id == one.id),
        };
        one.resource.trim_matches('/').eq_ignore_ascii_case(resource.trim_matches('/'))
            && changes == BTreeSet::from(["deleted", "updated"])
            && one.url == self.url
            && state
            && one.expires > self.now
    }

    /// Renews what is there, or makes it; the error is a line for people.
    async fn keep(&self, resource: &str, there: Option<&Subscription>) -> Result<(Uuid, Timestamp), String> {
        let expires = self.now + LIFE;
        if let Some(one) = there {
            if one.expires.duration_since(self.now) >= self.renew_below {
                return Ok((one.id, one.expires));
            }
            match self.writer.send(vec![Write::RenewSubscription { id: one.id, expires }]).await.remove(0) {
                Ok(_) => return Ok((one.id, expires)),
                // Gone since it was listed.
                Err(error) if matches!(error.kind, Kind::Missing { .. }) || error.status == Some(410) => {}
                // It still holds for a while, and the next hour tries again.
                Err(error) if error.transient() => return Ok((one.id, one.expires)),
                Err(error) => return Err(told(&error)),
            }
        }
        let wish = Write::Subscribe {
            resource: resource.into(),
            url: self.url.into(),
            client_state: self.client_state.clone(),
            expires,
        };
        match self.writer.send(vec![wish]).await.remove(0) {
            Ok(Done::Created { id }) => Ok((id, expires)),
            Ok(other) => Err(format!("subscribing to {resource} ended with {other:?}")),
            Err(error) => match self.made_by_somebody_else(resource, &error).await {
                Some(one) => Ok((one.id, one.expires)),
                None => Err(told(&error)),
            },
        }
    }

    /// After an unclear end, or where there is one already: another process may have been quicker.
    async fn made_by_somebody_else(&self, resource: &str, error: &cloud::Error) -> Option<Subscription> {
        if error.status != Some(409) && !error.may_have_happened() {
            return None;
        }
        let reader = self.engine.graph.reader(self.writer.tenant());
        let listed = reader.ask(vec![Ask::Subscriptions]).await.remove(0).and_then(Answer::subscriptions).ok()?;
        listed.into_iter().find(|one| self.fits(one, resource))
    }
}

/// The error as people read it, the same words each time: the id of one request would make it look new every hour.
fn told(error: &cloud::Error) -> String {
    cloud::Error { request_id: None, ..error.clone() }.to_string()
}
