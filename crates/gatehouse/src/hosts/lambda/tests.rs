//! Events as AWS documents them in, what the platform would be told out: through the same adapter that production uses.

use super::{Lambda, request};
use crate::hosts::double::{Script, host_of};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use lambda_http::lambda_runtime::Diagnostic;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Service, service_fn};
use outside::{Clock, VirtualClock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const HTTP_API_ALERT: &str = include_str!("events/http_api_alert.json");
const HTTP_API_STAGE: &str = include_str!("events/http_api_stage.json");
const FUNCTION_URL_BYTES: &str = include_str!("events/function_url_bytes.json");
const FUNCTION_URL_DOTS: &str = include_str!("events/function_url_dots.json");
const FUNCTION_URL_EVENTS: &str = include_str!("events/function_url_events.json");
const ALB_SINGLE: &str = include_str!("events/alb_single.json");
const ALB_MULTI: &str = include_str!("events/alb_multi.json");
const ALB_EVENTS: &str = include_str!("events/alb_events.json");
const QUEUE: &str = include_str!("events/queue.json");
const SCHEDULE: &str = include_str!("events/schedule.json");
const S3: &str = include_str!("events/s3.json");
const SNS: &str = include_str!("events/sns.json");
const EVENTBRIDGE: &str = include_str!("events/eventbridge.json");

/// An alert with a letter that is two bytes: what the length in the events is of.
const ALERT: &str =
    r#"{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertRule":"Glöckchen & co"}}}"#;

/// Answers the event; the error is what Lambda would be told of the failure.
async fn invoke_in(script: &Script, event: &str, context: Context) -> Result<Value, String> {
    let lambda = Arc::new(Lambda::new(host_of(script), None));
    let service = service_fn(move |request| {
        let lambda = Arc::clone(&lambda);
        async move { lambda.take(request).await }
    });
    let event: LambdaRequest = serde_json::from_str(event).map_err(|error| error.to_string())?;
    match Adapter::from(service).call(LambdaEvent::new(event, context)).await {
        Ok(answer) => Ok(serde_json::to_value(&answer).unwrap()),
        Err(failed) => Err(Diagnostic::from(failed).error_message),
    }
}

async fn invoke(script: &Script, event: &str) -> Result<Value, String> {
    invoke_in(script, event, Context::default()).await
}

/// An invocation that the platform ends after `left`.
fn ending_in(clock: &VirtualClock, left: Duration) -> Context {
    let mut context = Context::default();
    context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into();
    context.deadline = u64::try_from(clock.now().as_millisecond()).unwrap() + u64::try_from(left.as_millis()).unwrap();
    context
}

fn clock() -> VirtualClock {
    VirtualClock::new("2026-03-02T09:15:00Z".parse().unwrap())
}

/// A batch of one message.
fn message(customer: &str, receives: u32) -> String {
    let mut event: Value = serde_json::from_str(QUEUE).unwrap();
    event["Records"].as_array_mut().unwrap().truncate(1);
    event["Records"][0]["body"] = json!(json!({ "customer": customer }).to_string());
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = json!(receives.to_string());
    event.to_string()
}

fn failed(ids: &[&str]) -> Value {
    let failed: Vec<_> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failed })
}

/// With `path` in the place of the event's own.
fn at(event: &str, path: &str) -> String {
    let mut event: Value = serde_json::from_str(event).unwrap();
    for pointer in ["/rawPath", "/path", "/requestContext/http/path"] {
        if let Some(value) = event.pointer_mut(pointer) {
            *value = json!(path);
        }
    }
    event.to_string()
}

#[tokio::test]
async fn requests_of_every_kind_reach_their_function_with_the_bytes_that_were_sent() {
    let alert = format!("take_alert contoso {} bytes", ALERT.len());
    for (event, status, asked) in [
        (HTTP_API_ALERT, 202, alert.as_str()),
        (ALB_SINGLE, 202, &alert),
        (ALB_MULTI, 202, &alert),
        (FUNCTION_URL_BYTES, 202, "take_alert contoso 6 bytes"),
        (HTTP_API_STAGE, 200, ""),
    ] {
        let script = Script::default();
        let answer = invoke(&script, event).await.unwrap();
        assert_eq!((&answer["statusCode"], script.asked().join(" ")), (&json!(status), asked.to_owned()), "{answer}");
    }
}

