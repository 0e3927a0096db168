//! The stage of the story: the program under a real host, Microsoft and the ticketing system behind TLS, and a time
//! that leaps when the story says so.

use crate::azure_host::wire::{send, whole};
use crate::on_azure::{Folder, SECRET};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use cloud_sim::{Hook, NewUser, PERMISSIONS, Sim, SimOptions, TenantHandle, TlsSim, serve};
use functions::{Does, Gate, Inside};
use gatehouse::configuration::Found;
use gatehouse::hosts::{Host, Lasting, Wired, Wiring, azure, stop};
use gatehouse::settings::Settings;
use gatehouse::wiring::{Doors, Place};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use outside::{Clock, SeededRandom, SystemClock};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const APP: Uuid = Uuid::from_u128(0x2222_2222_2222_4222_8222_2222_2222_2222);
pub(super) const WEBHOOK_KEY: &[u8] = b"the-key-of-the-ticketing-system";
pub(super) const DESK_KEY: &str = "key-of-the-approvers-page";

/// Time passes as it does for everybody, and leaps.
pub(crate) struct Leaping {
    epoch: Timestamp,
    pace: SystemClock,
    leapt: Mutex<Duration>,
}

impl Leaping {
    pub(crate) fn new(epoch: Timestamp) -> Self {
        Self { epoch, pace: SystemClock::new(), leapt: Mutex::default() }
    }

    pub(crate) fn leap_to(&self, time: Timestamp) {
        let further = Duration::try_from(time.duration_since(self.now())).expect("the story goes forward");
        *self.leapt.lock().expect("no holder panics") += further;
    }
}

#[async_trait]
impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        self.epoch + SignedDuration::try_from(self.monotonic()).expect("a story is short")
    }

    fn monotonic(&self) -> Duration {
        self.pace.monotonic() + *self.leapt.lock().expect("no holder panics")
    }

    async fn sleep(&self, duration: Duration) {
        self.pace.sleep(duration).await;
    }
}

/// The host builds nothing anew: the timers of the story work on the same engine.
pub(crate) struct Built {
    pub(crate) engine: Arc<dyn Does>,
    pub(crate) gate: Arc<dyn Gate>,
}

#[async_trait]
impl Wiring for Built {
    async fn find(&self, _: &Lasting) -> Result<Found, String> {
        Ok(Found::in_folder(access::config::Folder::default(), "config".into(), Timestamp::UNIX_EPOCH))
    }

    async fn wire(&self, _: &Found, _: &Lasting) -> Result<Wired, String> {
        Ok(Wired::Anew(Inside { engine: self.engine.clone(), gate: self.gate.clone() }))
    }
}

pub(super) struct Stage {
    pub(super) customer: TenantHandle,
    pub(super) target: Uuid,
    pub(super) tickets: Hook,
    clock: Arc<Leaping>,
    engine: Arc<dyn Does>,
    port: u16,
    _folder: Folder,
    _cloud: TlsSim,
}

impl Stage {
    pub(super) async fn new(begins: &str) -> Self {
        let clock = Arc::new(Leaping::new(begins.parse().expect("it is a time")));
        let sim = Sim::new(SimOptions::new(1, clock.clone()));
        sim.app(APP).secret(SECRET);
        let [partner, customer] = [(0x1111, "northwind"), (0x4444, "contoso")].map(|(id, name)| {
            let tenant = sim.tenant(Uuid::from_u128(id), &format!("{name}.onmicrosoft.com"));
            tenant.consent(APP, PERMISSIONS);
            tenant
        });
        let target = customer.add_group("Partner second line");
        for name in ["lead", "zoe"] {
            partner.add_user(NewUser::with_mail(&format!("{name}@northwind.example")));
        }
        let cloud = serve(&sim, 0).await.expect("a free port");
        let tickets = Hook::open().await.expect("a free port");
        let folder = Folder::new("story");
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).expect("the temp folder can be written");
        };
        write("ca.pem", format!("{}{}", cloud.ca_pem, tickets.ca_pem));
        write("gatehouse.toml", program(&partner, &cloud, &tickets));
        write("customers/contoso.toml", package(&customer, target));
        let secrets = [
            ("APP_SECRET", SECRET.to_owned()),
            ("SERVICENOW_SECRET", format!("whsec_{}", BASE64.encode(WEBHOOK_KEY))),
            ("DESK_KEY", DESK_KEY.to_owned()),
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
        Self { customer, target, tickets, clock, engine, port, _folder: folder, _cloud: cloud }
    }

    /// It becomes this time of the first day.
    pub(super) fn leap_to(&self, time: &str) {
        let day = self.clock.epoch.strftime("%Y-%m-%d");
        self.clock.leap_to(format!("{day}T{time}:00Z").parse().expect("it is a time"));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The minute's timers, and the queue.
    pub(super) async fn minute(&self) {
        for name in self.engine.tick().await.expect("a tick").due {
            self.engine.sync(&name, engine::How::default()).await.expect("the store works");
        }
        let logs = self.engine.follow_requests().await.expect("the store works");
        assert_eq!(logs, Vec::<String>::new());
    }

    /// Over HTTP.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        send(self.port, request.map(whole)).await.expect("the host answers")
    }

    /// The mails in the package's group.
    pub(super) fn members(&self) -> Vec<String> {
        self.customer.member_mails(self.target).into_iter().collect()
    }
}

/// The signature of Standard Webhooks.
pub(super) fn signature(id: &str, at: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_KEY).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

fn program(partner: &TenantHandle, cloud: &TlsSim, tickets: &Hook) -> String {
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
[callers.servicenow]
auth = {{ standard_webhooks = "env:SERVICENOW_SECRET" }}
may = ["request"]
callbacks = ["{}"]
[callers.desk]
auth = {{ api_key = "env:DESK_KEY" }}
may = ["approve"]
"#,
        partner.id(),
        cloud.login_url,
        cloud.graph_url,
        tickets.host
    )
}

fn package(customer: &TenantHandle, target: Uuid) -> String {
    format!(
        r#"
display_name = "Contoso Ltd"
tenant_id = "{}"
mode = "enforce"
domains = ["northwind.example"]
[[packages]]
name = "second-line"
groups = ["{target}"]
[packages.requests]
duration_max = "72h"
approvals = 1
approvers = ["lead@northwind.example"]
ticket = "^(INC|CHG|RITM)[0-9]{{7}}$"
"#,
        customer.id()
    )
}
