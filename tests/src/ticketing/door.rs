//! The door that ticketing systems come to: the routes of all functions, the gate with the configured callers, and an
//! engine on the simulated cloud.

use super::recording::Recording;
use crate::world::World;
use access::config::{Folder, Mode, load};
use bytes::Bytes;
use cloud_sim::{NewUser, PERMISSIONS, TenantHandle};
use functions::{Function, Inside, Reply, Wake, route};
use gatehouse::settings::Settings;
use gatehouse::wiring::{Doors, Place};
use http::{Request, Response};
use outside::{Clock, SeededRandom};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Documents, Store};
use uuid::Uuid;

/// The customer's tenant, as the recordings name it.
const TENANT: Uuid = Uuid::from_u128(0x7d3f_9a10_5c1e_4b7a_9d55_2f6c_8e0b_1a34);

/// Whom the recordings ask access for.
pub(super) const KARI: &str = "kari.nordmann@partner.example.com";

/// The secret of a Zendesk webhook that was saved.
pub(super) const ZENDESK_SECRET: &str = "c2VjcmV0LW9mLWEtc2F2ZWQtd2ViaG9vaw==";

const PROGRAM: &str = r#"
[partner]
name = "Partner"
tenant_id = "PARTNER"
[app]
client_id = "APP"
credential = { client_secret = "env:CLIENT_SECRET" }
[callers.servicenow]
auth = { standard_webhooks = "env:SERVICENOW" }
may = ["request"]
callbacks = ["example.service-now.com"]
[callers.servicenow-basic]
auth = { basic = "env:SERVICENOW_BASIC" }
may = ["request"]
callbacks = ["example.service-now.com"]
[callers.jira-automation]
auth = { api_key = "env:JIRA_AUTOMATION" }
may = ["request"]
[callers.zendesk]
auth = { zendesk = "env:ZENDESK" }
may = ["request"]
[callers.freshservice]
auth = { basic = "env:FRESHSERVICE" }
may = ["request"]
[callers.jira]
auth = { hub_signature = "env:JIRA" }
may = ["request"]
format = "jira"
when = { field = "issue.fields.status.name", is = ["Approved"] }
fields.invitee.email = "issue.fields.customfield_10201"
fields.access = { package = "issue.fields.customfield_10202.value", durationHours = "issue.fields.customfield_10203" }
fields.customer.tenantId = "issue.fields.customfield_10204"
[callers.halopsa]
auth = { basic = "env:HALOPSA" }
may = ["request"]
format = "halopsa"
fields.invitee.email = "ticket.customfields[name=CFInviteEmail].value"
fields.access.package = "ticket.customfields[name=CFAccessPackage].display"
fields.access.durationHours = "ticket.customfields[name=CFHours].value"
fields.customer.tenantId = "ticket.customfields[name=CFTenantId].value"
[callers.connectwise]
auth = { connectwise = "env:CONNECTWISE" }
may = ["request"]
format = "connectwise"
fields.invitee.email = "Entity.customFields[caption=Invite e-mail].value"
fields.access = { package = "Entity.customFields[caption=Access package].value", durationHours = "= 8" }
fields.customer.name = "Entity.company.identifier"
[callers.autotask]
auth = { autotask = "env:AUTOTASK" }
may = ["request"]
format = "autotask"
fields.invitee.email = "Fields.UserDefinedFields.InviteEmail"
fields.access = { package = "= tier2-intune", durationHours = "= 8" }
fields.customer.name = "= examplecorp"
[callers.fabrikams-own]
auth = { api_key = "env:FABRIKAM" }
may = ["request", "approve", "read"]
customers = ["fabrikam"]
"#;

/// The key of a caller that knows of no customer but Fabrikam.
pub(super) const FABRIKAM_KEY: &str = "key-of-fabrikams-own-portal";

/// Another customer, to whom nobody goes.
const OTHER: &str = r#"
tenant_id = "55555555-5555-4555-8555-555555555555"
mode = "paused"
domains = ["partner.example.com"]
[[packages]]
name = "tier2-intune"
groups = ["bbbbbbbb-0000-4000-8000-000000000003"]
[packages.requests]
duration_max = "8h"
"#;

/// The longest grant is longer than the longest that a recording asks for: that one is to fail by its key.
const CUSTOMER: &str = r#"
tenant_id = "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"
mode = "observe"
domains = ["partner.example.com"]
[[packages]]
name = "tier2-intune"
groups = ["TARGET"]
[packages.requests]
duration_max = "80h"
approvals = 0
"#;

