use crate::Known;
use crate::double::{Double, KEY, captured, inside, json, known};
use access::alerts::Refused;
use access::config::May;
use bytes::Bytes;
use engine::incidents::{Heard, Taken, Untaken};
use http::{Request, Response};
use serde_json::json;
use std::sync::{Arc, Mutex};

const INCIDENT: &str = "0123456789abcdef0123456789abcdef";
const AT: &str = "/api/v1/alerts/contoso";

async fn send(known: Known, request: Request<Bytes>, engine: Double) -> (Response<Bytes>, Vec<String>) {
    let engine = Arc::new(engine);
    let response = super::handle(&inside(&engine, known), request).await;
    (response, engine.asked())
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header("authorization", KEY);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn post(body: &str) -> Request<Bytes> {
    request("POST", AT, &[("content-type", "application/json")], body)
}

fn hears(heard: Result<Heard, Untaken>) -> Double {
    Double { taken: Mutex::new(Some(heard)), ..Double::default() }
}

fn takes() -> Double {
    hears(Ok(Heard::Taken(Taken { id: "00".into(), incidents: vec![INCIDENT.parse().unwrap()] })))
}

fn of_contoso() -> Known {
    Known { customers: Some(["contoso".to_owned()].into()), ..known(&[May::Alert]) }
}

#[tokio::test]
async fn an_alert_that_is_stored_is_accepted_with_its_id_and_its_incidents() {
    for caller in [known(&[May::Alert]), of_contoso()] {
        let request = captured(include_str!("captured/alert.http"));
        let (response, asked) = send(caller, request, takes()).await;
        assert_eq!(response.status(), 202);
        assert_eq!(json(&response), json!({ "id": "00", "incidents": [INCIDENT] }));
        let taken = "take_alert contoso by servicenow application/json; charset=utf-8 490 bytes lost false []";
        assert_eq!(asked, [taken]);
    }
}

#[tokio::test]
async fn the_headers_that_say_what_an_event_is_go_with_it_and_no_others() {
    let headers = [("ce-type", "a"), ("aeg-event-type", "Notification"), ("x-api-key", "secret"), ("ce-odd", "é")];
    let (_, asked) = send(known(&[May::Alert]), request("POST", AT, &headers, "x"), takes()).await;
    assert_eq!(
        asked,
        ["take_alert contoso by servicenow - 1 bytes lost false [ce-type=a aeg-event-type=Notification]"]
    );
}

#[tokio::test]
async fn what_is_no_alert_is_answered_and_not_accepted_and_what_is_refused_is_told_of() {
    let check = async |heard: Heard, status: u16, body: serde_json::Value| {
        let is_refused = matches!(heard, Heard::Nothing(_));
        let (response, asked) = send(known(&[May::Alert]), post("[]"), hears(Ok(heard))).await;
        assert_eq!(asked.contains(&"alert_turned_away contoso".to_owned()), is_refused, "{asked:?}");
        let answer = json(&response);
        let told = answer.get("code").unwrap_or(&answer);
        assert_eq!((response.status().as_u16(), told), (status, &body));
    };
    // Event Grid takes no other status than 200 for an answer to its question.
    check(Heard::Validation("512d38b6".into()), 200, json!({ "validationResponse": "512d38b6" })).await;
    check(Heard::Nothing(Refused::Empty), 400, json!("invalid_json")).await;
    check(Heard::Nothing(Refused::MediaType), 415, json!("unsupported_media_type")).await;
}

/// Azure Monitor sends again after 408, 429, 503 and 504 alone: whatever fails here is one of those.
#[tokio::test]
async fn an_alert_that_cannot_be_stored_or_whose_caller_cannot_be_known_is_to_be_sent_again() {
    let (response, _) = send(known(&[May::Alert]), post("{}"), hears(Err(Untaken("away".into())))).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (503, Some("storage_unavailable")));
    assert_eq!(response.headers()["retry-after"], "5");
    let mut request = post("{}");
    request.headers_mut().insert("authorization", "Bearer unavailable".parse().unwrap());
    let (response, asked) = send(known(&[May::Alert]), request, Double::default()).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (503, Some("unavailable")));
    assert_eq!((&response.headers()["retry-after"], asked.len()), (&"5".parse().unwrap(), 0));
}

