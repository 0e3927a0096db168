//! An engine that answers as it was told and writes down what it was asked, and a gate that knows one caller.

use crate::{Denied, Does, Gate, Inside, Known, Retry};
use access::config::{May, Mode};
use access::incidents::{Incident, IncidentId, Verdict};
use access::plan::{CustomerPlan, Problem};
use access::requests::{Request as Wanted, RequestId};
use async_trait::async_trait;
use bytes::Bytes;
use engine::incidents::{self, AlertCall, ChannelAnswer, ChannelCall, Untaken};
use engine::onboarding::Landed;
use engine::replay::{Answer, Begun, Claim};
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Page, Refused, Wish};
use engine::{By, Confirm, DecidedTogether, Error, Glance, Health, How, Outcome, Red, Tick};
use http::request::Parts;
use http::{Request, Response};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Scripted<T> = Mutex<Option<Result<T, Error>>>;

/// Each answer is given once; an engine that is asked for an answer that nobody scripted ends the test.
#[derive(Default)]
pub(crate) struct Double {
    pub(crate) tick: Scripted<Tick>,
    pub(crate) sync: Scripted<Outcome>,
    pub(crate) held: Scripted<Vec<CustomerPlan>>,
    pub(crate) decided: Scripted<Vec<String>>,
    pub(crate) together: Scripted<DecidedTogether>,
    pub(crate) asked_for: Mutex<Option<Result<Heard, Refused>>>,
    pub(crate) looked: Mutex<Option<Result<Wanted, Refused>>>,
    /// The one link that was ever made, and its request; without one the store does not answer.
    pub(crate) linked: Option<(String, Wanted)>,
    pub(crate) listed: Mutex<Option<Result<Page, Refused>>>,
    pub(crate) followed: Scripted<Vec<String>>,
    pub(crate) incidents_followed: Scripted<Vec<String>>,
    pub(crate) watched: Scripted<Vec<String>>,
    pub(crate) taken: Mutex<Option<Result<incidents::Heard, Untaken>>>,
    /// The incident that is there.
    pub(crate) incident: Option<Incident>,
    /// Why nothing is done with an incident, once.
    pub(crate) no_incident: Mutex<Option<incidents::Refused>>,
    /// Whether the list goes on after the incident.
    pub(crate) more_incidents: bool,
    /// What a channel is answered; without one nobody is known.
    pub(crate) channel: Option<ChannelAnswer>,
    pub(crate) landed: Scripted<Landed>,
    pub(crate) believed: Scripted<u32>,
    pub(crate) recorded: Scripted<()>,
    pub(crate) renewed: Scripted<Vec<String>>,
    /// What becomes of calls, one after the other; the rest is fresh.
    pub(crate) begun: Mutex<Vec<Result<Begun, Error>>>,
    pub(crate) red: Vec<Red>,
    pub(crate) noted: Vec<Red>,
    /// How old a glance is.
    pub(crate) age: Duration,
    pub(crate) asked: Mutex<Vec<String>>,
}

fn next<T>(scripted: &Scripted<T>) -> Result<T, Error> {
    scripted.lock().unwrap().take().expect("the engine is asked for this once")
}

/// An answer to give.
pub(crate) fn once<T>(answer: Result<T, Error>) -> Scripted<T> {
    Mutex::new(Some(answer))
}

impl Double {
    fn known_health(&self) -> Health {
        let (red, noted) = (Some(self.red.clone()), self.noted.clone());
        Health { status: "red".into(), version: "1.2.3".into(), red, noted }
    }

    fn the_incident(&self, id: &IncidentId) -> Result<Incident, incidents::Refused> {
        if let Some(why) = self.no_incident.lock().unwrap().take() {
            return Err(why);
        }
        let incident = self.incident.clone().filter(|incident| incident.id == *id);
        incident.ok_or_else(|| incidents::Refused::NotFound(id.to_string()))
    }

