//! Deciding on what was read, in rounds: what a decision turns out to rest on is found out, and it is made again, until
//! nothing is missing.
//!
//! Two things may be missing. What else a guest has is read from the customer's tenant. What is done in all the other
//! customers is counted by notes ([`super::windows`]); there are two rounds of that at most, since the rails can only
//! take away from what the first one wanted. However the second one ends, the notes are settled: those who are not
//! touched after all count for nobody.

use super::partner::Partner;
use super::survey::{Surveyed, other_access};
use super::windows::Asked;
use crate::{Engine, Error};
use access::config::{Customer, Mode};
use access::ids::GuestId;
use access::ledger::Ledger;
use access::plan::{Actual, Given, Input, Needs, Planned, Windows, plan};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How often a decision may ask for more facts about guests before it is taken as it is.
const ROUNDS_MAX: usize = 3;

/// What stays the same while a decision is made again.
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) windows: Windows,
}

/// Something that was decided, and what it rests on.
pub(super) trait Decided {
    /// What must be known of all customers before it may be carried out.
    fn needs(&self) -> Needs;

    /// Guests whose other access must be read before it is final.
    fn ask(&self) -> &BTreeSet<GuestId>;
}

impl Decided for Planned {
    fn needs(&self) -> Needs {
        self.needs.clone()
    }

    fn ask(&self) -> &BTreeSet<GuestId> {
        &self.ask
    }
}

/// What is decided upon, and for whom.
pub(super) struct Deciding<'a> {
    pub(super) engine: &'a Engine,
    pub(super) customer: &'a Customer,
    /// What plans are made for.
    pub(super) mode: Mode,
    pub(super) partner: &'a Partner,
    pub(super) ledger: &'a Ledger,
    /// Whether our people are noted and count for others from now on; else it only looks.
    pub(super) may_write: bool,
}

impl Deciding<'_> {
    /// Decides by `decide` until everything is known that the decision rests on; that one may be carried out. `check`
    /// is asked before anybody goes on counting for it.
    pub(super) async fn decide<T: Decided>(
        &self,
        surveyed: &mut Surveyed,
        decide: &(dyn Fn(&Input<'_>) -> Result<T, Error> + Sync),
        check: &(dyn Fn(&T) -> Result<(), Error> + Sync),
    ) -> Result<T, Error> {
        let mut moment = Moment { now: self.engine.clock.now(), windows: Windows::default() };
        let first = self.round(surveyed, &moment, decide).await?;
        let needs = first.needs();
        if needs == Needs::default() {
            check(&first)?;
            return Ok(first);
        }
        drop(first);
        let mut asked = Asked::default();
        let second = async {
            self.engine.ask(self.customer, self.partner, &needs, self.may_write, &mut asked).await?;
            moment.windows = std::mem::take(&mut asked.windows);
            let second = self.round(surveyed, &moment, decide).await?;
            if !self.engine.is_met(&second.needs(), &moment.windows) {
                // It is the same moment and more rails hold, so nothing can have been added.
                return Err(Error::Internal("the plan grew while it was counted; nothing was done".into()));
            }
            check(&second)?;
            Ok(second)
        };
        let second = second.await;
        let passing = second.as_ref().map(Decided::needs).unwrap_or_default();
        let settled = self.engine.settle_notes(self.customer, &asked, &passing).await;
        let second = second?;
        settled?;
        Ok(second)
    }

    /// Decides; reads what else the guests have on whom that rests, and decides again.
    async fn round<T: Decided>(
        &self,
        surveyed: &mut Surveyed,
        moment: &Moment,
        decide: &(dyn Fn(&Input<'_>) -> Result<T, Error> + Sync),
    ) -> Result<T, Error> {
        let reader = self.engine.customer_reader(self.customer);
        let mut rounds = 0;
        loop {
            let decided = decide(&self.input(&surveyed.actual, moment))?;
            rounds += 1;
            if decided.ask().is_empty() || rounds > ROUNDS_MAX {
                return Ok(decided);
            }
            other_access(&reader, decided.ask(), &mut surveyed.actual).await;
        }
    }

    /// Everything that a decision is a function of.
    pub(super) fn input<'i>(&'i self, actual: &'i Actual, moment: &'i Moment) -> Input<'i> {
        Input::new(Given {
            customer: self.customer,
            mode: self.mode,
            settings: self.engine.settings(),
            snapshot: &self.partner.snapshot,
            addresses: self.partner.addresses(&self.engine.config),
            actual,
            ledger: self.ledger,
            windows: &moment.windows,
            orders: &self.partner.orders,
            now: moment.now,
        })
    }
}

impl Engine {
    /// The plan of a customer who was surveyed: it may be carried out if it `may_write`.
    pub(super) async fn plan_in_windows(
        &self,
        customer: &Customer,
        mode: Mode,
        partner: &Partner,
        ledger: &Ledger,
        surveyed: &mut Surveyed,
        may_write: bool,
    ) -> Result<Planned, Error> {
        let deciding = Deciding { engine: self, customer, mode, partner, ledger, may_write };
        deciding.decide(surveyed, &|input| Ok(plan(input)), &|_| Ok(())).await
    }
}
