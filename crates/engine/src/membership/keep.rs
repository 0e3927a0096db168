//! What a run leaves for the next one: the body, then the head; a crash in between costs a look at the journal's tail.

use super::apply::Chain;
use super::dirty;
use super::documents::{Body, Denied, Head, Vetted, body_path, head_path};
use super::left::Left;
use super::plans::{DECISION_HOLDS, RED, is_red, shown};
use super::watch::Watch;
use crate::notices::causes;
use crate::{Engine, Error, Run, told};
use access::config::Customer;
use access::ids::GroupId;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::{Kept, markers};

/// Everything is read again from scratch this often, whatever the deltas say.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What is held, unchanged, is stored anew at most this often.
const RENEW_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How long storing one document may take before the lease must be renewed first.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a run ends with.
pub(super) struct Finished<'a> {
    pub(super) chain: Chain,
    /// Whether the ledger differs from the one in the stored body.
    pub(super) changed: bool,
    pub(super) run: &'a Run,
    pub(super) inputs: String,
    pub(super) left: Left,
    pub(super) watch: Watch,
    pub(super) wake: Option<Timestamp>,
    pub(super) vetted: BTreeMap<GroupId, Vetted>,
    pub(super) denied: Denied,
}

/// The documents as the run found them.
pub(super) struct Keep<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    pub(super) head: Option<Kept<Head>>,
    pub(super) body: Option<Kept<Body>>,
}

