//! What ticketing systems send, as recorded; the signatures are the business of those who check them.

use super::{FREE, caller, config};
use crate::requests::body::{self, Asked, CustomerRef, Unfit};
use crate::requests::native::{self, Heard};
use crate::requests::policy::{Membership, check, place};
use serde_json::Value;

macro_rules! recorded {
    ($($file:literal)*) => { [$(($file, include_str!(concat!("data/", $file, ".json")))),*] };
}

const CANONICAL: [(&str, &str); 10] = recorded![
    "01-servicenow-standard-webhooks" "02-servicenow-basic-auth" "05-jira-automation-web-request"
    "06-zendesk-trigger-webhook" "07-freshservice-workflow-automator" "20-bad-signature" "21-stale-timestamp"
    "22-rotated-secret-two-signatures" "23-idempotency-key-reused-other-body" "24-validation-errors"
];
const NATIVE: [(&str, &str); 5] = recorded![
    "03-jira-webhook-issue-created" "04-jira-webhook-retry-duplicate" "08-halopsa-webhook"
    "09-connectwise-psa-callback" "10-autotask-ticket-webhook"
];

fn recording(text: &str) -> Value {
    serde_json::from_str(text).expect("a recording is JSON")
}

fn body_of(recording: &Value) -> &[u8] {
    recording["body"].as_str().expect("it has a body").as_bytes()
}

fn is_kari(asked: &Asked) {
    assert_eq!(asked.invitee.email, "kari.nordmann@partner.example.com");
    assert_eq!(asked.package, "tier2-intune");
    assert_eq!(asked.hours, 8);
}

#[test]
fn every_recorded_body_of_ours_is_read_and_asks_for_what_it_says() {
    let config = config(FREE);
    for (file, text) in CANONICAL {
        let recording = recording(text);
        let read = body::read(body_of(&recording));
        match file {
            "24-validation-errors" => {
                let Err(Unfit::Wrong(wrong)) = read else { panic!("{file}: {read:?}") };
                let mut found: Vec<_> = wrong.iter().map(|wrong| wrong.pointer.as_str()).collect();
                let mut expected: Vec<_> =
                    recording["pointers"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected);
            }
            // The signature and the key are what is wrong with these; the bodies can be read.
            "20-bad-signature" => assert_eq!(read.expect(file).package, "tier3-intune"),
            "23-idempotency-key-reused-other-body" => assert_eq!(read.expect(file).hours, 80),
            _ => {
                let asked = read.expect(file);
                is_kari(&asked);
                let caller = caller(&config, "tickets");
                let place = place(&asked, caller, &config.customers).expect(file);
                assert_eq!(check(&asked, &place, caller, Membership::Unknown), Ok(()), "{file}");
            }
        }
    }
}

#[test]
fn every_recorded_body_of_another_system_is_read_through_its_map() {
    let config = config(FREE);
    let ticket = |file: &str| match file {
        "08-halopsa-webhook" => ("halopsa", "4471", "4471", "Partner invite: kari.nordmann@partner.example.com"),
        "09-connectwise-psa-callback" => ("connectwise", "90211", "90211", "Partner invite"),
        "10-autotask-ticket-webhook" => ("autotask", "351182", "T20261120.0002", "T20261120.0002"),
        _ => ("jira", "10142", "ACC-142", "Invite kari.nordmann@partner.example.com – Intune tier 2"),
    };
    for (file, text) in NATIVE {
        let (system, id, number, reason) = ticket(file);
        let caller = caller(&config, system);
        let read = native::read(body_of(&recording(text)), caller.native.as_ref().expect("it has a format"));
        let Ok(Heard::Asked(asked)) = read else { panic!("{file}: {read:?}") };
        is_kari(&asked);
        let told = asked.ticket.as_ref().expect("every ticket has an id");
        let told = (told.system.as_deref(), told.id.as_deref(), told.number.as_deref(), asked.reason.as_str());
        assert_eq!(told, (Some(system), Some(id), Some(number), reason), "{file}");
        let place = place(&asked, caller, &config.customers).expect(file);
        assert_eq!(
            (check(&asked, &place, caller, Membership::Unknown), place.customer.name.as_str()),
            (Ok(()), "examplecorp")
        );
    }
}

#[test]
fn the_same_delivery_twice_asks_for_the_same() {
    let config = config(FREE);
    let native = caller(&config, "jira").native.clone().expect("it has a format");
    let read = |text| native::read(body_of(&recording(text)), &native);
    assert_eq!(read(NATIVE[0].1), read(NATIVE[1].1));
}

#[test]
fn a_customer_is_named_by_its_tenant_in_the_recordings() {
    let asked = body::read(body_of(&recording(CANONICAL[0].1))).unwrap();
    assert_eq!(asked.customer, CustomerRef::TenantId("7d3f9a10-5c1e-4b7a-9d55-2f6c8e0b1a34".parse().unwrap()));
    assert_eq!(asked.ticket.unwrap().number.as_deref(), Some("RITM0010023"));
}
