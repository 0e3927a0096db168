//! `POST /v1/invitations`.

use super::{ID, pointers, request, send, told, wanted};
use crate::Known;
use crate::double::{Double, captured, json, known};
use access::config::{Field, May};
use access::requests::Status;
use access::requests::body::Wrong;
use access::requests::policy::{self, Problem};
use bytes::Bytes;
use engine::Error;
use engine::requests::{Heard, Made, Refused};
use http::{Request, Response};
use serde_json::json;
use std::sync::Mutex;

fn asker() -> Known {
    known(&[May::Request])
}

fn hears(heard: Result<Heard, Refused>) -> Double {
    Double { asked_for: Mutex::new(Some(heard)), ..Double::default() }
}

fn made(status: Status) -> Double {
    hears(Ok(Heard::Made(Box::new(Made { request: wanted(status), again: false }))))
}

async fn refused(why: Refused) -> Response<Bytes> {
    let (response, asked) = send(asker(), request("POST", "", "{}"), hears(Err(why))).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(!response.headers().contains_key("location"), "there is nothing to look at");
    response
}

#[tokio::test]
async fn the_answer_says_where_to_look_and_whether_it_is_worth_waiting() {
    use Status::{Accepted, Active, Cancelled, Expired, Failed, Invited, Rejected, WaitingApproval};
    for (status, code, waits) in [
        (WaitingApproval, 202, true),
        (Accepted, 202, true),
        (Invited, 202, true),
        (Active, 201, false),
        (Failed, 202, false),
        // Sent again when it is long over.
        (Expired, 202, false),
        (Rejected, 202, false),
        (Cancelled, 202, false),
    ] {
        let (response, _) = send(asker(), request("POST", "", "{}"), made(status)).await;
        assert_eq!(response.status(), code, "{status:?}");
        let path = format!("/api/v1/invitations/{ID}");
        assert_eq!(response.headers()["location"], path);
        let again = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(again, waits.then_some("10"), "{status:?}");
        assert_eq!(response.headers()["content-type"], "application/json");
        let body = json(&response);
        assert_eq!((&body["id"], &body["status"], &body["statusUrl"]), (&json!(ID), &json!(status), &json!(path)));
    }
}

