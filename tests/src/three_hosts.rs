//! The demo's story under all three hosts, against the simulated cloud over TLS: whoever wakes the functions, the same
//! people end up in the same groups, for the same reasons.

use crate::azure_host::{AzureHost, Packaged, wire};
use crate::on_lambda::runtime::{Runtime, batch, failed};
use async_trait::async_trait;
use bytes::Bytes;
use gatehouse::cli;
use gatehouse::demo::{API_KEY, Home};
use gatehouse::hosts::local::{self, Local};
use gatehouse::hosts::{Host, stop};
use gatehouse::settings::Settings;
use gatehouse::wiring::{Doors, Place};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, SystemClock, SystemRandom};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Every customer of the demo that a run may write in or look at.
const CUSTOMERS: [&str; 5] = ["adatum", "contoso", "fabrikam", "tailspin", "wingtip"];

/// How much faster than ours the local host's time goes: its timers cannot be told when to fire.
const FASTER: u32 = 10;

/// What is compared in the end.
#[derive(Debug, PartialEq, Eq)]
struct End {
    /// The members of each group of each tenant, by their addresses.
    members: BTreeMap<String, BTreeSet<String>>,
    /// Everybody in each tenant, and whether the account is enabled.
    people: BTreeMap<String, BTreeMap<String, bool>>,
    /// What each journal says was decided.
    decisions: BTreeMap<String, BTreeSet<String>>,
}

/// A host that a test drives.
#[async_trait]
trait Driven: Send {
    /// Lets a tick happen, and each customer's turn come.
    async fn turn(&mut self);
    /// A request of the demo's visitor: status and answer.
    async fn http(&mut self, method: &str, path: &str, body: &str) -> (u16, Value);
}

const VISITOR: [(&str, &str); 2] = [("x-api-key", API_KEY), ("content-type", "application/json")];

fn messages() -> Vec<(&'static str, String)> {
    CUSTOMERS.iter().map(|name| (*name, json!({ "customer": name }).to_string())).collect()
}

struct Azure(AzureHost);

#[async_trait]
impl Driven for Azure {
    async fn turn(&mut self) {
        self.0.timer("schedule_sync").await.expect("the timer works");
        messages().iter().for_each(|(_, text)| self.0.push("sync", text));
        let deliveries = self.0.drain_queues().await;
        assert!(deliveries.iter().all(|delivery| delivery.failed.is_none()), "{deliveries:?}");
    }

    async fn http(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let length = body.len().to_string();
        let headers = [VISITOR[0], VISITOR[1], ("content-length", length.as_str())];
        let answer = self.0.http(method, path, &headers, body).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }
}

struct Lambda(Runtime);

#[async_trait]
impl Driven for Lambda {
    async fn turn(&mut self) {
        let time = Duration::from_secs(300);
        self.0.invoke(&json!({ "function": "schedule_sync" }), time).await.expect("the schedule works");
        let messages = messages();
        let messages: Vec<_> = messages.iter().map(|(id, text)| (*id, text.as_str())).collect();
        let answer = self.0.invoke(&batch(&messages, 1), time).await.expect("a batch is always answered");
        assert_eq!(failed(&answer), [""; 0], "{:#?}", self.0.output());
    }

    async fn http(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        self.0.http(method, path, &VISITOR, body).await
    }
}

/// The local host in this process, on a clock that runs fast.
struct Here {
    clock: Fast,
    port: u16,
}

#[async_trait]
impl Driven for Here {
    async fn turn(&mut self) {
        // A minute's timer and what it queues, whenever in the minute this begins; `every` is a minute in the demo.
        self.clock.sleep(Duration::from_secs(100)).await;
    }

    async fn http(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
        let request = VISITOR.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let body = wire::whole(Bytes::copy_from_slice(body.as_bytes()));
        let answer = wire::send(self.port, request.body(body).unwrap()).await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }
}

/// Time that passes [`FASTER`].
#[derive(Clone)]
struct Fast {
    system: Arc<SystemClock>,
    start: Timestamp,
}

impl Fast {
    fn new() -> Self {
        let system = Arc::new(SystemClock::new());
        Self { start: system.now(), system }
    }
}

#[async_trait]
impl Clock for Fast {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.monotonic()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic() * FASTER
    }

    async fn sleep(&self, duration: Duration) {
        self.system.sleep(duration / FASTER).await;
    }
}

/// Tells the story to its end.
async fn play(home: &Home, host: &mut dyn Driven) -> End {
    host.turn().await;
    host.turn().await;
    home.things_happen();
    host.turn().await;
    host.turn().await;
    let (status, held) = host.http("GET", "/api/v1/plans", "").await;
    let plans = held["customers"].as_array().unwrap_or_else(|| panic!("{status} {held}"));
    let tailspin = plans.iter().find(|plan| plan["customer"] == "tailspin").unwrap_or_else(|| panic!("{held}"));
    let path = format!("/api/v1/plans/{}/release", tailspin["digest"].as_str().unwrap());
    let by = json!({ "by": { "email": "lead@northwind.example" }, "comment": "they did change teams" }).to_string();
    let (status, released) = host.http("POST", &path, &by).await;
    assert_eq!(status, 200, "{released}");
    host.turn().await;
    host.turn().await;
    host.turn().await;
    end(home).await
}