    fn note(&self, asked: String) {
        self.asked.lock().unwrap().push(asked);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Does for Double {
    async fn tick(&self) -> Result<Tick, Error> {
        self.note("tick".into());
        next(&self.tick)
    }

    async fn sync(&self, customer: &str, how: How) -> Result<Outcome, Error> {
        assert_eq!(how, How::default());
        self.note(format!("sync {customer}"));
        next(&self.sync)
    }

    async fn held(&self, customers: Option<&[String]>) -> Result<Vec<CustomerPlan>, Error> {
        self.note(format!("held {customers:?}"));
        next(&self.held)
    }

    async fn release(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        self.note(format!("release {digest} {customers:?} {} {} {:?}", by.who, by.asserted, by.comment));
        next(&self.decided)
    }

    async fn refuse(&self, digest: &str, customers: Option<&[String]>, by: &By) -> Result<Vec<String>, Error> {
        self.note(format!("refuse {digest} {customers:?} {} {} {:?}", by.who, by.asserted, by.comment));
        next(&self.decided)
    }

    async fn decide_together(
        &self,
        cause: &str,
        allow: bool,
        confirm: Confirm,
        customers: Option<&[String]>,
        by: &By,
    ) -> Result<DecidedTogether, Error> {
        let (people, count) = (confirm.people, confirm.customers);
        self.note(format!("decide_together {cause} {allow} {people} people {count:?} of {customers:?} {}", by.who));
        next(&self.together)
    }

    async fn ask_for(&self, wish: &Wish<'_>) -> Result<Heard, Refused> {
        let (key, delivery) = (wish.key, wish.delivery);
        self.note(format!("ask_for {} {key:?} {delivery:?} {} bytes", wish.caller.name, wish.body.len()));
        self.asked_for.lock().unwrap().take().expect("the engine is asked for this once")
    }

    async fn request(&self, caller: &Caller, id: &RequestId) -> Result<Wanted, Refused> {
        self.note(format!("request {} {id}", caller.name));
        self.looked.lock().unwrap().take().expect("the engine is asked for this once")
    }

    async fn request_by_link(&self, id: &RequestId, link: &str) -> Result<Wanted, Refused> {
        match &self.linked {
            Some((made, request)) if link == made && *id == request.id => Ok(request.clone()),
            Some(_) => Err(Refused::NotFound(id.to_string())),
            None => Err(Refused::Failed(Error::Store("it does not answer".into()))),
        }
    }

    async fn requests(&self, caller: &Caller, filter: &Filter) -> Result<Page, Refused> {
        self.note(format!("requests {} {filter:?}", caller.name));
        self.listed.lock().unwrap().take().expect("the engine is asked for this once")
    }

    async fn decide_request(&self, id: &RequestId, decide: Decide, deciding: &Deciding<'_>) -> Result<Wanted, Refused> {
        let by = deciding.by;
        self.note(format!("{decide:?} {id} {} {} {:?} named {}", by.who, by.asserted, by.comment, deciding.named));
        self.looked.lock().unwrap().take().expect("the engine is asked for this once")
    }

    async fn follow_requests(&self) -> Result<Vec<String>, Error> {
        self.note("follow_requests".into());
        next(&self.followed)
    }

    async fn take_alert(&self, call: &AlertCall<'_>) -> Result<incidents::Heard, Untaken> {
        let (customer, caller, bytes, lost) = (call.customer, call.caller, call.body.len(), call.lost_its_body);
        let headers: Vec<String> = call.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (kind, headers) = (call.content_type.unwrap_or("-"), headers.join(" "));
        self.note(format!("take_alert {customer} by {caller} {kind} {bytes} bytes lost {lost} [{headers}]"));
        self.taken.lock().unwrap().take().expect("the engine is asked for this once")
    }

    async fn alert_turned_away(&self, customer: &str) {
        self.note(format!("alert_turned_away {customer}"));
    }

    async fn incident(&self, id: &IncidentId, customers: Option<&[String]>) -> Result<Incident, incidents::Refused> {
        self.note(format!("incident {id} {customers:?}"));
        self.the_incident(id)
    }

    async fn incident_by_link(&self, id: &IncidentId, link: &str) -> Result<Incident, incidents::Refused> {
        let found = match link {
            "8899" => self.incident.clone().filter(|incident| incident.id == *id),
            "away" => return Err(incidents::Refused::Failed(Error::Store("it does not answer".into()))),
            _ => None,
        };
        found.ok_or_else(|| incidents::Refused::NotFound(id.to_string()))
    }

    async fn incidents(
        &self,
        filter: &incidents::Filter,
        customers: Option<&[String]>,
    ) -> Result<incidents::Page, incidents::Refused> {
        self.note(format!("incidents {filter:?} {customers:?}"));
        if let Some(why) = self.no_incident.lock().unwrap().take() {
            return Err(why);
        }
        let incidents: Vec<Incident> = self.incident.clone().into_iter().collect();
        let next = incidents.last().filter(|_| self.more_incidents).map(|incident| incident.id.clone());
        Ok(incidents::Page { incidents, next })
    }

    async fn acknowledge(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        by: &By,
        all: bool,
    ) -> Result<Incident, incidents::Refused> {
        self.note(format!("acknowledge {id} {customers:?} {} {} {:?} all {all}", by.who, by.asserted, by.comment));
        self.the_incident(id)
    }

    async fn give_verdict(
        &self,
        id: &IncidentId,
        customers: Option<&[String]>,
        verdict: Verdict,
        by: &By,
    ) -> Result<Incident, incidents::Refused> {
        let (who, name) = (&by.who, verdict.name());
        self.note(format!("give_verdict {id} {customers:?} {name} {who} {} {:?}", by.asserted, by.comment));
        self.the_incident(id)
    }

    async fn channel_answer(&self, call: &ChannelCall<'_>) -> ChannelAnswer {
        self.note(format!("channel_answer {} {} bytes", call.channel, call.body.len()));
        self.channel.clone().unwrap_or(ChannelAnswer::Denied)
    }

    async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        self.note("follow_incidents".into());
        next(&self.incidents_followed)
    }

    async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        self.note("watch_sign_ins".into());
        next(&self.watched)
    }

