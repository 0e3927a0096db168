//! Bodies, policy and the life of a request.

mod addresses;
mod bodies;
mod documents;
mod life;
mod missing;
mod natives;
mod payloads;
mod policies;
mod random;
mod read_back;
mod time;

use super::body::{self, Asked};
use super::policy::{Place, place};
use super::{By, Event, Refusal, Request, RequestId, apply, create};
use crate::config::{Caller, Config, Folder, load};
use crate::ids::PersonId;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

/// The customer of the recorded requests; `extra` goes into its package's `[packages.requests]`.
fn config(requests: &str) -> Config {
    let program = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:CLIENT_SECRET" }
[callers.tickets]
auth = { standard_webhooks = "env:A" }
may = ["request"]
customers = ["examplecorp"]
callbacks = ["example.service-now.com", "tickets.example:8443", "127.0.0.1:8443"]
[callers.anywhere]
auth = { basic = "env:B" }
may = ["request"]
[callers.jira]
auth = { hub_signature = "env:C" }
may = ["request"]
format = "jira"
when = { field = "issue.fields.status.name", is = ["Approved"] }
fields.invitee.email = "issue.fields.customfield_10201"
fields.access = { package = "issue.fields.customfield_10202.value", durationHours = "issue.fields.customfield_10203" }
fields.customer.tenantId = "issue.fields.customfield_10204"
[callers.halopsa]
auth = { basic = "env:D" }
may = ["request"]
format = "halopsa"
fields.invitee.email = "ticket.customfields[name=CFInviteEmail].value"
fields.access.package = "ticket.customfields[name=CFAccessPackage].display"
fields.access.durationHours = "ticket.customfields[name=CFHours].value"
fields.customer.tenantId = "ticket.customfields[id=204].value"
[callers.connectwise]
auth = { basic = "env:E" }
may = ["request"]
format = "connectwise"
fields.invitee.email = "Entity.customFields[caption=Invite e-mail].value"
fields.access = { package = "Entity.customFields[1].value", durationHours = "= 8" }
fields.customer.name = "Entity.company.identifier"
[callers.autotask]
auth = { basic = "env:F" }
may = ["request"]
format = "autotask"
fields.invitee.email = "Fields.UserDefinedFields.InviteEmail"
fields.access = { package = "= tier2-intune", durationHours = "= 8" }
fields.customer.name = "= examplecorp"
"#;
    let customer = format!(
        r#"
tenant_id = "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"
domains = ["partner.example.com", "xn--mller-kva.example"]
[[packages]]
name = "closed"
members = ["aaaaaaaa-0000-4000-8000-000000000001"]
groups = ["bbbbbbbb-0000-4000-8000-000000000001"]
[[packages]]
name = "tier2-intune"
groups = ["bbbbbbbb-0000-4000-8000-000000000002"]
[packages.requests]
{requests}
"#
    );
    let other = r#"
tenant_id = "55555555-5555-4555-8555-555555555555"
domains = ["partner.example.com"]
[[packages]]
name = "tier2-intune"
groups = ["bbbbbbbb-0000-4000-8000-000000000003"]
[packages.requests]
duration_max = "8h"
"#;
    let left = other.replace("55555555-", "66666666-").replace("domains", "mode = \"offboard\"\ndomains");
    let files = [
        ("gatehouse.toml", program),
        ("customers/examplecorp.toml", customer.as_str()),
        ("customers/fabrikam.toml", other),
        ("customers/leaving.toml", left.as_str()),
    ];
    let folder = Folder { files: files.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect() };
    let loaded = load(&folder, date(2026, 11, 20));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.expect("there are no errors")
}

/// No approval needed, at most a day.
const FREE: &str = "duration_max = \"24h\"\napprovals = 0\n";

fn caller<'a>(config: &'a Config, name: &str) -> &'a Caller {
    &config.callers[name]
}

/// The time of the recorded requests.
fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().expect("it is a time")
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// A whole and right body, for tests to damage.
const BODY: &str = r##"{
    "ticket": { "system": "servicenow", "id": "6816", "number": "RITM0010023", "url": "https://example.service-now.com/x" },
    "customer": { "tenantId": "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34" },
    "invitee": { "email": "kari.nordmann@partner.example.com", "givenName": "Kari", "surname": "Nordmann" },
    "access": { "package": "tier2-intune", "durationHours": 8 },
    "requestedBy": { "email": "ola@partner.example.com" },
    "reason": "enrolment fault",
    "callback": { "url": "https://example.service-now.com/api" }
}"##;

fn asked() -> Asked {
    body::read(BODY.as_bytes()).expect("the body is right")
}

fn found<'a>(config: &'a Config, asked: &Asked) -> Place<'a> {
    place(asked, caller(config, "anywhere"), &config.customers).expect("the customer has the package")
}

/// A request of these rules, made by the caller `tickets` for ola, for kari.
fn request(config: &Config) -> Request {
    let asked = asked();
    let place = found(config, &asked);
    create(RequestId::of("tickets", "key"), "tickets", asked, &place, "print".to_owned(), now())
}

fn person(n: u128) -> PersonId {
    PersonId(uuid::Uuid::from_u128(n))
}

/// A caller that names nobody.
fn machine(caller: &str) -> By {
    By { caller: caller.to_owned(), approves: true, ..By::default() }
}

/// Somebody whom the caller `desk` names.
fn by(email: &str) -> By {
    By { email: Some(email.to_owned()), asserted: true, ..machine("desk") }
}

/// What becomes of a request under these rules.
fn after(config: &Config, request: &Request, event: &Event, at: Timestamp) -> Result<Request, Refusal> {
    let rules = config.customers[0].packages.iter().find(|package| package.name == "tier2-intune");
    apply(request, event, rules.expect("it is there").requests.as_ref(), at)
}
