//! The door that alerts come to: the routes of all functions, the gate with the customer's key, an engine, and channels of
//! four services that write down what they are sent.

use crate::world::World;
use access::config::{Folder, SecretRef, load};
use access::incidents::Incident;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::Sim;
use engine::notices::Outbox;
use functions::{Inside, Reply, Wake, route};
use gatehouse::settings::Settings;
use gatehouse::wiring::{Doors, Place};
use http::{Request, Response};
use jiff::Timestamp;
use notify::{Channel, Ways};
use outside::{Clock, SeededRandom, Transport, TransportError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Documents, Store};

const PROGRAM: &str = r#"
[partner]
name = "Partner"
tenant_id = "PARTNER"
[app]
client_id = "APP"
credential = { client_secret = "env:CLIENT_SECRET" }
[channels.pager]
pagerduty = "env:PAGER"
url = "https://pager.example"
[channels.teams]
teams = "env:TEAMS"
[channels.slack]
slack = { token = "env:SLACK", channel = "C0123456789", signing_secret = "env:SIGNING" }
url = "https://slack.example"
[channels.soc]
webhook = { url = "https://soc.example/hook", secret = "env:SOC" }
[[escalation]]
channels = ["pager", "teams", "slack", "soc"]
wait = "30m"
"#;

const CUSTOMER: &str = r#"
tenant_id = "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"
display_name = "Example Corp"
mode = "observe"
domains = ["partner.example.com"]
[break_glass]
accounts = [
  { id = "b1ea0001-1111-4a7b-8c2d-000000000001", upn = "bg-01@examplecorp.onmicrosoft.com" },
  { id = "b1ea0002-2222-4a7b-8c2d-000000000002", upn = "bg-02@examplecorp.onmicrosoft.com" },
]
[break_glass.webhook]
key = "env:ALERTS"
"#;

const SECRETS: [(&str, &str); 7] = [
    ("CLIENT_SECRET", "s3cret"),
    ("PAGER", "0123456789abcdef0123456789abcdef"),
    ("TEAMS", "https://teams.example/workflows/1"),
    ("SLACK", "xoxb-1"),
    ("SIGNING", "8f742231b10e8888abcd99yyyzzz85a5"),
    ("SOC", "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo"),
    ("ALERTS", "f0e1d2c3b4a5968778695a4b3c2d1e0f"),
];

/// What a channel was sent.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) channel: String,
    pub(super) body: Value,
}

impl Heard {
    /// Whether somebody is wanted.
    pub(super) fn calls(&self) -> bool {
        match self.channel.as_str() {
            "soc" => self.body["data"]["state"] == "triggered",
            "pager" => self.body["event_action"] == "trigger" && self.is_first(),
            _ => self.is_first(),
        }
    }

    /// A message with more about what was told says so first.
    fn is_first(&self) -> bool {
        let text = self.body.to_string();
        !text.contains("Details: ")
    }

    /// Whether something that can be clicked leads there.
    pub(super) fn has_link_to(&self, host: &str) -> bool {
        fn links<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        if let (true, Some(text)) = (["url", "href"].contains(&name.as_str()), value.as_str()) {
                            found.push(text);
                        }
                        links(value, found);
                    }
                }
                Value::Array(items) => items.iter().for_each(|item| links(item, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        links(&self.body, &mut found);
        found.iter().any(|link| link.contains(host))
    }
}

#[derive(Default)]
struct Receivers(Mutex<Vec<Heard>>);

#[async_trait]
impl Transport for Receivers {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().expect("a host");
        let channel = host.strip_suffix(".example").expect("a channel that is configured").to_owned();
        let body = serde_json::from_slice(request.body()).expect("JSON");
        let (status, answer) = match channel.as_str() {
            "slack" => (200, r#"{"ok":true}"#),
            "soc" => (204, ""),
            _ => (202, "{}"),
        };
        self.0.lock().expect("no holder panics").push(Heard { channel, body });
        Ok(Response::builder().status(status).body(Bytes::from(answer)).expect("a response"))
    }
}

/// The way to Microsoft, which knows whom it was sent to.
struct Watched {
    sim: Sim,
    hosts: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().expect("a host").to_owned();
        self.hosts.lock().expect("no holder panics").push(host);
        self.sim.send(request, timeout).await
    }
}

pub(super) struct Door {
    world: World,
    receivers: Arc<Receivers>,
    watched: Arc<Watched>,
    inside: Inside,
    engine: Arc<engine::Engine>,
}