#[tokio::test]
async fn path_query_headers_and_body_are_the_senders() {
    let check = async |event: &str, uri: &str, body: &[u8]| {
        let request: http::Request<Body> = request::open(lambda_http::request::from_str(event).unwrap());
        assert_eq!(request.uri().to_string(), uri);
        assert_eq!(request.headers()["authorization"], "Bearer x");
        assert_eq!(request.into_body().collect().await.unwrap().to_bytes(), Bytes::copy_from_slice(body));
    };
    let alert = "/api/v1/alerts/contoso?code=a%2Fb%20c&x=1";
    check(HTTP_API_ALERT, alert, ALERT.as_bytes()).await;
    check(&at(FUNCTION_URL_BYTES, "/api/v1/alerts/con%74oso"), "/api/v1/alerts/con%74oso", b"\xff\xfe\x00{\r\n").await;
    // A load balancer hands over the parameters one by one; their values are the same.
    check(ALB_SINGLE, "/api/v1/alerts/contoso?code=a%2Fb+c", ALERT.as_bytes()).await;
    check(ALB_MULTI, "/api/v1/alerts/contoso?code=a%2Fb+c", ALERT.as_bytes()).await;
    let request = request::open(lambda_http::request::from_str(ALB_MULTI).unwrap());
    let seen: Vec<_> = request.headers().get_all("x-seen").iter().collect();
    assert_eq!(seen, ["one", "two"]);
    assert!(request.extensions().is_empty());
    // Dots are the sender's as well: resolved, they would lead to a route that nobody asked for.
    let request = request::open(lambda_http::request::from_str(FUNCTION_URL_DOTS).unwrap());
    assert_eq!(request.uri().path(), "/api/x/../v1/health");
    // An HTTP API decodes the path before it hands it over.
    let decoded = request::open(lambda_http::request::from_str(&at(HTTP_API_ALERT, "/api/v1/a b")).unwrap());
    assert_eq!(decoded.uri().path(), "/api/v1/a%20b");
}

#[tokio::test]
async fn answers_have_the_shape_that_each_front_wants() {
    let answer = invoke(&Script::default(), HTTP_API_STAGE).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["isBase64Encoded"]), (&json!(200), &json!(false)));
    assert_eq!(answer["headers"]["content-type"], "application/json");
    let health: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(health["status"], "ok");
    let answer = invoke(&Script::default(), ALB_MULTI).await.unwrap();
    assert_eq!(answer["statusDescription"], "202 Accepted");
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["application/json"]));
}

#[tokio::test]
async fn a_stranger_who_posts_an_event_meets_an_unknown_route() {
    for event in [FUNCTION_URL_EVENTS, ALB_EVENTS] {
        for path in ["/events", "/events/", "/api/events", "/", "/schedule_sync", "/api/schedule_sync", "//events"] {
            let script = Script::default();
            let answer = invoke(&script, &at(event, path)).await.unwrap();
            assert_eq!((&answer["statusCode"], script.asked().len()), (&json!(404), 0), "{path}");
            let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert_eq!(problem["code"], "not_found", "{path}");
        }
    }
}