    async fn consent_call_back(&self, query: &str) -> Result<Landed, Error> {
        self.note(format!("consent_call_back {query}"));
        next(&self.landed)
    }

    async fn directory_changes(&self, body: &[u8]) -> Result<u32, Error> {
        self.note(format!("directory_changes {} bytes", body.len()));
        next(&self.believed)
    }

    async fn renew_subscriptions(&self) -> Result<Vec<String>, Error> {
        self.note("renew_subscriptions".into());
        next(&self.renewed)
    }

    async fn record_poison(&self, function: &str, message: &str, _: &str) -> Result<(), Error> {
        self.note(format!("record_poison {function} {message}"));
        next(&self.recorded)
    }

    async fn begin_call(&self, caller: &str, key: &str, _: &str) -> Result<Begun, Error> {
        self.note(format!("begin_call {caller} {key}"));
        let mut begun = self.begun.lock().unwrap();
        if begun.is_empty() { Ok(Begun::Fresh(Claim::default())) } else { begun.remove(0) }
    }

    async fn finish_call(&self, _: Claim, answer: Answer) -> Result<(), Error> {
        self.note(format!("finish_call {} {}", answer.status, answer.body));
        Ok(())
    }

    async fn give_call_back(&self, _: Claim) -> Result<(), Error> {
        self.note("give_call_back".into());
        Ok(())
    }

    async fn health(&self) -> Health {
        self.note("health".into());
        self.known_health()
    }

    async fn glance(self: Arc<Self>) -> Glance {
        self.note("glance".into());
        // More than a stranger may know.
        Glance { health: self.known_health(), age: self.age }
    }

    fn end_runs_by(&self, at: Duration) {
        self.note(format!("end_runs_by {} s", at.as_secs()));
    }

    async fn is_idle(&self) {}

    async fn wake_at_next_tick(&self, customer: &str) -> Result<(), Error> {
        self.note(format!("wake_at_next_tick {customer}"));
        Ok(())
    }
}

/// Lets in whoever sends this `Authorization`.
pub(crate) const KEY: &str = "Bearer right";

struct Door(Known);

#[async_trait]
impl Gate for Door {
    async fn identify(&self, parts: &Parts, _: &[u8]) -> Result<Known, Denied> {
        match parts.headers.get("authorization").and_then(|value| value.to_str().ok()) {
            Some(KEY) => Ok(self.0.clone()),
            Some("Bearer unavailable") => Err(Denied::Unavailable("the key set is out of reach".into())),
            _ => Err(Denied::Wrong),
        }
    }
}