#[tokio::test]
async fn the_engine_gets_the_body_as_it_came_with_what_names_it() {
    let captured = || captured(include_str!("../captured/ask.http"));
    let (response, asked) = send(asker(), captured(), made(Status::Accepted)).await;
    assert_eq!(response.status(), 202);
    let bytes = captured().body().len();
    assert_eq!(asked, [format!(r#"ask_for servicenow Some("6816f79cc0a8016401c5a33be04be441:1") None {bytes} bytes"#)]);
    let signed = Known { delivery: Some("msg_1".into()), ..asker() };
    let (_, asked) = send(signed, request("POST", "/", "{}"), made(Status::Accepted)).await;
    assert_eq!(asked, [r#"ask_for servicenow None Some("msg_1") 2 bytes"#]);
}

#[tokio::test]
async fn an_event_that_asks_for_nothing_is_taken() {
    let (response, _) = send(asker(), request("POST", "", "{}"), hears(Ok(Heard::Nothing("deleted")))).await;
    assert_eq!(response.status(), 200, "whoever sent it must not send it again");
    assert_eq!(json(&response), json!({ "status": "ignored", "detail": "deleted" }));
    assert!(!response.headers().contains_key("location"));
}

#[tokio::test]
async fn a_key_is_short_visible_and_there_once() {
    let (longest, too_long) = ("k".repeat(255), "k".repeat(256));
    let quoted = format!("\"{longest}\"");
    for (keys, expected) in [
        (&[][..], Some(None)),
        (&["\"ACC-142\""], Some(Some("ACC-142"))),
        (&["ACC-142"], Some(Some("ACC-142"))),
        (&[longest.as_str()], Some(Some(longest.as_str()))),
        (&[quoted.as_str()], Some(Some(longest.as_str()))),
        (&[too_long.as_str()], None),
        (&[""], None),
        (&["\"\""], None),
        (&["\"open"], None),
        (&["a", "a"], None),
    ] {
        let mut request = request("POST", "", "{}");
        for key in keys {
            request.headers_mut().append("idempotency-key", key.parse().unwrap());
        }
        let (response, asked) = send(asker(), request, made(Status::Accepted)).await;
        match expected {
            Some(key) => assert_eq!(asked, [format!("ask_for servicenow {key:?} None 2 bytes")]),
            None => assert_eq!((told(&response), asked.len()), ((400, "invalid_json".into()), 0), "{keys:?}"),
        }
    }
}

#[tokio::test]
async fn only_json_is_read() {
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
        let mut request: Request<Bytes> = request("POST", "", "{}");
        request.headers_mut().remove("content-type");
        kind.into_iter().for_each(|kind| drop(request.headers_mut().insert("content-type", kind.parse().unwrap())));
        let (response, asked) = send(asker(), request, Double::default()).await;
        assert_eq!((told(&response), asked.len()), ((415, "unsupported_media_type".into()), 0), "{kind:?}");
    }
}

#[tokio::test]
async fn every_policy_code_points_to_its_field() {
    use policy::Code;
    for (code, field, status, pointer) in [
        (Code::UnknownCustomer, Field::CustomerTenantId, 422, "#/customer/tenantId"),
        (Code::UnknownCustomer, Field::CustomerName, 422, "#/customer/name"),
        (Code::UnknownPackage, Field::Package, 422, "#/access/package"),
        (Code::NotRequestable, Field::Package, 422, "#/access/package"),
        (Code::Forbidden, Field::RequestedBy, 403, "#/requestedBy/email"),
        (Code::DomainNotAllowed, Field::InviteeEmail, 422, "#/invitee/email"),
        (Code::DurationTooLong, Field::DurationHours, 422, "#/access/durationHours"),
        (Code::TicketRequired, Field::TicketNumber, 422, "#/ticket/number"),
        (Code::TicketInvalid, Field::TicketNumber, 422, "#/ticket/number"),
        (Code::CallbackNotAllowed, Field::CallbackUrl, 422, "#/callback/url"),
    ] {
        let response = refused(Refused::Policy(vec![Problem { code, field, detail: "why".into() }])).await;
        assert_eq!(told(&response), (status, code.name().to_owned()));
        assert_eq!(pointers(&response), [pointer]);
        assert_eq!(json(&response)["detail"], "why");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let problem = |code, field, detail: &str| Problem { code, field, detail: detail.into() };
    let problems = vec![
        problem(policy::Code::DomainNotAllowed, Field::InviteeEmail, "the domain"),
        problem(policy::Code::DurationTooLong, Field::DurationHours, "too long"),
    ];
    let response = refused(Refused::Policy(problems)).await;
    assert_eq!(told(&response), (422, "domain_not_allowed".into()), "the first one's");
    assert_eq!(pointers(&response), ["#/invitee/email", "#/access/durationHours"]);

    let wrong = |pointer: &str| Wrong { pointer: pointer.into(), detail: "is missing".into() };
    let response = refused(Refused::Body(vec![wrong("#/reason"), wrong("#/customer")])).await;
    assert_eq!(told(&response), (422, "invalid_body".into()));
    assert_eq!(pointers(&response), ["#/reason", "#/customer"]);
}

#[tokio::test]
async fn what_goes_wrong_has_a_code_and_tells_no_stranger_about_our_inside() {
    let failed = |error: Error| Refused::Failed(error);
    for (why, status, code, tells) in [
        (Refused::Unreadable("nested deeper than 32 levels".into()), 400, "invalid_json", true),
        (Refused::KeyReused, 422, "idempotency_key_reused", false),
        (Refused::WrongState("asked for before".into()), 409, "wrong_state", true),
        (failed(Error::Store("https://account.blob".into())), 503, "storage_unavailable", false),
        (failed(Error::PartnerUnread("https://graph".into())), 503, "unavailable", false),
        (failed(Error::TicketUnread("https://zone".into())), 503, "unavailable", false),
        (failed(Error::Busy("contoso".into())), 409, "in_progress", true),
        (failed(Error::Internal("bug".into())), 500, "internal", false),
    ] {
        let response = refused(why).await;
        assert_eq!(told(&response), (status, code.to_owned()));
        assert_eq!(json(&response)["detail"].is_string(), tells, "{code}");
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(!text.contains("https://") && !text.contains("bug"), "{text}");
    }
}
