//! A run that holds the customer's lease: the order of things, from the survey to what is kept for the next run.

use super::apply::{Apply, Chain, TRY_AGAIN_IN, writer};
use super::denied;
use super::documents::{Body, Head, body_path, head_path};
use super::keep::{Finished, Keep};
use super::left::Left;
use super::partner::Partner;
use super::snapshot::SNAPSHOT_AGE_MAX;
use super::survey::Survey;
use super::trouble::is_shut_out;
use super::watch::{self, Watch};
use crate::{Engine, Error, How, Run};
use access::config::{Customer, Mode};
use access::ids::PersonId;
use access::ledger::{Entry, Grant, Ledger, settle};
use access::plan::{Actual, Cause, DenyState, Draft, OtherAccess, STEP_REFUSED, TargetState};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::lease::Lease;
use tracing::{Instrument, debug_span};

/// How much of its plan a run carries out; what it leaves, the next one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All.
    Whole,
    /// What takes away.
    Removals,
    /// What takes away from one person who is barred. That rests on the order alone, so the partner's side may be old.
    Barred(PersonId),
    /// What ended grants gave. That rests on the customer's ledger alone, so the partner's side may be old.
    Ended,
}

impl Scope {
    fn covers(self, draft: &Draft) -> bool {
        let takes = draft.step.action.takes();
        match self {
            Self::Whole => true,
            Self::Removals => takes,
            Self::Barred(person) => {
                takes && draft.step.person == Some(person) && draft.step.cause == Some(Cause::Barred)
            }
            Self::Ended => takes && draft.step.cause == Some(Cause::GrantEnded),
        }
    }

    /// Whether what is done rests on the partner's side, which must be young then.
    fn rests_on_partner(self) -> bool {
        !matches!(self, Self::Barred(_) | Self::Ended)
    }

    /// Whether this note may be taken from a plan on a partner's side that may be old: only what says nothing of it.
    fn believes(self, note: &Entry) -> bool {
        match note {
            // What an old partner's side does not ask for, the present one may.
            Entry::RefusalEnded { .. } => self.rests_on_partner(),
            Entry::Reasons { .. } | Entry::GrantSettled { kept_by: Some(_), .. } => self != Self::Ended,
            _ => true,
        }
    }
}

/// A run that holds the customer's lease.
pub(super) struct LeasedRun<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    pub(super) how: How,
    pub(super) lease: Arc<Lease>,
    pub(super) scope: Scope,
}

