//! One night: an emergency account is used, a channel is down, nobody answers, somebody does and falls asleep.

use super::alert::{sign_in, sign_ins};
use super::stage::{ALERTS_KEY, CHANNELS, DESK_KEY, SOC_KEY, Stage, answer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

/// What went over the wire, for people to read.
#[derive(Default)]
struct Transcript(String);

impl Transcript {
    /// It becomes this time, and something happens.
    fn at(&mut self, stage: &Stage, time: &str, what: &str) {
        if stage.now().strftime("%H:%M").to_string() != time {
            stage.leap_to(time);
        }
        self.line(&format!("\n== {time} {what}"));
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// A request to the program, and its answer.
    async fn exchange(&mut self, stage: &Stage, request: Request<Bytes>) -> Value {
        let path = request.uri().path().to_owned();
        self.line(&format!("-> gatehouse: {} {path}", request.method()));
        let answer: Response<Bytes> = stage.send(request).await;
        self.line(&format!("<- {}", answer.status()));
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        for name in ["incidents", "status", "acknowledgedBy", "verdict"] {
            match &body[name] {
                Value::Null => {}
                Value::Object(members) => {
                    self.line(&format!("   {name} = {} by {}", members["verdict"], members["by"]))
                }
                value => self.line(&format!("   {name} = {value}")),
            }
        }
        body
    }

    /// What the channels heard since.
    fn calls(&mut self, stage: &Stage) {
        let mut nothing = true;
        for name in CHANNELS {
            let told = stage.channel(name).heard().into_iter();
            let body = |call: &Request<Bytes>| -> Value {
                serde_json::from_slice(call.body()).expect("every channel gets JSON")
            };
            let mut told: Vec<_> = told.map(|call| (body(&call), call)).collect();
            // Its alerts are told at once, in any order.
            told.sort_by_key(|(body, _)| body["dedup_key"].as_str().unwrap_or_default().to_owned());
            for (body, call) in told {
                nothing = false;
                let said = match name {
                    "pager" => format!("{} {}", text(&body["event_action"]), text(&body["dedup_key"])),
                    "soc" => {
                        let id = signed(stage, &call);
                        format!("{} {id}", text(&body["data"]["state"]))
                    }
                    _ => String::new(),
                };
                self.line(format!("-> {name}: {} {} {said}", call.method(), call.uri().path()).trim_end());
                for line in shown(name, &body) {
                    self.line(&format!("   {line}"));
                }
            }
        }
        if nothing {
            self.line("-> nobody");
        }
    }
}

/// What people see first.
fn shown(channel: &str, body: &Value) -> Vec<String> {
    let lines = match channel {
        "pager" => vec![&body["payload"]["summary"], &body["payload"]["severity"]],
        "soc" => vec![&body["data"]["title"], &body["data"]["text"], &body["data"]["severity"], &body["data"]["by"]],
        "teams" => {
            let body = &body["attachments"][0]["content"]["body"];
            vec![&body[0]["items"][0]["inlines"][0]["text"], &body[1]["inlines"][0]["text"]]
        }
        _ => vec![&body["blocks"][0]["text"]["text"], &body["blocks"][1]["text"]["text"]],
    };
    lines.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

/// The id under which the generic channel was told, once its signature has proved who tells.
fn signed(stage: &Stage, call: &Request<Bytes>) -> String {
    let header = |name: &str| call.headers()[name].to_str().expect("it is text").to_owned();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(SOC_KEY).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", call.body()] {
        mac.update(part);
    }
    let expected = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), expected, "it is signed");
    let signed_at = Timestamp::from_second(at.parse().expect("a number")).expect("a time");
    assert!(stage.now().duration_since(signed_at).as_secs().abs() < 60, "each attempt is signed anew");
    id
}

/// An action group calls.
fn alert(body: Vec<u8>) -> Request<Bytes> {
    Request::post(format!("/api/v1/alerts/contoso?code={ALERTS_KEY}"))
        .header("host", "gatehouse.example")
        .header("content-type", "application/json; charset=utf-8")
        .body(Bytes::from(body))
        .expect("it is a request")
}

