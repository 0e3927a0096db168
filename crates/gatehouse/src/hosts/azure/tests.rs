//! At the wire: captured requests in, what the Azure host would read out.

use super::{ENVELOPE_BYTES_MAX, answer, envelope, router};
use crate::hosts::double::{Script, host_of};
use crate::hosts::host::WORK_DEADLINE;
use ::http::{Request, Response, StatusCode};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use functions::{ALERT_BYTES_MAX, BODY_BYTES_MAX, Done, Function, Reply, Timer, Wake};
use http_body_util::{BodyExt, StreamBody};
use outside::VirtualClock;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

const TIMER: &str = include_str!("../../../../../functions/schedule_sync/captured/timer.json");
const TIMER_PAST_DUE: &str = include_str!("../../../../../functions/schedule_sync/captured/timer_past_due.json");
const MESSAGE: &str = include_str!("../../../../../functions/sync_customer/captured/message.json");
const MESSAGE_AS_DOCUMENTED: &str =
    include_str!("../../../../../functions/sync_customer/captured/message_as_documented.json");
const MESSAGE_BINARY: &str = include_str!("../../../../../functions/sync_customer/captured/message_binary.json");
const ALERT_ENVELOPED: &str = include_str!("../../../../../functions/break_glass_alert/captured/alert_enveloped.json");
const INCIDENTS_ENVELOPED: &str = include_str!("../../../../../functions/incidents/captured/look_enveloped.json");
const LOOK_ENVELOPED: &str = include_str!("../../../../../functions/plans/captured/look_enveloped.json");

async fn send(script: &Script, request: Request<Body>) -> Response<Body> {
    router(host_of(script)).oneshot(request).await.unwrap()
}

/// A body in pieces and without a length, as the host sends envelopes.
fn chunked(body: &[u8]) -> Body {
    let chunks: Vec<_> = body.chunks(7).map(bytes::Bytes::copy_from_slice).collect();
    let frames = chunks.into_iter().map(|chunk| Ok::<_, std::io::Error>(hyper::body::Frame::data(chunk)));
    Body::new(StreamBody::new(futures::stream::iter(frames)))
}

fn enveloped(function: &str, body: &str) -> Request<Body> {
    let request = Request::post(format!("/{function}")).header("content-type", "application/json; charset=utf-8");
    request.body(chunked(body.as_bytes())).unwrap()
}

/// The answer to an envelope, after the checks that the Azure host makes: an object, announced as JSON, never empty.
async fn invoke(script: &Script, request: Request<Body>) -> (StatusCode, Value) {
    let response = send(script, request).await;
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(body["Outputs"].is_object() && body["Logs"].is_array() && body["ReturnValue"].is_null(), "{body}");
    (status, body)
}

/// An envelope with this as the value of the message.
fn message(value: Value) -> Request<Body> {
    enveloped("sync_customer", &json!({ "Data": { "message": value }, "Metadata": {} }).to_string())
}

/// An envelope for this customer, encoded as the host does it.
fn message_for(customer: &str) -> Request<Body> {
    message(json!(json!(json!({ "customer": customer }).to_string()).to_string()))
}

#[tokio::test]
async fn a_timer_without_an_output_answers_with_its_log_alone() {
    let script = Script::default();
    for (name, captured) in [
        ("renew_subscriptions", include_str!("../../../../../functions/renew_subscriptions/captured/timer.json")),
        ("follow_incidents", include_str!("../../../../../functions/follow_incidents/captured/timer.json")),
        ("watch_sign_ins", include_str!("../../../../../functions/watch_sign_ins/captured/timer.json")),
    ] {
        let (status, body) = invoke(&script, enveloped(name, captured)).await;
        assert_eq!(status, 200);
        assert_eq!(body, json!({ "Outputs": {}, "Logs": [], "ReturnValue": null }));
        assert_eq!(script.asked().last().map(String::as_str), Some(name));
    }
}

