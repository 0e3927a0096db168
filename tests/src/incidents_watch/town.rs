//! A customer with two break-glass accounts, a duty engineer's channel, and a program that watches.

use crate::world::World;
use access::config::{self, BreakGlassAccount, Customer, EscalationStep, NoticeKind, SecretRef, Service, Workspace};
use access::ids::GuestId;
use access::incidents::{Incident, Kind};
use async_trait::async_trait;
use bytes::Bytes;
use cloud_sim::{NewUser, SignIn, SimOptions, TenantHandle};
use engine::Engine;
use engine::incidents::{AlertCall, Filter, Heard};
use engine::notices::Outbox;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use notify::{Channel, Heartbeat, Ways};
use outside::{Clock, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

pub(super) const WORKSPACE: Uuid = Uuid::from_u128(0x1a);
pub(super) const SUBSCRIPTION: Uuid = Uuid::from_u128(0x3f1d);
const SECRET: &[u8] = b"whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNo";

pub(super) fn resource(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-monitor/providers/{rest}")
}

pub(super) fn law() -> String {
    resource("Microsoft.OperationalInsights/workspaces/law-entra")
}

pub(super) fn rule() -> String {
    resource("Microsoft.Insights/scheduledQueryRules/bg-sign-in")
}

/// Everybody who is told anything: what they heard, and whether they answer.
#[derive(Default)]
pub(super) struct Ears {
    heard: Mutex<Vec<Value>>,
    beats: Mutex<u32>,
    /// Hosts that answer 503.
    down: Mutex<Vec<&'static str>>,
}

impl Ears {
    pub(super) fn down(&self, hosts: &[&'static str]) {
        *self.down.lock().expect("no holder panics") = hosts.to_vec();
    }

    /// How many signs of life there were since this was last asked.
    pub(super) fn beats(&self) -> u32 {
        std::mem::take(&mut *self.beats.lock().expect("no holder panics"))
    }

    /// What people were told since this was last asked: one line each, of incidents and notices.
    pub(super) fn lines(&self) -> Vec<String> {
        let heard = std::mem::take(&mut *self.heard.lock().expect("no holder panics"));
        heard.iter().map(|data| format!("{}: {}", text(&data["state"]), text(&data["title"]))).collect()
    }

    /// All that people were told since this was last asked.
    pub(super) fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().expect("no holder panics"))
    }
}

#[async_trait]
impl Transport for Ears {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().expect("a host").to_owned();
        let is_down = self.down.lock().expect("no holder panics").iter().any(|down| *down == host);
        let status = if is_down { 503 } else { 200 };
        if request.method() == "GET" {
            *self.beats.lock().expect("no holder panics") += 1;
        } else if !is_down {
            let body: Value = serde_json::from_slice(request.body()).expect("JSON");
            self.heard.lock().expect("no holder panics").push(body["data"].clone());
        }
        Ok(Response::builder().status(status).body(Bytes::new()).expect("a response"))
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The value of a fact that people were told.
pub(super) fn fact<'a>(told: &'a Value, name: &str) -> &'a str {
    let facts = told["facts"].as_array().map(Vec::as_slice).unwrap_or_default();
    facts.iter().find(|fact| fact["name"] == name).map(|fact| text(&fact["value"])).unwrap_or_default()
}

pub(super) struct Town {
    pub(super) world: World,
    pub(super) contoso: TenantHandle,
    pub(super) bg: [Uuid; 2],
    pub(super) admin: Uuid,
    pub(super) ears: Arc<Ears>,
    /// Made when first asked for, after a test has changed the configuration.
    engine: Option<Arc<Engine>>,
}

