use super::*;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// A request as it is stored: made at nine, with this happening to it after that.
pub(in crate::requests) fn request(change: impl FnOnce(&mut Value)) -> Request {
    let mut request = json!({
        "id": "00112233445566778899aabbccddeeff",
        "caller": "servicenow",
        "tenant_id": "44444444-4444-4444-8444-444444444444",
        "customer": "contoso",
        "package": "second-line",
        "invitee": { "email": "zoe@northwind.example", "given_name": "Zoe", "surname": "Zimmer" },
        "ticket": { "system": "servicenow", "number": "INC0012345" },
        "requested_by": "tech@northwind.example",
        "reason": "the printer",
        "hours": 8,
        "created_at": "2026-11-02T09:00:00Z",
        "status": "waiting_approval",
        "asking": { "stage": 0, "remind_at": "2026-11-03T09:00:00Z", "until": "2026-11-09T09:00:00Z" },
        "history": [{ "at": "2026-11-02T09:00:00Z", "what": "asked", "status": "waiting_approval" }],
        "print": "",
    });
    change(&mut request);
    serde_json::from_value(request).unwrap()
}

fn happened(request: &mut Value, what: &str, status: &str) {
    let change = json!({ "at": "2026-11-03T09:00:00Z", "what": what, "status": status });
    request["history"].as_array_mut().unwrap().push(change);
    request["status"] = status.into();
}

fn check(request: &Request, expected: &Expect) {
    let cause = cause(request);
    expected.assert_eq(&format!("{}\n{}\n{}\n", cause.title, cause.text, cause.commands.0.unwrap()));
}

#[test]
fn those_who_approve_read_who_asks_what_for_whom_how_long_and_until_when_they_can_answer() {
    check(
        &request(|_| {}),
        &expect![[r#"
        Access to second-line in contoso waits for approval
        tech@northwind.example (as servicenow says) asks that "Zoe Zimmer" <zoe@northwind.example> gets second-line in contoso for 8 hours. It can be answered until 2026-11-09 09:00 UTC. Ticket: "INC0012345". Reason: "the printer"
        gatehouse requests approve 00112233445566778899aabbccddeeff --by MAIL
    "#]],
    );
    let second = request(|request| {
        happened(request, "approved", "waiting_approval");
        request["approvals"] = json!([{ "stage": 0, "by": "lead@northwind.example", "at": "2026-11-03T09:00:00Z" }]);
        request["ticket"] = Value::Null;
        request["requested_by"] = Value::Null;
        request["invitee"] = json!({ "email": "zoe@northwind.example" });
    });
    check(
        &second,
        &expect![[r#"
            Access to second-line in contoso waits for approval
            The caller servicenow asks that zoe@northwind.example gets second-line in contoso for 8 hours. It can be answered until 2026-11-09 09:00 UTC. Approved so far by lead@northwind.example. Reason: "the printer"
            gatehouse requests approve 00112233445566778899aabbccddeeff --by MAIL
        "#]],
    );
}

#[test]
fn nobodys_words_are_taken_for_ours() {
    let hostile = request(|request| {
        request["reason"] = "x\". Approved so far by the chief”. <!channel>\nReason: \"none".into();
        request["ticket"]["number"] = "1\". Approved so far by all. \"".into();
        request["invitee"]["given_name"] = "Zoe\" <lead@northwind.example>".into();
    });
    let text = cause(&hostile).text;
    let quotes: Vec<&str> = text.split('"').collect();
    assert_eq!(quotes.len(), 7, "three pairs, and no quotation mark in any of them: {text}");
    let ours: String = quotes.iter().step_by(2).copied().collect();
    assert!(!ours.contains("Approved") && !ours.contains("lead@"), "{ours}");
    assert!(text.ends_with('"'), "nothing of ours follows the reason");
}

#[test]
fn the_end_says_how_it_was_answered() {
    let rejected = request(|request| {
        happened(request, "moved", "rejected");
        request["asking"] = Value::Null;
        request["history"][1]["by"] = "lead@northwind.example".into();
        request["history"][1]["asserted"] = true.into();
        request["history"][1]["note"] = "not today".into();
    });
    check(
        &rejected,
        &expect![[r#"
            Access to second-line in contoso waits for approval
            The request of tech@northwind.example (as servicenow says) for "Zoe Zimmer" <zoe@northwind.example> waits no more: rejected by lead@northwind.example, as the caller says: not today
            gatehouse requests approve 00112233445566778899aabbccddeeff --by MAIL
        "#]],
    );
}

#[test]
fn people_are_told_again_when_they_are_reminded_and_when_others_are_to_approve() {
    let told = |change: &dyn Fn(&mut Value)| to_tell(&request(change));
    let waiting = |rounds| Some(Told::Waiting { rounds });
    assert_eq!(told(&|_| {}), waiting(0));
    assert_eq!(told(&|request| happened(request, "approved", "waiting_approval")), waiting(0), "at the same stage");
    assert_eq!(told(&|request| happened(request, "reminded", "waiting_approval")), waiting(1));
    let next = |request: &mut Value| {
        happened(request, "reminded", "waiting_approval");
        happened(request, "approved", "waiting_approval");
        request["asking"]["stage"] = 1.into();
    };
    assert_eq!(told(&next), waiting(2));
    for status in ["accepted", "rejected", "cancelled", "expired"] {
        let over = |request: &mut Value| {
            happened(request, "moved", status);
            request["asking"] = Value::Null;
        };
        assert_eq!(told(&over), Some(Told::Over), "{status}");
    }
    let unasked = |request: &mut Value| {
        request["history"][0]["status"] = "accepted".into();
        request["status"] = "accepted".into();
        request["asking"] = Value::Null;
    };
    assert_eq!(told(&unasked), None);
}
