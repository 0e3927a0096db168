//! What is played: runs and decisions, at once on one customer that has something to do and something held.

use super::journal::read_journal;
use super::stage::{Actor, Deed, Play};
use super::turnstile::Turnstile;
use crate::world::World;
use access::ids::TenantId;
use access::ledger::{Entry, Ledger};
use cloud_sim::{Change, TenantHandle};
use engine::membership::documents::{Body, body_path};
use engine::{By, Error, How, Outcome};
use jiff::SignedDuration;
use outside::Clock;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::time::Duration;
use uuid::Uuid;

/// Those who act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A queue message about the customer.
    Run,
    /// A person releases what is held.
    Release,
    /// Another person refuses it.
    Refuse,
    /// A person says that Microsoft has lifted the block on invitations.
    Lift,
}

/// How it ended for one of them.
#[derive(Debug)]
pub(super) struct Said {
    part: Part,
    /// A run: whether the message is done with. A decision: whether the person was told that it is taken.
    done: bool,
    /// For people who read a failure.
    text: String,
}

impl Hash for Said {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.part, self.done).hash(state);
    }
}

/// A customer with six people. Three left the team, which is held; one is disabled at the partner, and one is new.
pub(super) struct Customer {
    world: World,
    /// What the clock shows where everybody begins.
    begins: Duration,
    contoso: TenantHandle,
    target: Uuid,
    digest: String,
    parts: Vec<Part>,
    invited_before: usize,
}

impl Customer {
    async fn new(parts: &[Part]) -> Self {
        let mut world = World::new();
        // The customer's turn is far off: whoever wakes it has to leave a mark.
        world.config.sync_every = SignedDuration::from_hours(24);
        let source = world.partner.add_group("Engineers");
        let people = world.people(6, &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        world.sync().await;
        people[..3].iter().for_each(|person| world.partner.remove_member(source, *person));
        world.pass(SignedDuration::from_mins(1)).await;
        if parts.contains(&Part::Lift) {
            contoso.set_suspicious(true);
            world.person("blocked", &[source]);
        }
        let held = world.sync().await.plan;
        contoso.set_suspicious(false);
        world.partner.disable_user(people[5]);
        world.person("joiner", &[source]);
        world.pass(SignedDuration::from_mins(2)).await;
        world.engine().tick().await.expect("a tick");
        assert_eq!(held.held_steps.len(), 3, "{held:?}");
        let parts = parts.to_vec();
        let invited_before = world.sim.count(|request| request.path == "/invitations");
        let begins = world.clock.monotonic();
        Self { world, begins, contoso, target, digest: held.digest, parts, invited_before }
    }

    /// Whether the world is as it should be, given whether the held people went.
    fn members(&self, released: bool) -> BTreeSet<String> {
        let mut names = vec!["joiner", "p3", "p4"];
        names.extend(self.parts.contains(&Part::Lift).then_some("blocked"));
        if !released {
            names.extend(["p0", "p1", "p2"]);
        }
        names.into_iter().map(|name| format!("{name}@northwind.example")).collect()
    }

    /// Everything that the program did: nobody twice, nobody wrongly, and nobody invited while that is blocked.
    fn check_effects(&self, blocked: bool) {
        let may_go = |mail: &str| {
            mail.starts_with("p5@")
                || (["p0@", "p1@", "p2@"].iter().any(|name| mail.starts_with(name))
                    && self.parts.contains(&Part::Release))
        };
        let effects = self.world.sim.effects();
        let mail = |user: &Uuid| {
            let invited = effects.iter().find_map(|effect| match &effect.change {
                Change::GuestInvited { user: guest, mail, .. } if guest == user => Some(mail.clone()),
                _ => None,
            });
            invited.expect("everybody here was invited")
        };
        let mut invited = BTreeSet::new();
        for effect in &effects {
            match &effect.change {
                Change::GuestInvited { mail, .. } => assert!(invited.insert(mail.clone()), "{mail} was invited twice"),
                Change::MemberRemoved { member, .. } => assert!(may_go(&mail(member)), "{effect:?}"),
                Change::UserUpdated { user, .. } => assert!(mail(user).starts_with("p5@"), "{effect:?}"),
                Change::UserDeleted { .. } | Change::UserPurged { .. } => panic!("nobody is deleted: {effect:?}"),
                _ => {}
            }
        }
        let sent = self.world.sim.count(|request| request.path == "/invitations") - self.invited_before;
        let wanted = if blocked { 0 } else { 1 + usize::from(self.parts.contains(&Part::Lift)) };
        assert_eq!(sent, wanted, "requests to invite, beside those before");
    }

    /// The chain holds, the ledger is its fold, and every decision that was answered is in it.
    async fn check_journal(&self, said: &[Said]) -> Ledger {
        let (ledger, entries) = read_journal(&self.world, &self.contoso).await;
        let store = self.world.engine().store().clone();
        let body = store.read::<Body>(&body_path(TenantId(self.contoso.id()))).await.expect("the store works");
        assert_eq!(body.expect("a body").value.ledger, ledger, "the ledger is what the journal folds to");
        for word in said.iter().filter(|word| word.done && word.part != Part::Run) {
            let is_there = entries.iter().any(|entry| match (word.part, entry) {
                (Part::Release, Entry::Decided(decision)) => decision.allow,
                (Part::Refuse, Entry::Decided(decision)) => !decision.allow,
                (Part::Lift, Entry::InvitationsLifted { .. }) => true,
                _ => false,
            });
            assert!(is_there, "{word:?} was answered, and is not in the journal");
        }
        ledger
    }

    /// Whether the ledger has a write whose outcome nobody knows yet.
    async fn is_waiting(&self) -> bool {
        let store = self.world.engine().store().clone();
        let body = store.read::<Body>(&body_path(TenantId(self.contoso.id()))).await.expect("the store works");
        body.is_some_and(|kept| !kept.value.ledger.open.is_empty())
    }

    async fn run(&self) {
        let ran = self.world.engine().sync("contoso", How::default()).await.expect("the store works");
        assert!(!matches!(ran, Outcome::Failed { .. } | Outcome::Busy), "{ran:?}");
    }

    /// The host goes on: it delivers again what failed, and its timer fires.
    async fn go_on(&self, said: &[Said]) {
        for _ in said.iter().filter(|word| word.part == Part::Run && !word.done) {
            self.run().await;
        }
        for _ in 0..3 {
            self.world.pass(SignedDuration::from_mins(1)).await;
            for _ in self.world.engine().tick().await.expect("a tick").due {
                self.run().await;
            }
        }
        // An invitation that may have been sent by somebody who was stopped in the middle is waited for as long as replicas
        // may lag, and then sent again when the customer's turn comes.
        if self.is_waiting().await {
            self.world.pass(SignedDuration::from_mins(12)).await;
            self.run().await;
        }
    }
}

impl Deed for Part {
    type Play = Customer;