/// A machine caller with these rights that may see every customer.
pub(crate) fn known(may: &[May]) -> Known {
    Known {
        name: "servicenow".into(),
        may: may.iter().copied().collect(),
        customers: None,
        person: None,
        account: None,
        delivery: None,
        invocation: None,
    }
}

/// What the handlers are given: this engine, and a gate that knows this caller.
pub(crate) fn inside(engine: &Arc<Double>, known: Known) -> Inside {
    Inside { engine: Arc::clone(engine) as Arc<dyn Does>, gate: Arc::new(Door(known)) }
}

/// A held plan of the customer.
pub(crate) fn plan(customer: &str) -> CustomerPlan {
    let problem = Problem { code: "stranger".into(), package: None, object: None, text: "…".into() };
    CustomerPlan {
        customer: customer.into(),
        tenant_id: "44444444-4444-4444-8444-444444444444".parse().unwrap(),
        mode: Mode::Enforce,
        digest: format!("sha256:{}", "0".repeat(64)),
        steps: Vec::new(),
        held: Vec::new(),
        held_steps: Vec::new(),
        problems: vec![problem],
        unchanged: 0,
    }
}

/// An incident of which everything is known, after this change.
pub(crate) fn incident(change: impl FnOnce(&mut serde_json::Value)) -> Incident {
    let account = "b1ea0001-1111-4a7b-8c2d-000000000001";
    let mut incident = json!({
        "id": "0123456789abcdef0123456789abcdef",
        "tenant_id": "44444444-4444-4444-8444-444444444444",
        "customer": "contoso",
        "kind": "sign_in",
        "severity": "critical",
        "status": "acknowledged",
        "test": false,
        "accounts": [{ "id": account, "upn": "bg1@contoso.onmicrosoft.com" }],
        "sign_ins": [{
            "id": "5a1c7f0e-93d2-4a55-9a6e-0c1b2d3e4f50", "at": "2026-11-20T02:38:41Z", "user": account, "result": "0",
            "ip": "203.0.113.77", "app": "Azure Portal",
        }],
        "facts": [["MFA", "passkey (FIDO2)"]],
        "alerts": [{
            "id": "00112233445566778899aabbccddeeff", "at": "2026-11-20T02:43:02Z", "what": "log_v2 fired",
            "alert": "/subscriptions/s/providers/microsoft.alertsmanagement/alerts/a", "rule": "Break glass sign-in",
        }],
        "heard": 1,
        "opened_at": "2026-11-20T02:43:02Z",
        "occurred_at": "2026-11-20T02:38:41Z",
        "page_from": "2026-11-20T02:43:02Z",
        "pages": [{
            "number": 1, "channel": "duty", "what": "page", "round": 0, "step": 0, "state": "failed", "attempts": 2,
            "made": "2026-11-20T02:43:02Z", "next": "2026-11-20T02:43:08Z", "may_repeat": true,
            "at": "2026-11-20T02:43:03Z", "why": "events.pagerduty.com answered 503",
        }],
        "announces": ["fedcba9876543210fedcba9876543210"],
        "acknowledged": {
            "by": "ola@northwind.example", "asserted": true, "at": "2026-11-20T02:45:00Z", "until": "2026-11-20T03:15:00Z",
        },
        "verdict": null,
        "history": [
            { "at": "2026-11-20T02:43:02Z", "what": "opened", "status": "open" },
            {
                "at": "2026-11-20T02:45:00Z", "what": "acknowledged", "status": "acknowledged",
                "by": "ola@northwind.example", "note": "on it",
            },
        ],
    });
    change(&mut incident);
    serde_json::from_value(incident).unwrap()
}

/// A captured request: its head and body, as they came over the wire (with LF for CRLF).
pub(crate) fn captured(text: &str) -> Request<Bytes> {
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let mut request = Request::builder().method(first.next().unwrap()).uri(first.next().unwrap());
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.body(Bytes::copy_from_slice(body.trim_end().as_bytes())).unwrap()
}

/// The JSON of an answer.
pub(crate) fn json(response: &Response<Bytes>) -> serde_json::Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// What asks for another delivery.
pub(crate) fn retry(why: &str) -> Retry {
    Retry { why: why.into() }
}
