//! A customer with two emergency accounts, the channels that are paged, and a host whose processes may die.

use super::alert::account;
use super::channels::Channels;
use super::life::{Life, Line, Story};
use crate::crash::fate::Death;
use crate::gate::Gated;
use crate::world::World;
use access::config::{self, BreakGlassAccount, EscalationStep, SecretRef, Service};
use access::ids::{GuestId, TenantId};
use access::incidents::{Incident, IncidentId, Verdict};
use engine::incidents::{AlertCall, Heard};
use engine::notices::Outbox;
use engine::{By, Engine};
use jiff::SignedDuration;
use notify::{Channel, Ways};
use outside::{Clock, SeededRandom, Transport};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Documents;

/// Whose name stands in the address of the alerts.
pub(super) const CUSTOMER: &str = "contoso";

/// Who is paged at once, and who when nobody has answered for five minutes.
pub(super) const FIRST: [&str; 2] = ["ops", "sms"];
pub(super) const SECOND: [&str; 1] = ["boss"];

/// The pauses of an action group between its attempts, in seconds (page "Action groups").
const SENDERS_PAUSES: [u64; 5] = [5, 20, 5, 40, 5];

/// A process of the program.
pub(super) struct Process {
    pub(super) engine: Engine,
    life: Arc<Life>,
}

