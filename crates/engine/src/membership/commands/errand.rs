//! The way that commands with a survey go: read, decide, confirm, journal, apply.

use super::{Done, Go, Proposal, Told, people};
use crate::membership::apply::{Apply, Chain, writer};
use crate::membership::documents::{Body, Vetted, body_path, lease_path};
use crate::membership::partner::Partner;
use crate::membership::rounds::{Decided, Deciding, Moment};
use crate::membership::survey::{Survey, Surveyed};
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::{GroupId, GuestId};
use access::ledger::{Entry, Ledger, Release, settle};
use access::plan::{CustomerPlan, Input, Left, Needs, Planned, Step, Windows, adopt_look_ups};
use cloud::graph::{Answer, Ask, MAILS_MAX};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::lease::{self, Lease, Take};

/// How long the steps that a command releases pass in later runs, where this one cannot finish them.
const RELEASE_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// The release of everything that a person may let through of what this plan holds, by whoever gave the command.
pub(super) fn release(plan: &CustomerPlan, told: Option<&Told>, at: Timestamp) -> Release {
    Release {
        digest: plan.digest.clone(),
        allow: true,
        steps: plan.keys_of_digest(),
        by: told.map(|told| told.by.clone()).unwrap_or_default(),
        // The command line alone gives commands, and nobody proves there who they are.
        asserted: true,
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

impl Decided for Decision {
    fn needs(&self) -> Needs {
        self.planned.as_ref().map(|plan| plan.needs.clone()).unwrap_or_default()
    }

    fn ask(&self) -> &BTreeSet<GuestId> {
        &self.ask
    }
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
    pub(crate) async fn under_lease<T, F>(
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
    pub(crate) async fn chain(&self, customer: &Customer, lease: &Arc<Lease>) -> Result<Chain, Error> {
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
        let body = self.body().await?;
        let (_, mut ledger, _) = engine.unfold(self.customer, body.as_ref()).await?;
        engine.check_partner(self.customer, &ledger)?;
        let (partner, mut surveyed) = self.survey(&ledger, &vetted(body.as_ref())).await?;
        for entry in settle(&ledger, &surveyed.actual, &|person| engine.address_of(&partner, person)) {
            ledger.fold(&entry);
        }
        let decision = self.decide(&partner, &mut surveyed, &ledger, None, decide).await?;
        Ok(self.proposal(&decision))
    }

    async fn carry_out(&self, lease: Arc<Lease>, told: &Told, decide: &Decide<'_>) -> Result<Proposal, Error> {
        let engine = self.engine;
        let until = engine.run_until();
        let body = self.body().await?;
        let (mut chain, _) = engine.open_chain(self.customer, &lease, body.as_ref()).await?;
        let (partner, mut surveyed) = self.survey(&chain.ledger, &vetted(body.as_ref())).await?;
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

    async fn body(&self) -> Result<Option<Body>, Error> {
        Ok(self.engine.store.read::<Body>(&body_path(self.customer.tenant_id)).await?.map(|kept| kept.value))
    }

    /// What is there, and then what should be.
    async fn survey(
        &self,
        ledger: &Ledger,
        vetted: &BTreeMap<GroupId, Vetted>,
    ) -> Result<(Arc<Partner>, Surveyed), Error> {
        let (engine, customer) = (self.engine, self.customer);
        let partner = engine.fresh_partner().await?;
        let reader = engine.customer_reader(customer);
        let survey = Survey { engine, customer, reader: &reader, partner: &partner, ledger, vetted };
        let mut surveyed = survey.take().await?;
        let partner = engine.refresh_partner().await?;
        let orders = engine.orders().await?.for_commands();
        let partner = Arc::new(partner.with_orders(Arc::new(orders)));
        if self.strangers {
            let moment = Moment { now: engine.clock.now(), windows: Windows::default() };
            let deciding = self.deciding(&partner, ledger, false);
            let input = deciding.input(&surveyed.actual, &moment);
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

    /// Decides, and compares what is to be done with what the person saw.
    async fn decide(
        &self,
        partner: &Partner,
        surveyed: &mut Surveyed,
        ledger: &Ledger,
        told: Option<&Told>,
        decide: &Decide<'_>,
    ) -> Result<Decision, Error> {
        let check = |decision: &Decision| match told {
            Some(told) => told.check(&self.customer.name, self.proposal(decision).people),
            None => Ok(()),
        };
        let deciding = self.deciding(partner, ledger, told.is_some());
        deciding.decide(surveyed, &|input| decide(input, ledger, told), &check).await
    }

    fn deciding<'i>(&'i self, partner: &'i Partner, ledger: &'i Ledger, may_write: bool) -> Deciding<'i> {
        Deciding { engine: self.engine, customer: self.customer, mode: self.mode, partner, ledger, may_write }
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

/// What earlier runs found out about the target groups.
fn vetted(body: Option<&Body>) -> BTreeMap<GroupId, Vetted> {
    body.map(|body| body.vetted.clone()).unwrap_or_default()
}
