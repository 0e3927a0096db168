//! A town in which people ask for access: the ticket that asks and hears, those who decide, and what must hold in the end.

use super::{DELIVERIES_MAX, Fate, Town};
use crate::crash::fate::Death;
use crate::gate::Gate;
use crate::requests::town::{LEAD, ZOE, body, known, open_to_requests};
use crate::world::World;
use access::config::May;
use access::ids::TenantId;
use access::requests::document::{message_id, to_tell};
use access::requests::{Request, RequestId, Status};
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Change;
use engine::membership::documents::{Body, body_path};
use engine::requests::{Decide, Deciding, Heard, Refused, RequestDocument, Tickets, Wish};
use engine::{By, Engine};
use jiff::SignedDuration;
use outside::{Clock, SeededRandom, Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Documents, markers};

const DESK: &str = "tickets.northwind.example";

/// Longer than any grant of these stories.
const LONG: SignedDuration = SignedDuration::from_hours(30);

/// What is known of requests.
pub(super) struct Asked {
    desk: Arc<Desk>,
    processes: AtomicU64,
}

/// What the requests came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Before the time of every grant is over: how far they are, and whether the person is in.
    meanwhile: (Vec<Status>, bool),
    /// After that.
    ended: Vec<(Status, Option<String>)>,
    is_in: bool,
    /// The markers that are left, of whatever kind has to do with requests.
    open: Vec<String>,
}

/// The ticketing system, behind the gate at which processes die. What it hears: each message's id, and the status in it.
struct Desk {
    fate: Arc<Fate>,
    heard: Mutex<Vec<(String, Value)>>,
}

#[async_trait]
impl Transport for Desk {
    async fn send(&self, call: http::Request<Bytes>, _: Duration) -> Result<http::Response<Bytes>, TransportError> {
        let number = self.fate.before("POST to the ticket").await;
        let id = call.headers()["webhook-id"].to_str().expect("plain").to_owned();
        let told: Value = serde_json::from_slice(call.body()).expect("a document");
        self.heard.lock().expect("no holder panics").push((id, told["status"].clone()));
        self.fate.after(number, &"taken").await;
        Ok(http::Response::new(Bytes::new()))
    }
}

impl Asked {
    /// A process that tells tickets. No two have the same randomness, so none takes another one's write for its own.
    pub(super) fn engine(&self, world: &World, store: Arc<dyn Documents>, wire: Arc<dyn Transport>) -> Engine {
        let seed = 1_000 + self.processes.fetch_add(1, Ordering::Relaxed);
        let engine = world.engine_of(store, wire, Arc::new(world.clock.clone()), Arc::new(SeededRandom::new(seed)));
        let (desks, proofs) = (BTreeMap::new(), BTreeMap::new());
        engine.calling_back(Tickets { desks, proofs, operators: self.desk.clone(), guarded: self.desk.clone() })
    }
}

impl Town {
    /// Two standing members, settled, a package that anybody may ask for with so many approvals, and Zoe.
    pub(crate) async fn asking(approvals: u32, deaths: &[Death]) -> Self {
        let mut town = Self::new(2, deaths);
        open_to_requests(&mut town.world, approvals);
        let caller = town.world.config.callers.get_mut("servicenow").expect("it asks");
        caller.callbacks = [DESK.to_owned()].into();
        town.world.person("lead", &[]);
        town.world.person("zoe", &[]);
        town.leavers = [ZOE.to_owned()].into();
        let desk = Arc::new(Desk { fate: town.fate.clone(), heard: Mutex::default() });
        town.asked = Some(Asked { desk, processes: AtomicU64::new(0) });
        town.settle().await;
        town
    }

    /// The ticket asks, and asks again for as long as no answer comes.
    pub(crate) async fn ask(&self, hours: u32) {
        let caller = known("servicenow", &[May::Request]);
        let mut body = body(hours);
        body["callback"] = json!({ "url": format!("https://{DESK}/hook") });
        let body = body.to_string();
        let wish = Wish { caller: &caller, key: None, delivery: None, body: body.as_bytes() };
        for attempt in 0..DELIVERIES_MAX {
            match self.process(async |engine| engine.ask_for(&wish).await).await {
                Some(Ok(Heard::Made(_))) => return,
                Some(answer) => panic!("it is allowed: {answer:?}"),
                None => self.wait(attempt).await,
            }
        }
        panic!("the ticket never got an answer");
    }

    /// The lead decides on the one request, and again for as long as no answer comes.
    pub(crate) async fn say(&self, decide: Decide) {
        let by = By { who: LEAD.into(), asserted: true, comment: None };
        let caller = known("desk", &[May::Approve]);
        let deciding = Deciding { caller: &caller, by: &by, named: true };
        let id = self.documents().await.first().expect("somebody asked").request.id.clone();
        for attempt in 0..DELIVERIES_MAX {
            match self.process(async |engine| engine.decide_request(&id, decide, &deciding).await).await {
                Some(Ok(_)) => return,
                // Said and heard; only the answer was lost.
                Some(Err(Refused::WrongState(_))) if decide == Decide::Approve && attempt > 0 => return,
                Some(Err(error)) => panic!("{decide:?} was not taken: {error}"),
                None => self.wait(attempt).await,
            }
        }
        panic!("{decide:?} was never answered");
    }

