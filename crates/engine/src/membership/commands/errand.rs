//! The way that commands with a survey go: read, decide, confirm, journal, apply.

use super::{Done, Go, Proposal, Told, people};
use crate::membership::apply::{Apply, Chain, writer};
use crate::membership::documents::{Body, body_path, lease_path};
use crate::membership::partner::Partner;
use crate::membership::run::PLAN_ROUNDS_MAX;
use crate::membership::survey::{Survey, Surveyed, other_access};
use crate::membership::windows::Moment;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::GuestId;
use access::ledger::{Entry, Ledger, Release, StepKey, settle};
use access::plan::{CustomerPlan, Given, Input, Left, Needs, Planned, Step, Windows, adopt_look_ups};
use cloud::graph::{Answer, Ask, MAILS_MAX};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::lease::{self, Lease, Take};

/// How long the steps that a command releases pass in later runs, where this one cannot finish them.
const RELEASE_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// The release of everything that this plan holds, by whoever gave the command.
pub(super) fn release(plan: &CustomerPlan, told: Option<&Told>, at: Timestamp) -> Release {
    Release {
        digest: plan.digest.clone(),
        allow: true,
        steps: plan.held_steps.iter().map(StepKey::of).collect(),
        by: told.map(|told| told.by.clone()).unwrap_or_default(),
        asserted: false,
        comment: told.map(|told| told.reason.clone()),
        at,
        until: Some(at + RELEASE_HOLDS),
    }
}

/// What a command decides from what was read. Pure.
#[derive(Default)]
pub(super) struct Decision {
    /// Steps with a write, as judged.
    pub(super) planned: Option<Planned>,
    /// Steps that are entries alone, for people to see.
    pub(super) adopted: Vec<Step>,
    /// The entries.
    pub(super) notes: Vec<Entry>,
    /// Those that no step shows, in words.
    pub(super) words: Vec<String>,
    /// A person's release that the steps rest on.
    pub(super) release: Option<Release>,
    /// What is left as it is.
    pub(super) left: Vec<Left>,
    /// What people should know.
    pub(super) tells: Vec<String>,
    /// Guests whose other access must be read before this is final.
    pub(super) ask: BTreeSet<GuestId>,
}

/// One command.
pub(super) struct Errand<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    /// As the journal names it.
    pub(super) command: String,
    /// What plans are made for: the customer's mode, or `offboard`.
    pub(super) mode: Mode,
    /// Whether guests who are no rows of ours are looked up too.
    pub(super) strangers: bool,
}

/// Decides from what was read, and who tells us to.
pub(super) type Decide<'a> = dyn Fn(&Input<'_>, &Ledger, Option<&Told>) -> Result<Decision, Error> + Sync + 'a;

impl Engine {
    /// Does the work under the customer's lease.
    pub(super) async fn under_lease<T, F>(
        &self,
        customer: &Customer,
        work: impl FnOnce(Arc<Lease>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let holder = format!("gatehouse command {}", self.random.id());
        match lease::take(&self.store, &lease_path(customer.tenant_id), &holder).await? {
            Take::Busy { until } => {
                Err(Error::Busy(format!("a run of {} is under way (until {until}); try again", customer.name)))
            }
            Take::Held(held) => {
                let held = Arc::new(held);
                let worked = self.holding(&held, work(held.clone())).await;
                // A lease that cannot be given back ends by itself.
                let released = held.release().await;
                let worked = worked?;
                released?;
                Ok(worked)
            }
        }
    }

    /// The customer's journal and ledger under the lease, fenced.
    pub(super) async fn chain(&self, customer: &Customer, lease: &Arc<Lease>) -> Result<Chain, Error> {
        let body = self.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        Ok(self.open_chain(customer, lease, body.as_ref().map(|kept| &kept.value)).await?.0)
    }
}

impl Errand<'_> {
    /// Shows it, or does it.
    pub(super) async fn go(&self, go: &Go, decide: &Decide<'_>) -> Result<Proposal, Error> {
        match go {
            Go::Look => self.look(decide).await,
            Go::Do(told) => {
                let engine = self.engine;
                let proposal = engine.under_lease(self.customer, |lease| self.carry_out(lease, told, decide)).await?;
                if proposal.done.is_some() {
                    // The next run takes up what was left, and shows what is left to do.
                    engine.mark_dirty(self.customer).await?;
                }
                Ok(proposal)
            }
        }
    }