/// The customer, the channels, the host.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) channels: Arc<Channels>,
    pub(super) story: Arc<Story>,
    /// The store, as the host's processes see it.
    pub(super) documents: Arc<dyn Documents>,
    /// The process that the host runs now.
    running: Mutex<Option<Arc<Process>>>,
    started: Mutex<u64>,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::dying(&[])
    }

    /// The same, in which processes die once operations count.
    pub(super) fn dying(deaths: &[Death]) -> Self {
        let mut world = World::new();
        world.customer(CUSTOMER);
        let step = |channels: &[&str]| EscalationStep {
            channels: channels.iter().map(|name| (*name).to_owned()).collect(),
            wait: SignedDuration::from_mins(5),
        };
        world.config.escalation = vec![step(&FIRST), step(&SECOND)];
        world.config.channels = FIRST.iter().chain(&SECOND).map(|name| ((*name).to_owned(), webhook(name))).collect();
        world.config.customers[0].break_glass.accounts = [1, 2]
            .map(account)
            .map(|(id, upn)| BreakGlassAccount { id: GuestId(id.parse().expect("an id")), upn })
            .to_vec();
        let channels = Arc::new(Channels::new(world.clock.clone()));
        let story = Arc::new(Story::new(deaths));
        let documents = world.documents.clone();
        Self { world, channels, story, documents, running: Mutex::default(), started: Mutex::new(0) }
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.world.config.customers[0].tenant_id
    }

    /// A process on this store that reaches the channels by this way.
    pub(super) fn engine_on(&self, documents: Arc<dyn Documents>, ways: Arc<dyn Transport>) -> Engine {
        let started = {
            let mut started = self.started.lock().expect("no holder panics");
            *started += 1;
            *started
        };
        let (clock, sim) = (Arc::new(self.world.clock.clone()), Arc::new(self.world.sim.clone()));
        let engine = self.world.engine_of(documents, sim, clock, Arc::new(SeededRandom::new(started)));
        engine.telling(Outbox { channels: resolved(&self.world.config.channels), ways: Ways::by(ways) })
    }

    /// A process that nothing happens to.
    pub(super) fn engine(&self) -> Engine {
        self.engine_on(self.world.documents.clone(), self.channels.clone())
    }

    /// The host starts a process. What another one still does goes on beside it.
    pub(super) fn start(&self) -> Arc<Process> {
        let life = Arc::new(Life::new(self.story.clone()));
        let store = Gated::new(self.documents.clone(), life.clone());
        let line = Line { inner: self.channels.clone(), life: life.clone() };
        let process = Arc::new(Process { engine: self.engine_on(Arc::new(store), Arc::new(line)), life });
        *self.running.lock().expect("no holder panics") = Some(process.clone());
        process
    }

    /// Lets the host's process do this; `None`: it died.
    pub(super) async fn host<T>(&self, work: impl AsyncFnOnce(&Engine) -> T) -> Option<T> {
        let running = self.running.lock().expect("no holder panics").clone();
        let process = running.filter(|process| !process.life.is_over()).unwrap_or_else(|| self.start());
        tokio::select! {
            biased;
            () = process.life.died() => None,
            done = work(&process.engine) => Some(done),
        }
    }

    /// An action group sends this until it is taken, as often as it does. Whether it was.
    pub(super) async fn sent(&self, body: &[u8]) -> bool {
        for pause in [0].into_iter().chain(SENDERS_PAUSES) {
            self.sleep(pause).await;
            if self.sent_once(body).await {
                return true;
            }
        }
        false
    }

    /// One attempt of it.
    pub(super) async fn sent_once(&self, body: &[u8]) -> bool {
        let taken = self.host(async |engine| take(engine, body).await).await;
        taken.is_some_and(|taken| taken)
    }

    /// The minute's timer, so often.
    pub(super) async fn minutes(&self, count: u64) {
        for _ in 0..count {
            let begun = self.world.clock.monotonic();
            // What it logs is for people; what fails is gone on with at the next tick.
            self.host(async |engine| engine.follow_incidents().await).await;
            let took = self.world.clock.monotonic() - begun;
            self.world.clock.sleep(Duration::from_secs(60).saturating_sub(took)).await;
        }
    }

    pub(super) async fn sleep(&self, seconds: u64) {
        self.world.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Somebody answers, and says it again until it is heard.
    pub(super) async fn acknowledge(&self, id: &IncidentId) {
        for _ in 0..6 {
            let said = self.host(async |engine| engine.acknowledge(id, None, &by(), true).await).await;
            if said.is_some_and(|said| said.is_ok()) {
                return;
            }
            self.sleep(5).await;
        }
        panic!("nobody heard that somebody looks after it");
    }

    /// Somebody judges it, and says it again until it is heard; that it was judged before is heard, too.
    pub(super) async fn judge(&self, id: &IncidentId) {
        for _ in 0..6 {
            let said = self.host(async |engine| engine.give_verdict(id, None, Verdict::Genuine, &by()).await).await;
            match said {
                Some(Ok(_) | Err(engine::incidents::Refused::WrongState(_))) => return,
                Some(Err(_)) | None => self.sleep(5).await,
            }
        }
        panic!("nobody heard the verdict");
    }

    /// The incident as it is stored.
    pub(super) async fn incident(&self, id: &IncidentId) -> Option<Incident> {
        self.engine().incident(id, None).await.ok()
    }

    /// All incidents.
    pub(super) async fn incidents(&self) -> Vec<Incident> {
        let page = self.engine().incidents(&engine::incidents::Filter::default(), None).await;
        page.expect("the store works").incidents
    }

    /// The documents whose paths begin so.
    pub(super) async fn stored(&self, prefix: &str) -> Vec<String> {
        self.world.documents.list(prefix).await.expect("memory works")
    }
}

/// Whether the alert is taken: what would be 202. What is not would be 503.
pub(super) async fn take(engine: &Engine, body: &[u8]) -> bool {
    let call = AlertCall {
        customer: CUSTOMER,
        caller: "alerts.contoso",
        body,
        content_type: Some("application/json"),
        headers: &[],
        lost_its_body: false,
    };
    match engine.take_alert(&call).await {
        Ok(Heard::Taken(_)) => true,
        Ok(other) => panic!("it is an alert: {other:?}"),
        Err(_) => false,
    }
}

pub(super) fn by() -> By {
    By { who: "ola@northwind.example".into(), asserted: false, comment: None }
}

fn webhook(name: &str) -> config::Channel {
    let secret = SecretRef::Env("HOOK".into());
    config::Channel { service: Service::Webhook { url: format!("https://{name}.example/hook"), secret }, url: None }
}

fn resolved(channels: &BTreeMap<String, config::Channel>) -> BTreeMap<String, Result<Channel, String>> {
    let read = |_: &SecretRef| Ok(b"whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo".to_vec());
    channels.iter().map(|(name, channel)| (name.clone(), Channel::resolve(channel, read))).collect()
}
