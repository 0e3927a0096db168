//! The configuration that the readers work with: a caller for each ticketing system, and a customer.

use access::config::{Config, Folder, load};
use jiff::civil::date;
use std::sync::LazyLock;

const PROGRAM: &str = r#"
[partner]
name = "Northwind"
tenant_id = "11111111-1111-4111-8111-111111111111"
[app]
client_id = "22222222-2222-4222-8222-222222222222"
credential = { client_secret = "env:CLIENT_SECRET" }
[callers.tickets]
auth = { standard_webhooks = "env:A" }
may = ["request", "approve", "release"]
callbacks = ["example.service-now.com", "tickets.example:8443", "127.0.0.1:8443"]
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

const CUSTOMER: &str = r#"
tenant_id = "7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"
domains = ["partner.example.com", "xn--mller-kva.example"]
mode = "enforce"
[[packages]]
name = "tier2-intune"
groups = ["bbbbbbbb-0000-4000-8000-000000000002"]
[packages.requests]
duration_max = "24h"
approvals = 1
ticket = "^([A-Z]{2,5}-?[0-9]{3,8}|T[0-9]{8}[.][0-9]{4}|[0-9]+)$"
"#;

/// The configuration, read once.
pub fn config() -> &'static Config {
    static CONFIG: LazyLock<Config> = LazyLock::new(|| {
        let files = [("gatehouse.toml", PROGRAM), ("customers/examplecorp.toml", CUSTOMER)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let loaded = load(&Folder { files }, date(2026, 11, 20));
        assert!(!loaded.has_errors(), "{:?}", loaded.problems);
        loaded.config.expect("there are no errors")
    });
    &CONFIG
}