impl LeasedRun<'_> {
    /// Survey, settle, plan, apply, keep.
    pub(super) async fn run(&self, partner: Arc<Partner>) -> Result<Run, Error> {
        let engine = self.engine;
        let until = engine.run_until();
        let tenant = self.customer.tenant_id;
        let head = engine.store.read::<Head>(&head_path(tenant)).await?;
        let body = engine.store.read::<Body>(&body_path(tenant)).await?;
        check_epoch(&self.lease, head.as_ref().map(|kept| kept.value.epoch))?;
        let kept = body.as_ref().map(|kept| &kept.value);
        let (mut chain, behind) = engine.open_chain(self.customer, &self.lease, kept).await?;
        let vetted = body.as_ref().map(|kept| kept.value.vetted.clone()).unwrap_or_default();

        let reader = engine.customer_reader(self.customer);
        let following = self.follow(head.as_ref().map(|kept| &kept.value), &chain.ledger);
        let mut watch = following.instrument(debug_span!("follow")).await?;
        let survey = Survey {
            engine,
            customer: self.customer,
            reader: &reader,
            partner: &partner,
            ledger: &chain.ledger,
            vetted: &vetted,
        };
        let mut surveyed = survey.take().instrument(debug_span!("survey")).await?;
        let known = kept.map(|kept| kept.denied.clone()).unwrap_or_default();
        let taken = surveyed.actual.taken;
        let denied = denied::uphold(self.customer, &mut surveyed, &watch.changes, known, taken);
        watch.units = std::mem::take(&mut surveyed.units);
        watch.roles = std::mem::take(&mut surveyed.roles.digests);
        if chain.ledger.partner.is_none() {
            chain.note(Entry::Partner { tenant_id: engine.config.partner.tenant_id });
        }
        let settled = settle(&chain.ledger, &surveyed.actual, &|person| engine.address_of(&partner, person));
        let newly_vanished = settled.iter().any(|entry| matches!(entry, Entry::Vanished { .. }));
        settled.into_iter().for_each(|entry| chain.note(entry));

        // What should be is read after what is: an addition must never rest on an older wish than a removal does.
        let partner = self.latest(partner).await?;
        let mode =
            if self.how.enforce && self.customer.mode == Mode::Observe { Mode::Enforce } else { self.customer.mode };
        // What a bar or an end takes away uses no budget over time, so nothing is reserved for it.
        let may_write = matches!(mode, Mode::Enforce | Mode::Offboard) && self.scope.rests_on_partner();
        // A person who asks for a run, or that somebody goes, wants to be told now what Microsoft says.
        let is_ordered = self.how.fresh || matches!(self.scope, Scope::Barred(_));
        let at_once = (is_ordered && !chain.ledger.tried.is_empty()).then(|| chain.ledger.without_pauses());
        let ledger = at_once.as_ref().unwrap_or(&chain.ledger);
        let planning = engine.plan_in_windows(self.customer, mode, &partner, ledger, &mut surveyed, may_write);
        let mut planned = planning.instrument(debug_span!("plan")).await?;
        let grants = chain.ledger.grants.clone();
        planned
            .notes
            .iter()
            .filter(|note| !matches!(note, Entry::AdoptionDone { .. }) && self.scope.believes(note))
            .for_each(|note| chain.note(note.clone()));
        let over: Vec<Grant> =
            grants.into_values().filter(|grant| !chain.ledger.grants.contains_key(&grant.request)).collect();

        let all = planned.drafts.len();
        planned.drafts.retain(|draft| self.scope.covers(draft));
        let left = all - planned.drafts.len();
        let mut run = Run { plan: planned.plan.clone(), applied: 0, waiting: 0, failures: Vec::new(), number: None };
        let mut wake = planned.wake;
        if matches!(mode, Mode::Enforce | Mode::Offboard) {
            let mut apply = Apply {
                engine,
                customer: self.customer,
                writer: writer(engine, self.customer, &self.lease),
                chain: &mut chain,
                survey: surveyed.actual.taken,
                released: &planned.released,
                assignments: &surveyed.roles.assignments,
                commanded: false,
                until,
                applied: 0,
                waiting: 0,
                failures: Vec::new(),
                wake: None,
            };
            apply.run(&planned).instrument(debug_span!("apply")).await?;
            (run.applied, run.waiting) = (apply.applied, apply.waiting);
            wake = wake.into_iter().chain(apply.wake).min();
            run.failures = std::mem::take(&mut apply.failures);
            // What waits after a refusal has failed until it is done.
            let waits = planned.plan.problems.iter().filter(|problem| problem.code == STEP_REFUSED);
            run.failures.extend(waits.map(|problem| problem.text.clone()));
            if surveyed.actual.gaps.is_empty() && self.scope == Scope::Whole {
                let done = planned.notes.iter().filter(|note| matches!(note, Entry::AdoptionDone { .. }));
                done.for_each(|note| chain.note(note.clone()));
            }
        }
        let adopts = planned.notes.iter().any(|note| matches!(note, Entry::AdoptionDone { .. }));
        if self.scope != Scope::Whole && (left > 0 || adopts || self.scope == Scope::Ended) {
            // The rest is the next run's.
            wake = wake.into_iter().chain([engine.clock.now()]).min();
        }
        chain.commit(engine.clock.now()).await?;
        run.number = chain.first;
        let followed: BTreeSet<_> = watch.groups.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
        let wanted = watch::watched(self.customer, &chain.ledger, &surveyed.nested_deny);
        let more: BTreeSet<_> = wanted.difference(&followed).copied().collect();
        if !more.is_empty() {
            // Made or found only now: followed from here on.
            watch.groups.extend(watch::start_groups(&reader, watch::CUSTOMERS_GROUPS, &more).await?);
        }
        // A replica that lags looks like a customer who took something away; and of groups that are followed only now
        // nobody told what happened before. Look again soon.
        if newly_vanished || has_unread(&surveyed.actual) || !more.is_empty() {
            wake = wake.into_iter().chain([engine.clock.now() + TRY_AGAIN_IN]).min();
        }
        let doubts = [chain.ledger.doubt_ends(engine.clock.now()), denied::doubt_ends(&denied)];
        wake = wake.into_iter().chain(doubts.into_iter().flatten()).min();
        let inputs = partner.inputs(engine, self.customer);
        let left = Left::of(&partner, &chain.ledger);
        let vetted = surveyed.vetted;
        let ledger_was = body.as_ref().map(|kept| &kept.value.ledger);
        let changed = behind || ledger_was.is_none_or(|was| chain.ledger != *was);
        let finished = Finished { chain, changed, run: &run, inputs, left, watch, wake, vetted, denied };
        let keep = Keep { engine, customer: self.customer, head, body };
        keep.keep(finished).instrument(debug_span!("keep")).await?;
        for grant in &over {
            if let Err(error) = engine.unfollow_granted(tenant, grant).await {
                tracing::warn!(customer = %self.customer.name, %error, "somebody whose grant is over is followed on");
            }
        }
        Ok(run)
    }

    /// Where the deltas go on after this run: noted before the tenant is read, so that no change falls in between.
    async fn follow(&self, head: Option<&Head>, ledger: &Ledger) -> Result<Watch, Error> {
        let reader = self.engine.customer_reader(self.customer);
        let nested = BTreeSet::new();
        let wanted = watch::watched(self.customer, ledger, &nested);
        if let Some(head) = head {
            let followed: BTreeSet<_> = head.groups.iter().flat_map(|chunk| chunk.ids.iter().copied()).collect();
            if wanted.is_subset(&followed) && self.engine.clock.now() < head.full_at && !head.users.is_empty() {
                match watch::watch(&reader, head).await {
                    Ok(watch) if !watch.expired => return Ok(watch),
                    // A link that is refused leads nowhere: start anew instead of asking it until the day is over.
                    Err(Error::Cloud { source, .. }) if !source.transient() && !is_shut_out(&source) => {}
                    Err(error) => return Err(error),
                    Ok(_) => {}
                }
            }
        }
        watch::start(&reader, &wanted).await
    }

    /// The youngest snapshot that there is, under the orders of now.
    async fn latest(&self, partner: Arc<Partner>) -> Result<Arc<Partner>, Error> {
        let orders = self.engine.orders().await?;
        let partner = self.engine.youngest(partner, &orders).await?;
        let is_old = partner.snapshot.taken + SNAPSHOT_AGE_MAX < self.engine.clock.now();
        if is_old && self.scope.rests_on_partner() {
            return self.engine.refresh_partner().await;
        }
        Ok(self.engine.under(partner, orders))
    }
}

