//! A customer with a package that people can ask for, a caller that asks, and one that approves.

use crate::world::{World, one_customer};
use access::config::{Approver, Caller, CallerAuth, May, Requests, SecretRef, Stage};
use access::ids::TenantId;
use access::ledger::Ledger;
use access::requests::{Request, RequestId, Status};
use cloud_sim::TenantHandle;
use engine::membership::documents::{Body, body_path};
use engine::requests::{self, Decide, Deciding, Heard, Made, Refused, Wish};
use engine::{By, Engine};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) const ZOE: &str = "zoe@northwind.example";
pub(crate) const LEAD: &str = "lead@northwind.example";

/// Contoso, whose package anybody may have for three days whom the lead lets in; Zoe is at the partner, in no group.
pub(super) struct Town {
    pub(super) world: World,
    pub(super) contoso: TenantHandle,
    pub(super) target: Uuid,
}

impl Town {
    /// With so many approvals of the lead's needed.
    pub(super) async fn new(approvals: u32) -> Self {
        let (mut world, contoso, source, target) = one_customer();
        open_to_requests(&mut world, approvals);
        world.people(2, &[source]);
        world.person("lead", &[]);
        world.person("zoe", &[]);
        let town = Self { world, contoso, target };
        for _ in 0..2 {
            town.minute().await;
        }
        town
    }

    /// The minute's timers, and the queue.
    pub(super) async fn minute(&self) {
        self.world.pass(SignedDuration::from_mins(1)).await;
        let engine = self.world.engine();
        for name in engine.tick().await.expect("a tick").due {
            engine.sync(&name, engine::How::default()).await.expect("the store works");
        }
        engine.follow_requests().await.expect("the store works");
    }

    /// The mails in the package's group.
    pub(super) fn members(&self) -> Vec<String> {
        self.world.mails(&self.contoso, self.target)
    }

    /// Whether Zoe is in the package's group.
    pub(super) fn is_in(&self) -> bool {
        self.members().iter().any(|mail| mail == ZOE)
    }

    /// The ticket asks.
    pub(super) async fn ask(&self, engine: &Engine, body: &Value) -> Result<Made, Refused> {
        let caller = known("servicenow", &[May::Request]);
        let body = body.to_string();
        let wish = Wish { caller: &caller, key: None, delivery: None, body: body.as_bytes() };
        match engine.ask_for(&wish).await? {
            Heard::Made(made) => Ok(*made),
            Heard::Nothing(why) => panic!("it asks: {why}"),
        }
    }

    /// Somebody decides, through the desk.
    pub(super) async fn decide(&self, id: &RequestId, decide: Decide, who: &str) -> Result<Request, Refused> {
        let by = By { who: who.into(), asserted: true, comment: None };
        let caller = known("desk", &[May::Approve]);
        let deciding = Deciding { caller: &caller, by: &by, named: true };
        self.world.engine().decide_request(id, decide, &deciding).await
    }

    /// The request as it is.
    pub(super) async fn request(&self, id: &RequestId) -> Request {
        let caller = known("desk", &[May::Approve]);
        self.world.engine().request(&caller, id).await.expect("it is there")
    }

    /// The customer's ledger as it is stored.
    pub(super) async fn ledger(&self) -> Ledger {
        let path = body_path(TenantId(self.contoso.id()));
        let body = self.world.engine().store().read::<Body>(&path).await.expect("the store works");
        body.expect("there was a run").value.ledger
    }

    /// The markers of this kind.
    pub(super) async fn open(&self, kind: &str) -> Vec<String> {
        store::markers::list(self.world.engine().store(), kind).await.expect("the store works")
    }

    pub(super) async fn status(&self, id: &RequestId) -> Status {
        self.request(id).await.status
    }
}

/// The package of the world's first customer may be asked for, and the lead approves it so many times.
pub(crate) fn open_to_requests(world: &mut World, approvals: u32) {
    let approver = || Some(BTreeSet::from([Approver::Mail(LEAD.into())]));
    let stages = (0..approvals).map(|_| Stage { approvals: 1, approvers: approver() }).collect();
    let package = world.config.customers[0].packages.last_mut().expect("a package");
    package.requests = Some(Requests {
        duration_max: SignedDuration::from_hours(72),
        stages,
        remind_after: SignedDuration::from_hours(24),
        unanswered_after: SignedDuration::from_hours(7 * 24),
        requesters: None,
        ticket: Some("^INC[0-9]{7}$".into()),
    });
    world.config.callers.insert("servicenow".into(), caller(&[May::Request]));
    world.config.callers.insert("desk".into(), caller(&[May::Approve]));
}

fn caller(may: &[May]) -> Caller {
    Caller {
        auth: CallerAuth::ApiKey(vec![SecretRef::Env("KEY".into())]),
        may: may.iter().copied().collect(),
        customers: None,
        callbacks: BTreeSet::new(),
        callback_auth: None,
        native: None,
        ticket: None,
    }
}

pub(crate) fn known(name: &str, may: &[May]) -> requests::Caller {
    requests::Caller {
        name: name.into(),
        may: may.iter().copied().collect(),
        customers: None,
        person: None,
        account: None,
    }
}

/// A ticket's body, for Zoe and so many hours.
pub(crate) fn body(hours: u32) -> Value {
    json!({
        "ticket": { "system": "servicenow", "id": "6816f79cc0a8016401c5a33be04be441", "number": "INC0012345" },
        "customer": { "name": "contoso" },
        "invitee": { "email": ZOE, "givenName": "Zoe", "surname": "Zimmer" },
        "access": { "package": "second-line", "durationHours": hours },
        "requestedBy": { "email": "tech@northwind.example" },
        "reason": "the printer at the customer's",
    })
}