impl Keep<'_> {
    /// Stores both documents and brings the markers up to them.
    pub(super) async fn keep(self, finished: Finished<'_>) -> Result<(), Error> {
        let lease = finished.chain.lease.clone();
        lease.ensure(STORE_TIMEOUT).await.map_err(|lost| Error::Lost(lost.to_string()))?;
        let red = is_red(&finished.run.plan, &finished.run.failures);
        let head = self.next_head(&finished, lease.epoch(), red);
        let before = self.body.as_ref().and_then(|kept| kept.value.last.as_ref());
        told::held(&self.customer.name, before, &finished.run.plan);
        let told = self.tell(&finished, lease.taken_over()).await;
        self.keep_body(finished, lease.epoch(), told).await?;
        self.mark_red(red, lease.taken_over()).await?;
        let kept = self.keep_head(head).await;
        if matches!(kept, Err(Error::Lost(_))) {
            self.put_back_markers().await?;
        }
        kept
    }

    /// Registers the customer with what people are to hear of; the answer is kept in the body.
    async fn tell(&self, finished: &Finished<'_>, taken_over: bool) -> BTreeSet<String> {
        let run = finished.run;
        let found = causes::of_run(self.customer, &run.plan, &run.failures);
        let mut known = self.body.as_ref().map(|kept| kept.value.told.clone()).unwrap_or_default();
        if taken_over {
            // The last run may have been killed after it left a cause and before it stored that.
            for cause in found.iter().filter(|cause| known.contains(&cause.id())) {
                if let Err(error) = self.engine.join_cause(cause, Some(self.customer)).await {
                    tracing::warn!(customer = %self.customer.name, %error, "a notice could not be stored");
                }
            }
        }
        // The run came to its end, so what kept the runs before from it is over.
        let trouble = self.head.as_ref().and_then(|kept| kept.value.trouble.as_ref());
        known.extend(trouble.map(|trouble| trouble.cause(self.customer).id()));
        self.engine.register(self.customer, found, &known).await
    }

    async fn keep_body(&self, finished: Finished<'_>, epoch: u64, told: BTreeSet<String>) -> Result<(), Error> {
        let now = self.engine.clock.now();
        let held_until = (!finished.run.plan.held.is_empty()).then(|| now + DECISION_HOLDS);
        let last = shown(&finished.run.plan);
        let chain = finished.chain.journal.head().clone();
        let known = self.body.as_ref().map(|kept| &kept.value);
        let same = known.is_some_and(|known| {
            !finished.changed
                && known.chain == chain
                && known.vetted == finished.vetted
                && known.denied == finished.denied
                && known.last.as_ref() == Some(&last)
                && known.failures == finished.run.failures
                && known.told == told
                && known.trouble.is_none()
                && known.held_until.map(|until| until + RENEW_EVERY) >= held_until
        });
        if same {
            return Ok(());
        }
        let body = Body {
            epoch,
            chain,
            ledger: finished.chain.ledger,
            vetted: finished.vetted,
            denied: finished.denied,
            last: Some(last),
            failures: finished.run.failures.clone(),
            held_until,
            told,
            trouble: None,
        };
        let store = &self.engine.store;
        let path = body_path(self.customer.tenant_id);
        let stored = match &self.body {
            Some(kept) => store.replace(kept, body.clone()).await.map(|_| ()),
            None => store.create(&path, body.clone()).await.map(|_| ()),
        };
        match stored {
            // A message that failed before it came to the lease has left its note; this run knows better. What a later
            // holder has stored stays.
            Err(store::Error::Conflict) => {
                let over =
                    |present: Option<Body>| present.is_none_or(|present| present.epoch <= epoch).then(|| body.clone());
                let kept = store.update::<Body>(&path, over).await?;
                kept.map(|_| ()).ok_or_else(|| Error::Lost("a later run has stored the customer's state".into()))
            }
            stored => Ok(stored?),
        }
    }

    fn next_head(&self, finished: &Finished<'_>, epoch: u64, red: bool) -> Head {
        let now = self.engine.clock.now();
        let before = self.head.as_ref().map(|kept| &kept.value);
        let ids = |groups: &[super::documents::Chunk]| groups.iter().map(|chunk| chunk.ids.clone()).collect::<Vec<_>>();
        // Groups that are followed from now on besides do not put off the day's full read.
        let goes_on =
            before.filter(|head| ids(&finished.watch.groups).starts_with(&ids(&head.groups)) && head.full_at > now);
        let noted = before.map_or(0, |head| head.dirty);
        // What is held stays open to a decision as long as runs find it held.
        let renewal = (!finished.run.plan.held.is_empty()).then(|| now + DECISION_HOLDS / 2);
        Head {
            epoch,
            chain: finished.chain.journal.head().clone(),
            inputs: finished.inputs.clone(),
            left: finished.left.clone(),
            groups: finished.watch.groups.clone(),
            users: finished.watch.users.clone(),
            units: finished.watch.units.clone(),
            roles: finished.watch.roles.clone(),
            full_at: goes_on.map_or(now + FULL_EVERY, |head| head.full_at),
            wake: finished.wake.into_iter().chain(renewal).min(),
            grants_end: finished.chain.ledger.grants_end(),
            dirty: noted,
            done: noted,
            red,
            trouble: None,
        }
    }

    /// Stores the head, with the wake-ups that came while the run was under way.
    async fn keep_head(&self, head: Head) -> Result<(), Error> {
        let store = &self.engine.store;
        let tenant = self.customer.tenant_id.to_string();
        // The marker goes first: whoever marks in between counts up first and finds it gone, or is seen below.
        if self.head.as_ref().is_none_or(|kept| kept.value.dirty != kept.value.done) {
            markers::clear(store, dirty::MARKER, &tenant).await?;
        }
        let mut dirty = head.dirty;
        let path = head_path(self.customer.tenant_id);
        let kept = store.update::<Head>(&path, |present| {
            if present.as_ref().is_some_and(|present| present.epoch > head.epoch) {
                return None;
            }
            dirty = present.map_or(head.dirty, |present| present.dirty);
            Some(Head { dirty, ..head.clone() })
        });
        kept.await?.ok_or_else(|| Error::Lost("a later run has stored the customer's state".into()))?;
        if dirty > head.done {
            markers::set(store, dirty::MARKER, &tenant).await?;
        }
        Ok(())
    }

    /// Lists the customer as red, or not any more. It goes before the head, which only the latest holder of the lease can
    /// store: whoever comes too late finds that out there, and puts back what it took away.
    async fn mark_red(&self, red: bool, taken_over: bool) -> Result<(), Error> {
        let tenant = self.customer.tenant_id.to_string();
        // Without a head, an earlier failure may have listed the customer; a run that was killed may have done either.
        let was_red = self.head.as_ref().filter(|_| !taken_over).map(|kept| kept.value.red);
        match (red, was_red) {
            (true, Some(false) | None) => markers::set(&self.engine.store, RED, &tenant).await?,
            (false, Some(true) | None) => markers::clear(&self.engine.store, RED, &tenant).await?,
            _ => {}
        }
        Ok(())
    }

    /// This run was stopped for so long that a later one has stored its state: the markers are as that one wants them.
    async fn put_back_markers(&self) -> Result<(), Error> {
        let store = &self.engine.store;
        let Some(head) = store.read::<Head>(&head_path(self.customer.tenant_id)).await? else { return Ok(()) };
        let tenant = self.customer.tenant_id.to_string();
        if head.value.dirty > head.value.done {
            markers::set(store, dirty::MARKER, &tenant).await?;
        }
        if head.value.red {
            markers::set(store, RED, &tenant).await?;
        }
        Ok(())
    }
}