impl Engine {
    /// The journal and the ledger, up to the last block, for whoever holds the lease; fenced where the last holder never
    /// gave it back.
    pub(super) async fn open_chain(
        &self,
        customer: &Customer,
        lease: &Arc<Lease>,
        body: Option<&Body>,
    ) -> Result<(Chain, bool), Error> {
        check_epoch(lease, body.map(|body| body.epoch))?;
        let (journal, ledger, behind) = self.unfold(customer, body).await?;
        self.check_partner(customer, &ledger)?;
        let mut chain = Chain { lease: lease.clone(), journal, ledger, pending: Vec::new(), first: None };
        if lease.taken_over() {
            chain.note(Entry::TakenOver { epoch: lease.epoch() });
            chain.commit(self.clock.now()).await?;
        }
        Ok((chain, behind))
    }
}

/// What a later holder of the lease has stored is no ground to build on for an earlier one, however sure of its lease its
/// own clock makes it.
fn check_epoch(lease: &Lease, stored: Option<u64>) -> Result<(), Error> {
    match stored {
        Some(stored) if stored > lease.epoch() => {
            Err(Error::Lost("a later run has stored the customer's state".into()))
        }
        _ => Ok(()),
    }
}

/// Whether something could not be read. No delta tells when it can be, so the next run has to try.
fn has_unread(actual: &Actual) -> bool {
    !actual.gaps.is_empty()
        || matches!(actual.deny, DenyState::Unread { .. })
        || actual.targets.values().any(|target| matches!(target, TargetState::Unread { .. }))
        || actual.access.values().any(|access| matches!(access, OtherAccess::Unread { .. }))
}
