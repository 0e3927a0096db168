//! A customer whose processes die, the host that starts them again, and those who watch what comes of it.

mod asked;

use super::fate::{Death, Fate};
use crate::gate::{Gate, Gated, Wire};
use crate::world::World;
use access::ids::TenantId;
use access::ledger::{Entry, Ledger, Row};
use access::plan::Target;
use asked::{Asked, Ended};
use cloud_sim::{Actor, Change, TenantHandle};
use engine::membership::documents::{Body, body_path};
use engine::{By, Engine, Error, How, Outcome};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::journal::{self, Journal};
use uuid::Uuid;

/// How often a message is delivered before it is poison, and a decision sent before a person gives up.
const DELIVERIES_MAX: usize = 5;

/// A world with one customer.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) contoso: TenantHandle,
    pub(crate) source: Uuid,
    pub(crate) target: Uuid,
    pub(crate) people: Vec<Uuid>,
    /// Mails of those who may lose something; everybody else keeps all that they have, at any moment.
    pub(crate) leavers: BTreeSet<String>,
    fate: Arc<Fate>,
    deliveries: usize,
    /// Where people can ask for the package: what is known of that.
    asked: Option<Asked>,
}

/// A person's word on what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Release,
    Refuse,
    Lift,
}

/// What a story comes to, in terms that do not depend on how often somebody died on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    members: BTreeSet<String>,
    made: BTreeMap<String, BTreeSet<String>>,
    guests: BTreeMap<String, &'static str>,
    owned: BTreeSet<String>,
    decisions: BTreeSet<(String, bool)>,
    blocked: bool,
    unsettled: usize,
    held: Vec<String>,
    red: bool,
    pub(crate) invitations: usize,
    asked: Option<Ended>,
}

impl Town {
    /// A partner with so many engineers, and a customer whose group a package keeps equal to theirs. Nothing ran yet.
    pub(crate) fn new(people: usize, deaths: &[Death]) -> Self {
        let mut world = World::new();
        let source = world.partner.add_group("Engineers");
        let people = world.people(people, &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        let fate = Arc::new(Fate::new(deaths));
        Self { world, contoso, source, target, people, leavers: BTreeSet::new(), fate, deliveries: 0, asked: None }
    }

    /// Runs that nothing happens to, until the customer is settled.
    pub(crate) async fn settle(&mut self) {
        self.minutes(3).await;
    }

    /// From here on processes may die.
    pub(crate) fn begin(&self) {
        self.fate.begin();
    }

    /// The operations that may be somebody's last.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.fate.names()
    }

    /// How many deaths were told and did not come.
    pub(crate) fn deaths_left(&self) -> usize {
        self.fate.deaths_left()
    }

    /// Runs one piece of work in a process of its own, whose last operation is its answer. `None`: it died.
    async fn process<T>(&self, work: impl AsyncFnOnce(&Engine) -> T) -> Option<T> {
        let store = Gated::new(self.world.documents.clone(), self.fate.clone());
        let wire = Wire::new(self.world.sim.clone(), self.fate.clone());
        let engine = match &self.asked {
            None => self.world.engine_on(Arc::new(store), Arc::new(wire)),
            Some(asked) => asked.engine(&self.world, Arc::new(store), Arc::new(wire)),
        };
        let answered = async {
            let done = work(&engine).await;
            self.fate.before("answer the host").await;
            done
        };
        tokio::select! {
            biased;
            () = self.fate.died() => None,
            done = answered => Some(done),
        }
    }

    /// The host's timer fires so often, a minute apart, and its messages are delivered.
    pub(crate) async fn minutes(&mut self, count: usize) {
        for _ in 0..count {
            self.world.pass(SignedDuration::from_mins(1)).await;
            // Messages of a tick whose process died before its answer are lost: the next tick has to name them again.
            let tick = self.process(async |engine| engine.tick().await).await;
            for customer in tick.and_then(Result::ok).map(|tick| tick.due).unwrap_or_default() {
                self.deliver(&customer).await;
            }
            if self.asked.is_some() {
                self.follow().await;
            }
        }
    }

    /// Delivers a message until it is answered: at once after every other death, else when the lease can be taken over.
    async fn deliver(&mut self, customer: &str) {
        for _ in 0..DELIVERIES_MAX {
            match self.process(async |engine| engine.sync(customer, How::default()).await).await {
                Some(Ok(Outcome::Failed { retry: true, .. }) | Err(_)) => {}
                Some(Ok(_)) => return,
                None if self.deliveries.is_multiple_of(2) => self.deliveries += 1,
                None => {
                    self.deliveries += 1;
                    self.world.pass(SignedDuration::from_secs(25)).await;
                }
            }
        }
    }

    /// A person decides, and decides again for as long as no answer comes.
    pub(crate) async fn decide(&self, word: Word) {
        let by = By { who: "lead@northwind.example".into(), asserted: false, comment: None };
        let held = self.world.engine().held(None).await.expect("the store works");
        let digest = held.first().map(|plan| plan.digest.clone()).unwrap_or_default();
        for attempt in 0..DELIVERIES_MAX {
            let said = self.process(async |engine| match word {
                Word::Release => engine.release(&digest, None, &by).await.map(|_| ()),
                Word::Refuse => engine.refuse(&digest, None, &by).await.map(|_| ()),
                Word::Lift => engine.lift_invitations_block("contoso", &by).await,
            });
            match said.await {
                Some(Ok(())) => return,
                // Said and heard; only the answer was lost.
                Some(Err(Error::BadInput(_))) if word == Word::Lift && attempt > 0 => return,
                Some(Err(Error::Busy(_))) | None => self.world.pass(SignedDuration::from_secs(25)).await,
                Some(Err(error)) => panic!("{word:?} was not taken: {error}"),
            }
        }
        panic!("{word:?} was never answered");
    }

