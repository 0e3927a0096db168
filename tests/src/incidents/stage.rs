//! The stage of the story: the program under a real host, Microsoft and four services behind TLS, and a time that leaps
//! when the story says so.

use crate::azure_host::wire::{send, whole};
use crate::on_azure::{Folder, SECRET};
use crate::ticketing::stage::{Built, Leaping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use cloud_sim::{Hook, PERMISSIONS, Sim, SimOptions, TenantHandle, TlsSim, serve};
use functions::{Does, Inside};
use gatehouse::hosts::{Host, azure, stop};
use gatehouse::settings::Settings;
use gatehouse::wiring::{Doors, Place};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use outside::{Clock, SeededRandom};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
pub(super) const SOC_KEY: &[u8] = b"the-key-of-the-security-desk";
pub(super) const DESK_KEY: &str = "key-of-the-page-where-people-answer";
pub(super) const ALERTS_KEY: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";

/// The services that stand for channels, in the order in which the story looks at them.
pub(super) const CHANNELS: [&str; 4] = ["pager", "soc", "teams", "slack"];

pub(super) struct Stage {
    hooks: BTreeMap<&'static str, Hook>,
    clock: Arc<Leaping>,
    begins: Timestamp,
    engine: Arc<dyn Does>,
    port: u16,
    _folder: Folder,
    _cloud: TlsSim,
}

impl Stage {
    pub(super) async fn new(begins: &str) -> Self {
        let begins: Timestamp = begins.parse().expect("it is a time");
        let clock = Arc::new(Leaping::new(begins));
        let sim = Sim::new(SimOptions::new(1, clock.clone()));
        sim.app(APP).secret(SECRET);
        let [partner, customer] = [(0x1111, "northwind"), (0x4444, "contoso")].map(|(id, name)| {
            let tenant = sim.tenant(Uuid::from_u128(id), &format!("{name}.onmicrosoft.com"));
            tenant.consent(APP, PERMISSIONS);
            tenant
        });
        let cloud = serve(&sim, 0).await.expect("a free port");
        let mut hooks = BTreeMap::new();
        for name in CHANNELS {
            hooks.insert(name, Hook::open().await.expect("a free port"));
        }
        hooks["pager"].usually_answers(answer(StatusCode::ACCEPTED, None, r#"{"status":"success"}"#));
        hooks["slack"].usually_answers(answer(StatusCode::OK, None, r#"{"ok":true}"#));
        let folder = Folder::new("incident-story");
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).expect("the temp folder can be written");
        };
        let roots: String = hooks.values().map(|hook| hook.ca_pem.as_str()).collect();
        write("ca.pem", format!("{}{roots}", cloud.ca_pem));
        write("gatehouse.toml", program(&partner, &cloud, &hooks));
        write("customers/contoso.toml", package(&customer));
        let secrets = [
            ("APP_SECRET", SECRET.to_owned()),
            ("PAGER_KEY", "0123456789abcdef0123456789abcdef".to_owned()),
            ("TEAMS_URL", format!("https://{}/workflows/1", hooks["teams"].host)),
            ("SLACK_TOKEN", "xoxb-1".to_owned()),
            ("SOC_SECRET", format!("whsec_{}", BASE64.encode(SOC_KEY))),
            ("DESK_KEY", DESK_KEY.to_owned()),
            ("ALERTS_KEY", ALERTS_KEY.to_owned()),
        ];
        let secrets: BTreeMap<String, String> = secrets.map(|(name, value)| (name.to_owned(), value)).into();
        let random = Arc::new(SeededRandom::new(1));
        let doors = Doors { clock: clock.clone(), random: random.clone(), transport: None };
        let settings = Settings::read(Arc::new(secrets)).expect("nothing is wrong with the settings");
        let place = Place { folder: folder.path().to_owned(), settings, doors };
        let Inside { engine, gate } = place.build().await.expect("the configuration is right");
        let wiring = Box::new(Built { engine: engine.clone(), gate });
        let host = Arc::new(Host::new(functions::all(), wiring, clock.clone(), random));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        tokio::spawn(azure::serve(host, listener, stop::on(std::future::pending())));
        Self { hooks, clock, begins, engine, port, _folder: folder, _cloud: cloud }
    }

    /// It becomes this time of the first day.
    pub(super) fn leap_to(&self, time: &str) {
        let day = self.begins.strftime("%Y-%m-%d");
        self.clock.leap_to(format!("{day}T{time}:00Z").parse().expect("it is a time"));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The minute's timer.
    pub(super) async fn minute(&self) {
        let logs = self.engine.follow_incidents().await.expect("the store works");
        assert_eq!(logs, Vec::<String>::new());
    }

    /// The service that stands for this channel.
    pub(super) fn channel(&self, name: &str) -> &Hook {
        &self.hooks[name]
    }

    /// Over HTTP.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        send(self.port, request.map(whole)).await.expect("the host answers")
    }
}

pub(super) fn answer(status: StatusCode, retry_after: Option<&str>, body: &'static str) -> Response<Bytes> {
    let answer = retry_after.into_iter().fold(Response::builder(), |answer, after| answer.header("retry-after", after));
    answer.status(status).body(Bytes::from_static(body.as_bytes())).expect("it is an answer")
}

fn program(partner: &TenantHandle, cloud: &TlsSim, hooks: &BTreeMap<&str, Hook>) -> String {
    format!(
        r#"
[partner]
name = "Northwind"
tenant_id = "{}"
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
[callers.desk]
auth = {{ api_key = "env:DESK_KEY" }}
may = ["operate", "read"]
[channels.pager]
pagerduty = "env:PAGER_KEY"
url = "https://{}"
[channels.soc]
webhook = {{ url = "https://{}/hook", secret = "env:SOC_SECRET" }}
[channels.teams]
teams = "env:TEAMS_URL"
[channels.slack]
slack = {{ token = "env:SLACK_TOKEN", channel = "C0123456789" }}
url = "https://{}"
[[escalation]]
channels = ["pager", "soc"]
wait = "5m"
[[escalation]]
channels = ["teams", "slack"]
wait = "10m"
"#,
        partner.id(),
        cloud.login_url,
        cloud.graph_url,
        hooks["pager"].host,
        hooks["soc"].host,
        hooks["slack"].host,
    )
}

fn package(customer: &TenantHandle) -> String {
    let accounts = [1, 2].map(super::alert::account).map(|(id, upn)| format!(r#"{{ id = "{id}", upn = "{upn}" }}"#));
    format!(
        r#"
display_name = "Contoso Ltd"
tenant_id = "{}"
mode = "observe"
domains = ["northwind.example"]
[break_glass]
accounts = [{}]
[break_glass.webhook]
key = "env:ALERTS_KEY"
"#,
        customer.id(),
        accounts.join(", ")
    )
}