/// Somebody at the page where people answer.
fn desk(method: &str, path: &str, body: Option<Value>) -> Request<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "gatehouse.example")
        .header("authorization", format!("Bearer {DESK_KEY}"));
    match body {
        None => request.body(Bytes::new()),
        Some(body) => request.header("content-type", "application/json").body(Bytes::from(body.to_string())),
    }
    .expect("it is a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_used_at_night_and_people_are_paged_until_somebody_judges_it() {
    let stage = Stage::new("2026-11-20T02:42:00Z").await;
    let mut tale = Transcript::default();
    stage.channel("pager").will_answer(answer(StatusCode::SERVICE_UNAVAILABLE, Some("120"), ""));
    stage.channel("pager").will_answer(answer(StatusCode::SERVICE_UNAVAILABLE, Some("60"), ""));

    tale.at(&stage, "02:42", "An action group tells of a sign-in. PagerDuty has a bad night.");
    let taken = tale.exchange(&stage, alert(sign_in(1))).await;
    let id = taken["incidents"][0].as_str().expect("it opened one").to_owned();
    tale.calls(&stage);
    tale.at(&stage, "02:43", "The minute's timer: PagerDuty asked to be left alone for two minutes.");
    stage.minute().await;
    tale.calls(&stage);
    tale.at(&stage, "02:44", "Another rule tells of the same sign-in.");
    tale.exchange(&stage, alert(sign_ins(2, &[(1, "0")]))).await;
    tale.calls(&stage);
    tale.at(&stage, "02:45", "PagerDuty answers 503 again: another minute.");
    stage.minute().await;
    tale.calls(&stage);
    tale.at(&stage, "02:46", "And takes it.");
    stage.minute().await;
    tale.calls(&stage);

    tale.at(
        &stage,
        "02:48",
        "Nobody has answered: the next step. The Teams workflow is gone, and Slack hears of that, too.",
    );
    stage.channel("teams").will_answer(answer(StatusCode::NOT_FOUND, None, ""));
    stage.minute().await;
    tale.calls(&stage);

    let path = format!("/api/v1/incidents/{id}");
    tale.at(&stage, "02:50", "Somebody opens the page: nothing happens.");
    tale.exchange(&stage, desk("GET", &path, None)).await;
    tale.calls(&stage);
    tale.at(&stage, "02:51", "And says that they look after it.");
    let by = json!({ "by": { "email": "ola@northwind.example" }, "comment": "calling the customer" });
    tale.exchange(&stage, desk("POST", &format!("{path}/acknowledge"), Some(by))).await;
    tale.calls(&stage);
    tale.at(&stage, "03:20", "They look after it.");
    stage.minute().await;
    tale.calls(&stage);

    tale.at(&stage, "03:22", "Half an hour without a verdict: everybody is paged as if it were new.");
    stage.minute().await;
    tale.calls(&stage);
    tale.at(&stage, "03:24", "A verdict.");
    let by = json!({ "verdict": "genuine", "by": { "email": "kari@northwind.example" }, "comment": "MFA was down" });
    tale.exchange(&stage, desk("POST", &format!("{path}/verdict"), Some(by))).await;
    tale.calls(&stage);
    tale.at(&stage, "03:30", "The alert comes once more, from a second action group.");
    tale.exchange(&stage, alert(sign_in(1))).await;
    stage.minute().await;
    tale.calls(&stage);

    tale.at(&stage, "03:31", "All of it.");
    let over = stage.send(desk("GET", &path, None)).await;
    let over: Value = serde_json::from_slice(over.body()).expect("it is JSON");
    for change in over["history"].as_array().into_iter().flatten() {
        let at = text(&change["at"]).parse::<Timestamp>().expect("a time").strftime("%H:%M");
        let by = change["by"].as_str().map(|by| format!(", by {by}")).unwrap_or_default();
        let note = change["note"].as_str().map(|note| format!(": {note}")).unwrap_or_default();
        tale.line(&format!("{at} {} ({}){by}{note}", text(&change["what"]), text(&change["status"])));
    }
    for page in over["pages"].as_array().into_iter().flatten() {
        let part = |name: &str| text(&page[name]).to_owned();
        let (round, step, attempts) = (&page["round"], &page["step"], &page["attempts"]);
        let (channel, what, state) = (part("channel"), part("what"), part("state"));
        tale.line(&format!("{channel} {what}, round {round}, step {step}: {state} after {attempts}"));
    }
    let masked = CHANNELS.iter().fold(tale.0.replace(&id, "{id}"), |text, name| {
        text.replace(&stage.channel(name).host, &format!("{name}.example"))
    });
    expect_test::expect_file!["story.txt"].assert_eq(&masked);
}
