//! What is played with grants: requests are carried out and taken back while others are at work on the same customer.

use super::journal::read_journal;
use super::stage::{Actor, Deed, Play};
use super::turnstile::Turnstile;
use crate::requests::town::{LEAD, ZOE, body, known, open_to_requests};
use crate::world::World;
use access::config::May;
use access::ids::TenantId;
use access::ledger::Ledger;
use access::requests::{Request, RequestId, Status};
use cloud_sim::{Change, TenantHandle};
use engine::membership::documents::{Body, body_path};
use engine::requests::{Decide, Deciding, Heard, Wish};
use engine::{By, Engine, How, Outcome};
use jiff::SignedDuration;
use outside::Clock;
use std::hash::{Hash, Hasher};
use std::time::Duration;
use uuid::Uuid;

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Doing {
    /// A queue message about the customer.
    Run,
    /// The lead approves Zoe's request, which carries it out where it can be at once.
    Grant,
    /// The same for another request of hers.
    Second,
    /// Somebody takes the first request back.
    Cancel,
    /// A person releases what is held.
    Release,
}

/// How it ended for one of them.
#[derive(Debug)]
pub(super) struct Said {
    doing: Doing,
    /// A run: whether the message is done with. A decision: whether the person was told that it is taken.
    done: bool,
    /// For people who read a failure.
    text: String,
}

impl Hash for Said {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.doing, self.done).hash(state);
    }
}

/// A customer with four people, two of whom left the team, which is held; and two requests for Zoe.
pub(super) struct Asked {
    world: World,
    /// What the clock shows where everybody begins.
    begins: Duration,
    contoso: TenantHandle,
    target: Uuid,
    ids: [RequestId; 2],
    digest: String,
    parts: Vec<Doing>,
}

impl Asked {
    async fn new(parts: &[Doing]) -> Self {
        let mut world = World::new();
        // The customer's turn is far off: whoever wakes it has to leave a mark.
        world.config.sync_every = SignedDuration::from_hours(24);
        let source = world.partner.add_group("Engineers");
        let people = world.people(4, &[source]);
        let contoso = world.customer("contoso");
        let target = contoso.add_group("Partner");
        world.package("second-line", &[source], &[target]);
        open_to_requests(&mut world, 1);
        world.person("lead", &[]);
        world.person("zoe", &[]);
        world.sync().await;
        people[..2].iter().for_each(|person| world.partner.remove_member(source, *person));
        world.pass(SignedDuration::from_mins(1)).await;
        let held = world.sync().await.plan;
        assert_eq!(held.held_steps.len(), 2, "{held:?}");
        let ids = [ask(&world, "INC0000001").await, ask(&world, "INC0000002").await];
        world.engine().follow_requests().await.expect("the store works");
        world.pass(SignedDuration::from_mins(2)).await;
        world.engine().tick().await.expect("a tick");
        let begins = world.clock.monotonic();
        Self { world, begins, contoso, target, ids, digest: held.digest, parts: parts.to_vec() }
    }

    async fn request(&self, id: &RequestId) -> Request {
        self.world.engine().request(&known("desk", &[May::Approve]), id).await.expect("it is there")
    }

    /// The chain holds, the ledger is its fold, and no grant in it belongs to a request that is over or never began.
    async fn check_journal(&self) -> Ledger {
        let (ledger, _) = read_journal(&self.world, &self.contoso).await;
        for id in ledger.grants.keys() {
            let request = self.request(id).await;
            assert!(!request.status.is_final() && request.starts_at.is_some(), "a grant lives on: {request:#?}");
        }
        ledger
    }

    /// The host goes on: it delivers again what failed, and its timers fire.
    async fn go_on(&self, said: &[Said]) {
        for _ in said.iter().filter(|word| word.doing == Doing::Run && !word.done) {
            self.world.engine().sync("contoso", How::default()).await.expect("the store works");
        }
        // What may have been done by somebody who was stopped in the middle is waited for as long as it may turn up, and then
        // settled when the customer's turn comes.
        for (minutes, its_turn) in [(1, false), (1, false), (12, true), (50, true), (1, false)] {
            self.minutes_later(minutes, its_turn).await;
        }
        // An invitation that may have been sent may turn up for a day: so long a request that was taken back is not over.
        if said.iter().any(|word| word.doing == Doing::Cancel && word.done) {
            self.minutes_later(24 * 60, true).await;
        }
    }

    async fn minutes_later(&self, minutes: i64, its_turn: bool) {
        self.world.pass(SignedDuration::from_mins(minutes)).await;
        let engine = self.world.engine();
        let due = engine.tick().await.expect("a tick").due;
        if its_turn || !due.is_empty() {
            let ran = engine.sync("contoso", How::default()).await.expect("the store works");
            assert!(!matches!(ran, Outcome::Failed { .. } | Outcome::Busy), "{ran:?}");
        }
        assert_eq!(engine.follow_requests().await.expect("the store works"), Vec::<String>::new());
        self.check_journal().await;
    }

