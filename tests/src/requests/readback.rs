//! Webhooks that leave something out: the ticket says it, and is asked only then.

use super::town::{Town, ZOE, known};
use access::config::{self, DeskSystem, Field, FieldSource, FieldStep, Format, May, Native, ReadBack, SecretRef, When};
use access::requests::Status;
use async_trait::async_trait;
use bytes::Bytes;
use engine::requests::{Heard, Made, Refused, Tickets, Wish};
use engine::{Engine, Error};
use http::{Request, Response};
use notify::tickets::Desk;
use outside::{Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ZONE: &str = "https://webservices1.autotask.net";

/// Autotask: answers every question like this, and notes what was asked.
struct Autotask {
    status: u16,
    ticket: Value,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Autotask {
    async fn send(&self, request: Request<Bytes>, _timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        assert_eq!(request.headers()["secret"], "hush", "it is asked with the secret of the configuration");
        self.asked.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        let body = Bytes::from(self.ticket.to_string());
        Ok(Response::builder().status(self.status).body(body).unwrap())
    }
}

/// A town whose tickets are Autotask's, and what Autotask answers.
struct Desks {
    town: Town,
    autotask: Arc<Autotask>,
    engine: Engine,
}

impl Desks {
    /// Where Autotask answers with this status and ticket.
    async fn new(status: u16, ticket: Value) -> Self {
        Self::with(status, ticket, |_| {}).await
    }

    /// The same with a caller that is configured otherwise.
    async fn with(status: u16, ticket: Value, change: impl FnOnce(&mut config::Caller)) -> Self {
        let mut town = Town::new(1).await;
        let secret = |name: &str| SecretRef::Env(name.into());
        let system = DeskSystem::Autotask { auth: secret("USER"), integration_code: secret("CODE") };
        let desk = config::Desk { url: ZONE.into(), system };
        let caller = town.world.config.callers.get_mut("servicenow").expect("it asks").clone();
        let mut caller = config::Caller { native: Some(native()), ticket: Some(desk), ..caller };
        change(&mut caller);
        let known = caller.ticket.as_ref().map(|desk| Desk::resolve(desk, |_| Ok(b"gatehouse:hush".to_vec())));
        town.world.config.callers.insert("autotask".into(), caller);
        let package = town.world.config.customers[0].packages.last_mut().expect("a package");
        package.requests.as_mut().expect("it can be asked for").ticket = Some("^T[0-9]{8}\\.[0-9]{4}$".into());
        let autotask = Arc::new(Autotask { status, ticket, asked: Mutex::default() });
        let tickets = Tickets {
            desks: known.into_iter().map(|desk| ("autotask".to_owned(), desk)).collect(),
            proofs: BTreeMap::new(),
            operators: autotask.clone(),
            guarded: autotask.clone(),
        };
        let engine = town.world.engine().calling_back(tickets);
        Self { town, autotask, engine }
    }

    async fn hear(&self, body: &Value) -> Result<Heard, Refused> {
        let caller = known("autotask", &[May::Request]);
        let body = body.to_string();
        let wish = Wish { caller: &caller, key: None, delivery: Some("d0046a73"), body: body.as_bytes() };
        self.engine.ask_for(&wish).await
    }

    async fn ask(&self, body: &Value) -> Made {
        match self.hear(body).await.expect("it is allowed") {
            Heard::Made(made) => *made,
            Heard::Nothing(why) => panic!("it asks: {why}"),
        }
    }

    /// What was asked of Autotask.
    fn asked(&self) -> Vec<String> {
        self.autotask.asked.lock().unwrap().clone()
    }

    /// How often requests were written, and marked.
    fn written(&self) -> u64 {
        ["requests/", "open/requests/", "deliveries/"]
            .map(|at| self.town.world.documents.counts(at).writes())
            .iter()
            .sum()
    }
}

fn native() -> Native {
    let path = |names: &[&str]| FieldSource::Path(names.iter().map(|name| FieldStep::Member((*name).into())).collect());
    let constant = |text: &str| FieldSource::Constant(text.into());
    Native {
        format: Format::Autotask,
        fields: BTreeMap::from([
            (Field::CustomerName, constant("contoso")),
            (Field::InviteeEmail, path(&["Fields", "UserDefinedFields", "InviteEmail"])),
            (Field::Package, path(&["Fields", "UserDefinedFields", "AccessPackage"])),
            (Field::DurationHours, constant("8")),
        ]),
        when: Some(When { field: path(&["Fields", "Status"]), is: ["5".to_owned()].into() }),
        read_back: ReadBack::Missing,
    }
}

/// What Autotask sends: without the package, to which nobody subscribed.
fn webhook() -> Value {
    json!({ "Action": "Update", "EntityType": "Ticket", "Id": 351182, "Fields": {
        "TicketNumber": "T20261120.0002", "Status": "5", "UserDefinedFields": { "InviteEmail": ZOE } } })
}

/// The ticket itself, in this state.
fn ticket(status: u32) -> Value {
    json!({ "item": { "id": 351182, "ticketNumber": "T20261120.0002", "title": "Zoe at Contoso", "status": status,
        "userDefinedFields": [{ "name": "InviteEmail", "value": ZOE }, { "name": "AccessPackage", "value": "second-line" }] } })
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_says_everything_costs_no_call() {
    let desks = Desks::new(200, ticket(5)).await;
    let mut whole = webhook();
    whole["Fields"]["UserDefinedFields"]["AccessPackage"] = json!("second-line");
    let made = desks.ask(&whole).await;
    assert_eq!(made.request.status, Status::WaitingApproval);
    assert_eq!(desks.asked(), [""; 0]);
    let mut open = webhook();
    open["Fields"]["Status"] = json!("1");
    assert!(matches!(desks.hear(&open).await, Ok(Heard::Nothing(_))));
    assert_eq!(desks.asked(), [""; 0], "it says that it asks for nothing");
}

#[tokio::test(start_paused = true)]
async fn what_a_webhook_leaves_out_is_read_from_its_ticket_in_one_call() {
    let desks = Desks::new(200, ticket(5)).await;
    let before = desks.written();
    let made = desks.ask(&webhook()).await;
    assert_eq!(desks.written() - before, 3, "the delivery, the marker, the request");
    assert_eq!((made.request.package.as_str(), made.request.reason.as_str()), ("second-line", "Zoe at Contoso"));
    assert_eq!(desks.asked(), [format!("GET {ZONE}/atservicesrest/v1.0/Tickets/351182")]);
    let again = desks.ask(&webhook()).await;
    assert_eq!((again.again, again.request.id), (true, made.request.id), "a repeated delivery is the same request");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_is_no_longer_approved_asks_for_nothing() {
    let desks = Desks::new(200, ticket(1)).await;
    let before = desks.written();
    assert!(matches!(desks.hear(&webhook()).await, Ok(Heard::Nothing(_))));
    assert_eq!((desks.asked().len(), desks.written()), (1, before));
}

#[tokio::test(start_paused = true)]
async fn where_the_ticket_cannot_be_read_nothing_is_stored() {
    for (status, body, final_) in
        [(503, ticket(5), false), (404, ticket(5), true), (200, json!({ "item": null }), true)]
    {
        let desks = Desks::new(status, body).await;
        let before = desks.written();
        match desks.hear(&webhook()).await {
            Err(Refused::Failed(Error::TicketUnread(why))) => {
                assert!(!final_ && why.contains("webservices1.autotask.net answered 503"), "{status}: {why}");
            }
            Err(Refused::Body(wrong)) => {
                let pointers: Vec<&str> = wrong.iter().map(|one| one.pointer.as_str()).collect();
                // The title is missing too, but Autotask's ticket number stands in for it.
                assert_eq!((final_, pointers), (true, vec!["#/Fields/UserDefinedFields"]), "{status}: {wrong:?}");
                assert!(wrong[0].detail.contains("the ticket could not be read"), "{wrong:?}");
            }
            other => panic!("{status}: {other:?}"),
        }
        assert_eq!((desks.asked().len(), desks.written()), (1, before), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_none_is_asked_for_nowhere() {
    let desks = Desks::new(200, ticket(5)).await;
    for odd in [json!("../../Companies/1"), json!("https://evil.example/351182"), json!(-1)] {
        let mut body = webhook();
        body["Id"] = odd;
        assert!(matches!(desks.hear(&body).await, Err(Refused::Body(_))));
    }
    assert_eq!(desks.asked(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_without_a_ticketing_system_is_told_what_is_missing() {
    let without = |caller: &mut config::Caller| {
        caller.ticket = None;
        caller.native = Some(Native { read_back: ReadBack::Never, ..native() });
    };
    let desks = Desks::with(200, ticket(5), without).await;
    assert!(matches!(desks.hear(&webhook()).await, Err(Refused::Body(_))));
    assert_eq!(desks.asked(), [""; 0]);
}