    /// The timer of requests fires once.
    pub(super) async fn follow(&self) {
        if let Some(Err(error)) = self.process(async |engine| engine.follow_requests().await).await {
            panic!("the store works: {error}");
        }
    }

    /// How long until the one grant is over.
    pub(crate) async fn time_left(&self) -> SignedDuration {
        let end = self.documents().await.first().and_then(|one| one.request.ends_at).expect("it began");
        end.duration_since(self.world.clock.now())
    }

    /// Whoever got no answer tries again at once, or when a lease can be taken over.
    async fn wait(&self, attempt: usize) {
        if attempt.is_multiple_of(2) {
            self.world.pass(SignedDuration::from_secs(25)).await;
        }
    }

    async fn documents(&self) -> Vec<RequestDocument> {
        let store = self.world.engine().store().clone();
        let mut documents = Vec::new();
        for path in store.list("requests/").await.expect("the store works") {
            let kept = store.read::<RequestDocument>(&path).await.expect("the store works");
            documents.extend(kept.map(|kept| kept.value));
        }
        documents
    }

    /// Lets every grant come to its end. What must hold at any time is checked on the way.
    pub(super) async fn end_of_requests(&mut self) -> Option<Ended> {
        let asked = self.asked.as_ref()?;
        let heard = asked.desk.clone();
        let meanwhile = self.check_grants().await.iter().map(|one| one.request.status).collect();
        let meanwhile = (meanwhile, self.is_zoe_in());
        self.world.pass(LONG).await;
        for _ in 0..3 {
            self.minutes(1).await;
            self.world.pass(SignedDuration::from_mins(6)).await;
        }
        let documents = self.check_grants().await;
        for document in &documents {
            assert_eq!(document.dead, None);
            check_calls(&document.request, &heard.heard.lock().expect("no holder panics"));
            self.check_removals(&document.request);
        }
        let store = self.world.engine().store().clone();
        let mut open = Vec::new();
        for kind in ["requests", "grants", "dirty"] {
            open.extend(markers::list(&store, kind).await.expect("the store works"));
        }
        let ended = documents.into_iter().map(|one| (one.request.status, one.request.code)).collect();
        Some(Ended { meanwhile, ended, is_in: self.is_zoe_in(), open })
    }

    fn is_zoe_in(&self) -> bool {
        self.contoso.member_mails(self.target).contains(ZOE)
    }

    /// No grant lives on beside a request that is over, and none is there without a request that began.
    async fn check_grants(&self) -> Vec<RequestDocument> {
        let ledger = self.check_journal().await;
        let documents = self.documents().await;
        let path = body_path(TenantId(self.contoso.id()));
        let stored = self.world.engine().store().read::<Body>(&path).await.expect("the store works");
        assert!(stored.is_some_and(|body| body.value.ledger == ledger));
        for id in ledger.grants.keys().chain(ledger.settled.keys()) {
            let request = documents.iter().map(|one| &one.request).find(|request| request.id == *id);
            assert!(request.is_some_and(|request| request.starts_at.is_some()), "{id}: {request:#?}");
        }
        for id in ledger.grants.keys() {
            let is_final = |one: &&RequestDocument| one.request.id == *id && one.request.status.is_final();
            assert!(!documents.iter().any(|one| is_final(&one)), "{id} is over, and its grant lives on");
        }
        documents
    }

    /// Nobody is taken out before the end that was said last.
    fn check_removals(&self, request: &Request) {
        let end = request.ends_at.expect("each of these requests began");
        for effect in self.world.sim.effects() {
            if matches!(effect.change, Change::MemberRemoved { .. }) {
                assert!(effect.at >= end, "{effect:?}, and the end is {end}");
            }
        }
    }
}

/// The ticket hears of every change at least once, of each for the first time in the order in which they happened, and
/// never two things under one id.
fn check_calls(request: &Request, heard: &[(String, Value)]) {
    let theirs = |id: &RequestId| format!("msg_{id}_");
    let mut firsts: Vec<&(String, Value)> = Vec::new();
    for call in heard.iter().filter(|(id, _)| id.starts_with(&theirs(&request.id))) {
        match firsts.iter().find(|(id, _)| *id == call.0) {
            Some(first) => assert_eq!(first.1, call.1, "{} says something else the second time", call.0),
            None => firsts.push(call),
        }
    }
    let owed: Vec<String> = to_tell(request, 0).map(|change| message_id(request, change)).collect();
    let told: Vec<String> = firsts.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(told, owed, "{:#?}", request.history);
}
