//! Alerts without end at a real process on a disk, which is killed in the middle of them: none is lost, and none is paged
//! twice but those that were under way, which say so.

use super::alert::sign_ins;
use crate::azure_host::wire::{send, whole};
use crate::azure_host::{Packaged, signal};
use crate::on_azure::{Folder, SECRET};
use bytes::Bytes;
use cloud_sim::{Hook, PERMISSIONS, Sim, SimOptions, TlsSim, Treatment, serve};
use futures::StreamExt;
use http::{Request, Response};
use outside::{Clock, SystemClock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::process::{Child, Command};
use uuid::Uuid;

const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
const KEY: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";

/// How many senders there are.
const AT_ONCE: usize = 32;

/// How often the same sign-in is told: twice by each of two alerts.
const COPIES: usize = 4;

/// The pauses of an action group between its attempts, in seconds (page "Action groups").
const SENDERS_PAUSES: [u64; 5] = [5, 20, 5, 40, 5];

/// How long the channel takes for a page, as one across the internet does.
const TAKES: Duration = Duration::from_millis(100);

/// The first timer that makes up for the dead process comes within a minute, and may find that a claim still holds.
const SETTLED_WITHIN: Duration = Duration::from_secs(200);

/// The program's own host as a process of its own.
struct Process {
    child: Child,
    port: u16,
}

impl Process {
    async fn start(program: &Path, config: &Path, port: u16) -> Self {
        let log = std::fs::File::options().append(true).create(true).open(config.join("host.log")).expect("a log");
        let child = Command::new(program)
            .args(["serve", "--port", &port.to_string(), "--config"])
            .arg(config)
            .env_clear()
            .env("APP_SECRET", SECRET)
            .env("ALERTS_KEY", KEY)
            .env("SOC_SECRET", "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the program runs");
        let clock = SystemClock::new();
        while send(port, Request::get("/").body(whole(Bytes::new())).expect("a request")).await.is_err() {
            assert!(clock.monotonic() < Duration::from_secs(30), "it does not answer");
            clock.sleep(Duration::from_millis(20)).await;
        }
        Self { child, port }
    }

    async fn kill(mut self) {
        signal(self.child.id().expect("it runs"), "KILL").await;
        self.child.wait().await.expect("it has ended");
    }
}

/// What a sender met with.
#[derive(Default)]
struct Met {
    taken: AtomicUsize,
    broken: AtomicUsize,
    refused: AtomicUsize,
}

/// Sends one alert until it is taken, as an action group does.
async fn deliver(port: u16, body: &[u8], met: &Met) -> bool {
    let clock = SystemClock::new();
    for pause in [0].into_iter().chain(SENDERS_PAUSES) {
        clock.sleep(Duration::from_secs(pause)).await;
        let request = Request::post(format!("/api/v1/alerts/contoso?code={KEY}"))
            .header("host", "gatehouse.example")
            .header("content-type", "application/json; charset=utf-8")
            .body(whole(Bytes::copy_from_slice(body)))
            .expect("a request");
        match send(port, request).await.map(|answer| answer.status().as_u16()) {
            Ok(202) => {
                met.taken.fetch_add(1, Ordering::SeqCst);
                return true;
            }
            Ok(408 | 429 | 503 | 504) => drop(met.refused.fetch_add(1, Ordering::SeqCst)),
            Err(_) => drop(met.broken.fetch_add(1, Ordering::SeqCst)),
            Ok(other) => panic!("{other} is final: the alert would be gone"),
        }
    }
    false
}

fn configure(folder: &Folder, partner: Uuid, customer: Uuid, cloud: &TlsSim, soc: &Hook) {
    let write = |name: &str, text: String| {
        std::fs::write(folder.path().join(name), text).expect("the temp folder can be written");
    };
    write("ca.pem", format!("{}{}", cloud.ca_pem, soc.ca_pem));
    let program = format!(
        r#"
[partner]
name = "Northwind"
tenant_id = "{partner}"
[app]
client_id = "{APP}"
credential = {{ client_secret = "env:APP_SECRET" }}
[cloud]
name = "custom"
login = "{}"
graph = "{}"
ca_file = "ca.pem"
[store]
url = "file:state"
[channels.soc]
webhook = {{ url = "https://{}/hook", secret = "env:SOC_SECRET" }}
[[escalation]]
channels = ["soc"]
wait = "24h"
"#,
        cloud.login_url, cloud.graph_url, soc.host
    );
    write("gatehouse.toml", program);
    let (id, upn) = super::alert::account(1);
    let customer = format!(
        r#"
display_name = "Contoso Ltd"
tenant_id = "{customer}"
mode = "observe"
domains = ["northwind.example"]
[break_glass]
accounts = [{{ id = "{id}", upn = "{upn}" }}]
[break_glass.webhook]
key = "env:ALERTS_KEY"
"#
    );
    write("customers/contoso.toml", customer);
}

/// What arrived, by the incident and the message that told of it: whether each said that it may repeat.
fn calls(heard: &[Value]) -> BTreeMap<String, Vec<bool>> {
    let mut calls: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for body in heard {
        let data = &body["data"];
        assert_eq!(data["state"], "triggered", "{body}");
        for incident in data["incidents"].as_array().expect("it names them") {
            let incident = incident.as_str().expect("an id").to_owned();
            calls.entry(incident).or_default().push(data["mayRepeat"] == true);
        }
    }
    calls
}

/// The answer is how many were paged twice.
async fn flood(distinct: usize) -> usize {
    let clock = SystemClock::new();
    let sim = Sim::new(SimOptions::new(1, Arc::new(SystemClock::new())));
    sim.app(APP).secret(SECRET);
    let [partner, customer] = [(0x1111, "northwind"), (0x4444, "contoso")].map(|(id, name)| {
        let tenant = sim.tenant(Uuid::from_u128(id), &format!("{name}.onmicrosoft.com"));
        tenant.consent(APP, PERMISSIONS);
        tenant.id()
    });
    let cloud = serve(&sim, 0).await.expect("a free port");
    let heard = Arc::new(Mutex::new(Vec::<Value>::new()));
    let kept = heard.clone();
    let treat = move |request: Request<Bytes>| {
        let body = serde_json::from_slice(request.body()).expect("JSON");
        kept.lock().expect("no holder panics").push(body);
        Treatment::Slow(TAKES, Response::new(Bytes::new()))
    };
    let soc = Hook::treating(treat).await.expect("a free port");
    let folder = Folder::new(&format!("flood-{distinct}"));
    configure(&folder, partner, customer, &cloud, &soc);
    let program = Packaged::new().program();
    let port =
        std::net::TcpListener::bind(("127.0.0.1", 0)).and_then(|bound| bound.local_addr()).expect("a port").port();
    let first = Process::start(&program, folder.path(), port).await;

    // A new sign-in at every fourth place, and copies of others between: whenever the process dies, some are under way.
    let alerts = (0..COPIES * distinct).map(|place| {
        let copy = place % COPIES;
        let sign_in = (place / COPIES + distinct - 13 * copy) % distinct;
        sign_ins(10 * sign_in + copy % 2, &[(sign_in, "0")])
    });
    let met = Met::default();
    let killing = async {
        while met.taken.load(Ordering::SeqCst) < COPIES * distinct / 2 {
            clock.sleep(Duration::from_millis(1)).await;
        }
        let port = first.port;
        first.kill().await;
        let under_way = met.broken.load(Ordering::SeqCst);
        (Process::start(&program, folder.path(), port).await, under_way)
    };
    let sending = futures::stream::iter(alerts)
        .map(|body| {
            let met = &met;
            async move { deliver(port, &body, met).await }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<bool>>();
    let (taken, (second, _)) = futures::future::join(sending, killing).await;
    assert!(taken.iter().all(|taken| *taken), "every sender was answered in the end");
    let broken = met.broken.load(Ordering::SeqCst);
    assert!(broken > 0, "nobody was under way when the process died");

    // The timer makes up for what the dead process had begun.
    let documents = store::open("file:state", store::Opening::local(folder.path())).expect("the state is there");
    let heard = || heard.lock().expect("no holder panics").clone();
    let settled = clock.monotonic() + SETTLED_WITHIN;
    loop {
        let waiting = documents.list("open/alerts").await.expect("the store works");
        let mut claimed = 0;
        for path in documents.list("incidents").await.expect("the store works") {
            let stored = documents.get(&path).await.expect("the store works").expect("it is there");
            let document: Value = serde_json::from_slice(&stored.bytes).expect("JSON");
            let pages = document["value"]["pages"].as_array().expect("pages").iter();
            claimed += pages.filter(|page| page["claimed"].is_string()).count();
        }
        if waiting.is_empty() && claimed == 0 && calls(&heard()).len() == distinct {
            break;
        }
        assert!(
            clock.monotonic() < settled,
            "{} alerts and {claimed} pages are left; {} of {distinct} were heard of",
            waiting.len(),
            calls(&heard()).len()
        );
        clock.sleep(Duration::from_millis(500)).await;
    }
    second.kill().await;
    let calls = calls(&heard());
    let twice: Vec<&Vec<bool>> = calls.values().filter(|calls| calls.len() > 1).collect();
    for calls in &twice {
        assert!(calls[1..].iter().all(|may_repeat| *may_repeat), "{calls:?}");
    }
    assert!(twice.len() <= AT_ONCE, "{} were paged twice", twice.len());
    println!(
        "{} alerts, {distinct} sign-ins: {} pages, {} of them again, {broken} calls broken off, {} refused, {:.1} s",
        COPIES * distinct,
        heard().len(),
        twice.len(),
        met.refused.load(Ordering::SeqCst),
        clock.monotonic().as_secs_f64()
    );
    twice.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_alerts_at_a_process_that_is_killed_loses_none_and_repeats_only_what_was_under_way() {
    flood(60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the whole flood: 2,000 alerts, some minutes of work, run by hand"]
async fn two_thousand_alerts_at_a_process_that_is_killed_are_all_paged() {
    assert!(flood(500).await > 0, "no page was under way when the process died");
}