/// The callers, with the recordings whose secrets they have.
const SECRETS: [(&str, &str); 9] = [
    ("SERVICENOW", "01-servicenow-standard-webhooks"),
    ("SERVICENOW_BASIC", "02-servicenow-basic-auth"),
    ("JIRA", "03-jira-webhook-issue-created"),
    ("JIRA_AUTOMATION", "05-jira-automation-web-request"),
    ("ZENDESK", "06-zendesk-trigger-webhook"),
    ("FRESHSERVICE", "07-freshservice-workflow-automator"),
    ("HALOPSA", "08-halopsa-webhook"),
    ("CONNECTWISE", "09-connectwise-psa-callback"),
    ("AUTOTASK", "10-autotask-ticket-webhook"),
];

pub(super) struct Door {
    pub(super) world: World,
    pub(super) customer: TenantHandle,
    pub(super) target: Uuid,
    functions: Vec<Function>,
    secrets: BTreeMap<String, String>,
}

impl Door {
    /// At the time of the recordings, with their secrets. Nobody has to approve anything, and the customer is only
    /// observed: what is accepted stays so.
    pub(super) async fn new() -> Self {
        let mut world = World::new();
        let app = world.config.app.client_id.0;
        let customer = world.sim.tenant(TENANT, "examplecorp.onmicrosoft.com");
        customer.consent(app, PERMISSIONS);
        let target = customer.add_group("Intune, second tier");
        world.partner.add_user(NewUser::with_mail(KARI));
        let program = PROGRAM.replace("PARTNER", &world.partner.id().to_string()).replace("APP", &app.to_string());
        let files = [
            ("gatehouse.toml", program),
            ("customers/examplecorp.toml", CUSTOMER.replace("TARGET", &target.to_string())),
            ("customers/fabrikam.toml", OTHER.to_owned()),
        ];
        let folder = Folder { files: files.map(|(name, text)| (name.to_owned(), text)).into() };
        let loaded = load(&folder, jiff::civil::date(2026, 11, 20));
        assert!(!loaded.has_errors(), "{:?}", loaded.problems);
        world.config = loaded.config.expect("there are no errors");
        let clock = Recording::named(SECRETS[0].1).clock();
        world.pass(clock.duration_since(world.clock.now())).await;
        let recorded = SECRETS.map(|(name, file)| (name.to_owned(), Recording::named(file).secret()));
        let mut secrets = BTreeMap::from(recorded);
        secrets.insert("FABRIKAM".to_owned(), FABRIKAM_KEY.to_owned());
        Self { world, customer, target, functions: functions::all(), secrets }
    }

    /// With another secret for one of the callers.
    pub(super) fn with_secret(mut self, name: &str, secret: &str) -> Self {
        self.secrets.insert(name.to_owned(), secret.to_owned());
        self
    }

    /// From now on what is accepted is carried out.
    pub(super) fn enforce(&mut self) {
        self.world.config.customers[0].mode = Mode::Enforce;
    }

    /// Sends a request to a process that has just started.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let function = route(&self.functions, request.method(), request.uri().path()).expect("there is such a route");
        match function.handle(&self.inside(), Wake::Http(Box::new(request))).await {
            Reply::Http(answer) => answer,
            other => panic!("no answer but {other:?}"),
        }
    }

    /// Everything that is stored, and how many requests the cloud has had: what an effect would show in.
    pub(super) async fn state(&self) -> (BTreeMap<String, Bytes>, usize) {
        let documents = &self.world.documents;
        let mut state = BTreeMap::new();
        for path in documents.list("").await.expect("the store works") {
            let stored = documents.get(&path).await.expect("the store works").expect("nothing is deleted meanwhile");
            state.insert(path, stored.bytes);
        }
        (state, self.world.sim.requests().len())
    }

    fn inside(&self) -> Inside {
        let engine = self.world.engine();
        let lookup = Arc::new(self.secrets.clone());
        let place = Place {
            folder: "/nowhere".into(),
            settings: Settings::read(lookup).expect("nothing is wrong with the settings"),
            doors: Doors {
                clock: Arc::new(self.world.clock.clone()),
                random: Arc::new(SeededRandom::new(1)),
                transport: Some(Arc::new(self.world.sim.clone())),
            },
        };
        let clock = Arc::new(self.world.clock.clone());
        let store = Store::new(self.world.documents.clone(), clock, Arc::new(SeededRandom::new(1)));
        let gate = place.gate(&self.world.config, store).expect("no file is needed");
        Inside { engine: Arc::new(engine), gate: Arc::new(gate) }
    }
}
