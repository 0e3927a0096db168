//! What callers see, and what tickets hear.

use super::{FREE, after, config, now, person, request};
use crate::requests::document::{List, document, etag, message_id, to_tell};
use crate::requests::{Event, Progress, RequestId, Status};
use expect_test::expect;

#[test]
fn an_id_is_the_same_for_the_same_wish_and_no_other() {
    let id = RequestId::of("servicenow", "RITM1");
    assert_eq!(id, RequestId::of("servicenow", "RITM1"));
    assert_eq!(id.as_str().len(), 32);
    assert_ne!(id, RequestId::of("servicenowR", "ITM1"), "parts do not run together");
    assert_ne!(id, RequestId::of("jira", "RITM1"));
    assert_eq!(id.as_str().parse(), Ok(id.clone()));
    for odd in ["", "../x", &id.as_str()[1..], &format!("{id}0"), &id.as_str().to_uppercase(), &"g".repeat(32)] {
        assert!(odd.parse::<RequestId>().is_err(), "{odd}");
    }
}

#[test]
fn a_status_has_one_name_everywhere() {
    for status in Status::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        assert_eq!(Status::named(status.name()), Some(status));
    }
    assert_eq!(Status::named("running"), None);
}

#[test]
fn a_request_is_shown_with_everything_that_happened() {
    let config = config(FREE);
    let begun = after(&config, &request(&config), &Event::CarryOut { person: person(1) }, now()).unwrap();
    let active = after(&config, &begun, &Event::Progress(Progress::Active), now()).unwrap();
    expect![[r#"
        {
          "id": "d5d7c06974bf2c77bed68a2dd333d0f2",
          "status": "active",
          "statusUrl": "/api/v1/invitations/d5d7c06974bf2c77bed68a2dd333d0f2",
          "customer": "examplecorp",
          "package": "tier2-intune",
          "invitee": {
            "email": "kari.nordmann@partner.example.com",
            "givenName": "Kari",
            "surname": "Nordmann"
          },
          "ticket": {
            "system": "servicenow",
            "id": "6816",
            "number": "RITM0010023",
            "url": "https://example.service-now.com/x"
          },
          "requestedBy": {
            "email": "ola@partner.example.com"
          },
          "reason": "enrolment fault",
          "durationHours": 8,
          "createdAt": "2026-11-20T09:00:00Z",
          "startsAt": "2026-11-20T09:00:00Z",
          "endsAt": "2026-11-20T17:00:00Z",
          "history": [
            {
              "at": "2026-11-20T09:00:00Z",
              "status": "accepted",
              "by": "ola@partner.example.com",
              "asserted": true,
              "note": "enrolment fault"
            },
            {
              "at": "2026-11-20T09:00:00Z",
              "status": "accepted",
              "by": null,
              "asserted": false,
              "note": "carrying it out began"
            },
            {
              "at": "2026-11-20T09:00:00Z",
              "status": "active",
              "by": null,
              "asserted": false,
              "note": "in all of the package's places"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&document(&active)).unwrap());
    let list = List { invitations: vec![document(&active)], next: None };
    assert_eq!(serde_json::to_value(&list).unwrap()["invitations"][0]["status"], "active");
}

#[test]
fn its_tag_changes_with_what_is_shown_and_with_nothing_else() {
    let config = config(FREE);
    let one = request(&config);
    assert_eq!(etag(&one), etag(&one.clone()));
    let begun = after(&config, &one, &Event::CarryOut { person: person(1) }, now()).unwrap();
    assert_ne!(etag(&one), etag(&begun));
    let mut hidden = one.clone();
    hidden.print = "another".into();
    assert_eq!(etag(&one), etag(&hidden));
    assert!(etag(&one).starts_with('"') && etag(&one).ends_with('"') && etag(&one).len() == 34);
}

#[test]
fn the_ticket_hears_of_every_change_but_what_it_did_itself() {
    let config = config(FREE);
    let mut request = request(&config);
    let end = now() + super::hours(8);
    for (event, at) in [
        (Event::CarryOut { person: person(1) }, now()),
        (Event::Progress(Progress::Waiting { code: "held".into(), text: "held".into() }), now()),
        (Event::Progress(Progress::Active), now()),
        (Event::Tick, end - crate::requests::END_TOLD_BEFORE),
        (Event::Progress(Progress::Settled { kept_by: None }), end),
    ] {
        request = after(&config, &request, &event, at).unwrap();
    }
    assert_eq!(request.history.len(), 6);
    assert_eq!(to_tell(&request, 0).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(to_tell(&request, 4).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(message_id(&request, 5), format!("msg_{}_5", request.id));
}
