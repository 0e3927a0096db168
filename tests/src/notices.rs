//! Notices: one for each cause, at least once to each channel, and the end of it too.

mod program;

use crate::holds::held_everywhere;
use crate::world::World;
use access::config::{self, NoticeKind, SecretRef, Service};
use async_trait::async_trait;
use bytes::Bytes;
use engine::notices::Outbox;
use engine::{By, Confirm, Engine, How};
use http::{Request, Response};
use jiff::SignedDuration;
use notify::{Channel, Ways};
use outside::{Transport, TransportError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::faulty::Faulty;

/// What somebody who is told got, and how they answer.
#[derive(Default)]
pub(crate) struct Receiver {
    got: Mutex<Vec<Got>>,
    /// Answers to come, by host; 200 once they are used up.
    script: Mutex<BTreeMap<String, Vec<Say>>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Got {
    host: String,
    id: String,
    body: serde_json::Value,
}

#[derive(Debug, Clone, Copy)]
enum Say {
    Status(u16),
    Lost,
    Never,
}

impl Receiver {
    /// What was said of causes of this kind, in order.
    pub(crate) fn states(&self, kind: &str) -> Vec<String> {
        let got = self.got.lock().expect("no holder panics");
        let of_kind = got.iter().filter(|one| one.body["data"]["kind"] == kind);
        of_kind.map(|one| one.body["data"]["state"].as_str().expect("a state").to_owned()).collect()
    }

    /// All that was said of causes of this kind, in order.
    pub(crate) fn data(&self, kind: &str) -> Vec<serde_json::Value> {
        self.got().into_iter().map(|one| one.body["data"].clone()).filter(|data| data["kind"] == kind).collect()
    }

    /// From now on this host refuses everything with this status.
    pub(crate) fn refuse(&self, host: &str, status: u16) {
        self.script(host, &[Say::Status(status); 100]);
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no holder panics").clone()
    }

    fn script(&self, host: &str, says: &[Say]) {
        self.script.lock().expect("no holder panics").insert(host.into(), says.to_vec());
    }
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().expect("a host").to_owned();
        let say = {
            let mut script = self.script.lock().expect("no holder panics");
            let says = script.entry(host.clone()).or_default();
            if says.is_empty() { Say::Status(200) } else { says.remove(0) }
        };
        if !matches!(say, Say::Never) {
            let id = request.headers()["webhook-id"].to_str().expect("text").to_owned();
            let body = serde_json::from_slice(request.body()).expect("JSON");
            self.got.lock().expect("no holder panics").push(Got { host, id, body });
        }
        match say {
            Say::Status(status) => Ok(Response::builder().status(status).body(Bytes::new()).expect("a response")),
            Say::Lost => Err(TransportError::TimedOut(timeout)),
            Say::Never => Err(TransportError::NeverSent("no route".into())),
        }
    }
}

fn channel(name: &str) -> config::Channel {
    let secret = SecretRef::Env("HOOK".into());
    config::Channel { service: Service::Webhook { url: format!("https://{name}.example/hook"), secret }, url: None }
}

/// Routes these kinds to the channel `ops`.
pub(crate) fn router(world: &mut World, kinds: &[NoticeKind]) {
    route(world, kinds, &["ops"]);
}

fn route(world: &mut World, kinds: &[NoticeKind], channels: &[&str]) {
    world.config.channels = channels.iter().map(|name| ((*name).to_owned(), channel(name))).collect();
    let names: Vec<String> = channels.iter().map(|name| (*name).to_owned()).collect();
    world.config.notices = kinds.iter().map(|kind| (*kind, names.clone())).collect();
}

/// A process that tells this receiver.
pub(crate) fn telling(world: &World, receiver: Arc<Receiver>) -> Engine {
    let resolve = |channel: &config::Channel| {
        Channel::resolve(channel, |_| Ok(b"whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo".to_vec()))
    };
    let channels = world.config.channels.iter().map(|(name, channel)| (name.clone(), resolve(channel))).collect();
    world.engine().telling(Outbox { channels, ways: Ways::by(receiver) })
}

/// Three customers held for one reason, with holds routed to these channels from now on.
async fn held(channels: &[&str]) -> (World, Arc<Receiver>, Engine) {
    let (mut world, ..) = held_everywhere().await;
    route(&mut world, &[NoticeKind::Held], channels);
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    for name in ["adatum", "contoso", "fabrikam"] {
        sync(&engine, name).await;
    }
    (world, receiver, engine)
}

async fn sync(engine: &Engine, name: &str) {
    engine.sync(name, How { fresh: true, enforce: false }).await.expect("the store works");
}

async fn minute(world: &World, engine: &Engine) {
    world.pass(SignedDuration::from_mins(1)).await;
    engine.tick().await.expect("a tick");
}

async fn release(engine: &Engine) {
    let plan = access::plan::Plan::new(engine.held(None).await.expect("the store works"));
    let by = By { who: "lead".into(), asserted: false, comment: None };
    let confirm = Confirm { customers: None, people: plan.groups[0].totals.people };
    engine.decide_together(&plan.groups[0].cause, true, confirm, None, &by).await.expect("confirmed");
}

#[tokio::test(start_paused = true)]
async fn one_cause_in_many_customers_is_one_notice_and_its_end_is_another() {
    let (world, receiver, engine) = held(&["ops"]).await;
    for _ in 0..30 {
        minute(&world, &engine).await;
    }
    let got = receiver.got();
    let [one] = got.as_slice() else { panic!("one message: {got:#?}") };
    let data = &one.body["data"];
    assert_eq!(data["customers"], serde_json::json!(["adatum", "contoso", "fabrikam"]));
    assert_eq!((&data["customersCount"], &data["command"]), (&3.into(), &"gatehouse plan".into()));
    release(&engine).await;
    for name in ["adatum", "contoso"] {
        sync(&engine, name).await;
    }
    minute(&world, &engine).await;
    assert_eq!(receiver.states("held"), ["opened"], "fabrikam still holds it");
    sync(&engine, "fabrikam").await;
    for _ in 0..20 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.states("held"), ["opened", "resolved"]);
    let got = receiver.got();
    assert_eq!(got[0].body["data"]["id"], got[1].body["data"]["id"], "the same occurrence");
    assert_ne!(got[0].id, got[1].id, "another message");
}

