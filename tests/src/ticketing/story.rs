//! One ticket, from the wish to the proof that the access is gone.

use super::stage::{DESK_KEY, Stage, signature};
use super::transcript::Transcript;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

/// As ServiceNow would send it, signed by Standard Webhooks.
fn ticket(stage: &Stage) -> Request<Bytes> {
    let body = json!({
        "ticket": { "system": "servicenow", "id": "6816f79cc0a8016401c5a33be04be441", "number": "RITM0010023" },
        "customer": { "name": "contoso" },
        "invitee": { "email": "zoe@northwind.example", "givenName": "Zoe", "surname": "Zimmer" },
        "access": { "package": "second-line", "durationHours": 8 },
        "requestedBy": { "email": "tech@northwind.example" },
        "reason": "CHG0030121: enrolment fault",
        "callback": { "url": format!("https://{}/api/now/table/sc_req_item/6816f79c", stage.tickets.host) },
    });
    let (id, at, body) = ("msg_RITM0010023_1", stage.now().as_second().to_string(), body.to_string());
    let request = Request::post("/api/v1/invitations")
        .header("host", "gatehouse.example")
        .header("content-type", "application/json")
        .header("idempotency-key", "\"6816f79cc0a8016401c5a33be04be441:1\"")
        .header("webhook-id", id)
        .header("webhook-timestamp", &at)
        .header("webhook-signature", signature(id, &at, body.as_bytes()));
    request.body(Bytes::from(body)).expect("it is a request")
}

/// Somebody at the page of the approvers.
fn desk(method: &str, path: &str, by: Option<&str>) -> Request<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "gatehouse.example")
        .header("authorization", format!("Bearer {DESK_KEY}"));
    let Some(by) = by else { return request.body(Bytes::new()).expect("it is a request") };
    let body = json!({ "by": { "email": by }, "comment": "until the fault is mended" }).to_string();
    request.header("content-type", "application/json").body(Bytes::from(body)).expect("it is a request")
}

fn answer(status: StatusCode, retry_after: Option<&str>) -> Response<Bytes> {
    let answer = retry_after.into_iter().fold(Response::builder(), |answer, after| answer.header("retry-after", after));
    answer.status(status).body(Bytes::new()).expect("it is an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tickets_wish_is_approved_carried_out_told_of_and_over_in_time() {
    let stage = Stage::new("2026-11-20T09:00:00Z").await;
    let mut tale = Transcript::default();
    stage.minute().await;

    tale.at(&stage, "09:01", "The ticket asks.");
    let asked = tale.exchange(&stage, ticket(&stage)).await;
    let path = asked["statusUrl"].as_str().expect("it says where it is").to_owned();
    tale.at(&stage, "09:02", "It did not hear the answer, and asks again.");
    let again = stage.send(ticket(&stage)).await;
    let again: Value = serde_json::from_slice(again.body()).expect("it is JSON");
    assert_eq!(again, asked, "the same request, and nothing new");
    tale.line("the same answer");
    stage.minute().await;
    tale.calls(&stage);
    tale.customer(&stage);

    tale.at(&stage, "09:05", "Zoe would like to approve that herself.");
    let masked = |text: &str| text.replace(asked["id"].as_str().expect("it has an id"), "{id}");
    let approve = format!("{path}/approve");
    tale.exchange(&stage, desk("POST", &approve, Some("zoe@northwind.example"))).await;
    tale.at(&stage, "09:06", "The lead approves. The ticketing system has a bad morning.");
    stage.tickets.will_answer(answer(StatusCode::INTERNAL_SERVER_ERROR, None));
    stage.tickets.will_answer(answer(StatusCode::SERVICE_UNAVAILABLE, Some("240")));
    tale.exchange(&stage, desk("POST", &approve, Some("lead@northwind.example"))).await;
    tale.customer(&stage);
    for (time, what) in [
        ("09:07", "The minute's timer: the ticketing system answers 500."),
        ("09:08", "And now 503: not before four minutes have passed."),
        ("09:09", "So it is left alone."),
        ("09:13", "It hears everything that happened meanwhile."),
    ] {
        tale.at(&stage, time, what);
        stage.minute().await;
        tale.calls(&stage);
    }
    tale.customer(&stage);

    tale.at(&stage, "16:50", "Sixteen minutes before the end.");
    stage.minute().await;
    tale.calls(&stage);
    tale.at(&stage, "16:52", "Less than fifteen.");
    stage.minute().await;
    tale.calls(&stage);
    tale.customer(&stage);

    tale.at(&stage, "17:07", "The time is over.");
    stage.minute().await;
    tale.calls(&stage);
    tale.customer(&stage);
    tale.at(&stage, "17:08", "A minute later.");
    stage.minute().await;
    tale.calls(&stage);

    tale.at(&stage, "17:10", "All of it.");
    let over = stage.send(desk("GET", &path, None)).await;
    let over: Value = serde_json::from_slice(over.body()).expect("it is JSON");
    assert_eq!(over["status"], "expired");
    tale.history(&stage, &over);
    expect_test::expect_file!["story.txt"].assert_eq(&masked(&tale.text));
}