#[tokio::test]
async fn whoever_is_turned_away_learns_nothing_and_somebody_hears_of_it() {
    let mut answers = Vec::new();
    for (key, path) in [(None, AT), (Some("Bearer wrong"), AT), (Some("Basic right"), "/api/v1/alerts/nobody")] {
        let mut request = request("POST", path, &[], "{}");
        request.headers_mut().remove("authorization");
        if let Some(key) = key {
            request.headers_mut().insert("authorization", key.parse().unwrap());
        }
        let (response, asked) = send(known(&[May::Alert]), request, Double::default()).await;
        assert_eq!(asked, [format!("alert_turned_away {}", path.rsplit('/').next().unwrap())]);
        answers.push((response.status().as_u16(), response.headers().clone(), response.into_body()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]) && answers[0].0 == 401, "{answers:?}");

    let all_but_alert = [May::Request, May::Approve, May::Operate, May::Release, May::Read];
    let (response, asked) = send(known(&all_but_alert), post("{}"), Double::default()).await;
    assert_eq!((response.status().as_u16(), json(&response)["code"].as_str()), (403, Some("forbidden")));
    assert_eq!(asked, ["alert_turned_away contoso"]);
}

#[tokio::test]
async fn a_caller_of_one_customer_gets_the_same_bytes_for_another_and_for_nobody() {
    let mut answers = Vec::new();
    for name in ["fabrikam", "nobody"] {
        let request = request("POST", &format!("/api/v1/alerts/{name}"), &[], "{}");
        let (response, asked) = send(of_contoso(), request, Double::default()).await;
        assert_eq!(asked, [format!("alert_turned_away {name}")]);
        answers.push((response.status().as_u16(), response.headers().clone(), response.into_body()));
    }
    assert_eq!((answers[0].0, &answers[0]), (404, &answers[1]));
}

#[tokio::test]
async fn a_caller_of_everybody_is_heard_whatever_name_the_address_has() {
    let check = async |name: &str, taken: &str| {
        let request = request("POST", &format!("/API/V1/Alerts/{name}"), &[], "{}");
        let (response, asked) = send(known(&[May::Alert]), request, takes()).await;
        assert_eq!((response.status().as_u16(), asked.len()), (202, 1));
        assert_eq!(asked[0].split(' ').nth(1), Some(taken));
    };
    check("Contoso", "contoso").await;
    check("nobody", "nobody").await;
    check("contoso%20ltd", "contoso?20ltd").await;
    check(&"x".repeat(101), &"x".repeat(100)).await;
}

#[tokio::test]
async fn event_grid_and_nobody_else_is_welcome_with_its_events() {
    let check = async |headers: &[(&str, &str)], allowed: Option<(&str, &str)>| {
        let (response, asked) = send(of_contoso(), request("OPTIONS", AT, headers, ""), Double::default()).await;
        assert_eq!((response.status().as_u16(), asked.len(), response.body().len()), (200, 0, 0));
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("allow"), Some("POST, OPTIONS"));
        let found = header("webhook-allowed-origin").zip(header("webhook-allowed-rate"));
        assert_eq!(found, allowed);
        assert_eq!(header("webhook-allowed-origin").is_some(), header("webhook-allowed-rate").is_some());
    };
    let (origin, rate) = ("webhook-request-origin", "webhook-request-rate");
    // Nobody fetches the address in it.
    let callback = ("webhook-request-callback", "https://rp-westeurope.eventgrid.azure.net:553/validate?token=1");
    let welcome = Some(("eventgrid.azure.net", "120"));
    check(&[(origin, "eventgrid.azure.net"), (rate, "120"), callback], welcome).await;
    check(&[(origin, "evil.example"), (rate, "120"), callback], None).await;
    check(&[(rate, "120")], None).await;
}

#[tokio::test]
async fn whoever_may_not_raise_alerts_is_not_welcome_with_events_and_no_alert_is_lost_by_that() {
    let wish = [("webhook-request-origin", "eventgrid.azure.net")];
    let mut stranger = request("OPTIONS", AT, &wish, "");
    stranger.headers_mut().remove("authorization");
    for (caller, request, status) in [
        (known(&[May::Alert]), stranger, 401),
        (known(&[May::Read]), request("OPTIONS", AT, &wish, ""), 403),
        (of_contoso(), request("OPTIONS", "/api/v1/alerts/fabrikam", &wish, ""), 404),
    ] {
        let (response, asked) = send(caller, request, Double::default()).await;
        assert_eq!((response.status().as_u16(), asked.len()), (status, 0));
        assert!(!response.headers().contains_key("webhook-allowed-origin"));
    }
}

#[tokio::test]
async fn a_body_that_was_announced_and_did_not_come_was_lost_on_the_way() {
    let check = async |headers: &[(&str, &str)], body: &str, lost: bool| {
        let (_, asked) = send(known(&[May::Alert]), request("POST", AT, headers, body), takes()).await;
        assert!(asked[0].contains(&format!("lost {lost}")), "{headers:?}: {asked:?}");
    };
    check(&[("transfer-encoding", "chunked")], "", true).await;
    check(&[("transfer-encoding", "gzip, Chunked")], "", true).await;
    check(&[("content-length", "1")], "", true).await;
    check(&[("content-length", "0")], "", false).await;
    check(&[], "", false).await;
    check(&[("transfer-encoding", "chunked")], "{}", false).await;
}
