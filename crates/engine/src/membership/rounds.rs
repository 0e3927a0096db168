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

    /// Those of them from whom something would be taken.
    fn losing(&self) -> BTreeSet<GuestId> {
        self.ask().clone()
    }
}

impl Decided for Planned {
    fn needs(&self) -> Needs {
        self.needs.clone()
    }

    fn ask(&self) -> &BTreeSet<GuestId> {
        &self.ask
    }

    /// All but those who are only given something: whoever is in no step yet is asked about because one may follow.
    fn losing(&self) -> BTreeSet<GuestId> {
        let steps = || self.plan.steps.iter().chain(&self.plan.held_steps);
        let of = |takes: bool| steps().filter(move |step| step.action.takes() == takes).filter_map(|step| step.guest);
        let (taken, given): (BTreeSet<GuestId>, BTreeSet<GuestId>) = (of(true).collect(), of(false).collect());
        self.ask.iter().copied().filter(|id| taken.contains(id) || !given.contains(id)).collect()
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
            let where_deleted = self.engine.config.leavers.delete_after.is_some();
            let (ask, losing) = (decided.ask(), decided.losing());
            other_access(&reader, ask, &losing, where_deleted, &mut surveyed.actual).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double;
    use access::ids::{ObjectId, PersonId, TenantId};
    use access::plan::{DenyState, Reach};
    use jiff::SignedDuration;
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use store::Memory;
    use store::faulty::{Fault, Faulty};
    use uuid::Uuid;

    /// A plan that would remove these people and bring those in.
    #[derive(Debug, Clone, Default, PartialEq)]
    struct Wish {
        needs: Needs,
        ask: BTreeSet<GuestId>,
    }

    impl Decided for Wish {
        fn needs(&self) -> Needs {
            self.needs.clone()
        }

        fn ask(&self) -> &BTreeSet<GuestId> {
            &self.ask
        }
    }

    fn wish(removals: &[u128], entries: &[u128]) -> Wish {
        let removals = removals.iter().map(|id| ObjectId(Uuid::from_u128(*id))).collect();
        let entries = entries.iter().map(|id| PersonId(Uuid::from_u128(*id))).collect();
        Wish { needs: Needs { removals, entries, tenants: false }, ask: BTreeSet::new() }
    }

    struct Scene {
        documents: Arc<Faulty<Memory>>,
        engine: Engine,
    }

    impl Scene {
        /// More customers than a new person may enter, so that both kinds of notes are written.
        fn new() -> Self {
            let documents = Arc::new(Faulty::new(Memory::new()));
            let mut engine = double::engine(documents.clone());
            let mut config = double::config();
            config.limits.new_person_customers_max = 1;
            let other = TenantId(Uuid::from_u128(5));
            config.customers.push(Customer { tenant_id: other, name: "other".into(), ..config.customers[0].clone() });
            engine.config = Arc::new(config);
            Self { documents, engine }
        }

        /// Decides; `wishes` says what the first round wants and what the second does.
        async fn decide(
            &self,
            wishes: [Result<Wish, Error>; 2],
            check: Result<(), Error>,
            may_write: bool,
        ) -> Result<Wish, Error> {
            let partner = double::partner(double::snapshot(1, SignedDuration::ZERO));
            let customer = &self.engine.config.customers[0];
            let ledger = Ledger::default();
            let mut surveyed = surveyed(customer, &self.engine);
            let rounds = AtomicU32::new(0);
            let wishes = wishes.map(|wish| wish.map_err(|error| error.to_string()));
            let check = check.map_err(|error| error.to_string());
            let deciding = Deciding {
                engine: &self.engine,
                customer,
                mode: Mode::Enforce,
                partner: &partner,
                ledger: &ledger,
                may_write,
            };
            let next = |_: &Input<'_>| {
                let round = rounds.fetch_add(1, Ordering::Relaxed) as usize;
                wishes[round].clone().map_err(Error::BadInput)
            };
            let check = |_: &Wish| check.clone().map_err(Error::BadInput);
            deciding.decide(&mut surveyed, &next, &check).await
        }

        /// What each note is, in the order of their paths.
        async fn notes(&self) -> Vec<String> {
            let paths = self.engine.store.list("window").await.expect("the store works");
            let kind = |path: &String| match path.split('/').nth(1) {
                Some("removals") if path.ends_with(".granted") => "granted".to_owned(),
                kind => kind.expect("a kind").to_owned(),
            };
            paths.iter().map(kind).collect()
        }
    }