async fn end(home: &Home) -> End {
    let (mut members, mut people) = (BTreeMap::new(), BTreeMap::new());
    for tenant in home.sim().tenants() {
        for group in tenant.groups() {
            members.insert(format!("{} {group}", tenant.id()), tenant.member_mails(group));
        }
        let everybody = tenant.users().into_iter();
        let named =
            everybody.map(|user| (tenant.mail(user).unwrap_or_else(|| user.to_string()), tenant.is_enabled(user)));
        people.insert(tenant.id().to_string(), named.collect());
    }
    let folder = home.folder.to_string_lossy();
    let args = ["gatehouse", "--config", &folder, "journal", "--format", "json"].map(Into::into);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(args, Arc::new(BTreeMap::new()), Doors::system(), &mut out, &mut err).await;
    assert_eq!(status, 0, "{}", String::from_utf8_lossy(&err));
    let journal: Value = serde_json::from_slice(&out).unwrap();
    let mut decisions = BTreeMap::new();
    for chain in journal["customers"].as_array().unwrap() {
        let blocks = chain["blocks"].as_array().into_iter().flatten();
        let entries = blocks.flat_map(|block| block["entries"].as_array().into_iter().flatten());
        let name = chain["customer"].as_str().unwrap().to_owned();
        decisions.insert(name, entries.filter_map(decision).collect::<BTreeSet<_>>());
    }
    End { members, people, decisions }
}

/// What an entry decides, without what differs from run to run: times, numbers, and the ids that the cloud gives to guests.
fn decision(entry: &Value) -> Option<String> {
    let kind = entry["entry"].as_str()?;
    let said = match kind {
        "intent" => {
            let step = &entry["step"];
            let [action, mail, target] = ["action", "mail", "target"].map(|name| &step[name]);
            format!("{action} {mail} {target} {} {} {}", step["cause"], entry["packages"], entry["released"])
        }
        "adopted" => format!("{} {} {}", entry["person"], entry["target"], entry["packages"]),
        "decided" => format!("{} {} {} {}", entry["by"], entry["asserted"], entry["allow"], entry["steps"]),
        "known" => format!("{} {}", entry["person"], entry["ours"]),
        "vanished" => entry["target"].to_string(),
        _ => return None,
    };
    Some(format!("{kind} {said}"))
}

/// Removes the folder, which is looked at where a test fails.
fn gone(home: Home, end: End) -> End {
    std::fs::remove_dir_all(&home.folder).unwrap();
    end
}

async fn on_azure() -> End {
    let mut home = Home::make(None, Arc::new(SystemClock::new())).unwrap();
    home.open().await.unwrap();
    let config = home.folder.to_string_lossy().into_owned();
    let host = AzureHost::start(Packaged::new().folder(), &[("GATEHOUSE_CONFIG", &config)]).await;
    let end = play(&home, &mut Azure(host)).await;
    gone(home, end)
}

async fn on_lambda() -> End {
    let mut home = Home::make(None, Arc::new(SystemClock::new())).unwrap();
    home.open().await.unwrap();
    let config = home.folder.to_string_lossy().into_owned();
    let runtime = Runtime::start(&Packaged::new().program(), &[("GATEHOUSE_CONFIG", &config)]).await;
    let end = play(&home, &mut Lambda(runtime)).await;
    gone(home, end)
}

async fn at_home() -> End {
    let clock = Fast::new();
    let mut home = Home::make(None, Arc::new(clock.clone())).unwrap();
    home.open().await.unwrap();
    let doors = Doors { clock: Arc::new(clock.clone()), random: Arc::new(SystemRandom), transport: None };
    let settings = Settings::read(Arc::new(BTreeMap::new())).unwrap();
    let place = Place { folder: home.folder.clone(), settings, doors };
    let host = Host::new(functions::all(), Box::new(place), Arc::new(clock.clone()), Arc::new(SystemRandom));
    let listener = local::bind(0).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (ending, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stop = stop::on(async move { drop(ended.await) });
        Local::new(Arc::new(host)).serve(listener, stop).await
    });
    let end = play(&home, &mut Here { clock, port }).await;
    drop(ending);
    serving.await.unwrap().unwrap();
    gone(home, end)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demos_story_ends_the_same_on_azure_on_lambda_and_at_home() {
    let (azure, lambda, home) = futures::join!(on_azure(), on_lambda(), at_home());
    for folder in [&azure, &lambda, &home] {
        let held = folder.decisions["tailspin"].iter().filter(|decision| decision.starts_with("decided")).count();
        assert_eq!(held, 1, "somebody released what was held: {:#?}", folder.decisions["tailspin"]);
    }
    for (name, other) in [("lambda", &lambda), ("home", &home)] {
        assert_eq!(other.members, azure.members, "{name}");
        assert_eq!(other.people, azure.people, "{name}");
        assert_eq!(other.decisions, azure.decisions, "{name}");
    }
    let decisions: usize = azure.decisions.values().map(BTreeSet::len).sum();
    assert!(decisions > 100, "the story was told: {decisions}");
}
