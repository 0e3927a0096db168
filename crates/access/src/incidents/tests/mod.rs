//! The rules of incidents, at the edges at which they are used.

mod escalating;
mod life;
mod payloads;
mod reading;

use super::*;
use crate::alerts::{Delivery, Reading, read_for};
use crate::config::{BreakGlass, BreakGlassAccount, Customer, EscalationStep, Mode, Paging, Rights};
use crate::ids::{GuestId, TenantId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::path::PathBuf;
use uuid::uuid;

/// The tenant that the recorded alerts name.
const TENANT: TenantId = TenantId(uuid!("7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34"));
const BG1: GuestId = GuestId(uuid!("b1ea0001-1111-4a7b-8c2d-000000000001"));
const BG2: GuestId = GuestId(uuid!("b1ea0002-2222-4a7b-8c2d-000000000002"));

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn customer() -> Customer {
    let account = |id, name: &str| BreakGlassAccount { id, upn: format!("{name}@examplecorp.onmicrosoft.com") };
    Customer {
        name: "contoso".into(),
        display_name: "Contoso Ltd".into(),
        tenant_id: TENANT,
        mode: Mode::Observe,
        app: None,
        rights: Rights::Consent,
        domains: BTreeSet::new(),
        deny: None,
        protect: BTreeSet::new(),
        packages: Vec::new(),
        break_glass: BreakGlass {
            accounts: vec![account(BG1, "bg-01"), account(BG2, "bg-02")],
            ..BreakGlass::default()
        },
    }
}

/// A recorded alert, by the beginning of its file's name.
fn payload(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/alerts/tests/payloads");
    let malformed = folder.join("malformed");
    let entries = [folder, malformed].into_iter().flat_map(|folder| std::fs::read_dir(folder).expect("the folder"));
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let path = paths.find(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name)));
    std::fs::read(path.expect(name)).expect("the file")
}

fn around<'a>(customer: &'a Customer, raw: &'a str, received: Timestamp) -> Circumstances<'a> {
    Circumstances { customer: Some(customer), name: "contoso", tenant: TENANT, raw, received, drill: None }
}

/// What these bytes open.
fn opened(bytes: &[u8], around: &Circumstances<'_>) -> Vec<Incident> {
    let delivery = Delivery { body: bytes, content_type: Some("application/json"), headers: &[] };
    let nothing = BreakGlass::default();
    let declared = around.customer.map_or(&nothing, |customer| &customer.break_glass);
    match read_for(&delivery, &|finding| concerns(finding, declared)) {
        Reading::Alert(alert) => openings(&alert, around),
        other => panic!("{other:?}"),
    }
}

/// The incident of the first recorded alert: a sign-in that succeeded.
fn sign_in() -> Incident {
    let customer = customer();
    opened(&payload("01"), &around(&customer, "raw-1", at("2026-11-20T02:42:20Z"))).remove(0)
}

fn chain(steps: &[(&[&str], i64)]) -> Vec<EscalationStep> {
    let step = |(channels, minutes): &(&[&str], i64)| EscalationStep {
        channels: channels.iter().map(|name| (*name).to_owned()).collect(),
        wait: SignedDuration::from_mins(*minutes),
    };
    steps.iter().map(step).collect()
}

fn paging() -> Paging {
    Paging { rounds_max: 2, ..Paging::default() }
}

/// The pages, one line each.
fn pages(incident: &Incident) -> Vec<String> {
    let line = |page: &PageRecord| {
        let what = serde_json::to_value(page.what).expect("a word");
        let dropped = if page.dropped { " dropped" } else { "" };
        let repeat = if page.may_repeat { " may repeat" } else { "" };
        format!(
            "{} {} {} round {} step {} {}{dropped}{repeat}",
            page.number,
            page.channel,
            what.as_str().unwrap_or_default(),
            page.round + 1,
            page.step + 1,
            page.state.name()
        )
    };
    incident.pages.iter().map(line).collect()
}
