//! A partner with channels in Slack and PagerDuty, and two customers whose break-glass accounts sign in.

use super::pagerduty::PagerDuty;
use crate::incidents::document::{IncidentDocument, path};
use crate::incidents::{AlertCall, ChannelAnswer, ChannelCall, Filter, Heard};
use crate::membership::partner::hex;
use crate::notices::Outbox;
use crate::{Engine, Parts, double};
use access::config::{Folder, SecretRef, load};
use access::incidents::{Incident, IncidentId};
use async_trait::async_trait;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, Response};
use jiff::SignedDuration;
use notify::{Channel, Ways};
use outside::{Clock, Transport, TransportError};
use serde_json::json;
use sha2::Sha256;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use store::{Documents, Memory, Store, Stored, Tag};

/// The Slack user whom the channel `ops` knows.
pub(super) const OLA: &str = "U012AB3CD";

const PROGRAM: &str = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:SECRET" }
[store]
url = "memory:"
[channels.ops]
slack = { token = "env:TOKEN", channel = "C0123456789", signing_secret = "env:ops", people = { U012AB3CD = "ola@northwind.example" } }
[channels.duty]
pagerduty = { key = "env:R0123456789ABCDEF0123456789ABCDE", webhook_secret = ["env:newer", "env:duty"] }
[channels.plain]
pagerduty = "env:R0123456789ABCDEF0123456789ABCDE"
[channels.broken]
slack = { token = "env:TOKEN", channel = "C0123456789", signing_secret = "env:MISSING" }
[[escalation]]
channels = ["ops", "duty"]
"#;

const CONTOSO: &str = r#"
tenant_id = "44444444-4444-4444-8444-444444444444"
domains = ["northwind.example"]
[break_glass]
accounts = [{ id = "b1ea0001-1111-4a7b-8c2d-000000000001", upn = "bg1@contoso.onmicrosoft.com" }, { id = "b1ea0002-2222-4a7b-8c2d-000000000002", upn = "bg2@contoso.onmicrosoft.com" }]
"#;

const FABRIKAM: &str = r#"
tenant_id = "55555555-5555-4555-8555-555555555555"
domains = ["northwind.example"]
[break_glass]
accounts = [{ id = "b1ea0001-1111-4a7b-8c2d-000000000001", upn = "bg1@fabrikam.onmicrosoft.com" }, { id = "b1ea0002-2222-4a7b-8c2d-000000000002", upn = "bg2@fabrikam.onmicrosoft.com" }]
[channels.desk]
pagerduty = { key = "env:R0123456789ABCDEF0123456789ABCDE", webhook_secret = "env:desk" }
[[escalation]]
channels = ["desk"]
"#;

/// Everything that the engine meets outside.
struct World {
    clock: Arc<dyn Clock>,
    documents: Memory,
    /// Where nothing can be written: the beginnings of paths.
    away: Mutex<Vec<&'static str>>,
    /// Whether services take nine seconds to answer.
    slow: AtomicBool,
    /// What services were told: host, then body.
    told: Mutex<Vec<(String, String)>>,
    pager_duty: Mutex<PagerDuty>,
}

pub(super) struct Town {
    pub(super) engine: Engine,
    world: Arc<World>,
    presses: AtomicU32,
}