    async fn play(parts: &[Self]) -> Customer {
        Customer::new(parts).await
    }
}

impl Play for Customer {
    type Said = Said;

    fn again(&self) -> Self {
        let world = self.world.copy(self.begins);
        let contoso = world.tenant(self.contoso.id());
        Self {
            world,
            contoso,
            begins: self.begins,
            target: self.target,
            digest: self.digest.clone(),
            parts: self.parts.clone(),
            invited_before: self.invited_before,
        }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn kinds(&self) -> Vec<usize> {
        self.parts.iter().map(|part| *part as usize).collect()
    }

    fn actors(&self) -> Vec<Actor<Said>> {
        let actor = |(number, part): (usize, &Part)| {
            let (turnstile, engine) = Turnstile::with_engine(&self.world, number);
            let (part, digest) = (*part, self.digest.clone());
            let work = async move {
                let by = By { who: format!("lead{number}@northwind.example"), asserted: false, comment: None };
                let decided = |decided: Result<(), Error>| (decided.is_ok(), format!("{decided:?}"));
                let (done, text) = match part {
                    Part::Run => {
                        let ran = engine.sync("contoso", How::default()).await;
                        let done = !matches!(ran, Err(_) | Ok(Outcome::Failed { retry: true, .. }));
                        (done, format!("{ran:?}"))
                    }
                    Part::Release => decided(engine.release(&digest, None, &by).await.map(|_| ())),
                    Part::Refuse => decided(engine.refuse(&digest, None, &by).await.map(|_| ())),
                    Part::Lift => decided(engine.lift_invitations_block("contoso", &by).await),
                };
                Said { part, done, text }
            };
            Actor::new(turnstile, Box::pin(work))
        };
        self.parts.iter().enumerate().map(actor).collect()
    }

    async fn check(self, said: Vec<Said>) {
        self.go_on(&said).await;
        let ledger = self.check_journal(&said).await;
        self.check_effects(ledger.invitations_blocked.is_some());
        let answered = |part: Part| said.iter().any(|word| word.part == part && word.done);
        let now = self.contoso.member_mails(self.target);
        let released = match (answered(Part::Release), answered(Part::Refuse)) {
            (true, false) => true,
            (false, _) if !self.parts.contains(&Part::Release) => false,
            // Whatever was written last holds, but for what had gone by then; nothing lies between all and nobody.
            _ => !now.contains("p0@northwind.example"),
        };
        if self.parts.contains(&Part::Lift) && !answered(Part::Lift) {
            assert!(ledger.invitations_blocked.is_some());
            return;
        }
        let texts: Vec<&str> = said.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(now, self.members(released), "{texts:#?}");
        let held = self.world.engine().held(None).await.expect("the store works");
        assert_eq!(held.is_empty(), released, "what is held can be seen, and nothing else");
        assert!(ledger.open.is_empty(), "{:?}", ledger.open);
        let plan = self.world.plan().await;
        assert_eq!(plan.steps, [], "nothing is left to do");
    }
}