    async fn look(&self, decide: &Decide<'_>) -> Result<Proposal, Error> {
        let engine = self.engine;
        let body = engine.store.read::<Body>(&body_path(self.customer.tenant_id)).await?;
        let (_, mut ledger, _) = engine.unfold(self.customer, body.as_ref().map(|kept| &kept.value)).await?;
        engine.check_partner(self.customer, &ledger)?;
        let (partner, mut surveyed) = self.survey(&ledger).await?;
        for entry in settle(&ledger, &surveyed.actual, &|person| engine.address_of(&partner, person)) {
            ledger.fold(&entry);
        }
        let decision = self.decide(&partner, &mut surveyed, &ledger, None, decide).await?;
        Ok(self.proposal(&decision))
    }

    async fn carry_out(&self, lease: Arc<Lease>, told: &Told, decide: &Decide<'_>) -> Result<Proposal, Error> {
        let engine = self.engine;
        let until = engine.clock.monotonic() + engine.run_limit;
        let mut chain = engine.chain(self.customer, &lease).await?;
        let (partner, mut surveyed) = self.survey(&chain.ledger).await?;
        if chain.ledger.partner.is_none() {
            chain.note(Entry::Partner { tenant_id: engine.config.partner.tenant_id });
        }
        let settled = settle(&chain.ledger, &surveyed.actual, &|person| engine.address_of(&partner, person));
        settled.into_iter().for_each(|entry| chain.note(entry));
        let decision = self.decide(&partner, &mut surveyed, &chain.ledger, Some(told), decide).await?;
        let mut proposal = self.proposal(&decision);
        if proposal.is_empty() {
            return Ok(proposal);
        }
        chain.note(told.entry(&self.command, engine.clock.now()));
        decision.release.into_iter().for_each(|release| chain.note(Entry::Decided(release)));
        let entries = decision.notes.len() as u32;
        decision.notes.into_iter().for_each(|note| chain.note(note));
        let mut done = Done { applied: entries, waiting: 0, failures: Vec::new(), number: None };
        if let Some(planned) = &decision.planned {
            let mut apply = Apply {
                engine,
                customer: self.customer,
                writer: writer(engine, self.customer, &lease),
                chain: &mut chain,
                survey: surveyed.actual.taken,
                released: &planned.released,
                assignments: &surveyed.roles.assignments,
                commanded: true,
                until,
                applied: 0,
                waiting: 0,
                failures: Vec::new(),
                wake: None,
            };
            apply.run(planned).await?;
            done.applied += apply.applied;
            (done.waiting, done.failures) = (apply.waiting, std::mem::take(&mut apply.failures));
        }
        chain.commit(engine.clock.now()).await?;
        done.number = chain.first;
        proposal.done = Some(done);
        Ok(proposal)
    }

    /// What is there, and then what should be.
    async fn survey(&self, ledger: &Ledger) -> Result<(Arc<Partner>, Surveyed), Error> {
        let (engine, customer) = (self.engine, self.customer);
        let body = engine.store.read::<Body>(&body_path(customer.tenant_id)).await?;
        let vetted = body.map(|kept| kept.value.vetted).unwrap_or_default();
        let partner = engine.fresh_partner().await?;
        let reader = engine.customer_reader(customer);
        let survey = Survey { engine, customer, reader: &reader, partner: &partner, ledger, vetted: &vetted };
        let mut surveyed = survey.take().await?;
        let partner = engine.refresh_partner().await?;
        let orders = engine.orders().await?.for_commands();
        let partner = Arc::new(partner.with_orders(Arc::new(orders)));
        if self.strangers {
            let moment = Moment { now: engine.clock.now(), windows: Windows::default() };
            let input = self.input(&partner, &surveyed, ledger, &moment);
            let addresses: Vec<String> = adopt_look_ups(&input).into_iter().collect();
            let chunks: Vec<&[String]> = addresses.chunks(MAILS_MAX).collect();
            let asks = chunks.iter().map(|mails| Ask::UsersByMail { mails: mails.to_vec() });
            let answers = reader.ask(asks.collect()).await;
            for (mails, answer) in chunks.into_iter().zip(answers) {
                match answer.and_then(Answer::people) {
                    Ok(users) => crate::membership::translate::found(mails, users, &mut surveyed.actual),
                    Err(error) => surveyed.actual.gaps.push(format!("guests could not be looked up: {error}")),
                }
            }
        }
        Ok((partner, surveyed))
    }