impl Town {
    pub(super) async fn new() -> Self {
        let base = double::engine(Arc::new(Memory::default()));
        let world = Arc::new(World {
            clock: base.clock.clone(),
            documents: Memory::default(),
            away: Mutex::default(),
            slow: AtomicBool::new(false),
            told: Mutex::default(),
            pager_duty: Mutex::default(),
        });
        let files =
            [("gatehouse.toml", PROGRAM), ("customers/contoso.toml", CONTOSO), ("customers/fabrikam.toml", FABRIKAM)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let loaded = load(&Folder { files }, jiff::civil::date(2026, 11, 2));
        assert!(!loaded.has_errors(), "{:?}", loaded.problems);
        let config = Arc::new(loaded.config.unwrap());
        // A secret's value is its name.
        let read = |secret: &SecretRef| match secret {
            SecretRef::Env(name) if name != "MISSING" => Ok(name.clone().into_bytes()),
            _ => Err("it is not there".to_owned()),
        };
        let channels = config.channels.iter().map(|(name, channel)| (name.clone(), Channel::resolve(channel, read)));
        let outbox = Outbox { channels: channels.collect(), ways: Ways::by(world.clone()) };
        let store = Store::new(world.clone(), base.clock.clone(), base.random.clone());
        let engine = Engine::new(Parts {
            config,
            store,
            graph: base.graph.clone(),
            clock: base.clock.clone(),
            random: base.random.clone(),
            run_limit: base.run_limit,
        });
        Self { engine: engine.telling(outbox), world, presses: AtomicU32::new(0) }
    }

    /// From now on nothing can be written where paths begin so.
    pub(super) fn away(&self, prefixes: &[&'static str]) {
        *self.world.away.lock().unwrap() = prefixes.to_vec();
    }

    /// The marks of incidents with something left to do.
    pub(super) async fn marked(&self) -> Vec<String> {
        self.world.documents.list("open/incidents/").await.unwrap()
    }

    /// All incidents that are known.
    pub(super) async fn incidents(&self) -> Vec<Incident> {
        self.engine.incidents(&Filter::default(), None).await.unwrap().incidents
    }

    /// An alert with these bytes; whether it is taken.
    pub(super) async fn sends(&self, body: &str) -> bool {
        let (body, content_type) = (body.as_bytes(), Some("application/json"));
        let lost_its_body = body.is_empty();
        let call = AlertCall { customer: "contoso", caller: "azure", body, content_type, headers: &[], lost_its_body };
        self.engine.take_alert(&call).await.is_ok()
    }

    pub(super) fn slow(&self, slow: bool) {
        self.world.slow.store(slow, Ordering::SeqCst);
    }

    /// What this host was told.
    pub(super) fn told(&self, host: &str) -> Vec<String> {
        let told = self.world.told.lock().unwrap();
        told.iter().filter(|(of, _)| of == host).map(|(_, body)| body.clone()).collect()
    }

    /// What has become of it all in PagerDuty.
    pub(super) fn pager_duty(&self) -> MutexGuard<'_, PagerDuty> {
        self.world.pager_duty.lock().unwrap()
    }

    /// An alert of these accounts, one sign-in each.
    async fn alert(&self, customer: &str, accounts: &[u32]) -> Vec<IncidentId> {
        let dimension = |name: &str, value: &str| json!({ "name": name, "value": value });
        let condition = |account: &u32| {
            let id = format!("b1ea000{account}-{account}{account}{account}{account}-4a7b-8c2d-00000000000{account}");
            let sign_in = format!("5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f5{account}");
            json!({ "searchQuery": "SigninLogs", "dimensions": [
                dimension("UserId", &id), dimension("ResultType", "0"), dimension("SignInId", &sign_in) ] })
        };
        let conditions: Vec<_> = accounts.iter().map(condition).collect();
        let body = json!({ "schemaId": "azureMonitorCommonAlertSchema", "data": {
            "essentials": {
                "alertId": format!("/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/{customer}"),
                "alertRule": "bg-signin", "monitorCondition": "Fired", "monitoringService": "Log Alerts V2",
                "firedDateTime": self.engine.clock.now(),
            },
            "alertContext": { "conditionType": "LogQueryCriteria", "condition": { "allOf": conditions } } } });
        let (body, content_type) = (body.to_string(), Some("application/json"));
        let call = AlertCall {
            customer,
            caller: "azure",
            body: body.as_bytes(),
            content_type,
            headers: &[],
            lost_its_body: false,
        };
        match self.engine.take_alert(&call).await.unwrap() {
            Heard::Taken(taken) => taken.incidents,
            other => panic!("{other:?}"),
        }
    }

    /// One incident that was paged.
    pub(super) async fn sign_in(&self, customer: &str) -> Incident {
        let ids = self.alert(customer, &[1]).await;
        assert_eq!(ids.len(), 1);
        self.incident(&ids[0]).await
    }

    /// Two incidents in one message: the one that it is about, and the one that it names.
    pub(super) async fn two_sign_ins(&self) -> (Incident, Incident) {
        let ids = self.alert("contoso", &[1, 2]).await;
        let [one, other] = [self.incident(&ids[0]).await, self.incident(&ids[1]).await];
        let (lead, other) = if one.announces.is_empty() { (other, one) } else { (one, other) };
        assert_eq!((lead.announces.as_slice(), other.announces.len()), ([other.id.clone()].as_slice(), 0));
        (lead, other)
    }

    pub(super) async fn incident(&self, id: &IncidentId) -> Incident {
        self.engine.incident(id, None).await.unwrap()
    }

    /// Something else happens to the incident.
    pub(super) async fn change(&self, id: &IncidentId, change: impl FnOnce(&mut Incident)) {
        let kept = self.engine.store.read::<IncidentDocument>(&path(id)).await.unwrap().unwrap();
        let mut incident = kept.value.0.clone();
        change(&mut incident);
        self.engine.store.replace(&kept, IncidentDocument(incident)).await.unwrap();
    }

    pub(super) async fn call(&self, channel: &str, headers: &HeaderMap, body: &str) -> ChannelAnswer {
        self.engine.channel_answer(&ChannelCall { channel, headers, body: body.as_bytes() }).await
    }

    /// Slack's signature under the secret of `ops`.
    pub(super) fn signed(&self, body: &str) -> HeaderMap {
        let time = self.engine.clock.now().as_second();
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", time.into());
        let signature = format!("v0={}", mac("ops", &format!("v0:{time}:{body}")));
        headers.insert("x-slack-signature", signature.parse().unwrap());
        headers
    }

    /// PagerDuty's signature under this secret, beside one that is not known here.
    pub(super) fn signed_by(&self, secret: &str, body: &str) -> HeaderMap {
        let signatures = format!("v1={},v1={}", mac("another", body), mac(secret, body));
        HeaderMap::from_iter([("x-pagerduty-signature".parse().unwrap(), signatures.parse().unwrap())])
    }

    /// What Slack sends when this button is pressed now, another time each time.
    pub(super) fn pressing(&self, action: &str, user: &str, key: &str) -> (HeaderMap, String) {
        let press = self.presses.fetch_add(1, Ordering::SeqCst);
        let payload = json!({
            "type": "block_actions",
            "user": { "id": user },
            "response_url": "https://hooks.slack.com/actions/T00000000/1234567890/x",
            "actions": [{ "action_id": action, "value": key, "action_ts": format!("1795143600.{press:06}") }],
        });
        let encoded: String = payload.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("payload={encoded}");
        (self.signed(&body), body)
    }

    pub(super) async fn press(&self, channel: &str, action: &str, user: &str, key: &str) -> ChannelAnswer {
        let (headers, body) = self.pressing(action, user, key);
        self.call(channel, &headers, &body).await
    }

    /// What PagerDuty sends of an acknowledgement so long ago.
    pub(super) fn acknowledging(
        &self,
        secret: &str,
        event: &str,
        key: &str,
        ago: SignedDuration,
    ) -> (HeaderMap, String) {
        let body = json!({ "event": {
            "id": event, "event_type": "incident.acknowledged", "occurred_at": self.engine.clock.now() - ago,
            "agent": { "id": "PLH1HKV", "summary": "Ola Nordmann", "type": "user_reference" },
            "data": { "id": "PGR0VU2", "incident_key": key },
        } });
        let body = body.to_string();
        (self.signed_by(secret, &body), body)
    }
}

impl World {
    /// Whether this can be written.
    fn reached(&self, path: &str) -> Result<(), store::Error> {
        match self.away.lock().unwrap().iter().any(|prefix| path.starts_with(prefix)) {
            true => Err(store::Error::Unavailable("away".into())),
            false => Ok(()),
        }
    }
}

fn mac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap().to_owned();
        if self.slow.load(Ordering::SeqCst) {
            self.clock.sleep(Duration::from_secs(9)).await;
        }
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let (status, answer) = match host.as_str() {
            "slack.com" => (200, r#"{"ok":true}"#),
            "hooks.slack.com" => (200, "ok"),
            "events.pagerduty.com" => (202, r#"{"status":"success"}"#),
            other => panic!("{other} was called"),
        };
        if host == "events.pagerduty.com" {
            self.pager_duty.lock().unwrap().take(&serde_json::from_str(&body).unwrap());
        }
        self.told.lock().unwrap().push((host, body));
        Ok(Response::builder().status(status).body(Bytes::from(answer)).unwrap())
    }
}

#[async_trait]
impl Documents for World {
    async fn get(&self, path: &str) -> Result<Option<Stored>, store::Error> {
        self.documents.get(path).await
    }

    async fn create(&self, path: &str, bytes: Bytes) -> Result<Tag, store::Error> {
        self.reached(path)?;
        self.documents.create(path, bytes).await
    }

    async fn replace(&self, path: &str, bytes: Bytes, tag: &Tag) -> Result<Tag, store::Error> {
        self.reached(path)?;
        self.documents.replace(path, bytes, tag).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, store::Error> {
        self.documents.list(prefix).await
    }

    async fn delete(&self, path: &str) -> Result<(), store::Error> {
        self.documents.delete(path).await
    }
}
