//! An engine that answers as it was told and writes down what it was asked, and a gate that knows one caller.

use crate::{Denied, Does, Gate, Inside, Known, Retry};
use access::config::{May, Mode};
use access::incidents::{Incident, IncidentId, Verdict};
use access::plan::{CustomerPlan, Problem};
use access::requests::{Request as Wanted, RequestId};
use async_trait::async_trait;
use bytes::Bytes;
use engine::incidents::{self, AlertCall, Untaken};
use engine::replay::{Answer, Begun, Claim};
use engine::requests::{Caller, Decide, Deciding, Filter, Heard, Page, Refused, Wish};
use engine::{By, Confirm, DecidedTogether, Error, Health, How, Outcome, Red, Tick};
use http::request::Parts;
use http::{Request, Response};
use std::sync::{Arc, Mutex};

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
    pub(crate) believed: Scripted<u32>,
    pub(crate) recorded: Scripted<()>,
    pub(crate) renewed: Scripted<Vec<String>>,
    /// What becomes of calls, one after the other; the rest is fresh.
    pub(crate) begun: Mutex<Vec<Result<Begun, Error>>>,
    pub(crate) red: Vec<Red>,
    pub(crate) noted: Vec<Red>,
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
    fn the_incident(&self, id: &IncidentId) -> Result<Incident, incidents::Refused> {
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
        self.note(format!("take_alert {customer} by {caller} {:?} {bytes} bytes lost {lost}", call.content_type));
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
        match link {
            "right" => self.the_incident(id),
            _ => Err(incidents::Refused::NotFound(id.to_string())),
        }
    }

    async fn incidents(
        &self,
        filter: &incidents::Filter,
        customers: Option<&[String]>,
    ) -> Result<incidents::Page, incidents::Refused> {
        self.note(format!("incidents {filter:?} {customers:?}"));
        Ok(incidents::Page { incidents: self.incident.clone().into_iter().collect(), next: None })
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

    async fn follow_incidents(&self) -> Result<Vec<String>, Error> {
        self.note("follow_incidents".into());
        next(&self.incidents_followed)
    }

    async fn watch_sign_ins(&self) -> Result<Vec<String>, Error> {
        self.note("watch_sign_ins".into());
        next(&self.watched)
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

    async fn health(&self, details: bool) -> Health {
        Health {
            status: "red".into(),
            version: "1.2.3".into(),
            red: details.then(|| self.red.clone()),
            noted: if details { self.noted.clone() } else { Vec::new() },
        }
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