#[tokio::test(start_paused = true)]
async fn customers_who_join_later_are_told_of_together_after_a_while() {
    let (mut world, ..) = held_everywhere().await;
    route(&mut world, &[NoticeKind::Held], &["ops"]);
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    sync(&engine, "adatum").await;
    minute(&world, &engine).await;
    let first = receiver.got()[0].body["data"].clone();
    assert_eq!(first["customersCount"], 1);
    let command = first["command"].as_str().expect("a command");
    assert!(command.starts_with("gatehouse sync --release sha256:"), "{command}");
    sync(&engine, "contoso").await;
    sync(&engine, "fabrikam").await;
    for _ in 0..14 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.states("held"), ["opened"]);
    minute(&world, &engine).await;
    assert_eq!(receiver.states("held"), ["opened", "updated"]);
    assert_eq!(receiver.got()[1].body["data"]["customersCount"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_joins_after_another_left_is_told_of_although_there_are_no_more_than_before() {
    let (mut world, ..) = held_everywhere().await;
    route(&mut world, &[NoticeKind::Held], &["ops"]);
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    sync(&engine, "adatum").await;
    sync(&engine, "contoso").await;
    minute(&world, &engine).await;
    let adatum = engine.held(Some(&["adatum".into()])).await.expect("the store works").remove(0);
    let by = By { who: "lead".into(), asserted: false, comment: None };
    engine.release(&adatum.digest, None, &by).await.expect("it is held");
    sync(&engine, "adatum").await;
    minute(&world, &engine).await;
    assert_eq!(receiver.states("held"), ["opened"], "one less is no news");
    sync(&engine, "fabrikam").await;
    for _ in 0..15 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.states("held"), ["opened", "updated"]);
    assert_eq!(receiver.got()[1].body["data"]["customers"], serde_json::json!(["contoso", "fabrikam"]));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_fails_is_tried_again_and_the_other_is_not() {
    let (world, receiver, engine) = held(&["ops", "duty"]).await;
    receiver.script("duty.example", &[Say::Status(503), Say::Never, Say::Status(429)]);
    for _ in 0..10 {
        minute(&world, &engine).await;
    }
    let to = |host: &str| receiver.got().into_iter().filter(|one| one.host == host).collect::<Vec<_>>();
    assert_eq!(to("ops.example").len(), 1);
    let duty = to("duty.example");
    assert_eq!(duty.len(), 3, "two failures that arrived, one that did not, then it was taken");
    assert!(duty.iter().all(|one| one.id == duty[0].id && one.body["data"]["mayRepeat"] == false), "{duty:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_killed_sender_lead_to_the_same_message_again_that_says_so() {
    let (world, receiver, engine) = held(&["ops"]).await;
    receiver.script("ops.example", &[Say::Lost]);
    minute(&world, &engine).await;
    minute(&world, &engine).await;
    let got = receiver.got();
    assert_eq!((got.len(), &got[0].id), (2, &got[1].id));
    assert_eq!((&got[0].body["data"]["mayRepeat"], &got[1].body["data"]["mayRepeat"]), (&false.into(), &true.into()));

    let (world, receiver, engine) = held(&["ops"]).await;
    // The process ends between the sending and the note of how it ended.
    let documents = Arc::new(Faulty::new(world.documents.clone()));
    let killed = Arc::new(Killer { receiver: receiver.clone(), documents: documents.clone() });
    let resolved = Channel::resolve(&channel("ops"), |_| Ok(b"whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo".to_vec()));
    let outbox = Outbox { channels: [("ops".to_owned(), resolved)].into(), ways: Ways::by(killed) };
    let dying = world.engine_on(documents, Arc::new(world.sim.clone())).telling(outbox);
    world.pass(SignedDuration::from_mins(1)).await;
    let _ = dying.tick().await;
    assert_eq!(receiver.got().len(), 1);
    engine.tick().await.expect("a tick");
    assert_eq!(receiver.got().len(), 1, "it is claimed");
    minute(&world, &engine).await;
    let got = receiver.got();
    assert_eq!((got.len(), &got[0].id), (2, &got[1].id));
    assert_eq!(got[1].body["data"]["mayRepeat"], true);
    minute(&world, &engine).await;
    assert_eq!(receiver.got().len(), 2);
}

/// Takes the message, and the store with it: nothing that the process does afterwards is kept.
struct Killer {
    receiver: Arc<Receiver>,
    documents: Arc<Faulty<Arc<store::counted::Counted<store::Memory>>>>,
}

#[async_trait]
impl Transport for Killer {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let answer = self.receiver.send(request, timeout).await;
        self.documents.kill_after(self.documents.operations());
        answer
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_never_be_taken_is_a_dead_letter_at_once_and_the_rest_after_a_day() {
    let (world, receiver, engine) = held(&["ops"]).await;
    receiver.script("ops.example", &[Say::Status(404)]);
    for _ in 0..10 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.got().len(), 1);
    assert_eq!(dead(&engine).await, 1);

    let (world, receiver, engine) = held(&["ops"]).await;
    receiver.script("ops.example", &[Say::Status(500); 10_000]);
    for _ in 0..24 * 60 {
        minute(&world, &engine).await;
    }
    assert_eq!(dead(&engine).await, 0, "a day is not over");
    let attempts = receiver.got().len();
    assert!((230..=370).contains(&attempts), "{attempts} attempts, one in about five minutes");
    for _ in 0..10 {
        minute(&world, &engine).await;
    }
    assert_eq!(dead(&engine).await, 1);
    let attempts = receiver.got().len();
    for _ in 0..20 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.got().len(), attempts, "given up");
    for name in ["adatum", "contoso", "fabrikam"] {
        sync(&engine, name).await;
    }
    release(&engine).await;
    for name in ["adatum", "contoso", "fabrikam"] {
        sync(&engine, name).await;
    }
    minute(&world, &engine).await;
    assert_eq!(dead(&engine).await, 0, "the cause is over, and so is its letter");
}

async fn dead(engine: &Engine) -> usize {
    let red = engine.health(true).await.red.unwrap_or_default();
    red.iter().filter(|one| one.code == "dead_letter").count()
}

#[tokio::test(start_paused = true)]
async fn two_processes_send_one_message() {
    let (world, receiver, engine) = held(&["ops"]).await;
    let other = telling(&world, receiver.clone());
    world.pass(SignedDuration::from_mins(1)).await;
    let (one, two) = futures::future::join(engine.tick(), other.tick()).await;
    one.and(two).expect("both tick");
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tick_with_nothing_to_tell_costs_one_list_and_a_run_nothing() {
    let (world, receiver, engine) = held(&["ops"]).await;
    for _ in 0..3 {
        minute(&world, &engine).await;
    }
    assert_eq!(receiver.got().len(), 1);
    world.documents.reset();
    minute(&world, &engine).await;
    let counts = [world.documents.counts("open/notice"), world.documents.counts("notice")];
    assert_eq!((counts[0].lists, counts[0].reads() + counts[0].writes()), (1, 1), "{counts:?}");
    assert_eq!(counts[1].reads() + counts[1].writes(), 0, "{counts:?}");
    world.documents.reset();
    sync(&engine, "adatum").await;
    let counts = [world.documents.counts("open/notice"), world.documents.counts("notice")];
    assert!(counts.iter().all(|counts| counts.reads() + counts.writes() == 0), "{counts:?}");
    // What nobody routes is not even written down.
    let (world, ..) = held_everywhere().await;
    assert_eq!(world.engine().store().list("notice").await.expect("the store works"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn customers_that_find_one_cause_at_the_same_moment_make_one_notice() {
    let (mut world, ..) = held_everywhere().await;
    route(&mut world, &[NoticeKind::Held], &["ops"]);
    let receiver = Arc::new(Receiver::default());
    let engine = telling(&world, receiver.clone());
    let names = ["adatum", "contoso", "fabrikam"];
    futures::future::join_all(names.map(|name| sync(&engine, name))).await;
    minute(&world, &engine).await;
    let got = receiver.got();
    assert_eq!((got.len(), &got[0].body["data"]["customersCount"]), (1, &3.into()), "{got:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_between_any_two_operations_leaves_a_notice_that_is_sent() {
    let mut operations = u64::MAX;
    let mut number = 0;
    while number <= operations {
        let (mut world, ..) = held_everywhere().await;
        route(&mut world, &[NoticeKind::Held], &["ops"]);
        world.config.customers.truncate(1);
        let receiver = Arc::new(Receiver::default());
        let documents = Arc::new(Faulty::new(world.documents.clone()));
        let resolved = Channel::resolve(&channel("ops"), |_| Ok(b"whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo".to_vec()));
        let outbox = Outbox { channels: [("ops".to_owned(), resolved)].into(), ways: Ways::by(receiver.clone()) };
        let dying = world.engine_on(documents.clone(), Arc::new(world.sim.clone())).telling(outbox);
        documents.kill_after(number);
        let _ = dying.sync("adatum", How { fresh: true, enforce: false }).await;
        let _ = dying.tick().await;
        if operations == u64::MAX && documents.operations() < number {
            operations = documents.operations();
        }
        let engine = telling(&world, receiver.clone());
        for _ in 0..3 {
            minute(&world, &engine).await;
            sync(&engine, "adatum").await;
        }
        let got = receiver.got();
        let ids: std::collections::BTreeSet<&str> = got.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids.len(), 1, "killed after {number}: {got:#?}");
        assert!(got.len() == 1 || got[1].body["data"]["mayRepeat"] == true, "killed after {number}: {got:#?}");
        number += 1;
    }
    assert!(operations > 15, "{operations}");
}