#[tokio::test]
async fn a_timer_answers_with_an_array_of_compact_messages() {
    for captured in [TIMER, TIMER_PAST_DUE] {
        let script = Script::default();
        script.due.lock().unwrap().push_back(vec!["contoso", "fabrikam"]);
        let (status, body) = invoke(&script, enveloped("schedule_sync", captured)).await;
        assert_eq!(status, 200);
        assert_eq!(
            body,
            json!({
                "Outputs": { "customers": [r#"{"customer":"contoso"}"#, r#"{"customer":"fabrikam"}"#] },
                "Logs": ["a note"],
                "ReturnValue": null,
            })
        );
        assert_eq!(script.asked(), ["tick"]);
    }
}

#[tokio::test]
async fn a_message_is_read_however_often_it_was_encoded() {
    let check = async |request, asked: &str| {
        let script = Script::default();
        let (status, _) = invoke(&script, request).await;
        assert_eq!((status.as_u16(), script.asked()), (200, vec![asked.to_owned()]));
    };
    for captured in [MESSAGE, MESSAGE_AS_DOCUMENTED, MESSAGE_BINARY] {
        check(enveloped("sync_customer", captured), "sync contoso").await;
    }
    check(message(json!({ "customer": "contoso" })), "sync contoso").await;
    // Texts that are no message of ours arrive whole, whatever they look like.
    let record = |text: &str| format!("record_poison sync_customer {text}");
    check(message(json!("\"hello\"")), &record("hello")).await;
    check(message(json!("hello")), &record("hello")).await;
    check(message(json!("test")), &record("test")).await;
    check(message(json!("\"test\"")), &record("test")).await;
    check(message(json!("\"5\"")), &record("5")).await;
    check(message(json!("5")), &record("5")).await;
    check(message(json!(5)), &record("5")).await;
    check(message(json!("\"\"")), &record("")).await;
    check(message(json!(BASE64.encode(b"\xff\xfe"))), &record("//4=")).await;
}

#[tokio::test]
async fn only_what_may_succeed_later_is_a_failure_for_the_host() {
    let check = async |request, expected: u16| {
        let (status, body) = invoke(&Script::default(), request).await;
        assert_eq!(status, expected, "{body}");
        body["Logs"][0].as_str().unwrap_or_default().to_owned()
    };
    check(message_for("contoso"), 200).await;
    check(message(json!("\"nonsense\"")), 200).await;
    assert_eq!(check(message_for("retry"), 500).await, "retry: no answer");
    assert_eq!(check(message_for("panic"), 500).await, "internal error: a bug of ours");
    check(enveloped("sync_customer", "{\"Data\":"), 500).await;
    check(enveloped("sync_customer", "{\"Data\":{},\"Metadata\":{}}"), 500).await;
    check(enveloped("sync_customer", "[]"), 500).await;
    check(enveloped("sync_customer", ""), 500).await;
}

#[tokio::test]
async fn a_handler_that_panicked_takes_nothing_else_with_it() {
    let script = Script::default();
    let router = router(host_of(&script));
    for (customer, expected) in [("panic", 500), ("contoso", 200), ("panic", 500), ("contoso", 200)] {
        let response = router.clone().oneshot(message_for(customer)).await.unwrap();
        assert_eq!(response.status(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_hangs_fails_before_the_host_kills_the_process() {
    let clock = VirtualClock::new("2026-03-02T09:15:00Z".parse().unwrap());
    let script = Script::on(&clock, Duration::ZERO);
    let start = outside::Clock::monotonic(&clock);
    let (status, body) = invoke(&script, message_for("hang")).await;
    assert_eq!((status.as_u16(), &body["Logs"][0]), (500, &json!("not done within 540 s")));
    assert_eq!(outside::Clock::monotonic(&clock) - start, WORK_DEADLINE);
}

#[tokio::test]
async fn the_inside_is_built_at_the_first_invocation_and_again_after_a_failure() {
    let script = Script::default();
    *script.broken.lock().unwrap() = 2;
    let router = router(host_of(&script));
    let status = async |request: Request<Body>| router.clone().oneshot(request).await.unwrap().status().as_u16();
    let ping = || Request::get("/").body(Body::empty()).unwrap();
    let health = || Request::get("/api/v1/health").body(Body::empty()).unwrap();
    assert_eq!(status(ping()).await, 200);
    assert_eq!(*script.broken.lock().unwrap(), 2, "the host's first question needs no configuration");
    assert_eq!(status(health()).await, 503);
    assert_eq!(status(message_for("contoso")).await, 500);
    assert_eq!(status(message_for("contoso")).await, 200);
    assert_eq!(status(health()).await, 200);
}

#[tokio::test]
async fn a_relayed_request_is_answered_as_it_is() {
    let script = Script::default();
    let request = Request::get("/api/v1/plans").header("authorization", "x").body(Body::empty()).unwrap();
    let response = send(&script, request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["customers"], json!([]));
}

#[tokio::test]
async fn a_request_in_an_envelope_gets_its_answer_in_one() {
    let (status, body) = invoke(&Script::default(), enveloped("plans", LOOK_ENVELOPED)).await;
    assert_eq!(status, 200);
    let answer = &body["Outputs"]["res"];
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["headers"]["content-type"], "application/json");
    let inner: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(inner["customers"], json!([]));
}

#[tokio::test]
async fn an_alert_in_an_envelope_is_taken_byte_for_byte() {
    let script = Script::default();
    let (status, body) = invoke(&script, enveloped("break_glass_alert", ALERT_ENVELOPED)).await;
    assert_eq!((status.as_u16(), &body["Outputs"]["res"]["statusCode"]), (200, &json!(202)));
    assert_eq!(script.asked(), ["take_alert contoso 490 bytes"]);
    let (_, body) = invoke(&script, enveloped("incidents", INCIDENTS_ENVELOPED)).await;
    let answer = &body["Outputs"]["res"];
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(200), &json!(r#"{"incidents":[],"next":null}"#)));
}

/// Azure Monitor never repeats a call that was answered 500.
#[tokio::test]
async fn a_bug_of_ours_loses_no_alert() {
    let request = |path: &str| Request::post(path).header("authorization", "x").body(Body::from("{}")).unwrap();
    assert_eq!(send(&Script::default(), request("/api/v1/alerts/panic")).await.status(), 503);
    let plan = format!("/api/v1/plans/sha256:{}/refuse", "0".repeat(64));
    let refuse = Request::post(plan).header("authorization", "x").body(Body::empty()).unwrap();
    assert_eq!(send(&Script::default(), refuse).await.status(), 500, "others are told of it as it is");
}

#[tokio::test]
async fn no_public_path_reaches_a_timer_or_a_queue() {
    let functions = functions::all();
    for function in functions.iter().filter(|function| !function.is_http()) {
        for path in ["/api/NAME", "/api//NAME", "/api/v1/NAME", "/api/../NAME", "/api/%2e%2e/NAME", "/NAME/", "//NAME"]
        {
            let script = Script::default();
            let path = path.replace("NAME", function.name);
            let request = Request::post(&path).header("authorization", "x").body(Body::from(MESSAGE)).unwrap();
            assert_eq!(send(&script, request).await.status(), 404, "{path}");
            assert_eq!(script.asked(), [""; 0], "{path}");
        }
    }
}

#[tokio::test]
async fn a_function_is_invoked_by_post_alone_and_unknown_names_are_not_found() {
    let status = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::from(MESSAGE)).unwrap();
        send(&Script::default(), request).await.status().as_u16()
    };
    assert_eq!(status("POST", "/sync_customer").await, 200);
    assert_eq!(status("GET", "/sync_customer").await, 404);
    assert_eq!(status("POST", "/Sync_Customer").await, 404);
    assert_eq!(status("POST", "/unknown").await, 404);
    assert_eq!(status("GET", "/favicon.ico").await, 404);
}

#[tokio::test]
async fn bodies_have_limits_with_a_length_and_without_one() {
    let notification = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    let public = async |body: Body| {
        let request = Request::post("/api/v1/directory-changes").body(body).unwrap();
        send(&Script::default(), request).await.status().as_u16()
    };
    assert_eq!(public(Body::from(notification(BODY_BYTES_MAX))).await, 202);
    assert_eq!(public(Body::from(notification(BODY_BYTES_MAX + 1))).await, 413);
    assert_eq!(public(chunked(notification(BODY_BYTES_MAX).as_bytes())).await, 202);
    assert_eq!(public(chunked(notification(BODY_BYTES_MAX + 1).as_bytes())).await, 413);
    let announced = Request::post("/api/v1/directory-changes").header("content-length", BODY_BYTES_MAX + 1);
    assert_eq!(send(&Script::default(), announced.body(Body::empty()).unwrap()).await.status(), 413);

    let alert = async |body: Body| {
        let request = Request::post("/api/v1/alerts/contoso").header("authorization", "x").body(body).unwrap();
        send(&Script::default(), request).await.status().as_u16()
    };
    assert_eq!(alert(Body::from(notification(ALERT_BYTES_MAX))).await, 202);
    assert_eq!(alert(Body::from(notification(ALERT_BYTES_MAX + 1))).await, 413);
    assert_eq!(alert(chunked(notification(ALERT_BYTES_MAX).as_bytes())).await, 202);
    assert_eq!(alert(chunked(notification(ALERT_BYTES_MAX + 1).as_bytes())).await, 413);
    let announced = Request::post("/api/v1/alerts/contoso").header("content-length", ALERT_BYTES_MAX + 1);
    assert_eq!(send(&Script::default(), announced.body(Body::empty()).unwrap()).await.status(), 413);

    let padding = " ".repeat(ENVELOPE_BYTES_MAX - MESSAGE.len());
    let padded = |extra: &str| enveloped("sync_customer", &format!("{MESSAGE}{padding}{extra}"));
    assert_eq!(invoke(&Script::default(), padded("")).await.0, 200);
    assert_eq!(invoke(&Script::default(), padded(" ")).await.0, 413);
}

#[tokio::test]
async fn a_largest_queue_message_fits_into_an_envelope() {
    // 48 KiB of quotation marks: each becomes four bytes when it is encoded twice, and again in the metadata.
    let text = "\"".repeat(48 * 1024);
    let value = json!(json!(text).to_string());
    let body = json!({ "Data": { "message": value }, "Metadata": { "customer": value } }).to_string();
    assert_eq!(invoke(&Script::default(), enveloped("sync_customer", &body)).await.0, 200);
}

fn schedule_sync() -> Function {
    functions::all().into_iter().find(|function| function.name == "schedule_sync").unwrap()
}

#[test]
fn a_run_that_makes_up_for_a_missed_one_is_told_so() {
    let check = |body: &str, expected: bool| {
        let wake = envelope::open(&schedule_sync(), body.as_bytes()).unwrap();
        assert!(matches!(wake, Wake::Timer(Timer { past_due }) if past_due == expected), "{body}");
    };
    check(TIMER, false);
    check(TIMER_PAST_DUE, true);
    check(r#"{"Data":{"timer":"{\"IsPastDue\":true}"}}"#, true);
    check(r#"{"Data":{"timer":{"IsPastDue":"True"}}}"#, true);
    check(r#"{"Data":{"timer":{"IsPastDue":1}}}"#, false);
    check(r#"{"Data":{"timer":null}}"#, false);
    check("{}", false);
}

#[test]
fn a_reply_that_the_host_would_lose_or_refuse_is_a_failure() {
    let status = |output, message: String| {
        let done = Done { messages: vec![(output, vec![message])], logs: Vec::new() };
        answer::encode(&schedule_sync(), Reply::Done(done)).status().as_u16()
    };
    assert_eq!(status("customers", "a".repeat(48 * 1024)), 200);
    assert_eq!(status("customers", "a".repeat(48 * 1024 + 1)), 500);
    // Names are case-sensitive to the host, and it drops what it does not know.
    assert_eq!(status("Customers", "a".into()), 500);
    assert_eq!(status("timer", "a".into()), 500);
}