impl Door {
    /// On the day of the recordings.
    pub(super) async fn new() -> Self {
        let mut world = World::new();
        let app = world.config.app.client_id.0;
        let program = PROGRAM.replace("PARTNER", &world.partner.id().to_string()).replace("APP", &app.to_string());
        let files = [("gatehouse.toml", program), ("customers/examplecorp.toml", CUSTOMER.to_owned())];
        let folder = Folder { files: files.map(|(name, text)| (name.to_owned(), text)).into() };
        let loaded = load(&folder, jiff::civil::date(2026, 11, 20));
        assert!(!loaded.has_errors(), "{:?}", loaded.problems);
        world.config = loaded.config.expect("there are no errors");
        let time: Timestamp = "2026-11-20T02:42:14Z".parse().expect("a time");
        world.pass(time.duration_since(world.clock.now())).await;

        let secrets: BTreeMap<String, String> =
            SECRETS.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let read = |secret: &SecretRef| match secret {
            SecretRef::Env(name) => Ok(secrets[name].clone().into_bytes()),
            other => Err(format!("there is no {other:?}")),
        };
        let channels = world.config.channels.iter();
        let channels = channels.map(|(name, channel)| (name.clone(), Channel::resolve(channel, read))).collect();
        let receivers = Arc::new(Receivers::default());
        let watched = Arc::new(Watched { sim: world.sim.clone(), hosts: Mutex::default() });
        let clock = Arc::new(world.clock.clone());
        let random = Arc::new(SeededRandom::new(1));
        let engine = world.engine_of(world.documents.clone(), watched.clone(), clock.clone(), random.clone());
        let engine = engine.telling(Outbox { channels, ways: Ways::by(receivers.clone()) });
        let engine = Arc::new(engine.reached_at(Some("https://gatehouse.example/api/v1/directory-changes".into())));
        let place = Place {
            folder: "/nowhere".into(),
            settings: Settings::read(Arc::new(secrets)).expect("nothing is wrong with the settings"),
            doors: Doors { clock: clock.clone(), random: random.clone(), transport: Some(watched.clone()) },
        };
        let store = Store::new(world.documents.clone(), clock, random);
        let gate = place.gate(&world.config, store).expect("no file is needed");
        let inside = Inside { engine: engine.clone(), gate: Arc::new(gate) };
        Self { world, receivers, watched, inside, engine }
    }

    /// The whole address that the action group has.
    pub(super) fn address(&self) -> String {
        format!("/api/v1/alerts/examplecorp?code={}", SECRETS[6].1)
    }

    /// An alert, as an action group sends it.
    pub(super) async fn post(&self, kind: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response<Bytes> {
        let mut request =
            Request::post(self.address()).header("host", "gatehouse.example").header("content-type", kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-length", body.len());
        self.send(request.body(Bytes::from(body)).expect("it is a request")).await
    }

    /// Any request.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let functions = functions::all();
        let function = route(&functions, request.method(), request.uri().path()).expect("there is such a route");
        match function.handle(&self.inside, Wake::Http(Box::new(request))).await {
            Reply::Http(answer) => answer,
            other => panic!("no answer but {other:?}"),
        }
    }

    /// The minute's timer, so often, and once more.
    pub(super) async fn minutes(&self, count: u64) {
        for _ in 0..count {
            self.engine.follow_incidents().await.expect("the store works");
            self.world.clock.sleep(Duration::from_secs(60)).await;
        }
        self.engine.follow_incidents().await.expect("the store works");
    }

    /// What the channels were sent so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.receivers.0.lock().expect("no holder panics").clone()
    }

    /// All incidents, by what they are about.
    pub(super) async fn incidents(&self) -> Vec<Incident> {
        let page = self.engine.incidents(&engine::incidents::Filter::default(), None).await;
        let mut incidents = page.expect("the store works").incidents;
        incidents.sort_by_key(|one| (one.severity, one.kind, one.id.clone()));
        incidents
    }

    /// The paths of everything that is stored, but for what the program makes for itself.
    pub(super) async fn stored(&self) -> Vec<String> {
        let mut paths = self.world.documents.list("").await.expect("memory works");
        paths.retain(|path| path != "requests-link");
        paths
    }

    /// The hosts that were asked and are none of Microsoft's.
    pub(super) fn strangers(&self) -> Vec<String> {
        let options = self.world.sim.options();
        let known =
            [&options.login_base, &options.graph_base, &options.log_analytics_base, &options.resource_manager_base];
        let mut hosts = self.watched.hosts.lock().expect("no holder panics").clone();
        hosts.retain(|host| !known.iter().any(|base| base.ends_with(host.as_str())));
        hosts
    }
}