    fn input<'i>(
        &'i self,
        partner: &'i Partner,
        surveyed: &'i Surveyed,
        ledger: &'i Ledger,
        moment: &'i Moment,
    ) -> Input<'i> {
        Input::new(Given {
            customer: self.customer,
            mode: self.mode,
            settings: self.engine.settings(),
            snapshot: &partner.snapshot,
            addresses: partner.addresses(&self.engine.config),
            actual: &surveyed.actual,
            ledger,
            windows: &moment.windows,
            orders: &partner.orders,
            now: moment.now,
        })
    }

    /// Decides; finds out what that needs to know of all customers, and decides again. Compares what is to be done with
    /// what the person saw, before anybody is counted for it.
    async fn decide(
        &self,
        partner: &Partner,
        surveyed: &mut Surveyed,
        ledger: &Ledger,
        told: Option<&Told>,
        decide: &Decide<'_>,
    ) -> Result<Decision, Error> {
        let (engine, customer) = (self.engine, self.customer);
        let mut moment = Moment { now: engine.clock.now(), windows: Windows::default() };
        let check = |decision: &Decision| match told {
            Some(told) => told.check(&customer.name, self.proposal(decision).people),
            None => Ok(()),
        };
        let needs = |decision: &Decision| decision.planned.as_ref().map(|plan| plan.needs.clone()).unwrap_or_default();
        let first = self.decide_read(partner, surveyed, ledger, told, decide, &moment).await?;
        if needs(&first) == Needs::default() {
            check(&first)?;
            return Ok(first);
        }
        let mut asked = engine.ask(customer, partner, &needs(&first), told.is_some()).await?;
        moment.windows = std::mem::take(&mut asked.windows);
        let second = self.decide_read(partner, surveyed, ledger, told, decide, &moment).await;
        let checked = second.and_then(|second| {
            if !engine.is_met(&needs(&second), &moment.windows) {
                return Err(Error::Internal("the plan grew while it was counted; nothing was done".into()));
            }
            check(&second).map(|()| second)
        });
        // Whoever is not taken anything from after all counts for nobody.
        let passing = checked.as_ref().map(needs).unwrap_or_default();
        engine.settle_notes(customer, &asked, &passing).await?;
        checked
    }

    /// Decides; reads what the decision turns out to rest on, and decides again.
    async fn decide_read(
        &self,
        partner: &Partner,
        surveyed: &mut Surveyed,
        ledger: &Ledger,
        told: Option<&Told>,
        decide: &Decide<'_>,
        moment: &Moment,
    ) -> Result<Decision, Error> {
        let reader = self.engine.customer_reader(self.customer);
        let mut rounds = 0;
        loop {
            let decision = decide(&self.input(partner, surveyed, ledger, moment), ledger, told)?;
            rounds += 1;
            if decision.ask.is_empty() || rounds > PLAN_ROUNDS_MAX {
                return Ok(decision);
            }
            other_access(&reader, &decision.ask, &mut surveyed.actual).await;
        }
    }

    fn proposal(&self, decision: &Decision) -> Proposal {
        let mut proposal = Proposal::new(&self.customer.name, self.customer.tenant_id, self.command.clone());
        proposal.steps.clone_from(&decision.adopted);
        if let Some(planned) = &decision.planned {
            proposal.steps.extend(super::steps(&planned.drafts));
            proposal.held.clone_from(&planned.plan.held);
            proposal.held_steps.clone_from(&planned.plan.held_steps);
            proposal.digest.clone_from(&planned.plan.digest);
        }
        proposal.people = people(proposal.steps.iter()).len() as u32;
        proposal.entries.clone_from(&decision.words);
        proposal.left.clone_from(&decision.left);
        proposal.notes.clone_from(&decision.tells);
        proposal
    }
}