#[tokio::test]
async fn a_schedule_wakes_its_timer_and_nothing_else() {
    for function in functions::all() {
        let script = Script::default();
        let event = json!({ "function": function.name }).to_string();
        let answer = invoke(&script, &event).await;
        match function.handler {
            functions::Handler::Timer(_) => assert_eq!((answer.is_ok(), script.asked().len()), (true, 1), "{event}"),
            _ => {
                let why = format!("no schedule wakes {}: it is not a timer", function.name);
                assert_eq!((answer, script.asked().len()), (Err(why), 0));
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_among_the_events_fails_with_a_reason_and_touches_nothing() {
    let mixed = QUEUE.replacen("aws:sqs", "aws:kinesis", 1);
    // A request that cannot be read as one is no event either, whatever its body says.
    let broken = HTTP_API_ALERT.replacen("curl/8.5.0", "curl\\u0000", 1);
    let unnamed = QUEUE.replacen("messageId", "id", 1);
    for (event, why) in [
        (S3, "it has a record of aws:s3"),
        (SNS, "it has a record of aws:sns"),
        (&mixed, "it has a record of aws:kinesis"),
        (&unnamed, "it has a message without messageId or body"),
        (EVENTBRIDGE, "its members are account, detail, detail-type, id, region, resources, source, time, version"),
        (r#"{"Records":[]}"#, "its members are Records"),
        (r#"{"Records":[{}]}"#, "it has a record without an eventSource"),
        (r#"{"function":"schedule_sync","Records":[]}"#, "its members are Records, function"),
        (r#"{"function":"schedule_sync","x":1}"#, "its members are function, x"),
        (r#"{"function":["schedule_sync"]}"#, "its members are function"),
        (r#"{"function":"nobody"}"#, "there is no function \"nobody\""),
        (r#"{"function":"SCHEDULE_SYNC"}"#, "there is no function \"SCHEDULE_SYNC\""),
        (r#"{"customer":"contoso"}"#, "its members are customer"),
        (
            &broken,
            "its members are body, headers, isBase64Encoded, queryStringParameters, rawPath, rawQueryString, \
                   requestContext, routeKey, version",
        ),
        ("{}", "its members are "),
        ("null", "it is not an object"),
        ("\"schedule_sync\"", "it is not an object"),
    ] {
        let script = Script::default();
        *script.broken.lock().unwrap() = 1;
        let told = invoke(&script, event).await.unwrap_err();
        assert!(told.ends_with(why), "{event}: {told}");
        assert_eq!((script.asked().len(), *script.broken.lock().unwrap()), (0, 1), "nothing was even built");
    }
    assert!(invoke(&Script::default(), "{\"function\":").await.is_err());
}

#[tokio::test]
async fn a_batch_is_answered_with_exactly_the_messages_that_failed() {
    let script = Script::default();
    let answer = invoke(&script, QUEUE).await.unwrap();
    let expected = ["2e1424d4-f796-459a-8184-9c92662be6da", "b3f1e6aa-70e1-4b0c-8f52-61c2b7a0f5c2"];
    assert_eq!(answer, failed(&expected), "one is to be retried, one panicked");
    assert_eq!(script.asked(), ["sync contoso", "sync retry", "sync fabrikam", "sync panic"]);
    assert_eq!(invoke(&script, &message("contoso", 1)).await, Ok(failed(&[])));
    // What can never be done is recorded and done with.
    let nonsense = message("contoso", 1).replace(r#"{\"customer\""#, r#"{\"client\""#);
    assert_eq!(invoke(&script, &nonsense).await, Ok(failed(&[])));
    assert!(script.asked().last().unwrap().starts_with("record_poison sync_customer"), "{:?}", script.asked());
}

#[tokio::test]
async fn a_message_that_fails_is_recorded_from_the_fifth_delivery_on_and_stays_failed() {
    for (receives, recorded) in [(1, false), (4, false), (5, true), (6, true), (1_000, true)] {
        let script = Script::default();
        let answer = invoke(&script, &message("retry", receives)).await.unwrap();
        assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1, "{receives}");
        let record = r#"record_poison sync_customer {"customer":"retry"}"#.to_owned();
        assert_eq!(script.asked().contains(&record), recorded, "{receives}");
    }
    let script = Script::default();
    invoke(&script, &message("contoso", 5)).await.unwrap();
    assert_eq!(script.asked(), ["sync contoso"], "one that succeeds is no poison");
}

#[tokio::test]
async fn a_program_that_cannot_start_fails_events_and_keeps_messages() {
    let script = Script::default();
    *script.broken.lock().unwrap() = 100;
    let why = "schedule_sync: the program cannot start: the configuration is gone";
    assert_eq!(invoke(&script, SCHEDULE).await, Err(why.into()));
    let answer = invoke(&script, QUEUE).await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 4);
    assert_eq!(invoke(&script, HTTP_API_STAGE).await.unwrap()["statusCode"], 503);
    *script.broken.lock().unwrap() = 0;
    assert_eq!(invoke(&script, HTTP_API_STAGE).await.unwrap()["statusCode"], 200);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_hangs_fails_by_itself_before_the_invocation_ends() {
    let clock = clock();
    let script = Script::on(&clock, Duration::from_secs(10));
    let event = QUEUE.replace(r#"\"retry\""#, r#"\"hang\""#);
    let start = clock.monotonic();
    let answer = invoke_in(&script, &event, ending_in(&clock, Duration::from_secs(60))).await.unwrap();
    let expected = ["2e1424d4-f796-459a-8184-9c92662be6da", "b3f1e6aa-70e1-4b0c-8f52-61c2b7a0f5c2"];
    assert_eq!(answer, failed(&expected));
    assert_eq!(clock.monotonic() - start, Duration::from_secs(50));
    let ends = script.runs_end.lock().unwrap().unwrap();
    assert_eq!(ends - start, Duration::from_secs(40), "runs begin nothing new in the last fifth");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_take_poison_keeps_no_answer_back() {
    let clock = clock();
    let script = Script::on(&clock, Duration::from_secs(10));
    let start = clock.monotonic();
    let answer = invoke_in(&script, &message("hang", 5), ending_in(&clock, Duration::from_secs(60))).await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1);
    assert_eq!(clock.monotonic() - start, Duration::from_millis(52_500), "half of what is left after 50 s");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_hangs_fails_the_invocation_before_the_platform_does() {
    let clock = clock();
    let script = Script::on(&clock, Duration::from_secs(3600));
    let start = clock.monotonic();
    let told = invoke_in(&script, SCHEDULE, ending_in(&clock, Duration::from_secs(60))).await;
    assert_eq!(told, Err("schedule_sync: not done within 55 s".into()));
    assert_eq!(clock.monotonic() - start, Duration::from_secs(55));
    // However long a function may take, the host's own limits hold.
    let told = invoke_in(&script, SCHEDULE, ending_in(&clock, Duration::from_secs(900))).await;
    assert_eq!(told, Err("schedule_sync: not done within 540 s".into()));
}

#[tokio::test(start_paused = true)]
async fn without_a_queue_the_due_customers_are_done_in_the_same_invocation() {
    let clock = clock();
    let script = Script::on(&clock, Duration::from_secs(10));
    script.due.lock().unwrap().push_back(vec!["contoso", "retry", "panic", "fabrikam"]);
    let answer = invoke_in(&script, SCHEDULE, ending_in(&clock, Duration::from_secs(60))).await.unwrap();
    assert_eq!(answer, json!({ "messages": 4, "logs": ["a note"] }));
    let asked = script.asked();
    assert_eq!(
        asked,
        ["0 s: tick", "10 s: sync contoso", "10 s: sync retry", "10 s: sync panic", "10 s: sync fabrikam"]
    );
    let mut listed = script.listed.lock().unwrap().clone();
    listed.sort();
    assert_eq!(listed, ["panic", "retry"], "who failed comes again at the next tick");
}

#[tokio::test(start_paused = true)]
async fn customers_that_an_invocation_does_not_reach_come_at_the_next_tick() {
    let clock = clock();
    // The tick takes until 40 s, the first forty-eight until 50 s, when work on messages ends; the others are cut off.
    let script = Script::on(&clock, Duration::from_secs(40));
    let mut due = vec!["contoso"; 47];
    due.extend(["hang", "late", "later"]);
    script.due.lock().unwrap().push_back(due);
    let start = clock.monotonic();
    invoke_in(&script, SCHEDULE, ending_in(&clock, Duration::from_secs(60))).await.unwrap();
    assert_eq!(clock.monotonic() - start, Duration::from_secs(50));
    assert_eq!(script.asked().len(), 49, "the tick, and those who were begun");
    assert_eq!(script.listed.lock().unwrap().len(), 50, "begun and cut off, or never begun");
    // Where that cannot be stored, the invocation fails: the platform tries it again.
    script.due.lock().unwrap().push_back(vec!["unlisted", "hang"]);
    let told = invoke_in(&script, SCHEDULE, ending_in(&clock, Duration::from_secs(60))).await.unwrap_err();
    assert!(told.starts_with("1 customers were not done and could not be listed for the next tick"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_answered_when_its_pages_are_out_or_five_seconds_later() {
    for (goes_on, answered) in [(0, 0), (2, 2), (40, 5)] {
        let clock = clock();
        let mut script = Script::on(&clock, Duration::ZERO);
        script.goes_on_for = Duration::from_secs(goes_on);
        let start = clock.monotonic();
        let answer = invoke_in(&script, HTTP_API_ALERT, ending_in(&clock, Duration::from_secs(60))).await.unwrap();
        assert_eq!(answer["statusCode"], 202);
        assert_eq!(clock.monotonic() - start, Duration::from_secs(answered));
    }
    // Before the deadline the answer goes out, whatever becomes of the pages.
    let clock = clock();
    let mut script = Script::on(&clock, Duration::ZERO);
    script.goes_on_for = Duration::from_secs(40);
    let answer = invoke_in(&script, HTTP_API_ALERT, ending_in(&clock, Duration::from_secs(3))).await.unwrap();
    assert_eq!(answer["statusCode"], 202);
}
