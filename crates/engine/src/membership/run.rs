//! One customer, whole: survey, plan, judge, apply, journal.

use super::apply::{Apply, Chain, TRY_AGAIN_IN, writer};
use super::documents::{Body, Head, SnapshotDocument, body_path, head_path, lease_path};
use super::partner::Partner;
use super::snapshot::SNAPSHOT_AGE_MAX;
use super::survey::{Survey, Surveyed, other_access};
use super::watch::{self, Watch};
use crate::{Engine, Error, How, Outcome, Run};
use access::config::{Customer, Mode};
use access::ledger::{Entry, Ledger, settle};
use access::plan::{Input, Planned, plan};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::Kept;
use store::journal::Journal;
use store::lease::{self, Take};

/// Everything is read again from scratch this often, whatever the deltas say.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How often a run looks whether its lease needs renewing, and how much of it must be left then.
const RENEW_EVERY: Duration = Duration::from_secs(5);
const RENEW_AHEAD: Duration = Duration::from_secs(9);

/// How many customers are planned at a time.
const PLANNED_AT_ONCE: usize = 16;

/// How often a plan may ask for more facts before it is taken as it is.
const PLAN_ROUNDS_MAX: usize = 3;

impl Engine {
    /// `sync_customer`: one customer, whole. A failure of the run is an outcome; an error is a failure of the store or
    /// a name that is not in the configuration.
    pub async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error> {
        let customer = self.customer(customer)?;
        if customer.mode == Mode::Paused {
            return Ok(Outcome::Paused);
        }
        let ran = self.sync_customer(customer, how).await;
        match ran {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                let retry = error.is_transient();
                let text = format!("customer {}: {error}", customer.name);
                self.note_failure(customer, &text).await;
                Ok(Outcome::Failed { text, retry })
            }
        }
    }

    async fn sync_customer(&self, customer: &Customer, how: How) -> Result<Outcome, Error> {
        let partner = if how.fresh { self.fresh_partner().await? } else { self.partner().await? };
        let head = self.store.read::<Head>(&head_path(customer.tenant_id)).await?;
        if !how.fresh
            && let Some(kept) = &head
            && self.may_be_unchanged(&kept.value, &partner.inputs(self, customer))
        {
            let reader = self.customer_reader(customer);
            let watch = watch::watch(&reader, &kept.value).await?;
            if !watch.changed && !watch.expired && self.are_strangers(customer, kept, &watch).await? {
                return Ok(Outcome::Unchanged);
            }
        }
        let holder = format!("gatehouse {}", self.random.id());
        match lease::take(&self.store, &lease_path(customer.tenant_id), &holder).await? {
            Take::Busy { .. } => {
                self.mark_dirty(customer).await?;
                Ok(Outcome::Busy)
            }
            Take::Held(held) => {
                let held = Arc::new(held);
                let run = HeldRun { engine: self, customer, how, lease: held.clone() };
                let ran = self.holding(&held, run.run(partner)).await;
                // A lease that cannot be given back ends by itself.
                let released = held.release().await;
                let run = ran?;
                released?;
                Ok(Outcome::Ran(Box::new(run)))
            }
        }
    }

    /// Does the work, and renews the lease meanwhile: a slow tenant must not lose it to the next run, again and again.
    /// Where it is lost all the same, the work stops where it stands, as if the process had ended.
    async fn holding<T>(&self, held: &lease::Lease, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        loop {
            let pause = self.clock.sleep(RENEW_EVERY);
            match futures::future::select(work.as_mut(), pause).await {
                futures::future::Either::Left((done, _)) => return done,
                futures::future::Either::Right(_) => {
                    held.ensure(RENEW_AHEAD).await.map_err(|lost| Error::Lost(lost.to_string()))?;
                }
            }
        }
    }

    /// Whether nothing that we can know without asking the customer's tenant calls for a run.
    fn may_be_unchanged(&self, head: &Head, inputs: &str) -> bool {
        let now = self.clock.now();
        head.inputs == inputs && head.dirty == head.done && now < head.full_at && head.wake.is_none_or(|wake| now < wake)
    }

    /// Whether the users that changed are none of ours; then only the link goes on.
    async fn are_strangers(&self, customer: &Customer, head: &Kept<Head>, watch: &Watch) -> Result<bool, Error> {
        if watch.users_changed.is_empty() {
            return Ok(true);
        }
        let Some(body) = self.store.read::<Body>(&body_path(customer.tenant_id)).await? else { return Ok(false) };
        if body.value.ledger.guests.values().any(|row| watch.users_changed.contains(&row.guest)) {
            return Ok(false);
        }
        let on = Head { users: watch.users.clone(), ..head.value.clone() };
        match self.store.replace(head, on).await {
            Ok(_) | Err(store::Error::Conflict) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Surveys and plans the named customers (all, if none is named). It reads the partner afresh, takes no lease,
    /// stores nothing and never constructs a writer.
    pub async fn plan(&self, customers: &[String]) -> Result<access::plan::Plan, Error> {
        let partner = self.fresh_partner().await?;
        let partner = &partner;
        let parts = futures::stream::iter(self.chosen(customers)?)
            .map(|customer| async move { self.plan_one(customer, partner).await })
            .buffer_unordered(PLANNED_AT_ONCE);
        Ok(access::plan::Plan::new(parts.collect().await))
    }

    pub(super) async fn plan_one(&self, customer: &Customer, partner: &Arc<Partner>) -> access::plan::CustomerPlan {
        let planned = async {
            let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
            let (mut ledger, vetted, chain) = match body {
                Some(kept) => (kept.value.ledger, kept.value.vetted, Some(kept.value.chain)),
                None => (Ledger::default(), BTreeMap::new(), None),
            };
            let mut journal = self.journal(customer, chain)?;
            for block in journal.tail().await? {
                block.entries.iter().for_each(|entry| ledger.fold(entry));
            }
            self.check_partner(customer, &ledger)?;
            let reader = self.customer_reader(customer);
            let survey = Survey { engine: self, customer, reader: &reader, partner, ledger: &ledger, vetted: &vetted };
            let mut surveyed = survey.take().await?;
            for entry in settle(&ledger, &surveyed.actual, &|person| self.address_of(partner, person)) {
                ledger.fold(&entry);
            }
            Ok::<_, Error>(self.plan_surveyed(customer, customer.mode, partner, &ledger, &mut surveyed).await)
        };
        match planned.await {
            Ok(planned) => planned.plan,
            Err(error) => super::plans::failed_plan(customer, &error.to_string()),
        }
    }

    /// Plans; reads what the plan turns out to rest on, and plans again.
    async fn plan_surveyed(
        &self,
        customer: &Customer,
        mode: Mode,
        partner: &Partner,
        ledger: &Ledger,
        surveyed: &mut Surveyed,
    ) -> Planned {
        let reader = self.customer_reader(customer);
        let mut rounds = 0;
        loop {
            let input = Input::new(
                customer,
                mode,
                self.settings(),
                &partner.snapshot,
                &surveyed.actual,
                ledger,
                self.clock.now(),
            );
            let planned = plan(&input);
            rounds += 1;
            if planned.ask.is_empty() || rounds > PLAN_ROUNDS_MAX {
                return planned;
            }
            other_access(&reader, &planned.ask, &mut surveyed.actual).await;
        }
    }

    pub(super) fn address_of(&self, partner: &Partner, person: access::ids::PersonId) -> Option<String> {
        partner.snapshot.people.get(&person).and_then(|person| person.address(self.config.address))
    }

    /// Another partner tenant than the one for which this customer's ledger was kept stops everything.
    fn check_partner(&self, customer: &Customer, ledger: &Ledger) -> Result<(), Error> {
        match ledger.partner {
            Some(known) if known != self.config.partner.tenant_id => Err(Error::PartnerChanged(format!(
                "what is ours in {} was kept for partner tenant {known}, and the configuration now names {}; correct `partner.tenant_id`, or start with an empty store",
                customer.name, self.config.partner.tenant_id
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn journal(
        &self,
        customer: &Customer,
        head: Option<store::journal::Head>,
    ) -> Result<Journal<Entry>, Error> {
        let chain = customer.tenant_id.to_string();
        Ok(match head {
            Some(head) => Journal::open(&self.store, &chain, head)?,
            None => Journal::from_start(&self.store, &chain)?,
        })
    }
}

/// A run that holds the customer's lease.
struct HeldRun<'a> {
    engine: &'a Engine,
    customer: &'a Customer,
    how: How,
    lease: Arc<lease::Lease>,
}

impl HeldRun<'_> {
    async fn run(&self, partner: Arc<Partner>) -> Result<Run, Error> {
        let engine = self.engine;
        let until = engine.clock.monotonic() + engine.run_limit;
        let tenant = self.customer.tenant_id;
        let head = engine.store.read::<Head>(&head_path(tenant)).await?;
        let body = engine.store.read::<Body>(&body_path(tenant)).await?;
        let (mut chain, body_was) = self.open_chain(&body).await?;
        let ledger_was = chain.ledger.clone();
        let vetted = body.as_ref().map(|kept| kept.value.vetted.clone()).unwrap_or_default();

        let reader = engine.customer_reader(self.customer);
        let mut watch = self.follow(head.as_ref().map(|kept| &kept.value), &chain.ledger).await?;
        let survey = Survey {
            engine,
            customer: self.customer,
            reader: &reader,
            partner: &partner,
            ledger: &chain.ledger,
            vetted: &vetted,
        };
        let mut surveyed = survey.take().await?;
        watch.units = std::mem::take(&mut surveyed.units);
        if chain.ledger.partner.is_none() {
            chain.note(Entry::Partner { tenant_id: engine.config.partner.tenant_id });
        }
        let settled = settle(&chain.ledger, &surveyed.actual, &|person| engine.address_of(&partner, person));
        let newly_vanished = settled.iter().any(|entry| matches!(entry, Entry::Vanished { .. }));
        settled.into_iter().for_each(|entry| chain.note(entry));

        // What should be is read after what is: an addition must never rest on an older wish than a removal does.
        let partner = self.latest(partner).await?;
        let mode = if self.how.enforce && self.customer.mode == Mode::Observe { Mode::Enforce } else { self.customer.mode };
        let planned = engine.plan_surveyed(self.customer, mode, &partner, &chain.ledger, &mut surveyed).await;
        planned.notes.iter().filter(|note| !matches!(note, Entry::AdoptionDone { .. })).for_each(|note| chain.note(note.clone()));

        let mut run = Run { plan: planned.plan.clone(), applied: 0, waiting: 0, failures: Vec::new() };
        let mut wake = planned.wake;
        if mode == Mode::Enforce {
            let mut apply = Apply {
                engine,
                customer: self.customer,
                writer: writer(engine, self.customer, &self.lease),
                chain: &mut chain,
                survey: surveyed.actual.taken,
                released: &planned.released,
                until,
                applied: 0,
                waiting: 0,
                failures: Vec::new(),
                wake,
            };
            apply.run(&planned).await?;
            (run.applied, run.waiting, wake) = (apply.applied, apply.waiting, apply.wake);
            run.failures = std::mem::take(&mut apply.failures);
            if surveyed.actual.gaps.is_empty() {
                let done = planned.notes.iter().filter(|note| matches!(note, Entry::AdoptionDone { .. }));
                done.for_each(|note| chain.note(note.clone()));
            }
        }
        chain.commit(engine.clock.now()).await?;
        // A replica that lags looks like a customer who took something away: look again soon.
        if newly_vanished || !run.failures.is_empty() || !surveyed.actual.gaps.is_empty() {
            let soon = engine.clock.now() + TRY_AGAIN_IN;
            wake = Some(wake.map_or(soon, |at| at.min(soon)));
        }
        let followed: BTreeSet<_> = watch.groups.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        let wanted = watch::watched(self.customer, &chain.ledger, &surveyed.nested_deny);
        let more: BTreeSet<_> = wanted.difference(&followed).copied().collect();
        if !more.is_empty() {
            // Made or found only now: followed from here on, and read once more, since nobody told what happened before.
            watch.groups.extend(watch::start_groups(&reader, &more).await?);
            let soon = engine.clock.now() + TRY_AGAIN_IN;
            wake = Some(wake.map_or(soon, |at| at.min(soon)));
        }
        let inputs = partner.inputs(engine, self.customer);
        let finished = Finished { inputs, watch, wake, vetted: surveyed.vetted };
        self.keep(head, body, body_was, &ledger_was, chain, &run, finished).await?;
        Ok(run)
    }

    /// The journal and the ledger, up to the last block; fenced where the last holder never gave the lease back.
    async fn open_chain(&self, body: &Option<Kept<Body>>) -> Result<(Chain, bool), Error> {
        let kept = body.as_ref().map(|kept| &kept.value);
        let mut journal = self.engine.journal(self.customer, kept.map(|body| body.chain.clone()))?;
        let mut ledger = kept.map(|body| body.ledger.clone()).unwrap_or_default();
        let tail = journal.tail().await?;
        let behind = !tail.is_empty();
        for block in tail {
            block.entries.iter().for_each(|entry| ledger.fold(entry));
        }
        self.engine.check_partner(self.customer, &ledger)?;
        let mut chain = Chain { lease: self.lease.clone(), journal, ledger, pending: Vec::new() };
        if self.lease.taken_over() {
            chain.note(Entry::TakenOver { epoch: self.lease.epoch() });
            chain.commit(self.engine.clock.now()).await?;
        }
        Ok((chain, behind))
    }

    /// Where the deltas go on after this run: noted before the tenant is read, so that no change falls in between.
    async fn follow(&self, head: Option<&Head>, ledger: &Ledger) -> Result<Watch, Error> {
        let reader = self.engine.customer_reader(self.customer);
        let nested = BTreeSet::new();
        let wanted = watch::watched(self.customer, ledger, &nested);
        if let Some(head) = head {
            let followed: BTreeSet<_> = head.groups.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
            if wanted.is_subset(&followed) && self.engine.clock.now() < head.full_at && !head.users.is_empty() {
                let watch = watch::watch(&reader, head).await?;
                if !watch.expired {
                    return Ok(watch);
                }
            }
        }
        watch::start(&reader, &wanted).await
    }

    /// The youngest snapshot that there is.
    async fn latest(&self, partner: Arc<Partner>) -> Result<Arc<Partner>, Error> {
        let stored = self.engine.store.read::<SnapshotDocument>(super::documents::SNAPSHOT).await?;
        let partner = match stored {
            Some(kept) if kept.value.snapshot.taken > partner.snapshot.taken => {
                self.engine.remember_partner(kept.value.snapshot)
            }
            _ => partner,
        };
        if partner.snapshot.taken + SNAPSHOT_AGE_MAX < self.engine.clock.now() {
            return self.engine.refresh_partner().await;
        }
        Ok(partner)
    }

    /// Stores the body, then the head: a crash in between costs the next run a look at the journal's tail.
    #[expect(clippy::too_many_arguments, reason = "one call, and each is a thing of its own")]
    async fn keep(
        &self,
        head: Option<Kept<Head>>,
        body: Option<Kept<Body>>,
        behind: bool,
        ledger_was: &Ledger,
        chain: Chain,
        run: &Run,
        finished: Finished,
    ) -> Result<(), Error> {
        let engine = self.engine;
        let tenant = self.customer.tenant_id;
        let now = engine.clock.now();
        self.lease.ensure(Duration::from_secs(5)).await.map_err(|lost| Error::Lost(lost.to_string()))?;
        let chain_head = chain.journal.head().clone();
        let last = super::plans::shown(&run.plan);
        let same_body = body.as_ref().is_some_and(|kept| {
            let known = &kept.value;
            !behind
                && chain.ledger == *ledger_was
                && known.chain == chain_head
                && known.vetted == finished.vetted
                && known.last.as_ref() == Some(&last)
                && known.failures == run.failures
        });
        let red = super::plans::is_red(&run.plan, &run.failures);
        if !same_body {
            let held_since = body
                .as_ref()
                .filter(|kept| kept.value.last.as_ref().is_some_and(|known| known.digest == last.digest))
                .and_then(|kept| kept.value.held_since)
                .or((!last.held.is_empty()).then_some(now));
            let value = Body {
                epoch: self.lease.epoch(),
                chain: chain_head.clone(),
                ledger: chain.ledger,
                vetted: finished.vetted,
                last: Some(last),
                held_since,
                failures: run.failures.clone(),
            };
            match &body {
                Some(kept) => engine.store.replace(kept, value).await?,
                None => engine.store.create(&body_path(tenant), value).await?,
            };
        }
        let noted = head.as_ref().map_or(0, |kept| kept.value.dirty);
        self.keep_head(head, chain_head, noted, red, finished.inputs, finished.watch, finished.wake, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "one call, and each is a field of the head")]
    async fn keep_head(
        &self,
        head: Option<Kept<Head>>,
        chain: store::journal::Head,
        noted: u64,
        red: bool,
        inputs: String,
        watch: Watch,
        wake: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let engine = self.engine;
        let tenant = self.customer.tenant_id.to_string();
        // Without a head, an earlier failure may have listed the customer.
        let was_red = head.as_ref().is_none_or(|kept| kept.value.red);
        let was_marked = head.as_ref().is_none_or(|kept| kept.value.dirty != kept.value.done);
        let full_at = head
            .as_ref()
            .filter(|kept| kept.value.groups.iter().map(|chunk| &chunk.ids).eq(watch.groups.iter().map(|chunk| &chunk.ids)))
            .map(|kept| kept.value.full_at)
            .filter(|at| *at > now)
            .unwrap_or(now + FULL_EVERY);
        // The marker goes first: whoever marks in between counts up first and finds it gone, or is seen below.
        if was_marked {
            store::markers::clear(&engine.store, super::dirty::MARKER, &tenant).await?;
        }
        let epoch = self.lease.epoch();
        let mut dirty = noted;
        let path = head_path(self.customer.tenant_id);
        engine
            .store
            .update::<Head>(&path, |present| {
                if present.as_ref().is_some_and(|head| head.epoch > epoch) {
                    return None;
                }
                dirty = present.map_or(noted, |head| head.dirty);
                Some(Head {
                    epoch,
                    chain: chain.clone(),
                    inputs: inputs.clone(),
                    groups: watch.groups.clone(),
                    users: watch.users.clone(),
                    units: watch.units.clone(),
                    full_at,
                    wake,
                    dirty,
                    done: noted,
                    red,
                })
            })
            .await?
            .ok_or_else(|| Error::Lost("a later run has stored the customer's state".into()))?;
        if dirty > noted {
            store::markers::set(&engine.store, super::dirty::MARKER, &tenant).await?;
        }
        if red && (!was_red || head.is_none()) {
            store::markers::set(&engine.store, super::plans::RED, &tenant).await?;
        } else if was_red && !red {
            store::markers::clear(&engine.store, super::plans::RED, &tenant).await?;
        }
        Ok(())
    }
}

/// What a run leaves for the next one.
struct Finished {
    inputs: String,
    watch: Watch,
    wake: Option<Timestamp>,
    vetted: BTreeMap<access::ids::GroupId, super::documents::Vetted>,
}