    async fn act(doing: Doing, engine: &Engine, ids: &[RequestId; 2], digest: &str) -> Said {
        let by = By { who: LEAD.into(), asserted: true, comment: None };
        let desk = known("desk", &[May::Approve]);
        let deciding = Deciding { caller: &desk, by: &by, named: true };
        let (done, text) = match doing {
            Doing::Run => {
                let ran = engine.sync("contoso", How::default()).await;
                (!matches!(ran, Err(_) | Ok(Outcome::Failed { retry: true, .. })), format!("{ran:?}"))
            }
            Doing::Release => {
                let released = engine.release(digest, None, &by).await;
                (released.is_ok(), format!("{:?}", released.map(|_| ())))
            }
            Doing::Grant | Doing::Second | Doing::Cancel => {
                let id = &ids[usize::from(doing == Doing::Second)];
                let decide = if doing == Doing::Cancel { Decide::Cancel } else { Decide::Approve };
                let decided = engine.decide_request(id, decide, &deciding).await;
                (decided.is_ok(), format!("{:?}", decided.map(|request| request.status)))
            }
        };
        Said { doing, done, text }
    }
}

impl Deed for Doing {
    type Play = Asked;

    async fn play(parts: &[Self]) -> Asked {
        Asked::new(parts).await
    }
}

impl Play for Asked {
    type Said = Said;

    fn again(&self) -> Self {
        let world = self.world.copy(self.begins);
        let contoso = world.tenant(self.contoso.id());
        Self {
            world,
            contoso,
            begins: self.begins,
            target: self.target,
            ids: self.ids.clone(),
            digest: self.digest.clone(),
            parts: self.parts.clone(),
        }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn kinds(&self) -> Vec<usize> {
        self.parts.iter().map(|doing| *doing as usize).collect()
    }

    fn actors(&self) -> Vec<Actor<Said>> {
        let actor = |(number, doing): (usize, &Doing)| {
            let (turnstile, engine) = Turnstile::with_engine(&self.world, number);
            let (doing, ids, digest) = (*doing, self.ids.clone(), self.digest.clone());
            let work = async move { Self::act(doing, &engine, &ids, &digest).await };
            Actor::new(turnstile, Box::pin(work))
        };
        self.parts.iter().enumerate().map(actor).collect()
    }

    async fn check(self, said: Vec<Said>) {
        let texts: Vec<&str> = said.iter().map(|word| word.text.as_str()).collect();
        let answered = |doing: Doing| said.iter().any(|word| word.doing == doing && word.done);
        self.check_journal().await;
        self.go_on(&said).await;
        let ledger = self.check_journal().await;
        let store = self.world.engine().store().clone();
        let body = store.read::<Body>(&body_path(TenantId(self.contoso.id()))).await.expect("the store works");
        assert_eq!(body.expect("a body").value.ledger, ledger, "the ledger is what the journal folds to");
        let first = self.request(&self.ids[0]).await.status;
        match (answered(Doing::Cancel), answered(Doing::Grant)) {
            (true, _) => assert_eq!(first, Status::Cancelled, "{texts:?}"),
            (false, true) => assert_eq!(first, Status::Active, "{texts:?}"),
            (false, false) => assert_eq!(first, Status::WaitingApproval, "{texts:?}"),
        }
        let is_wanted = first == Status::Active || answered(Doing::Second);
        assert!(ledger.open.is_empty(), "{:?}", ledger.open);
        let now = self.contoso.member_mails(self.target);
        assert_eq!(now.contains(ZOE), is_wanted, "{texts:?}");
        assert_eq!(ledger.grants.len(), usize::from(first == Status::Active) + usize::from(answered(Doing::Second)));
        let went = !now.contains("p0@northwind.example");
        assert_eq!(went, answered(Doing::Release), "{texts:?}");
        for mail in ["p2@northwind.example", "p3@northwind.example"] {
            assert!(now.contains(mail), "{texts:?}");
        }
        let effects = self.world.sim.effects().into_iter();
        let invited = effects.filter(|one| matches!(&one.change, Change::GuestInvited { mail, .. } if mail == ZOE));
        assert!(invited.count() <= 1, "{texts:?}");
        assert_eq!(self.world.plan().await.steps, [], "nothing is left to do");
    }
}

async fn ask(world: &World, ticket: &str) -> RequestId {
    let mut body = body(8);
    body["ticket"]["number"] = ticket.into();
    let (caller, body) = (known("servicenow", &[May::Request]), body.to_string());
    let wish = Wish { caller: &caller, key: Some(ticket), delivery: None, body: body.as_bytes() };
    match world.engine().ask_for(&wish).await.expect("it is allowed") {
        Heard::Made(made) => made.request.id,
        Heard::Nothing(why) => panic!("it asks: {why}"),
    }
}