    /// Healthy processes until nothing changes any more; then what it has come to.
    pub(crate) async fn end(mut self) -> End {
        self.fate.end();
        for _ in 0..4 {
            self.world.pass(SignedDuration::from_mins(6)).await;
            self.minutes(1).await;
        }
        let asked = self.end_of_requests().await;
        let plan = self.world.plan().await;
        assert_eq!(plan.steps, [], "everything that can be done is done");
        let ledger = self.check_journal().await;
        self.check_effects();
        End { asked, ..self.look(&ledger).await }
    }

    async fn look(&self, ledger: &Ledger) -> End {
        let mails = self.mails();
        let mail = |guest: Uuid| mails.get(&guest).cloned().unwrap_or_else(|| guest.to_string());
        let (here, deleted) = (self.contoso.users(), self.contoso.deleted_users());
        let state = |guest: &Uuid| match () {
            () if deleted.contains(guest) => "deleted",
            () if !here.contains(guest) => "gone",
            () if self.contoso.is_enabled(*guest) => "enabled",
            () => "disabled",
        };
        let place = |target: &Target| match target {
            Target::Group(id) => ledger.groups.iter().find(|(_, known)| *known == id).map_or("group", |_| "made"),
            _ => "unit",
        };
        let rows =
            ledger.rows.iter().flat_map(|(target, rows)| rows.iter().map(move |(guest, row)| (target, guest, row)));
        let rows = rows.map(|(target, guest, row)| {
            let Row { origin, verified, vanished, removing, packages, .. } = row.clone();
            let state = format!("{origin:?} {verified} {} {}", vanished.is_some(), removing.is_some());
            format!("{} {} {state} {packages:?}", place(target), mail(guest.0))
        });
        let guests = ledger.guests.values().map(|row| {
            let (disabled, deleted) = (row.disabled.is_some(), row.deleted.is_some());
            format!("guest {} ours {} {} {disabled} {deleted}", mail(row.guest.0), row.ours, row.verified)
        });
        let engine = self.world.engine();
        let held = engine.held(None).await.expect("the store works");
        End {
            members: self.contoso.member_mails(self.target),
            made: ledger.groups.iter().map(|(name, id)| (name.clone(), self.contoso.member_mails(id.0))).collect(),
            guests: mails.iter().map(|(guest, mail)| (mail.clone(), state(guest))).collect(),
            owned: rows.chain(guests).collect(),
            decisions: ledger.releases.iter().map(|one| (one.by.clone(), one.allow)).collect(),
            blocked: ledger.invitations_blocked.is_some(),
            unsettled: ledger.open.len(),
            held: held.iter().flat_map(|plan| plan.held.iter().map(|held| held.rail.clone())).collect(),
            red: engine.health(false).await.status == "red",
            invitations: self.world.sim.count(|request| request.path == "/invitations"),
            asked: None,
        }
    }

    /// Everybody whom the program invited.
    fn mails(&self) -> BTreeMap<Uuid, String> {
        let effects = self.world.sim.effects().into_iter();
        effects
            .filter_map(|effect| match effect.change {
                Change::GuestInvited { user, mail, .. } => Some((user, mail)),
                _ => None,
            })
            .collect()
    }

    /// At no moment was anybody invited twice, or did anybody lose anything who may not.
    fn check_effects(&self) {
        let mails = self.mails();
        let may_lose = |user: Uuid| mails.get(&user).is_some_and(|mail| self.leavers.contains(mail));
        let mut invited = BTreeSet::new();
        for effect in self.world.sim.effects().iter().filter(|effect| matches!(effect.by, Actor::App(_))) {
            match &effect.change {
                Change::GuestInvited { mail, .. } => assert!(invited.insert(mail.clone()), "{mail} was invited twice"),
                Change::MemberRemoved { member: user, .. }
                | Change::UnitMemberRemoved { member: user, .. }
                | Change::UserUpdated { user, .. }
                | Change::UserDeleted { user }
                | Change::UserPurged { user } => assert!(may_lose(*user), "{effect:?}"),
                _ => {}
            }
        }
    }

    /// The chain holds, and folding it gives the ledger that is stored.
    async fn check_journal(&self) -> Ledger {
        let store = self.world.engine().store().clone();
        let chain = self.contoso.id().to_string();
        let report = journal::verify(&store, &chain, None).await.expect("the store works");
        assert_eq!(report.problems, [], "the journal's chain is whole");
        let mut ledger = Ledger::default();
        let mut journal = Journal::<Entry>::from_start(&store, &chain).expect("a chain");
        while let Some(block) = journal.next().await.expect("a block") {
            block.entries.iter().for_each(|entry| ledger.fold(entry));
        }
        let body = store.read::<Body>(&body_path(TenantId(self.contoso.id()))).await.expect("the store works");
        assert_eq!(body.expect("a body").value.ledger, ledger, "the ledger is what the journal folds to");
        ledger
    }
}