    fn surveyed(customer: &Customer, engine: &Engine) -> Surveyed {
        let actual = Actual {
            tenant: customer.tenant_id,
            taken: engine.clock.now(),
            targets: BTreeMap::new(),
            created: BTreeMap::new(),
            guests: BTreeMap::new(),
            gone: BTreeSet::new(),
            found: BTreeMap::new(),
            deny: DenyState::None,
            access: BTreeMap::new(),
            gaps: Vec::new(),
            reach: Reach::Tenant,
        };
        Surveyed {
            actual,
            nested_deny: BTreeSet::new(),
            vetted: BTreeMap::new(),
            units: BTreeMap::new(),
            roles: Default::default(),
        }
    }

    fn refused() -> Error {
        Error::BadInput("no".into())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_passes_goes_on_counting_and_the_others_do_not() {
        let scene = Scene::new();
        let decided = scene.decide([Ok(wish(&[1, 2], &[3, 4])), Ok(wish(&[2], &[4]))], Ok(()), true).await;
        assert_eq!(decided.expect("less than at first"), wish(&[2], &[4]));
        assert_eq!(scene.notes().await, ["entries", "removals", "granted"], "of the second and the fourth");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_counts_for_a_plan_that_grew_or_was_refused() {
        let grown = || [Ok(wish(&[1, 2], &[3])), Ok(wish(&[1, 2, 9], &[3]))];
        let same = || [Ok(wish(&[1, 2], &[3])), Ok(wish(&[1, 2], &[3]))];
        let failed = || [Ok(wish(&[1, 2], &[3])), Err(refused())];
        for (why, wishes, check, says) in [
            ("the plan grew", grown(), Ok(()), "the plan grew"),
            ("the person saw something else", same(), Err(refused()), "no"),
            ("it could not be decided again", failed(), Ok(()), "no"),
        ] {
            let scene = Scene::new();
            let error = scene.decide(wishes, check, true).await.expect_err(why);
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(scene.notes().await, Vec::<String>::new(), "{why}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn notes_that_were_written_before_the_store_failed_are_taken_back() {
        let wishes = || [Ok(wish(&[1, 2], &[3])), Ok(wish(&[1, 2], &[3]))];
        let scene = Scene::new();
        scene.decide(wishes(), Ok(()), true).await.expect("the store works");
        let operations = scene.documents.operations();
        assert_eq!(scene.notes().await, ["entries", "removals", "granted", "removals", "granted"]);
        let mut failures = 0;
        for number in 1..=operations {
            let scene = Scene::new();
            scene.documents.fault(number, Fault::Before);
            if scene.decide(wishes(), Ok(()), true).await.is_err() {
                failures += 1;
                // Somebody may rely on a grant already.
                assert!(scene.notes().await.iter().all(|note| note == "granted"), "operation {number} failed");
            }
        }
        assert!(failures >= 4, "only {failures} of {operations}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_looks_notes_nobody() {
        let scene = Scene::new();
        scene.decide([Ok(wish(&[1], &[])), Ok(wish(&[1], &[]))], Ok(()), false).await.expect("a look");
        assert_eq!(scene.notes().await, Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_plan_that_rests_on_nothing_else_is_made_once_and_checked() {
        let scene = Scene::new();
        let once = || [Ok(wish(&[], &[])), Err(refused())];
        assert_eq!(scene.decide(once(), Ok(()), true).await.expect("one round"), wish(&[], &[]));
        assert!(scene.decide(once(), Err(refused()), true).await.is_err());
        assert_eq!(scene.documents.operations(), 0);
    }
}