impl Town {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut SimOptions)) -> Self {
        let mut world = World::with(1, change);
        let contoso = world.customer("contoso");
        let bg = ["bg1", "bg2"].map(|name| contoso.add_user(NewUser::with_mail(&upn(name))));
        let admin = contoso.add_user(NewUser::with_mail("admin@contoso.onmicrosoft.com"));
        let channel = |name: &str| {
            let secret = SecretRef::Env("HOOK".into());
            let url = format!("https://{name}.example/hook");
            (name.to_owned(), config::Channel { service: Service::Webhook { url, secret }, url: None })
        };
        world.config.channels = [channel("duty"), channel("ops")].into();
        world.config.notices = [(NoticeKind::Problems, vec!["ops".to_owned()])].into();
        let step = EscalationStep { channels: vec!["duty".into()], wait: SignedDuration::from_hours(24) };
        world.config.escalation = vec![step];
        let mut town = Self { world, contoso, bg, admin, ears: Arc::default(), engine: None };
        town.customer().break_glass.accounts = accounts(bg);
        town
    }

    /// The customer's configuration.
    pub(super) fn customer(&mut self) -> &mut Customer {
        self.world.config.customers.last_mut().expect("a customer")
    }

    /// The customer's logs flow into a workspace that we know and may read.
    pub(super) fn workspace(mut self) -> Self {
        self.contoso.add_workspace(WORKSPACE, &law());
        self.customer().break_glass.workspace = Some(Workspace { id: WORKSPACE, resource: Some(law()) });
        self
    }

    pub(super) fn engine(&mut self) -> Arc<Engine> {
        if self.engine.is_none() {
            self.restart();
        }
        self.engine.clone().expect("just made")
    }

    /// A new process.
    pub(super) fn restart(&mut self) {
        let engine = self.telling(self.world.engine());
        self.engine = Some(Arc::new(engine));
    }

    pub(super) fn telling(&self, engine: Engine) -> Engine {
        let resolve = |channel: &config::Channel| Channel::resolve(channel, |_| Ok(SECRET.to_vec()));
        let channels = self.world.config.channels.iter();
        let channels = channels.map(|(name, channel)| (name.clone(), resolve(channel))).collect();
        let beat = Heartbeat::new(Ok(b"https://beats.example/secret\n".to_vec()), self.ears.clone());
        let engine = engine.telling(Outbox { channels, ways: Ways::by(self.ears.clone()) });
        match self.world.config.paging.heartbeat {
            Some(_) => engine.beating(beat),
            None => engine,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Goes on to the next full minute, and does what the three timers do in it. The answer is what they log.
    pub(super) async fn minute(&mut self) -> Vec<String> {
        let engine = self.engine();
        let into = self.now().as_second().rem_euclid(60);
        self.world.pass(SignedDuration::from_secs(60 - into)).await;
        let mut logs = engine.watch_sign_ins().await.expect("the store works");
        logs.extend(engine.follow_incidents().await.expect("the store works"));
        logs.extend(engine.tick().await.expect("the store works").notes);
        logs
    }

    pub(super) async fn minutes(&mut self, count: u32) -> Vec<String> {
        let mut logs = Vec::new();
        for _ in 0..count {
            logs.extend(self.minute().await);
        }
        logs
    }

    /// An alert comes in.
    pub(super) async fn alert(&mut self, body: &Value) -> Vec<String> {
        let body = body.to_string();
        let call = AlertCall {
            customer: "contoso",
            caller: "alerts.contoso",
            body: body.as_bytes(),
            content_type: Some("application/json"),
            headers: &[],
            lost_its_body: false,
        };
        match self.engine().take_alert(&call).await.expect("it is stored") {
            Heard::Taken(taken) => taken.incidents.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// The incidents of these kinds.
    pub(super) async fn incidents(&mut self, kind: Kind) -> Vec<Incident> {
        let page = self.engine().incidents(&Filter::default(), None).await.expect("the store works");
        page.incidents.into_iter().filter(|incident| incident.kind == kind).collect()
    }

    /// A sign-in now.
    pub(super) fn sign_in(&self, who: usize, error_code: i32) -> Uuid {
        self.contoso.sign_in(self.a_sign_in(who, error_code))
    }

    pub(super) fn a_sign_in(&self, who: usize, error_code: i32) -> SignIn {
        SignIn {
            user: self.bg[who],
            upn: upn(["bg1", "bg2"][who]),
            at: self.now(),
            error_code,
            ip: "203.0.113.24".into(),
            app: "Azure Portal".into(),
            details: Some("MFA requirement satisfied by claim in the token".into()),
        }
    }
}

pub(super) fn upn(name: &str) -> String {
    format!("{name}@contoso.onmicrosoft.com")
}

pub(super) fn accounts(ids: [Uuid; 2]) -> Vec<BreakGlassAccount> {
    let account = |(id, name): (Uuid, &str)| BreakGlassAccount { id: GuestId(id), upn: upn(name) };
    ids.into_iter().zip(["bg1", "bg2"]).map(account).collect()
}

/// A log alert with these dimensions, as an action group sends it. Without any it names nobody.
pub(super) fn log_alert(id: &str, fired: Timestamp, dimensions: &[(&str, &str)]) -> Value {
    let dimensions: Vec<Value> =
        dimensions.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": id,
                "alertRule": "bg-sign-in",
                "severity": "Sev0",
                "signalType": "Log",
                "monitorCondition": "Fired",
                "monitoringService": "Log Alerts V2",
                "alertTargetIDs": [law()],
                "originAlertId": "0a0b0c0d-0001-4000-9000-000000000001",
                "firedDateTime": fired,
                "essentialsVersion": "1.0",
                "alertContextVersion": "1.0",
            },
            "alertContext": {
                "properties": null,
                "conditionType": "LogQueryCriteria",
                "condition": {
                    "windowSize": "PT10M",
                    "allOf": [{
                        "searchQuery": "SigninLogs | where UserId in~ (\"x\")",
                        "operator": "GreaterThan",
                        "threshold": "0",
                        "timeAggregation": "Count",
                        "dimensions": dimensions,
                        "metricValue": 1,
                        "linkToSearchResultsAPI": "https://attacker.example/v1/workspaces/x/query",
                    }],
                    "windowStartTime": fired - SignedDuration::from_mins(10),
                    "windowEndTime": fired,
                },
            },
        },
    })
}

pub(super) fn alert_id(number: u32) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/a1b2c3d4-0001-4000-8000-{number:012}"
    )
}
