//! Coming in, rule by rule.

mod call_backs;
mod documents;
mod probes;
mod stages;

use super::facts::{Door, Facts, Group, Tenant, Token};
use super::record::{LINK_LIFE, Link, Look, Onboarding};
use super::{Case, Finding, Verdict, look};
use crate::config::{Config, Customer, Folder, load};
use crate::fitness::{Cause, Read, Unread};
use crate::ids::{GroupId, ObjectId, TenantId};
use crate::permissions::{Held, Permission, Resource, needed_by_customer, own_roles};
use jiff::Timestamp;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(0x44444444_4444_4444_8444_444444444444));
const OTHER: TenantId = TenantId(Uuid::from_u128(0x77777777_7777_4777_8777_777777777777));
const APP: ObjectId = ObjectId(Uuid::from_u128(0x22222222_2222_4222_8222_222222222222));
const GROUP: GroupId = GroupId(Uuid::from_u128(0x66666666_6666_4666_8666_666666666666));
const SUBSCRIPTION: Uuid = Uuid::from_u128(0x99999999_9999_4999_8999_999999999999);

fn nine() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

/// A configuration in which Contoso has this beside a package.
fn config(more: &str) -> Config {
    let program = "
        [partner]
        name = 'Northwind'
        tenant_id = '11111111-1111-4111-8111-111111111111'
        [app]
        client_id = '22222222-2222-4222-8222-222222222222'
        credential = { certificate = 'env:PEM' }
        [channels.duty]
        pagerduty = 'env:KEY'
        [[escalation]]
        channels = ['duty']
    ";
    let contoso = format!(
        "
        display_name = 'Contoso'
        tenant_id = '{TENANT}'
        mode = 'enforce'
        domains = ['northwind.example']
        {more}
        [[packages]]
        name = 'second-line'
        members = ['55555555-5555-4555-8555-555555555555']
        groups = ['{GROUP}']
        "
    );
    let files = vec![("gatehouse.toml".into(), program.into()), ("customers/contoso.toml".into(), contoso)];
    let loaded = load(&Folder { files }, jiff::civil::date(2026, 11, 2));
    assert!(!loaded.has_errors(), "{:?}", loaded.problems);
    loaded.config.unwrap()
}

fn customer(config: &Config) -> &Customer {
    &config.customers[0]
}

/// A tenant in which everything is there.
fn good(config: &Config) -> Facts {
    let needed = needed_by_customer(config, customer(config));
    let tenant = Tenant {
        id: TENANT,
        name: Some("Contoso Ltd".into()),
        domains: ["contoso.example".to_owned(), "contoso.onmicrosoft.com".into()].into(),
    };
    let group = Group { name: Some("Partner second line".into()), unwritable: None };
    Facts {
        token: Token::Given,
        roles: Ok(needed.iter().filter(|one| one.resource == Resource::Graph).map(|one| one.name.to_owned()).collect()),
        assigned: Ok(needed.iter().map(|one| one.app_role).collect()),
        service_principal: Some(Uuid::from_u128(0x8888)),
        own_roles: Ok(own_roles(config, customer(config))
            .iter()
            .map(|one| Held { role: one.role.id, unit: one.unit })
            .collect()),
        organization: Ok(Some(tenant)),
        invites_from: Ok("adminsAndGuestInviters".into()),
        partner: Ok(Some(Door::Open)),
        everybody: Ok(Door::Open),
        units: Vec::new(),
        sign_ins: Ok(()),
        eligible: Ok(()),
        groups: vec![(GROUP, Ok(Some(group)))],
        subscriptions: Vec::new(),
        exports: Ok(()),
    }
}

fn record() -> Onboarding {
    Onboarding::new("contoso", TENANT)
}

fn findings(config: &Config, record: &Onboarding, facts: &Facts) -> Vec<Finding> {
    look(&Case { config, customer: customer(config), record, facts, link: "the link" })
}

/// Lets a look with these facts happen to the record.
fn looked(record: &mut Onboarding, facts: &Facts, at: Timestamp) {
    let config = config("");
    let look = Look { at, findings: findings(&config, record, facts) };
    record.looked("contoso", look, None);
}

fn link(hash: &str, made: Timestamp) -> Link {
    let by = "ola@northwind.example".to_owned();
    Link { hash: hash.into(), app: APP, tenant_id: TENANT, by, made, until: made + LINK_LIFE, used: None }
}

fn failed<T>(cause: Cause) -> Read<T> {
    Err(Unread::new(cause, "so it was said"))
}

/// A permission that every configuration needs, and no other one allows.
fn some_permission(config: &Config) -> Permission {
    needed_by_customer(config, customer(config)).into_iter().find(|one| one.name == "Organization.Read.All").unwrap()
}

fn verdict(findings: &[Finding], probe: &str) -> Option<Verdict> {
    findings.iter().find(|finding| finding.probe == probe).map(|finding| finding.verdict)
}
